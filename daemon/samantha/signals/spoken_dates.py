"""Dates as they are said: ordinals in words, days without a month, weekdays of a week, feasts.

English and German. Beside these patterns dateparser, ctparse, parsedatetime and
recognizers-text were tried on public specifications of date phrases; the figures stand in
``docs/signals.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice

from samantha.signals.calendar_words import MONTHS, ORDINALS, WEEKDAYS, alternatives
from samantha.signals.day import Day
from samantha.signals.feasts import FEASTS
from samantha.signals.passages import Passages, matches
from samantha.signals.spoken_readings import (
    LAST,
    NEXT,
    NUMBER,
    OVERNEXT,
    THIS,
    UNIT,
    Reading,
    business_days,
    day_first,
    feast_day,
    month_and_day,
    month_day,
    nth_of,
    nth_weekday,
    of_this,
    of_week,
    of_weekday,
    shifted,
    single_weekday,
    span_from,
    week_end,
    weekdays_on,
)

_MONTH = alternatives(MONTHS)
_WEEKDAY = alternatives(WEEKDAYS)
_SAID = alternatives(ORDINALS)
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)|(?:{_SAID})|\d{{1,2}}(?![\d:%]|[.,]\d))"
_FOUR = r"(?:19|20)\d\d"
_SPOKEN_YEAR = (
    r"(?:(?:two thousand|nineteen|twenty)(?:[ -](?:and )?(?:hundred|oh|zero|o|[a-z]+teen|ten|eleven"
    r"|twelve|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four"
    r"|five|six|seven|eight|nine))?|one|two|three|four|five|six|seven|eight|nine)){0,2})"
)
_YEAR = rf"(?:{_FOUR}|['’]\d\d|{_SPOKEN_YEAR})"
_SPAN = rf"(?:{NUMBER}) (?:(?:business|working|calendar) )?(?:{UNIT})"
_WHICH = rf"{THIS}|{NEXT}|{LAST}|{OVERNEXT}"
_CLAUSE_END = r"(?=\s*(?:[.!?,;)]|$|\n|at\b|um\b|from\b|if\b|or\b|and\b|with\b|wieder\b|zurück\b))"

_Rule = tuple[re.Pattern[str], Reading, float]


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w./$€£-])(?<![$€£] ){words}(?!\w)", re.I)


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
        month_day,
        0.8,
    ),
    (
        _pattern(
            rf"(?:(?:{_WEEKDAY})\.?,? (?:the |den |dem )?)?(?P<day>\d{{1,2}}(?:st|nd|rd|th"
            rf"|\.)?|{_SAID})"
            rf"(?: of)? (?P<month>{_MONTH})(?:[ ,.]{{1,2}}(?P<year>{_YEAR}))?"
        ),
        month_day,
        0.8,
    ),
    (
        _pattern(rf"(?P<year>{_FOUR})(?P<sep>[-/ ])(?P<month>{_MONTH})(?P=sep)(?P<day>\d{{1,2}})"),
        month_day,
        0.95,
    ),
    (
        _pattern(
            rf"(?P<weekday>{_WEEKDAY})(?:,? (?:the|den|dem) (?P<day>{_DAY}|\d{{1,2}}\.(?! ?\w*\d))"
            rf"| (?P<day2>\d{{1,2}}(?:st|nd|rd|th)?)(?=[!.,]?(?:\s|$))(?! ?(?:am|pm|uhr"
            rf"|{_MONTH}|[a-z]?\.m)\b))"
            rf"(?! (?:of |des )?(?:{_MONTH}))"
        ),
        of_weekday,
        0.7,
    ),
    (
        _pattern(
            rf"(?:the |am )?(?P<day>{_DAY}|\d{{1,2}}\.)(?: of| des| im)? (?P<which>{_WHICH}) "
            rf"(?:month|monats?)"
        ),
        of_this,
        0.8,
    ),
    (
        _pattern(
            r"(?:on|by|until|till|before|around|for|since) (?:the )?(?P<day>\d{1,2}(?:st|nd|rd|th))"
            rf"(?! (?:of|{_MONTH}|floor|street|st\b|avenue|ave\b|time|century|year|grade|place))"
        ),
        of_this,
        0.6,
    ),
    (
        _pattern(
            rf"(?:on|for|by|around|until)? ?the (?P<day>\d{{1,2}}(?:st|nd|rd|th)?"
            rf"|{_SAID}){_CLAUSE_END}"
        ),
        of_this,
        0.45,
    ),
    (
        _pattern(rf"on (?P<day>\d{{1,2}}(?:st|nd|rd|th)?|{_SAID})(?=[.!?]?\s*$|[.!?]\s)"),
        of_this,
        0.4,
    ),
    (
        re.compile(
            r"(?<!\w)(?:am|zum|bis(?: zum)?|ab dem|vor dem) (?P<day>\d{1,2}\.)(?= [a-zäöü]"
            r"|[,;]|$|\s*\n)"
        ),
        of_this,
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
        nth_weekday,
        0.8,
    ),
    (
        _pattern(
            rf"(?P<nth>first|second|third|fourth|fifth) (?P<weekday>{_WEEKDAY})(?P<month>\b)?"
            rf"(?P<which>\b)?(?P<year>\b)?"
        ),
        lambda m, r: nth_of(m, r),
        0.5,
    ),
    (
        _pattern(
            rf"(?:in der )?(?P<which>{_WHICH}) (?:week|woche),? ?(?:- ?)?(?:on |am )?"
            rf"(?P<weekday>{_WEEKDAY})"
        ),
        of_week,
        0.8,
    ),
    (
        _pattern(
            rf"(?:on |am )?(?P<weekday>{_WEEKDAY}),? (?:of |in der |der )?(?P<which>{_WHICH}) "
            rf"(?:week|woche)"
        ),
        of_week,
        0.8,
    ),
    (
        _pattern(rf"(?:this upcoming|upcoming) (?P<weekday>{_WEEKDAY})"),
        single_weekday,
        0.7,
    ),
    (_pattern(rf"(?:on )?(?P<which>previous|following) (?P<weekday>{_WEEKDAY})"), of_week, 0.7),
    (
        _pattern(
            rf"(?P<span>{_SPAN}(?:,? (?:and |und )?{_SPAN}){{0,3}}) (?P<anchor>ago|later|from"
            rf" now|from today"
            r"|(?:from|after|before) (?:today|tomorrow|yesterday))"
        ),
        span_from,
        0.8,
    ),
    (
        _pattern(
            rf"(?P<n>two|three|four|2|3|4) (?P<weekday>(?:{_WEEKDAY})s?) (?:from now|from"
            rf" today|later)"
        ),
        weekdays_on,
        0.7,
    ),
    (
        _pattern(
            r"(?:in|within|innerhalb von|binnen) (?P<n>\d{1,2}|one|two|three|four|five|six"
            r"|seven|eight|nine|ten|zwei|drei"
            r"|vier|fünf|zehn) (?:business|working|werk|arbeits)[ -]?(?:days?|tagen?)"
        ),
        business_days,
        0.85,
    ),
    (
        _pattern(rf"(?:by |until |at )?(?:the )?end of (?:the )?(?:(?P<which>{_WHICH}) )?week"),
        week_end,
        0.7,
    ),
    (
        _pattern(rf"(?:bis |am )?(?:zum )?Ende (?:der )?(?P<which>{_WHICH}|)(?: |(?<=der ))?Woche"),
        week_end,
        0.7,
    ),
    (_pattern(r"(?:the )?day after (?:tmrw|tmr|2morrow)"), shifted(2), 0.8),
    (_pattern(r"(?:tmrw|tmr|2morrow)"), shifted(1), 0.75),
    (
        _pattern(
            r"(?:(?:by )?(?:eod|eob|cob)(?: today)?|(?:by )?end of (?:the )?(?:business )?day"
            r"(?: today)?"
            r"|heute (?:abend|nachmittag|mittag))"
        ),
        shifted(0),
        0.7,
    ),
    (_pattern(r"(?:the )?day before yesterday|vorgestern"), shifted(-2), 0.8),
    (_pattern(r"(?:the )?next day(?! (?:delivery|shipping|air))"), shifted(1), 0.3),
    (_pattern(r"(?:the )?(?:last|past) day" + _CLAUSE_END), shifted(-1), 0.3),
    (
        _pattern(
            rf"(?:(?:on|at|by|before|for|an|zu|vor|nach|after) )(?P<feast>{alternatives(FEASTS)})"
            rf"(?:,? (?P<year>{_FOUR}))?"
        ),
        feast_day,
        0.6,
    ),
    (_ENGLISH, month_and_day, 0.6),
)
_ONLY_ENGLISH = (_SLASHED, month_and_day, 0.45)
_ONLY_GERMAN = (_GERMAN, day_first, 0.7)
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
                relative = reading not in (month_day, month_and_day, day_first)
                start = _LEADING.match(text, match.start(), match.end())
                first = start.end() if start else match.start()
                yield Day(value, first, match.end(), confidence, relative)
    for match in islice(matches(_BARE, text, near, 80), 40):
        word = match["weekday"]
        if len(word) <= 5 and not _ABBREVIATED.fullmatch(word):
            continue
        value = single_weekday(match, reference)
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
