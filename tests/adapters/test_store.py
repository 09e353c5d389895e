"""state.db: what is promised about decisions, the outbox, reminders and the audit."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from samantha.adapters.store import Store
from samantha.api.types import Decision, DocumentId, Evidence, Verdict
from samantha.core.payload import Blob, Effect, Payload
from samantha.core.ports import Offer, OfferState, OutboxState

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make_payload(text: str = "hello", approval_class: str = "A") -> Payload:
    blob = Blob("a.docx", "manuscript_docx", text.encode())
    return Payload(
        action={"type": "remind", "text": text, "odd": "\udcff", "n": 1.5},
        approval_class=approval_class,
        effects=(Effect("write_file", target="/x/\udcff.docx", sha256=blob.sha256),),
        blobs=(blob,),
        envelope=("a@example.org",),
        sources={"/home/\udcff.txt": "00"},
    )


def make_offer(payload: Payload, thing: str = "inv-123", **more: object) -> Offer:
    offer = Offer(
        id=0,
        trace="t1",
        plugin="bills",
        kind="remind",
        thing=thing,
        title="Pay \udcff",
        why="It is due",
        evidence=(Evidence(DocumentId("/home/\udcff.txt"), "due", 3, 6),),
        action=payload.action,
        approval_class=payload.approval_class,
        payload_hash=payload.hash,
        confidence=0.75,
        urgent=True,
        created=NOW,
        expires=NOW + timedelta(days=3),
        state=OfferState.OPEN,
        verdict=Verdict.SHOW,
        reason="",
        files=("/x/\udcff.docx",),
    )
    return replace(offer, **more)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "state.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store(path)
    yield opened
    opened.close()


def offered(store: Store, thing: str = "inv-123", text: str = "hello", **more: object) -> Offer:
    payload = make_payload(text, str(more.get("approval_class", "A")))
    return store.add_offer(make_offer(payload, thing, **more), payload)


def accept(store: Store, offer: Offer, **more: object) -> bool:
    fields = {"at": NOW, "via": "cli", "payload_hash": offer.payload_hash, **more}
    return store.decide(offer.id, Decision.ACCEPTED, **fields)


def tamper(path: Path, sql: str, *values: object) -> None:
    with sqlite3.connect(path) as other:
        other.execute(sql, values)
    other.close()


def test_offer_comes_back_as_it_went_in(store: Store) -> None:
    """An offer and its payload are read back equal, odd file names included."""
    offer = offered(store)
    assert store.offer(offer.id) == offer
    assert store.payload(offer.payload_hash) == make_payload()
    assert store.offer(99) is None


def test_offer_must_name_its_payload(store: Store) -> None:
    """An offer whose hash or class is not its payload's is never stored."""
    for wrong in ({"payload_hash": "0" * 64}, {"approval_class": "B"}):
        with pytest.raises(ValueError, match="not the one"):
            store.add_offer(make_offer(make_payload(), **wrong), make_payload())
    assert store.offers() == []


def test_offers_are_listed_newest_first_by_state_and_time(store: Store) -> None:
    """Listings are newest first and hold what was asked for."""
    old = offered(store, "a", created=NOW - timedelta(days=9), state=OfferState.HELD)
    new = offered(store, "b")
    assert [o.id for o in store.offers()] == [new.id, old.id]
    assert [o.id for o in store.offers([OfferState.HELD])] == [old.id]
    assert [o.id for o in store.offers(since=NOW)] == [new.id]


def test_offer_for_skips_void_ones(store: Store) -> None:
    """The newest offer about a thing that is not void is the one that counts."""
    first, second = offered(store), offered(store)
    store.update_offer(second.id, state=OfferState.VOID, reason="changed")
    found = store.offer_for("bills", "inv-123")
    assert found is not None
    assert found.id == first.id
    assert store.offer_for("bills", "other") is None


def test_yes_is_taken_once(store: Store) -> None:
    """A second yes changes nothing and is told so; one outbox entry stands."""
    offer = offered(store)
    assert accept(store, offer)
    assert not accept(store, offer)
    assert not store.decide(offer.id, Decision.DISMISSED, at=NOW, via="cli")
    entries = store.outbox()
    assert [(e.offer, e.payload_hash, e.state) for e in entries] == [
        (offer.id, offer.payload_hash, OutboxState.APPROVED)
    ]
    assert store.outbox_for(offer.id) == entries[0]


@pytest.mark.parametrize("payload_hash", ["", "0" * 64])
def test_yes_needs_the_hash(store: Store, payload_hash: str) -> None:
    """A yes that does not name exactly these bytes is no yes."""
    offer = offered(store)
    assert not accept(store, offer, payload_hash=payload_hash)
    assert store.outbox() == []


