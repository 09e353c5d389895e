"""Reservations: what markup, a calendar, a wallet pass or a ticket's code says, else own rules.

Markup is written below the text by the reader (``workers.reading.bookings``) in lines of its own.
Where there is none, the rules know flights by places with their codes, journeys by two stops of a
timetable or by fields, and rooms, cars and tables by a day that begins and one that ends them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from samantha.api.types import Document, Signal
from samantha.signals.day import Day, real_date
from samantha.signals.passages import seen
from samantha.signals.reservation_codes import coded
from samantha.signals.reservation_fields import events_by_fields, journeys_by_fields
from samantha.signals.reservation_flights import flights
from samantha.signals.reservation_journeys import journeys
from samantha.signals.reservation_marked import marked
from samantha.signals.reservation_stays import NIGHTS, stays
from samantha.signals.reservation_words import BOOKED, CANCELLED, NUMBER, Told

SHOWN = 12
_FULL = re.compile(r"(?:19|20)\d\d")


def reservations(
    document: Document, days: Sequence[Day], language: str, reference: date
) -> Iterator[Signal]:
    """Return what was booked, from markup if there is any, else as the text says."""
    told = list(marked(document))
    if any(s.kind == "reservation" for s in told):
        yield from told[:SHOWN]
        return
    yield from told[:SHOWN]
    text = document.text
    found = list(coded(text, reference, to_come=document.mail is not None))
    sure = 0.9 if found else 0.55
    if not found and BOOKED.search(text, 0, 20_000):
        found = list(
            _by_rules(document, _with_years(document, days, reference), language, reference)
        )
    number = NUMBER.search(text)
    cancelled = bool(CANCELLED.search(f"{document.title}\n{text[:20_000]}"))
    for value, span in found[:SHOWN]:
        value["number"] = value["number"] or (number["number"] if number else "")
        if cancelled:
            value["status"] = "ReservationCancelled"
        yield seen(text, "reservation", value, span, max(sure, 0.75 if number else 0))


def _by_rules(
    document: Document, days: Sequence[Day], language: str, reference: date
) -> Iterator[Told]:
    text = document.text
    travel = (
        list(flights(text, days, reference))
        or list(journeys(text, days, reference))
        or list(journeys_by_fields(text, reference, language))
    )
    yield from travel
    if travel and not NIGHTS.search(text):
        return
    stayed = list(stays(text, days))
    yield from stayed
    if not travel and not stayed:
        yield from events_by_fields(text, document.title, reference, language)


def _with_years(document: Document, days: Sequence[Day], reference: date) -> list[Day]:
    """Give days without a year the one that follows from a date written in full.

    That is the day of issue, not the traveller's birthday: of a mail, a date of the half year
    before it; of a file, which may be far younger than what it says, one of the newest.
    """
    text = document.text
    full = [d.value for d in days if _FULL.search(text[d.start : d.end])]
    newest = reference if document.mail else max(full, default=reference)
    back = timedelta(days=183 if document.mail else 400)
    near = [d for d in full if newest - back <= d]
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
