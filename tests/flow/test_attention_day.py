"""Attention as the user types it: a meeting holds, a free entry does not; muted is muted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from homes import CONFIG, Home, bill, in_days


def entry(**more: str) -> str:
    """An entry of the calendar that runs now, as a calendar program writes it."""
    now = datetime.now(UTC)
    lines = {
        "UID": "now@cal.example",
        "DTSTART": f"{now - timedelta(hours=1):%Y%m%dT%H%M%SZ}",
        "DTEND": f"{now + timedelta(hours=2):%Y%m%dT%H%M%SZ}",
        "SUMMARY": "Council",
        **more,
    }
    body = "".join(f"{name}:{value}\r\n" for name, value in lines.items())
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n{body}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )


@pytest.mark.parametrize(
    ("more", "verdict"),
    [
        ({}, "hold"),
        ({"TRANSP": "TRANSPARENT"}, "show"),
    ],
    ids=["busy", "free"],
)  # fmt: skip
def test_a_meeting_of_the_calendar_holds(home: Home, more: dict[str, str], verdict: str) -> None:
    """While it runs nothing is shown, and its title is told to nobody; one marked free is none."""
    home.configure()
    (home.root / "Out/Calendar").mkdir(parents=True)
    (home.root / "Out/Calendar/now.ics").write_text(entry(**more), encoding="utf-8")
    home.deliver("1.bill", bill(in_days(20)))
    (made,) = [o for o in home.json("run", "--once") if o["plugin"] == "bills"]
    assert made["verdict"] == verdict
    assert ("a meeting until" in made["reason"]) == (verdict == "hold")
    assert "Council" not in made["reason"]


def test_what_is_muted_is_told_with_its_setting(home: Home) -> None:
    """A muted domain drops the offer; `silence` names the setting, and its --since counts."""
    home.configure(CONFIG.replace("[attention]", '[attention]\nmuted_sources = ["@power.example"]'))
    text = bill(in_days(20))
    sender = next(line for line in text.splitlines() if line.startswith("From:"))
    home.deliver("1.bill", text.replace(sender, "From: Power <billing@mail.power.example>"))
    assert home.json("offers") == [] and home.run("run", "--once")
    told = home.run("silence", "--since", "1h").stdout
    assert "what comes from @power.example is muted" in told
    assert "attention.muted_sources is there" in told
    assert "muted" not in home.run("silence", "--since", "2099-01-01").stdout