def test_yes_to_the_bytes_of_another_offer_is_refused(store: Store) -> None:
    """A yes that names the payload of another open offer is a yes to neither."""
    offer, other = offered(store, "a"), offered(store, "b", "other bytes")
    assert not accept(store, offer, payload_hash=other.payload_hash)
    assert store.outbox() == []
    assert store.decisions() == []


def test_yes_after_expiry_is_refused(store: Store) -> None:
    """At the moment of expiry and after it there is no yes."""
    offer = offered(store)
    assert not accept(store, offer, at=offer.expires)
    assert accept(store, offer, at=offer.expires - timedelta(microseconds=1))


@pytest.mark.parametrize("ended", [OfferState.VOID, OfferState.DROPPED, OfferState.EXPIRED])
def test_ended_offers_take_no_decision(store: Store, ended: OfferState) -> None:
    """Void, dropped and expired offers can neither be decided nor opened again."""
    offer = offered(store)
    store.update_offer(offer.id, state=ended)
    assert not accept(store, offer)
    store.update_offer(offer.id, state=OfferState.OPEN)
    assert store.offer(offer.id).state is ended


def test_update_never_overrides_a_decision(store: Store) -> None:
    """A late change of state leaves a decided offer as it is."""
    offer = offered(store)
    assert accept(store, offer)
    store.update_offer(offer.id, state=OfferState.VOID, reason="changed")
    found = store.offer(offer.id)
    assert (found.state, found.reason) == (OfferState.DECIDED, "")


@pytest.mark.parametrize(
    "fields",
    [
        {"state": OfferState.DECIDED},
        {"payload_hash": "x"},
        {"expires": None},
        {"approval_class": "A"},
        {"action": {}},
    ],
)
def test_update_cannot_change_what_is_approved(store: Store, fields: dict[str, object]) -> None:
    """What an offer would do is frozen, and only a decision decides."""
    offer = offered(store)
    with pytest.raises(ValueError, match=r"changeable|decides"):
        store.update_offer(offer.id, **fields)
    assert store.offer(offer.id) == offer


@pytest.mark.parametrize("approval_class", ["B", "C"])
def test_classes_b_and_c_are_seen_before_the_yes(store: Store, approval_class: str) -> None:
    """What goes to somebody else must have been seen whole."""
    offer = offered(store, approval_class=approval_class)
    assert not accept(store, offer)
    store.update_offer(offer.id, reviewed_at=NOW)
    assert accept(store, offer)


def test_flipped_bytes_are_found(store: Store, path: Path) -> None:
    """One flipped bit in a blob or a manifest: the payload is gone, and a yes is refused."""
    offer = offered(store)
    original = b"hello"
    for at in range(len(original)):
        changed = bytearray(original)
        changed[at] ^= 1
        tamper(path, "UPDATE blobs SET data = ?", bytes(changed))
        assert store.payload(offer.payload_hash) is None
        assert not accept(store, offer)
    tamper(path, "UPDATE blobs SET data = ?", original)
    manifest = make_payload().manifest()
    for at in range(0, len(manifest), 7):
        wrong = manifest[:at] + chr(ord(manifest[at]) ^ 1) + manifest[at + 1 :]
        tamper(path, "UPDATE payloads SET manifest = ?", wrong)
        assert store.payload(offer.payload_hash) is None
    tamper(path, "UPDATE payloads SET manifest = ?", manifest)
    assert store.payload(offer.payload_hash) == make_payload()


def test_no_sneaking_into_the_outbox(store: Store, path: Path) -> None:
    """Even a direct INSERT finds no way into the outbox without a yes to those bytes."""
    offer = offered(store)
    assert store.decide(offer.id, Decision.DISMISSED, at=NOW, via="cli")
    for payload_hash in (offer.payload_hash, "0" * 64):
        with pytest.raises(sqlite3.IntegrityError, match="no yes"):
            tamper(
                path,
                "INSERT INTO outbox (offer, decision, trace, payload_hash, state, approved_at) "
                "VALUES (?, 1, 't', ?, 'approved', 0)",
                offer.id,
                payload_hash,
            )
    assert store.outbox() == []


def test_dismissed_thing_stays_away_until_lifted(store: Store) -> None:
    """A no to a thing is a no to it for ever, by a readable key that can be lifted."""
    offer = offered(store)
    assert store.decide(offer.id, Decision.DISMISSED, at=NOW, via="cli")
    assert "dismissed" in store.suppressed("bills", "inv-123")
    assert store.suppressed("bills", "inv-124") == ""
    assert [s.key for s in store.suppressions()] == ["thing:bills:inv-123"]
    assert store.lift("thing:bills:inv-123")
    assert not store.lift("thing:bills:inv-123")
    assert store.suppressed("bills", "inv-123") == ""
    assert store.offer_for("bills", "inv-123") is None


