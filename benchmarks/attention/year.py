"""One year under one policy: the real engine, state, index and learning, under a clock that is set.

Only the plugin, the notifier and the user are simulated.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.attention.world import START, Chance, User

from samantha.adapters.index import SqliteIndex
from samantha.adapters.payloads import PayloadBuilder
from samantha.adapters.store import Store
from samantha.api import Document, Evidence, Identity, Remind, Suggestion
from samantha.api.plugin import Moment, MomentKind
from samantha.api.testing import mail
from samantha.api.types import DocumentId
from samantha.app.learning import Experience
from samantha.app.session import Quiet
from samantha.core.admit import Permissions
from samantha.core.attention import Policy
from samantha.core.consent import card_items
from samantha.core.decided import Decisions
from samantha.core.engine import Engine, LoadedPlugin
from samantha.core.learning import Estimate, own_confidence
from samantha.core.ports import Offer, OfferState, Stat

ME = Identity(("Anna Berg",), ("anna@berg.example",))
MAY = Permissions(("mail",), ("remind",))
STANDARD = Policy(zone=UTC)
FIXED = Policy(zone=UTC, cost=0.0, cooldown_after=0)
ALWAYS = Policy(
    zone=UTC, cost=0.0, cooldown_after=0, threshold=0.0, budget=1_000, budget_hour=1_000
)
POLICIES = ("learning", "fixed threshold", "always", "oracle")


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing that was shown: when, what was foreseen of it, and what came of it."""

    at: datetime
    foreseen: float
    wanted: float
    accepted: bool
    ignored: bool


@dataclass(slots=True)
class Year:
    """What came of a year."""

    policy: str
    days: int
    chances: int = 0
    shown: list[Shown] = field(default_factory=list)

    def precision(self, first: float = 0.0, last: float = 1.0) -> float:
        """Return accepted by shown in a part of the year."""
        part = self.between(first, last)
        return sum(one.accepted for one in part) / len(part) if part else 0.0

    def between(self, first: float, last: float) -> list[Shown]:
        """Return what was shown in a part of the year, from 0 to 1."""
        begin, end = (START + timedelta(days=self.days * part) for part in (first, last))
        return [one for one in self.shown if begin <= one.at < end]

    def value(self, cost: float = STANDARD.cost) -> float:
        """Return what it was worth: a yes is one, and each interruption costs."""
        return sum(one.accepted for one in self.shown) - cost * len(self.shown)


class _Clock:
    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time


class _Life:
    """A user with samantha under one policy."""

    def __init__(self, folder: Path, policy: str) -> None:
        self.clock = _Clock()
        self.state = Store(folder / "state.db")
        self.index = SqliteIndex(folder / "index.db", now=self.clock.now)
        self.known: dict[str, Chance] = {}
        self.experience = Experience(self.state, self.index, self.clock, ME)
        builder = PayloadBuilder(folder / "out", "", ME, self.clock)
        chances = {"learning": self.experience.chance, "oracle": self._hidden}
        self.chance = chances.get(policy, own_confidence)
        quiet: Any = Quiet()
        self.engine = Engine(
            self.index,
            self.state,
            builder,
            quiet,
            self.clock,
            {"fixed threshold": FIXED, "always": ALWAYS}.get(policy, STANDARD),
            lambda document: document.fingerprint,
            chance=self.chance,
        )
        self.decisions = Decisions(self.state, self.engine, quiet, self.clock, card_items)
        self.foreseen: dict[str, float] = {}

    def _hidden(
        self, plugin: str, suggestion: Suggestion, sources: Mapping[str, Document]
    ) -> Estimate:
        return Estimate(self.known[suggestion.thing].wanted)

    def suggest(self, came: list[Chance]) -> None:
        """Let the plugins suggest what came up."""
        self.index.put([(_mail(one), Stat(1, 1, one.number), None) for one in came])
        by_plugin: dict[str, list[Suggestion]] = {}
        for one in came:
            made = _suggestion(one)
            self.known[made.thing] = one
            plugin = one.kind.partition("/")[0]
            by_plugin.setdefault(plugin, []).append(made)
        plugins = [
            LoadedPlugin(name, MAY, lambda moment, answers=made: answers)
            for name, made in by_plugin.items()
        ]
        self.engine.happened(Moment(MomentKind.DAY, self.clock.now()), plugins, "year")

    def answer(self, offer: Offer) -> Shown:
        """Let the user answer what is shown, or leave it; return what came of it."""
        one = self.known[offer.thing]
        document = self.index.document(offer.evidence[0].document)
        assert document is not None
        seen = self.chance(offer.plugin, _suggestion(one), {str(document.id): document}).chance
        if not one.ignored and one.yes:
            self.decisions.accept(offer.id, via="year")
        elif not one.ignored:
            self.decisions.dismiss(offer.id, via="year")
        return Shown(self.clock.now(), seen, one.wanted, one.yes and not one.ignored, one.ignored)

    def close(self) -> None:
        """Close the databases."""
        self.index.close()
        self.state.close()


def live(policy: str, seed: int, days: int = 365, a_day: float = 6.0) -> Year:
    """Live through a year under a policy and return what came of it."""
    year = Year(policy, days)
    memory = Path("/dev/shm")
    where = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="samantha-year-", dir=where) as folder:
        life, left = _Life(Path(folder), policy), set[int]()
        try:
            for at, came in User(seed, days).chances(a_day):
                life.clock.time = at
                year.chances += len(came)
                life.suggest(came)
                life.engine.release()
                for offer in life.state.offers([OfferState.OPEN]):
                    if offer.id not in left:
                        left.add(offer.id)
                        year.shown.append(life.answer(offer))
        finally:
            life.close()
    return year


def _mail(one: Chance) -> Document:
    made = mail(f"Something about {one.kind}, number {one.number}.", sender=one.sender)
    print_ = hashlib.sha256(str(one.number).encode()).hexdigest()
    return Document(
        id=_id(one),
        source="mail",
        path=f"/mail/{one.number}",
        media="mail",
        format="eml",
        title=made.title,
        text=made.text,
        fingerprint=print_,
        size_bytes=made.size_bytes,
        modified=one.at,
        mail=made.mail,
    )


def _id(one: Chance) -> DocumentId:
    return DocumentId(f"<{one.number}@year.example>")


def _suggestion(one: Chance) -> Suggestion:
    return Suggestion(
        kind=one.kind.partition("/")[2],
        thing=str(one.number),
        title=f"{one.kind} {one.number}",
        why="Because.",
        evidence=(Evidence(_id(one), "Something", 0, 9),),
        action=Remind(one.expires, f"Number {one.number}"),
        confidence=one.confidence,
        expires=one.expires,
        urgent=one.urgent,
    )
