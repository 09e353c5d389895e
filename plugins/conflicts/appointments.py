"""Two letters about one appointment of the user's that name different times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from samantha.api import Context, Document, Signal
from samantha.api.correspondence import is_own, not_here
from samantha.api.likely_files import content_words

from .papers import Difference, Line

YOUR_APPOINTMENT = "your appointment"
_OWN = re.compile(
    r"(?i)\b(?:your|ihr(?:en|em)?|dein(?:en|em)?|votre|su|tu) (?:\w+ ){0,2}"
    r"(?:appointment|interview|visit|termin|besuch|rendez-vous|cita)\b"
)
_MOVED = re.compile(
    r"(?i)\b(?:moved?|resched\w*|postpon\w*|changed?|instead|new (?:time|date)|brought forward|"
    r"verschoben|verlegt|verschieben|verlegen|geändert\w*|neue[rn]? (?:termin|uhrzeit|zeit)|statt|"
    r"reporté\w*|déplacé\w*|décalé\w*|aplazad\w*|cambiad\w*)\b"
)
_AGAIN = re.compile(r"(?i)\b(?:remind\w*|confirm\w*|erinner\w*|bestätig\w*|rappel\w*|recordamos)\b")
_NEAR = timedelta(minutes=10)


def other_time(
    document: Document, context: Context, now: datetime, within: timedelta
) -> Difference | str:
    """Return how the time of an appointment differs from an earlier letter's; why not; or ''."""
    new = _appointment(document)
    second = _start(new) if new is not None else None
    if new is None or second is None or second.replace(tzinfo=context.zone) < now:
        return ""
    found = context.library.documents(signal="event", since=document.when - within)
    # The newest word of it is what holds: one that was moved is not compared with its first time.
    for other in sorted(found, key=lambda d: (d.when, d.id), reverse=True):
        old = _appointment(other) if other.when < document.when else None
        if old is None or (other.mail and not_here(other)) or is_own(other):
            continue
        first = _start(old)
        if first is None or not _same(other, old, document, new):
            continue
        if abs(first - second) < _NEAR:
            return ""
        if _MOVED.search(f"{document.title}\n{document.text[:4_000]}"):
            return "the later letter says that the appointment was moved"
        return Difference(
            "time",
            f"{_party(document)} {first:%Y-%m-%d %H:%M}",
            YOUR_APPOINTMENT,
            Line(other, old, _said(first)),
            Line(document, new, _said(second)),
        )
    return ""


def _appointment(document: Document) -> Signal | None:
    """Return the one appointment of the reader's that a letter names; more are a programme."""
    found = [s for s in document.signals("event") if _start(s) is not None]
    if len(found) != 1 or document.format == "ics":
        return None
    value = found[0].value
    invited = isinstance(value, Mapping) and bool(value.get("invitation"))
    return found[0] if not invited and _OWN.search(found[0].quote) else None


def _start(signal: Signal) -> datetime | None:
    """Return the wall time that a letter names."""
    value = signal.value.get("start") if isinstance(signal.value, Mapping) else None
    try:
        return datetime.fromisoformat(value).replace(tzinfo=None) if value else None
    except (TypeError, ValueError):
        return None


def _same(other: Document, old: Signal, document: Document, new: Signal) -> bool:
    """Tell whether two letters speak of one appointment: of one sender, on one day or again."""
    first, second = _start(old), _start(new)
    if first is None or second is None:
        return False
    shared = set(content_words(old.quote)) & set(content_words(new.quote))
    if _party(other) and _party(other) == _party(document):
        again = _AGAIN.search(f"{document.title}\n{new.quote}") is not None
        return first.date() == second.date() or (again and bool(shared))
    if _party(other) and _party(document):
        return False
    return first.date() == second.date() and len(shared) >= 2


def _party(document: Document) -> str:
    """Return who wrote a letter, as far as its mail tells."""
    sender = document.mail.sender if document.mail else None
    return sender.address.lower() if sender else ""


def _said(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
