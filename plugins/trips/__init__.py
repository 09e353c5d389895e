"""Bookings become calendar entries, with a folder of their tickets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from samantha.api import (
    AddEvent,
    Appointment,
    Context,
    Document,
    Evidence,
    Kind,
    Moment,
    MomentKind,
    Plugin,
    PrepareTrip,
    Silence,
    Suggestion,
)

from .booking import JOURNEYS, Booking, number_key, read, thing_of

_REMEMBERED = timedelta(days=400)
_UNWANTED = ("spam", "trash", "drafts", "sent")


@dataclass(frozen=True, slots=True)
class Config:
    """``[plugins.trips]``."""

    tickets: bool = True
    """Whether the mails and files of a booking are copied into a folder of the trip."""
    least_confidence: float = 0.6
    """Silent where a booking was read less surely."""


def suggest(moment: Moment, context: Context) -> Iterator[Suggestion | Silence]:
    """Offer the entries of each booking that came, or say why not."""
    if moment.kind is not MomentKind.DOCUMENTS:
        return
    offered: set[str] = set()
    for document in sorted(moment.documents, key=lambda d: (-d.when.timestamp(), d.id)):
        found = read(document, context.zone)
        if not found:
            continue
        thing = thing_of(found)
        silent = _silent(document, found, moment, context)
        if not silent and thing in offered:
            silent = "the same booking as in a newer document"
        if silent:
            gone = all(b.cancelled for b in found)
            yield Silence(document.id, silent, thing if gone else "")
            continue
        offered.add(thing)
        yield _suggestion(found, thing, moment, context)


def _silent(document: Document, found: list[Booking], moment: Moment, context: Context) -> str:
    config: Config = context.config
    mail = document.mail
    own = {a.lower() for a in context.identity.addresses}
    if mail is not None:
        if mail.folder in _UNWANTED or (mail.sender and mail.sender.address.lower() in own):
            return "not a mail you received"
        if mail.list_id or document.analysis.kind is Kind.NEWSLETTER:
            return "a mailing list or a newsletter"
    if all(b.cancelled for b in found):
        return "the booking is cancelled"
    if not any(b.signal.confidence >= config.least_confidence for b in found):
        return "not sure enough that it is a booking"
    if all(b.last <= moment.now for b in found):
        return "the trip is over"
    cancelled = _cancelled_later(document, found, context)
    return cancelled or _known(found, context)


def _cancelled_later(document: Document, found: list[Booking], context: Context) -> str:
    keys = {number_key(b.number) for b in found if len(number_key(b.number)) >= 4}
    for other in _others(document, keys, context):
        later = other.when > document.when
        if later and any(b.cancelled for b in read(other, context.zone)):
            return "the booking was cancelled later"
        if later and other.media == document.media:
            return "a newer mail about the same booking is there"
    return ""


def _others(document: Document, keys: set[str], context: Context) -> list[Document]:
    """Return the other documents of the same booking, by its number."""
    if not keys:
        return []
    since = document.when - _REMEMBERED
    found = context.library.documents(signal="reservation", since=since)
    return [
        d
        for d in found
        if d.id != document.id
        and any(number_key(b.number) in keys for b in read(d, context.zone))
        and not (d.mail and d.mail.folder in _UNWANTED)
    ]


def _known(found: Sequence[Booking], context: Context) -> str:
    wanted = [b for b in found if not b.cancelled]
    if all(_in_calendar(b, context) for b in wanted):
        return "it is in the calendar already"
    return ""


def _in_calendar(booking: Booking, context: Context) -> bool:
    near = timedelta(minutes=10)
    there = context.library.events(booking.start - near, booking.start + near)
    words = {w for w in f"{booking.come} {booking.go} {booking.name}".lower().split() if len(w) > 2}
    return any(
        abs(a.start - booking.start) <= (timedelta(days=1) if booking.whole_day else near)
        and words & set(f"{a.title} {a.location}".lower().replace(",", " ").split())
        for a in there
    )


def _suggestion(found: list[Booking], thing: str, moment: Moment, context: Context) -> Suggestion:
    config: Config = context.config
    document = found[0].document
    tongue = "de" if document.analysis.language == "de" else "en"
    legs = [b for b in found if not b.cancelled and b.last > moment.now]
    keys = {number_key(b.number) for b in legs if len(number_key(b.number)) >= 4}
    others = [d for d in _others(document, keys, context) if d.when <= document.when][:5]
    clashes = [a for b in legs for a in _clashes(b, context)]
    moved = _moved(legs, others, context)
    if any(_in_calendar(before, context) for _, before in moved):
        # The calendar has the old time, by a yes to the earlier offer: this one is another thing.
        thing = f"{thing} {moved[0][0].start:%Y-%m-%dT%H:%M}"
    tickets = tuple(d.id for d in (document, *others)) if config.tickets else ()
    first = legs[0]
    return Suggestion(
        kind="trip" if any(b.kind in JOURNEYS for b in legs) else "booking",
        thing=thing,
        title=_title(legs, tongue),
        why=_why(legs, clashes, moved, tongue, context),
        evidence=tuple(
            Evidence(document.id, b.signal.quote, b.signal.start, b.signal.end) for b in legs
        ),
        action=PrepareTrip(
            title=_folder(legs),
            entries=tuple(_entry(b, tongue, context) for b in legs),
            tickets=tickets,
        ),
        confidence=round(min(0.9, max(b.signal.confidence for b in legs)), 3),
        expires=max(b.last for b in legs),
        urgent=moment.now < first.start <= moment.now + timedelta(hours=24),
        sources=(document.id, *(d.id for d in others)),
    )


def _entry(booking: Booking, tongue: str, context: Context) -> AddEvent:
    start, end = booking.start, booking.end
    if booking.whole_day:
        start = datetime.combine(start.date(), time(), context.zone)
        end = datetime.combine(end.date(), time(), context.zone) if end else None
    told = "Buchungsnummer" if tongue == "de" else "Booking number"
    return AddEvent(
        title=booking.title(tongue),
        start=start,
        end=end if end and end > start else None,
        whole_day=booking.whole_day,
        zone=getattr(context.zone, "key", "") or "",
        location=booking.place,
        notes=f"{told}: {booking.number}" if booking.number else "",
    )


def _clashes(booking: Booking, context: Context) -> list[Appointment]:
    if booking.whole_day:
        return []
    there = context.library.events(booking.start, booking.last)
    return [a for a in there if not a.all_day and a.start < booking.last and a.end > booking.start]


def _moved(
    legs: Sequence[Booking], others: Sequence[Document], context: Context
) -> list[tuple[Booking, Booking]]:
    """Return the legs that another document of the booking gives another time, with that one."""
    found: list[tuple[Booking, Booking]] = []
    for other in others:
        for before in read(other, context.zone):
            leg = next((b for b in legs if _same_leg(b, before)), None)
            if leg is None or before.cancelled or leg.whole_day or before.whole_day:
                continue
            apart = abs(leg.start - before.start)
            if timedelta() < apart <= timedelta(days=2):
                found.append((leg, before))
    return found


def _same_leg(one: Booking, other: Booking) -> bool:
    if one.kind != other.kind:
        return False
    ends = (one.come, one.go) == (other.come, other.go)
    return one.name == other.name and ends if one.name and other.name else ends


def _title(legs: Sequence[Booking], tongue: str) -> str:
    first = legs[0]
    local = first.start  # The day where it begins, as the ticket says it.
    day = f"{local:%d.%m.}" if tongue == "de" else f"{local.day} {local:%b}"
    more = ""
    if len(legs) > 1:
        more = f" (+{len(legs) - 1})"
    room = 80 - len(day) - len(more) - 2
    name = first.title(tongue)
    return f"{name if len(name) <= room else name[: room - 1] + '…'}, {day}{more}"


def _folder(legs: Sequence[Booking]) -> str:
    first = legs[0]
    where = first.go if first.kind in JOURNEYS and first.go else first.name or first.place
    return f"{first.start:%Y-%m-%d} {where or first.kind}"[:100]


def _why(
    legs: Sequence[Booking],
    clashes: Sequence[Appointment],
    moved: Sequence[tuple[Booking, Booking]],
    tongue: str,
    context: Context,
) -> str:
    german, first = tongue == "de", legs[0]
    count = len(legs)
    what = "Einträge" if german else "entries"
    one = "Ein Eintrag" if german else "One entry"
    lines = [f"{count} {what}" if count > 1 else one]
    if first.number:
        lines[0] += f", {'Buchung' if german else 'booking'} {first.number}"
    lines[0] += "."
    if any(b.unwritten for b in legs):
        lines.append(
            "Aus dem Anhang gelesen (KItinerary); im Text steht es nicht."
            if german
            else "Read from the attachment by KItinerary; no text says it."
        )
    for _, before in moved[:2]:
        told = "Eine frühere Nachricht nannte" if german else "An earlier message said"
        lines.append(f"{told} {before.start:%d.%m. %H:%M}.")
    for other in clashes[:3]:
        told = "Überschneidet sich mit" if german else "It clashes with"
        at = other.start.astimezone(context.zone)
        lines.append(f"{told} “{other.title[:60]}” ({at:%d.%m. %H:%M}).")
    return " ".join(lines)


plugin = Plugin(Config, suggest)
