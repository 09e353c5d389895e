"""Calendar entries: the final bytes of one event, read again by another parser before a yes.

The library writes them; what reads them again here is a plain splitter of lines that shares no
code with it, so that no value of a stranger can become a property that nobody approved (I12).
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from samantha.adapters.draft import clean
from samantha.api.actions import AddEvent
from samantha.api.errors import UserError

MAX_TITLE = 200
MAX_PLACE = 300
MAX_NOTES = 4_000
LONGEST = timedelta(days=400)
PRODUCT = "-//samantha//calendar//EN"
RULE = re.compile(
    r"FREQ=(?:DAILY|WEEKLY|MONTHLY|YEARLY)"
    r"(?:;(?:INTERVAL=\d{1,3}|COUNT=\d{1,4}|UNTIL=\d{8}(?:T\d{6}Z)?|WKST=(?:MO|SU)"
    r"|BYDAY=[+-]?\d?(?:MO|TU|WE|TH|FR|SA|SU)(?:,[+-]?\d?(?:MO|TU|WE|TH|FR|SA|SU)){0,6}"
    r"|BYMONTHDAY=-?\d{1,2}|BYMONTH=\d{1,2}|BYSETPOS=-?\d)){0,5}"
)
"""The rules of repetition that are written; a value of any other shape is refused."""
_ZONE_LINE = re.compile(
    r"(?:BEGIN|END):(?:VTIMEZONE|STANDARD|DAYLIGHT)|DTSTART:\d{8}T\d{6}|TZOFFSET(?:FROM|TO):[+-]\d{4,6}"
    r"|TZNAME:[\w+-]{1,12}|RDATE:[\dT,]+|COMMENT:[\w .-]+|RRULE:[A-Z0-9=;,-]+"
)


def entry_id(entry: AddEvent) -> str:
    """Return the UID of an entry: the same values have the same."""
    seed = json.dumps(asdict(entry), sort_keys=True, default=lambda d: d.isoformat())
    return f"{hashlib.sha256(seed.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}@samantha"


def entry_bytes(entry: AddEvent, made: datetime) -> bytes:
    """Return the bytes of a calendar with this one entry, checked; ``made`` is its time stamp."""
    from icalendar import Calendar, Event, vRecur

    _refuse(entry)
    calendar, event = Calendar(), Event()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    event.add("uid", entry_id(entry))
    event.add("dtstamp", made.astimezone(UTC).replace(microsecond=0))
    start, end = _times(entry)
    event.add("dtstart", start)
    if end is not None:
        event.add("dtend", end)
    for name, value in _texts(entry).items():
        event.add(name.lower(), value)
    if entry.repeats:
        event.add("rrule", vRecur.from_ical(entry.repeats))
    calendar.add_component(event)
    if entry.zone and not entry.whole_day:
        calendar.add_missing_timezones(first_date=date(start.year - 1, 1, 1))
    data: bytes = calendar.to_ical()
    problem = problem_of(data, entry)
    if problem:
        raise UserError(f"The calendar entry is not safe to keep: {problem}.", _NOTHING)
    return data


_NOTHING = "Nothing was prepared."


def _refuse(entry: AddEvent) -> None:
    """Raise for values that make no entry."""
    if not clean(entry.title, MAX_TITLE):
        raise UserError("The calendar entry has no title.", _NOTHING)
    if entry.start.tzinfo is None or (entry.end is not None and entry.end.tzinfo is None):
        raise UserError("A time of the calendar entry has no zone.", _NOTHING)
    if entry.zone and entry.zone not in _zones():
        raise UserError(f"No time zone is called '{clean(entry.zone, 60)}'.", _NOTHING)
    if entry.repeats and not RULE.fullmatch(entry.repeats):
        raise UserError("The rule by which the entry repeats is not a plain one.", _NOTHING)
    if entry.end is not None and not timedelta() < entry.end - entry.start <= LONGEST:
        raise UserError("The calendar entry ends before it begins, or never.", _NOTHING)


@cache
def _zones() -> frozenset[str]:
    # It goes through all the files of the time zone database.
    return frozenset(available_timezones())


def _times(entry: AddEvent) -> tuple[datetime | date, datetime | date | None]:
    if entry.whole_day:
        first = entry.start.date()
        return first, entry.end.date() if entry.end else first + timedelta(days=1)
    zone = ZoneInfo(entry.zone) if entry.zone else UTC
    start = entry.start.astimezone(zone).replace(microsecond=0)
    return start, entry.end.astimezone(zone).replace(microsecond=0) if entry.end else None


def _texts(entry: AddEvent) -> dict[str, str]:
    lines = [clean(row, MAX_NOTES) for row in entry.notes.splitlines()]
    texts = {
        "SUMMARY": clean(entry.title, MAX_TITLE),
        "LOCATION": clean(entry.location, MAX_PLACE),
        "DESCRIPTION": "\n".join(lines).strip()[:MAX_NOTES].strip(),
    }
    return {name: text for name, text in texts.items() if text}


# --- checking the final bytes --------------------------------------------------------------


def problem_of(data: bytes, entry: AddEvent) -> str:
    """Return what is wrong with the final bytes, or '' (I12)."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return "its bytes are not text"
    rows = text.replace("\r\n ", "").split("\r\n")
    if rows[-1] or any(c in text.replace("\r\n", "") for c in "\r\n\0"):
        return "its lines are not those of a calendar"
    outer, event, zone = _split(rows[:-1])
    if outer != ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "END:VCALENDAR"]:
        return "it holds more than one entry"
    if not all(row == f"TZID:{entry.zone}" or _ZONE_LINE.fullmatch(row) for row in zone):
        return "its time zone holds what does not belong there"
    said = dict(row.partition(":")[::2] for row in event if not row.startswith("DTSTAMP:"))
    if len(said) != len(event) - 1 or said != _approved(entry):
        return "it does not say what was approved"
    return ""


