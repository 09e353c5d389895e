"""Journeys that are told in no timetable: a route with its hours around, blocks, prose.

Tried where the stricter readers find nothing. Three ways, each more loosely than the one before:
a line with two hours and two places; a block that begins with "departure" and one that begins with
"arrival"; two places joined by an arrow or "to", and the hours that follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from samantha.signals.day import Day
from samantha.signals.passages import Span
from samantha.signals.reservation_names import NAME, Name, named_routes, names_in, trimmed
from samantha.signals.reservation_words import (
    FLIGHT,
    FLIGHT_NUMBER,
    TRAIN_NUMBER,
    At,
    Told,
    Travel,
    arrival,
    clocks,
    last_day,
    moment,
    value_of,
)

_LOOK = 30_000
_REACH = 420
_LEAVE_WORDS = (
    r"dep(?:art(?:s|ure|ing)?)?\.?|leaves?|sailing|abfahrt|abflug|départ|partenza|salida|vertrek"
)
_ARRIVE_WORDS = r"arr(?:iv(?:e|es|al|ing))?\.?|ankunft|arrivée|arrivo|llegada|aankomst"
_LEAVE = re.compile(rf"(?im)^[ \t*]*(?:{_LEAVE_WORDS})(?=[ \t:]|$)")
_ARRIVE = re.compile(rf"(?im)(?:^[ \t*]*|[ \t,;])(?:{_ARRIVE_WORDS})(?=[ \t:]|$)")
_TOLD_ARRIVE = re.compile(rf"(?i)(?:\b(?:{_ARRIVE_WORDS})|\ban)[^\d\n]{{0,24}}$")
_ASIDE = re.compile(
    r"(?i)(?:check[ -]?in|boarding|embarquement|gate closes?|closes|bag drop|einstieg"
    r"|be (?:there|at)"
    r"|enregistrement|opens?|open|latest|spätestens|durée|duration|dauer|reisezeit)[^\d\n]{0,30}$"
)
_PARAGRAPH = re.compile(r"[^\n]+(?:\n(?![ \t]*\n)[^\n]+)*")
_SENTENCE = re.compile(
    r"(?i:\b(?:leav(?:es|ing)|depart(?:s|ing)|startet|fährt|fliegt|part(?:ira|ez|irez)?"
    r"|quitte))(?: (?i:from|in"
    r"|ab|von|de))?"
    rf" (?P<come>{NAME})[^\n]{{0,120}}?(?i:\b(?:arriv(?:es|ing|e|era|erez|ez)|lands|landet"
    rf"|ankunft|erreicht))"
    rf"(?: (?i:in|at|à))? (?P<go>{NAME})"
)


def routes(text: str, days: Sequence[Day]) -> Iterator[Told]:
    """Return the journeys of a text by the first way that finds any."""
    words = Travel.of(text)
    ways = (_lines, _blocks, _said, _joined, _stacked)
    found = next((legs for way in ways if (legs := list(way(text, days)))), [])
    for come, go, left, lands, day, there, span in found[:20]:
        kind, name = words.vehicle(text[max(0, span[0] - 80) : span[1] + 120])
        if not kind or come.lower() == go.lower():
            continue
        if kind == FLIGHT and not name:
            number = FLIGHT_NUMBER.search(text, max(0, span[0] - 120), span[1] + 120)
            name = f"{number['code']} {number['number']}" if number else ""
        start, end = moment(day, left.time), arrival(day, lands, there, left.time)
        yield (
            value_of(kind, start, end, **{"from": come, "to": go, "place": come, "name": name}),
            span,
        )


_Leg = tuple[str, str, At, At | None, date, date | None, Span]


def _hours(text: str, low: int, high: int) -> list[At]:
    """Return the hours of a stretch, without those by which one has to be there."""
    return [
        c for c in clocks(text, low, high) if not _ASIDE.search(text, max(0, c.start - 50), c.start)
    ]


def _taken(text: str, days: Sequence[Day], hours: Sequence[At], low: int, high: int) -> list[Span]:
    numbers = [m.span() for p in (FLIGHT_NUMBER, TRAIN_NUMBER) for m in p.finditer(text, low, high)]
    return [*(d.span for d in days), *((h.start, h.end) for h in hours), *numbers]


def _lines(text: str, days: Sequence[Day]) -> Iterator[_Leg]:
    """Read "14:05 Northwick → 17:45 Farolito" and "Northwick 14:05 – Farolito 17:45"."""
    at = 0
    while 0 <= at < min(len(text), _LOOK):
        end = text.find("\n", at)
        end = end if end >= 0 else len(text)
        hours = _hours(text, at, min(end, at + 300))
        if len(hours) == 2:
            names = names_in(text, at, end, _taken(text, days, hours, at, end))
            codes = [n for n in names if n.code]
            names = codes if len(codes) == 2 else names
            own = [d for d in days if at <= d.start < end]
            day = own[0].value if own else last_day(days, at)
            if len(names) == 2 and day is not None:
                span = (names[0].span[0], max(names[1].span[1], hours[1].end))
                there = own[1].value if len(own) == 2 else None
                yield names[0].name, names[1].name, hours[0], hours[1], day, there, _short(span)
        at = end + 1


def _blocks(text: str, days: Sequence[Day]) -> Iterator[_Leg]:
    """Read what stands below or beside "Departure" and "Arrival"."""
    routes_told = named_routes(text)
    starts = [m.span() for m in _LEAVE.finditer(text, 0, _LOOK)][:40]
    for number, (label, begin) in enumerate(starts):
        after = starts[number + 1][0] if number + 1 < len(starts) else len(text)
        arrive = _ARRIVE.search(text, begin, min(after, begin + _REACH))
        if arrive is None:
            continue
        close = text.find("\n\n", arrive.end() + 2)
        high = min(after, arrive.end() + 200, close if close >= 0 else len(text))
        left, lands = _hours(text, begin, arrive.start()), _hours(text, arrive.end(), high)
        own = [d for d in days if begin <= d.start < arrive.start()]
        later = [d for d in days if arrive.end() <= d.start < high]
        day = own[0].value if own else last_day(days, label)
        if not left or day is None:
            continue
        taken = _taken(text, days, (*left, *lands), label, high)
        come = _best(names_in(text, begin, arrive.start(), taken))
        go = _best(names_in(text, arrive.end(), high, taken))
        if not (come and go):
            near = [r for r in routes_told if r[2][0] <= label <= r[2][1] + _REACH]
            come, go = near[-1][:2] if near else ("", "")
        if come and go:
            there = later[0].value if later else None
            span = _short((label, high))
            yield come, go, left[0], lands[0] if lands else None, day, there, span


def _stacked(text: str, days: Sequence[Day]) -> Iterator[_Leg]:
    """Read hours and places in turn, on however many lines: what cards and tables become."""
    for paragraph in _PARAGRAPH.finditer(text, 0, _LOOK):
        low, high = paragraph.span()
        hours = _hours(text, low, high)
        if not hours or len(hours) % 2 or len(hours) > 12:
            continue
        taken = _taken(text, days, hours, low, high)
        names = names_in(text, low, high, taken)
        first = text.rfind("\n", low, hours[0].start) + 1
        # "11:35 Alton", or "Alton 11:35": by what stands before the first hour on its line.
        before = any(max(low, first) <= n.span[0] < hours[0].start for n in names)
        edges = [low, *(h.end for h in hours)] if before else [*(h.start for h in hours), high]
        for at in range(0, len(hours), 2):
            left, lands = hours[at : at + 2]
            come = _best([n for n in names if edges[at] <= n.span[0] < edges[at + 1]])
            go = _best([n for n in names if edges[at + 1] <= n.span[0] < edges[at + 2]])
            own = [d for d in days if low <= d.start < left.start]
            day = own[-1].value if own else last_day(days, left.start)
            later = [d.value for d in days if left.end <= d.start < lands.start]
            if come and go and day is not None:
                there = later[-1] if later else None
                yield come, go, left, lands, day, there, _short((left.start, lands.end))


def _said(text: str, days: Sequence[Day]) -> Iterator[_Leg]:
    """Read "leaves Castleton at 6:05 pm on Friday and arrives in Marivelle at 9:31 pm"."""
    for match in _SENTENCE.finditer(text, 0, _LOOK):
        close = text.find("\n\n", match.end())
        high = min(match.end() + 80, close if close >= 0 else len(text))
        hours = _hours(text, match.start(), high)
        low = text.rfind("\n", 0, match.start()) + 1
        own = [d for d in days if low <= d.start < high]
        day = own[0].value if own else last_day(days, low)
        come, go = trimmed(match["come"]), trimmed(match["go"])
        if hours and day is not None and come and go:
            there = own[-1].value if len(own) > 1 and own[-1].start > match.start("go") else None
            lands = hours[1] if len(hours) > 1 else None
            yield come, go, hours[0], lands, day, there, _short(match.span())


def _best(names: Sequence[Name]) -> str:
    return next((n.name for n in names if not n.code), names[0].name if names else "")


def _joined(text: str, days: Sequence[Day]) -> Iterator[_Leg]:
    """Read two places that are joined, the hours that follow, and the day around."""
    found = named_routes(text)
    for number, (come, go, span) in enumerate(found):
        after = found[number + 1][2][0] if number + 1 < len(found) else len(text)
        # What stands before the next route on its line is said of that one.
        after = max(text.rfind("\n", 0, after) + 1, span[1]) if after < len(text) else after
        low = text.rfind("\n", 0, span[0]) + 1
        high = min(after, span[1] + _REACH)
        line_end = text.find("\n", span[1])
        line_end = min(line_end if line_end >= 0 else len(text), high)
        hours = _hours(text, span[0], line_end) or _hours(text, low, span[0])
        hours = hours or _hours(text, line_end, high)
        own = [d for d in days if low <= d.start < high]
        if not hours or not (own or last_day(days, low)):
            continue
        left, lands = _both(text, hours)
        if left is None:
            continue
        day = own[0].value if own else last_day(days, low)
        between = [d.value for d in own if lands and left.end <= d.start <= lands.start]
        last = max(span[1], *(h.end for h in (left, lands) if h is not None))
        if day is not None:
            there = between[0] if between and len(own) > 1 else None
            yield come, go, left, lands, day, there, _short((span[0], last))


def _both(text: str, hours: Sequence[At]) -> tuple[At | None, At | None]:
    """Return the hour of departure and that of arrival, where there is one."""
    told = [h for h in hours if _TOLD_ARRIVE.search(text, max(0, h.start - 40), h.start)]
    if told:
        before = [h for h in hours if h.start < told[0].start]
        return (before[-1] if before else None), told[0]
    for left, lands in pairwise(hours[:3]):
        if "\n\n" not in text[left.end : lands.start]:
            return left, lands
    return hours[0], None


def _short(span: Span) -> Span:
    return span[0], min(span[1], span[0] + 600)
