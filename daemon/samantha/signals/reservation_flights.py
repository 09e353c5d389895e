"""Flights as airlines print them: places with their codes, and the lines of booking systems."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time

from samantha.signals.calendar_words import MONTHS
from samantha.signals.day import Day, nearest
from samantha.signals.passages import Span
from samantha.signals.reservation_words import (
    FLIGHT,
    FLIGHT_NUMBER,
    At,
    Told,
    Travel,
    arrival,
    clocks,
    flight_number,
    last_day,
    moment,
    value_of,
)

_CODED = re.compile(
    r"(?P<name>[^\W\d_][^\n\d()|:]{1,40}?) ?\((?P<code>[A-Z]{3})\)"
    r"|(?<![\w(])(?P<bare>[A-Z]{3}) ?[-–] ?"
    r"(?P<told>(?![A-Z]{3}\b)[^\W\d_][^\n\d()|:,]{2,40})(?=$|\n|,|  )"
)
_REACH = 700
"""The farthest that both ends of one flight stand apart."""
_BEFORE = 240
_NO_CODE = frozenset(
    (
        "EUR", "USD", "GBP", "CHF", "AED", "AUD", "CAD", "CZK", "DKK", "HUF", "JPY", "NOK", "PLN",
        "SEK", "VAT", "TAX", "CET", "UTC", "GMT", "EST", "PDF", "BAG", "SMS", "FAQ", "PNR", "INC",
        "LTD", "ADT", "CHD", "INF",
    )
)  # fmt: skip
_LABEL = re.compile(
    r"(?i)^(?:uhr|h|am|pm)? *[-–→>]+ *"
    r"|^(?:from|to|von|nach|departure|arrival|departing|arriving|abflug|ankunft|de|à|a|da|salida"
    r"|llegada|partenza|arrivo|départ|arrivée)\s+|^.*\s{2,}"
)
_HOUR_ABOVE = re.compile(
    r"(?m)^[ \t]*(?P<hour>\d{1,2}[:.h]\d\d)(?: ?[AaPp]\.?[Mm]\.?| Uhr)?[ \t]*(?:\n[ \t]*)?$"
)
_CODE_LINE = re.compile(
    r"(?<![\w(])(?P<come>[A-Z]{3})[ \t]{1,6}\d{1,2}[:.]\d\d[ \t,–→>-]{1,12}"
    r"(?P<go>[A-Z]{3})[ \t]{1,6}\d{1,2}[:.]\d\d(?!\d)"
)
_SYSTEM_LINE = re.compile(
    r"(?m)^[ \t]*(?:\d{1,2}[ .]{1,3})?(?P<line>[A-Z0-9]{2}) ?(?P<number>\d{1,4}) ?[A-Z]?[ \t]+"
    r"(?:[A-Z] )?(?P<day>\d{1,2})(?P<month>[A-Z]{3})(?P<year>\d\d)?[ \t]+(?:\d[ *]{1,2})?"
    r"(?P<come>[A-Z]{3}) ?(?P<go>[A-Z]{3})[ *\t]+(?:[A-Z]{2}\d{1,2}[ \t]+)?(?:\d[A-Z]?[ \t]+)?"
    r"(?P<leave>\d{4})[ \t]+(?P<arrive>\d{4})(?P<later>\+\d)?"
)


def flights(text: str, days: Sequence[Day], reference: date) -> Iterator[Told]:
    """Return the flights that two places with codes, or one line of a booking system, tell."""
    words = Travel.of(text)
    # Stations have codes too.
    kind = FLIGHT if words.flown or not words.kind else words.kind
    found = list(_system_lines(text, reference)) or list(_code_lines(text, days, kind))
    yield from found or _pairs(text, days, kind)


def _system_lines(text: str, reference: date) -> Iterator[Told]:
    """Read ``LH 2461 Y 20JUL 5 MUCVIE HK1 1225 1535``, as booking systems write itineraries."""
    for match in _SYSTEM_LINE.finditer(text, 0, 60_000):
        month = MONTHS.get(match["month"].lower())
        day = nearest(reference, month, int(match["day"])) if month else None
        leave, arrive = _four(match["leave"]), _four(match["arrive"])
        if day is None or leave is None or arrive is None:
            continue
        later = int(match["later"][1:]) if match["later"] else 0
        end = arrival(day, At(arrive, *match.span("arrive"), later), None, leave)
        ends = {"from": match["come"], "to": match["go"], "place": match["come"]}
        name = f"{match['line']} {match['number']}"
        yield value_of(FLIGHT, moment(day, leave), end, **ends, name=name), match.span()


def _code_lines(text: str, days: Sequence[Day], kind: str) -> Iterator[Told]:
    """Read "QA 512  Mon 4 May  ALN 07:10  BXY 10:05": both codes with their hours on a line."""
    for match in _CODE_LINE.finditer(text, 0, 60_000):
        low = text.rfind("\n", 0, match.start()) + 1
        own = [d for d in days if low <= d.start < match.end()]
        day = own[0].value if own else last_day(days, match.start())
        hours = clocks(text, match.start(), match.end())
        if day is None or len(hours) != 2 or match["come"] in _NO_CODE or match["go"] in _NO_CODE:
            continue
        name, _ = _number(text, low, match.start())
        ends = {"from": match["come"], "to": match["go"], "place": match["come"], "name": name}
        left = hours[0].time
        end = arrival(day, hours[1], None, left)
        yield value_of(kind, moment(day, left), end, **ends), match.span()


def _four(digits: str) -> time | None:
    hour, minute = int(digits[:2]), int(digits[2:])
    return time(hour, minute) if hour < 24 and minute < 60 else None


@dataclass(frozen=True, slots=True)
class _Airport:
    """A place with its code, and where it stands."""

    name: str
    code: str
    span: Span


def _pairs(text: str, days: Sequence[Day], kind: str) -> Iterator[Told]:
    """Read two places with codes, and the days and hours between a flight's number and both."""
    places = _airports(text)
    if not places:
        return
    # Numbers stand before all flights or behind all of them.
    before = bool(_number(text, max(0, places[0].span[0] - _BEFORE), places[0].span[0])[0])
    at, low = 0, 0
    while at + 1 < len(places):
        come, go = places[at], places[at + 1]
        near = 0 < go.span[0] - come.span[0] <= _REACH and come.code != go.code
        told = _flight(text, days, come, go, low, _next(text, places, at + 2)) if near else None
        if told is None:
            at += 1
            continue
        value, span = told
        if not before:
            value["name"] = flight_number(text[go.span[1] : _next(text, places, at + 2)])
        yield {**value, "type": kind}, span
        low = go.span[1]
        # A stop is named once where a journey only passes through it.
        at += 2


