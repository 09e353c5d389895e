"""Journeys as a timetable on a ticket: a line of departure, and one of arrival.

A stop is a place and a time on a line, in either order, or a place on a line of its own above its
day and time. Two stops that stand close are a leg.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from samantha.signals.calendar_words import WEEKDAYS, alternatives
from samantha.signals.day import Day, nearest
from samantha.signals.passages import Span
from samantha.signals.reservation_names import named_routes, trimmed
from samantha.signals.reservation_words import (
    At,
    Told,
    Travel,
    arrival,
    clocks,
    last_day,
    moment,
    value_of,
)

_LOOK = 60_000
_LABEL = (
    r"(?:from|to|dep(?:art(?:ure|s)?)?\.?|arr(?:iv(?:al|es?))?\.?|von|nach|ab|an|abfahrt|ankunft"
    r"|abflug|départ|arrivée|salida|llegada|partenza|arrivo|vertrek|aankomst|odj(?:ezd)?\.?"
    r"|příj(?:ezd)?\.?|odjazd|przyjazd|avgång|ankomst)"
)
_STOP = re.compile(
    rf"(?m)^[ \t]*(?:{_LABEL}(?![\w.]):?[ \t]+)?"
    r"(?P<name>[^\W\d][^\n\d:]{2,48}?)[ \t,]{1,80}(?=\d)",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    # A place alone on its line, day and time on the next: what a table of a page becomes.
    r"(?m)^[ \t]*(?P<name>[^\W\d][^\n\d:]{2,60}?)[ \t]*\n"
    rf"(?=[ \t]*(?:(?:{alternatives(WEEKDAYS)})\.?,? )?\d)(?=[^\n]{{0,40}}\d{{1,2}}[:.]\d\d)",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    # The time first: "10:15 Harbour Bay Central".
    rf"(?m)^[ \t]*(?:{_LABEL}(?![\w.]):?[ \t]+)?(?=\d{{1,2}}[:.h]\d\d\b)"
    r"[\d:.h]{4,6}(?: ?[AaPp]\.?[Mm]\.?)?(?: Uhr)?[ \t,–-]{1,12}"
    r"(?P<name>[^\W\d][^\n\d:]{2,48}?)[ \t]*(?:$|[ \t]{3,}|,? ?\(|,|[ \t](?:Gl|Gleis|Platform"
    r"|voie|quai|Steig|Stand)\b)",
    re.IGNORECASE,
)
_AT_END = re.compile(
    r"(?:[ ,]+(?:ab|an|um|at|[Dd]ep|[Aa]rr|[Dd]eparts?|[Aa]rrives?|Abfahrt|Ankunft|[Dd]épart"
    r"|[Aa]rrivée|le|à"
    r"|on|am|den|il|el))+$"
)
_SHORT_DAY = re.compile(
    r"(?<![\d./])(?P<day>\d{1,2})/(?P<month>\d{1,2})(?![\d/])"
    r"(?=[ ,]{1,3}(?:à |a las |alle |um |at )?\d{1,2}[:.h]\d\d)"
)


@dataclass(frozen=True, slots=True)
class _Stop:
    """A place, a time, and the day where its line says one."""

    name: str
    at: At
    day: date | None
    span: Span


def journeys(text: str, days: Sequence[Day], reference: date) -> Iterator[Told]:
    """Return journeys: two stops of which the later one is the arrival."""
    stops = _stops(text, days, reference)
    words = Travel.of(text)
    at = 0
    while at + 1 < len(stops):
        start, end = stops[at], stops[at + 1]
        day = start.day or last_day(days, start.span[0]) or end.day
        apart = text.count("\n", start.span[1], end.span[0])
        if day is None or apart > 3 or start.name == end.name:
            at += 1
            continue
        between = text[start.span[0] : end.span[1] + 80]
        kind, name = words.vehicle(between)
        if kind:
            span = (start.span[0], min(end.span[1], start.span[0] + 600))
            ends = {"from": start.name, "to": end.name, "place": start.name, "name": name}
            left = start.at.time
            yield (
                value_of(kind, moment(day, left), arrival(day, end.at, end.day, left), **ends),
                span,
            )
        at += 2


def _stops(text: str, days: Sequence[Day], reference: date) -> list[_Stop]:
    found: list[_Stop] = []
    lines = [*_STOP.finditer(text, 0, _LOOK), *_ABOVE.finditer(text, 0, _LOOK)]
    lines += _BEHIND.finditer(text, 0, _LOOK)
    for match in sorted(lines, key=lambda m: m.start())[:400]:
        stop = _stop(text, match, days, reference)
        if stop is not None and not any(s.at.end == stop.at.end for s in found[-4:]):
            found.append(stop)
    return found


def _stop(text: str, match: re.Match[str], days: Sequence[Day], reference: date) -> _Stop | None:
    name = _AT_END.sub("", " ".join(match["name"].split()).strip(" .,-–@*"))
    if match.re is _ABOVE and _two_places(name):
        return None
    if len(name) < 3 or not trimmed(name):
        return None
    if match.re is _BEHIND:
        own = clocks(text, match.start(), match.start("name"))
        low = match.start()
    else:
        low = match.end()
        line_end = text.find("\n", match.end())
        own = clocks(text, low, min(line_end if line_end >= 0 else len(text), low + 40))
    if not own:
        return None
    day = next((d.value for d in days if low - 1 <= d.start <= own[0].start), None)
    short = _SHORT_DAY.search(text, max(0, low - 1), own[0].start + 8)
    if day is None and short and short.end() <= own[0].start:
        day = nearest(reference, int(short["month"]), int(short["day"]))
    first, last = min(match.start("name"), own[0].start), max(match.end("name"), own[0].end)
    return _Stop(name, own[0], day, (first, last))


def _two_places(name: str) -> bool:
    """Tell whether a line names a route; "MIDWAY - MDW" is one place with its code."""
    found = named_routes(name)
    return bool(found) and not any(len(end) <= 4 and end.isupper() for end in found[0][:2])
