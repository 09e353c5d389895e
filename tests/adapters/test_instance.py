from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from samantha.adapters.instance import Instance
from samantha.api.errors import UserError

HOLD = """
import sys
from pathlib import Path
from samantha.adapters.instance import Instance
from samantha.api.errors import UserError
sys.stdin.readline()
try:
    with Instance(Path(sys.argv[1])):
        print("serving", flush=True)
        sys.stdin.readline()
except UserError as problem:
    print(problem.what, flush=True)
    sys.exit(1)
"""


def holder(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def tell(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_of_twenty_at_once_exactly_one_serves(tmp_path: Path) -> None:
    """Twenty processes start together: one serves, nineteen say that samantha is running."""
    path = tmp_path / "samantha.lock"
    crowd = [holder(path) for _ in range(20)]
    try:
        for process in crowd:
            tell(process)
        words = [hear(process) for process in crowd]
        assert words.count("serving") == 1
        assert sum(w.startswith("samantha is already running") for w in words) == 19
        for process, word in zip(crowd, words, strict=True):
            if word == "serving":
                tell(process)
                assert process.wait(30) == 0
            else:
                assert process.wait(30) == 1
    finally:
        for process in crowd:
            process.kill()
            process.communicate()


def test_who_comes_too_late_is_told_what_to_type(tmp_path: Path) -> None:
    """The refusal names the process that serves and a command."""
    path = tmp_path / "samantha.lock"
    with Instance(path), pytest.raises(UserError) as caught, Instance(path):
        pass
    assert caught.value.what == f"samantha is already running (process {os.getpid()})."
    assert caught.value.means and caught.value.type_this == "samantha status"


def test_a_killed_holder_leaves_the_place_free(tmp_path: Path) -> None:
    """After kill -9 the lock is free, though its file and the number in it are still there."""
    path = tmp_path / "samantha.lock"
    process = holder(path)
    tell(process)
    assert hear(process) == "serving"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert path.read_text().split()[0] == str(process.pid)
    with Instance(path):
        assert path.read_text().split()[0] == str(os.getpid())


def test_the_place_is_free_again_after_the_block(tmp_path: Path) -> None:
    """The same process may hold it again, also after a failure inside the block."""
    path = tmp_path / "samantha.lock"
    with pytest.raises(RuntimeError), Instance(path):
        raise RuntimeError
    assert path.read_text() == ""
    with Instance(path):
        pass


LEAVE = """
import os, signal, subprocess, sys
from pathlib import Path
from samantha.adapters.instance import Instance
with Instance(Path(sys.argv[1])):
    code = "print('up', flush=True); input()"
    child = subprocess.Popen([sys.executable, "-c", code], close_fds=False, stdout=subprocess.PIPE)
    child.stdout.readline()
    print(child.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_program_that_outlives_the_holder_does_not_hold_the_place(tmp_path: Path) -> None:
    """A viewer that is still open after kill -9 does not keep the next daemon from starting."""
    path = tmp_path / "samantha.lock"
    with subprocess.Popen(
        [sys.executable, "-c", LEAVE, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        child = int(hear(process))
        try:
            assert process.wait(30) == -signal.SIGKILL
            os.kill(child, 0)
            with Instance(path):
                pass
        finally:
            os.kill(child, signal.SIGKILL)


def test_the_file_is_private(tmp_path: Path) -> None:
    """The lock file is 0600, also when it lay there with a wider mode."""
    path = tmp_path / "samantha.lock"
    path.write_text("")
    path.chmod(0o644)
    with Instance(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """A link in the lock's place is refused, and what it points to is left as it is."""
    target = tmp_path / "precious"
    target.write_text("words")
    path = tmp_path / "samantha.lock"
    path.symlink_to(target)
    with pytest.raises(UserError), Instance(path):
        pass
    assert target.read_text() == "words"


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_plain_file_is_refused(tmp_path: Path, make: object) -> None:
    """A pipe or a folder in the lock's place gives a clear refusal, no hang."""
    path = tmp_path / "samantha.lock"
    assert callable(make)
    make(path)
    with pytest.raises(UserError) as caught, Instance(path):
        pass
    assert str(path) in caught.value.what
