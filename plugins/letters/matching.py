"""Does a body of work fit a call, with which pieces, and why."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from samantha.api import Collection, Context, Document, Kind

from .calls import Call

CREATIVE = (Kind.LETTER, Kind.POEM, Kind.STORY, Kind.ESSAY, Kind.MANUSCRIPT)
PAGE_WORDS = 250
"""Words on a double-spaced page."""
HEAD_WORDS = 90
"""What the space above a piece's title takes of its first page."""
FAR = 0.12
"""Below this likeness a call and a piece have nothing to do with each other."""
PLURAL = {
    Kind.LETTER: "letters",
    Kind.POEM: "poems",
    Kind.STORY: "stories",
    Kind.ESSAY: "essays",
    Kind.MANUSCRIPT: "chapters",
}


@dataclass(frozen=True, slots=True)
class Fit:
    """Pieces of a collection that fit a call, in order."""

    collection: Collection
    call: Call
    pieces: tuple[Document, ...]
    confidence: float
    reasons: tuple[str, ...]
    language: str
    attach: tuple[str, ...]

    @property
    def words(self) -> int:
        """Return how many words the chosen pieces have."""
        return sum(d.words for d in self.pieces)


def fit(collection: Collection, call: Call, now: datetime, context: Context) -> Fit | str:
    """Return the fit, or in words why there is none."""
    outlet = call.outlet
    if call.deadline is not None and call.deadline <= now:
        return f"the deadline of “{outlet.name}” has passed"
    if outlet.genres and collection.kind not in outlet.genres:
        asked = ", ".join(PLURAL.get(g, str(g)) for g in outlet.genres)
        return f"“{outlet.name}” asks for {asked}, these are {PLURAL[collection.kind]}"
    if outlet.language and collection.language and outlet.language != collection.language:
        return f"“{outlet.name}” reads another language ({outlet.language})"
    if outlet.formats and not set(outlet.formats) & {"docx", "doc", "pdf", "odt", "rtf"}:
        return f"“{outlet.name}” takes only {', '.join(outlet.formats)}"
    pieces = [p.document for p in collection.pieces]
    near = _near(call, pieces, context)
    if not outlet.genres and any(near) and max(near) < FAR:
        return f"nothing here is about what “{outlet.name}” asks for"
    chosen = _chosen(pieces, near, call)
    too_little = _too_little(chosen, call, context)
    if too_little:
        return too_little
    ordered = _ordered(
        collection.kind, chosen, dict(zip([d.id for d in pieces], near, strict=True))
    )
    mean = sum(near) / len(near) if any(near) else None
    return Fit(
        collection=collection,
        call=call,
        pieces=tuple(ordered),
        confidence=_confidence(collection, call, mean),
        reasons=_reasons(collection, call, ordered, now, ranked=mean is not None),
        language=outlet.language or collection.language or "en",
        attach=_attach(call),
    )


def _near(call: Call, pieces: Sequence[Document], context: Context) -> list[float]:
    theme = call.outlet.themes or call.sentence
    if not theme:
        return [0.0] * len(pieces)
    return list(context.library.likeness(theme, [d.id for d in pieces]))


def pages(document: Document) -> int:
    """Return how many manuscript pages a piece takes."""
    return max(1, math.ceil((document.words + HEAD_WORDS) / PAGE_WORDS))


def _chosen(pieces: Sequence[Document], near: Sequence[float], call: Call) -> list[Document]:
    """Take pieces, the best first, as long as they keep within every limit of the call."""
    outlet = call.outlet
    most = outlet.max_pieces or len(pieces)
    words = outlet.max_words if outlet.max_words is not None else math.inf
    each = outlet.max_words_each if outlet.max_words_each is not None else math.inf
    sheets = outlet.max_pages if outlet.max_pages is not None else math.inf
    # Without a model the newest come first: they are what the author thinks of as the work.
    ranked = sorted(
        zip(pieces, near, strict=True), key=lambda p: (-round(p[1], 3), -p[0].modified.timestamp())
    )
    taken: list[Document] = []
    for document, _ in ranked:
        fits = document.words <= min(words, each) and pages(document) <= sheets
        if len(taken) < most and fits:
            taken.append(document)
            words -= document.words
            sheets -= pages(document)
    return taken


