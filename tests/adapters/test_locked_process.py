"""The process that a lock file names is ended, and never another one that has its number."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from samantha.adapters.instance import Instance
from samantha.adapters.locked_process import LockedProcess, started

HOLD = """
import signal, sys
from pathlib import Path
from samantha.adapters.instance import Instance
if "deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
with Instance(Path(sys.argv[1])):
    print("up", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Holder]:
    one = Holder(tmp_path / "samantha.lock")
    yield one
    one.end()


class Holder:
    """Processes that hold a lock until they are ended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._some: list[subprocess.Popen[str]] = []

    def __call__(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HOLD, str(self.path), *words]
        one = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._some.append(one)
        assert one.stdout is not None and one.stdout.readline() == "up\n"
        return one

    def end(self) -> None:
        for one in self._some:
            one.kill()
            one.communicate()


def found(path: Path) -> LockedProcess:
    one = LockedProcess.of(path)
    assert one is not None
    return one


def test_the_holder_is_found_and_ends_when_asked(hold: Holder) -> None:
    """SIGTERM is enough for a process that listens to it."""
    process = hold()
    with found(hold.path) as one:
        assert one.pid == process.pid
        assert one.end(30) == "ended"
    assert process.wait(30) == -signal.SIGTERM


def test_a_holder_that_hears_nothing_is_killed(hold: Holder) -> None:
    """A process that ignores SIGTERM, and one that is stopped, end all the same."""
    deaf = hold("deaf")
    with found(hold.path) as one:
        assert one.end(0.3) == "killed"
    assert deaf.wait(30) == -signal.SIGKILL
    stopped = hold()
    stopped.send_signal(signal.SIGSTOP)
    # Until it has really stopped, a SIGTERM sent later is delivered first: 15 goes before 19.
    os.waitid(os.P_PID, stopped.pid, os.WSTOPPED | os.WNOWAIT)
    with found(hold.path) as one:
        assert one.end(0.3) == "killed"
    assert stopped.wait(30) == -signal.SIGKILL


def test_nobody_is_found_when_the_holder_has_ended(hold: Holder, tmp_path: Path) -> None:
    """After a clean end, after a kill and where there never was a lock, there is nobody to end."""
    assert LockedProcess.of(tmp_path / "none") is None
    process = hold()
    process.kill()
    process.communicate()
    assert LockedProcess.of(hold.path) is None
    with Instance(hold.path):
        pass
    assert LockedProcess.of(hold.path) is None


@pytest.mark.parametrize("line", ["{pid} {boot}:1", "{pid}", "{pid} x", "-1 {start}", "0 {start}"])
def test_another_process_of_the_same_number_is_left_alone(tmp_path: Path, line: str) -> None:
    """A lock file whose process has another start, or that is no such line, names nobody."""
    pid, start = os.getpid(), started(os.getpid())
    lock = tmp_path / "samantha.lock"
    lock.write_text(f"{pid} {start}")
    with found(lock) as one:
        assert one.pid == pid
    lock.write_text(line.format(pid=pid, start=start, boot=start.partition(":")[0]))
    assert LockedProcess.of(lock) is None


def test_a_program_name_cannot_pass_for_a_start(tmp_path: Path) -> None:
    """Blanks and brackets in a program's name do not shift the words of its state."""
    odd = tmp_path / ") R 1 1 ("
    odd.symlink_to("/bin/sleep")
    process = subprocess.Popen([str(odd), "60"])
    try:
        ticks = started(process.pid).partition(":")[2]
        own = started(os.getpid()).partition(":")[2]
        assert int(own) <= int(ticks) <= int(own) + 10_000_000
    finally:
        process.kill()
        process.wait()
