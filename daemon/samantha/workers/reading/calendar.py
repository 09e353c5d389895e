"""Calendar files and address cards: both are lines of ``NAME;PARAMETER=…:value``."""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON as _WINDOWS_ZONES

from samantha.core.ports import Unreadable
from samantha.workers.reading.booking_markup import things_in
from samantha.workers.reading.bookings import MOST, booked
from samantha.workers.reading.plain import decode
from samantha.workers.reading.reading import Reading, metadata, one_line, tidy

MAX_LINE = 64 * 1024
MAX_LINES = 200_000
_EVENT_FIELDS = (
    ("SUMMARY", "Summary"),
    ("DTSTART", "Start"),
    ("DTEND", "End"),
    ("DUE", "Due"),
    ("DURATION", "Duration"),
    ("LOCATION", "Location"),
    ("ORGANIZER", "Organizer"),
    ("ATTENDEE", "Attendee"),
    ("STATUS", "Status"),
    ("TRANSP", "Transparency"),
    ("RRULE", "Repeats"),
    ("EXDATE", "Except"),
    ("RECURRENCE-ID", "Instead of"),
    ("UID", "UID"),
    ("SEQUENCE", "Sequence"),
    ("URL", "URL"),
    ("DESCRIPTION", "Description"),
)
_CARD_FIELDS = (
    ("FN", "Name"),
    ("N", "Name parts"),
    ("NICKNAME", "Nickname"),
    ("ORG", "Organization"),
    ("TITLE", "Title"),
    ("EMAIL", "Email"),
    ("TEL", "Phone"),
    ("ADR", "Address"),
    ("BDAY", "Birthday"),
    ("URL", "URL"),
    ("NOTE", "Note"),
)
_TIMES = frozenset(("DTSTART", "DTEND", "DUE", "BDAY", "EXDATE", "RECURRENCE-ID"))
_TIME = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d)(?::?(\d\d))?(Z?))?$")
_BOOKED = "X-KDE-KITINERARY-RESERVATION"
_METHODS = frozenset(("PUBLISH", "REQUEST", "REPLY", "ADD", "CANCEL", "COUNTER", "REFRESH"))
_ESCAPE = re.compile(r"\\([nN,;:\\])")
_HEAD = re.compile(r'(?:[A-Za-z0-9_-]+\.)?([A-Za-z0-9_-]{1,60})((?:;[^":;]*(?:"[^"]*"[^":;]*)*)*):')


@dataclass(slots=True)
class _Line:
    name: str
    params: dict[str, str]
    value: str


