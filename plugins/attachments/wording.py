"""The words of an offer: its title, its reasons, and the reminder where no file is likely."""

from __future__ import annotations

from samantha.api.likely_files import Likely


def title(person: str, found: Likely | None) -> str:
    """Return the title, at most 80 characters."""
    start = f"Nothing is attached to your mail to {person}"
    if found is None:
        return start[:80]
    name = found.document.path.rpartition("/")[2]
    room = 80 - len(start) - 9
    if room < 10:
        return start[:80]
    return f"{start}; send {name if len(name) <= room else name[: room - 1] + '…'}?"


def why(person: str, found: Likely | None) -> str:
    """Return the reasons in sentences."""
    said = f"You wrote {person} that something is attached, but the mail has no file and no link."
    if found is None:
        return f"{said} None of your files is clearly the one."
    words = ", ".join(f"“{w}”" for w in found.words[:4])
    return f"{said} The likely file has {words} in its name. Look at it before you send it."


def reminder(person: str, subject: str, quote: str) -> str:
    """Return the text of the reminder."""
    about = f" “{' '.join(subject.split())[:80]}”" if subject else ""
    return f"Send {person} the file that is missing in{about}: “{' '.join(quote.split())[:160]}”"
