"""Learning: how probable it is that the user wants a suggestion, from what they did before.

A pure function of history. Six levels, the general before the special: anything at all, the kind
of suggestion, the person it is about, the kind from that person, the folder, the kind in that
folder. Each level is a Beta-binomial whose observations carry what the levels before it (at first
the plugin's own confidence) foresaw of each: it learns by how much the log-odds have to be
shifted, and its prior, worth ``STRENGTHS`` observations, is that they have not. So nothing learned
leaves the plugin's confidence as it is, little learned moves it a little, a person says only what
the kind does not say already, and what is said of a kind is a beginning for whoever is new.

An observation counts as much as it is probable that the user still thinks so (``core/holding.py``),
and slowly less with age. A kind that was not asked about for long, because it was unwanted, may be
tried once (``Estimate.trial``). The user's rules are no evidence to be weighed: they are answered
with 0 or 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from samantha.api.types import Decision, Document, Suggestion
from samantha.core.holding import LONGEST, still_holding, unchanged
from samantha.core.levels import Level, bounded, chance_of, log_odds

HALF_LIFE = timedelta(days=180)
"""After so long an observation counts half, even if nothing speaks against it."""
FORGOTTEN = 6 * HALF_LIFE
"""What is older counts less than a sixtieth, and is left out."""
STRENGTH = 4.0
"""So many observations is the prior of a kind worth."""
STRENGTHS = (16.0, STRENGTH, 8.0, 8.0, 8.0, 8.0)
"""What the prior of each level is worth: kinds lie farthest apart. Of what a plugin is sure, one no
keeps back what has time, and a few keep back the rest."""
TRIAL_AFTER = timedelta(days=30)
"""So long after the last answer a kind that is held back may be tried; after each no to such a
trial twice as long."""
EVEN = 0.5
"""What is wanted at least so often, but for its kind, is worth a trial of the kind."""
RULED = 1_000_000.0
"""The weight of a rule: more than anything observed."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What learning says of one candidate."""

    chance: float
    """Calibrated probability that the user wants it, 0 to 1."""
    weight: float = 0.0
    """How many observations of its kind stand behind it, decayed; ``RULED``: a rule of the user."""
    reason: str = ""
    """In words; '' when nothing was learned."""
    trial: bool = False
    """Whether its kind, held back for long, may be tried again."""


Chance = Callable[[str, Suggestion, Mapping[str, Document]], Estimate]
"""Asked with the plugin's name, the candidate and the documents it rests on."""


def own_confidence(
    plugin: str, suggestion: Suggestion, sources: Mapping[str, Document]
) -> Estimate:
    """Return the plugin's own confidence: what is known before anything was learned."""
    return Estimate(suggestion.confidence)


# --- what is observed ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What is learned about: a kind, the person on the other side, a folder; '' where unknown."""

    kind: str
    """``plugin/kind``."""
    sender: str = ""
    folder: str = ""

    def keys(self) -> tuple[str, ...]:
        """Return the names of its levels, the general first; '' where there is none."""
        sender, folder = self.sender, self.folder
        return (
            EVERYTHING,
            self.kind,
            sender,
            f"{self.kind} from {sender}" if sender else "",
            folder,
            f"{self.kind} in {folder}" if folder else "",
        )


EVERYTHING = "everything"
LEVELS = (
    "of all",
    "of this kind",
    "from them",
    "of this kind from them",
    "in this folder",
    "of this kind in this folder",
)
"""What the levels of a subject are called."""
KIND = 1
"""The level of the kind."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing the user did, or let pass."""

    subject: Subject
    confidence: float
    """The plugin's own, at the time."""
    wanted: bool
    weight: float
    at: datetime


DECIDED: Mapping[Decision, tuple[bool, float]] = {
    Decision.ACCEPTED: (True, 1.0),
    Decision.EDITED: (True, 1.0),
    Decision.DISMISSED: (False, 1.0),
    Decision.NEVER: (False, 1.0),
    Decision.SNOOZED: (True, 0.25),
    Decision.EXPIRED: (False, 1.0),
}
"""What each decision says: whether it was wanted, and how plainly. A snooze finds fault with the
moment, not with the thing; an expiry says as much as ``silence_says``."""
PICKED = 0.5
"""How plainly a yes speaks that was given to what stood in the digest: the user has chosen it from
among others, of which nothing is known."""
PASSED_OVER = timedelta(days=3)
"""What was shown so long ago and waits still counts half of what it will when it has expired."""
TAKEN_BACK = (False, 0.5)
"""A yes that was undone."""
BY_THEMSELVES = (True, 0.5)
"""Shown, not answered, and then done by the user all the same."""
UNSEEN = (True, 0.25)
"""Never shown, and done by the user: it was right. Not done says nothing: nobody was asked."""


def silence_says(noes: int, silences: int) -> float:
    """Return how plainly an offer that was left alone says no, by how often it is said outright.

    Who dismisses what they do not want was away when they did not; who never does says it so.
    """
    return 0.25 + 0.75 * (silences + 1) / (silences + noes + 2)


def subject_of(plugin: str, kind: str, sources: Iterable[Document]) -> Subject:
    """Return what a suggestion is about: the first mail's other side, the first file's folder."""
    sender = folder = ""
    for document in sources:
        mail = document.mail
        if mail is None:
            folder = folder or document.path.rpartition("/")[0]
        elif not sender:
            people = mail.to if mail.folder in ("sent", "drafts") else (mail.sender,)
            sender = next((p.address.lower() for p in people if p is not None), "")
    return Subject(f"{plugin}/{kind}", sender, folder)


