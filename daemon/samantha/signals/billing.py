"""The fields of bills: due date, amount, number, issuer, IBAN, and whether it is settled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from samantha.api.types import FORWARDED, Document, Signal
from samantha.signals.amounts import Money, figures, main_currency
from samantha.signals.bank import find_ibans
from samantha.signals.bill_amount import find_payable, negative, only_figure
from samantha.signals.bill_due import find_due
from samantha.signals.bill_issuer import find_issuer
from samantha.signals.bill_number import find_number
from samantha.signals.bill_paper import Paper, in_order, lines_of, paired
from samantha.signals.bill_state import states, zero_due
from samantha.signals.day import Day
from samantha.signals.forwarded import speaker
from samantha.signals.passages import Passages, lowered, mentions, passages, seen

_ABOUT_MONEY = (
    "is due",
    "are due",
    "falls due",
    "invoice",
    "rechnung",
    "factur",
    "factuur",
    "fattura",
    "faktura",
    "bill",
    "payment",
    "payable",
    "paid",
    "receipt",
    "quittung",
    "iban",
    "fällig",
    "zahlbar",
    "überweis",
    "gutschrift",
    "lastschrift",
    "premium",
    "beitrag",
    "gebühr",
    "avoir",
    "betaal",
    "betal",
    "zahlung",
    "mahnung",
    "statement",
    "balance",
    "charged",
    "amount due",
    "total due",
    "due date",
    "due on",
    "due by",
    "to pay",
    "pay by",
    "autopay",
    "auto-pay",
    "betrag",
    "begleichen",
    "zu zahlen",
    "abschlag",
    "debit",
    "prélèv",
    "credit",
)
_BILL = re.compile(
    r"(?:(?:is|are|falls) due|invoice|rechnung|factuu?r|fattura|faktura|\bbill(?:s|ed|ing)?\b"
    r"|amount (?:now )?due"
    r"|payable|(?:payment|balance|total) due|\bdue(?: date| on\b| by\b)|payment reminder"
    r"|amount (?:to be paid|to pay|owed)|please pay|\bpay by|statement balance|new balance"
    r"|outstanding|payment (?:is |must be )?(?:required|needed|made)|entrichten"
    r"|offene[rn]? betrag|begleich|zu zahlen|abschlag"
    r"|\biban\b|fällig|zahlbar|überweis|mahnung|zahlungs|premium notice|statement of account"
    r"|\bavoir\b|quittung|receipt)"
)


def billing(
    document: Document,
    within: Passages,
    days: tuple[Day, ...],
    reference: date,
    language: str,
) -> Iterator[Signal]:
    """Find the fields of a bill in a document that speaks of money."""
    text = document.text
    low = lowered(text, within)
    if not mentions(low, _ABOUT_MONEY):
        return
    paper = _paper(text, within, days, reference, language)
    said = tuple(states(paper))
    yield from said
    for iban, span in find_ibans(text, within):
        yield seen(text, "iban", iban, span, 0.99)
    if not _BILL.search(low):
        return
    kinds = {s.kind for s in said}
    below = _passed_on(document)
    if below:
        # Whoever passes a bill on is not its issuer: what stands below is read by itself.
        told = tuple(_fields(_paper(text, below, days, reference, language), document, kinds))
        if any(s.kind == "amount_due" for s in told):
            yield from told
            return
    yield from _fields(paper, document, kinds)


def _passed_on(document: Document) -> Passages:
    """Return what was passed on with all attached files, or nothing where nothing was."""
    attached = [r for r in document.regions if r.role == "attachment"]
    if not any(r.name == FORWARDED for r in attached):
        return ()
    low, high = attached[0].start, attached[-1].end
    return tuple((a, b) for a, b in passages(document, attachments=True) if low <= a and b <= high)


def _paper(
    text: str, within: Passages, days: tuple[Day, ...], reference: date, language: str
) -> Paper:
    lines = lines_of(text, within)
    days = in_order(days, text, reference, language)
    money: tuple[Money, ...] = tuple(figures(text, within))
    named = tuple(m for m in money if m.currency)
    return Paper(
        text=text,
        within=within,
        lines=lines,
        days=days,
        figures=money,
        currency=main_currency(text, within, named),
        reference=reference,
        language=language,
        pairs=paired(lines, days, money),
    )


def _fields(paper: Paper, document: Document, said: set[str]) -> Iterator[Signal]:
    text = paper.text
    number = find_number(paper)
    best, zero = find_payable(paper)
    due = find_due(paper)
    best = best or (only_figure(paper) if due is not None and zero is None else None)
    if due is not None:
        yield seen(text, "due_date", due.value.isoformat(), due.span, due.confidence)
    if best is not None and (best.money.currency or paper.currency):
        value = best.money.value(paper.currency)
        yield seen(text, "amount_due", value, best.span, best.confidence)
    if zero is not None and "paid" not in said:
        yield zero_due(paper, zero.span)
    if best is not None and negative(best) and "credit_note" not in said:
        yield seen(text, "credit_note", True, best.span, 0.8)
    if number is not None:
        yield seen(text, "invoice_number", *number)
    if best is not None or number is not None:
        place = best.span[0] if best is not None else paper.within[0][0]
        issuer = find_issuer(paper, document, speaker(document, place))
        if issuer is not None:
            yield seen(text, "issuer", *issuer)
