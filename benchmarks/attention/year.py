"""One year under one policy: the real engine, attention and learning, under a clock that is set.

Only the plugin, the notifier and the user are simulated; state and index lie in memory
(`memory.py`), or where ``disk`` names a folder in the real databases.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.attention.memory import Ledger, Shelf
from benchmarks.attention.world import BASE, HOURS, START, Chance, Temper, User, World

from samantha.adapters.index import SqliteIndex
from samantha.adapters.payloads import PayloadBuilder
from samantha.adapters.store import Store
from samantha.api import Document, Evidence, Identity, Remind, Suggestion
from samantha.api.plugin import Moment, MomentKind
from samantha.api.testing import document as file_document
from samantha.api.testing import mail
from samantha.api.types import DocumentId
from samantha.app.learning import Experience
from samantha.app.session import Quiet
from samantha.core.admit import Permissions
from samantha.core.attention import Policy, snooze_until
from samantha.core.consent import card_items
from samantha.core.decided import Decisions
from samantha.core.engine import Engine, LoadedPlugin
from samantha.core.learning import Estimate, own_confidence
from samantha.core.ports import Offer, OfferState, Stat

ME = Identity(("Anna Berg",), ("anna@berg.example",))
MAY = Permissions(("mail", "files"), ("remind",))
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
    kind: str
    foreseen: float
    wanted: float
    accepted: bool
    ignored: bool


@dataclass(slots=True)
class Year:
    """What came of a year."""

    policy: str
    temper: str
    seed: int
    days: int
    chances: int = 0
    shown: list[Shown] = field(default_factory=list)
    rings: int = 0
    """How often something was shown: what was put off rings again."""
    picked: int = 0
    """What was accepted out of a digest."""

    def between(self, first: float, last: float) -> list[Shown]:
        """Return what was shown in a part of the year, from 0 to 1."""
        begin, end = (START + timedelta(days=self.days * part) for part in (first, last))
        return [one for one in self.shown if begin <= one.at < end]

    def precision(self, first: float = 0.0, last: float = 1.0) -> float | None:
        """Return accepted by shown in a part of the year, None when nothing was shown."""
        part = self.between(first, last)
        return sum(one.accepted for one in part) / len(part) if part else None

    @property
    def accepted(self) -> int:
        """Return how much of what was shown was accepted."""
        return sum(one.accepted for one in self.shown)

    @property
    def worth(self) -> float:
        """Return what it was worth: a yes is one, and each interruption costs."""
        return self.accepted + self.picked - STANDARD.cost * self.rings


class _Clock:
    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time


class _Life:
    """A user with samantha under one policy."""

    def __init__(self, year: Year, user: User, disk: Path | None) -> None:
        self.year, self.user, self.clock = year, user, _Clock()
        self.state: Any = Ledger() if disk is None else Store(disk / "state.db")
        self.index: Any = Shelf() if disk is None else SqliteIndex(disk / "index.db")
        self.known: dict[str, Chance] = {}
        self.put_off: set[int] = set()
        self.left: set[int] = set()
        builder = PayloadBuilder(Path("/nowhere"), "", ME, self.clock)
        experience = Experience(self.state, self.index, self.clock, ME)
        chances = {"learning": experience.chance, "oracle": self._hidden}
        self.chance = chances.get(year.policy, own_confidence)
        quiet: Any = Quiet()
        self.engine = Engine(
            self.index,
            self.state,
            builder,
            quiet,
            self.clock,
            {"fixed threshold": FIXED, "always": ALWAYS}.get(year.policy, STANDARD),
            lambda document: document.fingerprint,
            chance=self.chance,
        )
        self.decisions = Decisions(self.state, self.engine, quiet, self.clock, card_items)

    def _hidden(
        self, plugin: str, suggestion: Suggestion, sources: Mapping[str, Document]
    ) -> Estimate:
        return Estimate(self.known[suggestion.thing].wanted)

    def pass_through(self, at: datetime, came: list[Chance]) -> None:
        """Live through one moment: what comes up is suggested, what is shown is answered."""
        self.clock.time = at
        self.year.chances += len(came)
        if came:
            self._suggest(came)
        self.engine.release()
        self._answer_all()
        if at.hour == HOURS[-1] and self.user.reads_digest():
            self._read_digest()

    def _suggest(self, came: list[Chance]) -> None:
        self.index.put([(_document(one), Stat(1, 1, one.number), None) for one in came])
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

    def _answer_all(self) -> None:
        """Let the user answer what is shown, put it off, or leave it."""
        now, asked = self.clock.now(), []
        for offer in self.state.offers([OfferState.OPEN]):
            waits = offer.snoozed_until is not None and offer.snoozed_until > now
            if offer.id in self.left or waits:
                continue
            one = self.known[offer.thing]
            asked.append((offer, one))
            self.year.rings += 1
            if offer.id not in self.put_off:
                sources = {str(_id(one)): _document(one)}
                seen = self.chance(offer.plugin, _suggestion(one), sources).chance
                yes = one.yes and not one.ignored
                self.year.shown.append(Shown(now, one.kind, seen, one.wanted, yes, one.ignored))
        # What was foreseen of all is noted first: an answer to one changes it for the next.
        for offer, one in asked:
            self._answer(offer, one)

    def _answer(self, offer: Offer, one: Chance) -> None:
        back = snooze_until(self.clock.now(), UTC)
        if one.ignored:
            self.left.add(offer.id)
        elif one.later and offer.id not in self.put_off and back < one.expires:
            self.put_off.add(offer.id)
            self.decisions.snooze(offer.id, back, via="year")
        else:
            (self.decisions.accept if one.yes else self.decisions.dismiss)(offer.id, via="year")

    def _read_digest(self) -> None:
        """Let the user take up, or put away, what is held."""
        for offer in self.state.offers([OfferState.HELD]):
            one = self.known[offer.thing]
            if one.picked:
                self.year.picked += one.yes
                (self.decisions.accept if one.yes else self.decisions.dismiss)(offer.id, via="year")

    def close(self) -> None:
        """Close the databases."""
        self.index.close()
        self.state.close()


def live(
    policy: str,
    temper: Temper,
    seed: int,
    *,
    world: World = BASE,
    days: int = 365,
    disk: Path | None = None,
) -> Year:
    """Live through a year under a policy and return what came of it."""
    year, user = Year(policy, temper.name, seed, days), User(temper, world, seed, days)
    life = _Life(year, user, disk)
    try:
        for at, came in user.chances():
            life.pass_through(at, came)
    finally:
        life.close()
    return year


def _document(one: Chance) -> Document:
    if one.folder:
        made = file_document(f"{one.folder}/{one.number}.pdf", f"Something, {one.number}.")
    else:
        made = mail(f"Something about {one.kind}, number {one.number}.", sender=one.sender)
    print_ = hashlib.sha256(str(one.number).encode()).hexdigest()
    path = made.path if one.folder else f"/mail/{one.number}"
    return replace(made, id=_id(one), path=path, fingerprint=print_, modified=one.at)


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
