"""What `--json` prints: documented keys, additions allowed, renames not."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, tzinfo
from typing import Any

from samantha.api.types import Document, Signal
from samantha.core.ports import Offer


def stamp(moment: datetime | None, zone: tzinfo) -> str | None:
    """Return ISO 8601 with offset in the user's zone."""
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None


def offer_record(offer: Offer, zone: tzinfo) -> dict[str, Any]:
    """Return an offer with the documented keys."""
    return {
        "id": offer.id,
        "time": stamp(offer.created, zone),
        "plugin": offer.plugin,
        "kind": offer.kind,
        "title": offer.title,
        "why": offer.why,
        "evidence": [asdict(e) for e in offer.evidence],
        "action": dict(offer.action),
        "files": list(offer.files),
        "confidence": round(offer.confidence, 3),
        "verdict": str(offer.verdict),
        "reason": offer.reason,
        "expires": stamp(offer.expires, zone),
        "state": str(offer.state),
        "approval_class": offer.approval_class,
    }


def signal_record(signal: Signal) -> dict[str, Any]:
    """Return a signal with the documented keys."""
    return {
        "kind": signal.kind,
        "value": signal.value,
        "quote": signal.quote,
        "start": signal.start,
        "end": signal.end,
        "confidence": round(signal.confidence, 3),
    }


def document_record(document: Document, zone: tzinfo) -> dict[str, Any]:
    """Return a document with the documented keys."""
    analysis = document.analysis
    received = document.mail.date if document.mail else None
    return {
        "path": document.path if document.media == "file" else str(document.id),
        "kind": str(analysis.kind),
        "kind_confidence": round(analysis.kind_confidence, 3),
        "author": analysis.author,
        "author_reason": analysis.author_reason,
        "finished": analysis.finished,
        "finished_reason": analysis.finished_reason,
        "language": analysis.language,
        "title": document.title,
        "received": stamp(received, zone),
        "words": document.words,
    }
