"""Bookings that the reader wrote as lines: markup, calendar files, wallet passes.

A wallet pass says an instant (``relevantDate``, mostly when boarding begins) and, in its fields
and its code, the day and the hours that the holder reads on the clocks of the airport. Where both
are there, the one tells the other's offset: the value is the local wall clock time with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta, timezone
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from samantha.api.types import Document, Signal
from samantha.signals.dates import find_days
from samantha.signals.passages import QUOTE, Span, seen
from samantha.signals.reservation_codes import boarding_pass
from samantha.signals.reservation_words import clocks, value_of

REGION = "schema.org/Reservation"
EXTRACTED = "KItinerary/Reservation"
"""The region of what KItinerary's extractor told; it may have been read from a picture."""
_LINE = re.compile(r"(?m)^(?P<name>[A-Z][a-z]{1,12}(?: [a-z]{2,8})?): (?P<value>[^\n]{1,220})$")
_BLOCK = re.compile(r"(?m)^Reservation: [^\n]+(?:\n[A-Z][a-z ]{1,20}: [^\n]+)*")
_KEYS = {"From": "from", "To": "to", "Place": "place", "Number": "number", "Name": "name"}
_KEYS |= {"Status": "status", "Traveller": "traveller"}


def marked(document: Document) -> Iterator[Signal]:
    """Return the bookings and events that markup, calendars and passes told."""
    for kind, value, span in _told(document, _spans(document)):
        yield seen(document.text, kind, value, span, 0.95)


def extracted(document: Document) -> Iterator[Signal]:
    """Return the bookings that KItinerary's extractor told, each quoted where the text says it.

    What no text says (a code in a picture, an unreadable file) is quoted from the region of the
    extractor.
    """
    spans = [(r.start, r.end) for r in document.regions if r.name == EXTRACTED]
    for kind, value, block in _told(document, spans):
        if kind == "reservation":
            span = _said(document.text, value, block[0]) or block
            yield seen(document.text, kind, value, span, 0.9)


def without_extracted(document: Document) -> str:
    """Return the text up to what the extractor told, which is always its end."""
    regions = [r.start for r in document.regions if r.name == EXTRACTED]
    return document.text[: min(regions)] if regions else document.text


def _told(document: Document, spans: list[Span]) -> Iterator[tuple[str, dict[str, object], Span]]:
    for start, end in spans:
        for block in _BLOCK.finditer(document.text, start, end):
            fields = {m["name"]: m["value"] for m in _LINE.finditer(block[0])}
            span = (block.start(), min(block.end(), block.start() + 600))
            yield *_value(fields, document.when.date()), span


def _said(text: str, value: Mapping[str, object], high: int) -> Span | None:
    """Return the lines before ``high`` that name what is booked: the most names, the closest.

    A number alone does not say where to and when.
    """
    told = [str(value[key]) for key in ("from", "to", "place", "name") if value[key]]
    # Of a place with its address the first part is enough.
    names = dict.fromkeys(name.split(",")[0].strip().lower() for name in told)
    places = [(at, name) for name in names if len(name) > 2 for at in _whole(name, text, high)]
    number = str(value["number"])
    found = [*places, *((at, "#") for at in _whole(number, text, high) if len(number) > 3)]
    best: tuple[int, int, Span] | None = None
    for (first, _), _ in sorted(found if places else []):
        near = [(at, name) for at, name in found if first <= at[0] and at[1] <= first + QUOTE]
        count, end = len({name for _, name in near}), max(at[1] for at, _ in near)
        if best is None or (count, first - end) > best[:2]:
            best = (count, first - end, (first, end))
    return _lines_of(text, best[2], high) if best else None


def _lines_of(text: str, span: Span, high: int) -> Span:
    """Return a stretch with the rest of its lines, where that is not too long for a quote."""
    start, end = text.rfind("\n", 0, span[0]) + 1, text.find("\n", span[1], high)
    end = end if end >= 0 else high
    return (start, end) if end - start <= QUOTE else span


def _whole(name: str, text: str, high: int) -> list[Span]:
    """Return the first places where a name stands as a whole word."""
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
    return [m.span() for m in islice(word.finditer(text, 0, min(high, 60_000)), 8)]


def _spans(document: Document) -> list[Span]:
    if document.format == "pkpass":
        return [(0, len(without_extracted(document)))]
    return [
        (r.start, r.end)
        for r in document.regions
        if r.role == "attachment" and (r.name == REGION or r.name.lower().endswith(".pkpass"))
    ]


def _value(fields: Mapping[str, str], near: date) -> tuple[str, dict[str, object]]:
    start, end = fields.get("Start", ""), fields.get("End", "")
    if fields["Reservation"] == "Event":
        place, title = fields.get("Place", ""), fields.get("Name", "")
        return "event", {"start": start, "end": end or None, "location": place, "title": title}
    start = _in_zone(start, fields.get("Zone", ""))
    end = _in_zone(end, fields.get("Zone there", ""))
    more = {key: fields.get(name, "") for name, key in _KEYS.items()}
    legs, _ = boarding_pass(fields.get("Code", "").replace("_", " "))
    leg = legs[0] if legs else None
    at = _instant(start)
    near = at.date() if at else near
    day = leg.day(near) if leg else _day(fields.get("Day", ""), near)
    if day is not None and not fields.get("Zone"):
        start = _local(at, day, fields)
    if leg is not None:
        told = {"from": leg.come, "to": leg.go, "number": leg.number, "name": leg.flight}
        told |= {"place": leg.come, "traveller": leg.traveller}
        more = {key: value or told.get(key, "") for key, value in more.items()}
    more["place"] = more["place"] or more["from"]
    return "reservation", value_of(fields["Reservation"], start, end, **more)


def _instant(written: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    return at if len(written) > 10 else None


def _in_zone(written: str, zone: str) -> str:
    at = _instant(written)
    if at is None or at.tzinfo is None or not zone:
        return written
    try:
        return at.astimezone(ZoneInfo(zone)).isoformat()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return written


def _day(told: str, near: date) -> date | None:
    found = find_days(told, ((0, len(told)),), near)
    return found[0].value if found else None


def _clock(told: str) -> time | None:
    found = clocks(told, 0, len(told))
    return found[0].time if found else None


def _local(at: datetime | None, day: date, fields: Mapping[str, str]) -> str:
    """Return when it departs on the clocks there, as exactly as the pass tells."""
    boards, leaves = _clock(fields.get("Boarding", "")), _clock(fields.get("Departing", ""))
    if at is None:
        told = leaves or boards
        return datetime.combine(day, told).isoformat() if told else day.isoformat()
    zone = _offset(at, day, boards) or (at.tzinfo if at.date() == day else None)
    if leaves and (zone or at.tzinfo is None):
        return datetime.combine(day, leaves, zone).isoformat()
    if zone is None:
        return at.isoformat() if at.date() == day else day.isoformat()
    return at.astimezone(zone).isoformat()


def _offset(at: datetime, day: date, clock: time | None) -> timezone | None:
    """Return by how much local clocks are ahead, if the instant is what the clock says."""
    if at.tzinfo is None or clock is None:
        return None
    ahead = datetime.combine(day, clock) - at.replace(tzinfo=None) + (at.utcoffset() or timedelta())
    whole = ahead.total_seconds() % 1_800 == 0
    return timezone(ahead) if whole and abs(ahead) <= timedelta(hours=14) else None
