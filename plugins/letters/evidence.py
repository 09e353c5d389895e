"""What is shown for an offer: the outlet's own words, and how the pieces begin."""

from __future__ import annotations

import re
from collections.abc import Sequence

from samantha.api import Document, Evidence

from .calls import Call

_LIMIT = 140
_LINE = re.compile(r"[^\n]+")
_LETTERS = re.compile(r"[^\W\d_]")


def evidence_of(call: Call, pieces: Sequence[Document]) -> tuple[Evidence, ...]:
    """Return the quotes of a suggestion, the call first, then how each piece begins."""
    openings = [e for d in pieces if (e := opening(d)) is not None]
    return (*call.outlet.evidence[:10], *openings)


def opening(document: Document) -> Evidence | None:
    """Return the first line that says something: not the title, a date or a greeting."""
    fallback = None
    title = _same(document.title)
    for match in _LINE.finditer(document.text):
        line = match[0].strip()
        if len(_LETTERS.findall(line)) < 3 or _same(line) == title:
            continue
        start = match.start() + match[0].index(line)
        found = _cut(document, start, start + len(line))
        if len(line) >= 40:
            return found
        fallback = fallback or found
    return fallback


def _cut(document: Document, start: int, end: int) -> Evidence:
    if end - start > _LIMIT:
        space = document.text.rfind(" ", start + 60, start + _LIMIT)
        end = space if space > 0 else start + _LIMIT
    return Evidence(document.id, document.text[start:end], start, end)


def _same(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
