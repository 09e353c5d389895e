"""An offer beside an earlier one about the same thing: whether it is new, and how it is stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from samantha.api.types import Suggestion, Verdict
from samantha.core.attention import Answer
from samantha.core.payload import FILES, Payload
from samantha.core.ports import Offer, OfferState
from samantha.core.rewriting import EDITED_KEY
from samantha.core.showing import LIVE

DRAFTED_KEY = "drafted"
"""Of an offer's action: the texts in it that the local model wrote."""


def decided_before(earlier: Offer | None) -> str:
    """Return why a thing that was offered before does not come again, or ''."""
    if earlier is not None and earlier.state is OfferState.DECIDED:
        return f"you decided on it before (offer {earlier.id})"
    if earlier is not None and earlier.state is OfferState.EXPIRED:
        return f"it was offered before and expired (offer {earlier.id})"
    return ""


def in_view(offer: Offer | None) -> bool:
    """Tell whether the user has an offer in front of them: one that was put off is out of sight."""
    if offer is None or offer.state is not OfferState.OPEN:
        return False
    return offer.shown_at is not None and offer.snoozed_until is None


def is_said(earlier: Offer, payload: Payload, answer: Answer) -> bool:
    """Tell whether the same thing was already offered in these bytes, or dropped for this."""
    if earlier.state in LIVE:
        # The user's own words stay; when a source changes they are void as every offer is.
        return earlier.payload_hash == payload.hash or bool(earlier.action.get(EDITED_KEY))
    if answer.verdict is not Verdict.DROP:
        return False
    # A thing that stays dropped is told once, not at every moment.
    return earlier.state in (OfferState.DROPPED, OfferState.DECIDED, OfferState.EXPIRED)


def _drafted(suggestion: Suggestion) -> dict[str, Any]:
    """Return which words are the local model's, for whoever shows the offer."""
    return {DRAFTED_KEY: list(suggestion.drafted)} if suggestion.drafted else {}


def new_offer(
    plugin: str,
    thing: str,
    suggestion: Suggestion,
    payload: Payload,
    answer: Answer,
    trace: str,
    now: datetime,
) -> Offer:
    """Return a suggestion as the offer that is stored; one to be shown is held until it is."""
    states = {
        Verdict.SHOW: OfferState.HELD,
        Verdict.HOLD: OfferState.HELD,
        Verdict.DROP: OfferState.DROPPED,
    }
    return Offer(
        id=0,
        trace=trace,
        plugin=plugin,
        kind=suggestion.kind,
        thing=thing,
        title=suggestion.title,
        why=suggestion.why,
        evidence=suggestion.evidence,
        action={**payload.action, **_drafted(suggestion)},
        approval_class=payload.approval_class,
        payload_hash=payload.hash,
        confidence=suggestion.confidence,
        urgent=suggestion.urgent,
        created=now,
        expires=suggestion.expires,
        state=states[answer.verdict],
        verdict=answer.verdict,
        reason=answer.reason,
        files=tuple(e.target for e in payload.effects if e.type in FILES),
    )
