"""An offer as a row of state.db, and which of its columns may change."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from samantha.adapters.sqlite import bind, moment_of, stamp, unbind
from samantha.adapters.store_audit import canonical
from samantha.api.types import DocumentId, Evidence, Verdict
from samantha.core.ports import Offer, OfferState

COLUMNS = (
    "id, trace, plugin, kind, thing, title, why, evidence, action, approval_class, payload_hash, "
    "confidence, urgent, created, expires, state, verdict, reason, shown_at, reviewed_at, "
    "snoozed_until, notification_key, files"
)
PREFIXED = ", ".join(f"o.{name}" for name in COLUMNS.split(", "))


def optional(moment: object) -> int | None:
    """Return the stamp of a time, None for none."""
    if moment is None:
        return None
    if not isinstance(moment, datetime):
        raise ValueError("a time is needed")
    return stamp(moment)


def _text(value: object) -> str | bytes:
    return bind(str(value))


def _paths(value: object) -> str:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ValueError("a list of paths is needed")
    return canonical([str(path) for path in value])


UPDATES: Mapping[str, Callable[[Any], object]] = {
    "state": _text,
    "verdict": _text,
    "reason": _text,
    "why": _text,
    "shown_at": optional,
    "reviewed_at": optional,
    "snoozed_until": optional,
    "notification_key": _text,
    "files": _paths,
}
"""What may change in an offer. What it would do, and until when, never does."""


def row_of(offer: Offer) -> tuple[object, ...]:
    """Return an offer as the columns but the first, in order."""
    evidence = [[e.document, e.quote, e.start, e.end] for e in offer.evidence]
    return (
        bind(offer.trace),
        bind(offer.plugin),
        bind(offer.kind),
        bind(offer.thing),
        bind(offer.title),
        bind(offer.why),
        canonical(evidence),
        canonical(dict(offer.action)),
        offer.approval_class,
        offer.payload_hash,
        offer.confidence,
        int(offer.urgent),
        stamp(offer.created),
        optional(offer.expires),
        str(offer.state),
        str(offer.verdict),
        bind(offer.reason),
        optional(offer.shown_at),
        optional(offer.reviewed_at),
        optional(offer.snoozed_until),
        bind(offer.notification_key),
        _paths(offer.files),
    )


def _moment(value: int | None) -> datetime | None:
    return None if value is None else moment_of(value)


@lru_cache(maxsize=512)
def offer_of(row: tuple[Any, ...]) -> Offer:
    """Return the offer of a row of ``COLUMNS``; the same row is read many times a day."""
    return Offer(
        id=row[0],
        trace=unbind(row[1]),
        plugin=unbind(row[2]),
        kind=unbind(row[3]),
        thing=unbind(row[4]),
        title=unbind(row[5]),
        why=unbind(row[6]),
        evidence=tuple(Evidence(DocumentId(e[0]), *e[1:]) for e in json.loads(row[7])),
        action=json.loads(row[8]),
        approval_class=row[9],
        payload_hash=row[10],
        confidence=row[11],
        urgent=bool(row[12]),
        created=moment_of(row[13]),
        expires=_moment(row[14]),
        state=OfferState(row[15]),
        verdict=Verdict(row[16]),
        reason=unbind(row[17]),
        shown_at=_moment(row[18]),
        reviewed_at=_moment(row[19]),
        snoozed_until=_moment(row[20]),
        notification_key=unbind(row[21]),
        files=tuple(json.loads(row[22])),
    )
