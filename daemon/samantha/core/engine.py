"""The first half: a moment becomes suggestions, and suggestions become offers.

`happened` ends with an offer in the state. What the user makes of it begins in `decided`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from samantha.api.errors import UserError
from samantha.api.plugin import Moment, Silence
from samantha.api.types import Document, Suggestion, Verdict
from samantha.core.admit import WHY_LIMIT, Permissions, Refusal, admit
from samantha.core.attention import Answer, Candidate, Policy, Situation, attend, day_start
from samantha.core.cards import card, card_key
from samantha.core.judging import Judge, borderline
from samantha.core.payload import Payload
from samantha.core.ports import Builder, Clock, Index, Notifier, Offer, OfferState, State
from samantha.core.rank import rank
from samantha.core.shape import misshapen
from samantha.core.text import inert
from samantha.core.wording import Word, worded

LIVE = (OfferState.OPEN, OfferState.HELD)
URGENT_MARK = "urgent:"
DRAFTED_KEY = "drafted"
"""Of an offer's action: the texts in it that the local model wrote."""
MOST_PROPOSALS = 50
"""How many of one plugin's answers to one moment are looked at, the best first."""


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """A plugin that is enabled, as the engine calls it."""

    name: str
    permissions: Permissions
    call: Callable[[Moment], Sequence[Suggestion | Silence]]
    """Runs ``suggest``; never raises: a failing plugin answers with nothing and is reported."""


def thing_key(thing: str) -> str:
    """Return a bounded, inert name of a thing."""
    clean = inert(thing)
    if len(clean) <= 120:
        return clean
    return clean[:80] + "-" + hashlib.sha256(thing.encode(errors="replace")).hexdigest()[:16]


