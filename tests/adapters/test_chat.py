"""The generative model through its process: never the reason that anything else fails."""

from __future__ import annotations

import hashlib
import os
import select
import signal
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tiny_gguf import hybrid, scripted, tiny

from samantha.adapters.chat import LlamaChat
from samantha.adapters.file_mark import Pin, hashed, open_regular
from samantha.adapters.prefix_store import PrefixStore, key_of

BEGIN = ("<|im_start|>system\nYou read letters and judge them well.<|im_end|>\n", True)
PREFIX = (BEGIN, ("<|im_start|>user\n", True))
ASSISTANT = ("<|im_end|>\n<|im_start|>assistant\n", True)
SAID = "The lamp on the pier was lit at dusk by Anna."
Make = Callable[..., LlamaChat]


def pin_of(path: Path) -> Pin:
    """Return the sha256 of a file and no marks: the process has to hash it."""
    return Pin(hashlib.sha256(path.read_bytes()).hexdigest())


def prompt(text: str) -> tuple[tuple[str, bool], ...]:
    return ((text, False), ASSISTANT)


@pytest.fixture(scope="session")
def random_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny(tmp_path_factory.mktemp("random") / "tiny.gguf")


@pytest.fixture(scope="session")
def said_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scripted(tmp_path_factory.mktemp("said") / "said.gguf", SAID)


@pytest.fixture(scope="session")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that does not end by itself within a test, some milliseconds a token."""
    return tiny(
        tmp_path_factory.mktemp("endless") / "endless.gguf", seed=3, dim=512, layers=4, feed=1024
    )


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Make chats that are closed in the end."""
    every: list[LlamaChat] = []

    def one(model: Path, *, idle_s: float = 600, **more: Any) -> LlamaChat:
        every.append(LlamaChat(model, cache=tmp_path / "cache", idle_s=idle_s, **more))
        return every[-1]

    yield one
    for chat in every:
        chat.close()


class Pieces:
    """Collects streamed text, and can be waited for."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._change = threading.Condition()

    def __call__(self, text: str) -> None:
        with self._change:
            self.parts.append(text)
            self._change.notify_all()

    def wait_for(self, count: int) -> None:
        with self._change:
            assert self._change.wait_for(lambda: len(self.parts) >= count, 60)


def process_of(chat: LlamaChat) -> int:
    """Return a descriptor that becomes readable when the process has ended."""
    assert chat.pid is not None
    return os.pidfd_open(chat.pid)


def wait_for_end(process: int) -> None:
    assert select.select([process], [], [], 60)[0], "the process is still there"
    os.close(process)


LONG: dict[str, Any] = {"max_tokens": 3_000, "heat": 1.0, "seed": 5}


# --- answers -------------------------------------------------------------------------------


def test_it_says_what_the_model_says(said_gguf: Path, make: Make) -> None:
    """The text of the model's turn, whole, and as it comes; no control token in it."""
    chat, pieces = make(said_gguf), Pieces()
    assert chat.complete(prompt("Who lit the lamp?"), prefix=PREFIX) == SAID
    reply = chat.start(prompt("Who?"), prefix=PREFIX, on_piece=pieces).wait()
    assert reply.ended == "stop" and reply.text == SAID == "".join(pieces.parts)
    assert len(pieces.parts) > 5
    stopped = chat.start(prompt("Who?"), prefix=PREFIX, stops=["pier"]).wait()
    assert stopped.text == "The lamp on the "
    assert chat.start(prompt("Who?"), max_tokens=3).wait().ended == "length"


def test_it_starts_when_first_needed_and_every_thread_is_in_the_jail(
    random_gguf: Path, make: Make
) -> None:
    """Idle before the first question; then ready, filtered, with no file of the home open."""
    chat = make(random_gguf)
    assert (chat.state()[0], chat.pid) == ("idle", None)
    assert chat.count(["abc", "", "<|im_end|>"]) == [3, 0, 9]
    chat.complete(prompt("Hello"), prefix=PREFIX, max_tokens=5)
    assert chat.state() == ("ready", "")
    model = chat.model()
    assert model is not None and {"no_new_privs", "rlimits"} <= set(model.layers)
    tasks = [one / "status" for one in Path(f"/proc/{chat.pid}/task").iterdir()]
    for status in tasks:
        assert ("seccomp" in model.layers) == ("Seccomp:\t2" in status.read_text())
    assert len(tasks) >= 3


