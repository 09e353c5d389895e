"""The words of an offer: both lines side by side, in English and German where they go out."""

from __future__ import annotations

from samantha.api import Document
from samantha.api.phrases import block

from .papers import Difference, Line

_WHAT = {"amount": "amount", "due_date": "due date", "order": "order", "time": "time"}


def difference_title(found: Difference) -> str:
    """Return the title, at most 80 characters."""
    kind = "letters" if found.what == "time" else "papers"
    return f"Two {kind} on {found.number} disagree: {found.earlier.value} or {found.later.value}"[
        :80
    ]


def order_title(found: Difference) -> str:
    """Return the title, at most 80 characters."""
    return f"Ordered twice? {found.later.value}, orders {found.number}"[:80]


def copy_title(name: str) -> str:
    """Return the title, at most 80 characters."""
    room = 80 - len("Set  aside? It lies there twice")
    return f"Set {name if len(name) <= room else name[: room - 1] + '…'} aside? It lies there twice"


def told(found: Difference) -> str:
    """Return both lines with their documents."""
    if found.what == "order":
        start = "Two orders of one sum within days, under two numbers."
    else:
        start = f"Both name {found.number}, but the {_WHAT[found.what]} is not the same."
    return f"{start} {_side(found.earlier)} {_side(found.later)}"


def _side(line: Line) -> str:
    return f"{_name(line.document)}: {line.value}."


def _name(document: Document) -> str:
    name = document.mail.subject if document.mail else document.path.rpartition("/")[2]
    return f"“{' '.join(name.split())[:80]}” ({document.when:%Y-%m-%d})"


def reminder(found: Difference) -> str:
    """Return the text of the reminder."""
    what = _WHAT[found.what]
    return f"Check the {what} of {found.number}: {found.earlier.value} or {found.later.value}?"


def asks_which(found: Difference, language: str) -> str:
    """Return the mail that asks which of the two is right."""
    about = found.number
    if found.what == "time":
        about = "unserem Termin" if language == "de" else "our appointment"
    one, other = block(found.earlier.signal.quote), block(found.later.signal.quote)
    if language == "de":
        return (
            f"Guten Tag,\n\nzu {about} habe ich zwei Angaben, die nicht zusammenpassen:\n\n"
            f"{one}\n{other}\n\nWelche von beiden gilt?\n\nMit freundlichen Grüßen\n"
        )
    return (
        f"Hello,\n\nOn {about} I have two statements that do not agree:\n\n"
        f"{one}\n{other}\n\nWhich of the two is right?\n\nKind regards\n"
    )
