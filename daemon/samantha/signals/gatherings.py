"""Mails about something to attend that name no hour: the day and the place as far as they are told.

A sentence that arranges on a day, a subject that names the occasion, a short answer in a thread
about one. The ``event`` that is given has no ``start``, so that nobody enters it by mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from samantha.api.types import Document, Mail, Signal
from samantha.signals.dates import Day, find_days
from samantha.signals.event_place import find_places
from samantha.signals.passages import seen
from samantha.signals.said import Said, Speech
from samantha.signals.sentences import Sentence

ARRANGED = frozenset(["meet_noun", "meet_core", "meet_verb", "meet_avail"])
NOUNS = frozenset(["meet_noun", "meet_core"])
PEOPLE = frozenset(["first", "first_many", "second"])
DAYED = frozenset(["weekday", "near_day", "dated"])
SURE = 0.6
"""Chance from which a sentence is taken to speak of a meeting."""
SURER = 0.85
"""The same where the subject names no occasion."""
BRIEF = 8
"""Sentences up to which a mail has one matter, that of its subject."""
SMALL = 14
"""Sentences up to which a mail speaks mainly of what its subject names."""

_ANSWER = re.compile(r"(?i)^(?:re|aw|antw|sv)\s*:")
_PREFIX = re.compile(r"(?i)^(?:(?:re|aw|fwd?|wg|antw|sv|updated|reminder)\s*:\s*)+")
_OCCASION = re.compile(
    # What people go to; a presentation or a call in a subject may as well be a file or a wish.
    r"(?i)\b(?:meetings?|lunch|dinner|breakfast|brunch|drinks|happy hour|party|picnic|bbq|barbecue"
    r"|get[- ]together|gathering|wedding|reception|reunion|celebration|workshop|seminar|orientation"
    r"|conference call|conf\.? call|telecon|kick[- ]?off|retreat|off-?site|open house|farewell"
    r"|shower|tournament|rehearsal|game night|movie night|coffee"
    r"|save the date|besprechung|treffen|sitzung|termin|mittagessen|abendessen|frühstück|\w*feier"
    r"|\w*fest|hochzeit|grillen|stammtisch|schulung|versammlung|kaffeetrinken|einladung)\b"
)
_COMES = re.compile(
    r"(?i)\b(?:(?:i|we)(?:'ll| will| can| can't| won't)(?: both| all)? "
    r"(?:be there|make it|come (?:by|over))"
    r"|(?:i'?m|we'?re|count (?:me|us)) in\b(?! )|see (?:you|u|ya|y'all) (?:there|at|tonight"
    r"|tomorrow|on \w+day)|bin dabei|wir sehen uns (?:dort|am|um))\b"
)
"""How people say that they come, whatever it is called."""
_ATTENDS = re.compile(
    r"(?i)\b(?:(?:i'?m|i am|we'?re|we are|count (?:me|us)) (?:definitely |still |all |not )*"
    r"(?:in|out|interested|there|game|coming|up for|down for|good (?:for|with)|free|available|busy"
    r"|booked|tied up|unable)"
    r"|(?:i|we|he|she|they)(?:'ll| will| can| can't| cannot| won't| could| would|'d| may| might)"
    r"(?: not)? (?:definitely |probably |both |all |love to |like to |be able to )*(?:be there|come"
    r"|make it|attend|join|be late|be coming|have to (?:pass|miss)|bring|miss it|do \w+day)"
    r"|(?:have|made|got) (?:\w+ ){0,2}plans|(?:appreciate|thanks? (?:you )?for) the invit\w+"
    r"|sounds (?:good|great|fun|like fun)|works for (?:me|us)|see (?:you|u|ya|y'all)|rain check"
    r"|(?:any ?time|that|then|tomorrow|noon|\w+day|\d ?[ap]\.?m\.?) (?:is|works|would be|sounds"
    r"|suits)(?: \w+)? ?(?:fine|good|great|ok|okay|perfect|best|me|us)?"
    r"|(?:bin|sind|wäre|wären) (?:gerne? )?dabei|komm(?:e|en) (?:\w+ )?gerne?"
    r"|(?:kann|können) leider|passt (?:mir|uns|gut)|klappt|(?:ab|zu)sagen|keine zeit"
    r"|danke für die einladung)\b"
)
"""How people say under the name of an occasion that they come, or that they do not."""
_NEAR = re.compile(r"(?i)\b(?:to(?:day|night|morrow)|this|heute|morgen|übermorgen)\b")
_PAPERS = re.compile(
    r"(?i)\b(?:minutes|notes|agenda|slides|handouts?|follow[- ]?up|summary|report|recap|materials?"
    r"|photos?|pictures|protokoll|unterlagen|folien|fotos|bilder)\b"
)
_OVER = re.compile(
    r"(?i)\b(?:yesterday|last (?:night|week|month|monday|tuesday|wednesday|thursday|friday)"
    r"|was held|attended|took place|gestern|letzte\w* (?:woche|monat)|fand .{0,30}statt|we had"
    r"|met with"
    # What can be fetched, or had for days, is no occasion.
    r"|(?:picked up|collected|abgeholt)"
    r"|available (?:\w+ ){0,4}(?:through|until|till|from|online|at http)"
    r"|verfügbar (?:\w+ ){0,3}(?:bis|ab))\b"
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What speaks for a gathering: where it is said, its day, how sure."""

    sentence: Sentence
    day: date | None
    confidence: float


