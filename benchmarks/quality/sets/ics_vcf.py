"""Calendars and contact cards of many programs: read without a crash, and events are seen.

Every ``.ics`` and ``.vcf`` is read as a file. Seen: of the calendars that hold an event with a
start in 2000 to 2100, as the plain text of the file says, those with an ``event`` signal.
"""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.quality.figures import Figure, found_share, share
from benchmarks.quality.product import has, product

NAME = "ics_vcf"
_STARTS = re.compile(rb"(?s)BEGIN:VEVENT.{0,4000}?DTSTART[^:\r\n]*:20\d\d")


def measure(data: Path) -> list[Figure]:
    """Return what could be read, and the events that were seen."""
    total = read = events = seen = 0
    with product() as home:
        for path in sorted((data / NAME).rglob("*")):
            if path.suffix.lower() not in (".ics", ".vcf"):
                continue
            total += 1
            document = home.read(path)
            read += document is not None
            if path.suffix.lower() == ".ics" and _STARTS.search(path.read_bytes()):
                events += 1
                seen += has(document, "event")
    return [
        share(NAME, "read", read, total, note="the rest refused with a reason"),
        found_share(NAME, "calendars with an event seen", seen, seen, events),
    ]
