"""The words of an offer: its title, its reasons, and the reminder."""

from __future__ import annotations

from datetime import date, datetime, tzinfo

from samantha.api import Document
from samantha.api.phrases import day

from .promise import Promise

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def reminder_title(person: str, promise: Promise, zone: tzinfo, now: datetime) -> str:
    """Return the title of a reminder, at most 80 characters."""
    when = named(promise.due, now.astimezone(zone).date())
    return f"Remind you {when} of what you promised {person}?"[:80]


def delivery_title(person: str, name: str) -> str:
    """Return the title of a draft with the file, at most 80 characters."""
    start = f"Promised {person} for today: send "
    room = 80 - len(start) - 1
    return f"{start}{name if len(name) <= room else name[: max(room - 1, 0)] + '…'}?"[:80]


def why(person: str, document: Document, promise: Promise, zone: tzinfo, name: str = "") -> str:
    """Return the reasons in sentences."""
    sent = day(document.when.astimezone(zone).date(), "en")
    said = f"On {sent} you wrote {person} what you will do by {day(promise.due, 'en')}."
    if name:
        said += f" Nothing was sent to them since; the likely file is {name}: look at it first."
    return said


def reminder(person: str, promise: Promise) -> str:
    """Return the text of the reminder."""
    return f"You promised {person} for today: “{' '.join(promise.signal.quote.split())[:200]}”"


def named(due: date, today: date) -> str:
    """Return a day in words: tomorrow, on Friday, on 3 June."""
    ahead = (due - today).days
    if ahead == 1:
        return "tomorrow"
    if ahead < 7:
        return f"on {_DAYS[due.weekday()]}"
    return f"on {day(due, 'en').rpartition(' ')[0]}"
