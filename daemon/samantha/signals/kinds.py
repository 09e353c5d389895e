"""What kind of document it is: rules of form score every kind, the head adds one opinion."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping

from samantha.api.types import Document, Kind, Signal
from samantha.signals.books import Book, opens_chapter
from samantha.signals.letterform import LetterForm
from samantha.signals.prose import Prose
from samantha.signals.shape import Shape
from samantha.signals.vocabulary import BUSINESS, CODE_LINE, LOG_LINE, NAMES, TERMS, Term
from samantha.signals.wording import words

Scores = dict[Kind, float]
_WORD = re.compile(r"\w+")
_CALLS = re.compile(
    r"(?i)[_*(]*(?=an? |eine? |une? |[^\W\d_]+ (?:by|von|par|por) )(?:an? |eine? |une? )?"
    r"(?:short |personal |kurze |longer )?([^\W\d_]{4,20})"
    r"(?: (?:by|von|par|por) [^\n]{3,50})?[_*)]*$"
)
"""“An essay by …”, “Erzählung”: what a piece calls itself below its title."""
_LEAST = 1.6
"""A kind needs as many points as two weak marks, or one strong one, give."""


class Seen:
    """All that the rules may look at, computed once."""

    __slots__ = ("book", "document", "form", "lower", "prose", "shape", "signals", "terms", "words")

    def __init__(
        self,
        document: Document,
        shape: Shape,
        form: LetterForm,
        prose: Prose,
        book: Book,
        signals: Iterable[Signal],
    ) -> None:
        self.document = document
        self.shape = shape
        self.form = form
        self.prose = prose
        self.book = book
        self.signals = frozenset(s.kind for s in signals)
        subject = document.mail.subject if document.mail else document.title
        self.lower = f"{subject[:300]}\n{shape.head[:5000]}\n{shape.tail[-1500:]}".casefold()
        self.words = frozenset(_WORD.findall(self.lower))
        self.terms: Scores = {kind: _hits(self, terms) for kind, terms in TERMS.items()}


def kind_of(seen: Seen, head: Mapping[Kind, float]) -> tuple[Kind, float]:
    """Return the kind and its confidence. ``head`` holds the model's probabilities, or nothing."""
    if seen.document.mail is not None:
        scores = _of_mail(seen)
    elif seen.document.format in ("ics", "vcf"):
        return (Kind.INVITATION if seen.document.format == "ics" else Kind.OTHER), 0.9
    else:
        scores = _of_file(seen)
    for kind, probability in head.items():
        # The model tells sources better than genres: it may tip a balance or help a weak mark,
        # never go against the form, and never make a letter.
        if kind in scores and kind is not Kind.LETTER and scores[kind] > -0.5:
            scores[kind] += 1.3 * probability
    return _best(scores)


def _best(scores: Scores) -> tuple[Kind, float]:
    ranked = sorted(scores.items(), key=lambda p: (-p[1], p[0]))
    (kind, first), (_, second) = ranked[0], ranked[1]
    if first < _LEAST:
        return Kind.OTHER, round(max(0.3, 0.6 - first / 8), 2)
    return kind, round(1 / (1 + math.exp(-0.9 * (first - max(second, _LEAST - 1)))), 2)


# --- mails ------------------------------------------------------------------------------------


def _of_mail(seen: Seen) -> Scores:
    mail = seen.document.mail
    assert mail is not None
    scores = {Kind.MAIL: 2.6, Kind.NEWSLETTER: _newsletter(seen)}
    reply = bool(mail.in_reply_to) or bool(
        re.match(r"\s*(?:re|aw|sv|antw)\s*:", mail.subject, re.I)
    )
    for kind in (Kind.INVOICE, Kind.RECEIPT, Kind.TICKET, Kind.INVITATION, Kind.CONTRACT):
        score = _by_terms(seen, kind)
        scores[kind] = score - (2.0 if reply or mail.list_id else 0.0)
    if any(a.media_type == "text/calendar" or a.name.endswith(".ics") for a in mail.attachments):
        scores[Kind.INVITATION] += 3.0
    return scores


