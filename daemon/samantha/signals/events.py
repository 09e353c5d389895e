"""Events in free text: a day, a time of day and a place that belong together.

Announcements with labelled lines ("Time:", "Where:"), invitations in a sentence ("let's meet
Tuesday 3pm in room 5") and deadlines with an hour. Invitations as calendar files are read by
``events_calendar``; whether somebody should be told is a plugin's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone

from samantha.api.types import Document, Signal
from samantha.signals.dates import find_days
from samantha.signals.day import Day
from samantha.signals.event_clocks import DATE_LABEL, as_changed, due, loose, stamped, written
from samantha.signals.event_place import Place, find_places
from samantha.signals.passages import Passages, Span, seen, sentence
from samantha.signals.times import Clock, find_times

SHOWN = 8
"""Events that are kept of one document."""
LEAST = 0.3
"""Confidence from which a time is an event."""
AD_COST = 0.25
"""Confidence lost for each mark of advertising, where no label says that it is the time."""

_WHEN = re.compile(
    r"(?i)(?:^|\n)[ \t>*|]*(?:when|time|wann|zeit|uhrzeit|beginn|termin|hours?)\b[^\n:]{0,12}[:\t-]"
)
_ASIDE = re.compile(
    r"(?i)\b(?:refreshments?|reception|coffee|cookies|doors|register|registration|check[- ]?in"
    r"|rsvp|sign[- ]?up|parking|shuttle|bus leaves|office hours?|open(?:ing)? hours?|öffnungszeiten"
    r"|hotline|call me|reach me|contact|einlass|anmeldung|kaffee|appointments?|followed by)\b"
)
_MEETING = re.compile(
    r"(?i)\b(?:meet(?:ing|ings)?|seminar|lecture|talk|colloquium|workshop|conference|call"
    r"|lunch|dinner|breakfast"
    r"|brunch|drinks|happy hour|party|interview|appointment|session|presentation|presentations"
    r"|orientation|class|training"
    r"|concert|game|event|celebration|ceremony|rehearsal|demo|webinar|briefing|gathering|reception"
    r"|clinic|simulation|drill|hearing|screening|audition|fair|exhibition|match|funeral|memorial"
    r"|open house|defen[sc]e|speak(?:er)?|tour|visit|show|scheduled|rescheduled|invited?|invitation"
    r"|besprechung|termin|treffen|sitzung|vortrag|konferenz|mittagessen|abendessen|frühstück|feier"
    r"|vorstellung|probe|kurs|schulung|gespräch|telefonat|versammlung|konzert|lesung|führung"
    r"|seminare?"
    r"|rendez-vous|réunions?|déjeuner|dîner|entretien|séance|reunión|cita|almuerzo|cena|visita"
    r"|einladung|eingeladen|treffen wir uns|sehen wir uns|see you|get together|come by|stop by"
    r"|drop by|meet up)\b"
)
_ENDS = re.compile(
    r"(?i)(?:\b(?:until|till|ending|ends|over by|completed by|by|bis|before)"
    r"(?: (?:around|about|etwa))?|\( ?[-–]) *$"
)
_TERMS = re.compile(
    r"(?i)\b(?:purchase|offer|valid|expires?|subscri\w+|book by|sale|% off|discount|rabatt"
    r"|angebot|gültig"
    r"|pacific time|eastern time|\bet\)|tv\b|live from)"
)
_PAST = re.compile(
    r"(?i)\b(?:yesterday|gestern|last (?:night|week|monday|tuesday|wednesday|thursday|friday)"
    r"|was held"
    r"|as of|took place|fand .{0,30} statt|market|closed at|nyse|nasdaq)\b"
)


@dataclass(frozen=True, slots=True)
class Found:
    """One event as it stands in the text."""

    day: date
    clock: Clock
    place: Place | None
    span: Span
    confidence: float
    deadline: bool = False
    labelled: bool = False
    """Its line says that it is the time ("Time: 3 pm")."""


@dataclass(frozen=True, slots=True)
class _Timed:
    """A time of day with the day it belongs to and how much speaks for it."""

    clock: Clock
    day: Day | None
    score: float
    labelled: bool


def events(
    document: Document,
    within: Passages,
    days: Sequence[Day],
    reference: date,
    language: str,
    bulk: int = 0,
    spoken: Sequence[Span] = (),
) -> Iterator[Signal]:
    """Return the events and deadlines of the new text of a document, the surest first.

    ``bulk`` counts what marks it as advertising, whose times are seldom those of a visit;
    ``spoken`` are the sentences that speak of a meeting, whatever they call it.
    """
    text = document.text
    subject = document.mail.subject if document.mail else document.title
    named = find_days(subject, ((0, len(subject)),), reference, language) if subject else ()
    if _MEETING.search(subject):
        spoken = ((0, len(text)),)
    found = find_events(text, within, days, named, reference, language, spoken)
    title = _title(document)
    for one in found[:SHOWN]:
        value: dict[str, object] = {
            "start": _moment(one.day, one.clock.start, one.clock),
            "end": _moment(one.day, one.clock.end, one.clock) if one.clock.end else None,
            "location": one.place.name if one.place else "",
            "title": title or _first_words(text, one.span),
        }
        kind = "deadline" if one.deadline else "event"
        confidence = one.confidence - (0.0 if one.labelled else AD_COST * bulk)
        if confidence >= LEAST:
            yield seen(text, kind, value, one.span, confidence)


def find_events(
    text: str,
    within: Passages,
    days: Sequence[Day],
    named: Sequence[Day],
    reference: date,
    language: str,
    spoken: Sequence[Span] = (),
) -> list[Found]:
    """Return the events of a text; ``named`` are the days of its subject line."""
    read = (
        c
        for c in find_times(text, within, language)
        if not (stamped(text, c.span[0]) or written(text, c.span) or loose(text, c))
    )
    clocks = [as_changed(text, c) for c in read]
    own = [d for d in days if not stamped(text, d.start)]
    if not clocks:
        return []
    timed = [_timed(text, c, own, named, within) for c in clocks]
    places = find_places(text, within)
    return _best(text, timed, places, within, reference, spoken)


def _timed(
    text: str, clock: Clock, days: Sequence[Day], named: Sequence[Day], within: Passages
) -> _Timed:
    start, end = clock.span
    line_start, line_end = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    low, high = sentence(text, start, end, within)
    around = text[low:high]
    score = clock.confidence
    labelled = bool(_WHEN.match("\n" + line))
    score += 0.5 * labelled
    score += 0.1 if _MEETING.search(around) else 0.0
    before = text[max(low, start - 60) : start]
    score -= 0.6 if _ASIDE.search(before.rpartition(";")[2].rpartition("), ")[2]) else 0.0
    score -= 0.5 if _ENDS.search(before) else 0.0
    score -= 0.4 if _TERMS.search(around) else 0.0
    score -= 0.4 if _PAST.search(around) else 0.0
    day = _day_of(text, clock.span, (line_start, line_start + len(line)), (low, high), days, named)
    score += 0.15 if day is not None and low <= day.start < high else 0.0
    return _Timed(clock, day, score, labelled)


def _day_of(
    text: str,
    at: Span,
    line: Span,
    said: Span,
    days: Sequence[Day],
    named: Sequence[Day],
) -> Day | None:
    """Return the day that a time belongs to: of its line, its sentence, a label, what precedes."""
    for low, high in (line, said, (at[0] - 160, at[1] + 120)):
        near = [d for d in days if low <= d.start < high]
        if near:
            return min(near, key=lambda d: (_gap(d, at), -d.confidence))
    for day in days:
        before = text[text.rfind("\n", 0, day.start) + 1 : day.start]
        if DATE_LABEL.match(before):
            return day
    earlier = [d for d in days if d.start < at[0]]
    if earlier:
        return earlier[-1]
    return next(iter(named), None) or next(iter(days), None)


def _gap(day: Day, at: Span) -> int:
    return at[0] - day.end if day.end <= at[0] else day.start - at[1] + 8


def _best(
    text: str,
    timed: list[_Timed],
    places: Sequence[Place],
    within: Passages,
    reference: date,
    spoken: Sequence[Span],
) -> list[Found]:
    """Return one event for each day and time that holds its own beside the surest."""
    top = max(t.score for t in timed)
    found: dict[tuple[date, time], Found] = {}
    for one in sorted(timed, key=lambda t: (-t.score, t.clock.span)):
        day = one.day.value if one.day else reference
        low, high = sentence(text, *one.clock.span, within)
        around = text[low:high]
        near = text[max(0, low - 300) : high + 120]
        meeting = bool(_MEETING.search(around) or _MEETING.search(near))
        meeting = meeting or any(a < high and b > low for a, b in spoken)
        deadline = not _MEETING.search(around) and due(text, one.clock.span, around)
        confidence = min(0.95, 0.35 * one.score + 0.2 * (one.day is not None) + 0.2 * meeting + 0.1)
        if (
            one.score < top - 0.45
            or confidence < LEAST
            or not (meeting or deadline or one.labelled or one.day)
        ):
            continue
        same = next((k for k in found if k[1] == one.clock.start), None)
        other_day = one.day is None or (same is not None and same[0] == day)
        if same is not None and (other_day or (one.day is not None and one.day.confidence < 0.6)):
            found[same] = _joined(found[same], one.clock)
            continue
        found[day, one.clock.start] = Found(
            day, one.clock, None, (low, high), confidence, deadline, one.labelled
        )
    placed = [_placed(text, one, timed, places, within) for one in found.values()]
    return sorted(placed, key=lambda f: -f.confidence)


def _placed(
    text: str, event: Found, timed: Sequence[_Timed], places: Sequence[Place], within: Passages
) -> Found:
    """Give an event the place that stands best by any mention of its time."""
    spans = [t.clock.span for t in timed if t.clock.start == event.clock.start and t.score > 0.3]
    offers = [
        one
        for at in (spans or [event.clock.span])
        if (one := _place_of(text, at, sentence(text, *at, within), places)) is not None
    ]
    best = max(offers, key=lambda o: o[0], default=None)
    return replace(event, place=best[1]) if best else event


def _joined(known: Found, clock: Clock) -> Found:
    """Take the end of a stretch that the same event has elsewhere."""
    if known.clock.end or not clock.end:
        return known
    return replace(known, clock=replace(known.clock, end=clock.end))


def _place_of(
    text: str, at: Span, said: Span, places: Sequence[Place]
) -> tuple[float, Place] | None:
    """Return the place nearest in sense: a label, the same sentence, the next lines."""

    def worth(place: Place) -> float:
        inside = said[0] - 2 <= place.span[0] < said[1] + 2
        gap = place.span[0] - at[1] if place.span[0] >= at[1] else at[0] - place.span[1] + 40
        near = max(0.0, 0.5 - gap / 600)
        return place.confidence + 0.4 * inside + near + 0.4 * place.labelled

    best = max(places, key=worth, default=None)
    return (worth(best), best) if best is not None and worth(best) >= 0.75 else None


def _moment(day: date, at: time, clock: Clock) -> str:
    """Return ISO 8601: the wall clock, with the offset where the text names a zone."""
    moment = datetime.combine(day, at)
    if clock.end == at and clock.end < clock.start:
        moment += timedelta(days=1)
    if clock.offset_minutes is not None:
        moment = moment.replace(tzinfo=timezone(timedelta(minutes=clock.offset_minutes)))
    return moment.isoformat()


_TOPIC = re.compile(
    r"(?im)^[ \t]*(?:topic|subject|title|betreff|thema|titel|event|what|was)[ \t]*:[ \t]*"
    r"(\S[^\n]{2,120})"
)
_PREFIX = re.compile(
    r"(?i)^(?:(?:re|aw|fwd?|wg|antw|updated|reminder|invitation|einladung)\s*:\s*)+"
)


def _title(document: Document) -> str:
    if document.mail is not None:
        return _PREFIX.sub("", document.mail.subject).strip()[:120]
    topic = _TOPIC.search(document.text[:4_000])
    return " ".join((topic[1] if topic else document.title).split())[:120]


def _first_words(text: str, span: Span) -> str:
    words = " ".join(text[span[0] : span[1]].split())
    return words if len(words) <= 80 else words[:79].rstrip() + "…"
