"""No effect without an unexpired, single-use yes to exactly these bytes, whatever happens."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from samantha.adapters.store import Store
from samantha.api.types import Decision, Verdict
from samantha.core.consent import YES
from samantha.core.payload import Blob, Effect, Payload
from samantha.core.ports import Offer, OfferState, OutboxState

START = datetime(2026, 3, 1, tzinfo=UTC)
NAYS = (Decision.DISMISSED, Decision.NEVER, Decision.EXPIRED, Decision.SNOOZED)
WHICH = st.integers(0, 5)
HOURS = st.integers(1, 200)


class Consent(RuleBasedStateMachine):
    """Proposes, decides, replays, races, tampers and restarts; keeps count of the true yeses."""

    @initialize()
    def begin(self) -> None:
        self.directory = Path(tempfile.mkdtemp())
        self.path = self.directory / "data" / "state.db"
        self.store = Store(self.path)
        self.now = START
        self.offers: list[Offer] = []
        self.live: set[int] = set()
        self.damaged: set[int] = set()
        self.approved: dict[int, str] = {}
        self.claimed: set[int] = set()
        self.propose("AABA", 100, True)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.directory)

    def pick(self, which: int) -> Offer:
        return self.offers[-1 - which % len(self.offers)]

    @rule(classes=st.text("AABC", min_size=1, max_size=3), hours=HOURS, reviewed=st.booleans())
    def propose(self, classes: str, hours: int, reviewed: bool) -> None:
        for approval_class in classes:
            self.propose_one(hours, approval_class, reviewed)

    def propose_one(self, hours: int, approval_class: str, reviewed: bool) -> None:
        blob = Blob("a", "draft", b"bytes of %d" % len(self.offers))
        payload = Payload(
            {"type": "draft_mail"}, approval_class,
            (Effect("write_file", target="/x", sha256=blob.sha256),), (blob,),
        )  # fmt: skip
        offer = Offer(
            id=0, trace="t", plugin="p", kind="k", thing=f"thing-{len(self.offers)}", title="t",
            why="w", evidence=(), action=payload.action, approval_class=approval_class,
            payload_hash=payload.hash, confidence=1.0, urgent=False, created=self.now,
            expires=self.now + timedelta(hours=hours), state=OfferState.HELD,
            verdict=Verdict.SHOW, reason="", reviewed_at=self.now if reviewed else None,
        )  # fmt: skip
        offer = self.store.add_offer(offer, payload)
        self.offers.append(offer)
        self.live.add(offer.id)

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def may(self, offer: Offer, payload_hash: str) -> bool:
        """Tell whether a yes now is a true one, from what this test did and nothing else."""
        return (
            offer.id in self.live
            and offer.id not in self.damaged
            and payload_hash == offer.payload_hash
            and self.now < offer.expires
            and (offer.approval_class == "A" or offer.reviewed_at is not None)
        )

    @rule(which=WHICH, yes=st.sampled_from(YES))
    def accept(self, which: int, yes: Decision) -> None:
        offer = self.pick(which)
        self.say_yes(offer, offer.payload_hash, yes)

    @rule(which=WHICH, other=WHICH)
    def accept_other_bytes(self, which: int, other: int) -> None:
        """A yes to one offer that names the payload of another, or of none."""
        for yes in YES:
            self.say_yes(self.pick(which), "", yes)
            self.say_yes(self.pick(which), self.pick(other).payload_hash, yes)

    def say_yes(self, offer: Offer, payload_hash: str, yes: Decision) -> None:
        expected = self.may(offer, payload_hash)
        taken = self.store.decide(offer.id, yes, at=self.now, via="cli", payload_hash=payload_hash)
        assert taken == expected
        if taken:
            self.live.discard(offer.id)
            self.approved[offer.id] = payload_hash

    @rule(which=WHICH, decision=st.sampled_from(NAYS))
    def say_something_else(self, which: int, decision: Decision) -> None:
        offer = self.pick(which)
        expired = offer.expires <= self.now and decision is not Decision.EXPIRED
        taken = self.store.decide(
            offer.id, decision, at=self.now, via="cli", payload_hash=offer.payload_hash
        )
        assert taken == (offer.id in self.live and not expired)
        if taken and decision is not Decision.SNOOZED:
            self.live.discard(offer.id)

    @rule(which=WHICH)
    def race(self, which: int) -> None:
        """Four say yes at the same moment through connections of their own."""
        offer = self.pick(which)
        expected = self.may(offer, offer.payload_hash)
        stores = [Store(self.path) for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            taken = list(
                pool.map(
                    lambda s: s.decide(
                        offer.id,
                        Decision.ACCEPTED,
                        at=self.now,
                        via="race",
                        payload_hash=offer.payload_hash,
                    ),
                    stores,
                )
            )
        for store in stores:
            store.close()
        assert sum(taken) == expected
        if expected:
            self.live.discard(offer.id)
            self.approved[offer.id] = offer.payload_hash

    @rule(which=WHICH, state=st.sampled_from([OfferState.VOID, OfferState.EXPIRED]))
    def take_back(self, which: int, state: OfferState) -> None:
        offer = self.pick(which)
        self.store.update_offer(offer.id, state=state)
        self.live.discard(offer.id)

    @rule(which=WHICH)
    def try_to_reopen(self, which: int) -> None:
        offer = self.pick(which)
        self.store.update_offer(offer.id, state=OfferState.OPEN)

    @rule(which=WHICH, at=st.integers(0, 9), bit=st.integers(0, 7))
    def flip_a_bit(self, which: int, at: int, bit: int) -> None:
        offer = self.pick(which)
        if offer.id in self.damaged:
            return
        with sqlite3.connect(self.path) as other:
            (name, data) = other.execute(
                "SELECT sha256, data FROM blobs JOIN payload_blobs ON blob = sha256 "
                "WHERE payload = ?",
                (offer.payload_hash,),
            ).fetchone()
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            other.execute("UPDATE blobs SET data = ? WHERE sha256 = ?", (bytes(changed), name))
        other.close()
        self.damaged.add(offer.id)

    @rule(which=WHICH)
    def claim(self, which: int) -> None:
        offer = self.pick(which)
        entry = self.store.outbox_for(offer.id)
        if entry is not None:
            assert self.store.claim(entry.id, "me") == (offer.id not in self.claimed)
            self.claimed.add(offer.id)

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = Store(self.path)

    @invariant()
    def only_true_yeses_are_in_the_outbox(self) -> None:
        if not hasattr(self, "store"):
            return
        entries = self.store.outbox()
        assert {e.offer: e.payload_hash for e in entries} == self.approved
        assert len(entries) == len(self.approved)
        for entry in entries:
            assert (entry.state is OutboxState.CLAIMED) == (entry.offer in self.claimed)
            payload = self.store.payload(entry.payload_hash)
            if entry.offer in self.damaged:
                assert payload is None
            else:
                assert payload is not None
                assert payload.hash == entry.payload_hash


TestConsent = Consent.TestCase
TestConsent.__doc__ = "The outbox holds the payloads of true yeses, each once, and nothing else."
TestConsent.settings = settings(
    max_examples=100,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