def test_a_user_goes_before_the_background(endless: Path, make: Make) -> None:
    """Asked last and answered first, though eight others were speaking."""
    chat, order = make(endless), list[str]()
    pieces = Pieces()
    patient = [chat.start(prompt(f"{n}"), prefix=PREFIX, **LONG) for n in range(9)]
    speaking = chat.start(prompt("x"), prefix=PREFIX, on_piece=pieces, **LONG)
    first = chat.start(prompt("y"), prefix=PREFIX, urgent=True, max_tokens=4)
    assert first.wait().ended == "length"
    order += ["urgent" for one in patient if not one.answer]
    assert len(order) == 9
    for one in (*patient, speaking):
        one.cancel()
        assert one.wait().ended == "cancelled"


def test_a_request_is_cancelled_while_it_speaks(endless: Path, make: Make) -> None:
    """It says next to nothing more, and the next request is answered by the same process."""
    chat, pieces = make(endless), Pieces()
    request = chat.start(prompt("x"), prefix=PREFIX, on_piece=pieces, **LONG)
    pieces.wait_for(5)
    pid, said = chat.pid, len(pieces.parts)
    request.cancel()
    reply = request.wait()
    assert reply.ended == "cancelled" and len(reply.said) < 4 * said + 60
    assert chat.complete(prompt("y"), max_tokens=3) is not None
    assert chat.pid == pid


def test_a_request_is_cancelled_before_it_is_sent(random_gguf: Path, make: Make) -> None:
    """While the model is still being loaded, too."""
    chat = make(random_gguf)
    request = chat.start(prompt("x"), **LONG)
    request.cancel()
    assert request.wait().ended == "cancelled"


def test_a_deadline_ends_what_takes_too_long(endless: Path, make: Make) -> None:
    """What was said until then is returned with the reason; complete gives None."""
    chat = make(endless)
    chat.model()
    reply = chat.start(prompt("x"), deadline_s=0.3, **LONG).wait()
    assert reply.ended == "deadline" and 0 < len(reply.said) < 3_000
    assert chat.complete(prompt("x"), deadline_s=0, max_tokens=3_000) is None
    assert chat.state() == ("ready", "")


def test_a_prompt_over_the_context_is_told(random_gguf: Path, make: Make) -> None:
    """It is an answer of its own, not the end of the process."""
    chat = make(random_gguf, cells=512)
    reply = chat.start(prompt("x" * 5_000), prefix=PREFIX).wait()
    assert reply.ended == "overflow" and reply.prompt > 5_000
    assert chat.complete(prompt("x" * 100_000)) is None
    assert chat.complete(prompt("x"), max_tokens=2) is not None


def test_hostile_texts_are_only_texts(random_gguf: Path, make: Make) -> None:
    """Nulls, lone surrogates, every code point, marks: an answer or None, and one process."""
    chat = make(random_gguf)
    chat.model()
    pid = chat.pid
    for untrusted in ("\0" * 999, "\ud800" * 99, "<|im_end|>" * 99, "\u202e\U000e0041", ""):
        assert chat.start(prompt(untrusted), prefix=PREFIX, max_tokens=2).wait().ended == "length"
    every = "".join(map(chr, range(0, 0x110000, 7)))
    assert chat.start(prompt(every)).wait().ended == "overflow"
    assert chat.pid == pid


# --- the process ---------------------------------------------------------------------------


def test_killed_in_mid_answer_costs_one_retry(endless: Path, make: Make) -> None:
    """The same text comes from a new process, as do the answers of all who waited."""
    chat, pieces = make(endless), Pieces()
    settings: dict[str, Any] = {"max_tokens": 300, "heat": 1.0, "seed": 5}
    wanted = [chat.start(prompt(f"{n}"), prefix=PREFIX, **settings).wait() for n in range(3)]
    some = [
        chat.start(prompt(f"{n}"), prefix=PREFIX, on_piece=pieces, **settings) for n in range(3)
    ]
    pieces.wait_for(10)
    killed = chat.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    for one, before in zip(some, wanted, strict=True):
        reply = one.wait()
        assert reply.ended == before.ended and len(reply.said) == len(before.said)
    assert chat.pid not in (None, killed)
    assert chat.counters.retried == 3 and chat.counters.starts == 2
    assert chat.state() == ("ready", "")


def test_killed_again_over_the_same_request_gives_none(endless: Path, make: Make) -> None:
    """One retry and no more; the state says why, and the next request is answered."""
    chat, pieces = make(endless, first_wait_s=0), Pieces()
    request = chat.start(prompt("x"), prefix=PREFIX, on_piece=pieces, **LONG)
    pid = None
    for _ in range(2):
        # Only pieces of the process that is to be killed show that it works on the request.
        while chat.pid in (None, pid):
            os.sched_yield()
        pieces.wait_for(len(pieces.parts) + 5)
        pid = chat.pid
        assert pid is not None
        process = process_of(chat)
        os.kill(pid, signal.SIGKILL)
        wait_for_end(process)
    assert request.wait().ended == "failed"
    assert chat.state()[0] == "unavailable"
    assert chat.complete(prompt("y"), max_tokens=3) is not None
    assert chat.state() == ("ready", "")


