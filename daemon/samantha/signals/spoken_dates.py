"""Dates as they are said: ordinals in words, days without a month, weekdays of a week, feasts.

English and German. Beside these patterns dateparser, ctparse, parsedatetime and
recognizers-text were tried on public specifications of date phrases; the figures stand in
``docs/signals.md``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import islice

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
from samantha.signals.day import Day, century, later, months_on, nearest, real_date
from samantha.signals.feasts import FEASTS, feast
from samantha.signals.passages import Passages, matches

_MONTH = alternatives(MONTHS)
_WEEKDAY = alternatives(WEEKDAYS)
_UNIT = alternatives(UNITS)
_SAID = alternatives(ORDINALS)
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)|(?:{_SAID})|\d{{1,2}}(?![\d:%]|[.,]\d))"
_FOUR = r"(?:19|20)\d\d"
_SPOKEN_YEAR = (
    r"(?:(?:two thousand|nineteen|twenty)(?:[ -](?:and )?(?:hundred|oh|zero|o|[a-z]+teen|ten|eleven"
    r"|twelve|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four"
    r"|five|six|seven|eight|nine))?|one|two|three|four|five|six|seven|eight|nine)){0,2})"
)
_YEAR = rf"(?:{_FOUR}|['’]\d\d|{_SPOKEN_YEAR})"
_NUMBER = r"\d{1,3}|a few|few|a couple of|" + alternatives(NUMBERS)
_SPAN = rf"(?:{_NUMBER}) (?:(?:business|working|calendar) )?(?:{_UNIT})"
_THIS = r"this|the current|diese[rnms]?"
_NEXT = r"next|following|nächste[rnms]?|naechste[rnms]?|kommende[rnms]?|der kommenden"
_LAST = r"last|previous|past|letzte[rnms]?|vorige[rnms]?|vergangene[rnms]?"
_OVERNEXT = r"übernächste[rnms]?|uebernaechste[rnms]?"
_WHICH = rf"{_THIS}|{_NEXT}|{_LAST}|{_OVERNEXT}"
_CLAUSE_END = r"(?=\s*(?:[.!?,;)]|$|\n|at\b|um\b|from\b|if\b|or\b|and\b|with\b|wieder\b|zurück\b))"

Reading = Callable[[re.Match[str], date], date | None]
_Rule = tuple[re.Pattern[str], Reading, float]


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w./$€£-])(?<![$€£] ){words}(?!\w)", re.I)


# --- readings ------------------------------------------------------------------------------


def _year(said: str | None) -> int | None:
    if not said:
        return None
    digits = said.lstrip("'’")
    if digits.isdigit():
        return int(digits) if len(digits) == 4 else century(int(digits))
    return spoken_year(said)


def _month_day(match: re.Match[str], reference: date) -> date | None:
    month, day = MONTHS[match["month"].lower()], day_number(match["day"])
    year = _year(match["year"])
    if match["year"] and year is None:
        return None
    if match["month"] in VERBS and match["day"].isdigit() and not year:
        return None
    return real_date(year, month, day) if year else nearest(reference, month, day)


def _numbers(match: re.Match[str], reference: date) -> date | None:
    """Read 4/22 as the fourth month and 22/4 as a day of it."""
    one, two = int(match["one"]), int(match["two"])
    if one > 12 or (match.re is _GERMAN and two <= 12):
        one, two = two, one
    if one > 12 or not one or not two:
        return None
    if match["year"]:
        return real_date(_year(match["year"]) or century(int(match["year"])), one, two)
    return nearest(reference, one, two)


def _of_weekday(match: re.Match[str], reference: date) -> date | None:
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


def _of_this(match: re.Match[str], reference: date) -> date | None:
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
    for pattern, step in ((_OVERNEXT, 2), (_NEXT, 1), (_LAST, -1)):
        if re.fullmatch(pattern, low):
            return step
    return 0


def _nth(match: re.Match[str], reference: date) -> date | None:
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


def _of_week(match: re.Match[str], reference: date) -> date | None:
    """Read "next week Sunday", "Tuesday of last week", "übernächste Woche Freitag"."""
    monday = reference - timedelta(days=reference.weekday())
    weekday = WEEKDAYS[match["weekday"].lower()]
    return monday + timedelta(days=7 * _step(match["which"]) + weekday)


def _single_weekday(match: re.Match[str], reference: date) -> date | None:
    weekday = WEEKDAYS[match["weekday"].lower()]
    return reference + timedelta(days=(weekday - reference.weekday()) % 7 or 7)


def _span_from(match: re.Match[str], reference: date) -> date | None:
    """Read "two days from tomorrow", "1 month and 21 days ago", "two Sundays from now"."""
    low = match["anchor"].lower()
    back = low.endswith("ago") or " before " in f" {low} " or low.startswith("before")
    start = reference + timedelta(days=1 if "tomorrow" in low else -1 if "yesterday" in low else 0)
    for number, unit in re.findall(rf"({_NUMBER}) (?:\w+ )?({_UNIT})\b", match["span"], re.I):
        many = _many(number)
        found = later(start, -many if back else many, UNITS[unit.lower()])
        if found is None:
            return None
        start = found
    return start


def _many(word: str) -> int:
    low = word.lower()
    return 3 if low in ("few", "a few") else 2 if low == "a couple of" else count(low)


def _weekdays_on(match: re.Match[str], reference: date) -> date | None:
    weekday = WEEKDAYS[match["weekday"].lower().removesuffix("s")]
    first = reference + timedelta(days=(weekday - reference.weekday()) % 7 or 7)
    return first + timedelta(days=7 * (count(match["n"].lower()) - 1))


def _business_days(match: re.Match[str], reference: date) -> date | None:
    left, found = min(count(match["n"].lower()), 60), reference
    while left > 0:
        found += timedelta(days=1)
        left -= found.weekday() < 5
    return found


def _week_end(match: re.Match[str], reference: date) -> date | None:
    monday = reference - timedelta(days=reference.weekday())
    return monday + timedelta(days=7 * _step(match["which"] or "this") + 4)


def _feast(match: re.Match[str], reference: date) -> date | None:
    name = " ".join(match["feast"].lower().replace("’", "'").split())
    year = _year(match["year"])
    if year:
        return feast(name, year)
    found = [d for y in (0, 1) if (d := feast(name, reference.year + y)) and d >= reference]
    return min(found, default=None)


def _shifted(days: int) -> Reading:
    return lambda match, reference: reference + timedelta(days=days)


_GERMAN = _pattern(
    r"(?:am|bis|zum|ab|vom|der|den|dem|vor) (?P<one>\d{1,2})(?:[/.]|-)(?P<two>\d{1,2})"
    r"(?:-(?P<year>\d\d))?(?![\d./-]\d)"
)
_ENGLISH = _pattern(
    rf"(?:(?:on|by|for|until|till|before|due|this|next|{_WEEKDAY}),? +)(?P<one>\d{{1,2}})"
    rf"(?P<sep>[/.-])(?P<two>\d{{1,2}})(?:(?:(?P=sep)|,)(?P<year>{_FOUR}|\d\d))?(?![\d/:%-]|\.\d)"
)
_SLASHED = _pattern(
    rf"(?!(?:1/[2-9]|2/3|3/4|24/7|9/11|50/50|7/24)\b)(?P<one>\d{{1,2}})/(?P<two>\d{{1,2}})"
    rf"(?:,(?P<year>{_FOUR}|\d\d))?(?![\d/:%-]|\.\d)"
)
_RULES: tuple[_Rule, ...] = (
    (
        _pattern(
            rf"(?:(?:{_WEEKDAY})\.?,? (?:the )?)?(?P<month>{_MONTH})(?:\.? ?[,/-]? ?| the | )"
            rf"(?P<day>{_DAY})(?:[ ,]{{1,2}}(?P<year>{_YEAR}))?"
        ),
        _month_day,
        0.8,
    ),
    (
        _pattern(
            rf"(?:(?:{_WEEKDAY})\.?,? (?:the |den |dem )?)?(?P<day>\d{{1,2}}(?:st|nd|rd|th"
            rf"|\.)?|{_SAID})"
            rf"(?: of)? (?P<month>{_MONTH})(?:[ ,.]{{1,2}}(?P<year>{_YEAR}))?"
        ),
        _month_day,
        0.8,
    ),
    (
        _pattern(rf"(?P<year>{_FOUR})(?P<sep>[-/ ])(?P<month>{_MONTH})(?P=sep)(?P<day>\d{{1,2}})"),
        _month_day,
        0.95,
    ),
    (
        _pattern(
            rf"(?P<weekday>{_WEEKDAY})(?:,? (?:the|den|dem) (?P<day>{_DAY}|\d{{1,2}}\.(?! ?\w*\d))"
            rf"| (?P<day2>\d{{1,2}}(?:st|nd|rd|th)?)(?=[!.,]?(?:\s|$))(?! ?(?:am|pm|uhr"
            rf"|{_MONTH}|[a-z]?\.m)\b))"
            rf"(?! (?:of |des )?(?:{_MONTH}))"
        ),
        _of_weekday,
        0.7,
    ),
    (
        _pattern(
            rf"(?:the |am )?(?P<day>{_DAY}|\d{{1,2}}\.)(?: of| des| im)? (?P<which>{_WHICH}) "
            rf"(?:month|monats?)"
        ),
        _of_this,
        0.8,
    ),
    (
        _pattern(
            r"(?:on|by|until|till|before|around|for|since) (?:the )?(?P<day>\d{1,2}(?:st|nd|rd|th))"
            rf"(?! (?:of|{_MONTH}|floor|street|st\b|avenue|ave\b|time|century|year|grade|place))"
        ),
        _of_this,
        0.6,
    ),
    (
        _pattern(
            rf"(?:on|for|by|around|until)? ?the (?P<day>\d{{1,2}}(?:st|nd|rd|th)?"
            rf"|{_SAID}){_CLAUSE_END}"
        ),
        _of_this,
        0.45,
    ),
    (
        _pattern(rf"on (?P<day>\d{{1,2}}(?:st|nd|rd|th)?|{_SAID})(?=[.!?]?\s*$|[.!?]\s)"),
        _of_this,
        0.4,
    ),
    (
        re.compile(
            r"(?<!\w)(?:am|zum|bis(?: zum)?|ab dem|vor dem) (?P<day>\d{1,2}\.)(?= [a-zäöü]"
            r"|[,;]|$|\s*\n)"
        ),
        _of_this,
        0.6,
    ),
    (
        _pattern(
            rf"(?:the |am |der |den )?(?P<nth>first|second|third|fourth|fifth|last|[1-5](?:st"
            rf"|nd|rd|th)|erste[nr]?"
            rf"|zweite[nr]?|dritte[nr]?|vierte[nr]?|letzte[nr]?) (?P<weekday>{_WEEKDAY})"
            rf"(?: (?:of|in|im|des)(?: the)? (?:(?P<which>{_WHICH}|) ?(?:month|monats?)|"
            rf"(?P<month>{_MONTH})(?: (?P<year>{_FOUR}))?))"
        ),
        _nth,
        0.8,
    ),
    (
        _pattern(
            rf"(?P<nth>first|second|third|fourth|fifth) (?P<weekday>{_WEEKDAY})(?P<month>\b)?"
            rf"(?P<which>\b)?(?P<year>\b)?"
        ),
        lambda m, r: _nth_of(m, r),
        0.5,
    ),
    (
        _pattern(
            rf"(?:in der )?(?P<which>{_WHICH}) (?:week|woche),? ?(?:- ?)?(?:on |am )?"
            rf"(?P<weekday>{_WEEKDAY})"
        ),
        _of_week,
        0.8,
    ),
    (
        _pattern(
            rf"(?:on |am )?(?P<weekday>{_WEEKDAY}),? (?:of |in der |der )?(?P<which>{_WHICH}) "
            rf"(?:week|woche)"
        ),
        _of_week,
        0.8,
    ),
    (
        _pattern(rf"(?:this upcoming|upcoming) (?P<weekday>{_WEEKDAY})"),
        _single_weekday,
        0.7,
    ),
    (_pattern(rf"(?:on )?(?P<which>previous|following) (?P<weekday>{_WEEKDAY})"), _of_week, 0.7),
    (
        _pattern(
            rf"(?P<span>{_SPAN}(?:,? (?:and |und )?{_SPAN}){{0,3}}) (?P<anchor>ago|later|from"
            rf" now|from today"
            r"|(?:from|after|before) (?:today|tomorrow|yesterday))"
        ),
        _span_from,
        0.8,
    ),
    (
        _pattern(
            rf"(?P<n>two|three|four|2|3|4) (?P<weekday>(?:{_WEEKDAY})s?) (?:from now|from"
            rf" today|later)"
        ),
        _weekdays_on,
        0.7,
    ),
    (
        _pattern(
            r"(?:in|within|innerhalb von|binnen) (?P<n>\d{1,2}|one|two|three|four|five|six"
            r"|seven|eight|nine|ten|zwei|drei"
            r"|vier|fünf|zehn) (?:business|working|werk|arbeits)[ -]?(?:days?|tagen?)"
        ),
        _business_days,
        0.85,
    ),
    (
        _pattern(rf"(?:by |until |at )?(?:the )?end of (?:the )?(?:(?P<which>{_WHICH}) )?week"),
        _week_end,
        0.7,
    ),
    (
        _pattern(rf"(?:bis |am )?(?:zum )?Ende (?:der )?(?P<which>{_WHICH}|)(?: |(?<=der ))?Woche"),
        _week_end,
        0.7,
    ),
    (_pattern(r"(?:the )?day after (?:tmrw|tmr|2morrow)"), _shifted(2), 0.8),
    (_pattern(r"(?:tmrw|tmr|2morrow)"), _shifted(1), 0.75),
    (
        _pattern(
            r"(?:(?:by )?(?:eod|eob|cob)(?: today)?|(?:by )?end of (?:the )?(?:business )?day"
            r"(?: today)?"
            r"|heute (?:abend|nachmittag|mittag))"
        ),
        _shifted(0),
        0.7,
    ),
    (_pattern(r"(?:the )?day before yesterday|vorgestern"), _shifted(-2), 0.8),
    (_pattern(r"(?:the )?next day(?! (?:delivery|shipping|air))"), _shifted(1), 0.3),
    (_pattern(r"(?:the )?(?:last|past) day" + _CLAUSE_END), _shifted(-1), 0.3),
    (
        _pattern(
            rf"(?:(?:on|at|by|before|for|an|zu|vor|nach|after) )(?P<feast>{alternatives(FEASTS)})"
            rf"(?:,? (?P<year>{_FOUR}))?"
        ),
        _feast,
        0.6,
    ),
    (_ENGLISH, _numbers, 0.6),
)
_ONLY_ENGLISH = (_SLASHED, _numbers, 0.45)
_ONLY_GERMAN = (_GERMAN, _numbers, 0.7)
_BARE = re.compile(
    r"(?<![\w-])(?P<weekday>"
    + alternatives([w for w in WEEKDAYS if len(w) > 5])
    + r"|(?:Mon|Tue|Tues|Wed|Thu|Thur|Thurs|Fri)(?=[.,]? |$))(?![\w-])",
    re.I,
)
_LEADING = re.compile(
    r"(?:(?:on|by|for|until|till|before|due|around|since|at|after|an|zu|vor|nach|am|bis|zum|ab|vom"
    r"|der|den|dem) +)+",
    re.I,
)
_ABBREVIATED = re.compile(r"(?:Mon|Tue|Tues|Wed|Thu|Thur|Thurs|Fri)")


def _nth_of(match: re.Match[str], reference: date) -> date | None:
    start = reference.replace(day=1)
    weekday, number = WEEKDAYS[match["weekday"].lower()], count_nth(match["nth"])
    found = start + timedelta(days=(weekday - start.weekday()) % 7 + 7 * (number - 1))
    return found if found.month == start.month else None


_NUMBERED = re.compile(
    r"(?i)(?<!\w)(?:on|by|for|until|till|before|due|since|around|the|am|zum|bis|ab|vom|der|den|dem"
    r"|this|next) {1,3}\d|\d/\d"
)
_WORD = re.compile(r"[^\W\d_]{3,14}")
_TRIGGERS = (
    frozenset(MONTHS)
    | frozenset(WEEKDAYS)
    | {f"{name}s" for name in WEEKDAYS}
    | {name.split()[-1] for name in FEASTS}
    | {word for said in ORDINALS for word in said.split("-")[:1] if " " not in word}
    | frozenset(
        (
            "week",
            "woche",
            "month",
            "monat",
            "monats",
            "ago",
            "later",
            "now",
            "today",
            "tomorrow",
            "yesterday",
            "tmrw",
            "tmr",
            "morrow",
            "eod",
        )
    )
    | frozenset(
        (
            "eob",
            "cob",
            "business",
            "working",
            "day",
            "werktage",
            "werktagen",
            "arbeitstage",
            "vorgestern",
            "heute",
        )
    )
)
REACH, MOST = 64, 12_000
"""Code points looked at around a word that may belong to a date, and in all."""


def find_spoken(text: str, within: Passages, reference: date, language: str = "") -> Iterator[Day]:
    """Return the dates that are said rather than written, as they are found."""
    rules = [*_RULES]
    if language in ("", "en"):
        rules.append(_ONLY_ENGLISH)
    if language in ("", "de"):
        rules.append(_ONLY_GERMAN)
    near = _windows(text, within)
    for pattern, reading, confidence in rules:
        for match in matches(pattern, text, near, 60):
            value = _guarded(reading, match, reference)
            if value is not None and 1970 <= value.year <= 2100:
                relative = reading not in (_month_day, _numbers)
                start = _LEADING.match(text, match.start(), match.end())
                first = start.end() if start else match.start()
                yield Day(value, first, match.end(), confidence, relative)
    for match in islice(matches(_BARE, text, near, 80), 40):
        word = match["weekday"]
        if len(word) <= 5 and not _ABBREVIATED.fullmatch(word):
            continue
        value = _single_weekday(match, reference)
        if value is not None:
            yield Day(value, match.start(), match.end(), 0.5, relative=True)


def _windows(text: str, within: Passages) -> Passages:
    """Return where dates can be at all, so that the patterns look at little of a long text."""
    found: list[tuple[int, int]] = []
    left = MOST
    for low, high in within:
        places = [m.start() for m in _NUMBERED.finditer(text, low, high)]
        places += [m.start() for m in _WORD.finditer(text, low, high) if m[0].lower() in _TRIGGERS]
        for at in sorted(places):
            start, end = max(low, at - REACH), min(high, at + REACH)
            while start > low and text[start - 1].isalnum():
                start -= 1
            while end < high and text[end].isalnum() and end - at < 2 * REACH:
                end += 1
            if found and start <= found[-1][1]:
                left -= end - found[-1][1]
                found[-1] = (found[-1][0], max(end, found[-1][1]))
            else:
                left -= end - start
                found.append((start, end))
            if left <= 0:
                return tuple(found)
    return tuple(found)


def _guarded(reading: Reading, match: re.Match[str], reference: date) -> date | None:
    try:
        return reading(match, reference)
    except (ValueError, OverflowError):
        return None
