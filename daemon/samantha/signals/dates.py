"""Dates in text: absolute ones in six languages, relative ones against a reference day.

Own patterns, because a date needs its exact span here, and the general libraries give none, take
times, prices and telephone numbers for dates, and need twenty to seven hundred milliseconds for
a page. What is read is only what has the shape of a date.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from samantha.signals.calendar_words import (
    MONTHS,
    NUMBERS,
    UNITS,
    VERBS,
    WEEKDAYS,
    alternatives,
    count,
)
from samantha.signals.counted_dates import find_counted
from samantha.signals.day import Day, century, later, months_on, nearest, real_date
from samantha.signals.passages import Passages, matches
from samantha.signals.romance_dates import find_romance
from samantha.signals.spoken_dates import find_spoken

__all__ = ["Day", "find_days", "later"]
LIMIT = 120
"""Dates taken from one document."""


_MONTH = alternatives(MONTHS)
_WEEKDAY = alternatives(WEEKDAYS)
_NUMBER = r"\d{1,3}|" + alternatives(NUMBERS)
_UNIT = alternatives(UNITS)
_YEAR = r"(?:19|20)\d\d"

_ISO = re.compile(rf"(?<![\d./-])({_YEAR})([-/.])(\d{{1,2}})\2(\d{{1,2}})(?![\d-]|[/.]\d)")
_NUMERIC = re.compile(
    rf"(?<![\d./])(?<!\d\d\d-)(\d{{1,2}})(?:([/-])|(\.) ?)(\d{{1,2}})"
    rf"(?:(?(2)\2|\. ?)({_YEAR}|\d\d)(?!\d|[./:]\d)"
    rf"|(?(3)\.(?![\d ]*\d{{4}})(?!\d)|(?!)))"
)
_DAY_MONTH = re.compile(
    rf"(?<![\w.,/:$€£-])(?<![$€£] )(\d{{1,2}})(?:st|nd|rd|th|er|ste|de|\.|º|°)?[ \u00a0-]?(?:of "
    rf"|de |di "
    rf"|d')?(?:the )?"
    rf"({_MONTH})(?![^\W\d_])\.?(?:,?[ \u00a0-](?:de |del |in )?"
    rf"({_YEAR}|['’]?\d\d(?![\d:.,/%])))?(?! \d{{4}}(?!\d))",
    re.I,
)
_MONTH_DAY = re.compile(
    rf"(?<!\w)([^\W\d_]{{3,10}})\.?[ \u00a0-](\d{{1,2}})(?:st|nd|rd|th)?(?![\d:%]|[.,]\d)"
    rf"(?: ?,?[ \u00a0-]({_YEAR})(?!\d))?",
    re.I,
)
_RELATIVE = re.compile(
    r"(?<![\w-])(?:"
    r"(?P<after>(?:the )?day after tomorrow|übermorgen|après[- ]demain|pasado mañana|dopodomani"
    r"|overmorgen)"
    r"|(?P<tomorrow>tomorrow|demain|mañana|domani|morgen)"
    r"|(?P<today>today|tonight|heute|aujourd['’]hui|hoy|oggi|vandaag)"
    r"|(?P<yesterday>yesterday|gestern|hier|ayer|ieri|gisteren)"
    r"|(?P<month_end>(?:by |at )?(?:the )?end of (?:the|this) month"
    r"|(?:bis )?(?:zum )?(?:Ende (?:des|dieses) Monats|Monatsende))"
    rf"|(?P<lead>within|in|innerhalb(?: von)?|binnen|dans|sous|en|dentro de|entro|fra|tra)"
    rf"(?: the next| den nächsten| les)? (?P<n>{_NUMBER}) (?:(?:calendar|working"
    rf"|business) )?(?P<unit>{_UNIT})"
    rf"|(?P<before>vor|il y a|hace) (?P<before_n>{_NUMBER}) (?P<before_unit>{_UNIT})"
    rf"|(?P<far_n>{_NUMBER}) (?P<far_unit>{_UNIT}) (?P<far>ago|from now|from today|hence)"
    rf"|(?:on |am )?(?P<day>{_WEEKDAY}),? (?:of )?(?P<week>next|this|nächster|dieser) (?:week"
    rf"|woche)"
    rf"|(?P<which>last|past|letzte[nrms]?|vergangene[nrms]?|next|this|coming|nächste[nrms]?"
    rf"|kommende[nrms]?|diese[nrms]?|by|until|till"
    rf"|before|on|bis|am)"
    rf"(?: (?:zum )?(?P<inner>nächsten|kommenden|coming|next|this|diesen) | zum )? ?"
    rf"(?P<weekday>{_WEEKDAY})"
    r")(?!\w)",
    re.I,
)
_DAY_FIRST = re.compile(
    r"[£€₹]|\b(?:EUR|GBP|INR|AUD|NZD|ABN|BPAY|GSTIN|incl?\.? GST)\b|\bRs\.? ?\d|\b(?:AU|NZ|A)\$"
)
"""Money and numbers of countries that write the day first."""
_BEFORE = re.compile(rf"(?<!\w)({_WEEKDAY})\.?,?[ \n](?:(?:the|den|dem|le|el|der|de),? )?$", re.I)


def find_days(text: str, within: Passages, reference: date, language: str = "") -> tuple[Day, ...]:
    """Return the dates in the passages in their order, each span once."""
    month_first = _month_first(text, within, language)
    found: list[Day] = []
    for match in matches(_ISO, text, within):
        value = real_date(int(match[1]), int(match[3]), int(match[4]))
        found.extend(_day(text, match, value, 0.97))
    found.extend(_numeric(text, within, reference, month_first, language))
    found.extend(_named(text, within, reference))
    found.extend(_relative(text, within, reference, language))
    found.extend(find_spoken(text, within, reference, language))
    found.extend(find_romance(text, within, reference, language))
    found.extend(find_counted(text, within, reference, tuple(found)))
    return _apart(found)


def _day(
    text: str, match: re.Match[str], value: date | None, confidence: float, relative: bool = False
) -> Iterator[Day]:
    if value is None or not 1970 <= value.year <= 2100:
        return
    start = match.start()
    weekday = None if relative else _BEFORE.search(text, max(0, start - 22), start)
    if weekday is not None:
        start = weekday.start()
        # A weekday that does not fit says that the date was misread or mistyped.
        if WEEKDAYS[weekday[1].lower()] != value.weekday():
            confidence *= 0.7
    yield Day(value, start, match.end(), confidence, relative)


def _month_first(text: str, within: Passages, language: str) -> bool | None:
    """Tell the order of 3/4/2026 by the document's other dates, its language and its money."""
    votes: Counter[bool] = Counter()
    for match in matches(_NUMERIC, text, within, 60):
        one, two = int(match[1]), int(match[4])
        if match[2] and max(one, two) <= 31 and (one > 12) != (two > 12):
            votes[two > 12] += 1
    if votes[True] != votes[False]:
        return votes[True] > votes[False]
    if language and language != "en":
        return False
    head = text[within[0][0] : within[0][0] + 8_000] if within else ""
    if _DAY_FIRST.search(head):
        return False
    return True if "$" in head or "USD" in head else None


