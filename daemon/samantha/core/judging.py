"""Judging: a second look at a suggestion that is neither clearly right nor clearly wrong.

The local model is asked one typed question. Whatever it answers, it can only drop a borderline
suggestion or let it pass: what is suggested, to whom and with which bytes is settled before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from samantha.api.asking import Ask, AtMost
from samantha.api.types import Document, DocumentId, Suggestion
from samantha.core.text import inert

BELOW = 0.15
ABOVE = 0.2
"""How far below and above the threshold a suggestion is borderline."""
SOURCES = 2
REASON_LIMIT = 120

QUESTION = (
    "The first document is a note that an assistant wants to show to its user; the others are what "
    "the note rests on. Is the note right, and would a busy person be glad to be told?"
)


@dataclass(frozen=True, slots=True)
class Judged:
    """The model's answer."""

    right: Annotated[bool, "whether what the note says is true by the documents"]
    welcome: Annotated[bool, "whether a busy person would be glad to be told"]
    reason: Annotated[str, AtMost(REASON_LIMIT), "why, in a few plain words"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of a borderline suggestion, and why."""

    passes: bool
    reason: str


Judge = Callable[[Suggestion, Mapping[str, Document]], Judgement | None]
"""Returns None where there is nothing to judge, or nobody to judge it."""


def borderline(confidence: float, threshold: float) -> bool:
    """Tell whether a second look can change anything."""
    return threshold - BELOW <= confidence < threshold + ABOVE


def judge_with(ask: Ask) -> Judge:
    """Return a judge that asks the local model."""

    def judge(suggestion: Suggestion, sources: Mapping[str, Document]) -> Judgement | None:
        documents = [note_of(suggestion), *resting_on(suggestion, sources)]
        answer = ask(QUESTION, documents, Judged, near=suggestion.evidence)
        if answer is None:
            return None
        return Judgement(answer.right and answer.welcome, inert(answer.reason, REASON_LIMIT))

    return judge


def note_of(suggestion: Suggestion) -> Document:
    """Return a suggestion's title and reason as a document that the model can be shown."""
    text = f"{suggestion.title}\n{suggestion.why}"
    first = next(iter(suggestion.evidence))
    return Document(
        id=DocumentId(f"note about {first.document}"),
        source="",
        path="",
        media="file",
        format="txt",
        title="The note",
        text=text,
        fingerprint="",
        size_bytes=len(text),
        modified=datetime.fromtimestamp(0, UTC),
    )


def resting_on(suggestion: Suggestion, sources: Mapping[str, Document]) -> list[Document]:
    """Return the documents that are quoted, the first quoted first."""
    names = dict.fromkeys(str(e.document) for e in suggestion.evidence)
    return [sources[name] for name in names if name in sources][:SOURCES]