def _split(rows: list[str]) -> tuple[list[str], list[str], list[str]]:
    """Return the rows of the calendar itself, of its one event, and of its time zones."""
    outer: list[str] = []
    event: list[str] = []
    zone: list[str] = []
    into = outer
    for row in rows:
        if row == "BEGIN:VTIMEZONE":
            into = zone
        elif row == "BEGIN:VEVENT" and not event:
            into = event
        into.append(row)
        if row in ("END:VTIMEZONE", "END:VEVENT"):
            into = outer
    return outer, event, zone


def _approved(entry: AddEvent) -> dict[str, str]:
    """Return the properties that the event must have, as they are written."""
    start, end = _times(entry)
    wanted = {"BEGIN": "VEVENT", "END": "VEVENT", "UID": entry_id(entry)}
    for name, time in (("DTSTART", start), ("DTEND", end)):
        if time is None:
            continue
        if not isinstance(time, datetime):
            wanted[f"{name};VALUE=DATE"] = f"{time:%Y%m%d}"
        elif entry.zone and entry.zone != "UTC":
            wanted[f"{name};TZID={entry.zone}"] = f"{time:%Y%m%dT%H%M%S}"
        else:
            wanted[name] = f"{time:%Y%m%dT%H%M%SZ}"
    escaped = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
    wanted |= {name: text.translate(escaped) for name, text in _texts(entry).items()}
    if entry.repeats:
        wanted["RRULE"] = entry.repeats
    return wanted


def entry_told(data: bytes) -> list[str]:
    """Return the lines of an entry for people, as read from its final bytes."""
    rows = data.decode("utf-8", "replace").replace("\r\n ", "").split("\r\n")
    _, event, _ = _split(rows)
    told: dict[str, list[str]] = {}
    for row in event:
        name, _, value = row.partition(":")
        plain, _, more = name.partition(";")
        if plain not in _TOLD or not value:
            continue
        plain_value = re.sub(r"\\([\\;,])", r"\1", value.replace("\\n", "\n"))
        place = f" {more.removeprefix('TZID=')}" if more.startswith("TZID=") else ""
        told[plain] = f"{_TOLD[plain]}: {_readable(plain_value)}{place}".splitlines()
    return [line for name in _TOLD for line in told.get(name, ())]


_TOLD = {
    "SUMMARY": "Title",
    "DTSTART": "Start",
    "DTEND": "End",
    "RRULE": "Repeats",
    "LOCATION": "Place",
    "DESCRIPTION": "Notes",
}


def _readable(value: str) -> str:
    match = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?", value)
    if match is None:
        return value
    day = "-".join(match.groups()[:3])
    return f"{day} {match[4]}:{match[5]}{' UTC' if match[6] else ''}" if match[4] else day
