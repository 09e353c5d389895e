"""How shops say that a parcel waits, until when, and what to show."""

import re
from collections.abc import Sequence

from samantha.api import Document, Signal

WAITS = re.compile(
    r"ready (for|to be) (collection|collected|picked up)|waiting for you|liegt zur Abholung|"
    r"abholbereit",
    re.IGNORECASE,
)
UNTIL = re.compile(r"(until|till|by|before|bis)\b[^.\n]{0,30}$", re.IGNORECASE)
CODE = re.compile(r"\b(?i:code|abholcode|pin)\W{1,3}([A-Z0-9]{4,12})\b")


def last_day(mail: Document) -> Signal | None:
    """Return the day until which a parcel is kept, as the mail says it."""
    return next((one for one in mail.signals("date") if _until(mail.text, one)), None)


def code_in(text: str) -> str:
    """Return what has to be shown at the counter, or ''."""
    found = CODE.search(text)
    return found[1] if found else ""


def shown(parts: Sequence[str]) -> str:
    """Join what there is to say."""
    return ", ".join(part for part in parts if part)


def _until(text: str, day: Signal) -> bool:
    return UNTIL.search(text[max(0, day.start - 60) : day.start]) is not None
