"""Appointments in mail and letters become calendar entries, with what they clash with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from samantha.api import (
    AddEvent,
    Appointment,
    Context,
    Document,
    Evidence,
    Moment,
    MomentKind,
    Plugin,
    Silence,
    Suggestion,
)

from .appointment import MOST, Found, read
from .moved import entered, moved_from, replaced, thing_of
from .papers import not_for_reader
from .silence import agreed, known, not_fixed, not_for_user, settled, too_late
from .wording import notes, title, why

_RULE_LENGTH = 200
_BOOKED = 0.6
"""From so sure a reservation on the plugin ``trips`` speaks of a document."""


@dataclass(frozen=True, slots=True)
class Config:
    """``[plugins.dates]``."""

    minutes: int = 60
    """Length of an entry whose end is not known; 0 for none."""
    least_confidence: float = 0.6
    """Silent where day and time were read less surely from a text."""
    deadlines: bool = True
    """Whether deadlines with an hour are entered too."""


def suggest(moment: Moment, context: Context) -> Iterator[Suggestion | Silence]:
    """Offer one entry for each appointment that came, or say why not."""
    if moment.kind is not MomentKind.DOCUMENTS:
        return
    offered: set[str] = set()
    for document in sorted(moment.documents, key=lambda d: (d.when, d.id)):
        proposal = agreed(document, context)
        source = proposal or document
        found = read(source, context.zone)
        for one in _answers(source, found, moment, context, proposal is not None):
            if isinstance(one, Suggestion):
                if one.thing in offered:
                    continue
                offered.add(one.thing)
                if proposal is not None:
                    one = _with(one, document)
            yield one


def _answers(
    document: Document, found: Sequence[Found], moment: Moment, context: Context, said_yes: bool
) -> Iterator[Suggestion | Silence]:
    if not found:
        return
    invited = any(f.invitation for f in found)
    if document.media == "mail":
        reason = not_for_user(document, context, invited=invited)
    else:
        reason = not_for_reader(document, found[0], context)
    reason = reason or _booked(document)
    if reason:
        yield Silence(document.id, reason)
        return
    if not invited and len(found) > MOST:
        yield Silence(document.id, f"a programme of {len(found)} dates, not an appointment")
        return
    for one in found:
        silent = _called_off(one) or _silent(one, moment, context, said_yes)
        if silent:
            gone = _called_off(one) or (settled(one, context) and not replaced(one, context))
            yield Silence(document.id, silent, one.thing if gone else "")
            continue
        yield _suggestion(one, moment, context, said_yes)


def _booked(document: Document) -> str:
    """Return that the times of a booking are for the plugin of bookings to offer."""
    sure = any(s.confidence >= _BOOKED for s in document.signals("reservation"))
    return "a booking: its times are offered as a trip" if sure else ""


def _called_off(found: Found) -> str:
    if found.method == "CANCEL" or found.status == "CANCELLED":
        return "it is cancelled"
    return ""


def _silent(found: Found, moment: Moment, context: Context, said_yes: bool) -> str:
    config: Config = context.config
    if found.method in ("REPLY", "COUNTER", "REFRESH"):
        return "an answer to an invitation"
    if found.deadline and not config.deadlines:
        return "a deadline"
    if not found.invitation and found.signal.confidence < config.least_confidence:
        return "not sure enough of day and time"
    if not said_yes and (open_still := not_fixed(found)):
        return open_still
    return (
        too_late(found, moment.now)
        or settled(found, context)
        or known(found, _calendar(found, context))
    )


def _calendar(found: Found, context: Context) -> Sequence[Appointment]:
    margin = timedelta(minutes=15)
    return context.library.events(found.start - margin, found.until(60) + margin)


def _clashes(found: Found, context: Context, minutes: int) -> list[Appointment]:
    if found.all_day or found.deadline:
        return []
    start, end = found.start, found.until(minutes)
    there = context.library.events(start, end)
    return [a for a in there if not a.all_day and a.start < end and a.end > start]


def _suggestion(found: Found, moment: Moment, context: Context, said_yes: bool) -> Suggestion:
    config: Config = context.config
    signal, zone = found.signal, context.zone
    first = moved_from(found, context)
    held = first if first is not None and entered(first, context) else None
    clashes = [
        a for a in _clashes(found, context, config.minutes) if not held or a.start != held.start
    ]
    length = timedelta(minutes=0 if found.deadline else config.minutes)
    end = found.end or (found.start + length if length and not found.all_day else None)
    rule = found.repeats if len(found.repeats) <= _RULE_LENGTH else ""
    sure = 0.85 if found.invitation else min(0.85, signal.confidence + 0.1 * said_yes)
    return Suggestion(
        kind="moved" if held else _kind(found),
        thing=thing_of(found, first, context),
        title=title(found, zone, moved=held is not None),
        why=why(found, clashes, said_yes, zone, held),
        evidence=(Evidence(found.document.id, signal.quote, signal.start, signal.end),),
        action=AddEvent(
            title=found.title or "Appointment",
            start=found.start,
            end=end if end and end > found.start else None,
            whole_day=found.all_day,
            zone=found.zone,
            location=found.place,
            notes=notes(found),
            repeats=rule,
        ),
        confidence=round(sure, 3),
        expires=None if found.repeats else found.end or found.start + timedelta(minutes=1),
        urgent=moment.now < found.start <= moment.now + timedelta(hours=20),
        sources=(found.document.id,),
    )


def _kind(found: Found) -> str:
    return "deadline" if found.deadline else "invitation" if found.invitation else "appointment"


def _with(one: Suggestion, answer: Document) -> Suggestion:
    """Add the user's own yes to what the offer rests on."""
    from dataclasses import replace

    body = next((r for r in answer.regions if r.role == "body"), None)
    start = body.start if body else 0
    end = min(start + 120, body.end if body else len(answer.text))
    quote = answer.text[start:end]
    said = (Evidence(answer.id, quote, start, end),) if quote else ()
    return replace(one, evidence=one.evidence + said, sources=(*one.sources, answer.id))


plugin = Plugin(Config, suggest)
