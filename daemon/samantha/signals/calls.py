"""Open calls in mail: an outlet asks for literary work, until a day, to an address, within limits.

A call is believed only when several things come together: a sentence that asks, the kind of work
it asks for, and where or until when. Conferences, jobs, closed calls and mails that merely speak
of submissions do not have them, or say what they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from samantha.api.types import Document, Person, Signal
from samantha.signals import call_outlet as outlet
from samantha.signals.call_limits import find_limits
from samantha.signals.call_words import (
    ACADEMIC,
    ASKING,
    CLOSED,
    GENRES,
    JOB,
    LITERARY,
    NO,
    OPENER,
    STRONG,
)
from samantha.signals.day import Day
from samantha.signals.forwarded import passed_on, speaker
from samantha.signals.passages import Passages, Span, lowered, matches, mentions, seen, sentence

_WORKS = (
    "letter",
    "poe",
    "verse",
    "haiku",
    "sonnet",
    "stor",
    "fiction",
    "prose",
    "essay",
    "memoir",
    "novel",
    "chapbook",
    "tales",
    "manuscript",
    "narrative",
    "epistolary",
    "brief",
    "gedicht",
    "lyrik",
    "geschichte",
    "erzähl",
    "prosa",
    "reportage",
    "roman",
    "manuskript",
)
_ASKS = (
    "submi",
    "open call",
    "call for",
    "calls for",
    "contest",
    "competition",
    "prize",
    "award",
    "anthology",
    "seek",
    "invit",
    "welcome",
    "accept",
    "solicit",
    "reading",
    "send ",
    "looking for",
    "mail us",
    "ausschreib",
    "einsend",
    "einreich",
    "wettbewerb",
    "preis",
    "such",
    "gesucht",
    "anthologie",
    "beiträge",
    "nehmen",
    "laden",
    "lesen",
    "schicken",
    "erbitten",
    "literary",
    "reads",
    "wants",
    "requests",
    "collect",
    "need",
    "consider",
    "sammel",
)
_NOT_FROM = ("sent", "drafts", "spam", "trash")
_LABEL = re.compile(
    r"(?<![^\W\d_])(?:(?P<put_off>extended (?:to|until|till)|verlängert bis(?: zum)?|new deadline)"
    r"|(?P<sure>deadline|closing date|clos(?:es?|ing)(?: on| at midnight on)?|due (?:date|by|on)"
    r"|(?:submit|send|entries|submissions|received|postmarked)\b[^.\n]{0,50}?\b(?:by|before|until"
    r"|no later than)|open (?:until|through|till)|(?:reading (?:period|window)|window"
    r"|call)[^.\n]{0,60}\b(?:ends?|until|through|to)"
    r"|einsendeschluss|abgabeschluss|bewerbungsschluss|annahmeschluss|redaktionsschluss"
    r"|abgabetermin|stichtag|einsende(?:frist|termin)|einreichungsfrist|frist)"
    r"|(?P<some>by|until|before|through|no later than|bis(?: spätestens)?(?: zum"
    r"| einschließlich)?|spätestens(?: am| bis)?))(?![^\W\d_])",
    re.I,
)
_FIELDS = {
    "address": outlet.find_address,
    "formats": outlet.find_formats,
    "subject": outlet.find_subject,
    "anonymous": outlet.find_blind,
    "language": outlet.find_language,
    "themes": outlet.find_themes,
}
_SUBMISSION = re.compile(
    r"submi|send|entr|einsend|einreich|schick|contest|wettbewerb|call|ausschreib|anthol|\breads?\b"
    r"|\breading|\blesen\b|\bliest|\bsuch(?:en|t)\b|\bgesucht|\bn(?:immt|ehmen)\b|\bshare|collect|sammel|\breichen",
    re.I,
)
MIN_CONFIDENCE = 0.5


def open_calls(
    document: Document, within: Passages, days: tuple[Day, ...], reference: date
) -> Iterator[Signal]:
    """Find the open call in a mail's new text or in what it passes on; there is at most one."""
    mail = document.mail
    if document.media != "mail" or mail is None or mail.folder in _NOT_FROM:
        return
    text = document.text
    low = lowered(text, within)
    if not (mentions(low, _WORKS) and mentions(low, _ASKS)):
        return
    openers = list(matches(OPENER, text, within, 20))
    if not openers or any(True for _ in matches(CLOSED, text, within, 1)):
        return
    genres = _genres(text, within)
    if not genres:
        return
    opener = _opener(text, openers)
    found = _fields(document, within, days, genres, speaker(document, opener.start()))
    deadline = found.get("deadline")
    if deadline is not None and date.fromisoformat(str(deadline[0])) < reference:
        return
    confidence = _confidence(document, within, found, opener)
    if confidence < MIN_CONFIDENCE:
        return
    span = sentence(text, opener.start(), opener.end(), within)
    yield seen(text, "open_call", _value(text, within, found), span, confidence)


def _opener(text: str, openers: list[re.Match[str]]) -> re.Match[str]:
    """Take the sentence that asks most plainly."""
    return next((m for m in openers if STRONG.search(m[0])), openers[0])


