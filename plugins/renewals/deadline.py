"""The last day on which something can still be done about it, with a day to spare."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from .ending import Ending

_DURATION = re.compile(r"P(\d{1,3})([DWMY])")
_LONGEST_RENEWED = timedelta(days=5 * 366)
"""A term that ended longer ago than this is not taken to go on by itself for ever."""
_MOST_ROUNDS = 70


@dataclass(frozen=True, slots=True)
class Deadline:
    """When it ends next, and the last safe day before."""

    end: date
    last: date
    rounds: int
    """How often it has renewed itself since the end that is written."""


def deadline_of(ending: Ending, today: date) -> Deadline | None:
    """Return the next end and its last safe day; None where no end is said."""
    if ending.expiry is None:
        return Deadline(ending.cancel_by, ending.cancel_by, 0) if ending.cancel_by else None
    end = ending.expiry
    last = _last(ending, end)
    rounds = 0
    old = today - ending.expiry > _LONGEST_RENEWED
    while last < today and ending.renews and ending.renewal and not old and rounds < _MOST_ROUNDS:
        rounds += 1
        later = _moved(ending.expiry, ending.renewal, rounds)
        if later is None:
            break
        end, last = later, _last(ending, later, written=False)
    return Deadline(end, last, rounds)


def _last(ending: Ending, end: date, *, written: bool = True) -> date:
    if ending.cancel_by is not None and written:
        return ending.cancel_by
    if ending.notice:
        before = _moved(end, ending.notice, -1)
        return _working_day(before - timedelta(days=1)) if before else end
    if ending.renews:
        return _working_day(end - timedelta(days=1))
    return end


def _working_day(day: date) -> date:
    """Return the day itself, or the Friday before a weekend: letters need somebody to open them."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def _moved(day: date, duration: str, times: int) -> date | None:
    """Return a day moved by a duration, that many times; the end of the month where it is short."""
    match = _DURATION.fullmatch(duration)
    if match is None:
        return None
    number = int(match[1]) * times
    try:
        if match[2] in "DW":
            return day + timedelta(days=number * (7 if match[2] == "W" else 1))
        months = day.year * 12 + day.month - 1 + number * (12 if match[2] == "Y" else 1)
        year, month = divmod(months, 12)
        return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    except (ValueError, OverflowError):
        return None