def test_a_process_that_hangs_is_killed_after_the_deadline(endless: Path, make: Make) -> None:
    """The caller gets None and another process answers the next request."""
    chat = make(endless, first_wait_s=0, patience_s=0.3)
    chat.model()
    process = process_of(chat)
    assert chat.pid is not None
    os.kill(chat.pid, signal.SIGSTOP)
    assert chat.complete(prompt("x"), deadline_s=0.3, max_tokens=3) is None
    wait_for_end(process)
    assert chat.complete(prompt("x"), max_tokens=3) is not None


def test_after_a_while_without_work_the_process_ends(random_gguf: Path, make: Make) -> None:
    """Its memory goes with it; the next question starts another, which says the same."""
    chat = make(random_gguf, idle_s=0.3)
    first = chat.complete(prompt("x"), prefix=PREFIX, max_tokens=20)
    wait_for_end(process_of(chat))
    assert (chat.state()[0], chat.pid) == ("idle", None)
    assert chat.complete(prompt("x"), prefix=PREFIX, max_tokens=20) == first
    assert chat.counters.starts == 2


def test_close_ends_everything_for_good(endless: Path, make: Make) -> None:
    """A request in progress gets its end, the process is gone, and nothing starts again."""
    chat, pieces = make(endless), Pieces()
    request = chat.start(prompt("x"), on_piece=pieces, **LONG)
    pieces.wait_for(2)
    process = process_of(chat)
    chat.close()
    assert request.wait().ended == "failed"
    wait_for_end(process)
    assert chat.complete(prompt("x")) is None and chat.count(["x"]) is None
    assert (chat.state(), chat.pid) == (("unavailable", "closed"), None)
    chat.close()


@pytest.mark.parametrize("what", ["missing", "text", "folder", "cut", "header"])
def test_a_file_that_is_no_model_is_a_reason(
    tmp_path: Path, random_gguf: Path, make: Make, what: str
) -> None:
    """None, the reason in the state, no start over and over, and it heals when the file does."""
    path = tmp_path / "model.gguf"
    whole = random_gguf.read_bytes()
    if what == "folder":
        path.mkdir()
    elif what != "missing":
        path.write_bytes({"text": b"no model", "cut": whole[:-9_000], "header": whole[:99]}[what])
    chat = make(path, first_wait_s=3_600)
    assert chat.complete(prompt("x")) is None
    state, reason = chat.state()
    assert state == "unavailable" and reason
    assert chat.complete(prompt("x")) is None and chat.counters.starts == 1
    if what == "folder":
        path.rmdir()
    path.write_bytes(whole)
    assert make(path).complete(prompt("x"), max_tokens=2) is not None


@pytest.mark.parametrize("at", [4, 600, -1])
def test_one_flipped_byte_and_the_process_does_not_load_the_file(
    tmp_path: Path, make: Make, at: int
) -> None:
    """Flipped after the file was pinned with its marks: nothing is answered, and it says why."""
    path = tiny(tmp_path / "model.gguf")
    fd = open_regular(str(path))
    mark, digest = hashed(fd, None)
    os.close(fd)
    whole = make(path, pin=Pin(digest, mark))
    assert whole.complete(prompt("x"), max_tokens=2) is not None
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    chat = make(path, pin=Pin(digest, mark))
    assert chat.complete(prompt("x"), max_tokens=2) is None
    assert chat.state()[0] == "unavailable" and "sha256" in chat.state()[1]


def test_a_file_put_in_the_place_of_the_checked_one_is_not_loaded(
    tmp_path: Path, make: Make
) -> None:
    """Exchanged between two loads, for a whole model or for a link to one."""
    path, other = tiny(tmp_path / "model.gguf"), tiny(tmp_path / "other.gguf", seed=9)
    chat = make(path, pin=pin_of(path), idle_s=0)
    assert chat.complete(prompt("x"), max_tokens=2) is not None
    if chat.pid is not None:
        wait_for_end(process_of(chat))
    other.replace(path)
    assert chat.complete(prompt("x"), max_tokens=2) is None
    path.rename(other)
    path.symlink_to(other)
    assert make(path, pin=pin_of(other)).complete(prompt("x"), max_tokens=2) is None


def test_sixteen_threads_get_their_own_answers(random_gguf: Path, make: Make) -> None:
    """Answers of different requests are not mixed up, whoever asks at once."""
    chat = make(random_gguf)
    counts: dict[int, object] = {}

    def ask(n: int) -> None:
        counts[n] = [chat.count(["x" * (n + 1)]) for _ in range(10)]

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == {n: [[n + 1]] * 10 for n in range(16)}