def _newsletter(seen: Seen) -> float:
    mail = seen.document.mail
    assert mail is not None
    if mail.folder in ("sent", "drafts"):
        return 0.0
    score = 1.6 * seen.terms[Kind.NEWSLETTER]
    score += 1.8 * mail.list_unsubscribe + 1.0 * bool(mail.list_id) + 0.7 * mail.automatic
    talk = bool(mail.in_reply_to or mail.references) or mail.subject[:4].lower().startswith(
        ("re:", "aw:", "fwd", "fw:")
    )
    quoted = any(r.role == "quote" for r in seen.document.regions)
    return score - 2.6 * (talk or quoted)


# --- files ------------------------------------------------------------------------------------


def _of_file(seen: Seen) -> Scores:
    scores: Scores = {
        Kind.LETTER: _letter(seen),
        Kind.POEM: _poem(seen),
        Kind.STORY: _story(seen),
        Kind.ESSAY: _essay(seen),
        Kind.MANUSCRIPT: _manuscript(seen),
        Kind.NOTES: _notes(seen),
        Kind.CODE: _code(seen),
        Kind.NEWSLETTER: 1.3 * seen.terms[Kind.NEWSLETTER],
        Kind.MAIL: 3.0 * _saved_mail(seen),
    }
    for kind in (Kind.INVOICE, Kind.RECEIPT, Kind.CONTRACT, Kind.TICKET, Kind.INVITATION):
        scores[kind] = _by_terms(seen, kind)
    if seen.book.reason or seen.book.assembled:
        for kind in (Kind.LETTER, Kind.STORY, Kind.ESSAY, Kind.NOTES, Kind.POEM):
            scores[kind] = min(scores[kind], 1.0)
    return scores


def _named(seen: Seen, kind: Kind) -> float:
    """Score what a line below its title (3.5), its name (1.0) and its folders (0.8) call it."""
    words = NAMES.get(kind, frozenset())
    said = any(
        m[1].casefold() in words for line in seen.shape.lines[1:4] if (m := _CALLS.match(line))
    )
    score = 3.5 * said + 1.0 * bool(words & set(seen.shape.name))
    return score + 0.8 * any(words & set(f) for f in seen.shape.folders[:3])


def _letter(seen: Seen) -> float:
    form, prose, share = seen.form, seen.prose, seen.prose.share
    score = _named(seen, Kind.LETTER)
    score += 2.2 * bool(form.salutation) + 0.9 * bool(form.closing) + 0.5 * form.dateline
    score += 1.3 * bool(form.heading) + 0.4 * bool(form.signatures) + 0.5 * form.postscript
    score += min(2.0, 22 * min(share["you"], share["i"])) + min(0.8, 8 * share["you"])
    score -= 2.5 * (prose.bullets > 0.4) + 1.5 * (not form.salutation and prose.speech > 2.5)
    score -= 1.2 * (not form.salutation and not form.heading and prose.verse > 0.6)
    score -= 2.5 * (prose.words < 10)
    score -= BUSINESS.weight * BUSINESS.said(seen.words, seen.lower)
    formal = max(_by_terms(seen, kind) for kind in _FORMAL)
    return score - 1.2 * max(0.0, formal - 1.9)


def _poem(seen: Seen) -> float:
    score = _named(seen, Kind.POEM) + 3.2 * seen.prose.verse
    score -= 0.8 * bool(seen.form.heading and (seen.form.closing or seen.form.dateline))
    return score - 1.2 * bool(seen.form.salutation) - 0.8 * (seen.prose.words > 1500)


def _story(seen: Seen) -> float:
    prose, share = seen.prose, seen.prose.share
    if prose.words < 35:
        return _named(seen, Kind.STORY)
    score = _named(seen, Kind.STORY) + min(1.6, 0.9 * prose.speech)
    score += min(1.8, 26 * share["past"]) + min(0.9, 9 * share["they"])
    score -= 1.6 * bool(seen.form.salutation) + 2.0 * (prose.bullets > 0.3) + 2.0 * prose.verse
    return score - min(1.5, 20 * share["argue"])


def _essay(seen: Seen) -> float:
    prose, share = seen.prose, seen.prose.share
    if prose.words < 40:
        return _named(seen, Kind.ESSAY)
    score = _named(seen, Kind.ESSAY) + min(2.4, 55 * share["argue"]) + 0.5 * (prose.words > 300)
    score -= 1.8 * bool(seen.form.salutation) + min(1.5, 0.8 * prose.speech)
    score -= 2.0 * (prose.bullets > 0.3) + 2.0 * prose.verse + min(1.2, 12 * share["past"])
    return score


