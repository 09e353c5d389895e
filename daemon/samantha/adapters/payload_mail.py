"""The mails of payloads: from whom, of which date, by which name, and what a yes to them does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from samantha.adapters.draft import Attached, Draft, draft_bytes, message_id_for
from samantha.adapters.payload_places import drafts_folder
from samantha.adapters.smtp_envelope import Outgoing, account_for, wire
from samantha.api.actions import Action, AssembleManuscript, DraftMail
from samantha.api.types import Document, Identity, Person
from samantha.core.consent import Recipient
from samantha.core.payload import Blob, Effect


class MailDesk:
    """Writes mails: through the account they belong to, or as drafts for a folder of this disk."""

    def __init__(
        self,
        identity: Identity,
        drafts: str,
        accounts: Sequence[Outgoing] = (),
        dated: Callable[[str], datetime] | None = None,
    ) -> None:
        self._identity = identity
        self._drafts = drafts_folder(drafts)
        self._unsent = not self._drafts or self._drafts.endswith(".eml")
        self._accounts = tuple(accounts)
        self._dated = dated

    def written(
        self,
        action: DraftMail | AssembleManuscript,
        sources: Mapping[str, Document],
        recipients: Sequence[Recipient],
        attached: Sequence[Attached],
        *,
        name: str,
        folder: str,
    ) -> tuple[Blob, tuple[Effect, ...]]:
        """Return a mail's final bytes, and the steps that a yes to them means.

        ``folder`` is where a draft is put as a file if there is no better place.
        """
        through = account_for(self._accounts, sources.values())
        data = draft_bytes(self._draft(action, sources, recipients, attached, through))
        reply = isinstance(action, DraftMail)
        blob = Blob(name, "draft" if reply else "cover_mail", wire(data) if through else data)
        if through is not None:
            return blob, through.effects(blob.data, addressed=bool(recipients))
        target = self._drafts or f"{folder}/{blob.name}"
        return blob, (Effect("deliver_draft", target=target, sha256=blob.sha256),)

    def _draft(
        self,
        action: DraftMail | AssembleManuscript,
        sources: Mapping[str, Document],
        recipients: Sequence[Recipient],
        attached: Sequence[Attached],
        through: Outgoing | None,
    ) -> Draft:
        sender = self._sender(through)
        name = _message_id(action, sources, sender.address if sender else "")
        dated = self._dated if through is not None else None
        answer = action if isinstance(action, DraftMail) else None
        return Draft(
            sender=sender,
            to=tuple(r.address for r in recipients),
            subject=action.subject,
            body=action.body if isinstance(action, DraftMail) else action.cover,
            date=dated(name) if dated is not None else newest(sources),
            message_id=name,
            in_reply_to=answer.in_reply_to if answer else "",
            references=answer.references if answer else (),
            attachments=tuple(attached),
            unsent=self._unsent and through is None,
        )

    def _sender(self, through: Outgoing | None) -> Person | None:
        name = next(iter(self._identity.names), "")
        own = next(iter(self._identity.addresses), "")
        address = through.address if through is not None else own
        return Person(name, address) if address else None


def _message_id(action: Action, sources: Mapping[str, Document], address: str) -> str:
    prints = sorted((name, d.fingerprint) for name, d in sources.items())
    seed = json.dumps([values(action), prints], sort_keys=True)
    return message_id_for(seed, address)


def newest(sources: Mapping[str, Document]) -> datetime:
    """Return the time of the newest source: a time of building would change the bytes daily."""
    last = max((d.when for d in sources.values()), default=datetime(2000, 1, 1, tzinfo=UTC))
    return last.astimezone(UTC).replace(microsecond=0)


def values(action: Action) -> dict[str, Any]:
    """Return an action as JSON values, with its type."""
    return {"type": action.type, **_plain(asdict(action))}


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value
