"""What happens when a term is over: renewed by itself, for how long, unless told by when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from samantha.signals.clause_text import Clauses
from samantha.signals.clause_words import Length, adverbs, lengths
from samantha.signals.passages import Span

_RENEWS = re.compile(
    r"(?<![^\W\d_])(?:(?:auto-?)?renew(?:s|ed|al|als|able|ing)?|exten(?:d|ds|ded|sion|sions)"
    r"|continue\w* (?:on a )?month[- ]to[- ]month|rolls? over"
    r"|continue\w* automatically|thereafter (?:\w+ ){0,4}continue|prolong\w*"
    r"|verlänger(?:t|n|ung)\w*|wird fortgesetzt|reconduit\w*|reconduction|renouvel\w*|renueva\w*"
    r"|renovar\w*|prórroga|prorrog\w*)(?![^\W\d_])",
    re.I,
)
_AUTOMATIC = re.compile(
    r"automatic\w*|auto-?renew|unless (?:\w+ ){0,6}(?:notif|notice|cancel|terminat|elect|deliver"
    r"|give)"
    r"|(?:sonst|andernfalls)\b[^.]{0,20}verlänger|month[- ]to[- ]month|verlängert (?:er |sie "
    r"|es )?sich|evergreen|stillschweigend|tacit\w*|tácit\w*|sauf résiliation|automáticamente"
    r"|automatisch|(?:sofern|wenn|falls)\b[^.]{0,120}\bgekündigt"
    r"|shall (?:be )?renew|will (?:be )?renew|renews\b",
    re.I,
)
_THE_TERM = re.compile(
    r"\bterm\b|agreement|contract|period|subscription|membership|polic|lease|license|maintenance"
    r"|\b(?:er|sie|es) verlängert|verlängert (?:er|sie|es)|\bit (?:\w+ )?renew"
    r"|\bil (?:sera|est)\b|\bcontrat|\bcontrato|\bse renueva|suscripción|bezug|zeitraum|vertrag"
    r"|laufzeit|abo\b|abonnement|mitgliedschaft|mietverhältnis",
    re.I,
)
_NOTICE_AFTER = re.compile(
    r"['’]?s?['’]?\s*\)?,?\s(?:(?:or more|in advance|written|advance|prior|of|the) ?){0,3}"
    r"(?:notice|notification|prior|before|in advance|advance|vor |zum |vorher)",
    re.I,
)
_NOTICE_BEFORE = re.compile(
    r"(?:notice (?:period )?(?:of|is|:)|notice (?:of )?(?:not less than|at least)"
    r"|kündigungsfrist(?: von| beträgt|:| ist)?|préavis de|preaviso de|mit einer frist von"
    r"|frist von"
    r"|(?:at least|less than|later than|minimum of|more than|mindestens|spätestens))\s{1,2}"
    r"(?:mindestens |at least )?(?:an? )?$",
    re.I,
)
_ABOUT_END = re.compile(
    r"not (?:to )?(?:be )?(?:renew|extend)|non-?renew|elect\w* not|intent\w*|terminat\w*|cancel\w*"
    r"|such notice|résili\w*|cancelar|kündig\w*|kündbar|desire|expir\w*|end of",
    re.I,
)
_LABEL = re.compile(r"(?:kündigungsfrist\w*|notice period|cancellation period)", re.I)
_BEARING = re.compile(
    r"\bpréavis|\bpreaviso|\bnotice (?:of|to)\b|notif|cancel|kündig|kündbar|terminat"
    r"|not to renew|notice",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Renewal:
    """What becomes of a contract after its term; parts that it does not say are None."""

    automatic: bool
    length: Length | None
    sentence: Span | None
    notice: Length | None
    notice_sentence: Span | None


def find_renewal(clauses: Clauses, first: Length | None) -> Renewal:
    """Return how a contract renews; ``first`` is its first term, which may be repeated."""
    best: tuple[float, Length | None, Span, int] | None = None
    for number, span in enumerate(clauses.sentences):
        match = _RENEWS.search(clauses.flat, *span)
        sentence = clauses.said(span)
        if match is None or not _THE_TERM.search(sentence):
            continue
        length = _renewal_length(clauses, span, match.start())
        score = 1.0 + 1.0 * bool(_AUTOMATIC.search(sentence)) + 1.5 * (length is not None)
        score += 0.5 * bool(
            re.search(r"successive|additional|further|jeweils|weitere", sentence, re.I)
        )
        if best is None or score > best[0]:
            best = (score, length, span, number)
    if best is None or best[0] < 2.0:
        notice, where = _labelled(clauses)
        return Renewal(False, None, None, notice, where)
    _, length, span, number = best
    automatic = _AUTOMATIC.search(clauses.said(span)) is not None
    notice, where = _notice(clauses, number)
    if notice is None:
        notice, where = _labelled(clauses)
    if length is None and re.search(r"automat|auto-?renew|stillschw", clauses.said(span), re.I):
        length = first
    return Renewal(automatic, length, span, notice, where)


def _renewal_length(clauses: Clauses, span: Span, start: int) -> Length | None:
    """Return the first length behind the word "renew" that is no notice; before it at a pinch."""
    for low, high in ((start, span[1]), (span[0], start)):
        for length in lengths(clauses.flat, low, high):
            ahead = clauses.flat[max(low, length.span[0] - 12) : length.span[0]]
            if ahead.endswith(("within ", "innerhalb von ")):
                continue
            if not _is_notice(clauses, length, span) and length.unit != "day":
                behind = clauses.flat[length.span[1] : length.span[1] + 40]
                if low == start or re.match(r"\s?(?:terms?|periods?|renewal|extension)", behind):
                    return length
        if low == start:
            found = next(iter(adverbs(clauses.flat, low, high)), None)
            if found is not None:
                return found
    return None


def _is_notice(clauses: Clauses, length: Length, span: Span) -> bool:
    before = clauses.flat[max(span[0], length.span[0] - 40) : length.span[0]]
    after = clauses.flat[length.span[1] : min(span[1], length.span[1] + 60)]
    return bool(_NOTICE_AFTER.match(after) or _NOTICE_BEFORE.search(before))


def _notice(clauses: Clauses, number: int) -> tuple[Length | None, Span | None]:
    """Return the notice that stops a renewal: in its sentence, or in the one beside it."""
    for at in (number, number + 1, number - 1):
        if not 0 <= at < len(clauses.sentences):
            continue
        span = clauses.sentences[at]
        sentence = clauses.said(span)
        if at != number and re.search(r"with cause|for cause|breach|default", sentence, re.I):
            continue
        if not _ABOUT_END.search(sentence) or not _BEARING.search(sentence):
            continue
        for length in lengths(clauses.flat, *span):
            if _is_notice(clauses, length, span):
                return length, span
    return None, None


def _labelled(clauses: Clauses) -> tuple[Length | None, Span | None]:
    for span in clauses.sentences:
        match = _LABEL.search(clauses.flat, *span)
        if match is None:
            continue
        for length in _near(clauses, match.start(), span[1]):
            return length, span
    return None, None


def _near(clauses: Clauses, start: int, end: int) -> Iterator[Length]:
    yield from lengths(clauses.flat, start, min(end, start + 90))
