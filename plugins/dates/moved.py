"""An appointment that a later message moves: the new time takes the place of the first offer."""

from __future__ import annotations

import re
from datetime import timedelta

from samantha.api import Context, Document

from .appointment import Found, read, same_title, subject_key
from .silence import OWN

_AGAIN, _LATELY = timedelta(days=120), timedelta(days=30)
_MOVED = re.compile(
    r"(?i)\b(?:moved?|moving|reschedul\w+|postpon\w+|pushed (?:back|out)|push (?:it|this|the)"
    r"|brought forward|instead|new (?:time|date|slot)|change of (?:time|date)|changed to|now at"
    r"|rather than|let['’]?s (?:make|say|do) it|make it|works? better|better for (?:me|us)"
    r"|doch (?:lieber|erst|besser)|reporté\w*|déplacé\w*|décalé\w*|avancé\w*|plutôt|aplazad\w*"
    r"|cambia\w* (?:a|al|para)|lugar de|verschoben|verschieben|verlegt|verlegen|vorverlegt"
    r"|statt(?:dessen)?|anstatt"
    r"|neuer (?:termin|zeitpunkt)|neue (?:zeit|uhrzeit)|geändert)\b"
)


def moves(document: Document, found: Found) -> bool:
    """Tell whether a message says that its appointment had another time before."""
    near = document.text[max(0, found.signal.start - 200) : found.signal.end + 120]
    subject = document.mail.subject if document.mail else document.title
    return not found.invitation and bool(_MOVED.search(f"{subject}\n{near}"))


def moved_from(found: Found, context: Context) -> Found | None:
    """Return the earlier appointment whose place this one takes, or None.

    An earlier message of the thread that this one moves; or the same day's in an earlier letter of
    one desk, whose newest word is the one to enter (``conflicts`` shows that they differ).
    """
    document = found.document
    if found.invitation or not moves(document, found):
        return _told_again(found, context)
    for earlier in sorted(context.library.thread(document.id), key=lambda d: (d.when, d.id)):
        if earlier.when >= document.when or earlier.id == document.id:
            continue
        first = next((f for f in read(earlier, context.zone) if not f.invitation), None)
        if first is not None and first.start != found.start:
            return first
    return _passed_on(found, context)


def _passed_on(found: Found, context: Context) -> Found | None:
    """Return what a mail moves that it passes on: the appointment of an earlier mail so called."""
    document, subject = found.document, subject_key(found.document)
    near = context.library.documents(signal="event", media="mail", since=document.when - _LATELY)
    for earlier in near if subject else ():
        if earlier.when >= document.when or subject_key(earlier) != subject:
            continue
        first = next((f for f in read(earlier, context.zone) if not f.invitation), None)
        if first is not None and first.start != found.start:
            return first
    return None


def _told_again(found: Found, context: Context) -> Found | None:
    document, mail = found.document, found.document.mail
    if (
        found.invitation
        or mail is None
        or mail.sender is None
        or not OWN.search(found.signal.quote)
    ):
        return None
    since = document.when - _AGAIN
    for earlier in context.library.mails_with(mail.sender.address, since=since, author="other"):
        if earlier.when >= document.when or earlier.id == document.id:
            continue
        first = next((f for f in read(earlier, context.zone) if OWN.search(f.signal.quote)), None)
        if first is None or first.invitation or first.start == found.start:
            continue
        if (
            first.start.astimezone(context.zone).date()
            == found.start.astimezone(context.zone).date()
        ):
            return None if entered(first, context) else first
    return None


def thing_of(found: Found, first: Found | None, context: Context) -> str:
    """Name an appointment; a moved one as the ``first`` message of its thread named it.

    Where the calendar has the first time already, the new one is an appointment of its own: the
    entry that was written is for the user to take out.
    """
    return found.thing if first is None or entered(first, context) else first.thing


def replaced(found: Found, context: Context) -> bool:
    """Tell whether a later message of the thread moves an appointment to a time of its own."""
    for later in context.library.thread(found.document.id):
        if later.when > found.document.when and any(
            moves(later, new) and new.start != found.start for new in read(later, context.zone)
        ):
            return True
    return False


def entered(found: Found, context: Context) -> bool:
    """Tell whether the calendar has an appointment at its time."""
    near = timedelta(minutes=10)
    there = context.library.events(found.start - near, found.start + near)
    return any(
        abs(one.start - found.start) <= near and same_title(one.title, found.title) for one in there
    )
