"""Reservations: what markup, a calendar, a wallet pass or a ticket's code says, else own rules.

Markup is written below the text by the reader (``workers.reading.bookings``) in lines of its own,
and so is what KItinerary's extractor finds, where it is installed. Where markup tells nothing, and
for the kinds of booking that the extractor does not know there, the rules know flights by places
with their codes, journeys by two stops of a timetable or by fields, and rooms, cars and tables by a
day that begins and one that ends them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from samantha.api.types import Document, Signal
from samantha.signals.day import Day, real_date
from samantha.signals.literals import possible
from samantha.signals.passages import Span, seen
from samantha.signals.reservation_cars import cars
from samantha.signals.reservation_codes import boarding_pass, coded
from samantha.signals.reservation_events import ticketed
from samantha.signals.reservation_fields import journeys_by_fields
from samantha.signals.reservation_flights import flights
from samantha.signals.reservation_journeys import journeys
from samantha.signals.reservation_marked import extracted, marked, without_extracted
from samantha.signals.reservation_routes import routes
from samantha.signals.reservation_stays import NIGHTS, stays
from samantha.signals.reservation_words import (
    BOOKED,
    CANCELLED,
    NUMBER,
    Told,
    clocks,
    kind_by_words,
)

SHOWN = 12
_FULL = re.compile(r"(?:19|20)\d\d")


def reservations(
    document: Document, days: Sequence[Day], language: str, reference: date
) -> Iterator[Signal]:
    """Return what was booked, each once: by markup, by KItinerary, or as the text says."""
    told = list(marked(document))[:SHOWN]
    yield from told
    if any(s.kind == "reservation" for s in told):
        return
    found = list(_in_text(document, days, language, reference))
    own = [seen(document.text, "reservation", value, span, sure) for value, span, sure in found]
    read = [_filled(one, own) for one in extracted(document)]
    # A kind of booking that the extractor knows is not told a second time by other rules.
    known = {_value(one)["type"] for one in read}
    all_told = [*read, *(one for one in own if _value(one)["type"] not in known)]
    if all_told:
        number, gone = _number(document), _cancelled(document)
        yield from (_completed(one, number, gone) for one in all_told[:SHOWN])


def worth_extracting(document: Document) -> bool:
    """Tell whether KItinerary's extractor may know more of a document than is read by now.

    It costs a tenth of a second: only what speaks of a booking with its number or hours is worth
    that, and files that carry tickets, as long as no markup has told all.
    """
    mail = document.mail
    if any(s.kind == "reservation" for s in marked(document)):
        return False
    if document.format in ("pkpass", "uic"):
        return True
    if mail is not None and (mail.list_id or mail.folder in ("spam", "sent", "drafts")):
        return False
    if document.media == "file" and document.format not in ("pdf", "html", "eml", "ics", "txt"):
        return False
    told = f"{document.title}\n{document.text[:20_000]}"
    if not BOOKED.search(told):
        # A ticket may be nothing but a picture of its code.
        return document.format == "pdf" and not document.text.strip()
    attached = mail.attachments if mail else ()
    if any(a.name.lower().endswith((".pdf", ".pkpass", ".pkpasses")) for a in attached):
        return True
    timed = bool(kind_by_words(told) and clocks(told, 0, len(told)))
    return timed or bool(NUMBER.search(told)) or bool(boarding_pass(told)[0])


def _in_text(
    document: Document, days: Sequence[Day], language: str, reference: date
) -> Iterator[tuple[dict[str, object], Span, float]]:
    """Return what codes or else rules read in the text, and how sure they are."""
    text = without_extracted(document)
    found = list(coded(text, reference, to_come=document.mail is not None))
    sure = 0.9 if found else 0.55
    if not found and _speaks_of_booking(text):
        dated = _with_years(document, days, reference)
        found = list(_by_rules(document, text, dated, language, reference))
    sure = max(sure, 0.75 if found and _number(document) else 0)
    yield from ((value, span, sure) for value, span in found[:SHOWN])


def _value(signal: Signal) -> dict[str, object]:
    return dict(signal.value) if isinstance(signal.value, Mapping) else {}


def _filled(signal: Signal, own: Sequence[Signal]) -> Signal:
    """Return what the extractor told, with hours and places that it does not know but the text.

    The code of a ticket says the day alone.
    """
    value = _value(signal)
    start = str(value["start"])
    for other in map(_value, own):
        if other["type"] != value["type"] or str(other["start"])[:10] != start[:10]:
            continue
        if len(start) == 10:
            value["start"] = other["start"]
        told = {key: value[key] or other[key] for key in ("end", "from", "to", "place", "name")}
        return replace(signal, value={**value, **told})
    return signal


def _number(document: Document) -> str:
    found = NUMBER.search(document.text)
    return found["number"] if found else ""


def _cancelled(document: Document) -> bool:
    return bool(CANCELLED.search(f"{document.title}\n{document.text[:20_000]}"))


def _completed(signal: Signal, number: str, cancelled: bool) -> Signal:
    """Return a booking with what the whole text says of it."""
    value = _value(signal)
    value["number"] = value["number"] or number
    if cancelled:
        value["status"] = "ReservationCancelled"
    return replace(signal, value=value)


def _by_rules(
    document: Document, text: str, days: Sequence[Day], language: str, reference: date
) -> Iterator[Told]:
    stayed = list(cars(text, days))
    travel = list(flights(text, days, reference))
    if not stayed:
        # A rental car departs and returns as well: it is no timetable.
        travel = (
            travel
            or list(journeys(text, days, reference))
            or _told(text, days, reference, language)
        )
    yield from travel
    if travel and not (stayed or NIGHTS.search(text)):
        return
    stayed = stayed or list(stays(text, days))
    yield from stayed
    if not travel and not stayed:
        yield from ticketed(text, document.title, days, reference, language)


def _speaks_of_booking(text: str) -> bool:
    head = text[:20_000]
    if possible(BOOKED, head.lower()) and BOOKED.search(head):
        return True
    return bool(possible(NUMBER, head.lower()) and NUMBER.search(head))


def _told(text: str, days: Sequence[Day], reference: date, language: str) -> list[Told]:
    """Return the journeys of fields, or those of looser ways where these find more of them."""
    by_fields = list(journeys_by_fields(text, days, reference, language))
    loose = list(routes(text, days))

    def told(found: list[Told]) -> tuple[bool, int]:
        starts = {str(value["start"]) for value, _ in found}
        return any(len(start) > 10 for start in starts), len(starts)

    return loose if told(loose) > told(by_fields) else by_fields


def _with_years(document: Document, days: Sequence[Day], reference: date) -> list[Day]:
    """Give days without a year the one that follows from a date written in full.

    That is the day of issue, not the traveller's birthday: of a mail, a date of the half year
    before it; of a file, which may be far younger than what it says, one of the newest.
    """
    text = document.text
    full = [d.value for d in days if _FULL.search(text[d.start : d.end])]
    newest = reference if document.mail else max(full, default=reference)
    back = timedelta(days=183 if document.mail else 400)
    near = [d for d in full if newest - back <= d <= newest]
    if not near and document.mail is None:
        return list(days)
    # Without a day of issue the mail's own stands for it, with some days of grace.
    first = min(near, default=reference - timedelta(days=7))

    def dated(day: Day) -> Day:
        if _FULL.search(text[day.start : day.end]) or day.relative:
            return day
        month, number = day.value.month, day.value.day
        ahead = [real_date(first.year + y, month, number) for y in (0, 1)]
        value = next((d for d in ahead if d is not None and d >= first), day.value)
        return replace(day, value=value)

    return [dated(d) for d in days]
