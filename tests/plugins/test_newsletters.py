"""Plugin newsletters: leave what is never opened, and nothing that is needed or read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from plugin_loading import ask, plugin_named

from samantha.api import Document, DraftMail, Kind
from samantha.api.testing import ME, mail

PLUGIN = plugin_named("newsletters").plugin
NOW = datetime(2026, 4, 14, 9, tzinfo=UTC)
TEXT = "Spring is here.\n\nTo unsubscribe, write to us.\n"


def issue(number: int, *, seen: bool | None = False, days: float = 7, **more: Any) -> Document:
    header = {
        "list_unsubscribe": True,
        "unsubscribe_to": "leave@lists.example",
        "unsubscribe_subject": "leave 77",
        "seen": seen,
        **more.pop("header", {}),
    }
    values = {"sender": "news@shop.example", "sender_name": "The Shop", "subject": f"No. {number}",
              "kind": Kind.NEWSLETTER, "message_id": f"<n{number}@shop>", **more}  # fmt: skip
    made = mail(TEXT, date=NOW - timedelta(days=days * number, hours=1), **values)
    assert made.mail is not None
    return replace(made, mail=replace(made.mail, **header))


def issues(count: int = 9, **more: Any) -> list[Document]:
    return [issue(number, **more) for number in range(count)]


def offers(known: list[Document]) -> int:
    return len(ask(PLUGIN, known[0], known[1:], NOW)[0])


def test_a_newsletter_that_is_never_opened_can_be_left() -> None:
    """The mail goes to the address of the header, with its subject and nothing else in it."""
    known = issues()
    (one,) = ask(PLUGIN, known[0], known[1:], NOW)[0]
    assert one.action == DraftMail(("leave@lists.example",), "leave 77", "unsubscribe\n")
    assert one.title == "Unsubscribe from The Shop? 9 unopened"
    assert [e.quote for e in one.evidence] == ["To unsubscribe, write to us."]
    assert one.confidence >= 0.6


def test_without_a_subject_of_its_own_the_mail_says_unsubscribe() -> None:
    """A header that asks for no subject gets the usual one."""
    known = issues(header={"unsubscribe_subject": ""})
    (one,) = ask(PLUGIN, known[0], known[1:], NOW)[0]
    assert isinstance(one.action, DraftMail) and one.action.subject == "unsubscribe"


def test_many_new_issues_are_one_offer() -> None:
    """A first run with a whole year of it asks once."""
    known = issues(30)
    moment_ = ask(PLUGIN, known[0], known[1:], NOW)[0]
    assert [s.thing for s in moment_] == ["newsletter news@shop.example"]


ANSWER = mail("Thanks", sender=ME.addresses[0], to=["news@shop.example"], folder="sent",
              date=NOW - timedelta(days=80))  # fmt: skip
SILENT = {
    "few": issues(5),
    "opened lately": [*issues(3), issue(3, seen=True), *[issue(n) for n in range(4, 12)]],
    "nothing says": issues(seen=None),
    "in a rush": issues(days=1),
    "no address": issues(header={"unsubscribe_to": ""}),
    "bills come from there": [*issues(), issue(9, kind=Kind.INVOICE)],
    "written to": [*issues(), ANSWER],
    "spam": issues(folder="spam"),
    "no newsletter": issues(header={"list_unsubscribe": False}),
}


@pytest.mark.parametrize("case", SILENT)
def test_silence(case: str) -> None:
    """What is read, needed, young or not surely unread is left alone."""
    assert offers(SILENT[case]) == 0


def test_opening_it_takes_the_offer_back() -> None:
    """Once one was opened, the next issue settles the offer."""
    known = [issue(0), issue(1, seen=True), *[issue(n) for n in range(2, 9)]]
    silences = ask(PLUGIN, known[0], known[1:], NOW)[1]
    assert [s.thing for s in silences] == ["newsletter news@shop.example"]
