"""The process that wrote itself into a lock file: found, pinned and ended, never another one.

A number of a process is used again after its end. So its start is written beside it, and it is held
by a descriptor (pidfd) before the start is compared: from then on no other process can be meant.
"""

from __future__ import annotations

import os
import select
import signal
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Literal

Ending = Literal["ended", "killed", "stays"]


def started(pid: int) -> str:
    """Return a text that no other process of this number has had, or '' where none is known."""
    try:
        # The name of the program, in brackets, may hold blanks; the start is the 20th word after.
        words = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
    return f"{boot}:{words[19]}"


class LockedProcess:
    """The running process that a lock file names, for the time of a ``with`` block."""

    def __init__(self, pid: int, fd: int) -> None:
        self.pid = pid
        self._fd = fd

    @classmethod
    def of(cls, lock: Path) -> LockedProcess | None:
        """Return the process that wrote the lock file; None when it has ended."""
        try:
            words = lock.read_text(encoding="ascii", errors="replace").split()
        except OSError:
            return None
        if len(words) != 2 or not words[0].isdecimal() or not hasattr(os, "pidfd_open"):
            return None
        pid = int(words[0])
        with ExitStack() as undo:
            try:
                fd = os.pidfd_open(pid)
            except OSError:
                return None
            undo.callback(os.close, fd)
            if started(pid) != words[1]:
                return None
            undo.pop_all()
        return cls(pid, fd)

    def end(self, patience_s: float) -> Ending:
        """Ask it to end (SIGTERM); if it has not after some seconds, kill it."""
        if self._gone(signal.SIGTERM, patience_s):
            return "ended"
        return "killed" if self._gone(signal.SIGKILL, patience_s) else "stays"

    def _gone(self, how: signal.Signals, patience_s: float) -> bool:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._fd, how)
        watch = select.poll()
        watch.register(self._fd, select.POLLIN)
        return bool(watch.poll(patience_s * 1000))

    def __enter__(self) -> LockedProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.close(self._fd)