class Engine:
    """Turns moments into offers and shows those whose time has come."""

    def __init__(
        self,
        index: Index,
        state: State,
        builder: Builder,
        notifier: Notifier,
        clock: Clock,
        policy: Policy,
        current_fingerprint: Callable[[Document], str],
        judge: Judge = lambda suggestion, sources: None,
        word: Word = lambda suggestion, sources: None,
    ) -> None:
        self._index = index
        self._state = state
        self._builder = builder
        self._notifier = notifier
        self._clock = clock
        self._policy = policy
        self._current_fingerprint = current_fingerprint
        self._judge = judge
        self._word = word

    # --- happened ---------------------------------------------------------------------------

    def happened(self, moment: Moment, plugins: Iterable[LoadedPlugin], trace: str) -> list[Offer]:
        """Ask the plugins and return the offers that were made (shown, held or dropped)."""
        proposals: list[tuple[str, Suggestion]] = []
        permissions: dict[str, Permissions] = {}
        for plugin in plugins:
            permissions[plugin.name] = plugin.permissions
            wanted = plugin.permissions.media()
            seen = tuple(d for d in moment.documents if d.media in wanted)
            own = Moment(moment.kind, moment.now, seen)
            if moment.documents and not seen:
                continue
            answers = plugin.call(own)
            said = [a for a in answers if not isinstance(a, Silence)]
            proposals += [(plugin.name, one) for one in self._well_formed(plugin.name, said, trace)]
            for silence in answers:
                if isinstance(silence, Silence) and silence.thing:
                    self._settle(plugin.name, silence.thing)
        offers = []
        for name, suggestion in rank(proposals, moment.now):
            offer = self._consider(name, permissions[name], suggestion, trace)
            if offer is not None:
                offers.append(offer)
        return offers

    def _well_formed(
        self, plugin: str, answers: Sequence[Suggestion], trace: str
    ) -> list[Suggestion]:
        """Return a plugin's proposals that are values, the best of them when they are too many."""
        now, good = self._clock.now(), []
        for answer in answers:
            wrong = misshapen(answer)
            if wrong:
                reason = f"its {wrong} is not a proper value"
                self._state.audit(trace, "refused", now, plugin=plugin, reason=reason)
            else:
                good.append(answer)
        best = [one for _, one in rank([(plugin, one) for one in good], now)]
        if len(best) > MOST_PROPOSALS:
            reason = f"too many at once: {len(best)}, the best {MOST_PROPOSALS} were looked at"
            self._state.audit(trace, "refused", now, plugin=plugin, reason=reason)
        return best[:MOST_PROPOSALS]

    def _settle(self, plugin: str, thing: str) -> None:
        """Take back what is still on its way about a thing that is settled."""
        offer, now = self._state.offer_for(plugin, thing_key(thing)), self._clock.now()
        if offer is None:
            return
        if offer.state in LIVE:
            self.void(offer, "it is settled")
            return
        entry = self._state.outbox_for(offer.id)
        for step in entry.undo if entry is not None else ():
            if step["effect"]["type"] == "add_reminder":
                cancelled = self._state.cancel_reminder(str(step["facts"]["key"]))
                if cancelled:
                    self._state.audit(offer.trace, "reminder_cancelled", now, offer=offer.id)

    def _consider(
        self, plugin: str, permissions: Permissions, suggestion: Suggestion, trace: str
    ) -> Offer | None:
        now = self._clock.now()
        admitted = admit(suggestion, permissions, self._index.document, now)
        if isinstance(admitted, Refusal):
            self._state.audit(trace, "refused", now, plugin=plugin, reason=admitted.reason)
            return None
        candidate, sources = admitted
        thing = thing_key(candidate.thing)
        earlier = self._state.offer_for(plugin, thing)
        suppressed = self._state.suppressed(plugin, thing, candidate.kind)
        if earlier is not None and earlier.state is OfferState.DECIDED and not suppressed:
            suppressed = f"you decided on it before (offer {earlier.id})"
        if earlier is not None and earlier.state is OfferState.EXPIRED:
            suppressed = f"it was offered before and expired (offer {earlier.id})"
        if not suppressed and borderline(candidate.confidence, self._policy.threshold):
            candidate = self._judged(plugin, candidate, sources, earlier, trace)
        looked_at = Candidate(
            plugin, candidate.kind, candidate.confidence, candidate.urgent, candidate.expires
        )
        situation = self._situation(now, suppressed)
        answer = attend(looked_at, situation, self._policy)
        if answer.verdict is Verdict.HOLD and _in_view(earlier):
            # The user has this thing in front of them: a new version takes its place and costs no
            # second piece of the budget. Quiet hours and a pause hold it all the same.
            free = attend(looked_at, replace(situation, shown_today=0), self._policy)
            if free.verdict is Verdict.SHOW:
                answer = Answer(Verdict.SHOW, _replaced(earlier))
        return self._offer(plugin, thing, candidate, sources, answer, earlier, trace)

    def _judged(
        self,
        plugin: str,
        candidate: Suggestion,
        sources: Mapping[str, Document],
        earlier: Offer | None,
        trace: str,
    ) -> Suggestion:
        """Let a borderline suggestion pass or fall; each thing is judged once.

        The reason is a model's words about a document: it stays with the offer, out of the audit.
        """
        if earlier is not None:
            return replace(candidate, confidence=earlier.confidence, why=earlier.why)
        judgement = self._judge(candidate, sources)
        if judgement is None:
            return candidate
        now, threshold = self._clock.now(), self._policy.threshold
        self._state.audit(trace, "judged", now, plugin=plugin, passes=judgement.passes)
        why = f"{candidate.why} The model: {judgement.reason}" if judgement.reason else ""
        confidence = max(candidate.confidence, threshold)
        if not judgement.passes:
            confidence = min(candidate.confidence, max(0.0, threshold - 0.01))
        return replace(candidate, confidence=confidence, why=inert(why, WHY_LIMIT) or candidate.why)

    def _offer(
        self,
        plugin: str,
        thing: str,
        suggestion: Suggestion,
        sources: Mapping[str, Document],
        answer: Answer,
        earlier: Offer | None,
        trace: str,
    ) -> Offer | None:
        now = self._clock.now()
        try:
            payload = self._builder.build(suggestion.action, sources)
        except UserError as problem:
            self._state.audit(trace, "refused", now, plugin=plugin, reason=problem.what)
            return None
        if earlier is not None and _same(earlier, payload, answer):
            return None
        if earlier is not None and earlier.state in LIVE:
            if answer.verdict is Verdict.DROP:
                return None
            self.void(earlier, "replaced by a newer version of the same suggestion")
        if answer.verdict is Verdict.SHOW:
            suggestion = worded(suggestion, self._word(suggestion, sources))
        offer = self._state.add_offer(
            _new_offer(plugin, thing, suggestion, payload, answer, trace, now), payload
        )
        self._state.audit(
            trace,
            "suggested",
            now,
            offer=offer.id,
            plugin=plugin,
            kind=offer.kind,
            verdict=str(answer.verdict),
            reason=answer.reason,
            payload=payload.hash,
        )
        if answer.verdict is Verdict.SHOW:
            self.show(offer)
        return self._state.offer(offer.id)

    # --- attention over time ----------------------------------------------------------------

    def _situation(self, now: datetime, suppressed: str = "") -> Situation:
        start = day_start(now, self._policy.zone)
        recent = [*self._state.offers(since=start - timedelta(days=30)), *self._state.offers(LIVE)]
        shown = [o for o in {o.id: o for o in recent}.values() if _shown_since(o, start)]
        paused = self._state.setting("paused_until")
        return Situation(
            now=now,
            shown_today=len({(o.plugin, o.thing) for o in shown}),
            urgent_over_budget_today=sum(o.reason.startswith(URGENT_MARK) for o in shown),
            paused_until=datetime.fromisoformat(paused) if paused else None,
            suppressed=suppressed,
        )

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


def _replaced(earlier: Offer | None) -> str:
    """Return the reason of a new version; that it went beyond the budget must stay known."""
    if earlier is not None and earlier.reason.startswith(URGENT_MARK):
        return earlier.reason
    return "new version of an offer that is already shown"


def _in_view(offer: Offer | None) -> bool:
    return offer is not None and offer.state is OfferState.OPEN and offer.shown_at is not None


def _shown_since(offer: Offer, start: datetime) -> bool:
    return offer.shown_at is not None and offer.shown_at >= start


def _same(earlier: Offer, payload: Payload, answer: Answer) -> bool:
    """Tell whether the same thing was already offered in these bytes, or dropped for this."""
    if earlier.state in LIVE:
        return earlier.payload_hash == payload.hash
    if answer.verdict is not Verdict.DROP:
        return False
    # A thing that stays dropped is told once, not at every moment.
    return earlier.state in (OfferState.DROPPED, OfferState.DECIDED, OfferState.EXPIRED)


def _drafted(suggestion: Suggestion) -> dict[str, Any]:
    """Return which words are the local model's, for whoever shows the offer."""
    return {DRAFTED_KEY: list(suggestion.drafted)} if suggestion.drafted else {}


def _new_offer(
    plugin: str,
    thing: str,
    suggestion: Suggestion,
    payload: Payload,
    answer: Answer,
    trace: str,
    now: datetime,
) -> Offer:
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
        files=tuple(e.target for e in payload.effects if e.target),
    )
