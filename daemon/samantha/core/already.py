"""What the user has done by themselves since something was offered: it is offered no longer.

Each type of action has its own trace: a mail that was written, a file that lies elsewhere, an entry
that stands in the calendar, a bill that is told to be paid. What was done before the offer was made
is the plugin's to judge, which knows what it was about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from samantha.api.types import Document, DocumentId, Evidence
from samantha.core.payload import Payload
from samantha.core.ports import Index, Offer
from samantha.core.twins import answered

MAILS = ("draft_mail", "assemble_manuscript")
ENTRIES = ("calendar_entry", "prepare_trip")
_SUMS = ("amount", "amount_due")
_UNSENT = ("drafts", "trash", "spam")
"""Where no mail of the user's lies that went out: in the spam, a stranger used their address."""
_PREFIX = re.compile(r"(?i)^\s*(?:(?:re|aw|fw|fwd|wg|sv|tr)(?:\[\d+\])?\s*:\s*)+")
_WORD = re.compile(r"\w{3,}")
_NOT_NAMING = frozenset({"the", "and", "for", "with", "from", "der", "die", "das", "und", "mit"})


def done_since(
    offer: Offer,
    index: Index,
    payload: Callable[[], Payload | None],
    zone: tzinfo,
    told_paid: Callable[[datetime], Sequence[Document]],
) -> str:
    """Return, in words, that the user has done what an offer proposes since it was made, or ''.

    ``told_paid`` returns all documents since a time that call something paid; older ones may be
    among them.
    """
    what = offer.action.get("type")
    if what in MAILS:
        return _answered(offer, index) or _sent(offer, index)
    if what == "move_file":
        return _moved(payload(), index)
    if what in ENTRIES:
        return _entered(offer, index, zone)
    if what == "remind":
        return _paid(offer, index, told_paid)
    return ""


@dataclass(slots=True)
class News:
    """What has come that could show a thing as done: not all that is open is asked of each mail."""

    addresses: set[str] = field(default_factory=set)
    paid: bool = False
    calendar: bool = False
    files: bool = False

    def take(self, documents: Iterable[Document], *, moved: bool = False) -> None:
        """Take in what was read, and whether a file was moved."""
        self.files = self.files or moved
        for document in documents:
            mail = document.mail
            if mail is not None:
                people = (mail.sender, *mail.to, *mail.cc)
                self.addresses |= {p.address.lower() for p in people if p is not None}
            self.files = self.files or document.media == "file"
            self.calendar = self.calendar or document.format == "ics"
            self.paid = self.paid or bool(document.signals("paid"))

    def concern(self, offer: Offer) -> bool:
        """Tell whether any of it may be about an offer."""
        what = offer.action.get("type")
        if what in MAILS:
            return not self.addresses.isdisjoint(_recipients(offer))
        if what in ENTRIES:
            return self.calendar
        return self.files if what == "move_file" else self.paid


# --- mails ---------------------------------------------------------------------------------


def _answered(offer: Offer, index: Index) -> str:
    for evidence in offer.evidence if offer.action.get("in_reply_to") else ():
        if told := answered(offer.action, index.thread(evidence.document), offer.created):
            return told
    return ""


def _own(document: Document) -> bool:
    sent = document.mail is not None and document.mail.folder == "sent"
    return sent or document.analysis.author == "user"


def _recipients(offer: Offer) -> set[str]:
    given = offer.action.get("to")
    named = [given] if isinstance(given, str) else given if isinstance(given, list | tuple) else []
    return {str(one).lower() for one in named if one}


def _sent(offer: Offer, index: Index) -> str:
    """Tell a mail of the user to one of the recipients, with this subject or one of these files."""
    subject = _subject(offer.action.get("subject"))
    names = _attached(offer, index)
    for address in _recipients(offer):
        for one in index.mails_with(address, since=offer.created):
            mail = one.mail
            if mail is None or one.when <= offer.created or mail.folder in _UNSENT or not _own(one):
                continue
            if not any(p.address.lower() == address for p in (*mail.to, *mail.cc)):
                continue
            if subject and _subject(mail.subject) == subject:
                return f"you have written to {address} about it since"
            if not names.isdisjoint(a.name.casefold() for a in mail.attachments):
                return f"you have sent the file to {address} since"
    return ""


def _subject(written: object) -> str:
    return " ".join(_PREFIX.sub("", str(written or "")).split()).casefold()


