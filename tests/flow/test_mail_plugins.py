"""The plugins about mail, on mails that are read, seen and built for real."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from homes import CONFIG, Home, in_days

pytestmark = pytest.mark.slow
ANNA = "Anna Berg <anna@berg.example>"
PEOPLE = {
    name: f"{name} Huber <{name.lower()}@lake.example>"
    for name in ("Bert", "Cora", "Dora", "Emil", "Fritz")
}


def send(home: Home, name: str, to: str, subject: str, text: str, days: float) -> None:
    _write(
        home, name, (ANNA, PEOPLE[to]), subject, f"Hi {to},\n\n{text}\n\nAnna", days, "Mail/.Sent"
    )


def receive(home: Home, name: str, sender: str, subject: str, text: str, days: float) -> None:
    _write(
        home, name, (PEOPLE[sender], ANNA), subject, f"Hi Anna,\n\n{text}\n\n{sender}", days, "Mail"
    )


def _write(
    home: Home,
    name: str,
    ends: tuple[str, str],
    subject: str,
    text: str,
    days: float,
    folder: str,
    *more: str,
) -> None:
    date = format_datetime(datetime.now(UTC) - timedelta(days=days))
    lines = [
        f"From: {ends[0]}",
        f"To: {ends[1]}",
        f"Subject: {subject}",
        f"Date: {date}",
        f"Message-ID: <{name}@x.example>",
        "Content-Type: text/plain; charset=utf-8",
    ]
    lines += more
    home.deliver(name, "\n".join(lines) + f"\n\n{text}\n", folder)


def newsletters(home: Home) -> None:
    """Deliver nine weekly issues that lie unopened."""
    shop = ("The Shop <news@shop.example>", ANNA)
    leave = (
        "List-Unsubscribe: <https://shop.example/u>, <mailto:off@lists.example?subject=leave%207>"
    )
    for week in range(9):
        text = f"Spring is here, number {week}.\n\nTo unsubscribe, write to us."
        subject, days = f"Our spring news {week}", 7 * week + 0.5
        _write(home, f"n{week}", shop, subject, text, days, "Mail", leave)


def paper(home: Home, name: str, month: int) -> None:
    """Write a bill as a text file."""
    text = (
        f"Stadtwerke Bach\nInvoice number: SW-{month}{month}7\nInvoice date: 2026-{month:02}-03\n"
        f"Total amount due: EUR 4{month}.50\nDue date: 2026-{month:02}-20\n"
        "IBAN DE89 3704 0044 0532 0130 00\n"
    )
    home.write(name, text)


@pytest.fixture
def offers(home: Home) -> dict[str, dict[str, Any]]:
    """What is offered in a home where one thing of each kind has happened, by plugin."""
    home.configure(CONFIG.replace("[attention]", "[attention]\nbudget = 50"))
    for at, name in enumerate(PEOPLE):
        send(home, f"old{at}", name, f"Hello {at}", "It was good to see you all again.", 150 + at)
    send(home, "w", "Bert", "The pier", "Could you tell me what the new pier will cost?", 10)
    receive(home, "r", "Cora", "Regatta", "What do you think of the new rules of the regatta?", 6)
    receive(home, "d", "Dora", "Harbour", "Could you please send me the harbour plan?", 0.02)
    home.write("Harbour plan.txt", "Moorings one to twelve lie along the north pier of it. " * 9)
    send(home, "a", "Emil", "Club", "I have attached the budget of the club for next year.", 0.01)
    home.write("Club budget.txt", "Income 12,000 and expenses 11,400 of the whole year. " * 9)
    send(home, "p", "Fritz", "Minutes", f"I will send you the minutes by {in_days(9)}.", 0.01)
    newsletters(home)
    for month in (1, 2, 3):
        paper(home, f"Bills/2026-0{month}-03 Stadtwerke.txt", month)
    paper(home, "Downloads/rechnung_4711.txt", 4)
    home.run("run", "--once")
    return {one["plugin"]: one for one in home.json("offers")}


def test_each_plugin_offers_its_one_thing(offers: dict[str, dict[str, Any]]) -> None:
    """The right recipient, the right file, and the right class of approval."""
    told = {
        name: (one["action"].get("to"), one["action"].get("attached"), one["approval_class"])
        for name, one in offers.items()
    }
    assert told == {
        "waiting": (["bert@lake.example"], [], "B"),
        "replies": (["cora@lake.example"], [], "B"),
        "requested": (["dora@lake.example"], ["Harbour plan.txt"], "C"),
        "attachments": (["emil@lake.example"], ["Club budget.txt"], "C"),
        "promises": (None, None, "A"),
        "newsletters": (["off@lists.example"], [], "C"),
        "filing": (None, None, "A"),
    }
    moved = offers["filing"]["action"]
    assert (moved["folder"].rpartition("/")[2], moved["name"]) == (
        "Bills",
        "2026-04-03 Stadtwerke.txt",
    )
    assert offers["newsletters"]["action"]["subject"] == "leave 7"
