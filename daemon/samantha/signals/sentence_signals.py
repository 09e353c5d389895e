"""Signals of single sentences in a mail: asked, promised, arranged, thanked, called off.

Each carries its sentence as an exact quote. Only new text is looked at: no quoted mail, no
signature. Who is asked is said where the header or the sentence tells it cheaply.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from samantha.api.types import Document, Identity, Signal
from samantha.signals.acts import ACTS, likely
from samantha.signals.answering import expects_answer
from samantha.signals.dates import Day
from samantha.signals.passages import Passages, seen
from samantha.signals.receivers import asked_one
from samantha.signals.sentences import Sentence, sentences
from samantha.signals.speech import cues
from samantha.signals.standing import standing_signals

LEAST = 0.5
SHOWN = 25
"""Signals of one kind that are kept of one mail, the likeliest."""
LOOKED = 150
"""Sentences looked at in one mail."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with the cues in it."""

    sentence: Sentence
    cues: dict[str, str]


def sentence_signals(
    document: Document,
    within: Passages,
    days: tuple[Day, ...],
    reference: date,
    identity: Identity,
) -> Iterator[Signal]:
    """Yield what single sentences of a mail do; nothing for other documents."""
    if document.media != "mail" or document.mail is None:
        return
    said = [Said(s, cues(s.words)) for s in sentences(document.text, within, LOOKED)]
    found: list[Signal] = []
    for act in ACTS:
        rated = [(likely(act, one.cues), one) for one in said]
        kept = sorted((r for r in rated if r[0] >= LEAST), key=lambda r: -r[0])[:SHOWN]
        for confidence, one in sorted(kept, key=lambda r: r[1].sentence.start):
            value = _value(act, document, one.sentence, days, reference, identity)
            span = one.sentence.span
            found.append(seen(document.text, act, value, span, round(confidence, 3)))
    yield from found
    yield from expects_answer(document, found, identity)
    yield from standing_signals(document, [(one.sentence, one.cues) for one in said])


def _value(
    act: str,
    document: Document,
    sentence: Sentence,
    days: tuple[Day, ...],
    reference: date,
    identity: Identity,
) -> dict[str, object]:
    value: dict[str, object] = {"due": _due(sentence, days, reference)}
    if act == "request":
        value["of"] = asked_one(document, sentence.words, identity)
    elif act == "commitment":
        value["by"] = _speaker(document, identity)
    return value


def _due(sentence: Sentence, days: tuple[Day, ...], reference: date) -> str | None:
    """Return the first day in the sentence that is not past."""
    for day in days:
        if sentence.start <= day.start < sentence.end and day.value >= reference:
            return day.value.isoformat()
    return None


def _speaker(document: Document, identity: Identity) -> str:
    mail = document.mail
    if mail is None:
        return "unknown"
    own = mail.folder == "sent" or (
        mail.sender is not None and mail.sender.address in identity.addresses
    )
    return "user" if own else "other" if mail.sender is not None else "unknown"
