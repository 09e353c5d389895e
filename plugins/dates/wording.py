"""What an offer says, in English and German."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from samantha.api import Appointment

from .appointment import Found

_DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
}
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "de": (
        "Jan.",
        "Feb.",
        "März",
        "Apr.",
        "Mai",
        "Juni",
        "Juli",
        "Aug.",
        "Sep.",
        "Okt.",
        "Nov.",
        "Dez.",
    ),
}


def language(found: Found) -> str:
    """Return the language to write in: the mail's, where it is known."""
    return "de" if found.document.analysis.language == "de" else "en"


def when(at: datetime, zone: tzinfo, all_day: bool, tongue: str) -> str:
    """Return a time in short: ``Tue 1 Dec 15:00``."""
    local = at if all_day else at.astimezone(zone)
    month = _MONTHS[tongue][local.month - 1]
    stop = "." if tongue == "de" else ""
    day = f"{_DAYS[tongue][local.weekday()]} {local.day}{stop} {month}"
    return day if all_day else f"{day} {local:%H:%M}"


def title(found: Found, zone: tzinfo, moved: bool = False) -> str:
    """Return the title of the offer: what, when, where; and that the calendar has another time."""
    tongue = language(found)
    time = when(found.start, zone, found.all_day, tongue)
    place = f", {found.place}" if found.place else ""
    room = 79 - len(time) - 2
    what = found.title or ("Termin" if tongue == "de" else "Appointment")
    if moved:
        what = f"{'Verlegt' if tongue == 'de' else 'Moved'}: {what}"
    if len(what) > room:
        what = what[: room - 1].rstrip() + "…"
    whole = f"{what}: {time}{place}"
    return whole if len(whole) <= 80 else f"{what}: {time}"[:80]


def why(
    found: Found,
    clashes: Sequence[Appointment],
    said_yes: bool,
    zone: tzinfo,
    held: Found | None = None,
) -> str:
    """Return the reason: who says it, whether it was agreed, what it clashes with.

    ``held`` is the time that the calendar still has of an appointment that was moved.
    """
    tongue, sender = language(found), _sender(found)
    german = tongue == "de"
    if not sender:
        name = found.document.path.rpartition("/")[2][:60]
        lines = [f"„{name}“ nennt Tag und Zeit." if german else f"“{name}” names day and time."]
    elif found.invitation:
        lines = [f"Einladung von {sender}." if german else f"Invitation from {sender}."]
    elif said_yes:
        lines = [f"Sie haben {sender} zugesagt." if german else f"You said yes to {sender}."]
    elif found.deadline:
        lines = [f"Frist in der Mail von {sender}." if german else f"Deadline in {sender}'s mail."]
    else:
        lines = [f"{sender} nennt Tag und Zeit." if german else f"{sender} names day and time."]
    if held is not None:
        old = when(held.start, zone, held.all_day, tongue)
        lines.append(
            f"Im Kalender steht noch {old}; diesen Eintrag nehmen Sie heraus."
            if german
            else f"Your calendar still has {old}: that entry is yours to take out."
        )
    for one in clashes[:3]:
        span = f"{one.start.astimezone(zone):%H:%M}–{one.end.astimezone(zone):%H:%M}"
        other = one.title[:60]
        told = "Überschneidet sich mit" if german else "It clashes with"
        lines.append(f"{told} “{other}” ({span}).")
    if not clashes and not found.all_day:
        free = "Der Kalender ist dann frei." if german else "Your calendar is free then."
        lines.append(free)
    return " ".join(lines)


def notes(found: Found) -> str:
    """Return the note of the entry: where it comes from, in the mail's own words."""
    mail, german = found.document.mail, language(found) == "de"
    quote = "" if found.invitation else "\n" + " ".join(found.signal.quote.split())[:500]
    if mail is None:
        name = found.document.path.rpartition("/")[2]
        return f"{'Aus der Datei' if german else 'From the file'} “{name}”{quote}"
    told = "Aus der Mail" if german else "From the mail"
    return f"{told} “{mail.subject}” ({_sender(found)}){quote}"


def _sender(found: Found) -> str:
    mail = found.document.mail
    return (mail.sender.name or mail.sender.address) if mail and mail.sender else ""