@pytest.mark.parametrize("end", [OutboxState.REFUSED, OutboxState.UNDONE])
def test_a_yes_without_effect_can_be_lifted(store: Store, end: OutboxState) -> None:
    """What was refused or taken back may be suggested again; what is on its way may not."""
    offer = offered(store)
    assert not store.lift(f"offer:{offer.id}") and not store.lift("offer:99999999999999999999")
    assert accept(store, offer)
    assert not store.lift(f"offer:{offer.id}")
    (entry,) = store.outbox()
    assert store.claim(entry.id, "test")
    if end is OutboxState.UNDONE:
        store.progress(entry.id, OutboxState.COMMITTING)
        store.progress(entry.id, OutboxState.DONE)
    store.progress(entry.id, end)
    assert store.lift(f"offer:{offer.id}")
    assert store.offer_for("bills", "inv-123") is None


def test_never_silences_the_kind(store: Store) -> None:
    """Never is a no to this kind of this plugin, and to nothing else when the kind is named."""
    offer = offered(store)
    assert store.decide(offer.id, Decision.NEVER, at=NOW, via="cli")
    assert "never" in store.suppressed("bills", "inv-999")
    assert "never" in store.suppressed("bills", "inv-999", "remind")
    assert store.suppressed("bills", "inv-999", "move_file") == ""
    assert store.suppressed("letters", "inv-123") == ""
    assert store.lift("kind:bills:remind")
    assert store.suppressed("bills", "inv-999") == ""


def test_snooze_keeps_the_offer_open(store: Store) -> None:
    """A snoozed offer can still be accepted, once."""
    offer = offered(store)
    until = NOW + timedelta(hours=2)
    assert store.decide(offer.id, Decision.SNOOZED, at=NOW, via="cli", snoozed_until=until)
    found = store.offer(offer.id)
    assert (found.state, found.snoozed_until) == (OfferState.OPEN, until)
    assert accept(store, offer)
    assert [d for _, d, _, _ in store.decisions()] == [Decision.ACCEPTED, Decision.SNOOZED]


def test_expiry_is_recorded(store: Store) -> None:
    """An offer that nobody answered is remembered as expired, whoever noticed it."""
    first, second = offered(store, "a"), offered(store, "b")
    assert store.decide(first.id, Decision.EXPIRED, at=first.expires, via="clock")
    store.update_offer(second.id, state=OfferState.EXPIRED, reason="its time has passed")
    assert [d for _, d, _, _ in store.decisions("bills")] == [Decision.EXPIRED] * 2
    assert {o.state for o in store.offers()} == {OfferState.EXPIRED}
    assert store.decisions("letters") == []


