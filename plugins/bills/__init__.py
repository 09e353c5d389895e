"""A bill with an amount and a due date becomes a reminder with the payment ready to copy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from samantha.api import (
    Context,
    Document,
    DocumentId,
    Kind,
    Moment,
    MomentKind,
    Plugin,
    Remind,
    Silence,
    Suggestion,
)
from samantha.api.correspondence import is_own

from .bill import Bill, read_bill, same_bill
from .history import Compared, compare
from .silence import long_ago, settled, speaks_of, why_silent
from .wording import payment, reminder, title, why

_REMEMBERED = timedelta(days=730)
_SOON = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Config:
    """``[plugins.bills]``."""

    days_before: int = 3
    """Days before the due date on which to remind."""
    hour: int = 9
    """Hour of the reminder, local time."""
    overdue_days: int = 10
    """A bill that is overdue by more days than these is passed over."""
    unusual: float = 2.0
    """An amount above this many times the usual one is pointed out."""
    least_confidence: float = 0.5
    """Silent where the reading of amount and date is less sure."""


def suggest(moment: Moment, context: Context) -> Iterator[Suggestion | Silence]:
    """Offer one reminder for each bill that has come, or say why not."""
    bills = [b for d in _looked_at(moment, context) if (b := read_bill(d)) is not None]
    known = _known(context, moment.now) if bills else []
    offered: set[str] = set()
    for bill in sorted(bills, key=lambda b: (b.document.when, b.document.id)):
        whole = _whole(bill, known, context)
        silent = _silent(bill, whole, moment, context)
        thing = thing_of(whole, known)
        if not silent and thing in offered:
            silent = "the same bill as in another document"
        if silent:
            yield Silence(bill.document.id, silent)
            continue
        offered.add(thing)
        yield _suggestion(whole, known, moment, context)
    if moment.kind is MomentKind.DOCUMENTS:
        yield from _unread(moment, {b.document.id for b in bills})
        yield from _paid_since(moment, context)


def _paid_since(moment: Moment, context: Context) -> Iterator[Silence]:
    """Tell which bills what has come now settles: their offers and reminders are over."""
    came = [d for d in moment.documents if d.signals("paid") or is_own(d)]
    threads = {one.id for d in came if is_own(d) for one in context.library.thread(d.id)}
    if not threads and not any(d.signals("paid") for d in came):
        return
    known = _known(context, moment.now)
    told = [b for b in known if b.document.id in threads or any(speaks_of(d, b) for d in came)]
    for bill in known if told else ():
        if bill.due is None or not any(b is bill or same_bill(b, bill) for b in told):
            continue
        if why_silent(bill, context):
            continue
        whole = _whole(bill, known, context)
        if reason := settled(whole, context):
            yield Silence(bill.document.id, reason, thing_of(whole, known))


def _looked_at(moment: Moment, context: Context) -> Sequence[Document]:
    if moment.kind is MomentKind.DOCUMENTS:
        return moment.documents
    since = moment.now - timedelta(days=90)
    found = context.library.documents(signal="due_date", since=since)
    return [d for d in found if _planned_later(d, moment, context)]


def _planned_later(document: Document, moment: Moment, context: Context) -> bool:
    """Tell whether a day's look may speak of a document: its reminder lies ahead, unmoved."""
    bill = read_bill(document)
    if bill is None or bill.due is None or document.when > moment.now:
        return False
    return _planned(bill.due, context) > moment.now + _SOON


def _known(context: Context, now: datetime) -> list[Bill]:
    """Return all bills that were received, oldest first."""
    documents = context.library.documents(signal="amount_due", since=now - _REMEMBERED)
    bills = []
    for document in documents:
        folder = document.mail.folder if document.mail else ""
        bill = read_bill(document)
        if bill is not None and folder not in ("spam", "trash", "sent", "drafts"):
            bills.append(bill)
    return sorted(bills, key=lambda b: (b.document.when, b.document.id))


def _whole(bill: Bill, known: Sequence[Bill], context: Context) -> Bill:
    """Return the bill as its first document has it; what that leaves out comes from the others."""
    twins = [b for b in known if b.document.id != bill.document.id and same_bill(b, bill)]
    if not twins or why_silent(bill, context):
        return bill
    twins = [t for t in twins if not why_silent(t, context)]
    first, *others = sorted([bill, *twins], key=lambda b: (b.document.when, b.document.id))
    if _demanded_again(bill, first):
        return bill
    for other in others:
        extra = tuple(e for e in other.evidence if not first.ibans and other.ibans)
        first = replace(
            first,
            number=first.number or other.number,
            ibans=first.ibans or other.ibans,
            evidence=(*first.evidence, *extra),
        )
    return first


