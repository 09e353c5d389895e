"""Mails about something to attend that name no hour, and times that are no appointment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from samantha.api.testing import mail
from samantha.signals.facts import facts

ZONE = ZoneInfo("Europe/Vienna")
WEDNESDAY = datetime(2026, 11, 25, 9, tzinfo=UTC)


def seen(
    text: str, subject: str = "Hello", language: str = "en"
) -> list[tuple[str, dict[str, Any]]]:
    """Return what a mail has of events and deadlines."""
    document = mail(text, date=WEDNESDAY, subject=subject, language=language)
    found = [s for s in facts(document, ZONE, language) if s.kind in ("event", "deadline")]
    for signal in found:
        assert document.text[signal.start : signal.end] == signal.quote
    return [(s.kind, dict(s.value)) for s in found]  # type: ignore[call-overload]


ABOUT = (
    ("Would you both like to join us for dinner at the Harbour Grill tomorrow night?", "Dinner",
     "2026-11-26"),
    ("Our next choir meeting is on December 9. Bring the blue folder.", "Choir", "2026-12-09"),
    ("I'm in.", "Re: Lunch on Friday", "2026-11-27"),
    ("We can't make it, sorry. Have fun!", "RE: Garden party", None),
    ("I'm in, but I can't make it before noon.", "Re: Lunch on Friday", "2026-11-27"),
    ("Unser nächstes Treffen ist am Montag.", "Verein", "2026-11-30"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "subject", "day"), ABOUT)
def test_an_occasion_without_an_hour_is_an_event_without_a_start(
    text: str, subject: str, day: str | None
) -> None:
    """Who invites for a day, or answers in short under a subject, speaks of an event."""
    language = "de" if subject == "Verein" else "en"
    assert [(k, v["start"], v["day"]) for k, v in seen(text, subject, language)] == [
        ("event", None, day)
    ]


NOTHING = (
    ("Please send me the wedding photos when you get a chance.", "Photos"),
    ("The meeting yesterday was long. I am glad that it is over.", "Yesterday"),
    ("Attached are the minutes.", "Re: Minutes of the meeting"),
    ("Cards can be picked up from 7 a.m. to 7 p.m. on Thursday at the reception.", "Cards"),
    ("11/12/2026 09:44 AM Ann Lee", "Report"),
    ("The bulletin can be read online. It has 20 pages.", "Re: Bulletin"),
)


@pytest.mark.parametrize(("text", "subject"), NOTHING)
def test_what_nobody_attends_is_no_event(text: str, subject: str) -> None:
    """Photos, minutes, what is over, the hours of a desk and stamps of writing."""
    assert seen(text, subject) == []


DUE = (
    "Please return the form by noon on Friday.",
    "All data should be copied no later than 6 pm, Thursday, December 3.",
    "Please send me your figures on Monday before 10 am.",
)


@pytest.mark.parametrize("text", DUE)
def test_what_is_due_by_an_hour_is_a_deadline(text: str) -> None:
    """Nobody has to be there, so that it is no event."""
    assert [kind for kind, _ in seen(text)] == ["deadline"]


def test_a_vague_hour_is_not_entered() -> None:
    """ "11:30 or so" names a day and no start."""
    (found,) = seen("Lunch tomorrow? I can do any time, like 11:30 or so.", "Lunch")
    assert (found[0], found[1]["start"], found[1]["day"]) == ("event", None, "2026-11-26")


def test_four_digits_are_a_stretch_of_time() -> None:
    """ "0900 to 1100" is written in works and by soldiers; "1999 to 2001" are years."""
    (found,) = seen("The drill is on Thursday, December 3 from 0900 to 1100 in hall 4.")
    assert (found[1]["start"], found[1]["end"]) == ("2026-12-03T09:00:00", "2026-12-03T11:00:00")
    assert seen("Our meeting hall was built from 1999 to 2001.") == []


def test_an_advertisement_invites_nobody() -> None:
    """A time on television or a sale among prices and links is no appointment."""
    text = (
        "Big sale! Order now and save $20.\nOnly $9.99 with free delivery.\n"
        "See https://a.example https://b.example\nVisit www.c.example\nClick here to shop.\n"
        "To unsubscribe, click here.\nThe race is on Saturday at 1 pm, live on our channel.\n"
    )
    assert seen(text, "Save this weekend") == []
