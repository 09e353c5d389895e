"""How things are when something could be said: what was shown, dismissed, held, is going on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from samantha.api.types import Decision, Document, DocumentId, Suggestion
from samantha.core.already import done_since
from samantha.core.attention import Policy, Situation, day_start
from samantha.core.ports import Index, Offer, OfferState, Presence, State
from samantha.core.twins import twin

URGENT_KEY = "urgent_beyond_budget"
"""The setting that holds when an urgent thing last went beyond the budget."""
TRIAL_KEY = "tried_again"
"""The setting that holds when a kind that had been held back was last tried again."""
TWINS = timedelta(days=365)
"""How long after a decision the same thing of another plugin is not offered."""


def nothing_known() -> Presence:
    """Return what is known where there is no desktop."""
    return Presence()


def no_meeting() -> datetime | None:
    """Return that no meeting runs."""
    return None


@dataclass(slots=True)
class Surroundings:
    """Finds out how things are; each question is asked by the check that needs its answer."""

    index: Index
    state: State
    policy: Policy
    presence: Callable[[], Presence] = nothing_known
    meeting: Callable[[], datetime | None] = no_meeting
    _shown: Sequence[Offer] = field(default=(), init=False)
    """What was shown this day or hour, as it was when ``now`` was asked last."""
    _told_paid: dict[datetime, Sequence[Document]] = field(default_factory=dict, init=False)
    """What calls something paid since a time, for one look."""

    def now(self, now: datetime) -> Situation:
        """Return what holds for whatever could be shown now."""
        self.look_anew()
        start, hour = day_start(now, self.policy.zone), now - timedelta(hours=1)
        self._shown = self.state.offers(shown_since=min(start, hour))
        beyond, tried = self.state.setting(URGENT_KEY), self.state.setting(TRIAL_KEY)
        return Situation(
            now=now,
            shown_today=_things(self._shown, start),
            shown_this_hour=_things(self._shown, hour),
            urgent_over_budget_today=int(bool(beyond) and datetime.fromisoformat(beyond) >= start),
            paused_until=self.paused_until(),
            tried=datetime.fromisoformat(tried) if tried else None,
            meeting=cache(self.meeting),
            presence=cache(self.presence),
        )

    def about(self, situation: Situation, plugin: str, kind: str, thing: str) -> Situation:
        """Return what holds for one thing: it does not stand in its own way when it comes back."""
        others = [o for o in self._shown if (o.plugin, o.thing) != (plugin, thing)]
        return replace(
            situation,
            shown_today=_things(others, day_start(situation.now, self.policy.zone)),
            shown_this_hour=_things(others, situation.now - timedelta(hours=1)),
            suppressed=self.state.suppressed(plugin, thing, kind),
            rests_until=self.rests_until(plugin, kind),
        )

    def paused_until(self) -> datetime | None:
        """Return until when the user has paused everything."""
        paused = self.state.setting("paused_until")
        return datetime.fromisoformat(paused) if paused else None

    def rests_until(self, plugin: str, kind: str) -> datetime | None:
        """Return until when a kind rests, because it was dismissed several times in a row."""
        after = self.policy.cooldown_after
        if not after:
            return None
        lifted = self.state.setting(f"lifted/rest:{plugin}:{kind}")
        since = datetime.fromisoformat(lifted) if lifted else None
        row = self.state.answers(plugin, kind, after)
        dismissed = all(d is Decision.DISMISSED and (since is None or at > since) for d, at in row)
        return row[0][1] + self.policy.cooldown if len(row) == after and dismissed else None

    def twin(
        self, plugin: str, action: Mapping[str, Any], quoted: Iterable[str], now: datetime
    ) -> Offer | None:
        """Return the offer by which another plugin says the same already, or None."""
        live = self.state.offers([OfferState.OPEN, OfferState.HELD])
        decided = self.state.offers([OfferState.DECIDED], since=now - TWINS)
        passed: Iterable[Offer] = ()
        if action.get("type") == "draft_mail":
            # A draft that was shown and let pass is not put before the user by another plugin.
            expired = self.state.offers([OfferState.EXPIRED], since=now - TWINS)
            passed = (o for o in expired if o.shown_at is not None)
        return twin((*live, *decided, *passed), plugin, action, set(quoted))

    def look_anew(self) -> None:
        """Forget what was found in the index: something may have come meanwhile."""
        self._told_paid.clear()

    def done_since(self, offer: Offer) -> str:
        """Return, in words, that the user did what an offer proposes since it was made, or ''."""
        payload = partial(self.state.payload, offer.payload_hash)
        return done_since(offer, self.index, payload, self.policy.zone, self._paid_since)

    def _paid_since(self, moment: datetime) -> Sequence[Document]:
        # All that waits is asked at each look: one question a month of them, not one for each.
        start = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        if start not in self._told_paid:
            self._told_paid[start] = self.index.documents(signal="paid", since=start)
        return self._told_paid[start]

    def documents(self, offer: Offer) -> dict[str, Document]:
        """Return the documents that an offer quotes, as far as they are still there."""
        found = (self.index.document(name) for name in dict.fromkeys(quoted(offer)))
        return {str(document.id): document for document in found if document is not None}


def quoted(said: Offer | Suggestion) -> list[DocumentId]:
    """Return the documents that an offer or a suggestion quotes, in its order."""
    return [evidence.document for evidence in said.evidence]


def _things(shown: Iterable[Offer], since: datetime) -> int:
    """Count things, not cards: a new version of a thing is no second one."""
    return len(
        {(o.plugin, o.thing) for o in shown if o.shown_at is not None and o.shown_at >= since}
    )
