"""Facts in a document: dates, amounts, people, open calls, and the fields of bills."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, tzinfo

from samantha.api.types import Document, Identity, Signal
from samantha.signals.amounts import find_money
from samantha.signals.billing import billing
from samantha.signals.calls import open_calls
from samantha.signals.clauses import clauses
from samantha.signals.dates import Day, find_days
from samantha.signals.event_clocks import MOVES
from samantha.signals.events import events
from samantha.signals.events_calendar import calendar_events
from samantha.signals.gatherings import gatherings
from samantha.signals.passages import Passages, passages, seen
from samantha.signals.people import people
from samantha.signals.receipts import receipt
from samantha.signals.reservations import reservations
from samantha.signals.said import Speech, speech_of
from samantha.signals.sentence_signals import sentence_signals

NOBODY = Identity()
SHOWN = 40
"""Dates and amounts that are kept of one document."""


def facts(
    document: Document, zone: tzinfo, language: str, identity: Identity = NOBODY
) -> tuple[Signal, ...]:
    """Return what a document says, each with its exact quote; quoted mail does not count."""
    reference = document.when.astimezone(zone).date()
    body, whole = passages(document), passages(document, attachments=True)
    told = passages(document, forwarded=True)
    days = find_days(document.text, body, reference, language)
    # The text of attached files counts for bills and contracts alone.
    all_days = days
    if whole != body:
        all_days = find_days(document.text, whole, reference, language)
    # An open call counts in what a friend passed on, too, but not in the text of a file.
    told_days = all_days if told != body else days
    speech = speech_of(document, body)
    spoken = tuple(sentence_signals(document, speech, days, reference, identity))
    timed = tuple(_timed(document, body, days, reference, language, speech, spoken))
    if told != body and not any(s.kind == "event" and MOVES.search(s.quote) for s in timed):
        # Who passes an invitation on with another time has moved it; else its own times count.
        timed = tuple(_timed(document, told, told_days, reference, language, speech, spoken))
    bill = tuple(billing(document, whole, all_days, reference, language))
    return (
        *_plain(document, body, days),
        *people(document, body),
        *open_calls(document, told, told_days, reference),
        *reservations(document, all_days, language, reference),
        *timed,
        *gatherings(document, speech, timed, spoken, days, reference, language),
        *spoken,
        *bill,
        *receipt(document.text, whole, bill),
        *clauses(document, all_days, reference, language),
    )


def _timed(
    document: Document,
    within: Passages,
    days: tuple[Day, ...],
    reference: date,
    language: str,
    speech: Speech,
    spoken: Sequence[Signal],
) -> Iterator[Signal]:
    """Yield the events of calendar files and, outside of them, of the text."""
    yield from calendar_events(document)
    if document.format != "ics":
        arranged = [(s.start, s.end) for s in spoken if s.kind == "event_sentence"]
        yield from events(document, within, days, reference, language, speech.bulk, arranged)


def _plain(document: Document, within: Passages, days: tuple[Day, ...]) -> Iterator[Signal]:
    for day in days[:SHOWN]:
        yield seen(document.text, "date", day.value.isoformat(), day.span, day.confidence)
    for money in find_money(document.text, within, SHOWN):
        yield seen(document.text, "amount", money.value(), money.span, 0.9)
