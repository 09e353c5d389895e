"""Wording: the local model's title for an offer, and a line on what it rests on. A draft, always.

Whatever it answers, only the words of title and reason can change, and only into words that name
nothing but what stands in them or in the quotes: see ``samantha.api.writing``. Action, recipients,
files, class and confidence are settled before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from samantha.api.asking import Ask
from samantha.api.types import Document, Suggestion
from samantha.api.writing import summary, title
from samantha.core.admit import TITLE_LIMIT, WHY_LIMIT
from samantha.core.judging import note_of, resting_on
from samantha.core.text import inert

LONG = 60
"""Words of a document from which on a line says what it is about."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What the model wrote; '' where it wrote nothing that holds."""

    title: str = ""
    line: str = ""
    where: str = ""
    """Where the text went to be worded, if it left this machine."""


Word = Callable[[Suggestion, Mapping[str, Document]], Wording | None]
"""Returns None where there is nobody to word anything."""


def word_with(ask: Ask) -> Word:
    """Return what words offers by asking the local model: two questions an offer, at most."""

    def word(suggestion: Suggestion, sources: Mapping[str, Document]) -> Wording | None:
        about = resting_on(suggestion, sources)
        found = title(ask, suggestion.title, [note_of(suggestion), *about], suggestion.evidence)
        line = ""
        if about and about[0].words >= LONG:
            line = summary(ask, about[0], near=suggestion.evidence)
        written = Wording(found if found != suggestion.title else "", line)
        return written if written != Wording() else None

    return word


def worded(suggestion: Suggestion, wording: Wording | None) -> Suggestion:
    """Return the suggestion in the model's words, and said to be so; nothing else changes."""
    if wording is None:
        return suggestion
    new_title, line = inert(wording.title, TITLE_LIMIT), inert(wording.line)
    parts = [name for name, text in (("title", new_title), ("summary", line)) if text]
    if not parts:
        return suggestion
    note = f"The local model wrote the {' and the '.join(parts)}."
    said = (suggestion.why, line, note, wording.where)
    told = " ".join(part for part in said if part)
    if len(told) > WHY_LIMIT:
        return suggestion
    return replace(
        suggestion,
        title=new_title or suggestion.title,
        why=told,
        drafted=tuple(dict.fromkeys(t for t in (*suggestion.drafted, new_title, line) if t)),
    )
