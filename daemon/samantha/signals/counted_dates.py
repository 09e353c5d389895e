"""Days that are counted: ends of months, quarters and years, and so many days from another day.

"The end of Q3", "Quartalsende", "two weeks from Friday", "Freitag in einer Woche", "the Monday
after next". The day that is counted from has been found before; what is said with it takes its
place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from samantha.signals.calendar_words import (
    MONTHS,
    NUMBERS,
    UNITS,
    WEEKDAYS,
    Names,
    alternatives,
    count,
)
from samantha.signals.day import Day, later, months_on
from samantha.signals.passages import Passages, lowered, matches, mentions

_HINTS = (
    "end", "beginning", "start of", "quart", "q1", "q2", "q3", "q4", "fortnight", "half a year",
    "halben jahr", "after next", "übernächst", "working day", "business day", "werktag", "anfang",
    "ersten", "1st of the",
)  # fmt: skip
_ORDINALS = Names({
    "first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4,
    "ersten": 1, "zweiten": 2, "dritten": 3, "vierten": 4, "1.": 1, "2.": 2, "3.": 3, "4.": 4,
})  # fmt: skip
_NTH = "|".join(re.escape(word) for word in _ORDINALS)
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_PERIOD = re.compile(
    r"(?<![\w-])(?:(?:the )?(?P<edge>end|close|beginning|start) of (?:(?P<which>the|this|next) )?"
    r"(?P<unit>month|quarter|(?:calendar |financial |fiscal )?year)"
    r"|(?P<edge_de>ende|anfang) (?P<which_de>des|dieses|nächsten|kommenden) "
    r"(?:laufenden |aktuellen )?(?P<unit_de>monats|quartals|jahres)"
    r"|(?P<whole>month|quarter|year)[ -]end|(?P<whole_de>monats|quartals|jahres)ende"
    rf"|(?:the )?(?P<q_edge>end|beginning|start|ende|anfang)(?: of| des| von)?(?: the)? "
    rf"(?:q ?(?P<q>[1-4])|(?P<nth>{_NTH}) (?:quarter|quartals))(?: (?:of |des jahres )?{_YEAR})?)"
    r"(?![\w-])",
    re.IGNORECASE,
)
_WORKING = re.compile(
    r"(?<!\w)(?P<which>first|last|ersten?r?|letzte[rnm]?) "
    r"(?:working|business|werk|arbeits)[ -]?(?:day|tag)s? (?:of|in|im|des) (?:the )?"
    rf"(?P<month>{alternatives(MONTHS)})(?!\w)(?: {_YEAR})?",
    re.IGNORECASE,
)
_NEXT_FIRST = re.compile(
    r"(?i)(?<!\w)(?:1st of the month|first of the month|monatsersten|ersten des monats)(?!\w)"
)
_AFTER_NEXT = re.compile(
    rf"(?<!\w)(?:(?:the )?(?P<one>{alternatives(WEEKDAYS)}) after next(?! \w*week)"
    rf"|übernächste[nrms]? (?P<two>{alternatives(WEEKDAYS)})"
    rf"|(?:on )?(?P<three>{alternatives(WEEKDAYS)}),? (?:in )?the week after next)(?!\w)",
    re.IGNORECASE,
)
_NUMBER = rf"(?P<n>\d{{1,3}}|{alternatives(NUMBERS)})"
_UNIT = rf"(?P<unit>{alternatives(UNITS)}|fortnights?)"
_SPAN = re.compile(
    r"(?<![\w-])(?:within|in) (?:(?:a|one) (?P<fortnight>fortnight)|(?P<half>half a year))(?!\w)"
    r"|(?<![\w-])(?:binnen|innerhalb|in) (?:eines|einem) (?P<halb>halben jahre?s?)(?!\w)",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    rf"(?<![\w-])(?:(?P<one>the day|am tag)|{_NUMBER} (?:(?:calendar|working|business) )?{_UNIT}) "
    r"(?P<way>from|after|before|prior to|following|vor|nach|ab|von)(?: (?:dem|der|den|the))?\s$",
    re.IGNORECASE,
)
_ON = re.compile(r"(?<![\w-])(?P<n>a|one|two|three) weeks? $", re.IGNORECASE)
_BEHIND = re.compile(
    rf"(?: (?P<week>week)(?= *(?:$|[.,;!?)\n]))|,? (?:in|über) {_NUMBER} {_UNIT}(?!\w))",
    re.IGNORECASE,
)


def find_counted(
    text: str, within: Passages, reference: date, found: Sequence[Day]
) -> Iterator[Day]:
    """Return the days that are counted from a period's edge or from another day."""
    yield from (one for day in found if (one := _from(text, day)) is not None)
    if not mentions(lowered(text, within), _HINTS):
        return
    for match in matches(_PERIOD, text, within, 60):
        yield Day(_edge(match, reference), *match.span(), 0.8, relative=True)
    for match in matches(_AFTER_NEXT, text, within, 20):
        weekday = WEEKDAYS[(match["one"] or match["two"] or match["three"]).lower()]
        monday = reference - timedelta(days=reference.weekday())
        value = monday + timedelta(days=14 + weekday)
        if match["one"]:
            value = reference + timedelta(days=(weekday - reference.weekday()) % 7 or 7, weeks=1)
        yield Day(value, *match.span(), 0.7, relative=True)
    for match in matches(_SPAN, text, within, 20):
        value = reference + timedelta(days=14) if match["fortnight"] else months_on(reference, 6)
        yield Day(value, *match.span(), 0.75, relative=True)
    for match in matches(_WORKING, text, within, 20):
        yield Day(_working_day(match, reference), *match.span(), 0.8, relative=True)
    for match in matches(_NEXT_FIRST, text, within, 20):
        value = months_on(reference.replace(day=1), int(reference.day > 1))
        yield Day(value, *match.span(), 0.7, relative=True)