def _numeric(
    text: str, within: Passages, reference: date, month_first: bool | None, language: str
) -> Iterator[Day]:
    for match in matches(_NUMERIC, text, within):
        one, two, year = int(match[1]), int(match[4]), match[5]
        dotted = match[3] is not None
        if (year is None and language == "en") or (match[2] == "-" and len(year or "") < 4):
            continue
        swap = month_first is not False and not dotted
        confidence = 0.95 if dotted or month_first is not None else 0.6
        if one > 12 or two > 12:
            swap, confidence = two > 12 and not dotted, 0.95
        day, month = (two, one) if swap else (one, two)
        if year is None:
            value = nearest(reference, month, day)
            yield from _day(text, match, value, 0.7)
        else:
            full = int(year) if len(year) == 4 else century(int(year))
            short = 0.85 if len(year) == 2 else 1.0
            yield from _day(text, match, real_date(full, month, day), confidence * short)


def _named(text: str, within: Passages, reference: date) -> Iterator[Day]:
    for match in matches(_DAY_MONTH, text, within):
        yield from _of_month(text, match, match[1], match[2], match[3], reference)
    for match in matches(_MONTH_DAY, text, within, 2_000):
        if match[1].lower() not in MONTHS:
            continue
        # "may 5" and "march 12" are mostly verbs unless they are written like names.
        if match[1].lower() in VERBS and not match[3] and match[1][0].islower():
            continue
        yield from _of_month(text, match, match[2], match[1], match[3], reference)


