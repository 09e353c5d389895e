"""The whole chain: no effect without an unexpired, single-use yes to exactly these bytes (I1)."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from builders import Home, RecordingExecutor, filing, suggestion
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from samantha.adapters.store import Store
from samantha.api.actions import Action, DraftMail
from samantha.api.errors import UserError
from samantha.api.types import Document
from samantha.core.consent import card_items
from samantha.core.decided import Decisions
from samantha.core.outbox import recover, run_outbox, undo
from samantha.core.ports import Offer, OfferState, OutboxState

WHICH = st.integers(0, 4)
MANIFEST = (
    "SELECT manifest FROM payloads WHERE hash = ?",
    "UPDATE payloads SET manifest = CAST(? AS TEXT) WHERE hash = ?",
)
BLOB = (
    "SELECT data FROM blobs JOIN payload_blobs ON blob = sha256 WHERE payload = ?",
    "UPDATE blobs SET data = ? WHERE sha256 IN (SELECT blob FROM payload_blobs WHERE payload = ?)",
)


class Crash(BaseException):
    """The process is gone."""


class Chain(RuleBasedStateMachine):
    """A user, a clock, a thief and a failing machine around the real engine and store.

    The model keeps only what a bystander could note down: which yes was said, when, to which
    bytes, and whether those bytes were touched since.
    """

    @initialize()
    def begin(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.home = Home(self.directory)
        self.executor = RecordingExecutor()
        self.number = 0
        self.yes: dict[str, int] = {}
        """Payload hash to how many times a yes was taken for it."""
        self.dead: set[str] = set()
        """Hashes whose bytes were damaged before they were carried out."""
        self.home.mail("Hello", sender="anna@berg.example", to=["bob@x.example"], folder="sent")
        self.propose(0, True, 10)

    def teardown(self) -> None:
        if hasattr(self, "home"):
            self.home.close()
            shutil.rmtree(self.directory)

    def offers(self) -> list[Offer]:
        return list(self.home.state.offers())

    def pick(self, which: int) -> Offer:
        offers = self.offers()
        return offers[which % len(offers)]

    @rule(kind=st.integers(0, 1), fresh=st.booleans(), hours=st.integers(1, 60))
    def propose(self, kind: int, fresh: bool, hours: int) -> None:
        self.number += fresh
        name = f"letter{self.number}.txt"
        text = f"Dear Ann, number {self.number}. {'edited ' * (not fresh)}"
        source: Document = self.home.file(name, text)
        action: Action = filing(self.home, source, f"filed {name}")
        if kind:
            action = DraftMail(("bob@x.example",), f"Subject {self.number}", "Body")
        expires = self.home.clock.now() + timedelta(hours=hours)
        proposal = suggestion(source, action, expires=expires)
        for offer in self.home.suggest(replace(proposal, thing=f"{name} {kind}")):
            # What was damaged is written anew with an offer of the same bytes.
            self.dead.discard(offer.payload_hash)

    @rule(which=WHICH)
    def look(self, which: int) -> None:
        try:
            self.home.decisions.review(self.pick(which).id)
        except UserError:
            assert self.pick(which).payload_hash in self.dead

    @rule(which=WHICH, seen=st.sampled_from(["none", "own", "other"]))
    def accept(self, which: int, seen: str) -> None:
        offer = self.pick(which)
        seen_hash = {"none": "", "own": offer.payload_hash, "other": "0" * 64}[seen]
        self.say_yes(self.home.decisions, offer, seen_hash)

    @rule(which=WHICH)
    def see_accept_and_carry_out(self, which: int) -> None:
        """The ordinary way, so that the strange ones happen to entries that went it."""
        self.look(which)
        if self.say_yes(self.home.decisions, self.pick(which)):
            self.carry_out()

    def say_yes(self, decisions: Decisions, offer: Offer, seen_hash: str = "") -> bool:
        before = self.home.state.offer(offer.id)
        assert before is not None
        try:
            decisions.accept(offer.id, via="test", seen_hash=seen_hash)
        except UserError:
            return False
        # What a bystander demands of every yes that was taken.
        assert before.state in (OfferState.OPEN, OfferState.HELD)
        assert before.expires is None or before.expires > self.home.clock.now()
        assert before.approval_class == "A" or before.reviewed_at is not None
        assert seen_hash in ("", offer.payload_hash)
        assert offer.payload_hash not in self.dead
        assert not self.home.engine.stale(before)
        self.yes[offer.payload_hash] = self.yes.get(offer.payload_hash, 0) + 1
        return True

    @rule(which=WHICH)
    def race(self, which: int) -> None:
        """Three processes take the same yes at the same moment."""
        offer = self.pick(which)
        stores = [Store(self.directory / "data" / "state.db") for _ in range(3)]
        home = self.home

        def one(store: Store) -> bool:
            decisions = Decisions(store, home.engine, home.board, home.clock, card_items)
            try:
                decisions.accept(offer.id, via="race")
            except UserError:
                return False
            return True

        with ThreadPoolExecutor(3) as pool:
            taken = sum(pool.map(one, stores))
        for store in stores:
            store.close()
        assert taken <= 1
        if taken:
            assert offer.payload_hash not in self.dead
            self.yes[offer.payload_hash] = self.yes.get(offer.payload_hash, 0) + 1

    @rule(which=WHICH, word=st.sampled_from(["dismiss", "never", "snooze"]))
    def say_no(self, which: int, word: str) -> None:
        decisions, offer = self.home.decisions, self.pick(which)
        try:
            if word == "snooze":
                until = self.home.clock.now() + timedelta(hours=3)
                decisions.snooze(offer.id, until, via="test")
            else:
                getattr(decisions, word)(offer.id, via="test")
        except UserError:
            assert offer.state not in (OfferState.OPEN, OfferState.HELD) or (
                offer.expires is not None and offer.expires <= self.home.clock.now()
            )

    @rule(number=st.integers(1, 5))
    def edit_a_source(self, number: int) -> None:
        path = self.home.documents / f"letter{number % (self.number + 1)}.txt"
        if path.exists():
            path.write_text(path.read_text() + "!")

    @rule(hours=st.integers(1, 20))
    def time_passes(self, hours: int) -> None:
        self.home.clock.pass_(hours=hours)
        self.home.engine.release()

    @rule()
    def sources_changed(self) -> None:
        names = {n for o in self.offers() for n in (e.document for e in o.evidence)}
        for offer in self.home.engine.sources_changed(names):
            assert offer.id

    @rule(which=WHICH, at=st.integers(0, 10_000), bit=st.integers(0, 7), blob=st.booleans())
    def flip_a_bit(self, which: int, at: int, bit: int, blob: bool) -> None:
        """A thief with a disk editor changes one bit of what is stored for an offer."""
        offer = self.pick(which)
        if offer.payload_hash in self.dead:
            return
        select, update = MANIFEST
        with sqlite3.connect(self.directory / "data" / "state.db") as other:
            if blob and other.execute(BLOB[0], (offer.payload_hash,)).fetchone():
                select, update = BLOB
            (text,) = other.execute(select, (offer.payload_hash,)).fetchone()
            data = bytearray(text.encode() if isinstance(text, str) else text)
            data[at % len(data)] ^= 1 << bit
            other.execute(update, (bytes(data), offer.payload_hash))
        other.close()
        self.dead.add(offer.payload_hash)

    @rule()
    def carry_out(self) -> None:
        self.run(RecordingExecutor.execute)

    @rule(after=st.booleans())
    def crash_while_carrying_out(self, after: bool) -> None:
        real = RecordingExecutor.execute

        def dying(executor: RecordingExecutor, *values: object) -> object:
            if after:
                real(executor, *values)  # type: ignore[arg-type]
            raise Crash

        try:
            self.run(dying)
        except Crash:
            self.home.restart()
            recover(self.home.state, self.executor, self.home.clock)

    def run(self, execute: object) -> None:
        outer = self

        class Acting:
            reconcile = staticmethod(outer.executor.reconcile)
            undo = staticmethod(outer.executor.undo)

            def execute(self, *values: object) -> object:
                return execute(outer.executor, *values)  # type: ignore[operator]

        before = len(self.executor.acts)
        try:
            run_outbox(self.home.state, Acting(), self.home.clock, "test")  # type: ignore[arg-type]
        finally:
            assert self.dead.isdisjoint(h for h, _ in self.executor.acts[before:])

    @rule()
    def replay(self) -> None:
        """An entry that has ended is tried again from every side."""
        state = self.home.state
        for entry in state.outbox([OutboxState.DONE, OutboxState.REFUSED]):
            assert not state.claim(entry.id, "thief")
            try:
                state.progress(entry.id, OutboxState.APPROVED)
            except ValueError:
                continue
            raise AssertionError("an ended entry was approved again")
        assert recover(state, self.executor, self.home.clock) == []

    @rule(which=WHICH)
    def take_back(self, which: int) -> None:
        undo(self.home.state, self.executor, self.pick(which).id, self.home.clock)

    @rule()
    def restart(self) -> None:
        self.home.restart()

    @invariant()
    def every_act_had_its_own_yes(self) -> None:
        if not hasattr(self, "executor"):
            return
        for approved, _key in self.executor.acts:
            assert approved in self.yes
        keys = [key for _, key in self.executor.acts]
        assert len(keys) == len(set(keys)), "an effect was carried out twice"
        assert len(self.executor.acts) <= sum(self.yes.values())
        event(f"acts: {min(3, len(keys))}")


TestChain = Chain.TestCase
TestChain.__doc__ = "Whatever happens in whatever order, an effect had its own yes to its bytes."
TestChain.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
