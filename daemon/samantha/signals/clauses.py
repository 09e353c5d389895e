"""The clauses that have a date: when something begins, ends, renews, and the notice that it takes.

Contracts say it in the sentences of lawyers, shops and services in a line. What was found is told
as ``effective_date``, ``expiry``, ``renewal_term``, ``notice_period``, and as ``term``: what it is
(``contract``, ``subscription``, ``trial``, ``membership``, ``insurance``, ``warranty``, ``return``,
``domain``), whether it renews by itself, and the last day to call it off where that is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from samantha.api.types import FORWARDED, Document, Signal
from samantha.signals.clause_consumer import find_running_out
from samantha.signals.clause_renewal import find_renewal
from samantha.signals.clause_term import find_beginning, find_expiry, find_term
from samantha.signals.clause_text import clauses_of
from samantha.signals.day import Day
from samantha.signals.passages import Passages, lowered, mentions, passages, seen

LOOK = 250_000
"""Code points of a contract that are looked at: the end of its term may stand far below."""
_HEAD = 4_000
_CONTRACT = (
    "agreement",
    "contract",
    "lease",
    "vertrag",
    "vereinbarung",
    "tenancy",
    "statement of work",
)
_OF_TIME = (
    "term",
    "expir",
    "renew",
    "until",
    "laufzeit",
    "verläng",
    "kündig",
    "endet",
    "befristet",
    "in force",
    "in effect",
    "period",
    "dauer",
)
_RUNS_OUT = (
    "renew",
    "expir",
    "ends",
    "ending",
    "trial",
    "return",
    "valid",
    "lapse",
    "cancel",
    "cover",
    "warrant",
    "verläng",
    "läuft",
    "endet",
    "gültig",
    "kündig",
    "kündbar",
    "rückgabe",
    "umtausch",
    "zurück",
    "widerruf",
    "garantie",
    "probe",
    "test",
    "runs out",
    "guarantee",
    "laufzeit",
    "échéance",
    "prend fin",
    "termine",
    "jusqu",
    "essai",
    "vence",
    "caduca",
    "finaliza",
)


def clauses(
    document: Document, days: tuple[Day, ...], reference: date, language: str
) -> Iterator[Signal]:
    """Find when what a document is about begins, ends and renews, and the notice it takes.

    ``days`` are the dates of the whole document, ``reference`` is the day it came.
    """
    within = _contract_in(document)
    found = list(_of_contract(document, within, reference, language)) if within else []
    if found:
        yield from found
        return
    told = passages(document, attachments=True)
    if mentions(lowered(document.text, told), _RUNS_OUT):
        yield from _of_consumer(document, told, days, reference, language)


def _contract_in(document: Document) -> Passages:
    """Return the passages of a contract: a file, or the files attached to a mail."""
    whole = passages(document, attachments=True, budget=LOOK)
    if document.media == "mail":
        files = [r for r in document.regions if r.role == "attachment" and r.name != FORWARDED]
        if not files:
            return ()
        whole = tuple(p for p in whole if any(r.start <= p[0] and p[1] <= r.end for r in files))
    if not whole:
        return ()
    head = f"{document.title}\n{document.text[whole[0][0] : whole[0][0] + _HEAD]}".lower()
    low = lowered(document.text, whole)
    return whole if mentions(head, _CONTRACT) and mentions(low, _OF_TIME) else ()


def _of_contract(
    document: Document, within: Passages, reference: date, language: str
) -> Iterator[Signal]:
    text = document.text
    read = clauses_of(text, within, reference, language)
    effective, made = find_beginning(read)
    term = find_term(read)
    expiry = find_expiry(read, effective, made, term)
    renewal = find_renewal(read, term.length if term else None)
    if effective is not None:
        value = effective.value.isoformat()
        yield seen(text, "effective_date", value, effective.span, effective.confidence)
    if expiry is None and renewal.sentence is None and renewal.notice is None:
        return
    if expiry is not None:
        yield seen(text, "expiry", expiry.value.isoformat(), expiry.span, expiry.confidence)
    if renewal.length is not None and renewal.sentence is not None:
        span = read.quote(renewal.sentence, *renewal.length.span)
        confidence = 0.85 if renewal.automatic else 0.7
        yield seen(text, "renewal_term", renewal.length.iso, span, confidence)
    if renewal.notice is not None and renewal.notice_sentence is not None:
        span = read.quote(renewal.notice_sentence, *renewal.notice.span)
        yield seen(text, "notice_period", renewal.notice.iso, span, 0.85)
    where = expiry.span if expiry is not None else renewal.sentence or renewal.notice_sentence
    if where is not None:
        span = read.quote(where, where[0], where[0])
        yield seen(text, "term", _term("contract", renewal.automatic), span, 0.8)


def _of_consumer(
    document: Document,
    within: Passages,
    days: tuple[Day, ...],
    reference: date,
    language: str,
) -> Iterator[Signal]:
    subject = document.mail.subject if document.mail else document.title
    ends, call_off = find_running_out(document.text, within, days, subject, reference)
    if ends is not None:
        value, sure = ends.day.isoformat(), round(ends.confidence, 3)
        yield seen(document.text, "expiry", value, ends.span, sure)
    main = ends or call_off
    if main is not None:
        last = call_off.day.isoformat() if call_off is not None else ""
        value_of = _term(main.what, main.renews, last)
        yield seen(document.text, "term", value_of, main.span, round(main.confidence, 3))
        if main.renews and not last:
            yield from _notice_of_consumer(document.text, within, reference, language)
    if call_off is not None and call_off is not main:
        yield seen(document.text, "cancel_by", call_off.day.isoformat(), call_off.span, 0.8)


def _notice_of_consumer(
    text: str, within: Passages, reference: date, language: str
) -> Iterator[Signal]:
    """Find the notice that a membership or policy takes: without it the last day is too late."""
    read = clauses_of(text, within, reference, language)
    renewal = find_renewal(read, None)
    if renewal.notice is not None and renewal.notice_sentence is not None:
        span = read.quote(renewal.notice_sentence, *renewal.notice.span)
        yield seen(text, "notice_period", renewal.notice.iso, span, 0.8)
    if renewal.length is not None and renewal.sentence is not None:
        span = read.quote(renewal.sentence, *renewal.length.span)
        yield seen(text, "renewal_term", renewal.length.iso, span, 0.8)


def _term(what: str, renews: bool, cancel_by: str = "") -> dict[str, object]:
    return {"what": what, "renews": renews, "cancel_by": cancel_by}
