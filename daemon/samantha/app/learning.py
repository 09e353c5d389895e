"""What the user's history teaches: read from the decisions, computed anew, stored nowhere twice.

Stored are only the moment of a reset, the kinds that are always asked about, and what was answered
in the setup; all else follows from the decisions in state.db and the documents in index.db.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from samantha.adapters.store_learning import SETUP_KEY
from samantha.api.types import Decision, Document, DocumentId, Identity, Suggestion
from samantha.core.learning import (
    BY_THEMSELVES,
    DECIDED,
    PASSED_OVER,
    PICKED,
    TAKEN_BACK,
    UNSEEN,
    Estimate,
    Learned,
    Observation,
    Rules,
    Subject,
    learn,
    quoted_first,
    silence_says,
    subject_of,
)
from samantha.core.ports import Clock, Index, Offer, OfferState, OutboxState
from samantha.core.silences import FROM

if TYPE_CHECKING:
    from samantha.adapters.store import Store

RESET_KEY = "learning/reset"
ALWAYS_KEY = "learning/always"
LOOK_BACK = timedelta(days=60)
"""Unanswered offers that are older are no longer compared with what the user did."""
NO = (Decision.DISMISSED, Decision.NEVER)
"""The decisions that say no outright."""
MOST_COMPARED = 300
"""How many unanswered offers are compared with what the user did, the newest."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the user said in the setup of one thing that would have been suggested."""

    plugin: str
    kind: str
    thing: str
    documents: tuple[str, ...]
    """What it quotes: from these is read whom and which folder it is about."""
    confidence: float
    wanted: bool
    at: str
    """ISO 8601."""


def about(offer: Offer, index: Index) -> Subject:
    """Return what an offer is about, as far as its documents are still there."""
    return _about(offer.plugin, offer.kind, (e.document for e in offer.evidence), index)


def _about(plugin: str, kind: str, names: Iterable[str], index: Index) -> Subject:
    named = {name: index.document(DocumentId(name)) for name in names}
    subject = subject_of(plugin, kind, [d for d in named.values() if d is not None])
    # A file that was moved after a yes has another name by now: its folder stands in the old one.
    places = [
        name.rpartition("/")[0] if one is None else one.path.rpartition("/")[0]
        for name, one in named.items()
        if (name.startswith("/") if one is None else one.mail is None)
    ]
    return replace(subject, folder=places[0] if places else "")


# --- what the user said ---------------------------------------------------------------------


def answers(state: Store) -> list[Answer]:
    """Return what was answered in the setup."""
    stored = json.loads(state.setting(SETUP_KEY) or "[]")
    return [Answer(**{**one, "documents": tuple(one["documents"])}) for one in stored]


def keep_answer(state: Store, answer: Answer) -> None:
    """Keep an answer; one about the same thing gives way."""
    same = (answer.plugin, answer.thing)
    others = [one for one in answers(state) if (one.plugin, one.thing) != same]
    state.set_setting(SETUP_KEY, json.dumps([asdict(one) for one in (*others, answer)]))


def resets(state: Store) -> dict[str, datetime]:
    """Return since when a kind is learned about; under '' all."""
    stored = json.loads(state.setting(RESET_KEY) or "{}")
    return {kind: datetime.fromisoformat(at) for kind, at in stored.items()}


def reset(state: Store, kind: str, now: datetime) -> None:
    """Learn from here on; ``kind`` '' means all."""
    kept = {} if not kind else {k: at.isoformat() for k, at in resets(state).items()}
    state.set_setting(RESET_KEY, json.dumps({**kept, kind: now.isoformat()}))


def always_asked(state: Store) -> frozenset[str]:
    """Return the kinds that the user always wants to be asked about."""
    return frozenset(json.loads(state.setting(ALWAYS_KEY) or "[]"))


def set_always(state: Store, kind: str, wanted: bool) -> None:
    """Always ask about a kind, or no longer."""
    kinds = always_asked(state)
    kinds = kinds | {kind} if wanted else kinds - {kind}
    state.set_setting(ALWAYS_KEY, json.dumps(sorted(kinds)))


def never_from(state: Store, subject: Subject, offer_id: int, now: datetime) -> None:
    """Suggest no more of a kind that is about somebody."""
    plugin, _, kind = subject.kind.partition("/")
    key = f"{FROM}{plugin}:{kind}:{subject.sender}"
    # No thing can be called so: their names hold no control characters.
    thing = f"\x1f{FROM}{subject.sender}"
    state.suppress(key, plugin, kind, thing, never_reason(offer_id), now)


def never_reason(offer_id: int) -> str:
    """Return the reason of a rule about somebody; by it the rule is forgotten with its offer."""
    return f"you never want this kind from them (offer {offer_id})"


def rules_of(state: Store) -> Rules:
    """Return the rules of the user that learning yields to."""
    never = set()
    for row in state.suppressions():
        if row.key.startswith(FROM):
            plugin, _, rest = row.key.removeprefix(FROM).partition(":")
            kind, _, sender = rest.rpartition(":")
            never.add((f"{plugin}/{kind}", sender))
    return Rules(frozenset(never), always_asked(state))


# --- what the user did ----------------------------------------------------------------------