def _airports(text: str) -> list[_Airport]:
    found: list[_Airport] = []
    for match in _CODED.finditer(text, 0, 60_000):
        code = match["code"] or match["bare"]
        name = _LABEL.sub("", (match["name"] or match["told"]).strip()).strip(" ,-–*")
        if code in _NO_CODE or len(name) < 2:
            continue
        found.append(_Airport(name, code, match.span()))
        if len(found) >= 60:
            break
    return found


def _next(text: str, places: Sequence[_Airport], number: int) -> int:
    """Return where the next flight begins at the latest."""
    return places[number].span[0] if number < len(places) else len(text)


def _flight(
    text: str, days: Sequence[Day], come: _Airport, go: _Airport, low: int, high: int
) -> Told | None:
    first = max(low, come.span[0] - _BEFORE)
    number, at = _number(text, first, come.span[0])
    line_end = text.find("\n", go.span[1])
    last = min(high, line_end if line_end >= 0 else len(text), go.span[1] + 160)
    begin = at if number else come.span[0]
    above = _HOUR_ABOVE.search(text, first, come.span[0])
    begin = min(begin, above.start("hour")) if above else begin
    hours = clocks(text, begin, last)
    if len(hours) == 1:
        # A block for each stop: the hour of arrival on the line below.
        below = text.find("\n", last + 1)
        last = min(high, below if below >= 0 else len(text), last + 80)
        hours = clocks(text, begin, last)
    elif not hours:
        # Both places on a line, their hours below.
        last = min(high, go.span[1] + _BEFORE)
        hours = clocks(text, begin, last)
    if not hours:
        return None
    own = [d for d in days if begin <= d.start < last]
    day = own[0].value if own else last_day(days, begin)
    if day is None:
        return None
    there = own[1].value if len(own) > 1 and 0 <= (own[1].value - day).days <= 2 else None
    left = hours[0].time
    end = arrival(day, hours[1] if len(hours) > 1 else None, there, left)
    name = number or flight_number(text[come.span[0] : last])
    ends = {"from": come.name, "to": go.name, "place": come.name, "name": name}
    span = (come.span[0], max(come.span[1], min(go.span[1], come.span[0] + 600)))
    return value_of(FLIGHT, moment(day, left), end, **ends), span


def _number(text: str, low: int, high: int) -> tuple[str, int]:
    """Return the last flight number in a stretch of text, and where its line begins."""
    found = list(FLIGHT_NUMBER.finditer(text, low, high))
    if not found:
        return "", high
    last = found[-1]
    return f"{last['code']} {last['number']}", max(low, text.rfind("\n", 0, last.start()) + 1)
