"""When a contract begins and ends: said as days, or as a term that counts from its beginning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from samantha.signals.clause_text import Clauses, Said
from samantha.signals.clause_words import Length, lengths
from samantha.signals.passages import Span

_LABELLED = re.compile(
    r"(?:effective|commencement|start(?:ing)?|inception|agreement|contract) date\b"
    r"[\"”’)]{0,2}(?: of (?:this|the) (?:agreement|contract|policy))?\s{0,2}(?:\(|:|is|means"
    r"|shall (?:be|mean)|of)?\s{0,3}$"
    r"|(?:vertragsbeginn|mietbeginn|versicherungsbeginn|laufzeitbeginn|\w*beginn|vertragsdatum"
    r"|abschlussdatum|bezug ab)\s?(?:ist|:)?"
    r" ?(?:der |am )?$",
    re.I,
)
_DEFINED = re.compile(r"[\s,]{0,3}\([^()]{0,60}(?:effective|commencement|start) date[\"”’)]", re.I)
_STARTING = re.compile(
    r"(?:effective|commenc\w+|begin\w*|start\w*|takes? effect|in (?:force|effect)|beginn\w*|gilt ab"
    r"|gültig ab|ab dem|läuft (?:seit|ab)|tritt)\s(?:(?!until|through|till|bis\b)\w+ ){0,2}?"
    r"(?:(?:as of|on|from|at|the|dem|am|ab|mit)\s){0,3}(?:(?:\w+ ){0,3}date of )?$",
    re.I,
)
_MADE = re.compile(
    r"(?:dated|made|entered into|executed|signed|date of this agreement|geschlossen|vom|datum)\b"
    r"[^.;]{0,90}?(?:\b(?:as of|on|effective|this|the|vom|am)\s{1,2}|:\s?|dated\s)(?:the |this )?$"
    r"|\bdated(?:,)? (?:as of )?$",
    re.I,
)
_ENDING = re.compile(
    r"(?<![^\W\d_])(?:expir\w+|terminat\w+|ends?|ending|conclud\w+|until|through|thru|to"
    r"|cease\w*|valid"
    r"|endet|ablauf\w*|läuft|bis|befristet|gültig)"
    r"(?:\s(?:automatically|and including|on|upon|at|as|of|or|about|the|midnight|close|business|to"
    r"|until|bis|zum|am|mit|einschließlich|spätestens|date|day)){0,6}[\s:]{1,3}$",
    re.I,
)
_END_LABEL = re.compile(
    r"(?:(?:expir(?:y|ation)|termination|end) date|(?:valid|expires?|good) (?:until|through|on)"
    r"|vertragsende|mietende|laufzeitende|gültig bis|ablaufdatum|läuft ab am)\b[\"”’)]{0,2}\s?"
    r"(?::|is|means|shall be|ist)?\s{0,3}$",
    re.I,
)
_OF_TERM = re.compile(
    r"\bterm\b(?!s of)|\bduration\b|this (?:\w+ ){0,3}?(?:agreement|contract|amendment|lease"
    r"|license"
    r"|policy|engagement|venture)|(?:agreement|contract|service period|subscription|membership)\b"
    r"|vertrag|laufzeit|mietverhältnis|vereinbarung|abonnement|mitgliedschaft",
    re.I,
)
_LASTING = re.compile(
    r"remain\w* (?:in )?(?:full )?(?:force|effect)|continue\w*|commence\w*|in effect|in force"
    r"|effective|unless (?:sooner|earlier)|terminated (?:earlier|sooner)|begin|shall (?:be|run"
    r"|extend)|laufzeit|läuft|dauer"
    r"|fest(?:e|en)? laufzeit|mindest(?:vertrags)?laufzeit|initial term|befristet|engagement",
    re.I,
)
_OTHER = re.compile(
    r"confidential|surviv|non-?compet|non-?solicit|warrant|insur|invoice|indemn|audit|records"
    r"|royalt"
    r"|escrow|arbitrat|after (?:the )?(?:termination|expiration|expiry)|following (?:the )?"
    r"(?:termination|expiration)|cure|breach|default|deliver|inspect|interest|payment|training"
    r"|geheim|verjähr|gewährleist|zahlung",
    re.I,
)
_EXTENDING = re.compile(
    r"renew\w*|exten(?:d|sion)\w*|successive|additional|verläng\w+|thereafter|option", re.I
)
_ANNIVERSARY = re.compile(
    r"(?P<n>first|second|third|fourth|fifth|sixth|seventh|tenth|\d{1,2}(?:st|nd|rd|th))"
    r"(?:\s?\(\d{1,2}(?:st|nd|rd|th)?\))?\s{1,3}(?:year )?anniversary",
    re.I,
)
_NAMES_TERM = re.compile(
    r"\bterm\b|(?:contract|agreement|licen[cs]e|initial|service|subscription|lease) period"
    r"|duration|laufzeit|dauer|vertrag\w*",
    re.I,
)
_TERM_IS = re.compile(
    r"\b(?:term|(?:contract|agreement|initial|service) period)\b[^.;]{0,70}\b(?:is|be|of|for|in)\s"
    r"(?:(?:an?|the|initial|period|of|fixed) ){0,4}$"
    r"|(?:force|effect|valid|continu\w+|runs?|lasts?)\b[^.;]{0,30}\bfor\s"
    r"(?:(?:an?|the|initial|further|period|of) ){0,4}$"
    r"|(?:laufzeit|dauer)\b[^.;]{0,40}?(?:beträgt|:|ist|von)\s(?:\w+ ){0,2}$",
    re.I,
)
_TERM_AFTER = re.compile(
    r"unless (?:sooner|earlier|previously|extended|terminated)|[\"“(]term[\"”)]|initial term"
    r"|from (?:and including )?(?:the|\d)|commencing|after the effective|ab vertragsbeginn"
    r"|\(the [\"“]",
    re.I,
)
_SORT_OF = re.compile(r"\s(?:initial )?(?:term|engagement|contract|agreement|lease|period)\b", re.I)
_FOR = re.compile(
    r"(?:for|of|is|be|in|until|beträgt|von|auf|:)(?: an?| the)?(?: \w+)?(?: period of| term of)?"
    r"(?: an?)?\s*$",
    re.I,
)
_NOTICE = re.compile(
    r"['’]?s?['’]?\s*\)?,? ?(?:prior|written|advance|notice|before|after (?:the )?(?:date|receipt)"
    r"|vor |frist|zum |(?:following|after|from) (?:the )?(?:first|launch|opening|deliver|complet))",
    re.I,
)
_RECURRING = re.compile(
    r"notice|within|every|each|kündig|binnen|innerhalb|frist|any\b|last|prior", re.I
)
_FROM = re.compile(r"\b(?:from|since|ab|seit|vom)(?: (?:and including|the|dem))?\s+$", re.I)
_PART = re.compile(r"\b(?:first|second|third|fourth|next|final|erste[nr]?)\s*$", re.I)
_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "tenth": 10,
}
_LEAST = 2.9
_TOP = 2_000
"""Code points at the beginning of a contract, where it tells its parties and its date."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A day in a contract's life, what says so, and how sure it is."""

    value: date
    span: Span
    confidence: float


