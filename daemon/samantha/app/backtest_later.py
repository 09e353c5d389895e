"""What the user did of their own accord after a suggestion: the past's own verdict on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from samantha.api.types import Document, DocumentId, Identity
from samantha.core.ports import Index, Offer

WITHIN = timedelta(days=30)
SOON = timedelta(days=7)
"""Writing to the same person counts for so long: later it was hardly because of this."""
_OWED = ("amount_due", "due_date")


@dataclass(frozen=True, slots=True)
class Later:
    """One thing the user did: answered, sent, moved or paid; when, and the document that shows it.

    ``sent`` is weaker than ``answered``: the same person was written to, perhaps of other things.
    """

    what: str
    at: datetime
    document: DocumentId


def later_of(
    offer: Offer,
    index: Index,
    identity: Identity,
    moves: Sequence[tuple[datetime, str, str]],
) -> Later | None:
    """Return the strongest thing the user did about an offer in the month after it, if any.

    ``moves`` are (when, from, to) of the files that were moved.
    """
    sources = [d for e in offer.evidence if (d := index.document(e.document)) is not None]
    mails = list({d.id: d for d in sources if d.mail is not None}.values())
    window = (offer.created, offer.created + WITHIN)
    soon = (offer.created, offer.created + SOON)
    return (
        _answered(mails, index, identity, window)
        or _paid(sources, index, window)
        or _moved(offer, moves, window)
        or _sent(offer, mails, index, identity, soon)
    )


def by_user(document: Document, identity: Identity) -> bool:
    """Tell whether the user sent a mail: it lies in a sent folder, or bears their address."""
    mail = document.mail
    if mail is None or mail.folder == "drafts":
        return False
    sender = mail.sender.address if mail.sender else ""
    return mail.folder == "sent" or identity.owns(sender)


def _inside(moment: datetime, window: tuple[datetime, datetime]) -> bool:
    return window[0] < moment <= window[1]


def _answered(
    mails: Sequence[Document], index: Index, identity: Identity, window: tuple[datetime, datetime]
) -> Later | None:
    for mail in mails:
        for one in index.thread(mail.id):
            if one.id != mail.id and _inside(one.when, window) and by_user(one, identity):
                return Later("answered", one.when, one.id)
    return None


def _paid(
    sources: Sequence[Document], index: Index, window: tuple[datetime, datetime]
) -> Later | None:
    for source in sources:
        if source.mail is None or not any(source.signals(kind) for kind in _OWED):
            continue
        thread = list(index.thread(source.id))
        sender = source.mail.sender
        near = index.mails_with(sender.address) if sender else ()
        for one in (*thread, *near):
            if one.id != source.id and _inside(one.when, window) and one.signals("paid"):
                return Later("paid", one.when, one.id)
    return None


def _moved(
    offer: Offer, moves: Sequence[tuple[datetime, str, str]], window: tuple[datetime, datetime]
) -> Later | None:
    names = {str(e.document) for e in offer.evidence}
    for at, old, new in moves:
        if old in names and _inside(at, window):
            return Later("moved", at, DocumentId(new))
    return None


def _sent(
    offer: Offer,
    mails: Sequence[Document],
    index: Index,
    identity: Identity,
    window: tuple[datetime, datetime],
) -> Later | None:
    for address in _correspondents(offer.action, mails, identity):
        for one in index.mails_with(address):
            if one.mail is None or not _inside(one.when, window) or not by_user(one, identity):
                continue
            if any(p.address == address for p in (*one.mail.to, *one.mail.cc)):
                return Later("sent", one.when, one.id)
    return None


def _correspondents(
    action: Mapping[str, object], mails: Sequence[Document], identity: Identity
) -> list[str]:
    """Return whom the action would write to, else who is on the other side of its mails."""
    given = action.get("to")
    named = [given] if isinstance(given, str) else given if isinstance(given, list | tuple) else ()
    found = [str(one).lower() for one in named if isinstance(one, str) and "@" in one]
    for document in mails if not found else ():
        mail = document.mail
        if mail is None or mail.list_id or mail.automatic:
            continue
        people = mail.to if by_user(document, identity) else (mail.sender,)
        found += [p.address for p in people if p is not None]
    return [one for one in dict.fromkeys(found) if one and not identity.owns(one)]
