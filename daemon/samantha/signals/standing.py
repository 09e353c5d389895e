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
_ELSEWHERE = re.compile(
    r"(?i)\b(?:(?:vous trouverez|veuillez trouver|voici)?,? ?ci-joints?(?:es?)?|en pièces? jointes?"
    r"|je (?:vous|te) joins|(?:te|le|les|os) adjunto|adjunto (?:te|le|les|os) |"
    r"(?:encontrará|envío|mando) adjunt[oa]s?|en (?:el )?(?:archivo )?adjunto)\b"
)
"""How French and Spanish say that something is attached."""
_NO_CLAIM = re.compile(
    r"(?i)\b(?:nichts|kein\w*|ohne|fehlt\w*|nothing|no|not|without|missing|never|pas|sin|ningún)\b"
    r"[^.!?\n]{0,40}\b(?:attach\w*|anhang|angehängt\w*|anlagen?|beigefügt|joint\w*|adjunt\w*)"
    r"|\b(?:will|['’]ll|going to|werde|wird)\b[^.!?\n]{0,80}\b(?:tomorrow|later|soon|next"
    r"|as soon as|(?:mon|tues|wednes|thurs|fri)day|morgen|später|nächste\w*|sobald|demain|mañana)\b"
)
"""Says that nothing was attached, or that something will be another day."""
_ANSWER = re.compile(r"(?:re|aw|antw|sv):", re.IGNORECASE)
_MORE = ("mark", "please_verb", "let_know", "q_you", "need_you", "give_me")


def standing_signals(document: Document, said: Said) -> Iterator[Signal]:
    """Yield ``attached_claim``, ``cancelled`` and ``thanks``, each a few times at most."""
    for kind, yes, no, sure in (
        ("attached_claim", "claim", "no_claim", 0.85),
        ("cancelled", "off", "not_off", 0.8),
    ):
        claim = kind == "attached_claim"
        there = (
            s
            for s, found in said
            if (yes in found and no not in found) or (claim and _ELSEWHERE.search(s.words))
            if not (claim and _NO_CLAIM.search(s.words))
        )
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
