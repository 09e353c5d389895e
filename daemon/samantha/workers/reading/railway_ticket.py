"""The code of a railway ticket (UIC leaflet 918.3), as the lines that are printed on the ticket.

The envelope is ``#UT``, a version, the issuer, a signature and a deflated body of records; each
record has a name, a version and its length. ``U_HEAD`` holds the key and the time of issue,
``U_TLAY`` the layout: every field with its line and column. No library for Python reads it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from samantha.core.ports import Unreadable
from samantha.workers.reading.plain import decode
from samantha.workers.reading.reading import Reading, clean, tidy

MAGIC = b"#UT0"
_MAX_BODY = 64 * 1024
_MAX_LINES = 60
_MAX_COLUMN = 200
_ENVELOPE = re.compile(rb"#UT(\d\d)\d{4}.{5}", re.DOTALL)
_RECORD = re.compile(rb"(U_[A-Z]{4}|[0-9A-Z]{4}[A-Z0-9]{2})(\d\d)(\d{4})")
_HEAD = re.compile(r"(?s).{4}(.{20})(\d\d)(\d\d)(\d{4})(\d\d)(\d\d)")


def read_railway_ticket(untrusted_bytes: bytes) -> Reading:
    """Read the code itself, as it stands in a wallet pass or alone in a file."""
    text = printed_on_ticket(untrusted_bytes)
    if not text:
        raise Unreadable("damaged: not the code of a railway ticket")
    return Reading(text=text, title="Railway ticket")


def printed_on_ticket(untrusted_bytes: bytes) -> str:
    """Return what is printed on the ticket with its number and issue; '' where it is no code."""
    head = _ENVELOPE.match(untrusted_bytes)
    if head is None:
        return ""
    at = head.end() + (50 if head[1] == b"01" else 64)
    size = untrusted_bytes[at : at + 4]
    if not size.isdigit():
        return ""
    try:
        packed = untrusted_bytes[at + 4 : at + 4 + int(size)]
        body = zlib.decompressobj().decompress(packed, _MAX_BODY)
    except zlib.error:
        return ""
    lines: list[str] = []
    for name, record in _records(body):
        if name == b"U_HEAD" and (found := _HEAD.match(record.decode("latin-1"))):
            key, day, month, year, hour, minute = found.groups()
            lines.insert(0, f"Ticket number: {clean(key).strip()}")
            lines.insert(1, f"Issued: {year}-{month}-{day} {hour}:{minute}")
        elif name == b"U_TLAY":
            lines.append(_layout(record))
    return tidy("\n".join(lines))


def _records(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    for _ in range(40):
        head = _RECORD.match(body, at)
        size = int(head[3]) if head else 0
        if head is None or size < 12:
            return
        yield head[1], body[head.end() : at + size]
        at += size


def _layout(record: bytes) -> str:
    """Put the fields where their line and column say, as on paper.

    Issuers count the length of a field in bytes or in characters: the count that leads from
    field to field is the right one.
    """
    read = (_fields(record.decode("latin-1")), _fields(decode(record)))
    fields = max(read, key=len)
    in_bytes = fields is read[0]
    rows: dict[int, dict[int, str]] = {}
    for line, column, told in fields:
        value = clean(decode(told.encode("latin-1")) if in_bytes else told)
        for below, part in enumerate(value.split("\n")[:_MAX_LINES]):
            rows.setdefault(line + below, {})[column] = part
    return "\n".join(_row(rows[number]) for number in sorted(rows)[:_MAX_LINES])


def _fields(text: str) -> list[tuple[int, int, str]]:
    """Return line, column and text of each field: after four letters and their number."""
    found: list[tuple[int, int, str]] = []
    count, at = text[4:8], 8
    for _ in range(min(int(count), 300) if count.isdecimal() else 0):
        place, size = text[at : at + 8], text[at + 9 : at + 13]
        if not (place.isdecimal() and size.isdecimal()):
            break
        found.append((int(place[:2]), int(place[2:4]), text[at + 13 : at + 13 + int(size)]))
        at += 13 + int(size)
    return found


def _row(cells: dict[int, str]) -> str:
    line = ""
    for column in sorted(cells):
        line = line.ljust(column) if len(line) < column else f"{line}  " if line else ""
        line = (line + cells[column])[:_MAX_COLUMN]
    return line.rstrip()