RACE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from samantha.adapters.store import Store
from samantha.api.types import Decision
store = Store(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
won = [
    store.decide(i, Decision(sys.argv[3]), at=datetime(2026, 3, 1, 12, tzinfo=UTC),
                 via="race", payload_hash=sys.argv[2])
    for i in range(1, 41)
]
print("".join("1" if w else "0" for w in won))
store.close()
"""


def test_two_processes_decide_and_one_wins(store: Store, path: Path) -> None:
    """Of racing decisions from three processes exactly one is taken for each offer."""
    payload = make_payload()
    for number in range(40):
        store.add_offer(make_offer(payload, f"thing-{number}"), payload)
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, str(path), payload.hash, decision],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for decision in ("accepted", "accepted", "dismissed")
    ]
    for racer in racers:
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        racer.stdin.write("\n")
        racer.stdin.flush()
    results = [racer.communicate(timeout=60)[0].strip() for racer in racers]
    assert [sum(r[i] == "1" for r in results) for i in range(40)] == [1] * 40
    accepted = sum(r.count("1") for r in results[:2])
    assert len(store.outbox()) == accepted


def test_outbox_moves_only_along_its_states(store: Store) -> None:
    """Approved, claimed, committing, done, undone: no other way, no way back from an end."""
    offer = offered(store)
    assert accept(store, offer)
    entry = store.outbox_for(offer.id)
    for wrong in (OutboxState.COMMITTING, OutboxState.DONE, OutboxState.CLAIMED):
        with pytest.raises(ValueError, match="cannot go"):
            store.progress(entry.id, wrong)
    assert store.claim(entry.id, "a")
    assert not store.claim(entry.id, "b")
    with pytest.raises(ValueError, match="cannot go"):
        store.progress(entry.id, OutboxState.DONE)
    store.progress(entry.id, OutboxState.COMMITTING, step=1, undo=[{"path": "/x/\udcff"}])
    with pytest.raises(ValueError, match="back to step"):
        store.progress(entry.id, OutboxState.COMMITTING, step=0)
    store.progress(entry.id, OutboxState.DONE)
    done = store.outbox_for(offer.id)
    assert (done.state, done.step, done.undo) == (OutboxState.DONE, 1, ({"path": "/x/\udcff"},))
    assert done.approved_at == NOW
    store.progress(entry.id, OutboxState.UNDONE, reason="you took it back")
    with pytest.raises(ValueError, match="cannot go"):
        store.progress(entry.id, OutboxState.APPROVED)
    with pytest.raises(ValueError, match="no outbox entry"):
        store.progress(99, OutboxState.DONE)
    assert store.outbox([OutboxState.UNDONE])[0].reason == "you took it back"
    assert store.outbox([OutboxState.APPROVED]) == []


def test_reminder_fires_exactly_once(store: Store, path: Path) -> None:
    """The same key is one reminder, which fires or is cancelled once, over restarts too."""
    first = store.add_reminder("inv-1", NOW, "Pay", "IBAN")
    assert store.add_reminder("inv-1", NOW + timedelta(days=1), "Pay again") == first
    later = store.add_reminder("inv-2", NOW + timedelta(days=1), "Later")
    assert [r.id for r in store.reminders(due_by=NOW)] == [first]
    assert [r.id for r in store.reminders()] == [first, later]
    assert store.fire_reminder(first, NOW)
    other = Store(path)
    assert not other.fire_reminder(first, NOW)
    assert not other.cancel_reminder("inv-1")
    other.close()
    assert store.add_reminder("inv-1", NOW, "Pay") == first
    assert store.cancel_reminder("inv-2")
    assert not store.fire_reminder(later, NOW)
    assert store.reminders() == []
    assert store.reminder("inv-1").copy_text == "IBAN"


def test_audit_reads_back_by_trace(store: Store) -> None:
    """A trace's lines come back oldest first with their details."""
    store.audit("t1", "suggested", NOW, offer=1, reason="näh\udcff")
    store.audit("t2", "shown", NOW, offer=2)
    store.audit("t1", "accepted", NOW + timedelta(seconds=1), offer=1)
    lines = store.audit_lines("t1")
    assert [(x.seq, x.arrow) for x in lines] == [(1, "suggested"), (3, "accepted")]
    assert lines[0].detail == {"offer": 1, "reason": "näh\udcff"}
    assert len(store.audit_lines()) == 3
    assert store.audit_verify() == (True, "")


def test_audit_refuses_to_be_changed(store: Store, path: Path) -> None:
    """Audit rows can be neither updated nor deleted through SQL."""
    store.audit("t", "shown", NOW)
    for sql in ("UPDATE audit SET arrow = 'x'", "DELETE FROM audit"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            tamper(path, sql)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE audit SET arrow = 'other' WHERE seq = 2", "line 2 was changed"),
        ("UPDATE audit SET at = at + 1 WHERE seq = 3", "line 3 was changed"),
        ("UPDATE audit SET detail = '{}' WHERE seq = 1", "line 1 was changed"),
        ("DELETE FROM audit WHERE seq = 1", "line 1 is missing"),
        ("DELETE FROM audit WHERE seq = 3", "line 3 is missing"),
        ("DELETE FROM audit WHERE seq = 5", "ends at line 4"),
        ("DELETE FROM audit", "ends at line 0"),
        (
            "UPDATE audit SET seq = CASE seq WHEN 2 THEN -3 WHEN 3 THEN -2 ELSE seq END;"
            "UPDATE audit SET seq = -seq WHERE seq < 0",
            "line 2 was changed",
        ),
        ("DELETE FROM audit; UPDATE audit_head SET seq = 0", "ends at line 0"),
    ],
)
def test_audit_verify_finds_tampering(store: Store, path: Path, change: str, found: str) -> None:
    """Any edited, deleted or reordered line is found and named."""
    for number in range(5):
        store.audit("t", "shown", NOW, offer=number)
    with sqlite3.connect(path) as other:
        other.executescript(
            f"DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; {change};"
        )
    other.close()
    ok, where = store.audit_verify()
    assert not ok
    assert found in where


def test_settings_and_data_version(store: Store, path: Path) -> None:
    """A setting written by another process is read, and its writing is noticed."""
    assert store.setting("paused_until", "no") == "no"
    before = store.data_version()
    store.set_setting("own", "1")
    assert store.data_version() == before
    other = Store(path)
    other.set_setting("paused_until", "2026")
    other.close()
    assert store.data_version() != before
    assert store.setting("paused_until") == "2026"


def test_times_need_a_zone(store: Store) -> None:
    """A time without a zone is a mistake of ours and is refused."""
    offer = offered(store)
    with pytest.raises(ValueError, match="zone"):
        accept(store, offer, at=NOW.replace(tzinfo=None))
    assert store.offer(offer.id).state is OfferState.OPEN
