"""Admission: a plugin's proposal becomes a candidate only if every claim in it holds.

Nothing here trusts the plugin: quotes are looked up, action types are compared with the
manifest, sources with what the plugin may read, and texts are made inert and bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from samantha.api.actions import Action, AssembleManuscript, DraftMail, MoveFile, PrepareTrip
from samantha.api.types import Document, DocumentId, Evidence, Suggestion
from samantha.core.text import inert

TITLE_LIMIT = 80
KIND_LIMIT = 60
WHY_LIMIT = 1_000
EVIDENCE_LIMIT = 120
"""Quotes that are kept: a collection of a hundred poems is quoted piece by piece."""
QUOTE_LIMIT = 600


@dataclass(frozen=True, slots=True)
class Permissions:
    """What a plugin's manifest lets it see and propose."""

    reads: tuple[str, ...]
    proposes: tuple[str, ...]

    def media(self) -> frozenset[str]:
        """Return the document media that ``reads`` stands for."""
        return frozenset({"files": "file", "mail": "mail"}.get(r, r) for r in self.reads)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a proposal was not admitted."""

    reason: str


def admit(
    suggestion: Suggestion,
    permissions: Permissions,
    document: Callable[[DocumentId], Document | None],
    now: datetime,
) -> tuple[Suggestion, dict[str, Document]] | Refusal:
    """Return the admitted suggestion with its source documents, or the reason against it."""
    if suggestion.action.type not in permissions.proposes:
        return Refusal(f"the plugin may not propose {suggestion.action.type}")
    if not 0.0 <= suggestion.confidence <= 1.0:
        return Refusal("confidence outside 0 to 1")
    if not suggestion.evidence:
        return Refusal("no evidence")
    if not suggestion.thing or len(suggestion.thing) > 500:
        return Refusal("the thing it is about has no usable name")
    if suggestion.expires is not None and suggestion.expires <= now:
        return Refusal("already past")
    sources: dict[str, Document] = {}
    for wanted in {*suggestion.sources, *(e.document for e in suggestion.evidence)}:
        found = document(wanted)
        if found is None:
            return Refusal("a source is gone")
        if found.media not in permissions.media():
            return Refusal(f"the plugin may not read {found.media}")
        sources[wanted] = found
    for named in _named(suggestion.action):
        found = document(DocumentId(named))
        if found is not None and found.media not in permissions.media():
            return Refusal(f"the plugin may not read {found.media}")
    for evidence in suggestion.evidence[:EVIDENCE_LIMIT]:
        if not _exact(evidence, sources[evidence.document]):
            return Refusal("a quote is not in its source")
    return _bounded(suggestion), sources


def _named(action: Action) -> tuple[str, ...]:
    """Return the documents that an action attaches, assembles, copies or moves."""
    match action:
        case DraftMail():
            return action.attachments
        case AssembleManuscript():
            return action.pieces
        case PrepareTrip():
            return action.tickets
        case MoveFile():
            return (action.path,)
        case _:
            return ()


def _exact(evidence: Evidence, document: Document) -> bool:
    if not 0 <= evidence.start < evidence.end <= len(document.text):
        return False
    if evidence.end - evidence.start > QUOTE_LIMIT:
        return False
    return document.text[evidence.start : evidence.end] == evidence.quote


def _bounded(suggestion: Suggestion) -> Suggestion:
    return replace(
        suggestion,
        kind=inert(suggestion.kind, KIND_LIMIT),
        title=inert(suggestion.title, TITLE_LIMIT),
        why=inert(suggestion.why, WHY_LIMIT),
        evidence=suggestion.evidence[:EVIDENCE_LIMIT],
    )
