"""What a date that is said means: each reading turns a match and a day into a date."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from samantha.signals.calendar_words import (
    MONTHS,
    NUMBERS,
    ORDINALS,
    UNITS,
    VERBS,
    WEEKDAYS,
    alternatives,
    count,
    day_number,
    spoken_year,
)
from samantha.signals.day import century, later, months_on, nearest, real_date
from samantha.signals.feasts import feast

UNIT = alternatives(UNITS)
NUMBER = r"\d{1,3}|a few|few|a couple of|" + alternatives(NUMBERS)
THIS = r"this|the current|diese[rnms]?"
NEXT = r"next|following|nächste[rnms]?|naechste[rnms]?|kommende[rnms]?|der kommenden"
LAST = r"last|previous|past|letzte[rnms]?|vorige[rnms]?|vergangene[rnms]?"
OVERNEXT = r"übernächste[rnms]?|uebernaechste[rnms]?"

Reading = Callable[[re.Match[str], date], date | None]


def _year(said: str | None) -> int | None:
    if not said:
        return None
    digits = said.lstrip("'’")
    if digits.isdigit():
        return int(digits) if len(digits) == 4 else century(int(digits))
    return spoken_year(said)


def month_day(match: re.Match[str], reference: date) -> date | None:
    """Read a day and the name of its month, with or without a year."""
    month, day = MONTHS[match["month"].lower()], day_number(match["day"])
    year = _year(match["year"])
    if match["year"] and year is None:
        return None
    if match["month"] in VERBS and match["day"].isdigit() and not year:
        return None
    return real_date(year, month, day) if year else nearest(reference, month, day)


def month_and_day(match: re.Match[str], reference: date) -> date | None:
    """Read 4/22 as the fourth month and 22/4 as a day of it."""
    one, two = int(match["one"]), int(match["two"])
    if one > 12:
        one, two = two, one
    if one > 12 or not one or not two:
        return None
    if match["year"]:
        return real_date(_year(match["year"]) or century(int(match["year"])), one, two)
    return nearest(reference, one, two)


def day_first(match: re.Match[str], reference: date) -> date | None:
    """Read 3-7-27 as the third of July."""
    day, month = int(match["one"]), int(match["two"])
    if month > 12:
        return month_and_day(match, reference)
    if match["year"]:
        return real_date(century(int(match["year"])), month, day)
    return nearest(reference, month, day) if month else None


def of_weekday(match: re.Match[str], reference: date) -> date | None:
    """Read "Friday the 15th": this month's, else the next that is a Friday."""
    weekday = WEEKDAYS[match["weekday"].lower()]
    day = day_number(match["day"] or match["day2"])
    start = reference.replace(day=1)
    for ahead in (0, *range(1, 13), -1):
        found = _in_month(months_on(start, ahead), day)
        if found is not None and found.weekday() == weekday:
            return found
    return None


def _in_month(month: date, day: int) -> date | None:
    return real_date(month.year, month.month, day)


def of_this(match: re.Match[str], reference: date) -> date | None:
    """Read "the 27th": the next one; "the 20th of next month" says which."""
    day = day_number(match["day"])
    which = match.groupdict().get("which")
    start = reference.replace(day=1)
    if which:
        return _in_month(months_on(start, _step(which)), day)
    for ahead in range(3):
        found = _in_month(months_on(start, ahead), day)
        if found is not None and found >= reference:
            return found
    return None


def _step(which: str) -> int:
    """Return how many weeks or months "this", "next" and their like lie ahead."""
    low = which.lower()
    for pattern, step in ((OVERNEXT, 2), (NEXT, 1), (LAST, -1)):
        if re.fullmatch(pattern, low):
            return step
    return 0