def _edge(match: re.Match[str], reference: date) -> date:
    """Return the first or the last day of the month, quarter or year that is meant."""
    quarter = match["q"] or match["nth"]
    if quarter:
        number = int(quarter) if match["q"] else _ORDINALS[quarter.lower()]
        year = int(match["year"] or reference.year)
        first, months = date(year, 3 * number - 2, 1), 3
        if not match["year"] and months_on(first, 3) <= reference:
            first = months_on(first, 12)
        return _side(first, months, match["q_edge"])
    unit = (match["unit"] or match["unit_de"] or match["whole"] or match["whole_de"]).lower()
    months = 1 if unit.startswith("mon") else 3 if unit.startswith("qua") else 12
    first = reference.replace(day=1, month=(reference.month - 1) // months * months + 1)
    which = (match["which"] or match["which_de"] or "").lower()
    if which in ("next", "nächsten", "kommenden"):
        first = months_on(first, months)
    return _side(first, months, match["edge"] or match["edge_de"] or "end")


def _side(first: date, months: int, edge: str) -> date:
    if edge.lower() in ("beginning", "start", "anfang"):
        return first
    return months_on(first, months) - timedelta(days=1)


def _working_day(match: re.Match[str], reference: date) -> date:
    year, month = int(match["year"] or reference.year), MONTHS[match["month"].lower()]
    first = date(year, month, 1)
    if not match["year"] and months_on(first, 1) <= reference:
        first = date(year + 1, month, 1)
    if match["which"].lower().startswith(("first", "erst")):
        return first + timedelta(days=(7 - first.weekday()) % 7 if first.weekday() > 4 else 0)
    last = months_on(first, 1) - timedelta(days=1)
    return last - timedelta(days=max(0, last.weekday() - 4))


def _from(text: str, day: Day) -> Day | None:
    """Return the day that is counted from another one, by the words beside it."""
    before = _BEFORE.search(text, max(0, day.start - 48), day.start)
    if before is not None:
        way = before["way"].lower()
        back = way in ("before", "prior to", "vor")
        if way == "von" or (before["one"] and way not in ("after", "before", "nach", "vor")):
            return None
        if back and not day.relative:
            # "30 days before 31 December" is mostly a notice, and the day itself what counts.
            return None
        number = 1 if before["one"] else count(before["n"])
        value = _moved(day.value, -number if back else number, before["unit"] or "day")
        return Day(value, before.start(), day.end, day.confidence, True) if value else None
    on = _ON.search(text, max(0, day.start - 16), day.start)
    named = text[day.start : day.end].lower().removeprefix("on ").strip()
    if on is not None and text[day.start : day.end].lower().startswith("on "):
        value = _moved(day.value, count(on["n"]), "week")
        return Day(value, on.start(), day.end, day.confidence, True) if value else None
    behind = _BEHIND.match(text, day.end)
    if behind is None or named.split(" ")[-1] not in (*WEEKDAYS, *_DAYS):
        return None
    if behind["week"]:
        value = day.value + timedelta(days=7)
    else:
        # "Heute in acht Tagen", said of a week.
        number = count(behind["n"])
        unit = behind["unit"]
        eight = number == 8 and UNITS.get(unit.lower()) == "day"
        moved = _moved(day.value, 7 if eight else number, unit)
        if moved is None:
            return None
        value = moved
    return Day(value, day.start, behind.end(), day.confidence, True)


_DAYS = ("heute", "morgen", "übermorgen")


def _moved(start: date, number: int, unit: str) -> date | None:
    if unit.lower().startswith("fortnight"):
        return later(start, 14 * number, "day")
    return later(start, number, UNITS.get(unit.lower(), unit))