@dataclass(frozen=True, slots=True)
class Term:
    """How long a contract runs at first, and where it is said."""

    length: Length
    sentence: Span
    score: float


def find_beginning(clauses: Clauses) -> tuple[Dated | None, Dated | None]:
    """Return the day on which a contract takes effect, and the day on which it was made.

    Where only one of them is said it stands for both.
    """
    effective: list[Dated] = []
    made: list[Dated] = []
    signed: list[Dated] = []
    for span in clauses.sentences:
        for day in clauses.days_in(*span):
            before = clauses.flat[max(span[0], day.start - 140) : day.start]
            after = clauses.flat[day.end : day.end + 90]
            quote = clauses.quote(span, day.start, day.end)
            if _DEFINED.match(after) or _LABELLED.search(before):
                effective.append(Dated(day.value, quote, 0.92))
            elif _STARTING.search(before) and _is_own(clauses, span, day):
                effective.append(Dated(day.value, quote, 0.85))
            elif _MADE.search(before) and _is_own(clauses, span, day):
                made.append(Dated(day.value, quote, 0.7))
            elif _signed(clauses, day, before) or _on_title_page(clauses, day):
                signed.append(Dated(day.value, quote, 0.55))
    best = max(effective, key=lambda d: (d.confidence, -d.span[0]), default=None)
    first = min(made, key=lambda d: d.span[0], default=None)
    first = first or max(signed, key=lambda d: d.value, default=None)
    return best or first, first or best


