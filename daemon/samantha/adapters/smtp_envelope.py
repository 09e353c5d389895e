"""A mail that is ready to go: which account it goes through, its final bytes, and their check.

The bytes that are approved are those on the wire, ended by CRLF, and the check is made twice: when
they are built, and by the process that sends them, just before it does.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Literal

from samantha.adapters.draft import HEADERS, PART_HEADERS
from samantha.adapters.imap_account import Account
from samantha.api.types import Document
from samantha.core.payload import Effect

MAX_BYTES = 40 * 2**20
_KEEP_SENT = ("smtp.gmail.com", "smtp-mail.outlook.com", "smtp.office365.com")
"""Servers that put what they sent into Sent by themselves."""
_NEEDED = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An account as far as a payload must know it."""

    name: str
    address: str
    server: str
    """``host:port`` of its SMTP server; '' where a yes only makes a draft."""

    def effects(self, data: bytes, *, addressed: bool) -> tuple[Effect, ...]:
        """Return the steps that a yes to final bytes means; without an address it is a draft."""
        sha256, name = hashlib.sha256(data).hexdigest(), message_id(data)

        def step(kind: Literal["send_mail", "append_mail"], target: str) -> Effect:
            return Effect(kind, target=target, source=self.name, sha256=sha256, text=name)

        if not self.server or not addressed:
            return (step("append_mail", "drafts"),)
        if self.server.partition(":")[0] in _KEEP_SENT:
            return (step("send_mail", self.server),)
        return step("send_mail", self.server), step("append_mail", "sent")


def account_for(accounts: Sequence[Outgoing], documents: Iterable[Document]) -> Outgoing | None:
    """Return the account that a mail about these goes through: the one they came to, or the first.

    None without an account.
    """
    came_to = {p.address for d in documents if d.mail for p in (*d.mail.to, *d.mail.cc)}
    return next((a for a in accounts if a.address in came_to), next(iter(accounts), None))


def outgoing(account: Account, *, send: bool) -> Outgoing:
    """Return what payloads know of an account."""
    return Outgoing(account.name, account.address, server_name(account) if send else "")


def server_name(account: Account) -> str:
    """Return ``host:port`` of an account's SMTP server, '' if it has none."""
    return f"{account.smtp.host}:{account.smtp.port}" if account.smtp else ""


def wire(data: bytes) -> bytes:
    """Return a draft's bytes as they go over the wire: lines ended by CRLF."""
    return data.replace(b"\n", b"\r\n")


def wire_problem(data: bytes, sender: str, envelope: Sequence[str]) -> str:
    """Return what is wrong with the final bytes of a mail that is to be sent, or '' (I4)."""
    if len(data) > MAX_BYTES:
        return "it is too large"
    if not data.endswith(b"\r\n") or b"\0" in data or re.search(rb"\r(?!\n)|(?<!\r)\n", data):
        return "its lines are not those of a mail"
    if not data.isascii() or max(map(len, data.split(b"\r\n"))) > 998:
        return "its lines are not those of a mail"
    head, found, _ = data.partition(b"\r\n\r\n")
    names = _names(head) if found else []
    if not names or len(set(names)) != len(names) or not set(names) <= {*HEADERS} - {"X-Unsent"}:
        return "its header has fields that do not belong there"
    if not {*_NEEDED} <= set(names):
        return "its header lacks a field"
    message = message_from_bytes(data, policy=policy.SMTP)
    if not isinstance(message, EmailMessage) or message.defects:
        return "another reader finds it damaged"
    if [a.addr_spec for a in message["From"].addresses] != [sender]:
        return "it is not from the account that sends it"
    if [a.addr_spec for a in message["To"].addresses] != list(envelope) or not envelope:
        return "its recipients are not the ones that were approved"
    for part in message.walk():
        if part is not message and not set(part.keys()) <= set(PART_HEADERS):
            return "a part of it has fields that do not belong there"
    return ""


def _names(head: bytes) -> list[str]:
    """Return the names of the header's fields; none if a line of it is no header."""
    found: list[str] = []
    for line in head.split(b"\r\n"):
        if line[:1] in (b" ", b"\t") and found:
            continue
        match = re.match(rb"([A-Za-z-]+): ", line)
        if match is None:
            return []
        found.append(match[1].decode())
    return found


def message_id(data: bytes) -> str:
    """Return the Message-ID in final bytes."""
    found = re.search(rb"(?m)^Message-ID: (<[!-;=?-~]{1,250}>)\r?$", data.partition(b"\r\n\r\n")[0])
    return found[1].decode() if found else ""