def gatherings(
    document: Document,
    speech: Speech,
    timed: Sequence[Signal],
    spoken: Sequence[Signal],
    days: Sequence[Day],
    reference: date,
    language: str,
) -> Iterator[Signal]:
    """Yield one ``event`` without an hour where a mail without a timed one is about an occasion."""
    mail = document.mail
    if mail is None or not speech.said or any(s.kind == "event" for s in timed):
        return
    answer = bool(mail.in_reply_to or _ANSWER.match(mail.subject))
    # A firm's disclaimer below an answer is no advertising.
    if speech.bulk > answer:
        return
    sure = {s.start: s.confidence for s in spoken if s.kind == "event_sentence"}
    found = _arranged(speech, sure, days, reference) or _named(
        mail, speech, answer, sure, reference, language
    )
    if found is None:
        return
    spot = found.sentence.span
    place = next((p for p in find_places(document.text, (spot,)) if p.confidence >= 0.6), None)
    value = {
        "start": None,
        "end": None,
        "day": found.day.isoformat() if found.day else None,
        "location": place.name if place else "",
        "title": _PREFIX.sub("", mail.subject).strip()[:120],
    }
    yield seen(document.text, "event", value, spot, round(found.confidence, 3))


def _arranged(
    speech: Speech, sure: dict[int, float], days: Sequence[Day], reference: date
) -> _Seen | None:
    """Return the surest sentence that arranges something on a day that is not past."""
    best: _Seen | None = None
    for one in speech.said:
        chance = sure.get(one.sentence.start, 0.0)
        if chance < SURE or not (_arranging(one) and DAYED & one.cues.keys()):
            continue
        if _OVER.search(one.sentence.words) or "price" in one.cues:
            continue
        inside = [d.value for d in days if one.sentence.start <= d.start < one.sentence.end]
        ahead = [d for d in inside if d >= reference]
        if inside and not ahead:
            continue
        confidence = chance * (0.75 if ahead else 0.65)
        if best is None or confidence > best.confidence:
            best = _Seen(one.sentence, min(ahead, default=None), confidence)
    return best


def _arranging(one: Said) -> bool:
    """Tell whether an occasion is named, or people speak of when they meet or can."""
    if NOUNS & one.cues.keys():
        return True
    return bool(ARRANGED & one.cues.keys() and PEOPLE & one.cues.keys())


def _named(
    mail: Mail,
    speech: Speech,
    answer: bool,
    sure: dict[int, float],
    reference: date,
    language: str,
) -> _Seen | None:
    """Return what is said under a subject that names an occasion, or in short about one."""
    subject = _PREFIX.sub("", mail.subject)
    number = sum("service" not in one.cues for one in speech.said)
    if _PAPERS.search(subject) or number > SMALL:
        return None
    brief = number <= BRIEF
    occasion = _OCCASION.search(subject) is not None
    one = _surest(speech.said, sure, SURE if occasion else SURER)
    if one is None and answer and brief:
        says = _ATTENDS if occasion else _COMES
        one = next((s for s in speech.said if says.search(s.sentence.words)), None)
    if one is None or not (occasion or (answer and brief)):
        return None
    # "Today" in the subject of an answer was the day of the first mail.
    days = find_days(subject, ((0, len(subject)),), reference, language)
    if answer:
        days = tuple(d for d in days if not _NEAR.search(subject, d.start, d.end))
    ahead = [d.value for d in days if d.value >= reference]
    if days and not ahead:
        return None
    return _Seen(one.sentence, min(ahead, default=None), 0.5 if occasion else 0.4)


def _surest(said: Sequence[Said], sure: dict[int, float], least: float) -> Said | None:
    """Return the sentence that most likely speaks of an occasion, none of those about the past."""
    there = [
        one
        for one in said
        if sure.get(one.sentence.start, 0.0) >= least
        and (ARRANGED & one.cues.keys())
        and not _OVER.search(one.sentence.words)
    ]
    return max(there, key=lambda s: sure[s.sentence.start], default=None)