def nth_weekday(match: re.Match[str], reference: date) -> date | None:
    """Read "the first Friday of July", "… of next month", "… in diesem Monat"."""
    number = 5 if match["nth"].lower() in ("last", "letzte", "letzten") else count_nth(match["nth"])
    weekday = WEEKDAYS[match["weekday"].lower()]
    start = reference.replace(day=1)
    if match["month"]:
        year = _year(match["year"])
        chosen = nearest(reference, MONTHS[match["month"].lower()], 15)
        start = date(year or (chosen or reference).year, MONTHS[match["month"].lower()], 1)
    elif match["which"]:
        start = months_on(start, _step(match["which"]))
    first = start + timedelta(days=(weekday - start.weekday()) % 7)
    found = first + timedelta(days=7 * (number - 1))
    if found.month != start.month:
        return found - timedelta(days=7) if match["nth"].lower().startswith(("la", "le")) else None
    return found


def count_nth(word: str) -> int:
    """Return the number of an ordinal up to fifth."""
    return ORDINALS.get(word.lower(), 0) or int(re.sub(r"\D", "", word) or 0)


def of_week(match: re.Match[str], reference: date) -> date | None:
    """Read "next week Sunday", "Tuesday of last week", "übernächste Woche Freitag"."""
    monday = reference - timedelta(days=reference.weekday())
    weekday = WEEKDAYS[match["weekday"].lower()]
    return monday + timedelta(days=7 * _step(match["which"]) + weekday)


def single_weekday(match: re.Match[str], reference: date) -> date | None:
    """Read a weekday as the next one."""
    weekday = WEEKDAYS[match["weekday"].lower()]
    return reference + timedelta(days=(weekday - reference.weekday()) % 7 or 7)


def span_from(match: re.Match[str], reference: date) -> date | None:
    """Read "two days from tomorrow", "1 month and 21 days ago", "two Sundays from now"."""
    low = match["anchor"].lower()
    back = low.endswith("ago") or " before " in f" {low} " or low.startswith("before")
    start = reference + timedelta(days=1 if "tomorrow" in low else -1 if "yesterday" in low else 0)
    for number, unit in re.findall(rf"({NUMBER}) (?:\w+ )?({UNIT})\b", match["span"], re.I):
        many = _many(number)
        found = later(start, -many if back else many, UNITS[unit.lower()])
        if found is None:
            return None
        start = found
    return start


def _many(word: str) -> int:
    low = word.lower()
    return 3 if low in ("few", "a few") else 2 if low == "a couple of" else count(low)


def weekdays_on(match: re.Match[str], reference: date) -> date | None:
    """Read "two Sundays from now"."""
    weekday = WEEKDAYS[match["weekday"].lower().removesuffix("s")]
    first = reference + timedelta(days=(weekday - reference.weekday()) % 7 or 7)
    return first + timedelta(days=7 * (count(match["n"].lower()) - 1))


def business_days(match: re.Match[str], reference: date) -> date | None:
    """Read "in four business days": Saturdays and Sundays do not count."""
    left, found = min(count(match["n"].lower()), 60), reference
    while left > 0:
        found += timedelta(days=1)
        left -= found.weekday() < 5
    return found


def week_end(match: re.Match[str], reference: date) -> date | None:
    """Read "the end of next week" as its Friday."""
    monday = reference - timedelta(days=reference.weekday())
    return monday + timedelta(days=7 * _step(match["which"] or "this") + 4)


def feast_day(match: re.Match[str], reference: date) -> date | None:
    """Read a feast as the next one, or as that of the year it names."""
    name = " ".join(match["feast"].lower().replace("’", "'").split())
    year = _year(match["year"])
    if year:
        return feast(name, year)
    found = [d for y in (0, 1) if (d := feast(name, reference.year + y)) and d >= reference]
    return min(found, default=None)


def shifted(days: int) -> Reading:
    """Return a reading that is so many days from the reference."""
    return lambda match, reference: reference + timedelta(days=days)


def nth_of(match: re.Match[str], reference: date) -> date | None:
    """Read "second Sunday" as that of this month."""
    start = reference.replace(day=1)
    weekday, number = WEEKDAYS[match["weekday"].lower()], count_nth(match["nth"])
    found = start + timedelta(days=(weekday - start.weekday()) % 7 + 7 * (number - 1))
    return found if found.month == start.month else None
