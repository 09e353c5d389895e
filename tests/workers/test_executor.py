"""The executor: a real process, real folders; it acts once, only on approved bytes, undoably."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from samantha.adapters.executor import WorkerExecutor
from samantha.core.payload import Blob, Effect, Payload
from samantha.core.ports import Refused

BYTES = b"the bytes that were shown"


@pytest.fixture
def executor() -> Iterator[WorkerExecutor]:
    made = WorkerExecutor()
    yield made
    made.close()


def payload(effect: Effect, data: bytes = BYTES) -> Payload:
    blobs = () if effect.type == "move_file" else (Blob("x", "draft", data),)
    return Payload({"type": "test"}, "A", (effect,), blobs)


def request(effect: Effect, data: bytes = BYTES, **more: Any) -> tuple[dict[str, Any], bytes, str]:
    approved = payload(effect, data)
    proof = {"manifest": approved.manifest(), "approved": approved.hash, **more}
    body = b"" if effect.type == "move_file" else data
    return {**asdict(effect), **proof}, body, f"{approved.hash}:1:0"


def write_to(path: Path, data: bytes = BYTES) -> Effect:
    return Effect("write_file", target=str(path), sha256=hashlib.sha256(data).hexdigest())


def move(source: Path, target: Path) -> Effect:
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    return Effect("move_file", source=str(source), target=str(target), sha256=digest)


def draft(folder: Path) -> Effect:
    return Effect("deliver_draft", target=str(folder), sha256=hashlib.sha256(BYTES).hexdigest())


def tree(root: Path) -> dict[str, tuple[str, int, int]]:
    found = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        mtime = status.st_mtime_ns if path.is_file() else 0
        found[str(path.relative_to(root))] = (digest, status.st_mode, mtime)
    return found


@pytest.mark.parametrize("kind", ["write_file", "move_file", "deliver_draft"])
def test_undo_restores_the_tree_exactly(
    executor: WorkerExecutor, tmp_path: Path, kind: str
) -> None:
    """Hashes, modes and times of the whole tree before = after undo (I8)."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "scan.txt").write_text("scan")
    effect = {
        "write_file": write_to(tmp_path / "new" / "deep" / "a.docx"),
        "move_file": move(tmp_path / "in" / "scan.txt", tmp_path / "bills" / "2026" / "b.txt"),
        "deliver_draft": draft(tmp_path / "Mail" / ".Drafts"),
    }[kind]
    before = tree(tmp_path)
    facts = executor.execute(*request(effect))
    assert tree(tmp_path) != before
    assert executor.reconcile(asdict(effect), request(effect)[2]) == "done"
    assert executor.undo(asdict(effect), facts) == ""
    assert tree(tmp_path) == before
    assert executor.reconcile(asdict(effect), request(effect)[2]) == "not_done"


@pytest.mark.parametrize("kind", ["write_file", "move_file", "deliver_draft"])
def test_the_same_key_acts_once(executor: WorkerExecutor, tmp_path: Path, kind: str) -> None:
    """A replay under the same key changes nothing and gives the same facts."""
    (tmp_path / "s.txt").write_text("s")
    effect = {
        "write_file": write_to(tmp_path / "a.txt"),
        "move_file": move(tmp_path / "s.txt", tmp_path / "t.txt"),
        "deliver_draft": draft(tmp_path / "Drafts"),
    }[kind]
    facts = executor.execute(*request(effect))
    after = tree(tmp_path)
    assert executor.execute(*request(effect)) == facts
    executor.close()
    again = executor.execute(*request(effect, again=True))
    assert tree(tmp_path) == after
    assert executor.undo(asdict(effect), again) == ""


def test_nothing_is_ever_overwritten(executor: WorkerExecutor, tmp_path: Path) -> None:
    """A taken name is refused, be it a file, a folder or a dangling link, and nothing changes."""
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "s").write_text("s")
    before = tree(tmp_path)
    for name in ("file", "folder", "link"):
        for effect in (write_to(tmp_path / name), move(tmp_path / "s", tmp_path / name)):
            with pytest.raises(Refused):
                executor.execute(*request(effect))
    assert tree(tmp_path) == before