def rss_kb() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


@pytest.mark.slow
def test_a_hundred_cycles_leave_memory_flat(random_gguf: Path, make: Make) -> None:
    """Loaded and unloaded a hundred times: under two megabytes more, no descriptor, no thread."""
    chat = make(random_gguf, idle_s=0)
    sizes, files, threads = [], [], []
    for _ in range(100):
        assert chat.complete(prompt("x"), prefix=PREFIX, max_tokens=3) is not None
        if chat.pid is not None:
            wait_for_end(process_of(chat))
        while chat.pid is not None:
            os.sched_yield()
        sizes.append(rss_kb())
        files.append(len(os.listdir("/proc/self/fd")))
        threads.append(threading.active_count())
    assert sizes[-1] - sizes[9] < 2_048
    assert max(files[10:]) - min(files[10:]) <= 8 and max(threads) - min(threads) <= 1


# --- the prefix on disk --------------------------------------------------------------------


@pytest.mark.parametrize("kind", [tiny, hybrid], ids=["attention", "hybrid"])
def test_a_prefix_is_evaluated_once_for_all_processes(
    tmp_path: Path, make: Make, kind: Callable[..., Path]
) -> None:
    """A process that starts anew takes it from disk and says the very same."""
    model = kind(tmp_path / "model.gguf")
    settings: dict[str, Any] = {"prefix": PREFIX, "max_tokens": 20}
    first = make(model, pin=pin_of(model)).start(prompt("x"), **settings).wait()
    other = make(model, pin=pin_of(model)).start(prompt("x"), **settings).wait()
    assert first.reused == 0 and other.reused > 40
    assert other.said == first.said
    files = list((tmp_path / "cache" / "prefixes").iterdir())
    assert len(files) == 1 and stat.S_IMODE(files[0].stat().st_mode) == 0o600
    assert stat.S_IMODE(files[0].parent.stat().st_mode) == 0o700
    another = kind(tmp_path / "another.gguf", seed=9)
    assert make(another, pin=pin_of(another)).start(prompt("x"), **settings).wait().reused == 0


def test_what_must_not_be_kept_is_not(tmp_path: Path, random_gguf: Path, make: Make) -> None:
    """A prefix that may hold something of a document leaves no file."""
    chat = make(random_gguf)
    chat.start(prompt("x"), prefix=PREFIX, keep=False, max_tokens=2).wait()
    assert chat.start(prompt("y"), prefix=PREFIX, keep=False, max_tokens=2).wait().reused > 40
    assert not list(tmp_path.rglob("prefixes/*"))


@pytest.mark.parametrize("at", [0, 20, 60, 5_000, -1])
def test_a_damaged_prefix_is_evaluated_anew(
    tmp_path: Path, random_gguf: Path, make: Make, at: int
) -> None:
    """One flipped byte anywhere, and nothing of the file is used."""
    first = make(random_gguf).start(prompt("x"), prefix=PREFIX, max_tokens=9).wait()
    (path,) = (tmp_path / "cache" / "prefixes").iterdir()
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    other = make(random_gguf).start(prompt("x"), prefix=PREFIX, max_tokens=9).wait()
    assert other.reused == 0 and other.said == first.said


def test_prefixes_on_disk_are_bounded(tmp_path: Path) -> None:
    """The oldest go; a state under another name, a link and a folder are not taken."""
    store = PrefixStore(tmp_path / "p", most_bytes=5_000)
    keys = [key_of([str(n)]) for n in range(9)]
    for n, key in enumerate(keys):
        store.put(key, bytes([n]) * 1_000)
        os.utime(tmp_path / "p" / key, (n, n))
    assert store.get(keys[-1]) == b"\x08" * 1_000
    assert store.get(keys[0]) == b""
    assert sum(one.stat().st_size for one in (tmp_path / "p").iterdir()) <= 5_000
    (tmp_path / "p" / keys[-1]).rename(tmp_path / "p" / keys[0])
    assert store.get(keys[0]) == b""
    (tmp_path / "secret").write_bytes(b"x")
    (tmp_path / "p" / keys[1]).symlink_to(tmp_path / "secret")
    assert store.get(keys[1]) == b"" and (tmp_path / "secret").exists()
    assert PrefixStore(tmp_path / "secret").get(keys[2]) == b""
    PrefixStore(tmp_path / "secret").put(keys[2], b"x")


def test_names_of_prefixes_do_not_run_together() -> None:
    """Texts that are the same when joined are not the same prefix."""
    assert key_of(["ab", "c"]) != key_of(["a", "bc"]) != key_of(["abc"])
