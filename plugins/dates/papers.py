"""Letters as files: whether an appointment that a document on the disk names is the user's."""

from __future__ import annotations

import re

from samantha.api import Context, Document

from .appointment import Found
from .silence import OWN, PUBLIC

_FORMATS = frozenset(("txt", "md", "rtf", "odt", "docx", "pdf", "html"))
_BESIDE = 400
"""How near the words that make an appointment the reader's own must stand."""
_WRITTEN_TO = re.compile(
    r"(?i)\b(?:an|the) appointment (?:for you|with you|has been (?:made|booked|arranged))"
    r"|\b(?:we (?:expect|invite|look forward to (?:seeing|meeting)) you"
    r"|(?:laden|erwarten) (?:wir )?sie|sind sie (?:herzlich )?eingeladen)\b"
    r"|\bfolgender termin|\btermin(?: für sie|:)"
)
"""Words of a letter; of a stranger's mail they would be an advertisement."""
_GREETED = re.compile(
    r"(?im)^\s*(?:dear|sehr geehrte[rs]?|liebe[rs]?|guten tag|hello)\b[^\n]{1,60}$"
)


def not_for_reader(document: Document, found: Found, context: Context) -> str:
    """Return why an appointment in a file is none of the user's, or ''."""
    if document.format not in _FORMATS:
        return "a calendar file on your disk is your calendar"
    if document.analysis.author == "user":
        return "you wrote it yourself"
    signal, text = found.signal, document.text
    near = text[max(0, signal.start - _BESIDE) : signal.end + _BESIDE]
    if not (OWN.search(near) or _WRITTEN_TO.search(near)):
        return "a document that does not say the appointment is yours"
    if PUBLIC.search(text[:6_000]):
        return "an advertisement or a public event"
    named = [n for name in context.identity.names for n in name.split()[-1:] if len(n) > 2]
    head = text[: signal.end + 2_000].casefold()
    if named and not any(re.search(rf"\b{re.escape(n.casefold())}\b", head) for n in named):
        greeted = _GREETED.search(text)
        return "a letter that does not name you" if greeted else ""
    return ""
