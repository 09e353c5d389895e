"""Drafts: the final bytes of a mail, written header by header and then checked as bytes.

The email package may write an encoded word as a header line of its own; here nothing of a
stranger's reaches a header without being plain ASCII or base64, and the finished bytes are read
again by another parser before anybody is asked about them.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import quote

from samantha.adapters.flowed import CONTENT_TYPE, flowed
from samantha.api.errors import UserError
from samantha.api.types import Person
from samantha.core.consent import is_address

HEADERS = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "X-Unsent",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
)
PART_HEADERS = ("Content-Type", "Content-Transfer-Encoding", "Content-Disposition")
MAX_SUBJECT = 300
_PLAIN = re.compile(r"[ !#-'*+\-/-9A-Z^-~=?,.:;()&@\[\]]*")
_ATOMS = re.compile(r"[A-Za-z0-9 '\-]+")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes with the mail."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """What a mail says, before it is bytes."""

    sender: Person | None
    to: tuple[str, ...]
    subject: str
    body: str
    date: datetime
    message_id: str
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    attachments: tuple[Attached, ...] = ()
    unsent: bool = False
    """Whether it is a file of its own, which mail programs then open for writing."""


def message_id_for(seed: str, address: str) -> str:
    """Return a Message-ID that is the same for the same action."""
    digest = hashlib.sha256(seed.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    domain = address.rpartition("@")[2] if is_address(address) else ""
    return f"<{digest}@{domain or 'samantha.invalid'}>"


def draft_bytes(draft: Draft) -> bytes:
    """Return the checked bytes of a draft, lines ended by LF as mail folders hold them."""
    lines = _envelope(draft)
    body = _wrapped(base64.b64encode(flowed(_body(draft.body)).encode("utf-8")))
    if not draft.attachments:
        lines += [CONTENT_TYPE, "Content-Transfer-Encoding: base64", "", body]
    else:
        seed = hashlib.sha256(draft.message_id.encode())
        for one in draft.attachments:
            seed.update(one.data)
        # Base64 has no '=_' at the start of a line, so no part can hold the boundary.
        mark = f"=_{seed.hexdigest()[:32]}"
        lines += [f'Content-Type: multipart/mixed; boundary="{mark}"', ""]
        lines += [f"--{mark}", CONTENT_TYPE, "Content-Transfer-Encoding: base64", "", body]
        for one in draft.attachments:
            lines += [f"--{mark}", *_part_head(one), "", _wrapped(base64.b64encode(one.data))]
        lines += [f"--{mark}--"]
    data = ("\n".join(lines) + "\n").encode("ascii")
    problem = problem_of(data, draft)
    if problem:
        raise UserError(f"The draft is not safe to keep: {problem}.", "Nothing was prepared.")
    return data


def _envelope(draft: Draft) -> list[str]:
    for address in draft.to:
        if not is_address(address):
            raise UserError("A recipient is not a plain mail address.", "Nothing was prepared.")
    lines = []
    if draft.sender is not None and is_address(draft.sender.address):
        lines.append(_header("From", [_named(draft.sender)]))
    if draft.to:
        lines.append(_header("To", [f"{a}," for a in draft.to[:-1]] + [draft.to[-1]]))
    lines.append(_header("Subject", _words(clean(draft.subject, MAX_SUBJECT))))
    lines.append(f"Date: {format_datetime(draft.date)}")
    lines.append(f"Message-ID: {_id(draft.message_id)}")
    if draft.in_reply_to:
        lines.append(f"In-Reply-To: {_id(draft.in_reply_to)}")
    known = [r for r in draft.references if _MESSAGE_ID.fullmatch(r)][-20:]
    if known:
        lines.append(_header("References", known))
    if draft.unsent:
        lines.append("X-Unsent: 1")
    lines.append("MIME-Version: 1.0")
    return lines


def _id(value: str) -> str:
    if not _MESSAGE_ID.fullmatch(value):
        raise UserError("The mail that is answered has no proper id.", "Nothing was prepared.")
    return value


def _named(person: Person) -> str:
    name = clean(person.name, 100)
    if not name:
        return person.address
    shown = name if _ATOMS.fullmatch(name) else "\n ".join(_words(name, always=True))
    return f"{shown} <{person.address}>"


def _header(name: str, pieces: Sequence[str]) -> str:
    """Join pieces with folds, so that no line grows past what the strictest server takes."""
    lines, current = [], f"{name}:"
    for piece in pieces:
        if len(current) + len(piece) > 75 and current != f"{name}:":
            lines.append(current)
            current = ""
        current += f" {piece}"
    return "\n".join([*lines, current])


def _words(text: str, *, always: bool = False) -> list[str]:
    if not always and "=?" not in text and _PLAIN.fullmatch(text):
        return text.split(" ")
    chunks, current = [], ""
    for ch in text:
        if len((current + ch).encode()) > 42:
            chunks.append(current)
            current = ""
        current += ch
    return [f"=?utf-8?b?{base64.b64encode(c.encode()).decode()}?=" for c in [*chunks, current]]


def clean(untrusted_text: str, limit: int) -> str:
    """Return one line without control, format or surrogate characters."""
    text = unicodedata.normalize("NFC", untrusted_text.replace("\n", " ").replace("\t", " "))
    kept = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    return " ".join(kept.split())[:limit].strip()


def _body(text: str) -> str:
    kept = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))
    return kept.rstrip("\n") + "\n"


def _wrapped(coded: bytes) -> str:
    text = coded.decode("ascii")
    return "\n".join(text[i : i + 76] for i in range(0, len(text), 76))


def _part_head(one: Attached) -> list[str]:
    kind = one.media_type if _TYPE.fullmatch(one.media_type) else "application/octet-stream"
    name = clean(one.name, 120).replace("/", "_").lstrip(".") or "attachment"
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " .-_") else "_" for c in name)
    lines = [f"Content-Type: {kind}", "Content-Transfer-Encoding: base64"]
    if plain == name:
        return [*lines, f'Content-Disposition: attachment;\n filename="{name}"']
    lines.append("Content-Disposition: attachment;")
    coded = quote(name, safe="")
    pieces = [coded[i : i + 60] for i in range(0, len(coded), 60)]
    # RFC 2231: the name in numbered pieces, so that no line is too long.
    rows = [f" filename*{i}*={_start(i)}{piece}" for i, piece in enumerate(pieces)]
    return ["\n".join([*lines[:2], lines[2], ";\n".join(rows)])]


def _start(piece: int) -> str:
    return "utf-8''" if piece == 0 else ""


# --- checking the final bytes --------------------------------------------------------------


def problem_of(data: bytes, draft: Draft) -> str:
    """Return what is wrong with the final bytes, or '' (I4)."""
    head, found, _ = data.partition(b"\n\n")
    if not found or b"\r" in data or b"\0" in data or max(map(len, data.split(b"\n"))) > 998:
        return "its bytes are not those of a plain mail"
    names = []
    for line in head.split(b"\n"):
        if line[:1] in (b" ", b"\t"):
            continue
        match = re.match(rb"([A-Za-z-]+): ", line)
        if not match:
            return "a line of its header is no header"
        names.append(match[1].decode())
    if len(set(names)) != len(names) or not set(names) <= set(HEADERS):
        return "its header has fields that do not belong there"
    message = message_from_bytes(data, policy=policy.default)
    if not isinstance(message, EmailMessage) or message.defects:
        return "another reader finds it damaged"
    addresses = [a.addr_spec for a in message["To"].addresses] if message["To"] else []
    if addresses != list(draft.to):
        return "its recipients are not the ones that were admitted"
    if str(message["Subject"] or "") != clean(draft.subject, MAX_SUBJECT):
        return "its subject does not read as it should"
    return _problem_of_parts(message, draft)


def _problem_of_parts(message: EmailMessage, draft: Draft) -> str:
    parts = list(message.iter_attachments()) if message.is_multipart() else []
    for part in message.walk():
        if part is not message and not set(part.keys()) <= set(PART_HEADERS):
            return "a part of it has fields that do not belong there"
    if len(parts) != len(draft.attachments):
        return "its attachments are not the ones that were given"
    for part, one in zip(parts, draft.attachments, strict=True):
        if part.get_payload(decode=True) != one.data:
            return "an attachment does not read as it should"
    return ""


def attachment_names(data: bytes) -> list[str]:
    """Return the names of the files in a mail, read from its final bytes."""
    message = message_from_bytes(data, policy=policy.default)
    return [part.get_filename() or "unnamed" for part in message.iter_attachments()]