@pytest.mark.parametrize("part", ["data", "effect", "manifest", "approved", "key", "missing"])
def test_bytes_that_were_not_approved_are_refused(
    executor: WorkerExecutor, tmp_path: Path, part: str
) -> None:
    """The process hashes for itself: one byte off anywhere and nothing happens (I1)."""
    effect, data, key = request(write_to(tmp_path / "a.txt"))
    if part == "data":
        data = b"X" + data[1:]
    elif part == "effect":
        effect["target"] = str(tmp_path / "other.txt")
    elif part == "manifest":
        effect["manifest"] = effect["manifest"].replace('"A"', '"B"')
    elif part == "approved":
        effect["approved"] = "0" + effect["approved"][1:]
    elif part == "missing":
        effect["approved"] = ""
    else:
        key = "other"
    with pytest.raises(Refused):
        executor.execute(effect, data, key)
    assert list(tmp_path.iterdir()) == []


def test_every_flipped_byte_of_the_manifest_is_refused(
    executor: WorkerExecutor, tmp_path: Path
) -> None:
    """No position of the manifest can be changed after the yes."""
    effect, data, key = request(write_to(tmp_path / "a.txt"))
    text = effect["manifest"]
    for at in range(len(text)):
        flipped = text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]
        with pytest.raises(Refused):
            executor.execute({**effect, "manifest": flipped}, data, key)
    assert list(tmp_path.iterdir()) == []