def _attached(offer: Offer, index: Index) -> set[str]:
    """Return what the attached files are called."""
    names = {path.rpartition("/")[2].casefold() for path in offer.files}
    given = offer.action.get("attachments")
    for name in given if isinstance(given, list | tuple) else ():
        document = index.document(DocumentId(str(name)))
        if document is not None and document.media == "file":
            names.add(document.path.rpartition("/")[2].casefold())
    return {name for name in names if name}


# --- files ---------------------------------------------------------------------------------


def _moved(payload: Payload | None, index: Index) -> str:
    for effect in payload.effects if payload is not None else ():
        if effect.type != "move_file":
            continue
        places = {d.path for d in index.by_fingerprint(effect.sha256)}
        folder = effect.target.rpartition("/")[0]
        if any(path.rpartition("/")[0] == folder and path != effect.source for path in places):
            return "the file lies there already"
        if places and effect.source not in places:
            return "you have moved the file yourself"
    return ""


# --- the calendar --------------------------------------------------------------------------


def _entered(offer: Offer, index: Index, zone: tzinfo) -> str:
    given = offer.action.get("entries")
    wanted = list(given) if isinstance(given, list | tuple) else [offer.action]
    quoted = {e.document for e in offer.evidence}
    files = [
        d
        for d in index.documents(media="file", signal="event")
        if d.format == "ics" and d.id not in quoted
    ]
    there = [s.value for d in files for s in d.signals("event") if isinstance(s.value, Mapping)]
    if there and all(any(_same(one, other, zone) for other in there) for one in wanted):
        return "it stands in your calendar" if len(wanted) == 1 else "all stands in your calendar"
    return ""


def _same(wanted: Mapping[str, Any], there: Mapping[str, Any], zone: tzinfo) -> bool:
    """Tell whether an entry begins when another does, and is called something like it."""
    if there.get("status") == "CANCELLED":
        return False
    begins, at = _moment(wanted.get("start"), "", zone), None
    if begins is not None:
        at = _moment(there.get("start"), there.get("zone"), zone)
    if begins is None or at is None:
        return False
    if wanted.get("whole_day") or there.get("all_day"):
        if begins.date() != at.date():
            return False
    elif begins != at:
        return False
    words, others = _words(wanted.get("title")), _words(there.get("title"))
    return not words or not others or not words.isdisjoint(others)


def _words(title: object) -> set[str]:
    return set(_WORD.findall(str(title or "").casefold())) - _NOT_NAMING


def _moment(written: object, name: object, zone: tzinfo) -> datetime | None:
    """Return an aware time of ISO text; a day is its midnight, no zone is the user's."""
    try:
        text = str(written or "")
        day = date.fromisoformat(text) if len(text) == 10 else None
        at = datetime.combine(day, time()) if day else datetime.fromisoformat(text)
        own = ZoneInfo(str(name)) if name else zone
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=own)


# --- bills ---------------------------------------------------------------------------------


def _paid(offer: Offer, index: Index, told_paid: Callable[[datetime], Sequence[Document]]) -> str:
    """Tell that a later document calls paid what an offer quotes: by number, or sender and sum."""
    for evidence in offer.evidence:
        bill = index.document(evidence.document)
        if bill is None or not _of_money(evidence, bill):
            continue
        for later in told_paid(offer.created):
            if later.id != bill.id and later.when > offer.created and _speaks_of(later, bill):
                return "it was paid since"
    return ""


def _of_money(evidence: Evidence, bill: Document) -> bool:
    """Tell whether a quote holds what is owed: the day to cancel by is not met by paying."""
    owed = bill.signals("amount_due")
    return any(s.start < evidence.end and evidence.start < s.end for s in owed)


def _speaks_of(later: Document, bill: Document) -> bool:
    if later.mail is not None and later.mail.folder in _UNSENT:
        return False
    owed = [s.value for s in bill.signals("amount_due")]
    said = [s.value for kind in _SUMS for s in later.signals(kind)]
    same = any(value in owed for value in said)
    numbers = [s.value for s in bill.signals("invoice_number")]
    if numbers:
        # The same sum comes every month: where there is a number, it says which one. Two firms may
        # use the same, and then differ in the sum.
        named = any(s.value in numbers for s in later.signals("invoice_number"))
        return named and (same or not said)
    return same and bool(_sender(bill)) and _sender(later) == _sender(bill)


def _sender(document: Document) -> str:
    mail = document.mail
    return mail.sender.address.lower() if mail is not None and mail.sender is not None else ""