def _is_own(clauses: Clauses, span: Span, day: Said) -> bool:
    """Tell whether a day is one of this contract, not of another one that it speaks of."""
    before = clauses.flat[max(span[0], day.start - 140) : day.start]
    if re.search(r"\b(?:which|certain|whose|previous|prior|original|amends? that)\b", before, re.I):
        return False
    if re.match(
        r"[\s,]{0,2}\((?:the )?[\"“](?!effective|commence|start|agreement)[^\"”)]{0,40}"
        r"(?:agreement|contract|lease)",
        clauses.flat[day.end : day.end + 40],
        re.I,
    ):
        return False
    return day.start < _TOP or _OF_TERM.search(clauses.said(span)) is not None


def _on_title_page(clauses: Clauses, day: Said) -> bool:
    """Tell a date that stands alone in a line near the top."""
    line = clauses.text.rfind("\n", 0, day.start) + 1
    end = clauses.text.find("\n", day.end)
    around = clauses.text[line : day.start] + clauses.text[day.end : max(end, day.end)]
    return day.start < _TOP and not around.strip(" \t\u00a0.,")


def _signed(clauses: Clauses, day: Said, before: str) -> bool:
    """Tell a date beside a signature, in the last part of a contract."""
    late = day.start > 0.8 * len(clauses.flat)
    return late and re.search(r"\b(?:date|dated|datum)\s?:?\s{0,3}$", before, re.I) is not None


def find_ends(clauses: Clauses) -> Iterator[tuple[float, Dated]]:
    """Find the days on which a contract is said to end, each with its weight."""
    for number, span in enumerate(clauses.sentences):
        sentence = clauses.said(span)
        for day in clauses.days_in(*span):
            before = clauses.flat[max(span[0], day.start - 120) : day.start]
            labelled = _END_LABEL.search(before)
            if not labelled and not _ENDING.search(before):
                continue
            clause = re.split(r"[,;:](?!\d)", before)[-1]
            score = 2.0 + 2.0 * bool(_OF_TERM.search(sentence)) + 2.0 * bool(labelled)
            score += 0.7 * bool(_LASTING.search(sentence)) + 0.8 * _headed(clauses, number)
            ranged = re.search(
                r"\bfrom\b[^.;]{6,40}\b(?:to|through|until)\s(?:and including )?$", before
            )
            began = any(
                d.start < day.start and _STARTING.search(clauses.flat[span[0] : d.start])
                for d in clauses.days_in(span[0], day.start)
            )
            score += 1.0 * bool(ranged) + 1.5 * began - 1.5 * ("WHEREAS" in sentence)
            score -= 2.0 * bool(_OTHER.search(clause)) + 3.0 * bool(_EXTENDING.search(clause))
            score -= 3.0 * bool(re.search(r"\bnot(?:ice|ify)|prior|before", clause, re.I))
            yield score, Dated(day.value, clauses.quote(span, day.start, day.end), 0.0)


def find_term(clauses: Clauses) -> Term | None:
    """Return the length for which a contract first runs."""
    best: Term | None = None
    for number, span in enumerate(clauses.sentences):
        sentence = clauses.said(span)
        if not (_OF_TERM.search(sentence) or _headed(clauses, number)):
            continue
        for length in lengths(clauses.flat, *span):
            score = _term_score(clauses, number, span, length)
            if score >= _LEAST and (best is None or score > best.score):
                best = Term(length, span, score)
    return best


