"""Offers over time: shown when it is their time, checked again each time, void or expired."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from samantha.api.types import Document, Suggestion, Verdict
from samantha.core.already import News
from samantha.core.attention import Answer, Candidate, Policy, Situation, may_ring
from samantha.core.cards import card, card_key
from samantha.core.checks import TRIAL_MARK, URGENT_MARK, attend, closed, disturbs, worth
from samantha.core.learning import Chance, own_confidence
from samantha.core.ports import (
    Clock,
    Index,
    Notifier,
    Offer,
    OfferState,
    Presence,
    State,
)
from samantha.core.rewriting import suggestion_of
from samantha.core.surroundings import (
    TRIAL_KEY,
    URGENT_KEY,
    Surroundings,
    no_meeting,
    nothing_known,
)

LIVE = (OfferState.OPEN, OfferState.HELD)
_ANY = 1_000_000
"""A budget that nothing uses up."""


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
        *,
        chance: Chance = own_confidence,
        presence: Callable[[], Presence] = nothing_known,
        meeting: Callable[[], datetime | None] = no_meeting,
    ) -> None:
        self._index = index
        self._state = state
        self._notifier = notifier
        self._clock = clock
        self._policy = policy
        self._current_fingerprint = current_fingerprint
        self._chance = chance
        self._around = Surroundings(index, state, policy, presence, meeting)
        self._touched: set[str] = set()
        """Documents that were seen to change: one that merely came is not being written."""
        self._put_off: dict[tuple[str, str], datetime] = {}
        """Until when things were put off whose offers are void by now."""
        self._news = News()

    # --- attention over time ----------------------------------------------------------------

    def may_ring(self, due: datetime | None = None) -> bool:
        """Tell whether a reminder that was due then may be shown now."""
        return may_ring(self._clock.now(), self._policy, self._around.paused_until(), due)

    def disturbed(self) -> str:
        """Return why nothing at all may be shown now, the digest neither, or ''."""
        return disturbs(self._around.now(self._clock.now()), self._policy)

    def came(self, documents: Iterable[Document], *, moved: bool = False) -> None:
        """Take notice of what was read, and of moved files: it may show that a thing is done."""
        self._news.take(documents, moved=moved)

    def release(self) -> list[Offer]:
        """Show what waits and whose time has come, expire the old, wake the snoozed."""
        now, waiting = self._clock.now(), []
        self._around.look_anew()
        news, self._news = self._news, News()
        for offer in reversed(self._state.offers(LIVE)):
            if offer.expires is not None and offer.expires <= now:
                self._expire(offer, now)
            elif offer.snoozed_until is not None and offer.snoozed_until > now:
                continue
            elif offer.state is OfferState.HELD or offer.snoozed_until is not None:
                waiting.append(offer)
            elif unwanted := self._state.suppressed(offer.plugin, offer.thing, offer.kind):
                self._drop(offer, unwanted, now)
            elif news.concern(offer) and (done := self._around.done_since(offer)):
                self._drop(offer, done, now)
        situation = self._around.now(now)
        if not (reason := closed(situation, self._policy)):
            return self._let_some_go(waiting, situation)
        for offer in waiting:
            if offer.reason != reason:
                self._state.update_offer(offer.id, reason=reason)
        return []

    def _let_some_go(self, waiting: Iterable[Offer], situation: Situation) -> list[Offer]:
        now, shown = situation.now, []
        rows = [(self._candidate(offer), offer) for offer in waiting]
        # The best first: the day's few places are for them, not for what has waited longest.
        rows.sort(key=lambda row: (not row[1].urgent, -worth(row[0], now)))
        for candidate, offer in rows:
            if self._let_go(candidate, offer, situation):
                shown.append(offer)
                counted = self._around.now(now)
                # The calendar and the desktop are asked once for all that waits.
                situation = replace(counted, meeting=situation.meeting, presence=situation.presence)
        return shown

    def _let_go(self, candidate: Candidate, offer: Offer, situation: Situation) -> bool:
        now = situation.now
        # What was put off is to be seen again, whatever was learned meanwhile.
        put_off = replace(self._policy, cost=0.0) if offer.snoozed_until is not None else None
        answer = self._reconsider(candidate, offer, situation, put_off)
        if answer.verdict is Verdict.DROP:
            self._drop(offer, answer.reason, now)
        elif answer.verdict is Verdict.SHOW:
            # One that was put off rings again, so it is one of today's.
            at = _latest(offer.shown_at, now)
            again = {} if offer.snoozed_until is None else {"snoozed_until": None, "shown_at": at}
            self._state.update_offer(offer.id, verdict=Verdict.SHOW, reason=answer.reason, **again)
            return self.show(replace(offer, shown_at=at) if again else offer)
        elif answer.reason != offer.reason:
            self._state.update_offer(offer.id, reason=answer.reason)
        return False

    def _candidate(self, offer: Offer) -> Candidate:
        documents = self._around.documents(offer)
        return self._looked_at(offer.plugin, suggestion_of(offer), documents)

    def _looked_at(
        self, plugin: str, suggestion: Suggestion, documents: Mapping[str, Document]
    ) -> Candidate:
        return Candidate(
            plugin,
            suggestion.kind,
            suggestion.confidence,
            suggestion.urgent,
            suggestion.expires,
            self._chance(plugin, suggestion, documents),
            tuple(documents.values()),
        )

    def _reconsider(
        self,
        candidate: Candidate,
        offer: Offer,
        situation: Situation,
        policy: Policy | None = None,
    ) -> Answer:
        about = self._around.about(situation, offer.plugin, offer.kind, offer.thing)
        whole = replace(self._written(about, candidate), done=self._around.done_since(offer))
        return attend(candidate, whole, policy or self._policy)

    def _written(self, situation: Situation, candidate: Candidate) -> Situation:
        """Add when what the candidate rests on was last changed before our eyes."""
        changed = [d.modified for d in candidate.documents if d.id in self._touched]
        return replace(situation, touched=max(changed, default=None))

    def _drop(self, offer: Offer, reason: str, now: datetime) -> None:
        self._state.update_offer(
            offer.id, state=OfferState.DROPPED, verdict=Verdict.DROP, reason=reason
        )
        self._state.audit(offer.trace, "dropped", now, offer=offer.id, reason=reason)
        self._notifier.withdraw(card_key(offer.id))

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
            fields["shown_at"] = _latest(offer.shown_at, now)
        self._state.update_offer(offer.id, **fields)
        current = self._state.offer(offer.id)
        if current is None or current.state is not OfferState.OPEN:
            # Another process decided on it a moment ago.
            return False
        if current.reason.startswith(URGENT_MARK):
            self._state.set_setting(URGENT_KEY, now.isoformat())
        elif current.reason.startswith(TRIAL_MARK):
            self._state.set_setting(TRIAL_KEY, now.isoformat())
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
        now = self._clock.now()
        self._state.update_offer(offer.id, state=OfferState.VOID, reason=reason)
        self._state.audit(offer.trace, "void", now, offer=offer.id, reason=reason)
        if offer.snoozed_until is not None:
            self._put_off = {thing: at for thing, at in self._put_off.items() if at > now}
            self._put_off[offer.plugin, offer.thing] = offer.snoozed_until
        self._notifier.withdraw(card_key(offer.id))

    def sources_changed(self, names: Iterable[str]) -> list[Offer]:
        """Void the live offers that rest on any of these documents, if they really changed."""
        touched = set(names)
        if not touched:
            return []
        self._touched |= touched
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
            # What is open has had its place in a budget, and was worth it, or was put off.
            free = replace(self._policy, budget=_ANY, budget_hour=_ANY, cost=0.0)
            situation = self._around.now(now)
            answer = self._reconsider(self._candidate(offer), offer, situation, free)
            if answer.verdict is Verdict.SHOW:
                self._notifier.post(card(offer))
            elif answer.verdict is Verdict.DROP:
                self._drop(offer, answer.reason, now)
            else:
                self._state.update_offer(
                    offer.id, state=OfferState.HELD, verdict=Verdict.HOLD, reason=answer.reason
                )


def _latest(shown: datetime | None, now: datetime) -> datetime:
    """Return when something was shown last: a clock that is set back takes it from no day."""
    return now if shown is None else max(shown, now)


def _id(name: str) -> Any:
    return name
