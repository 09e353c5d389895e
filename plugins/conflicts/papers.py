"""Papers that speak of one thing: bills with one number that differ, orders that repeat."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from samantha.api import Context, Document, Kind, Signal
from samantha.api.correspondence import is_own, not_here, subject_of
from samantha.api.likely_files import same_work

_VERSION = re.compile(
    r"(?i)\b(?:corrected|correction|revised|replaces|supersedes|amended|updated|cancell?ed|"
    r"credit note|reminder|overdue|late fee|dunning|instal?lment|part(?:ial)? payment|deposit|"
    r"estimate|pro[- ]?forma|korrigiert\w*|korrektur\w*|berichtigt\w*|ersetzt|geändert\w*|storn\w*|"
    r"gutschrift|mahnung|zahlungserinnerung|mahngebühr\w*|teilzahlung|rate|abschlag\w*|anzahlung|"
    r"angebot|kostenvoranschlag)\b"
)
_ORDER = re.compile(
    r"(?i)\b(?:order (?:confirmation|confirmed|received|no|number|#)|your order|thank you for your "
    r"order|bestellbestätigung|auftragsbestätigung|ihre bestellung|deine bestellung|"
    r"bestellung (?:nr|eingegangen|erhalten))"
)
_ORDER_NUMBER = re.compile(
    r"(?i)\b(?:order|bestell(?:ung|nummer)?|auftrag(?:snummer)?)[\s:#.-]{0,4}(?:no|number|id|nr)?"
    r"[\s.:#-]{0,4}((?=[A-Z-]*\d)[A-Z0-9][A-Z0-9-]{3,24})\b"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One of two lines that stand against each other."""

    document: Document
    signal: Signal
    value: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Two lines about one thing."""

    what: Literal["amount", "due_date", "order", "time"]
    key: str
    """Names the thing: issuer and number, shop and amount, sender and time."""
    number: str
    earlier: Line
    later: Line


def difference(document: Document, context: Context, within: timedelta) -> Difference | str:
    """Return how a bill differs from another of its number; a reason why it counts not; or ''."""
    number, issuer = _number(document), _issuer(document)
    if not number or not issuer:
        return ""
    reason = ""
    for other in _others(document, "invoice_number", context, within):
        if _number(other) != number or _issuer(other) != issuer:
            continue
        found = _differs(document, other, f"{issuer} {number}", number)
        if found is None:
            continue
        reason = _version(document, other)
        if not reason:
            return found
    return reason


def _others(
    document: Document, signal: str, context: Context, within: timedelta
) -> Iterator[Document]:
    since = document.when - within
    for other in context.library.documents(signal=signal, since=since):
        gone = other.mail is not None and (not_here(other) or is_own(other))
        same = other.id == document.id or other.fingerprint == document.fingerprint
        if not same and not gone and abs(other.when - document.when) <= within:
            yield other


def _differs(one: Document, other: Document, key: str, number: str) -> Difference | None:
    first, second = sorted((one, other), key=lambda d: (d.when, d.id))
    kinds: tuple[tuple[Literal["amount", "due_date"], str], ...]
    kinds = (("amount", "amount_due"), ("due_date", "due_date"))
    for what, kind in kinds:
        left, right = _line(first, kind), _line(second, kind)
        if left is not None and right is not None and left.value != right.value:
            return Difference(what, key, number, left, right)
    return None


def _line(document: Document, kind: str) -> Line | None:
    """Return the only line of a kind: where a paper names two sums, none is compared."""
    found = document.signals(kind)
    values = {_shown(s.value) for s in found}
    if len(values) != 1 or not found[0].quote:
        return None
    return Line(document, found[0], values.pop())


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        amount = str(value.get("amount", "")).strip()
        return f"{value.get('currency', '')} {amount}".strip()
    return str(value)[:10]


def _version(one: Document, other: Document) -> str:
    if one.media == other.media == "file" and same_work(one, other):
        return "two versions of one file"
    later = max(one, other, key=lambda d: d.when)
    found = _VERSION.search(f"{later.title}\n{later.text[:4_000]}")
    if found:
        return f"the later one says why it differs: “{found[0]}”"
    return ""


def _number(document: Document) -> str:
    found = document.signals("invoice_number")
    value = str(found[0].value) if found else ""
    return value.strip() if len(value.strip()) >= 3 else ""


def _issuer(document: Document) -> str:
    found = document.signals("issuer")
    text = str(found[0].value).casefold() if found else ""
    return " ".join(re.sub(r"[\W_]+", " ", text).split())[:100]


# --- orders --------------------------------------------------------------------------------


def earlier_order(document: Document, context: Context, within: timedelta) -> Difference | None:
    """Return an order of the same sum from the same shop under another number, shortly before."""
    number, line = order_number(document), _sum(document)
    mail = document.mail
    if not number or line is None or mail is None or mail.sender is None:
        return None
    mails = context.library.mails_with(
        mail.sender.address, since=document.when - within, author="other"
    )
    for other in mails:
        theirs = _sum(other)
        same_shop = other.mail is not None and other.mail.sender == mail.sender
        if not same_shop or theirs is None or other.when >= document.when or not_here(other):
            continue
        another = order_number(other)
        if another and another != number and theirs.value == line.value and _alike(document, other):
            key = f"{mail.sender.address} {line.value} {document.when:%Y-%m-%d}"
            return Difference("order", key, f"{another}, {number}", theirs, line)
    return None


def _alike(one: Document, other: Document) -> bool:
    """Tell whether two confirmations are of one kind: shipping news of an order is not another."""

    def plain(document: Document) -> str:
        words = (w for w in subject_of(document).split() if not any(c.isdigit() for c in w))
        return " ".join(words)

    return plain(one) == plain(other)


def order_number(document: Document) -> str:
    """Return the number of the order that a mail confirms, or ''."""
    if document.mail is None or document.analysis.kind is Kind.NEWSLETTER:
        return ""
    head = f"{document.mail.subject}\n{document.body()[:3_000]}"
    if not _ORDER.search(head):
        return ""
    found = _ORDER_NUMBER.search(head)
    return found[1] if found else ""


def _sum(document: Document) -> Line | None:
    for kind in ("amount_due", "amount"):
        found = [s for s in document.signals(kind) if isinstance(s.value, Mapping)]
        if found:
            largest = max(found, key=lambda s: _number_of(s.value))
            return Line(document, largest, _shown(largest.value))
    return None


def _number_of(value: object) -> float:
    try:
        return float(value["amount"]) if isinstance(value, Mapping) else 0.0
    except (KeyError, ValueError):
        return 0.0