def quoted_first(suggestion: Suggestion, sources: Mapping[str, Document]) -> list[Document]:
    """Return the documents a suggestion quotes, in its order."""
    names = dict.fromkeys(str(e.document) for e in suggestion.evidence)
    return [sources[name] for name in names if name in sources]


# --- what is learned -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rules:
    """What the user has said in so many words."""

    never: frozenset[tuple[str, str]] = frozenset()
    """(``plugin/kind``, address): not of this kind from them."""
    always: frozenset[str] = frozenset()
    """``plugin/kind``: always ask, whatever was learned."""

    def answer(self, subject: Subject) -> Estimate | None:
        """Return what a rule says of a subject, None where none does."""
        if subject.sender and (subject.kind, subject.sender) in self.never:
            return Estimate(0.0, RULED, f"you never want this kind from {subject.sender}")
        if subject.kind in self.always:
            return Estimate(1.0, RULED, "you always want to be asked about this kind")
        return None


@dataclass(frozen=True, slots=True)
class Learned:
    """All that was learned, at one moment."""

    levels: tuple[Mapping[str, Level], ...] = field(default_factory=lambda: ({},) * len(LEVELS))
    """In the order of ``LEVELS``, by the names that ``Subject.keys`` gives."""
    rules: Rules = Rules()
    trials: frozenset[str] = frozenset()
    """The kinds that were not answered for so long that they may be tried."""

    def estimate(self, subject: Subject, confidence: float) -> Estimate:
        """Return the chance that the user wants something, with what it rests on."""
        ruled = self.rules.answer(subject)
        if ruled is not None:
            return ruled
        odds, told, weight = log_odds(confidence), [], 0.0
        for depth, key in enumerate(subject.keys()):
            level = self.levels[depth].get(key)
            if level is None or level.weight <= 0:
                continue
            odds += level.shift
            if depth >= KIND:
                weight = max(weight, level.weight)
                told.append(f"{level.wanted} of {level.seen} {LEVELS[depth]}")
        if not self.levels[0]:
            return Estimate(confidence)
        reason = f"you wanted {', '.join(told)}" if told else ""
        return Estimate(
            bounded(chance_of(odds)), weight, reason, self._worth_a_trial(subject, odds)
        )

    def _worth_a_trial(self, subject: Subject, odds: float) -> bool:
        """Tell whether a kind is due for a trial, and this a good thing to try it with."""
        if subject.kind not in self.trials:
            return False
        return chance_of(odds - self.levels[KIND][subject.kind].shift) >= EVEN


def learn(
    observations: Iterable[Observation], now: datetime, rules: Rules | None = None
) -> Learned:
    """Return what a history teaches; its order does not matter."""
    kinds: dict[str, list[Observation]] = {}
    for one in observations:
        if now - one.at < FORGOTTEN and one.weight > 0:
            kinds.setdefault(one.subject.kind, []).append(one)
    recent: list[Observation] = []
    weights: list[float] = []
    for some in kinds.values():
        some.sort(key=_in_order)
        newest = some[-LONGEST:]
        recent += newest
        weights += _weights(newest, now)
    trials = frozenset(kind for kind, some in kinds.items() if _due(some, now))
    return Learned(_levels(recent, weights), rules or Rules(), trials)


def _in_order(one: Observation) -> tuple[datetime, bool, float, float, Subject]:
    return one.at, one.wanted, one.weight, one.confidence, one.subject


def _weights(some: Sequence[Observation], now: datetime) -> list[float]:
    """Return what each observation of a kind, in order, still counts."""
    told = tuple((_days(one.at - some[0].at), one.wanted, one.weight) for one in some)
    since = unchanged(_days(now - some[-1].at))
    return [
        one.weight * held * since * 0.5 ** (max(now - one.at, timedelta()) / HALF_LIFE)
        for one, held in zip(some, still_holding(told), strict=True)
    ]


def _due(some: Sequence[Observation], now: datetime) -> bool:
    """Tell whether a kind was not answered for so long that it may be tried."""
    wait = TRIAL_AFTER
    for earlier, later in pairwise(some):
        if later.wanted:
            wait = TRIAL_AFTER
        elif later.at - earlier.at >= TRIAL_AFTER:
            wait *= 2
    return now - some[-1].at >= wait


def _levels(
    recent: Sequence[Observation], weights: Sequence[float]
) -> tuple[Mapping[str, Level], ...]:
    """Return what each level adds to those before it."""
    levels: tuple[dict[str, Level], ...] = tuple({} for _ in LEVELS)
    odds = [log_odds(one.confidence) for one in recent]
    keys = [one.subject.keys() for one in recent]
    for depth, here in enumerate(levels):
        rows = [(at, names[depth]) for at, names in enumerate(keys) if names[depth]]
        for at, name in rows:
            here.setdefault(name, Level()).add(recent[at].wanted, weights[at], odds[at])
        for level in here.values():
            level.settle(STRENGTHS[depth])
        for at, name in rows:
            odds[at] += here[name].shift
    return levels


def _days(time: timedelta) -> float:
    return time / timedelta(days=1)
