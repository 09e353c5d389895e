"""Bodies of finished work by the user: pieces, their versions, and what was left out and why."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from samantha.api.types import Collection, Document, DocumentId, Kind, Piece
from samantha.signals.finished import WRITTEN
from samantha.signals.ownership import Judged, judge
from samantha.signals.places import body_folder, lies_in, nearness
from samantha.signals.versions import Text, best_version, families, texts

MAX_LEFT_OUT = 500
_FEW = 3
"""Fewer pieces than this in another language are no body of work of their own."""
_RECENT = timedelta(days=14)

LeftOut = dict[DocumentId, str]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A piece with what it is taken for."""

    piece: Piece
    kind: Kind
    language: str
    folder: str


def collections(
    files: Sequence[Document], vector: Callable[[DocumentId], bytes | None], now: datetime
) -> Sequence[Collection]:
    """Return the user's bodies of finished work, in a stable order."""
    documents = sorted((d for d in files if d.media == "file"), key=lambda d: d.path)
    judged = judge(documents)
    left_out: LeftOut = {d.id: judged[d.id].reason for d in documents if judged[d.id].reason}
    candidates = [d for d in documents if not judged[d.id].reason]
    chosen = _choose(candidates, judged, vector, now, left_out)
    return _gather(chosen, left_out, {d.id: d for d in documents}, judged)


# --- versions ---------------------------------------------------------------------------------


def _choose(
    candidates: Sequence[Document],
    judged: dict[DocumentId, Judged],
    vector: Callable[[DocumentId], bytes | None],
    now: datetime,
    left_out: LeftOut,
) -> list[_Chosen]:
    """Pick one version of each piece; note why the others and the unfinished stay out."""
    found = texts(candidates)
    groups, within = families(found, vector)
    family_of = {at: n for n, group in enumerate(groups) for at in group}
    chosen = []
    for number, group in enumerate(groups):
        parts = {family_of[i] for at in group for i in within.get(at, ())} - {number}
        family = [found[at] for at in group]
        if len(parts) >= 2:
            for text in family:
                left_out[text.document.id] = f"several pieces in one file ({len(parts)} of them)"
            continue
        piece = _piece(family, judged, now, left_out)
        if piece is not None:
            kind = judged[piece.document.id].kind
            where = body_folder(piece.document.path, kind)
            chosen.append(_Chosen(piece, kind, piece.document.analysis.language, where))
    return chosen


def _piece(
    family: Sequence[Text], judged: dict[DocumentId, Judged], now: datetime, left_out: LeftOut
) -> Piece | None:
    finished = {t.document.id: judged[t.document.id].finished for t in family}
    best = best_version(family, finished).document
    if not finished[best.id]:
        for text in family:
            left_out[text.document.id] = _unfinished(text.document, judged, now)
        return None
    older = []
    for text in sorted(family, key=lambda t: t.document.path):
        other = text.document
        if other.id == best.id:
            continue
        if not finished[other.id] and other.modified > best.modified:
            left_out[other.id] = "a newer version: " + _unfinished(other, judged, now)
        else:
            older.append(other.id)
    return Piece(best, tuple(older))


def _unfinished(document: Document, judged: dict[DocumentId, Judged], now: datetime) -> str:
    reason = judged[document.id].why or "it does not look finished"
    if timedelta() <= now - document.modified < _RECENT:
        return f"still being written: {reason}"
    return f"not finished: {reason}"


# --- grouping ---------------------------------------------------------------------------------


def _gather(
    chosen: Sequence[_Chosen],
    left_out: LeftOut,
    documents: dict[DocumentId, Document],
    judged: dict[DocumentId, Judged],
) -> Sequence[Collection]:
    bodies: dict[tuple[str, Kind], list[_Chosen]] = defaultdict(list)
    for one in chosen:
        bodies[(one.folder, one.kind)].append(one)
    made: list[tuple[str, Kind, str, list[Piece]]] = []
    for (folder, kind), members in sorted(bodies.items()):
        for language, pieces in _by_language(members, left_out):
            made.append((folder, kind, language, pieces))
    reasons = _assign(made, left_out, documents, judged)
    return tuple(
        Collection(
            key=f"{kind}:{language or 'und'}:{folder}",
            kind=kind,
            language=language,
            folder=folder,
            pieces=tuple(sorted(pieces, key=lambda p: p.document.path)),
            left_out=tuple(reasons[number][:MAX_LEFT_OUT]),
        )
        for number, (folder, kind, language, pieces) in enumerate(made)
    )


def _by_language(members: Sequence[_Chosen], left_out: LeftOut) -> list[tuple[str, list[Piece]]]:
    """Split pieces by language; the unsure go with the most, the few of another stay out."""
    counts = Counter(m.language for m in members if m.language)
    main = min(counts, key=lambda c: (-counts[c], c)) if counts else ""
    split: dict[str, list[Piece]] = defaultdict(list)
    for member in members:
        language = member.language or main
        if language != main and counts[language] < _FEW:
            left_out[member.piece.document.id] = f"in another language ({language})"
        else:
            split[language].append(member.piece)
    return sorted(split.items())


def _assign(
    made: Sequence[tuple[str, Kind, str, list[Piece]]],
    left_out: LeftOut,
    documents: dict[DocumentId, Document],
    judged: dict[DocumentId, Judged],
) -> dict[int, list[tuple[DocumentId, str]]]:
    """Tell each collection what was left out: in its folder, and of its kind elsewhere."""
    reasons: dict[int, list[tuple[DocumentId, str]]] = defaultdict(list)
    for identity, reason in sorted(left_out.items()):
        document, kind = documents[identity], judged[identity].kind
        near = [
            (kind == of, nearness(document.path, folder), -number)
            for number, (folder, of, _, _) in enumerate(made)
            if lies_in(document.path, folder) or kind in WRITTEN
        ]
        if near:
            reasons[-max(near)[2]].append((identity, reason))
    return reasons
