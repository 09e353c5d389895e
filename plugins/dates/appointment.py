"""An appointment as a value: one event of a mail, its times aware, its thing named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from samantha.api import Document, Signal

MOST = 2
"""Events taken of the free text of one mail; more are a programme, not an appointment."""
_REPLIES = re.compile(
    r"(?i)^(?:(?:re|aw|fwd?|wg|antw|updated|canceled|cancelled|abgesagt)\s*:\s*)+"
)
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Found:
    """What a mail says about one appointment."""

    document: Document
    signal: Signal
    title: str
    start: datetime
    end: datetime | None
    place: str
    zone: str
    all_day: bool
    repeats: str
    uid: str
    method: str
    status: str
    deadline: bool
    invitation: bool

    @property
    def thing(self) -> str:
        """Name it, the same in a mail, its updates and its answers."""
        if self.uid:
            return f"event {self.uid}"
        return f"event {self.start.astimezone(UTC):%Y-%m-%dT%H:%M} {subject_key(self.document)}"

    def until(self, minutes: int) -> datetime:
        """Return its end, or a usual length after its start."""
        return self.end or self.start + timedelta(minutes=minutes or 1)


def subject_key(document: Document) -> str:
    """Return the subject without its prefixes, the same over a thread."""
    subject = document.mail.subject if document.mail else document.title
    return " ".join(_REPLIES.sub("", subject).lower().split())[:80]


def read(document: Document, zone: tzinfo) -> list[Found]:
    """Return the appointments of a mail: of its calendar files, else of its text."""
    signals = (*document.signals("event"), *document.signals("deadline"))
    found = [f for s in signals if (f := _found(document, s, zone)) is not None]
    invited = [f for f in found if f.invitation]
    return invited or found


def _found(document: Document, signal: Signal, zone: tzinfo) -> Found | None:
    value = signal.value
    if not isinstance(value, Mapping):
        return None
    own, name = _zone(value, zone)
    start = _moment(value.get("start"), own)
    if start is None:
        return None
    return Found(
        document=document,
        signal=signal,
        title=" ".join(str(value.get("title") or document.title).split())[:120],
        start=start,
        end=_moment(value.get("end"), own),
        place=" ".join(str(value.get("location") or "").split())[:120],
        zone=name,
        all_day=bool(value.get("all_day")),
        repeats=str(value.get("repeats", "")),
        uid=str(value.get("uid", "")),
        method=str(value.get("method", "")).upper(),
        status=str(value.get("status", "")).upper(),
        deadline=signal.kind == "deadline",
        invitation=bool(value.get("invitation")),
    )


def _zone(value: Mapping[str, Any], zone: tzinfo) -> tuple[tzinfo, str]:
    name = str(value.get("zone") or "")
    if name:
        try:
            return ZoneInfo(name), name
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    return zone, getattr(zone, "key", "") or ""


def _moment(written: object, zone: tzinfo) -> datetime | None:
    if not isinstance(written, str):
        return None
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def same_title(left: str, right: str) -> bool:
    """Tell whether two titles share a word that says something."""
    return bool(set(_words(left)) & set(_words(right)))


def _words(title: str) -> Iterator[str]:
    common = {"the", "and", "der", "die", "das", "und", "mit", "with", "for", "meeting", "termin"}
    return (w.lower() for w in _WORD.findall(title) if w.lower() not in common)
