"""A date as a value, and the arithmetic of the calendar around it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from samantha.signals.passages import Span


@dataclass(frozen=True, slots=True)
class Day:
    """A date, where it stands, and how sure its reading is."""

    value: date
    start: int
    end: int
    confidence: float
    relative: bool = False

    @property
    def span(self) -> Span:
        """Where it stands in the text."""
        return self.start, self.end


def real_date(year: int, month: int, day: int) -> date | None:
    """Return a date, or None where the calendar has none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def century(year: int) -> int:
    """Return the full year of two digits: 69 is 2069, 70 is 1970."""
    return year + (2000 if year < 70 else 1900)


def nearest(reference: date, month: int, day: int, weekday: int | None = None) -> date | None:
    """Return the year's day nearest to the reference; the future counts as nearer."""
    years = (reference.year - 1, reference.year, reference.year + 1)
    near = [d for y in years if (d := real_date(y, month, day)) is not None]
    fitting = [d for d in near if weekday is None or d.weekday() == weekday] or near
    return min(fitting, key=lambda d: _distance(d, reference), default=None)


def _distance(day: date, reference: date) -> int:
    days = (day - reference).days
    return days if days >= 0 else -2 * days


def later(start: date, number: int, unit: str) -> date | None:
    """Return the day that many days, weeks, months or years on (or back), at most ten years."""
    days = {"day": 1, "week": 7, "month": 31, "year": 366}[unit]
    if not 0 < abs(number) * days <= 3_660:
        return None
    if unit in ("day", "week"):
        return start + timedelta(days=number * days)
    return months_on(start, number * (12 if unit == "year" else 1))


def months_on(start: date, months: int) -> date:
    """Return the same day of another month, or the last one that it has."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    for day in (start.day, 30, 29, 28):
        found = real_date(year, month + 1, day)
        if found is not None and day <= start.day:
            return found
    return start
