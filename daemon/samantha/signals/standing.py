"""What a mail says of its own standing: something is attached, thanks closes it, it is off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from samantha.api.types import Document, Signal
from samantha.signals.passages import seen
from samantha.signals.sentences import Sentence

Said = Sequence[tuple[Sentence, Mapping[str, str]]]

_SHORT = 6
"""Sentences up to which a mail may be nothing but thanks."""
_MOST = 3
_ANSWER = re.compile(r"(?:re|aw|antw|sv):", re.IGNORECASE)
_MORE = ("mark", "please_verb", "let_know", "q_you", "need_you", "give_me")


def standing_signals(document: Document, said: Said) -> Iterator[Signal]:
    """Yield ``attached_claim``, ``cancelled`` and ``thanks``, each a few times at most."""
    for kind, yes, no, sure in (
        ("attached_claim", "claim", "no_claim", 0.85),
        ("cancelled", "off", "not_off", 0.8),
    ):
        there = (s for s, found in said if yes in found and no not in found)
        for sentence in islice(there, _MOST):
            yield seen(document.text, kind, {}, sentence.span, sure)
    yield from _closing(document, said)


def _closing(document: Document, said: Said) -> Iterator[Signal]:
    """Yield the thanks of a short answer that asks for nothing more: it closes its thread."""
    mail = document.mail
    if mail is None or not (mail.in_reply_to or _ANSWER.match(mail.subject)):
        return
    if len(said) > _SHORT or any(name in found for _, found in said for name in _MORE):
        return
    for sentence, found in said:
        if "closes" in found:
            yield seen(document.text, "thanks", {}, sentence.span, 0.8)
            return