def test_a_link_on_the_way_is_refused(executor: WorkerExecutor, tmp_path: Path) -> None:
    """Neither a folder that is a link nor a file that is one is ever followed (I7)."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "f").write_text("f")
    (tmp_path / "way").symlink_to(tmp_path / "real")
    (tmp_path / "flink").symlink_to(tmp_path / "real" / "f")
    for effect in (
        write_to(tmp_path / "way" / "a"),
        move(tmp_path / "way" / "f", tmp_path / "g"),
        move(tmp_path / "flink", tmp_path / "g"),
        move(tmp_path / "real" / "f", tmp_path / "way" / "g"),
    ):
        with pytest.raises((Refused, OSError)):
            executor.execute(*request(effect))
    assert sorted(p.name for p in (tmp_path / "real").iterdir()) == ["f"]


@pytest.mark.parametrize(
    "path", ["../up", "a/../../up", "/etc/x", "a//b", ".ssh/id", "k.pem", "a/./b", "\0"]
)
def test_paths_outside_the_roots_are_refused(tmp_path: Path, path: str) -> None:
    """With roots, nothing outside them, no dots, no secrets."""
    inside = tmp_path / "root"
    inside.mkdir()
    executor = WorkerExecutor([str(inside)])
    target = path if path.startswith("/") else f"{inside}/{path}"
    effect = replace(write_to(inside / "x"), target=target)
    try:
        with pytest.raises(Refused):
            executor.execute(*request(effect))
        executor.execute(*request(write_to(inside / "fine")))
    finally:
        executor.close()
    assert [p.name for p in tmp_path.rglob("*")] == ["root", "fine"]


def test_a_changed_file_is_neither_moved_nor_undone(
    executor: WorkerExecutor, tmp_path: Path
) -> None:
    """Work that the user did in between is never touched."""
    (tmp_path / "s").write_text("old")
    stale = move(tmp_path / "s", tmp_path / "t")
    (tmp_path / "s").write_text("new")
    with pytest.raises(Refused, match="changed"):
        executor.execute(*request(stale))
    effect = write_to(tmp_path / "w")
    facts = executor.execute(*request(effect))
    (tmp_path / "w").write_text("edited by hand")
    assert "changed" in executor.undo(asdict(effect), facts)
    assert (tmp_path / "w").read_text() == "edited by hand"
    (tmp_path / "w").unlink()
    assert "no longer" in executor.undo(asdict(effect), facts)


def test_a_draft_lies_flagged_in_its_maildir(executor: WorkerExecutor, tmp_path: Path) -> None:
    """The draft is in cur with the draft flag, alone, private, whole."""
    effect = draft(tmp_path / ".Drafts")
    executor.execute(*request(effect))
    (found,) = (tmp_path / ".Drafts" / "cur").iterdir()
    assert found.name.endswith(":2,DS") and found.read_bytes() == BYTES
    assert found.stat().st_mode & 0o77 == 0
    assert not list((tmp_path / ".Drafts" / "tmp").iterdir())


def test_a_draft_that_was_sent_cannot_be_undone(executor: WorkerExecutor, tmp_path: Path) -> None:
    """When the mail program took the draft away, undo says so and removes nothing else."""
    effect = draft(tmp_path / ".Drafts")
    facts = executor.execute(*request(effect))
    (found,) = (tmp_path / ".Drafts" / "cur").iterdir()
    found.unlink()
    assert "sent" in executor.undo(asdict(effect), facts)


def test_names_that_are_no_utf8_are_moved_and_back(
    executor: WorkerExecutor, tmp_path: Path
) -> None:
    """A file whose name no encoding knows is moved and comes back."""
    raw = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    with open(raw, "wb") as stream:
        stream.write(b"x")
    source = Path(os.fsdecode(raw))
    effect = move(source, tmp_path / "d" / source.name)
    facts = executor.execute(*request(effect))
    assert not source.exists()
    assert executor.undo(asdict(effect), facts) == "" and source.exists()


def test_a_move_across_disks_keeps_content_mode_and_time(
    executor: WorkerExecutor, tmp_path: Path
) -> None:
    """Where a rename is impossible the file is copied, checked, and only then removed."""
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second file system here")
    source = tmp_path / "s.txt"
    source.write_text("content")
    source.chmod(0o640)
    os.utime(source, ns=(10**18, 10**18))
    before = tree(tmp_path)
    folder = other / f"samantha-{os.getpid()}"
    effect = move(source, folder / "t.txt")
    facts = executor.execute(*request(effect))
    assert not source.exists() and (folder / "t.txt").read_text() == "content"
    assert executor.undo(asdict(effect), facts) == ""
    assert tree(tmp_path) == before and not folder.exists()


def test_a_killed_executor_comes_back(executor: WorkerExecutor, tmp_path: Path) -> None:
    """kill -9 costs the process, not the next request; what is left of a write is cleared."""
    executor.execute(*request(write_to(tmp_path / "a")))
    assert executor.pid is not None
    os.kill(executor.pid, signal.SIGKILL)
    try:
        executor.execute(*request(write_to(tmp_path / "b")))
    except OSError:
        executor.execute(*request(write_to(tmp_path / "b")))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


def test_a_full_disk_is_a_reason_and_leaves_no_half_file(tmp_path: Path) -> None:
    """What cannot be written whole is not written."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    # A file size limit stands for the disk: the kernel ends the write in the same place.
    import resource
    import subprocess
    import sys

    code = (
        "import resource, signal, sys\n"
        "from samantha.workers.executor import Carrier\n"
        "import json\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "header = json.loads(sys.stdin.read())\n"
        f"print(Carrier().answer(header, {BYTES!r}))\n"
    )
    assert resource.RLIMIT_FSIZE
    effect, _, key = request(write_to(tmp_path / "new" / "a"))
    proof = {name: effect.pop(name) for name in ("manifest", "approved")}
    import json

    header = json.dumps({"op": "execute", "effect": effect, "key": key, **proof})
    out = subprocess.run(
        [sys.executable, "-c", code], input=header, capture_output=True, text=True, check=True
    )
    assert "'failed'" in out.stdout
    assert list(tmp_path.iterdir()) == []
