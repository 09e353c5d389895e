"""Text that is about to be shown: inert, bounded, on one line where one line is meant."""

from __future__ import annotations

import hashlib
import re

# Control characters; directional marks and tag characters, which can make a line read as something
# it is not (I11); and halves of characters.
_ODD = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)


def inert(untrusted_text: str, limit: int = 0, *, lines: bool = False) -> str:
    """Return the text with control, bidi and tag characters made visible or dropped.

    ``lines`` keeps line breaks and tabs; ``limit`` bounds the length, the cut marked by ``…``.
    """
    kept = "\n\t" if lines else ""
    text = _ODD.sub(lambda found: _shown(found[0], kept), untrusted_text)
    if not lines:
        text = " ".join(text.split())
    if limit and len(text) > limit:
        text = text[: limit - 1].rstrip() + "…"
    return text


def _shown(ch: str, kept: str) -> str:
    if ch in "\n\t":
        return ch if ch in kept else " "
    return "" if ch == "\r" else "\ufffd"


def percent(share: float) -> str:
    """Return a share as the whole surface writes it: ``97 %``."""
    return f"{round(share * 100)} %"


def thing_key(thing: str) -> str:
    """Return a bounded, inert name of a thing."""
    clean = inert(thing)
    if len(clean) <= 120:
        return clean
    return clean[:80] + "-" + hashlib.sha256(thing.encode(errors="replace")).hexdigest()[:16]
