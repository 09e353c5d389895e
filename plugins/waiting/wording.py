"""The words of an offer: its title and its reasons."""

from __future__ import annotations

from datetime import tzinfo

from samantha.api import Document
from samantha.api.phrases import day


def title(person: str, document: Document, waited: int) -> str:
    """Return the title, at most 80 characters."""
    start = f"No answer from {person} in {waited} working days"
    subject = " ".join((document.mail.subject if document.mail else "").split())
    room = 80 - len(start) - 4
    if not subject or room < 10:
        return start[:80]
    return f"{start}: “{subject if len(subject) <= room else subject[: room - 1].rstrip() + '…'}”"


def why(person: str, document: Document, zone: tzinfo, answers: int) -> str:
    """Return the reasons in sentences."""
    sent = day(document.when.astimezone(zone).date(), "en")
    said = f"You asked {person} on {sent}; no reply in this thread, nor elsewhere since."
    if answers:
        said += f" {person} has answered {answers} of your mails in the last year."
    return said
