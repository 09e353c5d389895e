"""Payloads: the frozen bytes and effects that a yes is bound to.

A payload is a list of primitive effects and the blobs they commit. Its hash covers the
action's type, the approval class, the envelope, every effect with its target, every blob's
sha256 and every source fingerprint: change one byte of any and the yes is void.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

EffectType = Literal[
    "write_file", "move_file", "deliver_draft", "add_reminder", "send_mail", "append_mail"
]
FILES: tuple[EffectType, ...] = ("write_file", "move_file", "deliver_draft")
"""Effects whose target is a path."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One primitive step of the executor.

    ``write_file`` writes blob ``sha256`` to ``target`` (never overwrites); ``move_file`` moves
    ``source`` (whose content must be ``sha256``) to ``target``; ``deliver_draft`` puts blob
    ``sha256`` into the Maildir ``target`` with the draft flag, or writes ``target`` when it ends in
    ``.eml``; ``add_reminder`` stores ``text`` for the time ``at`` (ISO 8601 UTC); ``send_mail``
    hands blob ``sha256`` with the Message-ID ``text`` to the server ``target`` of the mail account
    ``source``, for the payload's envelope; ``append_mail`` puts it into the account's folder with
    the role ``target`` (drafts, sent).
    """

    type: EffectType
    target: str = ""
    source: str = ""
    sha256: str = ""
    at: str = ""
    text: str = ""
    copy_text: str = ""


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes that a payload commits, with the role they play on the card."""

    name: str
    role: str
    """manuscript_docx, manuscript_pdf, cover_mail or draft."""
    data: bytes

    @property
    def sha256(self) -> str:
        """Return the hash of the bytes, hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Payload:
    """All that an approval covers."""

    action: Mapping[str, Any]
    """The action as JSON values, with its ``type``."""
    approval_class: str
    effects: tuple[Effect, ...]
    blobs: tuple[Blob, ...] = ()
    envelope: tuple[str, ...] = ()
    """Recipient addresses."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Document id to fingerprint."""

    def manifest(self) -> str:
        """Return the canonical text that is hashed: JSON, sorted keys, blobs by hash."""
        value = {
            "action": self.action,
            "approval_class": self.approval_class,
            "effects": [asdict(e) for e in self.effects],
            "blobs": [
                {"name": b.name, "role": b.role, "sha256": b.sha256, "size": len(b.data)}
                for b in self.blobs
            ],
            "envelope": list(self.envelope),
            "sources": dict(self.sources),
        }
        return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))

    @property
    def hash(self) -> str:
        """Return the sha256 that a yes is bound to, hexadecimal."""
        return hashlib.sha256(self.manifest().encode()).hexdigest()
