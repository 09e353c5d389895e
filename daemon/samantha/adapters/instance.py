"""One daemon for one user: a lock on a file, which the kernel gives back when its holder dies."""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path
from types import TracebackType

from samantha.adapters.locked_process import started
from samantha.api.errors import UserError

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class AlreadyRunning(UserError):
    """Another process of the same user holds the lock."""


class Instance:
    """Holds the right to be the only one, for the time of a ``with`` block.

    Raises ``AlreadyRunning`` when another process holds it. The file stays when the block ends:
    if it were removed, one process could lock the removed file and another one its successor.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1

    def __enter__(self) -> Instance:
        fd = _open(self._path)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            holder = _holder(fd)
            os.close(fd)
            raise _already_running(holder) from taken
        except OSError as problem:
            os.close(fd)
            raise _unusable(self._path, problem.strerror or "it cannot be locked") from problem
        # For the message of those who come too late, and for who ends a holder that hangs: the
        # lock is what counts.
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()} {started(os.getpid())}\n".encode(), 0)
        self._fd = fd
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.ftruncate(self._fd, 0)
        # Said aloud: a program that is just being started may share the descriptor for a moment.
        fcntl.flock(self._fd, fcntl.LOCK_UN)
        os.close(self._fd)
        self._fd = -1


def _open(path: Path) -> int:
    try:
        fd = os.open(path, _FLAGS, 0o600)
    except OSError as problem:
        raise _unusable(path, problem.strerror or "it cannot be opened") from problem
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        os.close(fd)
        raise _unusable(path, "it is not a plain file of yours")
    if stat.S_IMODE(found.st_mode) != 0o600:
        os.fchmod(fd, 0o600)
    return fd


def _holder(fd: int) -> str:
    words = os.pread(fd, 128, 0).decode("ascii", "replace").split()
    return words[0] if words and words[0].isdecimal() else ""


def _already_running(holder: str) -> AlreadyRunning:
    which = f" (process {holder})" if holder else ""
    return AlreadyRunning(
        f"samantha is already running{which}.",
        "Two at once would read everything twice, so this one ends.",
        "samantha status",
    )


def _unusable(path: Path, reason: str) -> UserError:
    return UserError(
        f"The lock {path} cannot be used: {reason}.",
        "Without it two daemons could run at once, so none starts.",
        f"ls -ld {path.parent} {path}",
    )