def _manuscript(seen: Seen) -> float:
    score = _named(seen, Kind.MANUSCRIPT)
    if seen.book.reason or seen.book.assembled:
        score += 2.5
    if opens_chapter(seen.shape.lines) and seen.prose.words > 25:
        score += 3.2
    return score + 1.0 * (seen.shape.words > 15_000) - 1.5 * (seen.prose.words < 25)


def _notes(seen: Seen) -> float:
    prose = seen.prose
    score = 1.4 * _named(seen, Kind.NOTES) + 3.0 * (prose.checkboxes > 0)
    score += 4.0 * max(0.0, prose.bullets - 0.15)
    short = sum(len(x.split()) <= 6 for x in prose.lines) / max(len(prose.lines), 1)
    loose = sum(x[-1:] not in '.!?"”:,' for x in prose.lines) / max(len(prose.lines), 1)
    score += 1.2 * (short > 0.6 and loose > 0.6 and prose.verse < 0.5)
    score += 1.7 * _jotted(seen)
    return score - 1.5 * bool(seen.form.salutation)


def _jotted(seen: Seen) -> bool:
    """Tell words jotted down one after the other: commas, hardly a sentence."""
    text = seen.shape.head[:600].strip()
    commas = text.count(", ") + text.count(" + ")
    return seen.prose.words < 80 and commas >= 4 and not re.search(r"[.!]\s+[A-ZÄÖÜ]", text)


def _code(seen: Seen) -> float:
    lines = seen.prose.lines[:200]
    if len(lines) < 2:
        return 0.0
    code = sum(bool(CODE_LINE.search(x)) for x in lines) / len(lines)
    log = sum(bool(LOG_LINE.match(x)) for x in lines) / len(lines)
    named = _named(seen, Kind.CODE)
    return 7.0 * max(code - 0.08, 0) + 7.0 * max(log - 0.1, 0) + named


def _saved_mail(seen: Seen) -> bool:
    first = [x.casefold() for x in seen.shape.lines[:8]]
    keys = ("from:", "to:", "subject:", "date:", "sent:", "von:", "an:", "betreff:", "gesendet:")
    return sum(x.startswith(keys) for x in first) >= 3


# --- words ------------------------------------------------------------------------------------


def _hits(seen: Seen, terms: tuple[Term, ...]) -> float:
    """Return the weights of what a document's beginning and end say, each term once."""
    return sum(t.weight for t in terms if t.said(seen.words, seen.lower))


_SIGNALS: Mapping[Kind, tuple[tuple[str, float], ...]] = {
    Kind.INVOICE: (("invoice_number", 1.2), ("amount_due", 0.9), ("due_date", 0.6), ("iban", 0.6)),
    Kind.RECEIPT: (("paid", 0.8), ("amount", 0.3)),
    Kind.CONTRACT: (("notice_period", 1.2), ("renewal_term", 0.8), ("effective_date", 0.6)),
}
_FORMAL = (Kind.INVOICE, Kind.CONTRACT, Kind.RECEIPT, Kind.TICKET)
_TILL = words("cash cashier change tendered rounding visa mastercard counter rm kasse")
_OWN_RULE: Mapping[Kind, Callable[[Seen], float]] = {
    Kind.RECEIPT: lambda s: -0.8 * ("due_date" in s.signals) - 0.5 * ("iban" in s.signals),
    # A till prints “tax invoice” on what has been paid.
    Kind.INVOICE: lambda s: -1.8 * (not _TILL.isdisjoint(s.words) and "due_date" not in s.signals),
    Kind.CONTRACT: lambda s: -0.7 * (s.shape.words < 60),
}


def _by_terms(seen: Seen, kind: Kind) -> float:
    score = seen.terms[kind] + 0.8 * _named(seen, kind)
    score += sum(weight for name, weight in _SIGNALS.get(kind, ()) if name in seen.signals)
    own = _OWN_RULE.get(kind)
    return score + (own(seen) if own and score > 0 else 0.0)
