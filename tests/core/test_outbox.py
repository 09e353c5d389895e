"""The outbox: once, only what was approved, and after any crash nothing lost, nothing twice."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from samantha.adapters.executor import WorkerExecutor
from samantha.adapters.store import Store
from samantha.api.types import Decision, DocumentId, Evidence, Verdict
from samantha.core.outbox import recover, run_outbox, undo
from samantha.core.payload import Blob, Effect, Payload
from samantha.core.ports import Offer, OfferState, OutboxState, Refused

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    def __init__(self, now: datetime = NOW) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time


class Crash(BaseException):
    """The process is gone at this very point."""


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "state.db")
    yield made
    made.close()


@pytest.fixture
def executor() -> Iterator[WorkerExecutor]:
    made = WorkerExecutor()
    yield made
    made.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    (made / "scan.txt").write_text("scan")
    return made


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def make_payload(home: Path, *, kind: str = "test") -> Payload:
    docx, mail = b"docx bytes", b"Subject: x\n\nmail bytes\n"
    return Payload(
        action={"type": kind, "pieces": ["p"], "outlet": "O", "to": "a@b.example"},
        approval_class="A",
        effects=(
            Effect("write_file", target=str(home / "Out" / "a.docx"), sha256=sha(docx)),
            Effect(
                "move_file",
                source=str(home / "scan.txt"),
                target=str(home / "Bills" / "b.txt"),
                sha256=sha(b"scan"),
            ),
            Effect("deliver_draft", target=str(home / ".Drafts"), sha256=sha(mail)),
            Effect("add_reminder", at=(NOW + timedelta(days=3)).isoformat(), text="Pay"),
        ),
        blobs=(Blob("a.docx", "manuscript_docx", docx), Blob("m.eml", "draft", mail)),
        sources={"/home/x": "00"},
    )


def approved(state: Store, payload: Payload, thing: str = "t", **more: Any) -> Offer:
    offer = Offer(
        id=0,
        trace="tr",
        plugin="p",
        kind="k",
        thing=thing,
        title="T",
        why="w",
        evidence=(Evidence(DocumentId("/home/x"), "q", 0, 1),),
        action=payload.action,
        approval_class=payload.approval_class,
        payload_hash=payload.hash,
        confidence=0.9,
        urgent=False,
        created=NOW,
        expires=None,
        state=OfferState.OPEN,
        verdict=Verdict.SHOW,
        reason="",
        reviewed_at=NOW,
    )
    offer = state.add_offer(replace(offer, **more), payload)
    assert state.decide(offer.id, Decision.ACCEPTED, at=NOW, via="test", payload_hash=payload.hash)
    return offer


def files(home: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(home)).split(":")[0]: p.read_bytes()
        for p in sorted(home.rglob("*"))
        if p.is_file()
    }


def test_what_was_approved_is_carried_out_once(
    state: Store, executor: WorkerExecutor, home: Path
) -> None:
    """All effects happen, in order, once; a second run finds nothing to do."""
    offer = approved(state, make_payload(home))
    (entry,) = run_outbox(state, executor, Clock(), "me")
    assert entry.state is OutboxState.DONE and len(entry.undo) == 4
    assert len(files(home)) == 3 and len(state.reminders()) == 1
    assert run_outbox(state, executor, Clock(), "me") == []
    assert recover(state, executor, Clock()) == []
    arrows = [line.arrow for line in state.audit_lines("tr")]
    assert arrows[-2:] == ["claimed", "done"] and state.audit_verify()[0]
    assert undo(state, executor, offer.id, Clock()) == ""
    assert files(home) == {"scan.txt": b"scan"} and state.reminders() == []
    assert not (home / "Out").exists() and not (home / ".Drafts").exists()
    assert undo(state, executor, offer.id, Clock()) == "it was taken back already"


def test_an_offer_that_is_done_names_its_very_files(
    state: Store, executor: WorkerExecutor, home: Path
) -> None:
    """Where each file lies is told, a draft by its own name in the folder; also after a crash."""
    for again in (False, True):
        payload = make_payload(home, kind=f"test {again}")
        offer = approved(state, payload, thing=str(again))
        if again:
            (entry,) = state.outbox([OutboxState.APPROVED])
            state.claim(entry.id, "gone")
            state.progress(entry.id, OutboxState.COMMITTING, step=0)
            recover(state, executor, Clock())
        else:
            run_outbox(state, executor, Clock(), "me")
        done = state.offer(offer.id)
        assert done is not None and len(done.files) == 3
        assert [Path(name).read_bytes() for name in done.files] == [
            b"docx bytes", b"scan", b"Subject: x\n\nmail bytes\n"
        ]  # fmt: skip
        assert undo(state, executor, offer.id, Clock()) == ""


def test_without_a_yes_nothing_happens(state: Store, executor: WorkerExecutor, home: Path) -> None:
    """An offer that is open, dismissed or expired has no way into the world (I1)."""
    payload = make_payload(home)
    offer = approved(state, payload, expires=NOW + timedelta(hours=1))
    late = Clock(NOW + timedelta(hours=2))
    (entry,) = run_outbox(state, executor, late, "me")
    assert (entry.state, entry.reason) == (OutboxState.REFUSED, "its time has passed")
    assert files(home) == {"scan.txt": b"scan"}
    assert undo(state, executor, offer.id, Clock()) != ""


def test_damaged_bytes_are_refused(state: Store, executor: WorkerExecutor, home: Path) -> None:
    """A payload whose stored bytes changed after the yes is not carried out."""
    approved(state, make_payload(home))

    class Damaged:
        def __getattr__(self, name: str) -> Any:
            return getattr(state, name)

        def payload(self, payload_hash: str) -> Payload | None:
            found = state.payload(payload_hash)
            assert found is not None
            return replace(found, blobs=(replace(found.blobs[0], data=b"evil"), found.blobs[1]))

    damaged: Any = Damaged()
    (entry,) = run_outbox(damaged, executor, Clock(), "me")
    assert entry.state is OutboxState.REFUSED and files(home) == {"scan.txt": b"scan"}


def test_one_submission_for_work_and_outlet(
    state: Store, executor: WorkerExecutor, home: Path
) -> None:
    """The same pieces go to the same outlet once (I22)."""
    approved(state, make_payload(home, kind="assemble_manuscript"), "one")
    assert run_outbox(state, executor, Clock(), "me")[0].state is OutboxState.DONE
    other = make_payload(home, kind="assemble_manuscript")
    for number, action in enumerate(
        (
            other.action,
            {**other.action, "outlet": "O (spelt anew)"},
            {**other.action, "to": "", "outlet": "o"},
        )
    ):
        approved(state, replace(other, action=action, sources={"/home/x": "11"}), f"two {number}")
        (entry,) = run_outbox(state, executor, Clock(), "me")
        assert entry.state is OutboxState.REFUSED and "already prepared" in entry.reason


def test_sources_that_changed_after_the_yes_void_it(
    state: Store, executor: WorkerExecutor, home: Path
) -> None:
    """A yes may wait for hours in a machine that is off: it is looked at again before it acts."""
    approved(state, make_payload(home))
    asked: list[int] = []

    def stale(offer: Offer) -> str:
        asked.append(offer.id)
        return "a document it rests on has changed or is gone"

    (entry,) = run_outbox(state, executor, Clock(), "me", stale=stale)
    assert entry.state is OutboxState.REFUSED and "has changed" in entry.reason
    assert asked and files(home) == {"scan.txt": b"scan"}


def test_a_refused_first_effect_leaves_nothing(
    state: Store, executor: WorkerExecutor, home: Path
) -> None:
    """A taken name refuses the whole; a later one fails and what was done can be undone."""
    (home / "Bills").mkdir()
    (home / "Bills" / "b.txt").write_text("mine")
    offer = approved(state, make_payload(home))
    (entry,) = run_outbox(state, executor, Clock(), "me")
    assert entry.state is OutboxState.FAILED and "already a file" in entry.reason
    assert (home / "Bills" / "b.txt").read_text() == "mine"
    assert undo(state, executor, offer.id, Clock()) == ""
    assert files(home) == {"scan.txt": b"scan", "Bills/b.txt": b"mine"}


ALREADY = "it was taken back already"
ACTS = (
    *("progress", "claim", "execute", "add_reminder", "audit"),
    *("undo", "cancel_reminder"),
)


class Crashing:
    """The real state and the real executor, gone at the n-th call before or after it happened."""

    def __init__(self, inner: Any, crash: Callable[[str], None]) -> None:
        self._inner = inner
        self._crash = crash

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in ACTS:
            return found

        def call(*values: Any, **more: Any) -> Any:
            self._crash(f"before {name}")
            answer = found(*values, **more)
            self._crash(f"after {name}")
            return answer

        return call


def run_and_crash(state: Store, executor: WorkerExecutor, at: int) -> bool:
    """Run until the at-th point and crash there; False when the run came to its end."""
    count = 0

    def crash(where: str) -> None:
        nonlocal count
        count += 1
        if count == at:
            raise Crash(where)

    wrapped: Any = Crashing(state, crash)
    acting: Any = Crashing(executor, crash)
    try:
        run_outbox(wrapped, acting, Clock(), "me")
    except Crash:
        # The executor dies with its parent.
        if executor.pid is not None:
            os.kill(executor.pid, signal.SIGKILL)
        executor.close()
        return True
    return False


def test_a_crash_at_any_point_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    """Killed between any two steps, the next start ends with every effect there exactly once."""
    at = 0
    while True:
        at += 1
        home = tmp_path / f"home{at}"
        home.mkdir()
        (home / "scan.txt").write_text("scan")
        state, executor = Store(tmp_path / f"state{at}.db"), WorkerExecutor()
        try:
            offer = approved(state, make_payload(home))
            crashed = run_and_crash(state, executor, at)
            recover(state, executor, Clock())
            run_outbox(state, executor, Clock(), "again")
            entry = state.outbox_for(offer.id)
            assert entry is not None and entry.state is OutboxState.DONE, (at, entry)
            assert sorted(files(home).values()) == [
                b"Subject: x\n\nmail bytes\n",
                b"docx bytes",
                b"scan",
            ]
            assert len(state.reminders()) == 1 and not (home / "scan.txt").exists()
            assert undo(state, executor, offer.id, Clock()) == ""
            assert files(home) == {"scan.txt": b"scan"}
        finally:
            executor.close()
            state.close()
        if not crashed:
            break
    assert at > 20


def test_an_executor_that_dies_over_an_effect_is_asked_again(
    state: Store, executor: WorkerExecutor, home: Path
) -> None:
    """kill -9 of the executor in the middle: looked up, then carried out under the same key."""
    approved(state, make_payload(home))
    calls = []

    class Dying:
        def __getattr__(self, name: str) -> Any:
            return getattr(executor, name)

        def execute(self, effect: Mapping[str, Any], data: bytes, key: str) -> Mapping[str, Any]:
            calls.append(key)
            facts = executor.execute(effect, data, key)
            if len(calls) in (1, 4):
                assert executor.pid is not None
                os.kill(executor.pid, signal.SIGKILL)
                raise OSError("the executor died over it")
            return facts

    dying: Any = Dying()
    (entry,) = run_outbox(state, dying, Clock(), "me")
    assert entry.state is OutboxState.DONE and len(calls) == 5
    assert len(files(home)) == 3


def test_what_cannot_be_told_is_shown_and_never_retried(
    state: Store, executor: WorkerExecutor, home: Path
) -> None:
    """When neither done nor not done can be shown, the entry ends as unknown."""
    approved(state, make_payload(home))

    class Blind:
        def execute(self, *_: Any) -> Mapping[str, Any]:
            raise OSError("gone")

        def reconcile(self, *_: Any) -> str:
            return "?"

    blind: Any = Blind()
    (entry,) = run_outbox(state, blind, Clock(), "me")
    assert entry.state is OutboxState.UNKNOWN
    assert recover(state, executor, Clock()) == [] == run_outbox(state, executor, Clock(), "me")
    assert files(home) == {"scan.txt": b"scan"}


def test_undo_stops_at_what_changed_and_goes_on_later(
    state: Store, executor: WorkerExecutor, home: Path
) -> None:
    """What the user changed since is left alone; the rest is undone when it is put back."""
    offer = approved(state, make_payload(home))
    run_outbox(state, executor, Clock(), "me")
    moved = home / "Bills" / "b.txt"
    moved.write_text("edited")
    assert "changed" in undo(state, executor, offer.id, Clock())
    assert (home / "Out" / "a.docx").exists() and moved.read_text() == "edited"
    moved.write_text("scan")
    assert undo(state, executor, offer.id, Clock()) == ""
    assert files(home) == {"scan.txt": b"scan"}


def test_a_refusal_is_a_state_with_its_reason(state: Store, home: Path) -> None:
    """What the executor says is what the user reads."""
    approved(state, make_payload(home))

    class Refusing:
        def execute(self, *_: Any) -> Mapping[str, Any]:
            raise Refused("no permission")

    refusing: Any = Refusing()
    (entry,) = run_outbox(state, refusing, Clock(), "me")
    assert (entry.state, entry.reason) == (OutboxState.REFUSED, "no permission")


def undo_and_crash(state: Store, executor: WorkerExecutor, offer: int, at: int) -> bool:
    """Undo until the at-th point and crash there; False when the undo came to its end."""
    count = 0

    def crash(where: str) -> None:
        nonlocal count
        count += 1
        if count == at:
            raise Crash(where)

    wrapped: Any = Crashing(state, crash)
    acting: Any = Crashing(executor, crash)
    try:
        undo(wrapped, acting, offer, Clock())
    except Crash:
        executor.close()
        return True
    return False


def test_an_undo_that_is_killed_at_any_point_is_ended_later(tmp_path: Path) -> None:
    """What was taken back counts as taken back, the rest follows, and the tree is as before."""
    at, crashed = 0, True
    while crashed:
        at += 1
        home = tmp_path / f"home{at}"
        home.mkdir()
        (home / "scan.txt").write_text("scan")
        state, executor = Store(tmp_path / f"state{at}.db"), WorkerExecutor()
        try:
            offer = approved(state, make_payload(home))
            run_outbox(state, executor, Clock(), "me")
            crashed = undo_and_crash(state, executor, offer.id, at)
            if crashed:
                assert undo(state, executor, offer.id, Clock()) in ("", ALREADY), at
            assert files(home) == {"scan.txt": b"scan"} and state.reminders() == []
            entry = state.outbox_for(offer.id)
            assert entry is not None and entry.state is OutboxState.UNDONE
        finally:
            executor.close()
            state.close()
    assert at > 12


def test_what_failed_half_way_is_taken_back_after_a_killed_undo(tmp_path: Path) -> None:
    """An entry that failed at its third effect: undo killed after the first step, then ended."""
    home = tmp_path / "home"
    (home / ".Drafts").mkdir(parents=True)
    (home / ".Drafts" / "cur").write_text("a file where a folder should be")
    (home / "scan.txt").write_text("scan")
    before = files(home)
    state, executor = Store(tmp_path / "state.db"), WorkerExecutor()
    try:
        offer = approved(state, make_payload(home))
        (entry,) = run_outbox(state, executor, Clock(), "me")
        assert entry.state is OutboxState.FAILED and len(entry.undo) == 2
        assert undo_and_crash(state, executor, offer.id, 4)
        assert undo(state, executor, offer.id, Clock()) == ""
        assert files(home) == before
    finally:
        executor.close()
        state.close()


def test_a_draft_that_was_sent_is_not_called_taken_back(
    state: Store, executor: WorkerExecutor, home: Path
) -> None:
    """After an undo that gave a reason, a vanished draft is reported, not counted as undone."""
    payload = make_payload(home)
    payload = replace(payload, effects=payload.effects[:3])
    offer = approved(state, payload)
    run_outbox(state, executor, Clock(), "me")
    (draft,) = (home / ".Drafts" / "cur").iterdir()
    draft.write_bytes(b"edited")
    assert "changed" in undo(state, executor, offer.id, Clock())
    draft.unlink()
    assert "sent" in undo(state, executor, offer.id, Clock())
    entry = state.outbox_for(offer.id)
    assert entry is not None and entry.state is OutboxState.DONE