def _term_score(clauses: Clauses, number: int, span: Span, length: Length) -> float:
    """Weigh whether a length of time is the contract's first term, by the words around it."""
    before = clauses.flat[max(span[0], length.span[0] - 110) : length.span[0]]
    after = clauses.flat[length.span[1] : min(span[1], length.span[1] + 60)]
    clause = re.split(r"[,;](?!\d)", before)[-1]
    score = sum(
        weight
        for weight, found in (
            (1.2, _NAMES_TERM.search(before)),
            (1.0, _OF_TERM.search(clauses.said(span))),
            (1.2, _LASTING.search(before)),
            (1.5, _TERM_IS.search(before)),
            (0.8, _TERM_AFTER.search(after)),
            (1.2, _SORT_OF.match(after)),
            (0.6, _FOR.search(before)),
            (-2.5, _OTHER.search(clause + after[:30])),
            (-2.2, _EXTENDING.search(clause)),
            (-3.0, _NOTICE.match(after)),
            (-2.5, _RECURRING.search(clause[-25:])),
            (-2.0, _PART.search(before)),
        )
        if found
    )
    score += 1.0 * _headed(clauses, number)
    return score - 2.0 * (length.unit == "day" and length.number < 90)


def _headed(clauses: Clauses, number: int) -> bool:
    """Tell whether a sentence stands under, or begins with, a heading such as "Term"."""
    start, end = clauses.sentences[number]
    head = clauses.flat[max(0, start - 40) : min(end, start + 30)]
    return (
        re.search(
            r"\b(?:TERM|Term(?: of (?:the |this )?(?:Agreement|Contract))?|DURATION|Duration"
            r"|Laufzeit"
            r"|Vertragsdauer|Vertragslaufzeit|Dauer)\b\s?(?:[.:;\d–-]|and (?:Termination"
            r"|TERMINATION)"
            r"|AND TERMINATION|und Kündigung|[A-Z]|$)",
            head,
        )
        is not None
    )


def find_anniversary(clauses: Clauses, beginning: Dated | None, made: Dated | None) -> Dated | None:
    """Return the anniversary of the beginning on which a contract is said to end."""
    for span in clauses.sentences:
        match = _ANNIVERSARY.search(clauses.flat, *span)
        sentence = clauses.said(span)
        if match is None or not _OF_TERM.search(sentence):
            continue
        before = clauses.flat[span[0] : match.start()]
        if not re.search(r"\b(?:until|end|ending|expire\w*|terminate\w*|through)\b", before, re.I):
            continue
        of_making = re.match(
            r" of the date (?:of|hereof)", clauses.flat[match.end() : span[1]], re.I
        )
        base = made if of_making else beginning
        if base is None:
            continue
        number = _ORDINALS.get(match["n"].lower()) or int(re.sub(r"\D", "", match["n"]))
        value = Length(number, "year", match.span()).after(base.value)
        if value is not None:
            return Dated(value, clauses.quote(span, *match.span()), 0.8)
    return None


def find_expiry(
    clauses: Clauses, beginning: Dated | None, made: Dated | None, term: Term | None
) -> Dated | None:
    """Return when a contract ends unless it is renewed."""
    said = max(find_ends(clauses), key=lambda e: (e[0], -e[1].span[0]), default=None)
    if said is not None and said[0] >= 3.5 and (term is None or said[0] >= term.score - 0.5):
        return Dated(said[1].value, said[1].span, 0.9)
    anniversary = find_anniversary(clauses, beginning, made)
    if anniversary is not None:
        return anniversary
    if term is not None:
        start = _start_in(clauses, term) or (beginning.value if beginning else None)
        value = term.length.after(start) if start else None
        if value is not None:
            return Dated(value, clauses.quote(term.sentence, *term.length.span), 0.8)
    if said is not None and said[0] >= 2.9:
        return Dated(said[1].value, said[1].span, 0.6)
    return None


def _start_in(clauses: Clauses, term: Term) -> date | None:
    """Return the day from which a term counts where its own sentence names it."""
    days: list[Said] = clauses.days_in(*term.sentence)
    behind = [d for d in days if d.start >= term.length.span[1]]
    for day in [*behind, *days]:
        before = clauses.flat[max(term.sentence[0], day.start - 60) : day.start]
        at_once = 0 <= day.start - term.length.span[1] <= 30 and _FROM.search(before)
        if _STARTING.search(before) or at_once:
            return day.value
    return None
