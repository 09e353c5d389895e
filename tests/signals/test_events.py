"""Events: announcements, invitations in a sentence, deadlines with an hour, calendar files."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from samantha.api import Document, Region
from samantha.api.testing import document, mail
from samantha.signals.facts import facts
from samantha.workers.reading.calendar import read_ics

ZONE = ZoneInfo("Europe/Vienna")
WEDNESDAY = datetime(2026, 11, 25, 9, tzinfo=UTC)


def events(found: Document, language: str = "en") -> list[dict[str, Any]]:
    """Return the values of a document's events, the surest first."""
    signals = [s for s in facts(found, ZONE, language) if s.kind == "event"]
    for signal in signals:
        assert found.text[signal.start : signal.end] == signal.quote
    return [dict(s.value) for s in sorted(signals, key=lambda s: -s.confidence)]  # type: ignore[call-overload]


SAID = (
    (
        "Let's meet Tuesday at 3pm in room 5.",
        "en",
        ("2026-12-01T15:00:00", None, "room 5"),
    ),
    (
        "Lunch tomorrow at noon at Cafe Luna?",
        "en",
        ("2026-11-26T12:00:00", None, "Cafe Luna"),
    ),
    (
        "The seminar is on Friday, December 4, 10:30-12:00 in Maple Hall 210.",
        "en",
        ("2026-12-04T10:30:00", "2026-12-04T12:00:00", "Maple Hall 210"),
    ),
    (
        "Treffen wir uns übermorgen um halb drei im Raum 3.12?",
        "de",
        ("2026-11-27T14:30:00", None, "Raum 3.12"),
    ),
    (
        "Date: 4 December 2026\nTime: 2:00 - 3:30 PM\nPlace: Oak Room, 2nd floor\n\nAll welcome.",
        "en",
        ("2026-12-04T14:00:00", "2026-12-04T15:30:00", "Oak Room, 2nd floor"),
    ),
    (
        "The conference call is today at 5:00pm CST.",
        "en",
        ("2026-11-25T17:00:00-06:00", None, ""),
    ),
    (
        "Die Besprechung ist am Montag, 30. November, von 9 bis 11 Uhr.",
        "de",
        ("2026-11-30T09:00:00", "2026-11-30T11:00:00", ""),
    ),
)


@pytest.mark.parametrize(("text", "language", "wanted"), SAID)
def test_day_time_and_place_are_joined(
    text: str, language: str, wanted: tuple[str, str | None, str]
) -> None:
    """A sentence or labelled lines give start, end and place as local wall time."""
    found = events(mail(text, date=WEDNESDAY, subject="Re: Planning"), language)
    assert [(e["start"], e["end"], e["location"]) for e in found[:1]] == [wanted]
    assert found[0]["title"] == "Planning"


def test_a_changed_time_is_the_new_one() -> None:
    """The time that no longer holds is not taken for the beginning of a stretch."""
    text = "The start of Friday's meeting has changed from 10:00 a.m. to 11:00 a.m. in 47C2."
    (found,) = events(mail(text, date=WEDNESDAY))
    assert (found["start"], found["end"]) == ("2026-11-27T11:00:00", None)
    assert found["location"] == "47C2"


def test_refreshments_are_not_when_it_begins() -> None:
    """Coffee, doors and reservations have times too; the talk's counts."""
    text = (
        "Talk on Friday at 4:00 pm, room 7. Refreshments at 3:45 pm. Call before 2 pm to reserve."
    )
    assert [e["start"] for e in events(mail(text, date=WEDNESDAY))] == ["2026-11-27T16:00:00"]


def test_two_sessions_are_two_events() -> None:
    """Two days in one announcement are told apart."""
    text = "Workshop A: Monday, 10 am, room 1\n\nWorkshop B: Tuesday, 2 pm, room 2\n"
    found = {e["start"]: e["location"] for e in events(mail(text, date=WEDNESDAY))}
    assert found == {"2026-11-30T10:00:00": "room 1", "2026-12-01T14:00:00": "room 2"}


def test_a_deadline_says_that_it_is_one() -> None:
    """A day with an hour until which something is due is a deadline, and nothing to attend."""
    text = "The abstract is due by Friday, 4 December, 5 pm."
    found = [s for s in facts(mail(text, date=WEDNESDAY), ZONE, "en") if s.kind == "deadline"]
    assert [dict(s.value)["start"] for s in found] == ["2026-12-04T17:00:00"]  # type: ignore[call-overload]
    assert events(mail(text, date=WEDNESDAY)) == []


NO_EVENTS = (
    "It was so.\n\n    Ann <ann@x.example>     To: Bob\n    3 May 2027 09:44 AM    <bob@x.example>",
    "Posted by Ann on 15-Sep-94 at 22:29",
    "See you soon!",
    "Version 3.11 is faster.",
)


@pytest.mark.parametrize("text", NO_EVENTS)
def test_a_text_without_an_appointment_has_none(text: str) -> None:
    """Stamps of writing and versions are no events."""
    assert events(mail(text, date=WEDNESDAY)) == []


ICS = b"""BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VEVENT
UID:1@x.example
SUMMARY:Planning\\, second round
DTSTART;TZID=W. Europe Standard Time:20261204T100000
DURATION:PT90M
LOCATION:Room 5
RRULE:FREQ=WEEKLY;COUNT=3
EXDATE;TZID=W. Europe Standard Time:20261211T100000
ORGANIZER;CN=Bob:mailto:bob@x.example
END:VEVENT
BEGIN:VEVENT
UID:2@x.example
SUMMARY:Holiday
DTSTART;VALUE=DATE:20261224
DTEND;VALUE=DATE:20261226
END:VEVENT
END:VCALENDAR
"""


def calendar_mail() -> Document:
    text = "Please come.\n\n" + read_ics(ICS).text
    regions = (Region("body", 0, 12), Region("attachment", 14, len(text), "invite.ics"))
    return replace(mail(text, date=WEDNESDAY), regions=regions)


def test_an_invitation_is_read_with_zone_and_rule() -> None:
    """A calendar file in a mail gives its events, zones of Windows by their common name."""
    first, second = events(calendar_mail())
    assert first == {
        "start": "2026-12-04T10:00:00+01:00",
        "end": "2026-12-04T11:30:00+01:00",
        "location": "Room 5",
        "title": "Planning, second round",
        "invitation": True,
        "zone": "Europe/Berlin",
        "uid": "1@x.example",
        "repeats": "FREQ=WEEKLY;COUNT=3",
        "except": "2026-12-11 10:00 Europe/Berlin",
        "organizer": "Bob <bob@x.example>",
        "people": ["bob@x.example"],
        "method": "REQUEST",
    }
    assert second["start"] == "2026-12-24" and second["end"] == "2026-12-26"
    assert second["all_day"] is True


def test_a_body_cannot_pass_for_a_calendar_file() -> None:
    """The lines of an invitation count only where a calendar file was read."""
    text = read_ics(ICS).text
    assert not any(e.get("invitation") for e in events(mail(text, date=WEDNESDAY)))
    assert events(replace(document("/home/a/x.ics", text), format="ics"))[0]["invitation"] is True
