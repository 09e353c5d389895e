"""kill -9 of real processes over a real database: done once, or shown as unknown, never twice.

`KILLS=1000 pytest tests/chaos/test_kill.py` kills that often; the default is a short run.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from samantha.adapters.executor import WorkerExecutor
from samantha.adapters.store import Store
from samantha.api.types import Decision, DocumentId, Evidence, Verdict
from samantha.core.outbox import recover, run_outbox, undo
from samantha.core.payload import Blob, Effect, Payload
from samantha.core.ports import Offer, OfferState, OutboxState

sys.path.insert(0, str(Path(__file__).parent))
from carrier import Fixed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CARRIER = Path(__file__).with_name("carrier.py")
KILLS = int(os.environ.get("KILLS", "60"))
DOCX, MAIL, SCAN = b"docx " * 200_000, b"Subject: x\n\n" + b"mail\n" * 20_000, b"scan " * 100_000

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="no kill -9 here")]


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def prepare(root: Path) -> int:
    """Make a home with one approved payload of all four effects; return the offer's number."""
    home = root / "home"
    home.mkdir(parents=True)
    (home / "scan.txt").write_bytes(SCAN)
    payload = Payload(
        action={"type": "test"},
        approval_class="A",
        effects=(
            Effect("write_file", target=f"{home}/Out/a.docx", sha256=sha(DOCX)),
            Effect(
                "move_file",
                source=f"{home}/scan.txt",
                target=f"{home}/Bills/b.txt",
                sha256=sha(SCAN),
            ),
            Effect("add_reminder", at=(NOW + timedelta(days=3)).isoformat(), text="Pay"),
            Effect("deliver_draft", target=f"{home}/.Drafts", sha256=sha(MAIL)),
        ),
        blobs=(Blob("a.docx", "manuscript_docx", DOCX), Blob("m.eml", "draft", MAIL)),
    )
    offer = Offer(
        id=0, trace="t", plugin="p", kind="k", thing="t", title="T", why="w",
        evidence=(Evidence(DocumentId("/x"), "q", 0, 1),), action=payload.action,
        approval_class="A", payload_hash=payload.hash, confidence=0.9, urgent=False, created=NOW,
        expires=None, state=OfferState.OPEN, verdict=Verdict.SHOW, reason="",
    )  # fmt: skip
    state = Store(root / "data" / "state.db")
    offer = state.add_offer(offer, payload)
    assert state.decide(offer.id, Decision.ACCEPTED, at=NOW, via="t", payload_hash=payload.hash)
    state.close()
    return offer.id


def carrier(root: Path, *what: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(CARRIER), str(root / "data" / "state.db"), *what]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def executors_of(process: subprocess.Popen[str]) -> list[int]:
    """Return the pids of a carrier's own executor processes, from the kernel's list."""
    try:
        tasks = Path(f"/proc/{process.pid}/task").iterdir()
        return [int(p) for t in tasks for p in (t / "children").read_text().split()]
    except (OSError, ValueError):
        return []


def run_and_kill(root: Path, what: tuple[str, ...], after_s: float, *, worker: bool) -> int:
    """Let it run and kill it (or its executor) after a while; return how many were hit."""
    process = carrier(root, *what)
    assert process.stdout is not None
    process.stdout.readline()
    done = threading.Event()
    done.wait(after_s)
    hit = 0
    if worker:
        for pid in executors_of(process):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            hit += 1
    else:
        process.kill()
    text, _ = process.communicate(timeout=60)
    return hit if worker else int("ended" not in text)


def contents(home: Path) -> Counter[str]:
    return Counter(sha(p.read_bytes())[:8] for p in home.rglob("*") if p.is_file())


DONE = Counter(sha(d)[:8] for d in (DOCX, SCAN, MAIL))
BEGIN = Counter([sha(SCAN)[:8]])


def settle(root: Path, offer: int) -> OutboxState:
    """Start again, as often as it takes, and return how the entry ended."""
    state, executor = Store(root / "data" / "state.db"), WorkerExecutor()
    try:
        recover(state, executor, Fixed())
        run_outbox(state, executor, Fixed(), "settle")
        entry = state.outbox_for(offer)
        assert entry is not None and state.audit_verify()[0]
        if entry.state is OutboxState.DONE:
            assert contents(root / "home") == DONE
            assert len(state.reminders()) == 1
        else:
            # What cannot be told is shown and never tried again: at most once holds all the same.
            assert entry.state is OutboxState.UNKNOWN and entry.reason
            assert all(n <= 1 for n in contents(root / "home").values())
        assert recover(state, executor, Fixed()) == []
        assert run_outbox(state, executor, Fixed(), "settle") == []
        return entry.state
    finally:
        executor.close()
        state.close()


def take_back(root: Path, offer: int) -> None:
    """Undo in the end brings the tree back, whatever was killed before."""
    state, executor = Store(root / "data" / "state.db"), WorkerExecutor()
    try:
        entry = state.outbox_for(offer)
        if entry is not None and entry.state is not OutboxState.UNDONE:
            assert undo(state, executor, offer, Fixed()) == ""
        assert contents(root / "home") == BEGIN and (root / "home" / "scan.txt").exists()
        assert state.reminders() == []
    finally:
        executor.close()
        state.close()


@pytest.mark.parametrize("worker", [False, True], ids=["driver", "executor"])
def test_kill_nine_at_random_moments(tmp_path: Path, worker: bool) -> None:
    """Carried out, killed anywhere, settled, taken back, killed anywhere: once, and undone."""
    chance = random.Random(f"kill {worker}")
    ends: Counter[OutboxState] = Counter()
    killed = 0
    longest = 0.6
    while killed < KILLS // 2:
        root = tmp_path / "run"
        offer = prepare(root)
        for _ in range(chance.randrange(1, 3)):
            killed += run_and_kill(root, ("run",), chance.uniform(0, longest), worker=worker)
        end = settle(root, offer)
        ends[end] += 1
        if end is OutboxState.DONE:
            what = ("undo", str(offer))
            killed += run_and_kill(root, what, chance.uniform(0, longest), worker=worker)
            take_back(root, offer)
        shutil.rmtree(root)
    told = {str(state): number for state, number in ends.items()}
    sys.stdout.write(f"{killed} kills of the {'executor' if worker else 'driver'}: {told}\n")
    assert ends[OutboxState.DONE] > ends[OutboxState.UNKNOWN]
