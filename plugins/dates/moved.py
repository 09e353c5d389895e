"""An appointment that a later message moves: the new time takes the place of the first offer."""

from __future__ import annotations

import re
from datetime import timedelta

from samantha.api import Context, Document

from .appointment import Found, read, same_title

_MOVED = re.compile(
    r"(?i)\b(?:moved?|moving|reschedul\w+|postpon\w+|pushed (?:back|out)|push (?:it|this|the)"
    r"|brought forward|instead|new (?:time|date|slot)|change of (?:time|date)|changed to|now at"
    r"|rather than|verschoben|verschieben|verlegt|verlegen|vorverlegt|statt(?:dessen)?|anstatt"
    r"|neuer (?:termin|zeitpunkt)|neue (?:zeit|uhrzeit)|geändert)\b"
)


def moves(document: Document, found: Found) -> bool:
    """Tell whether a message says that its appointment had another time before."""
    near = document.text[max(0, found.signal.start - 200) : found.signal.end + 120]
    subject = document.mail.subject if document.mail else document.title
    return not found.invitation and bool(_MOVED.search(f"{subject}\n{near}"))


def thing_of(found: Found, context: Context) -> str:
    """Name an appointment; a moved one as the first message of its thread named it.

    Where the calendar has the first time already, the new one is an appointment of its own: the
    entry that was written is for the user to move.
    """
    document = found.document
    if found.invitation or not moves(document, found):
        return found.thing
    for earlier in sorted(context.library.thread(document.id), key=lambda d: (d.when, d.id)):
        if earlier.when >= document.when or earlier.id == document.id:
            continue
        first = next((f for f in read(earlier, context.zone) if not f.invitation), None)
        if first is None or first.start == found.start:
            continue
        if _entered(first, context):
            return found.thing
        return first.thing
    return found.thing


def replaced(found: Found, context: Context) -> bool:
    """Tell whether a later message of the thread moves an appointment to a time of its own."""
    for later in context.library.thread(found.document.id):
        if later.when > found.document.when and any(
            moves(later, new) and new.start != found.start for new in read(later, context.zone)
        ):
            return True
    return False


def _entered(found: Found, context: Context) -> bool:
    near = timedelta(minutes=10)
    there = context.library.events(found.start - near, found.start + near)
    return any(
        abs(one.start - found.start) <= near and same_title(one.title, found.title) for one in there
    )
