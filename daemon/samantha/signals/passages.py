"""Where to look in a document: new text only, bounded, as spans of the stored text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from samantha.api.types import FORWARDED, Document, Signal
from samantha.signals.literals import possible

LOOK = 60_000
"""Code points looked at in one document, over all its passages."""
MATCHES = 400
"""Matches of one pattern looked at in one document."""
QUOTE = 600
_SHORT = 160
"""So little text is matched as fast as it is looked at for words."""
_ODD = "ſıİ"
"""Letters that a pattern takes for others whatever their case, though lower() does not."""

Span = tuple[int, int]
Passages = tuple[Span, ...]

_END = re.compile(r"[.!?…](?=[\s\"”“»)]|$)|\n[ \t]*\n|\n(?=[ \t]*[-*•–])")
# A full stop after a number or a short word closes no sentence in "4. Dezember" or "z. B.".
_NOT_AN_END = re.compile(r"(?:\b\d{1,2}|\b\w|\b(?:bzw|ca|Nr|No|Dr|Mr|Mrs|Ms|St|vs|inkl|evtl|max))$")


def passages(
    document: Document, *, attachments: bool = False, forwarded: bool = False, budget: int = LOOK
) -> Passages:
    """Return the spans of new text, and where they count those of attached files or forwards.

    ``attachments`` stands for both: what was passed on, and the text of files.
    """
    if not document.regions:
        return _bounded(((0, len(document.text)),), budget)
    wanted = (
        (r.start, r.end)
        for r in document.regions
        if r.role == "body"
        or (r.role == "attachment" and (attachments or (forwarded and r.name == FORWARDED)))
    )
    return _bounded(wanted, budget)


def _bounded(spans: object, budget: int) -> Passages:
    found: list[Span] = []
    for start, end in islice(spans, 2_000):  # type: ignore[call-overload]
        end = min(end, start + budget)
        if end <= start:
            continue
        budget -= end - start
        if found and 0 <= start - found[-1][1] <= 1:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
        if budget <= 0:
            break
    return tuple(found)


def matches(
    pattern: re.Pattern[str], text: str, within: Passages, limit: int = MATCHES
) -> Iterator[re.Match[str]]:
    """Find a pattern in the passages, a bounded number of times."""
    if within and within[-1][1] - within[0][0] > _SHORT:
        low = _low(text, within)
        if low is not None and not possible(pattern, low):
            return
    for start, end in within:
        for match in pattern.finditer(text, start, end):
            if limit <= 0:
                return
            limit -= 1
            yield match


def lowered(text: str, within: Passages) -> str:
    """Return the passages in lower case: for a quick look whether a word occurs at all."""
    return "\n".join(text[start:end] for start, end in within).lower()


@lru_cache(maxsize=4)
def _low(text: str, within: Passages) -> str | None:
    """Return the passages in lower case, None where letters are in them that fold oddly."""
    low = lowered(text, within)
    return None if not low.isascii() and any(odd in text for odd in _ODD) else low


def mentions(low: str, words: tuple[str, ...]) -> bool:
    """Tell whether any of the words occurs; far cheaper than the patterns it saves."""
    return any(word in low for word in words)


def sentence(text: str, start: int, end: int, within: Passages, reach: int = 280) -> Span:
    """Return the sentence around a span, at most ``reach`` to either side and 600 in all."""
    low, high = next(((a, b) for a, b in within if a <= start < b), (start, end))
    low, high = max(low, start - reach), min(high, end + reach)
    first = low
    for match in _END.finditer(text, low, start):
        if not _inside(text, match):
            first = match.end()
    last = high
    for match in _END.finditer(text, max(end - 1, start), high):
        if not _inside(text, match):
            last = match.end()
            break
    return _trimmed(text, first, min(last, first + QUOTE), start, end)


def _inside(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - 8) : match.start()]
    return match[0] == "." and _NOT_AN_END.search(before) is not None


def _trimmed(text: str, first: int, last: int, start: int, end: int) -> Span:
    while first < start and text[first].isspace():
        first += 1
    while last > end and text[last - 1].isspace():
        last -= 1
    return first, max(last, min(end, first + QUOTE))


def seen(text: str, kind: str, value: object, span: Span, confidence: float) -> Signal:
    """Return a signal whose quote is the exact span."""
    start, end = span
    return Signal(kind, value, text[start:end], start, end, confidence)
