"""Sentences of a mail's new text, each with the cues in it, and whether a machine speaks."""

from __future__ import annotations

from dataclasses import dataclass

from samantha.api.types import Document
from samantha.signals.acts import traits_of
from samantha.signals.passages import Passages
from samantha.signals.receivers import bulk_marks
from samantha.signals.sentences import Sentence, sentences
from samantha.signals.speech import cues

LOOKED = 150
"""Sentences looked at in one mail."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, the cues in it, and what the heads weigh."""

    sentence: Sentence
    cues: dict[str, str]
    traits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Speech:
    """What a mail says: its sentences, and what marks it as advertising or a machine's."""

    said: tuple[Said, ...] = ()
    bulk: int = 0


def speech_of(document: Document, within: Passages) -> Speech:
    """Return the sentences of a mail; nothing for other documents."""
    if document.media != "mail" or document.mail is None:
        return Speech()
    said = tuple(said_in(one) for one in sentences(document.text, within, LOOKED))
    return Speech(said, bulk_marks(document.mail, [one.cues for one in said]))


def said_in(sentence: Sentence) -> Said:
    """Return a sentence with what is said in it."""
    found = cues(sentence.words)
    return Said(sentence, found, traits_of(sentence.words, found))
