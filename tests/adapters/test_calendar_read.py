"""The user's calendar: what is in it between two times, repetitions expanded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from samantha.adapters.calendar_read import appointments
from samantha.api import Document
from samantha.api.testing import document
from samantha.signals.events_calendar import calendar_events
from samantha.workers.reading.calendar import read_ics

VIENNA = ZoneInfo("Europe/Vienna")


def calendar(*events: str) -> Document:
    """Return a calendar file as it comes out of reading and analysis."""
    blocks = "".join(f"BEGIN:VEVENT\n{e}\nEND:VEVENT\n" for e in events)
    text = read_ics(f"BEGIN:VCALENDAR\n{blocks}END:VCALENDAR\n".encode()).text
    made = replace(document("/home/a/cal/x.ics", text), format="ics")
    return replace(made, analysis=replace(made.analysis, signals=tuple(calendar_events(made))))


def between(found: Document, since: str, until: str) -> list[str]:
    low, high = (datetime.fromisoformat(t).replace(tzinfo=VIENNA) for t in (since, until))
    listed = appointments([found], low, high, VIENNA)
    return [f"{a.start:%m-%d %H:%M%z} {a.title}" for a in listed]


WEEKLY = "UID:w\nSUMMARY:Team\nDTSTART;TZID=Europe/Vienna:20261006T090000\nRRULE:FREQ=WEEKLY"


def test_a_weekly_event_keeps_its_wall_time_over_the_clock_change() -> None:
    """Nine o'clock stays nine o'clock in summer and winter."""
    found = between(calendar(WEEKLY), "2026-10-19T00:00", "2026-11-01T00:00")
    assert found == ["10-20 09:00+0200 Team", "10-27 09:00+0100 Team"]


def test_what_was_moved_or_left_out_is_not_at_its_old_time() -> None:
    """An exception takes an occurrence away; an occurrence of its own replaces one."""
    away = WEEKLY + "\nEXDATE;TZID=Europe/Vienna:20261027T090000"
    moved = (
        "UID:w\nSUMMARY:Team, later\nDTSTART;TZID=Europe/Vienna:20261020T140000\n"
        "RECURRENCE-ID;TZID=Europe/Vienna:20261020T090000"
    )
    found = between(calendar(away, moved), "2026-10-19T00:00", "2026-11-04T00:00")
    assert found == ["10-20 14:00+0200 Team, later", "11-03 09:00+0100 Team"]


CASES = (
    ("DTSTART:20261020T070000Z", ["10-20 07:00+0000 X"]),
    ("DTSTART:20261020T090000", ["10-20 09:00+0200 X"]),
    ("DTSTART;VALUE=DATE:20261020", ["10-20 00:00+0200 X"]),
    ("DTSTART:20261019T220000Z\nDTEND:20261020T100000Z", ["10-19 22:00+0000 X"]),
    ("DTSTART:20261020T070000Z\nSTATUS:CANCELLED", []),
    ("DTSTART:20261021T070000Z", []),
    ("DTSTART:20261001T070000Z\nRRULE:FREQ=DAILY;UNTIL=20261020T070000Z", ["10-20 07:00+0000 X"]),
    ("DTSTART:20261020T070000Z\nRRULE:FREQ=SECONDLY", ["10-20 07:00+0000 X"]),
    ("DTSTART:19700101T070000Z\nRRULE:FREQ=DAILY", ["10-20 07:00+0000 X"]),
)


@pytest.mark.parametrize(("lines", "wanted"), CASES)
def test_a_day_shows_what_happens_on_it(lines: str, wanted: list[str]) -> None:
    """UTC, floating, whole-day, overnight, cancelled, ended and hostile rules."""
    found = between(calendar(f"UID:1\nSUMMARY:X\n{lines}"), "2026-10-20T00:00", "2026-10-21T00:00")
    assert found == wanted


def test_an_event_without_an_id_is_one_event() -> None:
    """Two looks at the same file name it the same."""
    one = calendar("SUMMARY:X\nDTSTART:20261020T070000Z")
    low, high = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    assert len(appointments([one, one], low, high, VIENNA)) == 1
