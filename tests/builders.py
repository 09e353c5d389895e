"""Test twins and a small home: real databases, real builder, a clock that is set by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from samantha.adapters.index import SqliteIndex
from samantha.adapters.payloads import PayloadBuilder
from samantha.adapters.store import Store
from samantha.api import (
    ACTION_TYPES,
    Document,
    Evidence,
    Identity,
    Kind,
    MoveFile,
    Outlet,
    Suggestion,
)
from samantha.api.actions import Action
from samantha.api.plugin import Moment, MomentKind, Silence
from samantha.api.testing import document, mail
from samantha.core.admit import Permissions
from samantha.core.attention import Policy
from samantha.core.consent import card_items
from samantha.core.decided import Decisions
from samantha.core.engine import Engine, LoadedPlugin
from samantha.core.ports import Card, Offer, Refused, Stat
from samantha.workers.executor import check

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
ALL = Permissions(("files", "mail"), tuple(ACTION_TYPES))
ME = Identity(("Anna Berg",), ("anna@berg.example",))


class SetClock:
    """A clock that stands still until it is set."""

    def __init__(self, now: datetime = START) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def pass_(self, **units: float) -> None:
        self.time += timedelta(**units)


class CardBoard:
    """The notifier's twin: what hangs there, and everything that was ever posted."""

    def __init__(self) -> None:
        self.cards: dict[str, Card] = {}
        self.posted: list[Card] = []

    def start(self, on_press: object) -> None:
        pass

    def post(self, card: Card) -> bool:
        self.cards[card.key] = card
        self.posted.append(card)
        return True

    def withdraw(self, key: str) -> None:
        self.cards.pop(key, None)

    def state(self) -> tuple[str, str]:
        return "terminal", ""

    def stop(self) -> None:
        pass


class RecordingExecutor:
    """The executor's twin: checks as the real one does, and acts on a world in memory."""

    def __init__(self) -> None:
        self.acts: list[tuple[str, str]] = []
        """(approved hash, key) of every effect, in order."""
        self.world: dict[str, str] = {}
        """Target to sha256."""
        self._facts: dict[str, dict[str, Any]] = {}

    def execute(self, effect: Mapping[str, Any], data: bytes, key: str) -> Mapping[str, Any]:
        proof = ("manifest", "approved", "again")
        plain = {name: value for name, value in effect.items() if name not in proof}
        check({**{p: effect.get(p, "") for p in proof}, "effect": plain, "key": key}, data)
        if key in self._facts:
            return self._facts[key]
        if plain["target"] in self.world and plain["type"] != "deliver_draft":
            raise Refused("there is already a file of this name")
        self.acts.append((str(effect["approved"]), key))
        self.world[plain["target"]] = plain["sha256"]
        self._facts[key] = {"target": plain["target"], "key": key}
        return self._facts[key]

    def undo(self, effect: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
        if self.world.pop(str(facts["target"]), None) is None:
            return "the file is no longer there"
        self._facts.pop(str(facts["key"]))
        return ""

    def reconcile(self, effect: Mapping[str, Any], key: str) -> Literal["done", "not_done", "?"]:
        return "done" if key in self._facts else "not_done"


def fingerprint_now(document: Document) -> str:
    """Return the hash of the bytes that a document's path has at this moment."""
    try:
        return hashlib.sha256(Path(document.path).read_bytes()).hexdigest()
    except OSError:
        return ""


class Home:
    """A user's home with folders, databases and the engine; reopened after a restart."""

    def __init__(
        self,
        root: Path,
        *,
        policy: Policy | None = None,
        outlets: Sequence[Outlet] = (),
        drafts: str = "",
    ) -> None:
        self.root = root
        self.documents = root / "Documents"
        self.out = root / "Out"
        self.documents.mkdir(parents=True, exist_ok=True)
        self.mails = root / "Mails"
        self.mails.mkdir(exist_ok=True)
        self.clock = SetClock()
        self.board = CardBoard()
        self.wired: dict[str, Any] = {}
        self.policy = policy or Policy(zone=ZoneInfo("Europe/Vienna"), budget=1_000)
        self.builder = PayloadBuilder(
            self.out,
            drafts,
            ME,
            self.clock,
            contact=("Harbour Street 4",),
            allowed=lambda address: self.index.written_to(address),
            outlets=outlets,
            roots=(str(self.documents),),
        )
        self.open()

    def open(self) -> None:
        self.state = Store(self.root / "data" / "state.db")
        self.index = SqliteIndex(self.root / "data" / "index.db", now=self.clock.now)
        self.wire()

    def wire(self, **more: Any) -> None:
        """Join the engine, with what it asks of the desktop, the calendar and learning."""
        self.wired = {**self.wired, **more}
        self.engine = Engine(
            self.index,
            self.state,
            self.builder,
            self.board,
            self.clock,
            self.policy,
            fingerprint_now,
            **self.wired,
        )
        self.decisions = Decisions(self.state, self.engine, self.board, self.clock, card_items)

    def close(self) -> None:
        self.state.close()
        self.index.close()

    def restart(self) -> None:
        self.close()
        self.open()

    # --- what lies there --------------------------------------------------------------------

    def put(self, *documents: Document) -> None:
        self.index.put([(d, Stat(d.size_bytes, 1, 1), None) for d in documents])

    def file(self, name: str, text: str, kind: Kind = Kind.LETTER, **more: Any) -> Document:
        """Write a file and index it as it would be after reading."""
        path = self.documents / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        found = document(str(path), text, kind=kind, **more)
        self.put(found)
        return found

    def mail(self, text: str, **more: Any) -> Document:
        """Write a mail and index it."""
        made = mail(text, **more)
        path = self.mails / made.fingerprint[:16]
        path.write_bytes(text.encode())
        fingerprint = hashlib.sha256(text.encode()).hexdigest()
        found = replace(made, path=str(path), fingerprint=fingerprint)
        self.put(found)
        return found

    # --- what is suggested ------------------------------------------------------------------

    def suggest(
        self,
        *answers: Suggestion | Silence,
        plugin: str = "p",
        permissions: Permissions = ALL,
    ) -> list[Offer]:
        loaded = LoadedPlugin(plugin, permissions, lambda moment: answers)
        moment = Moment(MomentKind.DAY, self.clock.now())
        return self.engine.happened(moment, [loaded], "trace")


def quote(document: Document, words: str = "") -> Evidence:
    """Return evidence: these words of the document, or its beginning."""
    start = document.text.index(words) if words else 0
    end = start + len(words) if words else min(20, len(document.text))
    return Evidence(document.id, document.text[start:end], start, end)


def suggestion(source: Document, action: Action, **more: Any) -> Suggestion:
    """Return a proposal that rests on one document."""
    made = Suggestion(
        kind="k",
        thing=f"thing of {source.id}",
        title="A title",
        why="Because.",
        evidence=(quote(source),),
        action=action,
        confidence=0.9,
        sources=(source.id,),
    )
    return replace(made, **more)


def filing(home: Home, source: Document, name: str = "filed.txt") -> MoveFile:
    return MoveFile(str(source.path), str(home.documents / "Filed"), name)


def drain(items: Iterable[object]) -> int:
    return sum(1 for _ in items)