def _too_little(chosen: Sequence[Document], call: Call, context: Context) -> str:
    outlet = call.outlet
    limited = outlet.max_words or outlet.max_words_each or outlet.max_pages
    # Where the call's own limits leave one piece, one is what it wants.
    floor = 1 if limited else context.config.min_pieces
    least = outlet.min_pieces or min(floor, outlet.max_pieces or 99)
    if len(chosen) < least:
        return f"only {len(chosen)} pieces keep within the limits of “{outlet.name}”"
    words = sum(d.words for d in chosen)
    if outlet.min_words is not None and words < outlet.min_words:
        return f"“{outlet.name}” wants {outlet.min_words} words, these have {words}"
    return ""


def _ordered(kind: Kind, chosen: Sequence[Document], near: dict[str, float]) -> list[Document]:
    if kind in (Kind.LETTER, Kind.MANUSCRIPT):
        return sorted(chosen, key=lambda d: (_written(d), d.title))
    return sorted(chosen, key=lambda d: (-near.get(d.id, 0.0), d.title))


def _written(document: Document) -> str:
    """Return the date a letter bears, or when its file was changed."""
    for signal in sorted(document.analysis.signals, key=lambda s: s.start):
        if signal.kind == "date" and signal.start < 300 and isinstance(signal.value, str):
            return signal.value[:10]
    return document.modified.date().isoformat()


def _confidence(collection: Collection, call: Call, near: float | None) -> float:
    outlet = call.outlet
    score = 0.55
    score += 0.2 if collection.kind in outlet.genres else 0.0
    score += 0.05 if outlet.language and outlet.language == collection.language else 0.0
    score += 0.05 if call.deadline else 0.0
    score += 0.05 if outlet.origin == "config" or outlet.address else 0.0
    if near is not None:
        score += max(-0.1, min(0.1, (near - 0.25) * 0.5))
    return round(max(0.05, min(0.97, score)), 3)


def _reasons(
    collection: Collection, call: Call, chosen: Sequence[Document], now: datetime, *, ranked: bool
) -> tuple[str, ...]:
    outlet, kind = call.outlet, PLURAL[collection.kind]
    words = sum(d.words for d in chosen)
    of = f" of {len(collection.pieces)}" if len(chosen) < len(collection.pieces) else ""
    reasons = [f"{len(chosen)}{of} finished {kind} by you, {words:,} words"]
    limits = []
    if outlet.max_words:
        limits.append(f"at most {outlet.max_words:,} words")
    if outlet.max_words_each:
        limits.append(f"at most {outlet.max_words_each:,} words each")
    if outlet.max_pages:
        limits.append(f"at most {outlet.max_pages} pages")
    if outlet.max_pieces:
        limits.append(f"at most {outlet.max_pieces} pieces")
    if limits:
        reasons.append(f"within the limits: {', '.join(limits)}")
    if of:
        how = "nearest to the call" if ranked else "newest"
        reasons.append(f"chosen as the {how} that keep within the limits")
    order = "date" if collection.kind in (Kind.LETTER, Kind.MANUSCRIPT) else "strength"
    reasons.append(f"in the order of {order}")
    if collection.left_out:
        reasons.append(f"{len(collection.left_out)} left out: {_left_out(collection)}")
    if call.deadline:
        left = (call.deadline - now).days
        reasons.append(f"the call closes in {left} days" if left > 1 else "the call closes now")
    return tuple(reasons)


def _left_out(collection: Collection) -> str:
    """Return the sorts of what was left out; each piece's own reason is for `samantha inspect`."""
    sorts = Counter(reason.partition(":")[0] for _, reason in collection.left_out)
    return ", ".join(f"{count} {sort}" for sort, count in sorts.most_common(4))


def _attach(call: Call) -> tuple[str, ...]:
    """Return which file goes along: what the call names first of what can be made."""
    for wanted in call.outlet.formats:
        if wanted in ("docx", "pdf"):
            return (wanted,)
        if wanted in ("doc", "odt", "rtf"):
            # Every editor who reads these opens a docx too.
            return ("docx",)
    return ("docx",)
