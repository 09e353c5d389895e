"""A file that lies there twice, where one of the two is plainly the spare one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from samantha.api import Context, Document

SMALLEST = 2_048
"""Smaller files are often the same by nature: licences, empty forms."""
_SPARE = re.compile(
    r"(?i)(?:\(\d{1,2}\)|[ _-](?:copy|kopie)(?:[ _-]?\(?\d{0,2}\)?)?|[ _-]\d{1,2})$|"
    r"^(?:copy of|kopie von) "
)
_MEANT = re.compile(
    r"(?i)/(?:backups?|sicherung(?:en)?|archive?s?|archiv|versions?|node_modules|\.git|vendor|old|"
    r"alt|mirror|duplicates|templates?|vorlagen?)(?:/|$)"
)


@dataclass(frozen=True, slots=True)
class Copy:
    """Two files with the same bytes, and which of them to keep."""

    kept: Document
    spare: Document


def needless_copy(document: Document, context: Context) -> Copy | str:
    """Return the copy of a file in its own folder that its name calls one; why not; or ''."""
    others = [d for d in context.library.copies(document.fingerprint) if d.id != document.id]
    files = [d for d in others if d.media == "file"]
    if not files:
        return ""
    if document.size_bytes < SMALLEST or not document.text.strip():
        return "the same file lies there twice, but it is small or has no text"
    if any(_MEANT.search(d.path) for d in (document, *files)):
        return "the same file lies there twice, in a place where copies are meant"
    for other in files:
        kept, spare = _sorted(document, other)
        same_folder = kept.path.rpartition("/")[0] == spare.path.rpartition("/")[0]
        if same_folder and _names_copy(spare.path, kept.path):
            return Copy(kept, spare)
    return "the same file lies there twice, and nothing says which is the spare one"


def _sorted(one: Document, other: Document) -> tuple[Document, Document]:
    return (one, other) if len(one.path) <= len(other.path) else (other, one)


def _names_copy(spare: str, kept: str) -> bool:
    """Tell whether a name is another with the mark of a copy."""
    stem, original = (path.rpartition("/")[2].rpartition(".")[0] for path in (spare, kept))
    return _SPARE.sub("", stem).strip() == original and stem != original
