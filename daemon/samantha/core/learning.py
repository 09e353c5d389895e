"""Learning: how probable it is that the user wants a suggestion, from what they did before.

A pure function of history. Three levels, the general before the special: the kind of suggestion,
the person it is about, the folder it is about. Each level is a Beta-binomial whose observations
carry what the levels before it (at first the plugin's own confidence) foresaw of each: it learns by
how much the log-odds have to be shifted, and its prior, worth ``STRENGTH`` observations, is that
they have not. So nothing learned leaves the plugin's confidence as it is, little learned moves it a
little, and a person says only what the kind does not say already.

What is old counts less, half as much after ``HALF_LIFE``: a kind that fell silent is tried again
some day, and a changed mind is followed. The user's rules are no evidence to be weighed: they are
answered with 0 or 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from samantha.api.types import Decision, Document, Suggestion

HALF_LIFE = timedelta(days=60)
"""After so long an observation counts half."""
FORGOTTEN = 6 * HALF_LIFE
"""What is older counts less than a sixtieth, and is left out."""
STRENGTH = 8.0
"""So many observations is a level's prior worth."""
SURE = 0.98
"""No chance that was learned or claimed lies above, nor below its counterpart: rules alone do."""
_FARTHEST, _HALVINGS = 8.0, 24
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


Chance = Callable[[str, Suggestion, Mapping[str, Document]], Estimate]
"""Asked with the plugin's name, the candidate and the documents it rests on."""


def own_confidence(
    plugin: str, suggestion: Suggestion, sources: Mapping[str, Document]
) -> Estimate:
    """Return the plugin's own confidence: what is known before anything was learned."""
    return Estimate(suggestion.confidence)


# --- what is observed ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Subject:
    """What is learned about: a kind, the person on the other side, a folder; '' where unknown."""

    kind: str
    """``plugin/kind``."""
    sender: str = ""
    folder: str = ""

    def keys(self) -> tuple[str, ...]:
        """Return the names of its levels, the general first; '' where there is none."""
        sender = f"{self.kind} from {self.sender}" if self.sender else ""
        folder = f"{self.kind} in {self.folder}" if self.folder else ""
        return (self.kind, sender, folder)


LEVELS = ("of this kind", "from them", "in this folder")
"""What the levels of a subject are called."""


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
    Decision.EXPIRED: (False, 0.5),
}
"""What each decision says: whether it was wanted, and how plainly. A snooze finds fault with the
moment, not with the thing; who lets an offer expire may have been away."""
TAKEN_BACK = (False, 0.5)
"""A yes that was undone."""
BY_THEMSELVES = (True, 0.5)
"""Shown, not answered, and then done by the user all the same."""
UNSEEN = (True, 0.25)
"""Never shown, and done by the user: it was right. Not done says nothing: nobody was asked."""


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


@dataclass(slots=True)
class Level:
    """What was seen of one kind, person or folder."""

    seen: int = 0
    wanted: int = 0
    weight: float = 0.0
    """Observations, decayed."""
    hits: float = 0.0
    """Of these, wanted."""
    foreseen: float = 0.0
    """How many of these the levels before it expected to be wanted."""
    shift: float = 0.0
    """What is learned here: by how much the log-odds were off."""
    _cells: dict[float, list[float]] = field(default_factory=dict)
    """What was foreseen, to the hundredth: weight of the observations and of those wanted."""

    def add(self, wanted: bool, weight: float, chance: float) -> None:
        """Take in one observation, of which a chance was foreseen."""
        self.seen += 1
        self.wanted += wanted
        self.weight += weight
        self.hits += weight * wanted
        self.foreseen += weight * chance
        cell = self._cells.setdefault(round(chance, 2), [0.0, 0.0])
        cell[0] += weight
        cell[1] += weight * wanted

    def settle(self) -> None:
        """Find the most probable shift: what was seen equals what is then expected."""
        # The prior is a Beta of ``STRENGTH`` observations, half of them wanted, at even odds.
        cells = [(0.0, STRENGTH, STRENGTH / 2)]
        cells += [(_log_odds(at), weight, hits) for at, (weight, hits) in self._cells.items()]
        low, high = -_FARTHEST, _FARTHEST
        for _ in range(_HALVINGS):
            self.shift = (low + high) / 2
            missing = sum(hits - weight * _odds(at + self.shift) for at, weight, hits in cells)
            low, high = (self.shift, high) if missing > 0 else (low, self.shift)

    def corrected(self, chance: float) -> float:
        """Return a chance after what is known here."""
        if self.weight <= 0:
            return chance
        return _bounded(_odds(_log_odds(chance) + self.shift))


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

    levels: tuple[Mapping[str, Level], ...] = field(default_factory=lambda: ({}, {}, {}))
    """In the order of ``LEVELS``, by the names that ``Subject.keys`` gives."""
    rules: Rules = Rules()

    def estimate(self, subject: Subject, confidence: float) -> Estimate:
        """Return the chance that the user wants something, with what it rests on."""
        ruled = self.rules.answer(subject)
        if ruled is not None:
            return ruled
        chance, told, weight = confidence, [], 0.0
        for key, called, levels in zip(subject.keys(), LEVELS, self.levels, strict=True):
            level = levels.get(key)
            if level is None or level.weight <= 0:
                continue
            chance = level.corrected(chance)
            weight = max(weight, level.weight)
            told.append(f"{level.wanted} of {level.seen} {called}")
        return Estimate(chance, weight, f"you wanted {', '.join(told)}" if told else "")


def learn(
    observations: Iterable[Observation], now: datetime, rules: Rules | None = None
) -> Learned:
    """Return what a history teaches; its order does not matter."""
    recent = [one for one in observations if now - one.at < FORGOTTEN and one.weight > 0]
    chances = [_bounded(one.confidence) for one in recent]
    levels: tuple[dict[str, Level], ...] = tuple({} for _ in LEVELS)
    for depth, here in enumerate(levels):
        names = [one.subject.keys()[depth] for one in recent]
        for one, chance, name in zip(recent, chances, names, strict=True):
            if name:
                weight = one.weight * 0.5 ** (max(now - one.at, timedelta()) / HALF_LIFE)
                here.setdefault(name, Level()).add(one.wanted, weight, chance)
        for level in here.values():
            level.settle()
        chances = [
            here[name].corrected(chance) if name else chance
            for chance, name in zip(chances, names, strict=True)
        ]
    return Learned(levels, rules or Rules())


def _bounded(chance: float) -> float:
    return min(SURE, max(1 - SURE, chance))


def _log_odds(chance: float) -> float:
    inside = _bounded(chance)
    return math.log(inside / (1 - inside))


def _odds(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
