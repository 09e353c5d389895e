"""Events of calendar files: the lines that the reader writes for each, read back as values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from samantha.api.types import Document, Signal
from samantha.signals.passages import Span, seen

SHOWN = 200
"""Events that are kept of one file."""

_BLOCK = re.compile(r"(?:[^\n]+\n?)+")
_FIELD = re.compile(
    r"(?m)^(?P<name>Summary|Start|End|Due|Duration|Location|Organizer|Status|Repeats|Except"
    r"|Instead of|UID|Sequence|Method|Transparency): (?P<value>[^\n]{1,1000})$"
)
_PEOPLE = re.compile(r"(?m)^(?:Organizer|Attendee): [^\n]*?([^\s<>:]+@[^\s<>]+?)>?$")
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?: (\d\d):(\d\d)(?: (\S.*))?)?$")
_DURATION = re.compile(
    r"P(?:(?P<weeks>\d{1,3})W)?(?:(?P<days>\d{1,4})D)?"
    r"(?:T(?:(?P<hours>\d{1,4})H)?(?:(?P<minutes>\d{1,5})M)?(?:\d{1,6}S)?)?$"
)


def calendar_spans(document: Document) -> list[Span]:
    """Return where the text of calendar files stands in a document."""
    if document.format == "ics":
        # What was booked is told in a region below; the calendar is the body.
        body = [(r.start, r.end) for r in document.regions if r.role == "body"]
        return body or [(0, len(document.text))]
    calendars = ("ics", "ical", "icalendar", "vcs", "ifb")
    return [
        (r.start, r.end)
        for r in document.regions
        if r.role == "attachment" and r.name.rpartition(".")[2].lower() in calendars
    ]


def calendar_events(document: Document) -> Iterator[Signal]:
    """Return the events of the calendar files in a document, with what they say about themselves.

    Beside ``start``, ``end``, ``location`` and ``title`` a value has, where the file says so,
    ``uid``, ``zone``, ``all_day``, ``repeats`` (an RRULE), ``except``, ``instead_of``,
    ``organizer``, ``people`` (addresses), ``method`` and ``status``.
    """
    count = 0
    for low, high in calendar_spans(document):
        for block in _BLOCK.finditer(document.text, low, high):
            fields: dict[str, str] = {}
            people = [m[1].lower() for m in _PEOPLE.finditer(block[0])][:50]
            for match in _FIELD.finditer(block[0]):
                fields.setdefault(match["name"], match["value"])
            value = _value(fields)
            if value is None:
                continue
            if people:
                value["people"] = list(dict.fromkeys(people))
            count += 1
            if count > SHOWN:
                return
            quote_end = min(block.end(), block.start() + 600)
            text = document.text[block.start() : quote_end]
            span = (block.start(), block.start() + len(text.rstrip()))
            yield seen(document.text, "event", value, span, 0.97)


def _value(fields: dict[str, str]) -> dict[str, object] | None:
    start = moment(fields.get("Start", ""))
    if start is None or "Due" in fields:
        return None
    end = moment(fields.get("End", "")) or _after(start, fields.get("Duration", ""))
    value: dict[str, object] = {
        "start": start.isoformat(),
        "end": end.isoformat() if end else None,
        "location": fields.get("Location", ""),
        "title": fields.get("Summary", ""),
        "invitation": True,
    }
    zone = _TIME.match(fields["Start"])
    if zone and zone[6]:
        value["zone"] = zone[6]
    if not isinstance(start, datetime):
        value["all_day"] = True
    names = {"UID": "uid", "Repeats": "repeats", "Except": "except", "Instead of": "instead_of"}
    names |= {"Organizer": "organizer", "Method": "method", "Status": "status"}
    names |= {"Sequence": "sequence"}
    value |= {key: fields[name] for name, key in names.items() if name in fields}
    if fields.get("Transparency", "").upper() == "TRANSPARENT":
        value["free"] = True
    return value


def moment(written: str) -> datetime | date | None:
    """Return a time as the reader writes it: a day, a wall clock time, or one with its zone."""
    match = _TIME.match(written.strip())
    if match is None:
        return None
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
        if match[4] is None:
            return day
        at = datetime(day.year, day.month, day.day, int(match[4]), int(match[5]))
    except ValueError:
        return None
    try:
        return at.replace(tzinfo=ZoneInfo(match[6].strip())) if match[6] else at
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return at


def _after(start: datetime | date, duration: str) -> datetime | date | None:
    match = _DURATION.match(duration)
    if match is None:
        return None
    parts = {name: int(value) for name, value in match.groupdict().items() if value}
    span = timedelta(**parts)
    return start + span if span else None