def _genres(text: str, within: Passages) -> dict[str, Span]:
    """Return the kinds of work that are asked for, where each is named first."""
    found: dict[str, Span] = {}
    for genre, pattern in GENRES:
        for match in matches(pattern, text, within, 30):
            start, end = sentence(text, match.start(), match.end(), within, 200)
            said = text[start : match.start()]
            clause = re.split(r"[,;:.!?]| but | and | aber | und ", said)[-1]
            if NO.search(clause[-40:]) or not ASKING.search(text[start:end]):
                continue
            found[genre] = match.span()
            break
    return found


def _fields(
    document: Document,
    within: Passages,
    days: tuple[Day, ...],
    genres: dict[str, Span],
    sender: Person | None,
) -> dict[str, outlet.Quoted]:
    text = document.text
    found: dict[str, outlet.Quoted] = {"genres": (list(genres), next(iter(genres.values())))}
    name = outlet.find_name(document, within, sender)
    deadline = _deadline(text, within, days)
    if deadline is not None:
        found["deadline"] = deadline
    for field, find in _FIELDS.items():
        value = find(text, within)
        if value is not None:
            found[field] = value
    name = name or _by_domain(found.get("address"), sender, document)
    if name is not None:
        found["name"] = name
    for limit in find_limits(text, within):
        found[limit.field] = (limit.number, limit.span)
    return found


def _by_domain(
    address: outlet.Quoted | None, sender: Person | None, document: Document
) -> outlet.Quoted | None:
    """Name an outlet by its domain where a call was passed on without any other name."""
    own = document.mail.sender if document.mail else None
    if sender == own:
        return None
    said = str(address[0]) if address else sender.address if sender else ""
    domain = said.rpartition("@")[2]
    return (domain, address[1] if address else (0, 0)) if domain else None


def _deadline(text: str, within: Passages, days: tuple[Day, ...]) -> outlet.Quoted | None:
    """Return the closing day: put off, labelled, or a plain "by" in a sentence on sending."""
    best: tuple[int, int, outlet.Quoted] | None = None
    for match in matches(_LABEL, text, within, 80):
        near = [
            d for d in days if match.end() - 2 <= d.start <= match.end() + 50 or _overlaps(d, match)
        ]
        if not near:
            continue
        between = text[match.end() : max(match.end(), near[0].start)]
        if re.search(r"[.!?]\s+[A-ZÄÖÜ]|\n\s*\n", between):
            continue
        day = _last_of_range(near, text)
        if match["some"]:
            start, end = sentence(text, match.start(), day.end, within, 200)
            if not _SUBMISSION.search(text[start:end]):
                continue
        rank = 3 if match["put_off"] else 2 if match["sure"] else 1
        found = (
            rank,
            -match.start(),
            (day.value.isoformat(), (min(match.start(), day.start), day.end)),
        )
        if best is None or found[:2] > best[:2]:
            best = found
    return best[2] if best else None


def _overlaps(day: Day, match: re.Match[str]) -> bool:
    return day.start <= match.start() < day.end


def _last_of_range(near: list[Day], text: str) -> Day:
    """Take the end of "from 1 March to 31 May"."""
    if len(near) > 1 and re.fullmatch(
        r"\s*(?:-|–|to|until|through|and|bis(?: zum)?)\s*", text[near[0].end : near[1].start], re.I
    ):
        return near[1]
    return near[0]


def _confidence(
    document: Document, within: Passages, found: dict[str, outlet.Quoted], opener: re.Match[str]
) -> float:
    """Weigh what speaks for a call against what speaks for something else."""
    text = document.text
    where = [f for f in ("deadline", "address") if f in found]
    limits = [f for f in found if f.startswith(("max_", "min_"))]
    wishes = [f for f in ("formats", "subject", "anonymous", "language") if f in found]
    facts = len(where) + min(2, len(limits)) + min(1, len(wishes))
    if not where or facts < 2:
        return 0.0
    literary = {m[0].lower() for m in matches(LITERARY, text, within, 60)}
    academic = {m[0].lower() for m in matches(ACADEMIC, text, within, 60)}
    jobs = {m[0].lower() for m in matches(JOB, text, within, 60)}
    score = 0.35 + 0.1 * min(4, facts) + 0.05 * min(3, len(literary))
    score += 0.1 if STRONG.search(opener[0]) else 0.0
    score -= 0.2 * min(4, len(academic)) + 0.15 * min(3, len(jobs))
    if not literary and not limits:
        score -= 0.2
    mail = document.mail
    answers = mail is not None and (
        mail.in_reply_to or mail.subject.lower().startswith(("re:", "aw:"))
    )
    if answers and not passed_on(document, opener.start()):
        score -= 0.15
    return round(max(0.0, min(0.97, score)), 3)


def _value(text: str, within: Passages, found: dict[str, outlet.Quoted]) -> dict[str, object]:
    value: dict[str, object] = {"name": "", "address": "", "genres": []}
    quotes: dict[str, list[int]] = {}
    for field, (said, span) in found.items():
        value[field] = said
        if span[1] > span[0]:
            quotes[field] = list(sentence(text, span[0], span[1], within))
    value["quotes"] = quotes
    return value
