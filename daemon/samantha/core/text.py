"""Text that is about to be shown: inert, bounded, on one line where one line is meant."""

from __future__ import annotations

import hashlib
import unicodedata

# Directional marks and tag characters can make a line read as something it is not (I11).
_HIDDEN = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def inert(untrusted_text: str, limit: int = 0, *, lines: bool = False) -> str:
    """Return the text with control, bidi and tag characters made visible or dropped.

    ``lines`` keeps line breaks and tabs; ``limit`` bounds the length, the cut marked by ``…``.
    """
    out = []
    for ch in untrusted_text:
        if ch in "\n\t":
            out.append(ch if lines else " ")
        elif ch in _HIDDEN or 0xE0000 <= ord(ch) <= 0xE007F or 0xD800 <= ord(ch) <= 0xDFFF:
            out.append("�")
        elif unicodedata.category(ch) == "Cc":
            out.append("" if ch == "\r" else "�")
        else:
            out.append(ch)
    text = "".join(out)
    if not lines:
        text = " ".join(text.split())
    if limit and len(text) > limit:
        text = text[: limit - 1].rstrip() + "…"
    return text


def thing_key(thing: str) -> str:
    """Return a bounded, inert name of a thing."""
    clean = inert(thing)
    if len(clean) <= 120:
        return clean
    return clean[:80] + "-" + hashlib.sha256(thing.encode(errors="replace")).hexdigest()[:16]
