"""Times of day: am and pm, stretches, German clock words, zones; and what only looks like one."""

from __future__ import annotations

import pytest

from samantha.signals.times import find_times


def times(text: str, language: str = "en") -> list[tuple[str, str]]:
    found = find_times(text, ((0, len(text)),), language)
    return [(f"{c.start:%H:%M}", f"{c.end:%H:%M}" if c.end else "") for c in found]


READ = (
    ("Time: 5:00 PM", "en", "17:00", ""),
    ("from 9-11 am", "en", "09:00", "11:00"),
    ("1:00 - 2:30 PM", "en", "13:00", "14:30"),
    ("11 - 1 pm", "en", "11:00", "13:00"),
    ("11:30-1:00", "en", "11:30", "13:00"),
    ("10:30 to 12", "en", "10:30", "12:00"),
    ("between 3 and 4 pm", "en", "15:00", "16:00"),
    ("at noon", "en", "12:00", ""),
    ("12 noon to 1", "en", "12:00", "13:00"),
    ("let's meet at 3 in the hall", "en", "15:00", ""),
    ("at half past two", "en", "14:30", ""),
    ("quarter to five", "en", "16:45", ""),
    ("at 9 in the evening", "en", "21:00", ""),
    ("um halb drei", "de", "14:30", ""),
    ("um Viertel nach zehn", "de", "10:15", ""),
    ("um 15.30 Uhr", "de", "15:30", ""),
    ("von 9 bis 11 Uhr", "de", "09:00", "11:00"),
    ("abends um 8 Uhr", "de", "20:00", ""),
    ("15 Uhr 30", "de", "15:30", ""),
    ("à 15h30, 4 rue Haute", "fr", "15:30", ""),
    ("de 14h à 16h", "fr", "14:00", "16:00"),
    ("à 9 heures", "fr", "09:00", ""),
    ("de 10:00 a 12:30", "es", "10:00", "12:30"),
)


@pytest.mark.parametrize(("text", "language", "start", "end"), READ)
def test_a_time_is_read(text: str, language: str, start: str, end: str) -> None:
    """Clock times and the words people use for them give hours and minutes."""
    assert times(text, language) == [(start, end)]


NONE = (
    "version 2.30 of it",
    "call 412 268-2565",
    "it costs $5.30",
    "from 3 people and at 5 percent",
    "at 3 million",
    "a ratio of 3:1",
    "Date: Tue, 5 Feb 2002 16:41:12 -0800",
    "10-12 pages",
)


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_time_gives_none(text: str) -> None:
    """Versions, prices, numbers of things and machine stamps are no times of day."""
    assert times(text) == []


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("5pm CST today", -360), ("2:00 PM-2:30 PM (GMT-06:00)", -360), ("15:00 MESZ", 120)],
)
def test_a_named_zone_is_its_offset(text: str, minutes: int) -> None:
    """A zone that is named counts as minutes east of UTC."""
    (clock,) = find_times(text, ((0, len(text)),), "en")
    assert clock.offset_minutes == minutes