def _of_month(
    text: str, match: re.Match[str], day: str, month: str, year: str | None, reference: date
) -> Iterator[Day]:
    number = MONTHS[month.lower()]
    if year:
        digits = int(year.lstrip("'’"))
        full = digits if digits > 99 else century(digits)
        yield from _day(text, match, real_date(full, number, int(day)), 0.97)
        return
    before = _BEFORE.search(text, max(0, match.start() - 22), match.start())
    weekday = WEEKDAYS[before[1].lower()] if before else None
    yield from _day(text, match, nearest(reference, number, int(day), weekday), 0.85)


def _relative(text: str, within: Passages, reference: date, language: str) -> Iterator[Day]:
    for match in matches(_RELATIVE, text, within, 120):
        # German "hier" is a place.
        if match["yesterday"] in ("hier", "Hier") and language != "fr":
            continue
        value = _meant(text, match, reference)
        yield from _day(text, match, value, 0.7 if match["weekday"] else 0.8, relative=True)


def _meant(text: str, match: re.Match[str], reference: date) -> date | None:
    if match["after"]:
        return reference + timedelta(days=2)
    if match["tomorrow"]:
        # German "Morgen" is the morning, and so is "heute morgen".
        before = text[max(0, match.start() - 8) : match.start()].lower()
        morning = match[0] == "Morgen" or (
            match[0] == "morgen" and before.endswith(("guten ", "heute ", "jeden ", "am "))
        )
        # So is Spanish "la mañana", and "esta mañana".
        morning = morning or (
            match[0].lower() == "mañana" and before.endswith(("la ", "esta ", "cada ", "una "))
        )
        return None if morning else reference + timedelta(days=1)
    if match["today"]:
        return reference
    if match["yesterday"]:
        return reference - timedelta(days=1)
    if match["month_end"]:
        return months_on(reference.replace(day=1), 1) - timedelta(days=1)
    if match["unit"]:
        return later(reference, count(match["n"]), UNITS[match["unit"].lower()])
    if match["far_unit"] or match["before_unit"]:
        back = bool(match["before"]) or match["far"].lower() == "ago"
        unit = match["far_unit"] or match["before_unit"]
        number = count(match["far_n"] or match["before_n"])
        return later(reference, -number if back else number, UNITS[unit.lower()])
    if match["day"]:
        which = "next" if match["week"].lower() in ("next", "nächster") else "this"
        return _weekday(which, WEEKDAYS[match["day"].lower()], reference)
    which = match["inner"] or match["which"]
    return _weekday(which.lower(), WEEKDAYS[match["weekday"].lower()], reference)


def _weekday(which: str, weekday: int, reference: date) -> date:
    monday = reference - timedelta(days=reference.weekday())
    if which == "this" or which.startswith("diese"):
        return monday + timedelta(days=weekday)
    if which == "next" or which.startswith("nächste"):
        return monday + timedelta(days=7 + weekday)
    if which.startswith(("last", "past", "letzte", "vergangene")):
        return reference - timedelta(days=(reference.weekday() - weekday) % 7 or 7)
    return reference + timedelta(days=(weekday - reference.weekday()) % 7 or 7)


def _fuller(new: Day, old: Day) -> bool:
    """Tell whether an overlapping date says more: "Monday 21" more than "on Monday"."""
    longer = (new.end - new.start) - (old.end - old.start)
    if new.end > old.end:
        return longer > -4
    return longer > 0 or (longer == 0 and new.confidence > old.confidence)


def _apart(found: list[Day]) -> tuple[Day, ...]:
    """Keep the longest of overlapping dates."""
    kept: list[Day] = []
    for day in sorted(found, key=lambda d: (d.start, -d.end)):
        if kept and day.start < kept[-1].end:
            if _fuller(day, kept[-1]):
                kept[-1] = day
            continue
        kept.append(day)
        if len(kept) >= LIMIT:
            break
    return tuple(kept)
