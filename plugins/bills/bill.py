"""A bill as a value: read from the signals of a document, named the same in mail and file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from samantha.api import FORWARDED, Document, Evidence, Signal

_FORMS = re.compile(
    r"\b(?:gmbh|mbh|ag|se|kg|kgaa|ohg|gbr|ug|ltd|limited|llc|llp|inc|corp|plc|pty|pvt|bv|nv|sarl"
    r"|sas|sasu|sa|spa|srl|sl|oy|ab"
    r"|a/s|aps|co|company|the|und|and|customer service|billing|accounts|kundenservice|rechnungen?"
    r"|service)\b"
)
_NUMBER = re.compile(
    r"(?i)\b(?:invoice|bill|rechnung|facture|factuur|factura|fattura|inv)\W{0,3}"
    r"(?:no|nr|number|nummer)?\W{0,3}([A-Z]{0,5}[-/]?\d[\w/-]{2,24})"
)


@dataclass(frozen=True, slots=True)
class Bill:
    """What a document asks to be paid; parts that it does not say are empty."""

    document: Document
    issuer: str
    number: str
    amount: Decimal | None
    currency: str
    due: date | None
    ibans: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    confidence: float
    passed_on: bool = False
    """Whether it lies in a mail that somebody else passed on."""

    @property
    def issuer_key(self) -> str:
        """The issuer's name without legal form, case and punctuation."""
        return key_of(self.issuer)

    @property
    def number_key(self) -> str:
        """The bill's number without case and punctuation."""
        return _plain(self.number)

    @property
    def domain(self) -> str:
        """The domain that sent it, without its subdomains; '' for a file and for a forward."""
        if self.passed_on:
            return ""
        sender = self.document.mail.sender if self.document.mail else None
        return domain_of(sender.address) if sender else ""


@lru_cache(maxsize=2048)
def key_of(name: str) -> str:
    """Return a name's comparable part."""
    low = re.sub(r"(?<=\w)\.(?=\w)", "", name.lower())
    words = _FORMS.sub(" ", re.sub(r"[^\w\s/]", " ", low)).split()
    return " ".join(words) or low.strip()


@lru_cache(maxsize=2048)
def _plain(number: str) -> str:
    return re.sub(r"[\W_]", "", number).lower()


def domain_of(address: str) -> str:
    """Return the registered part of an address's domain, roughly."""
    labels = address.rpartition("@")[2].lower().split(".")
    short = len(labels) > 2 and len(labels[-2]) <= 3 and len(labels[-1]) == 2
    return ".".join(labels[-3:] if short else labels[-2:])


_read: dict[int, tuple[Document, Bill]] = {}
# By identity: what is kept here cannot be freed.
_READ_MOST, _READ_LONGEST = 1_000, 20_000


def read_bill(document: Document) -> Bill | None:
    """Return the bill in a document, or None when it says neither an amount nor a day."""
    # Each bill that comes is compared with all before it, so all are asked for again and again.
    found = _read.get(id(document))
    if found is not None:
        return found[1]
    bill = _bill_in(document)
    if bill is not None and len(document.text) <= _READ_LONGEST:
        if len(_read) >= _READ_MOST:
            _read.clear()
        _read[id(document)] = (document, bill)
    return bill


def _bill_in(document: Document) -> Bill | None:
    amount, due = _best(document, "amount_due"), _best(document, "due_date")
    if amount is None and due is None:
        return None
    number, issuer = _best(document, "invoice_number"), _best(document, "issuer")
    ibans = document.signals("iban")
    money, currency = _money(amount)
    passed_on = amount is not None and _passed_on(document, amount.start)
    sender = "" if passed_on else _sender(document)
    shown = [s for s in (amount, due, number, issuer, *ibans[:1]) if s is not None]
    return Bill(
        document=document,
        issuer=str(issuer.value) if issuer else sender,
        number=str(number.value) if number else _number_in_subject(document),
        amount=money,
        currency=currency,
        due=_day(due),
        ibans=tuple(dict.fromkeys(str(s.value) for s in ibans)),
        evidence=_quotes(document, shown),
        confidence=_confidence(amount, due, number, bool(ibans)),
        passed_on=passed_on,
    )


def _passed_on(document: Document, place: int) -> bool:
    """Tell whether a place lies in what was passed on, or in a file that came with it."""
    forwarded = [r for r in document.regions if r.name == FORWARDED]
    return bool(forwarded) and forwarded[0].start <= place


def _best(document: Document, kind: str) -> Signal | None:
    return next(iter(document.signals(kind)), None)


def _money(signal: Signal | None) -> tuple[Decimal | None, str]:
    value = signal.value if signal else None
    if not isinstance(value, Mapping):
        return None, ""
    try:
        return Decimal(str(value.get("amount"))), str(value.get("currency") or "")[:3]
    except InvalidOperation:
        return None, ""


def _day(signal: Signal | None) -> date | None:
    try:
        return date.fromisoformat(str(signal.value)[:10]) if signal else None
    except ValueError:
        return None


def _sender(document: Document) -> str:
    sender = document.mail.sender if document.mail else None
    if sender is None:
        return ""
    return sender.name if sender.name and "@" not in sender.name else domain_of(sender.address)


def _number_in_subject(document: Document) -> str:
    match = _NUMBER.search(document.mail.subject) if document.mail else None
    return match[1] if match else ""


def _quotes(document: Document, signals: list[Signal]) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    for signal in signals:
        inside = any(e.start <= signal.start and signal.end <= e.end for e in found)
        if not inside and 0 < signal.end - signal.start <= 600:
            found.append(Evidence(document.id, signal.quote, signal.start, signal.end))
    return tuple(found)


def _confidence(
    amount: Signal | None, due: Signal | None, number: Signal | None, account: bool
) -> float:
    """Return how sure a bill is: a number makes it surer, an account to pay to makes up for one."""
    if amount is None or due is None:
        return 0.0
    score = amount.confidence * due.confidence
    if number is not None and number.confidence >= 0.8:
        return score + 0.1
    return score if account else score - 0.1


def same_bill(one: Bill, other: Bill) -> bool:
    """Tell whether two documents are the same bill: a mail and its PDF, a bill and its reminder."""
    named = _alike(one.issuer_key, other.issuer_key)
    if one.number_key and other.number_key:
        if one.number_key != other.number_key:
            return False
        return named or one.amount == other.amount
    same_sum = one.amount == other.amount and one.currency == other.currency
    return named and same_sum and one.due == other.due


def _alike(one: str, other: str) -> bool:
    if not one or not other:
        return False
    return one == other or one.startswith(other + " ") or other.startswith(one + " ")


def same_issuer(one: Bill, other: Bill) -> bool:
    """Tell whether two bills claim the same issuer."""
    return _alike(one.issuer_key, other.issuer_key)
