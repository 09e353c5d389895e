"""The user's calendar: events of calendar files, those that repeat expanded with dateutil.

recurring-ical-events does the same and more, but is under the LGPL; dateutil comes with icalendar.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice, takewhile
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from samantha.adapters.calendar_entry import RULE
from samantha.api.types import Appointment, Document, DocumentId

MOST = 400
"""Occurrences of one event that are looked at in one question."""
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d)(?: (\S[^,]*))?)?")


def appointments(
    documents: Iterable[Document], since: datetime, until: datetime, zone: tzinfo
) -> list[Appointment]:
    """Return what happens between two times, earliest first, each occurrence once.

    ``documents`` are calendar files; times without a zone are in ``zone``.
    """
    found: dict[tuple[str, datetime], Appointment] = {}
    for document in documents:
        values = [s.value for s in document.signals("event") if isinstance(s.value, Mapping)]
        values = [v for v in values if v.get("invitation") and v.get("status") != "CANCELLED"]
        moved = {
            (str(v.get("uid", "")), at)
            for v in values
            for at in _times(str(v.get("instead_of", "")), zone)
        }
        for value in values:
            for one in _occurrences(value, document.id, since, until, zone, moved):
                found.setdefault((one.uid, one.start), one)
    return sorted(found.values(), key=lambda a: (a.start, a.title))


def _occurrences(
    value: Mapping[str, Any],
    document: DocumentId,
    since: datetime,
    until: datetime,
    zone: tzinfo,
    moved: set[tuple[str, datetime]],
) -> Iterator[Appointment]:
    start = moment_of(value.get("start"), value.get("zone"), zone)
    if start is None:
        return
    end = moment_of(value.get("end"), value.get("zone"), zone)
    all_day = bool(value.get("all_day"))
    length = max(end - start, timedelta()) if end else timedelta(days=1 if all_day else 0)
    uid = str(value.get("uid", "")) or f"{document}#{start.isoformat()}"
    left_out = set(_times(str(value.get("except", "")), zone))
    for at in _starts(start, str(value.get("repeats", "")), since - length, until):
        single = bool(value.get("instead_of"))
        if at in left_out or ((uid, at) in moved and not single):
            continue
        if at < until and max(at + length, at + timedelta(minutes=1)) > since:
            yield Appointment(
                uid,
                str(value.get("title", "")),
                at,
                at + length,
                document,
                str(value.get("location", "")),
                all_day,
                bool(value.get("repeats")),
                str(value.get("organizer", "")),
                tuple(str(p) for p in value.get("people", ())),
                bool(value.get("free")),
            )


def _starts(start: datetime, rule: str, since: datetime, until: datetime) -> Iterator[datetime]:
    """Return the starts of an event that may fall between two times, in its own wall time."""
    if not rule or not RULE.fullmatch(rule):
        yield start
        return
    from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

    own = start.tzinfo or UTC
    plain = re.sub(r"UNTIL=(\d{8}T\d{6})Z", lambda m: f"UNTIL={_local(m[1], own)}", rule)
    try:
        times = rrulestr(plain, dtstart=start.replace(tzinfo=None))
    except (ValueError, TypeError):
        yield start
        return
    low = since.astimezone(own).replace(tzinfo=None)
    high = until.astimezone(own).replace(tzinfo=None)
    ahead = takewhile(lambda t: t <= high, times.xafter(low, inc=True))
    for at in islice(ahead, MOST):
        yield at.replace(tzinfo=own)


def _local(stamp: str, zone: tzinfo) -> str:
    at = datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return f"{at.astimezone(zone):%Y%m%dT%H%M%S}"


def _times(written: str, zone: tzinfo) -> Iterator[datetime]:
    for match in _TIME.finditer(written):
        text = f"{match[1]}T{match[2]}" if match[2] else match[1]
        at = moment_of(text, (match[3] or "").strip(), zone)
        if at is not None:
            yield at


def moment_of(written: object, name: object, zone: tzinfo) -> datetime | None:
    """Return an aware time from ISO text; a day is its midnight, no zone is the user's."""
    if not isinstance(written, str) or not written:
        return None
    try:
        day = date.fromisoformat(written) if len(written) == 10 else None
        at = datetime.combine(day, time()) if day else datetime.fromisoformat(written)
    except ValueError:
        return None
    own = zone
    if isinstance(name, str) and name:
        try:
            own = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            own = zone
    if at.tzinfo is None:
        return at.replace(tzinfo=own)
    return at.astimezone(own)
