"""The words of an offer: its title and its reasons."""

from __future__ import annotations

from datetime import timedelta, tzinfo

from samantha.api import Document
from samantha.api.phrases import day


def title(person: str, document: Document, waited: int) -> str:
    """Return the title, at most 80 characters."""
    days = "a working day" if waited == 1 else f"{waited} working days"
    start = f"{person} has waited {days} for your answer"
    subject = " ".join((document.mail.subject if document.mail else "").split())
    room = 80 - len(start) - 4
    if not subject or room < 10:
        return start[:80]
    return f"{start}: “{subject if len(subject) <= room else subject[: room - 1].rstrip() + '…'}”"


def why(person: str, document: Document, zone: tzinfo, habit: timedelta | None) -> str:
    """Return the reasons in sentences."""
    asked = day(document.when.astimezone(zone).date(), "en")
    said = f"{person} asked on {asked}; you have neither answered nor written to them since."
    if habit is not None:
        said += f" You usually answer {person} within {length(habit)}."
    return said


def length(time: timedelta) -> str:
    """Return a length of time in round words."""
    hours = time / timedelta(hours=1)
    if hours < 1.5:
        return "an hour"
    if hours < 24:
        return f"{round(hours)} hours"
    days = round(hours / 24)
    return "a day" if days == 1 else f"{days} days"