class Experience:
    """What was learned, kept up to date as decisions come."""

    def __init__(self, state: Store, index: Index, clock: Clock, identity: Identity) -> None:
        self._state = state
        self._index = index
        self._clock = clock
        self._identity = identity
        self._mark = (-1, -1, -1, -1)
        self._settings = ""
        self._day: date | None = None
        self._decided: dict[int, tuple[Offer, Decision, Observation]] = {}
        self._unasked: dict[int, Observation] = {}
        self._waiting: dict[int, Observation] = {}
        self._learned = Learned()

    def chance(
        self, plugin: str, suggestion: Suggestion, sources: Mapping[str, Document]
    ) -> Estimate:
        """Return how probable it is that the user wants a suggestion; a ``Chance`` of the core."""
        subject = subject_of(plugin, suggestion.kind, quoted_first(suggestion, sources))
        return self.learned().estimate(subject, suggestion.confidence)

    def learned(self) -> Learned:
        """Return what was learned, read anew if anything came or a day has passed."""
        now, mark = self._clock.now(), self._state.history_mark()
        keys = (RESET_KEY, ALWAYS_KEY, SETUP_KEY)
        settings = "\n".join(self._state.setting(key) for key in keys)
        if mark == self._mark and settings == self._settings and now.date() == self._day:
            return self._learned
        self._read(mark)
        if now.date() != self._day:
            self._unasked = dict(self._by_themselves(now))
            self._waiting = dict(self._passed_over(now))
        self._mark, self._settings, self._day = mark, settings, now.date()
        self._learned = learn(self.observations(), now, rules_of(self._state))
        return self._learned

    def observations(self) -> list[Observation]:
        """Return all that is learned from, since the last reset."""
        since = resets(self._state)
        undone = {entry.offer for entry in self._state.outbox([OutboxState.UNDONE])}
        said = [decision for _, decision, _ in self._decided.values()]
        silences = said.count(Decision.EXPIRED)
        silence = silence_says(sum(one in NO for one in said), silences)
        found, answered = [], set()
        for offer, decision, one in self._decided.values():
            answered.add(offer.id)
            if decision is Decision.EXPIRED and offer.id in self._unasked:
                # Left alone because it was done: that was no silence.
                continue
            if offer.id in undone:
                one = _weighing(one, *TAKEN_BACK)
            elif decision is Decision.EXPIRED:
                one = _weighing(one, one.wanted, silence if one.weight else 0.0)
            found.append(one)
        found += [
            _weighing(one, False, silence / 2)
            for number, one in self._waiting.items()
            if number not in answered
        ]
        for answer in answers(self._state):
            subject = _about(answer.plugin, answer.kind, answer.documents, self._index)
            at = datetime.fromisoformat(answer.at)
            found.append(Observation(subject, answer.confidence, answer.wanted, 1.0, at))
        return [
            one
            for one in (*found, *self._unasked.values())
            if all(since[key] < one.at for key in ("", one.subject.kind) if key in since)
        ]

    def _read(self, mark: tuple[int, int, int, int]) -> None:
        newest, count = mark[:2]
        last = max(self._decided, default=0)
        new = self._state.decided_after(last)
        if newest < last or len(self._decided) + len(new) != count:
            # Something was forgotten, and what waits may be gone with it.
            self._decided, self._day = {}, None
            new = self._state.decided_after(0)
        for number, offer, decision, at in new:
            wanted, weight = DECIDED[decision]
            if offer.shown_at is None:
                weight = min(weight, PICKED) if wanted else weight if decision in NO else 0.0
            subject = about(offer, self._index)
            one = Observation(subject, offer.confidence, wanted, weight, at)
            self._decided[number] = (offer, decision, one)

    def _passed_over(self, now: datetime) -> Iterable[tuple[int, Observation]]:
        """Yield what was shown days ago and still waits for an answer."""
        for offer in self._state.offers([OfferState.OPEN]):
            shown = offer.shown_at
            if shown is not None and offer.snoozed_until is None and shown + PASSED_OVER <= now:
                subject = about(offer, self._index)
                at = shown + PASSED_OVER
                yield offer.id, Observation(subject, offer.confidence, False, 0.5, at)

    def _by_themselves(self, now: datetime) -> Iterable[tuple[int, Observation]]:
        """Yield what was offered, not answered, and then done by the user all the same."""
        states = (OfferState.EXPIRED, OfferState.DROPPED, OfferState.HELD)
        offers = self._state.offers(states, since=now - LOOK_BACK)
        for offer in offers[:MOST_COMPARED]:
            at = self._done(offer)
            if at is not None:
                wanted, weight = UNSEEN if offer.shown_at is None else BY_THEMSELVES
                subject = about(offer, self._index)
                yield offer.id, Observation(subject, offer.confidence, wanted, weight, at)

    def _done(self, offer: Offer) -> datetime | None:
        from samantha.app.backtest_later import later_of

        if offer.action.get("type") == "move_file":
            return offer.created if self._moved(offer) else None
        later = later_of(offer, self._index, self._identity, ())
        # To have written to the same person says too little.
        return later.at if later is not None and later.what != "sent" else None

    def _moved(self, offer: Offer) -> bool:
        """Tell whether the user has put a file into the very folder that was proposed."""
        payload = self._state.payload(offer.payload_hash)
        for effect in payload.effects if payload is not None else ():
            folder = effect.target.rpartition("/")[0]
            for document in self._index.by_fingerprint(effect.sha256):
                if document.path.rpartition("/")[0] == folder:
                    return True
        return False


def _weighing(one: Observation, wanted: bool, weight: float) -> Observation:
    return Observation(one.subject, one.confidence, wanted, weight, one.at)
