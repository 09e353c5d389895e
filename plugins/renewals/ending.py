"""What runs out, as a value: read from the signals of a document and the mail that brought it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from samantha.api import FORWARDED, Context, Document, Evidence, Signal

_NUMBER = re.compile(
    r"(?i)\b(?:contract|agreement|customer|policy|membership|subscription|vertrags?|kunden|mitglieds"
    r"|versicherungs?(?:schein)?|policen)[- ]?(?:number|no\.?|nummer|nr\.?)\s{0,2}:?\s{0,3}"
    r"([A-Z]{0,5}[-/ ]?\d[\w/.-]{2,20})"
)

_SIDES = re.compile(
    r"(?:between|zwischen)(?:\s+(?:der|dem))?\s+([^,(]{3,80}?)\s*[,(][\s\S]{0,250}?"
    r"(?:\)|,|\s)\s*(?:and|und)(?:\s+(?:der|dem|frau|herrn?|ms\.?|mr\.?|mrs\.?))?\s+"
    r"([^,(\n]{3,80}?)\s*[,(.\n]"
    r"|(?:between|zwischen)(?:\s+(?:der|dem))?\s+([^,(\n]{3,80}?)\s+(?:and|und)"
    r"(?:\s+(?:der|dem|frau|herrn?))?\s+([^,(\n]{3,80}?)\s*[,(.\n]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that runs out; parts that the document does not say are empty."""

    document: Document
    what: str
    """contract, subscription, trial, membership, insurance, warranty, return or domain."""
    party: str
    """The other side, as it is shown."""
    key: str
    """The other side, the same in mail and file."""
    expiry: date | None
    notice: str
    """ISO 8601 duration, or ''."""
    renewal: str
    """ISO 8601 duration, or ''."""
    renews: bool
    cancel_by: date | None
    number: str
    confidence: float
    evidence: tuple[Evidence, ...]
    brought_by: Document | None
    """The mail it came in or with."""
    passed_on: bool
    """Whether it lies in a mail that somebody passed on."""

    @property
    def thing(self) -> str:
        """Name it, the same in every document about it."""
        return f"{self.what} {self.key[:120]} {self.expiry}"


def read_ending(document: Document, context: Context) -> Ending | None:
    """Return what runs out in a document, or None when it says nothing of the kind."""
    expiry, term = _best(document, "expiry"), _best(document, "term")
    notice, renewal = _best(document, "notice_period"), _best(document, "renewal_term")
    last = _best(document, "cancel_by")
    main = expiry or term or notice
    if main is None:
        return None
    told = term.value if term is not None and isinstance(term.value, Mapping) else {}
    brought_by = document if document.mail is not None else _mail_with(document, context)
    shown = [s for s in (expiry, notice, renewal, last, term) if s is not None]
    return Ending(
        document=document,
        what=str(told.get("what") or "contract"),
        party=_party(document, brought_by, context),
        key=_key(document, brought_by),
        expiry=_day(expiry.value) if expiry else None,
        notice=str(notice.value) if notice else "",
        renewal=str(renewal.value) if renewal else "",
        renews=told.get("renews") is True,
        cancel_by=_day(told.get("cancel_by")) or (_day(last.value) if last else None),
        number=_number(document),
        confidence=main.confidence,
        evidence=_quotes(document, shown),
        brought_by=brought_by,
        passed_on=_passed_on(document, main),
    )


def _best(document: Document, kind: str) -> Signal | None:
    return next(iter(document.signals(kind)), None)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def _mail_with(document: Document, context: Context) -> Document | None:
    """Return the first received mail that carried a file of this name."""
    name = document.path.rpartition("/")[2]
    found = [
        m
        for m in context.library.documents(author="other", media="mail", signal="term")
        if m.mail is not None and any(a.name == name for a in m.mail.attachments)
    ]
    return min(found, key=lambda m: (m.when, m.id), default=None)


def _other_side(document: Document, context: Context) -> str:
    """Return who a contract is with, where it names two sides and one of them is the user."""
    match = _SIDES.search(document.text[:6_000])
    sides = [" ".join(m.split()).strip(" ,.;:\"“”„'") for m in match.groups() if m] if match else []
    own = {n.casefold() for n in context.identity.names if n}
    if not any(n in side.casefold() for n in own for side in sides):
        return ""
    others = [s for s in sides if not any(n in s.casefold() for n in own)]
    return others[0] if len(others) == 1 and 2 < len(others[0]) <= 60 else ""


def _party(document: Document, brought_by: Document | None, context: Context) -> str:
    sender = brought_by.mail.sender if brought_by and brought_by.mail else None
    if sender is None:
        title = " ".join(document.title.split()) or document.path.rpartition("/")[2]
        return _other_side(document, context) or title
    if sender.name and "@" not in sender.name:
        return " ".join(sender.name.split())
    return domain_of(sender.address)


def _key(document: Document, brought_by: Document | None) -> str:
    sender = brought_by.mail.sender if brought_by and brought_by.mail else None
    if sender is not None:
        return domain_of(sender.address)
    return re.sub(r"[\W_]+", " ", document.path.rpartition("/")[2].rpartition(".")[0]).lower()


def domain_of(address: str) -> str:
    """Return the registered part of an address's domain, roughly."""
    labels = address.rpartition("@")[2].lower().split(".")
    short = len(labels) > 2 and len(labels[-2]) <= 3 and len(labels[-1]) == 2
    return ".".join(labels[-3:] if short else labels[-2:])


def _number(document: Document) -> str:
    match = _NUMBER.search(document.text[:20_000])
    return match[1].strip(" .-/") if match else ""


def _passed_on(document: Document, signal: Signal) -> bool:
    return any(r.name == FORWARDED and r.start <= signal.start < r.end for r in document.regions)


def _quotes(document: Document, signals: list[Signal]) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    for signal in signals:
        inside = any(e.start <= signal.start and signal.end <= e.end for e in found)
        if not inside and 0 < signal.end - signal.start <= 600:
            found.append(Evidence(document.id, signal.quote, signal.start, signal.end))
    return tuple(found)
