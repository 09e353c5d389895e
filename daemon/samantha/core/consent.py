"""Consent: who may be written to, how strong a yes is needed, what is confirmed one by one.

Nothing here can be chosen by a plugin or a model: the class follows from the action and from
what the user has done before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from samantha.api.actions import Action, AssembleManuscript, DraftMail
from samantha.api.errors import UserError
from samantha.api.types import Decision, Document, Outlet
from samantha.core.payload import Payload

YES = (Decision.ACCEPTED, Decision.EDITED)
"""The decisions that are a yes: to an offer as it was made, or as the user has rewritten it."""
MAX_RECIPIENTS = 10
MAX_LEAVING = 200
"""Characters of text and subject of a mail that leaves a list."""
ORIGIN_KEY = "recipient_origin"
"""Where in the payload's action it stands how each recipient is known."""

KNOWN = "known"
THREAD = "thread"
CONFIGURED = "outlet"
FOUND = "found in a mail"

# No quoting, no comments, no non-ASCII: what the strictest reader takes for one address.
_ADDRESS = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|\.(?!\.|@)){0,63}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}"
)

Allowed = Callable[[str], bool]
"""Tells whether the user has written to an address before, or keeps it as a contact."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """An admitted address and how it is known."""

    address: str
    origin: str


def is_address(text: str) -> bool:
    """Tell whether a text is exactly one plain mail address."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def admit_recipients(
    action: Action, sources: Mapping[str, Document], allowed: Allowed, outlets: Iterable[Outlet]
) -> tuple[Recipient, ...]:
    """Return the recipients of an action, or raise ``UserError`` for the first that is nobody's.

    An address may be one the user has written to, the ``From`` of the mail that is answered, a
    configured outlet, or (for a manuscript alone) the address an open call gives, or (for a bare
    mail that leaves a list) the one its List-Unsubscribe names; these are confirmed as a step of
    their own.
    """
    wanted = _wanted(action)
    if len(wanted) > MAX_RECIPIENTS:
        raise UserError(f"More than {MAX_RECIPIENTS} recipients.", "Nothing was prepared.")
    configured = {o.address.strip().lower() for o in outlets if o.address}
    found: list[Recipient] = []
    for address in wanted:
        if not is_address(address):
            raise UserError("A recipient is not a plain mail address.", "Nothing was prepared.")
        origin = _origin(address, action, sources, allowed, configured)
        if not origin:
            raise UserError(
                "A recipient is not somebody the user knows.",
                "Addresses from bodies, signatures and Reply-To are never written to.",
            )
        found.append(Recipient(address, origin))
    return tuple(found)


def _wanted(action: Action) -> list[str]:
    if isinstance(action, DraftMail):
        raw = list(action.to)
    elif isinstance(action, AssembleManuscript):
        raw = [action.to] if action.to else []
    else:
        raw = []
    return list(dict.fromkeys(a.strip().lower() for a in raw))


def _origin(
    address: str,
    action: Action,
    sources: Mapping[str, Document],
    allowed: Allowed,
    configured: set[str],
) -> str:
    if address in configured:
        return CONFIGURED
    if allowed(address):
        return KNOWN
    if isinstance(action, DraftMail):
        if address == _answered(action, sources):
            return THREAD
        return FOUND if _leaves(address, action, sources) else ""
    return FOUND if address in _calls(sources) else ""


def _answered(action: DraftMail, sources: Mapping[str, Document]) -> str:
    for document in sources.values():
        mail = document.mail
        if mail is None or mail.sender is None or not action.in_reply_to:
            continue
        # An automatic mail has no person behind its From.
        if mail.message_id == action.in_reply_to and not mail.automatic:
            return mail.sender.address.lower()
    return ""


def _leaves(address: str, action: DraftMail, sources: Mapping[str, Document]) -> bool:
    """Tell whether a draft only leaves a list: to the address its header names, and bare.

    The address is a stranger's, so nothing of the user's may go there but the wish to leave.
    """
    bare = len(action.to) == 1 and not action.attachments and not action.in_reply_to
    if not bare or len(action.body) > MAX_LEAVING or len(action.subject) > MAX_LEAVING:
        return False
    mails = [d.mail for d in sources.values() if d.mail is not None]
    return any(
        m.list_unsubscribe and m.folder not in _UNWANTED and m.unsubscribe_to.lower() == address
        for m in mails
    )


def _calls(sources: Mapping[str, Document]) -> set[str]:
    found = set()
    for document in sources.values():
        if document.media != "mail" or (document.mail and document.mail.folder in _UNWANTED):
            continue
        for signal in document.signals("open_call"):
            if isinstance(signal.value, Mapping):
                address = str(signal.value.get("address") or "").strip().lower()
                if address and address in document.text.lower():
                    found.add(address)
    return found


_UNWANTED = ("spam", "trash")


def approval_class(action: Action, recipients: Iterable[Recipient] = ()) -> str:
    """Return A for what is local and undoable, B for known correspondents, C for the rest."""
    if isinstance(action, AssembleManuscript):
        return "C"
    if isinstance(action, DraftMail):
        known = all(r.origin == KNOWN for r in recipients)
        return "B" if known and not action.attachments else "C"
    return "A"


def card_items(payload: Payload) -> list[str]:
    """Return what is confirmed one by one before a yes of class C: recipients, attachments."""
    if payload.approval_class != "C":
        return []
    origins = payload.action.get(ORIGIN_KEY)
    known = origins if isinstance(origins, Mapping) else {}
    items = []
    for address in payload.envelope:
        items.append(f"to {address}")
        if known.get(address) == FOUND:
            items.append(f"{address} was {FOUND}")
    attached = payload.action.get("attached")
    if isinstance(attached, list | tuple):
        items += [f"attachment {name}" for name in attached]
    return items
