"""The same thing said by two plugins: one offer with two reasons; and what is done already."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from samantha.api.types import Document
from samantha.core.ports import Offer, OfferState
from samantha.core.text import inert

ALIKE: Mapping[str, str] = {
    "remind": "",
    "move_file": "path",
    "draft_mail": "to",
    "calendar_entry": "start",
    "write_document": "title",
    "assemble_manuscript": "outlet",
}
"""What must agree in two actions of a type that rest on one document; '': the document is enough.

Two plugins that remind of one letter ring twice about it; two entries from one mail are two
appointments unless they begin at the same time.
"""


_NOT_THERE = ("drafts", "trash", "spam")
"""Where nothing lies that was said in a thread: in the spam, a stranger used somebody's address."""


def twin(
    offers: Iterable[Offer], plugin: str, action: Mapping[str, Any], quoted: Collection[str]
) -> Offer | None:
    """Return the offer by which another plugin says the same about the same document, or None."""
    for offer in offers:
        if offer.plugin == plugin or offer.action.get("type") != action.get("type"):
            continue
        shared = any(e.document in quoted for e in offer.evidence)
        if shared and _agree(offer.action, action):
            return offer
    return None


def _agree(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    field = ALIKE.get(str(one.get("type")))
    if field is None:
        return False
    return not field or _plain(one.get(field)) == _plain(other.get(field))


def _plain(value: object) -> object:
    """Return a value so that equal ones compare equal: a moment in any offset, a list in order."""
    if isinstance(value, list | tuple):
        return sorted(str(one).casefold() for one in value)
    try:
        return datetime.fromisoformat(str(value)).timestamp()
    except (ValueError, OverflowError, OSError):
        return str(value).casefold()


def two_reasons(offer: Offer, plugin: str, why: str, limit: int) -> str:
    """Return the reasons of an offer with that of another plugin; '' where nothing is added."""
    added = f"Also ({plugin}): {inert(why, limit // 3)}"
    if added in offer.why:
        return ""
    room = limit - len(added) - 1
    return f"{inert(offer.why, room)} {added}" if room > 0 else ""


def told_same(offer: Offer) -> str:
    """Return, in words, that another offer says the same."""
    if offer.state is OfferState.DECIDED:
        return f"you decided on the same already (offer {offer.id} of {offer.plugin})"
    if offer.state is OfferState.EXPIRED:
        return f"you let the same pass already (offer {offer.id} of {offer.plugin})"
    return f"the same as offer {offer.id} of {offer.plugin}: one offer, two reasons"


def answered(action: Mapping[str, Any], thread: Sequence[Document], since: datetime) -> str:
    """Return, in words, that a mail to be drafted into a thread was written meanwhile, or ''.

    Whether it was written before the offer was made is the plugin's to judge, which knows what it
    was about; here only what came ``since`` then counts.
    """
    name = str(action.get("in_reply_to") or "")
    asked = next((d for d in thread if d.mail is not None and d.mail.message_id == name), None)
    if not name or asked is None:
        return ""
    for later in thread:
        if later.when <= since or later.mail is None or later.mail.folder in _NOT_THERE:
            continue
        if _own(later):
            return "you have written in this thread since"
        if _own(asked) and not later.mail.automatic:
            return "somebody has answered in this thread since"
    return ""


def _own(document: Document) -> bool:
    sent = document.mail is not None and document.mail.folder == "sent"
    return sent or document.analysis.author == "user"
