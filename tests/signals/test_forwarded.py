"""What a friend passes on: an open call and a bill are seen in it, under their own names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from samantha.api import Document
from samantha.api.testing import mail
from samantha.signals.facts import facts
from samantha.workers.reading.quoting import regions

BERLIN = ZoneInfo("Europe/Berlin")
HEAD = "---------- Forwarded message ---------\nFrom: {who}\nDate: {when}\nSubject: {what}\n"
HEAD += "To: Tom Brandt <submissions@tom.example>\n\n"


def forwarded(text: str, above: str, who: str, what: str = "News", **more: Any) -> Document:
    """Return a mail of a friend that passes on another one."""
    head = HEAD.format(who=who, when="Sun, 19 Apr 2026 at 10:02", what=what)
    whole = f"{above}{head}{text}"
    seen = mail(
        whole,
        sender="tom@tom.example",
        sender_name="Tom Brandt",
        subject=f"Fwd: {what}",
        date=datetime(2026, 4, 20, 12, tzinfo=UTC),
        **more,
    )
    return replace(seen, regions=regions(whole, seen.title))


def value(document: Document, kind: str, language: str = "en") -> Any:
    found = [s for s in facts(document, BERLIN, language) if s.kind == kind]
    for signal in found:
        assert document.text[signal.start : signal.end] == signal.quote
    best = max(found, key=lambda s: s.confidence, default=None)
    return best.value if best else None


CALLS = [
    (
        "en",
        "The Saltmarsh Review <desk@saltmarsh.example>",
        "Submissions are open until 30 June 2026. We want letters, three to five of them, no more "
        "than 4,000 words altogether. Please send a single .docx to letters@saltmarsh.example.\n",
        {"name": "The Saltmarsh Review", "address": "letters@saltmarsh.example"},
    ),
    (
        "de",
        "Edition Kranich <post@kranich.example>",
        "Für unsere Anthologie suchen wir Briefe, höchstens 10 Seiten. Einsendeschluss ist der "
        "30.06.2026. Bitte senden Sie Ihre Texte an briefe@kranich.example.\n",
        {"name": "Edition Kranich", "address": "briefe@kranich.example"},
    ),
    (
        "en",
        "desk@saltmarsh.example",
        "Submissions are open until 30 June 2026. We want letters of no more than 4,000 words.\n",
        {"name": "saltmarsh.example", "address": ""},
    ),
]


@pytest.mark.parametrize(("language", "who", "text", "wanted"), CALLS)
@pytest.mark.parametrize("above", ["", "This may be something for you!\n\nTom\n\n"])
def test_a_call_that_was_passed_on_is_seen_under_its_outlets_name(
    above: str, language: str, who: str, text: str, wanted: dict[str, str]
) -> None:
    """Neither the friend nor an address of the header lines is taken for the outlet."""
    found = value(forwarded(text, above, who), "open_call", language)
    assert found["deadline"] == "2026-06-30"
    assert {k: found[k] for k in wanted} == wanted


def test_a_call_under_an_answer_is_not_seen_again() -> None:
    """The quote below an answer stays a quote, whatever it says."""
    text = CALLS[0][2]
    whole = (
        f"I shall send three.\n\n-----Original Message-----\nFrom: x\nTo: y\nSubject: z\n\n{text}"
    )
    seen = mail(whole, sender="tom@tom.example", subject="Re: News")
    assert value(replace(seen, regions=regions(whole, "Re: News")), "open_call") is None


BILL = (
    "Dear customer,\n\nyour invoice HW-20931 of 12 April 2026 is attached to your account.\n"
    "Total amount due: £63.90\nPayment due date: 3 May 2026\n"
)


def test_a_bill_that_was_passed_on_has_the_issuer_that_sent_it() -> None:
    """Amount, day and number are seen; the friend is not the one to be paid."""
    seen = forwarded(
        BILL, "Can you pay this?\n\nTom Brandt\n\n", "Harbour Water <b@harbour.example>"
    )
    assert value(seen, "amount_due") == {"amount": "63.90", "currency": "GBP"}
    assert value(seen, "due_date") == "2026-05-03"
    assert value(seen, "invoice_number") == "HW-20931"
    assert value(seen, "issuer") == "Harbour Water"


def test_an_appointment_that_was_passed_on_is_seen() -> None:
    """Day and hour in a forwarded mail are an event; in a quote below an answer they are none."""
    text = "Your appointment with Dr Moor is on Thursday, 7 May 2026 at 3pm in room 5.\n"
    found = forwarded(text, "See below.\n\n", "Hillside Practice <desk@hill.example>")
    told = value(found, "event")
    assert told is not None and told["start"] == "2026-05-07T15:00:00"
    quoted = "Thanks!\n\nOn Sun, 19 Apr 2026 at 10:02, Ada wrote:\n> " + text
    answer = mail(quoted, subject="Re: News", date=datetime(2026, 4, 20, 12, tzinfo=UTC))
    assert value(replace(answer, regions=regions(quoted, answer.title)), "event") is None


def test_whoever_passes_an_invitation_on_may_move_it() -> None:
    """The hour that the sender moves it to counts, and not the labelled one below."""
    text = "Topic: The roof\nDate: Monday, 27 April\nTime: 1:30-3:00 pm\n"
    above = "We have agreed to move this meeting to 4:00 on Tuesday.\n\n"
    found = value(forwarded(text, above, "Hill <desk@hill.example>"), "event")
    assert found["start"] == "2026-04-21T16:00:00"
