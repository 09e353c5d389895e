"""Seminar announcements: start, end and place, with the header block and without.

The announcement is given as a mail, dated when it was posted. For each document and field we say at
most one value, that of the surest ``event``; it is right when it is one of the tagged ones. Times
agree in hour and minute, in twelve hours where the announcement does not say am or pm. Places agree
when the letters and digits of one are part of the other's. Without the header block only the text
after it is given, and only what is tagged there counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.quality.figures import Figure, f1
from benchmarks.quality.product import best, letters_and_digits, product
from benchmarks.quality.scoring import Judged

from samantha.api.types import Document

NAME = "cmu_seminars"
FIELDS = {"stime": ("start", "≥ .95"), "etime": ("end", "≥ .90"), "location": ("location", "≥ .80")}
_TAG = re.compile(r"</?(?:stime|etime|location|speaker|paragraph|sentence)>")
_TIME = re.compile(r"(?i)(\d{1,2})(?:[:.](\d\d))?\s*(?:([ap])\.?\s?m)?|\b(noon|midnight)\b")
_POSTED = re.compile(r"on (\d{1,2}-\w{3}-\d\d) at (\d{1,2}:\d\d)")


@dataclass(frozen=True, slots=True)
class _Clock:
    hour: int
    minute: int
    sure: bool
    """It says am or pm, or can only be one."""

    def agrees(self, other: datetime) -> bool:
        """Tell whether a time of day is this one."""
        hours = (self.hour,) if self.sure else (self.hour % 12, self.hour % 12 + 12)
        return other.minute == self.minute and other.hour in hours


def measure(data: Path) -> list[Figure]:
    """Return F1 for each field, with and without the header block."""
    figures: list[Figure] = []
    for cut in (False, True):
        scored: dict[str, list[Judged]] = {field: [] for field in FIELDS}
        with product(zone="America/New_York") as home:
            for path in sorted((data / NAME / "tagged").glob("*.txt")):
                raw = path.read_text("utf-8", "replace")
                head, body = _parts(raw)
                given = body if cut else f"{head}\n{body}"
                gold = {f: set(re.findall(rf"<{f}>(.*?)</{f}>", given, re.S)) for f in FIELDS}
                topic = re.search(r"(?m)^Topic:\s*(.*)", _TAG.sub("", head))
                document = home.mail(
                    _TAG.sub("", given),
                    subject=topic[1] if topic and not cut else "",
                    date=_posted(head),
                )
                for field in FIELDS:
                    scored[field] += _judged(path.name, field, gold[field], document)
        where = "without header block" if cut else "whole"
        for field, (called, target) in FIELDS.items():
            figures.append(f1(NAME, f"{called}, {where}", scored[field], target=target))
    return figures


def _parts(raw: str) -> tuple[str, str]:
    """Return the header block and the text after it."""
    found = re.search(r"(?m)^Abstract:.*\n?", raw)
    if found:
        return raw[: found.start()], raw[found.end() :]
    blank = raw.find("\n\n")
    return (raw[:blank], raw[blank:]) if blank > 0 else ("", raw)


def _posted(head: str) -> datetime:
    found = _POSTED.search(head)
    if found:
        words = f"{found[1]} {found[2]}"
        return datetime.strptime(words, "%d-%b-%y %H:%M").replace(tzinfo=UTC)
    return datetime(1994, 1, 10, 12, tzinfo=UTC)


def _judged(group: str, field: str, gold: set[str], document: Document | None) -> list[Judged]:
    """Return the items of one document and field: a wrong value is both wrong and missed."""
    said = _said(document, FIELDS[field][0])
    if said is None:
        return [Judged(group, bool(gold), False)]
    right = any(_agree(field, one, said) for one in gold)
    if right or not gold:
        return [Judged(group, bool(gold), True)]
    return [Judged(group, False, True), Judged(group, True, False)]


def _said(document: Document | None, key: str) -> str | None:
    event = best(document, "event")
    value = event.value if event is not None else None
    found = value.get(key) if isinstance(value, dict) else None
    if not found or (key != "location" and "T" not in str(found)):
        return None
    return str(found)


def _agree(field: str, gold: str, said: str) -> bool:
    if field == "location":
        one, other = letters_and_digits(gold), letters_and_digits(said)
        return bool(one) and bool(other) and (one in other or other in one)
    wanted = _clock(gold)
    try:
        return wanted is not None and wanted.agrees(datetime.fromisoformat(said))
    except ValueError:
        return False


def _clock(words: str) -> _Clock | None:
    found = _TIME.search(words)
    if not found:
        return None
    if found[4]:
        return _Clock(12 if found[4].lower() == "noon" else 0, 0, True)
    hour, minute = int(found[1]), int(found[2] or 0)
    if hour > 24 or minute > 59:
        return None
    half = (found[3] or "").lower()
    if half:
        return _Clock(hour % 12 + (12 if half == "p" else 0), minute, True)
    return _Clock(hour % 24, minute, hour > 12)
