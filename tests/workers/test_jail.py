from __future__ import annotations

import json
import subprocess
import sys

import pytest

from samantha.adapters.reader import JailedReader
from samantha.workers.jail import LAYERS, _filter

PROBE = """
import ctypes, fcntl, json, os, signal, socket, subprocess, sys, threading
from pathlib import Path
from samantha.workers import jail

target = sys.argv[1]
layers = jail.enter(memory_bytes=512 * 2**20)
out = {"layers": list(layers)}

def attempt(name, call):
    try:
        call()
        out[name] = "allowed"
    except (OSError, RuntimeError, MemoryError) as error:
        out[name] = type(error).__name__

attempt("socket", lambda: socket.socket())
attempt("unix", lambda: socket.socket(socket.AF_UNIX))
attempt("socketpair", lambda: socket.socketpair())
attempt("read", lambda: open("/etc/passwd").read())
attempt("write", lambda: open(target, "w").write("x"))
attempt("unlink", lambda: os.unlink(target + ".there"))
attempt("rename", lambda: os.rename(target + ".there", target))
attempt("list", lambda: os.listdir("/"))
attempt("exec", lambda: os.execv("/bin/true", ["true"]))
attempt("fork", lambda: os.fork())
attempt("spawn", lambda: subprocess.run(["/bin/true"]))
attempt("kill", lambda: os.kill(os.getppid(), 0))
attempt("owner", lambda: fcntl.fcntl(1, fcntl.F_SETOWN, os.getppid()))
attempt("signal", lambda: fcntl.fcntl(1, fcntl.F_SETSIG, signal.SIGKILL))
attempt("flags", lambda: fcntl.fcntl(1, fcntl.F_GETFL))
attempt("memory", lambda: bytearray(600 * 2**20))
done = []
thread = threading.Thread(target=lambda: done.append(1))
attempt("thread", thread.start)
if out["thread"] == "allowed":
    thread.join()
out["thread ran"] = bool(done)
os.write(1, json.dumps(out).encode())
"""


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    target = tmp_path_factory.mktemp("jail") / "file"
    target.with_name("file.there").write_text("kept")
    run = subprocess.run(
        [sys.executable, "-c", PROBE, str(target)], capture_output=True, timeout=30, check=True
    )
    out: dict[str, object] = json.loads(run.stdout)
    out["target exists"] = target.exists()
    out["other kept"] = target.with_name("file.there").exists()
    if "seccomp" not in out["layers"]:  # type: ignore[operator]
        pytest.skip("this kernel has no seccomp filter")
    return out


@pytest.mark.parametrize(
    "deed",
    [
        *("socket", "unix", "socketpair", "read", "write", "unlink", "rename", "list"),
        *("exec", "fork", "spawn", "kill", "owner", "signal"),
    ],
)
def test_the_jail_refuses(probe: dict[str, object], deed: str) -> None:
    """Inside there is no socket, no file, no program, no new process and no signal to others."""
    assert probe[deed] == "PermissionError"


def test_nothing_on_disk_changed(probe: dict[str, object]) -> None:
    """Refused means not done."""
    assert not probe["target exists"]
    assert probe["other kept"]


def test_memory_is_bounded_and_threads_still_run(probe: dict[str, object]) -> None:
    """The memory cap holds, and libraries that use threads still can."""
    assert probe["memory"] == "MemoryError"
    assert probe["thread ran"] and probe["flags"] == "allowed"


def test_it_says_which_layers_hold(probe: dict[str, object]) -> None:
    """Only layers that exist are named, and the two that need nothing are always there."""
    layers = probe["layers"]
    assert isinstance(layers, list)
    assert set(layers) <= set(LAYERS)
    assert {"no_new_privs", "rlimits"} <= set(layers)


def test_the_reader_lives_in_the_jail(probe: dict[str, object], reader: JailedReader) -> None:
    """What the kernel offers is what the reader's own process has entered."""
    assert list(reader.layers()) == probe["layers"]


def test_an_unknown_machine_gets_no_filter_instead_of_a_wrong_one() -> None:
    """System call numbers of another machine would forbid the wrong calls."""
    assert _filter("riscv64") == b""
    assert len(_filter("x86_64")) % 8 == len(_filter("aarch64")) % 8 == 0
