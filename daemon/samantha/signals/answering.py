"""Whether a mail expects an answer of the user, and the sentence that says so."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from samantha.api.types import Document, Identity, Mail, Signal
from samantha.signals.receivers import FEW, by_machine, from_user, is_user

LEAST = 0.5
PUBLIC = frozenset(
    [
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com",
        "icloud.com", "me.com", "aol.com", "gmx.de", "gmx.net", "gmx.at", "web.de", "t-online.de",
        "freenet.de", "posteo.de", "mailbox.org", "proton.me", "protonmail.com",
    ]
)  # fmt: skip
"""Providers where sharing a domain says nothing."""


def expects_answer(
    document: Document, found: Sequence[Signal], identity: Identity
) -> Iterator[Signal]:
    """Yield ``needs_answer`` with the sentence that asks most plainly; at most one."""
    mail = document.mail
    if mail is None or from_user(mail, identity):
        return
    asking = [s for s in found if s.kind in ("request", "question")]
    if not asking or not _personal(mail):
        return
    best = max(asking, key=lambda s: (_of(s) != "other", s.kind == "question", s.confidence))
    confidence = _confidence(mail, asking, best, identity)
    if confidence >= LEAST:
        value = {"due": _due(best), "of": _of(best)}
        yield Signal("needs_answer", value, best.quote, best.start, best.end, confidence)


def _personal(mail: Mail) -> bool:
    return mail.sender is not None and not mail.list_id and not by_machine(mail)


def _confidence(mail: Mail, asking: Sequence[Signal], best: Signal, identity: Identity) -> float:
    receivers = len(mail.to) + len(mail.cc)
    direct = any(is_user(p, identity) for p in mail.to)
    score = -2.3 + 2.0 * best.confidence + 0.5 * any(s.kind == "question" for s in asking)
    score += 0.9 * direct - 0.8 * (not direct and bool(identity.addresses))
    score += 0.6 * (receivers == 1) - 0.5 * (receivers > FEW) - 1.0 * (receivers > 10)
    score += 0.5 * _colleague(mail, identity)
    score -= 1.5 * (_of(best) == "other")
    return round(1 / (1 + math.exp(-score)), 3)


def _colleague(mail: Mail, identity: Identity) -> bool:
    """Tell whether the sender has an address where the user has one, not at a public provider."""
    own = {address.rpartition("@")[2].lower() for address in identity.addresses}
    theirs = mail.sender.address.rpartition("@")[2].lower() if mail.sender is not None else ""
    return theirs in own - PUBLIC


def _of(signal: Signal) -> str:
    value: Any = signal.value
    return str(value.get("of", "unknown"))


def _due(signal: Signal) -> Any:
    value: Any = signal.value
    return value.get("due")
