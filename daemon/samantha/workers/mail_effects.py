"""The effects on mail accounts: sending, and putting a mail into a folder of the server.

A mail goes out at most once: what was not answered is never tried again. A mail in a folder is
known by its Message-ID, so it is put there once, however often it is asked for.
"""

from __future__ import annotations

import hashlib
import imaplib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from samantha.adapters.imap_account import Account, MailTrouble
from samantha.adapters.imap_folders import folders, with_role
from samantha.adapters.imap_session import Meter, Secret, session
from samantha.adapters.smtp import Sending
from samantha.adapters.smtp_envelope import message_id, server_name, wire_problem
from samantha.core.ports import NotYet, Refused

if TYPE_CHECKING:
    from imapclient import IMAPClient

Facts = dict[str, Any]
Answer = Literal["done", "not_done", "?"]
KINDS = ("send_mail", "append_mail")
_NAMES = {"sent": "Sent", "drafts": "Drafts"}


class MailCarrier:
    """Carries out the effects on the accounts it was told of."""

    def __init__(self, accounts: Sequence[Account], secret: Secret) -> None:
        self._accounts = {a.name: a for a in accounts}
        self._secret = secret
        self._ready: dict[str, Sending] = {}

    # --- sending ----------------------------------------------------------------------------

    def prepare(self, effect: Mapping[str, Any], data: bytes, manifest: str, key: str) -> None:
        """Hand a mail over but for its last byte; raises ``NotYet`` or ``Refused``."""
        account = self._account(effect)
        if server_name(account) != effect["target"]:
            raise Refused("the account was changed since the mail was approved")
        if message_id(data) != effect["text"]:
            raise Refused("the mail has another Message-ID than the approved one")
        envelope = [str(one) for one in json.loads(manifest)["envelope"]]
        problem = wire_problem(data, account.address, envelope)
        if problem:
            raise Refused(f"it is not safe to send: {problem}")
        self.drop()
        sending = Sending(account, self._secret)
        sending.prepare(data, envelope)
        self._ready[key] = sending

    def send(self, effect: Mapping[str, Any], data: bytes, manifest: str, key: str) -> Facts:
        """Send the last byte of a mail that was handed over; without that, hand it over first."""
        if key not in self._ready:
            try:
                self.prepare(effect, data, manifest, key)
            except NotYet as problem:
                raise Refused(str(problem)) from problem
        said = self._ready.pop(key).commit()
        at = datetime.now(UTC).isoformat(timespec="seconds")
        return {"sent_at": at, "message_id": message_id(data), "said": said}

    def drop(self) -> None:
        """End what was handed over and not sent."""
        for sending in self._ready.values():
            sending.close()
        self._ready.clear()

    def sent(self, effect: Mapping[str, Any]) -> Answer:
        """Look for a mail in Sent: there it was sent; anything else proves nothing."""
        return "done" if self._look(effect, "sent") == "done" else "?"

    # --- putting into folders ---------------------------------------------------------------

    def append(self, effect: Mapping[str, Any], data: bytes) -> Facts:
        """Put a mail into Drafts, or a copy into Sent.

        A copy that cannot be put there is told in the facts: the mail itself is sent already.
        """
        role = str(effect["target"])
        try:
            return self._append(self._account(effect), role, data)
        except MailTrouble as problem:
            if role == "sent":
                return {"copied": "", "why": problem.reason}
            # Whether the server took it before the connection broke is looked up.
            if problem.state == "offline":
                raise OSError(problem.reason) from problem
            typed = f". Type: {problem.type_this}" if problem.type_this else ""
            raise Refused(f"{problem.reason}{typed}") from problem

    def _append(self, account: Account, role: str, data: bytes) -> Facts:
        with session(account, self._secret, Meter()) as client:
            folder = _folder(client, role)
            name = message_id(data)
            if not _found(client, folder, name):
                flags = [b"\\Seen", b"\\Draft"] if role == "drafts" else [b"\\Seen"]
                client.append(folder, data, flags)
        digest = hashlib.sha256(data).hexdigest()
        return {"copied": folder, "message_id": name, "sha256": digest}

    def appended(self, effect: Mapping[str, Any]) -> Answer:
        """Tell whether a mail lies in its folder; of a copy that cannot be told, try again."""
        answer = self._look(effect, str(effect["target"]))
        return "not_done" if answer == "?" and effect["target"] == "sent" else answer

    def unappend(self, effect: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
        """Remove a draft that is still exactly what was put there."""
        if effect["target"] != "drafts":
            return "it was sent, and that cannot be taken back"
        try:
            with session(self._account(effect), self._secret, Meter()) as client:
                folder, name = str(facts["copied"]), str(facts["message_id"])
                client.select_folder(folder)
                for uid in client.search(["HEADER", "Message-ID", name]):
                    text = client.fetch([uid], ["BODY.PEEK[]"]).get(uid, {}).get(b"BODY[]", b"")
                    if hashlib.sha256(text).hexdigest() == facts["sha256"]:
                        _remove(client, uid)
                        return ""
        except MailTrouble as problem:
            return problem.reason
        return "the draft is no longer there as it was: it was sent, changed or deleted"

    def _look(self, effect: Mapping[str, Any], role: str) -> Answer:
        try:
            with session(self._account(effect), self._secret, Meter()) as client:
                found = _found(client, _folder(client, role), str(effect["text"]))
        except (MailTrouble, Refused):
            return "?"
        return "done" if found else "not_done"

    def _account(self, effect: Mapping[str, Any]) -> Account:
        account = self._accounts.get(str(effect["source"]))
        if account is None:
            raise Refused(f"there is no account '{effect['source']}' any more")
        return account


def _folder(client: IMAPClient, role: str) -> str:
    found = folders(client)
    folder = with_role(found, role)
    if folder is not None:
        return folder.name
    client.create_folder(_NAMES[role])
    return _NAMES[role]


def _found(client: IMAPClient, folder: str, name: str) -> bool:
    if not name:
        return False
    try:
        client.select_folder(folder, readonly=True)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as problem:
        raise MailTrouble("gone", f"the folder {folder} cannot be opened") from problem
    return bool(client.search(["HEADER", "Message-ID", name]))


def _remove(client: IMAPClient, uid: int) -> None:
    client.add_flags([uid], [b"\\Deleted"], silent=True)
    if client.has_capability("UIDPLUS"):
        client.uid_expunge([uid])
