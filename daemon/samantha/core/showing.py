"""Offers over time: shown when it is their time, checked again each time, void or expired."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from samantha.api.types import Document, Verdict
from samantha.core.attention import (
    Answer,
    Candidate,
    Policy,
    Situation,
    attend,
    day_start,
    may_ring,
)
from samantha.core.cards import card, card_key
from samantha.core.ports import Clock, Index, Notifier, Offer, OfferState, State

LIVE = (OfferState.OPEN, OfferState.HELD)
URGENT_MARK = "urgent:"


class Showing:
    """Shows the offers of the state, and lets none stand that no longer holds."""

    def __init__(
        self,
        index: Index,
        state: State,
        notifier: Notifier,
        clock: Clock,
        policy: Policy,
        current_fingerprint: Callable[[Document], str],
    ) -> None:
        self._index = index
        self._state = state
        self._notifier = notifier
        self._clock = clock
        self._policy = policy
        self._current_fingerprint = current_fingerprint

    # --- attention over time ----------------------------------------------------------------

    def _situation(self, now: datetime, suppressed: str = "") -> Situation:
        start = day_start(now, self._policy.zone)
        recent = [*self._state.offers(since=start - timedelta(days=30)), *self._state.offers(LIVE)]
        shown = [o for o in {o.id: o for o in recent}.values() if _shown_since(o, start)]
        return Situation(
            now=now,
            shown_today=len({(o.plugin, o.thing) for o in shown}),
            urgent_over_budget_today=sum(o.reason.startswith(URGENT_MARK) for o in shown),
            paused_until=self._paused_until(),
            suppressed=suppressed,
        )

    def _paused_until(self) -> datetime | None:
        paused = self._state.setting("paused_until")
        return datetime.fromisoformat(paused) if paused else None

    def may_ring(self, due: datetime | None = None) -> bool:
        """Tell whether a reminder that was due then, or the digest, may be shown now."""
        return may_ring(self._clock.now(), self._policy, self._paused_until(), due)

    def release(self) -> list[Offer]:
        """Show held offers whose time has come, expire the old, wake the snoozed."""
        now = self._clock.now()
        shown = []
        for offer in reversed(self._state.offers(LIVE)):
            if offer.expires is not None and offer.expires <= now:
                self._expire(offer, now)
            elif offer.state is OfferState.HELD and self._ready(offer, now):
                if not self.show(offer):
                    continue
                shown.append(offer)
            elif offer.snoozed_until is not None and offer.snoozed_until <= now:
                answer = self._reconsider(offer, now)
                if answer.verdict is Verdict.SHOW:
                    # It rings again, so it is one of today's.
                    self._state.update_offer(
                        offer.id, snoozed_until=None, shown_at=now, reason=answer.reason
                    )
                    if self.show(replace(offer, shown_at=now)):
                        shown.append(offer)
        return shown

    def _ready(self, offer: Offer, now: datetime) -> bool:
        if offer.snoozed_until is not None and offer.snoozed_until > now:
            return False
        answer = self._reconsider(offer, now)
        if answer.verdict is Verdict.SHOW:
            self._state.update_offer(offer.id, verdict=Verdict.SHOW, reason=answer.reason)
            return True
        if answer.reason != offer.reason:
            self._state.update_offer(offer.id, reason=answer.reason)
        return False

    def _reconsider(self, offer: Offer, now: datetime, *, budget: bool = True) -> Answer:
        candidate = Candidate(
            offer.plugin, offer.kind, offer.confidence, offer.urgent, offer.expires
        )
        suppressed = self._state.suppressed(offer.plugin, offer.thing, offer.kind)
        situation = self._situation(now, suppressed)
        if not budget:
            situation = replace(situation, shown_today=0)
        return attend(candidate, situation, self._policy)

    def _expire(self, offer: Offer, now: datetime) -> None:
        self._state.update_offer(offer.id, state=OfferState.EXPIRED, reason="its time has passed")
        self._state.audit(offer.trace, "expired", now, offer=offer.id)
        self._notifier.withdraw(card_key(offer.id))

    # --- showing ----------------------------------------------------------------------------

    def show(self, offer: Offer) -> bool:
        """Show an offer after checking that its sources are still what they were."""
        now = self._clock.now()
        changed = self.stale(offer)
        if changed:
            self.void(offer, changed)
            return False
        fields: dict[str, object] = {"state": OfferState.OPEN, "verdict": Verdict.SHOW}
        if offer.shown_at is None or offer.state is OfferState.HELD:
            fields["shown_at"] = now
        self._state.update_offer(offer.id, **fields)
        current = self._state.offer(offer.id)
        if current is None or current.state is not OfferState.OPEN:
            # Another process decided on it a moment ago.
            return False
        posted = self._notifier.post(card(offer))
        self._state.audit(offer.trace, "shown", now, offer=offer.id, posted=posted)
        return True

    def stale(self, offer: Offer) -> str:
        """Return why an offer no longer rests on what it quoted, or ''."""
        payload = self._state.payload(offer.payload_hash)
        if payload is None:
            return "its stored bytes are damaged"
        for name, fingerprint in payload.sources.items():
            document = self._index.document(_id(name))
            if document is None or self._current_fingerprint(document) != fingerprint:
                return "a document it rests on has changed or is gone"
        return ""

    def void(self, offer: Offer, reason: str) -> None:
        """Take an offer back: it can no longer be accepted."""
        self._state.update_offer(offer.id, state=OfferState.VOID, reason=reason)
        self._state.audit(offer.trace, "void", self._clock.now(), offer=offer.id, reason=reason)
        self._notifier.withdraw(card_key(offer.id))

    def sources_changed(self, names: Iterable[str]) -> list[Offer]:
        """Void the live offers that rest on any of these documents, if they really changed."""
        touched = set(names)
        if not touched:
            return []
        voided = []
        for offer in self._state.offers(LIVE):
            payload = self._state.payload(offer.payload_hash)
            if payload is None or touched.isdisjoint(payload.sources):
                continue
            reason = self.stale(offer)
            if reason:
                self.void(offer, reason)
                voided.append(offer)
        return voided

    def repost(self) -> None:
        """Post again what is open, after a start: a notification must not vanish.

        In quiet hours or a pause it waits with the held ones, and what has ended is let end.
        """
        now = self._clock.now()
        for offer in reversed(self._state.offers([OfferState.OPEN])):
            waiting = offer.snoozed_until is not None and offer.snoozed_until > now
            ended = offer.expires is not None and offer.expires <= now
            if waiting or ended or self.stale(offer):
                continue
            answer = self._reconsider(offer, now, budget=False)
            if answer.verdict is Verdict.SHOW:
                self._notifier.post(card(offer))
            elif answer.verdict is Verdict.HOLD:
                self._state.update_offer(
                    offer.id, state=OfferState.HELD, verdict=Verdict.HOLD, reason=answer.reason
                )


def _id(name: str) -> Any:
    return name


def _shown_since(offer: Offer, start: datetime) -> bool:
    return offer.shown_at is not None and offer.shown_at >= start