def _demanded_again(bill: Bill, first: Bill) -> bool:
    """Tell a reminder that came after the due day with a later one: the money is still owed."""
    if bill.due is None or first.due is None:
        return False
    return first.due < bill.document.when.date() and first.due < bill.due


def _silent(bill: Bill, whole: Bill, moment: Moment, context: Context) -> str:
    config: Config = context.config
    silent = why_silent(bill, context) or why_silent(whole, context)
    if silent:
        return silent
    assert whole.due is not None
    if whole.confidence < config.least_confidence:
        return "not sure enough of amount and date"
    return long_ago(whole.due, context.today(moment), config.overdue_days) or settled(
        whole, context
    )


def _unread(moment: Moment, read: set[DocumentId]) -> Iterator[Silence]:
    for document in moment.documents:
        if document.id in read:
            continue
        if document.analysis.kind is Kind.RECEIPT:
            yield Silence(document.id, "a receipt: it is paid")
        elif document.analysis.kind is Kind.INVOICE:
            yield Silence(document.id, "it says neither an amount due nor a due date")


def thing_of(bill: Bill, known: Sequence[Bill]) -> str:
    """Name a bill, the same for its mail, its file and its reminders.

    What a mail says of its sum and day is known before the file that it brings is read, which has
    the number: only where two bills are alike but for the number does that tell them apart.
    """
    name = _name(bill)
    alike = (b for b in known if _before(b, bill) and b.number_key and _name(b) == name)
    if bill.number_key and any(b.number_key != bill.number_key for b in alike):
        return f"{name} {bill.number_key[:100]}"
    return name


def _name(bill: Bill) -> str:
    party = (bill.domain or bill.issuer_key)[:200]
    return f"{party} {bill.currency}{bill.amount} {bill.due}"


def _before(one: Bill, other: Bill) -> bool:
    return (one.document.when, one.document.id) < (other.document.when, other.document.id)


def _suggestion(bill: Bill, known: Sequence[Bill], moment: Moment, context: Context) -> Suggestion:
    config: Config = context.config
    compared = compare(bill, known, config.unusual)
    today = context.today(moment)
    assert bill.due is not None
    action = Remind(
        at=_when(bill.due, compared, moment, context),
        text=reminder(bill, compared, today),
        copy_text="" if compared.suspicious else payment(bill),
    )
    last = max(_end_of(bill.due, context), moment.now + timedelta(days=3))
    return Suggestion(
        kind="account_differs" if compared.suspicious else "bill",
        thing=thing_of(bill, known),
        title=title(bill, compared, today),
        why=why(bill, compared, today),
        evidence=bill.evidence,
        action=action,
        confidence=_confidence(bill, compared),
        expires=last if bill.due < today else _end_of(bill.due, context),
        urgent=bill.due - today <= timedelta(days=2),
        sources=tuple(dict.fromkeys(e.document for e in bill.evidence)),
    )


def _confidence(bill: Bill, compared: Compared) -> float:
    score = bill.confidence
    score += 0.05 if bill.document.analysis.kind is Kind.INVOICE else 0.0
    score += 0.05 if compared.earlier and not compared.suspicious else 0.0
    return round(max(0.05, min(0.97, score)), 3)


def _when(due: date, compared: Compared, moment: Moment, context: Context) -> datetime:
    """Remind some days before, or soon where that has passed; a warning is for now."""
    planned = _planned(due, context)
    soon = (moment.now + _SOON).replace(minute=0, second=0, microsecond=0)
    return soon if compared.suspicious or planned < soon else planned


def _planned(due: date, context: Context) -> datetime:
    config: Config = context.config
    day = due - timedelta(days=config.days_before)
    return datetime.combine(day, time(config.hour), context.zone).astimezone(UTC)


def _end_of(due: date, context: Context) -> datetime:
    return datetime.combine(due, time(23, 59, 59), context.zone).astimezone(UTC)


plugin = Plugin(Config, suggest)
