"""Facts in a document: dates, amounts, people, open calls, and the fields of bills."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from samantha.api.types import Document, Identity, Signal
from samantha.signals.amounts import find_money
from samantha.signals.billing import billing
from samantha.signals.calls import open_calls
from samantha.signals.clauses import clauses
from samantha.signals.dates import Day, find_days
from samantha.signals.events import events
from samantha.signals.events_calendar import calendar_events
from samantha.signals.passages import Passages, passages, seen
from samantha.signals.people import people
from samantha.signals.reservations import reservations
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
    return (
        *_plain(document, body, days),
        *people(document, body),
        *open_calls(document, told, told_days, reference),
        *calendar_events(document),
        *reservations(document, whole, all_days, language),
        *(() if document.format == "ics" else events(document, body, days, reference, language)),
        *sentence_signals(document, body, days, reference, identity),
        *billing(document, whole, all_days, reference, language),
        *clauses(document, all_days, reference, language),
    )


def _plain(document: Document, within: Passages, days: tuple[Day, ...]) -> Iterator[Signal]:
    for day in days[:SHOWN]:
        yield seen(document.text, "date", day.value.isoformat(), day.span, day.confidence)
    for money in find_money(document.text, within, SHOWN):
        yield seen(document.text, "amount", money.value(), money.span, 0.9)