def read_ics(untrusted_bytes: bytes) -> Reading:
    """Read a calendar: every event, task and free-busy note as a few lines."""
    lines = list(_lines(untrusted_bytes))
    if not any(line.name == "BEGIN" for line in lines):
        raise Unreadable("damaged: no calendar inside")
    blocks = _blocks(lines, ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"))
    first = {line.name: line.value for line in reversed(lines)}
    meta = metadata(
        {
            "method": first.get("METHOD", "").upper(),
            "producer": first.get("PRODID", ""),
            "entries": str(len(blocks)),
            "start": _time(_first(blocks, "DTSTART")),
            "end": _time(_first(blocks, "DTEND")),
        }
    )
    described = [_describe(block, _EVENT_FIELDS) for block in blocks]
    method = first.get("METHOD", "").upper()
    if method in _METHODS:
        described = [f"{one}\nMethod: {method}" for one in described]
    text = tidy("\n\n".join(described))
    named = _first(blocks, "SUMMARY")
    name = first.get("X-WR-CALNAME", "")
    title = _plain(named.value) if named and len(blocks) == 1 else name or "Calendar"
    return Reading(text=text, title=one_line(title), meta=meta, bookings=_booked(blocks))


def _booked(blocks: list[list[_Line]]) -> tuple[str, ...]:
    """Return the bookings that KItinerary writes beside what its entries say: JSON-LD."""
    told = (line for block in blocks for line in block if line.name == _BOOKED)
    things = (thing for line in told for thing in things_in(_plain(line.value)))
    return tuple(booked(islice(things, MOST)))[:MOST]


def read_vcf(untrusted_bytes: bytes) -> Reading:
    """Read address cards of the versions 2.1, 3 and 4."""
    lines = list(_lines(untrusted_bytes))
    blocks = _blocks(lines, ("VCARD",))
    if not blocks:
        raise Unreadable("damaged: no address card inside")
    text = tidy("\n\n".join(_describe(block, _CARD_FIELDS) for block in blocks))
    name = _first(blocks, "FN")
    title = _plain(name.value) if name and len(blocks) == 1 else "Contacts"
    return Reading(text=text, title=one_line(title), meta=metadata({"entries": str(len(blocks))}))


def _lines(untrusted_bytes: bytes) -> Iterator[_Line]:
    """Unfold, split and decode content lines; what is none is passed over."""
    raw = decode(untrusted_bytes).replace("\r\n", "\n").replace("\r", "\n")
    pending = ""
    for count, line in enumerate((raw + "\n").split("\n")):
        if count > MAX_LINES:
            raise Unreadable(f"more than {MAX_LINES:,} lines")
        soft = pending.endswith("=") and "QUOTED-PRINTABLE" in pending[:300].upper()
        if line[:1] in (" ", "\t") and pending and not soft:
            pending = (pending + line[1:])[:MAX_LINE]
        elif soft and len(pending) < MAX_LINE:
            pending = pending[:-1] + line
        else:
            parsed = _parse(pending)
            if parsed:
                yield parsed
            pending = line[:MAX_LINE]
    last = _parse(pending)
    if last:
        yield last


def _parse(line: str) -> _Line | None:
    head = _HEAD.match(line)
    if head is None:
        return None
    params: dict[str, str] = {}
    for part in re.findall(r';((?:[^";]|"[^"]*")*)', head.group(2)):
        name, sign, value = part.partition("=")
        # vCard 2.1 writes the bare value: ``TEL;HOME``, ``N;QUOTED-PRINTABLE``.
        key = name.upper() if sign else "ENCODING" if "PRINTABLE" in name.upper() else "TYPE"
        params.setdefault(key, (value if sign else name).strip('"'))
    value = line[head.end() :]
    if params.get("ENCODING", "").upper() == "QUOTED-PRINTABLE":
        untrusted = quopri.decodestring(value.encode("utf-8", "replace"))
        value = decode(untrusted, params.get("CHARSET", ""))
    elif params.get("ENCODING", "").upper() in ("B", "BASE64"):
        value = _base64(value, params.get("VALUE", ""))
    return _Line(head.group(1).upper(), params, value.strip())


def _base64(value: str, kind: str) -> str:
    if kind.upper() != "TEXT":
        return ""
    try:
        return decode(binascii.a2b_base64(value.encode("ascii", "ignore")))
    except binascii.Error:
        return ""


def _blocks(lines: list[_Line], names: tuple[str, ...]) -> list[list[_Line]]:
    """Return the lines of each component, without those of components nested in it."""
    found: list[list[_Line]] = []
    stack: list[tuple[str, list[_Line]]] = []
    for line in lines:
        if line.name == "BEGIN":
            block: list[_Line] = []
            name = line.value.upper()
            stack.append((name, block))
            if name in names:
                found.append(block)
        elif line.name == "END":
            if stack:
                stack.pop()
        elif stack:
            stack[-1][1].append(line)
    return found


def _first(blocks: list[list[_Line]], name: str) -> _Line | None:
    return next((line for block in blocks for line in block if line.name == name), None)


def _describe(block: list[_Line], fields: tuple[tuple[str, str], ...]) -> str:
    out: list[str] = []
    has_name = any(line.name == "FN" and line.value for line in block)
    for name, label in fields:
        if name == "N" and has_name:
            continue
        for line in [one for one in block if one.name == name][:50]:
            value = _value(line)
            if value:
                out.append(f"{label}: {value}")
    return "\n".join(out)


def _value(line: _Line) -> str:
    if line.name in _TIMES:
        times = line.value.split(",")[:100]
        return ", ".join(_time(_Line(line.name, line.params, one.strip())) for one in times)
    if line.name in ("ORGANIZER", "ATTENDEE"):
        address = re.sub(r"^mailto:", "", line.value, flags=re.IGNORECASE)
        name = line.params.get("CN", "")
        return f"{name} <{address}>" if name else address
    if line.name in ("N", "ADR", "ORG"):
        parts = [_plain(part).strip() for part in re.split(r"(?<!\\);", line.value)]
        return ", ".join(part for part in parts if part)
    if line.name in ("EMAIL", "TEL"):
        return re.sub(r"^(mailto|tel):", "", _plain(line.value), flags=re.IGNORECASE)
    return _plain(line.value)


def _plain(value: str) -> str:
    return _ESCAPE.sub(lambda m: "\n" if m.group(1) in "nN" else m.group(1), value)


def zone_name(written: str) -> str:
    """Return the IANA name of a zone as calendars write it, or what was written."""
    name = one_line(written, 80).strip('"')
    if name in _WINDOWS_ZONES:
        return str(_WINDOWS_ZONES[name])
    # "/softwarestudio.org/Tzfile/America/New_York" and its like
    tail = re.search(r"(?:^|/)((?:[A-Z][A-Za-z]+/){1,2}[A-Z][A-Za-z_-]+)$", name)
    return tail.group(1) if tail else name


def _time(line: _Line | None) -> str:
    """Write a time as people and the date reader do: ``2026-05-03 10:00 Europe/Berlin``."""
    if line is None:
        return ""
    match = _TIME.match(line.value)
    if match is None:
        return line.value
    year, month, day, hour, minute, _, utc = match.groups()
    date = f"{year}-{month}-{day}"
    if hour is None:
        return date
    zone = "UTC" if utc else zone_name(line.params.get("TZID", ""))
    return f"{date} {hour}:{minute} {zone}".rstrip()
