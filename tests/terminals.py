"""A command as somebody types it: at a terminal of its own, read until it has said something."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time

from homes import Home

PATIENCE_S = 120.0


class Terminal:
    """A command at a terminal of its own; what it prints is waited for, never a time."""

    def __init__(self, home: Home, *words: str) -> None:
        self._end, other = pty.openpty()
        self._process = subprocess.Popen(
            [home.python, "-m", "samantha", *words],
            env={**home.environment, "TERM": "dumb", "COLUMNS": "200"},
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
            preexec_fn=_own_terminal,
        )
        os.close(other)
        self.told = ""

    def until(self, words: str, then: str = "") -> None:
        """Wait until the command has printed some words, then type."""
        deadline = time.monotonic() + PATIENCE_S
        while words not in self.told:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self._end], [], [], left)[0], self.told
            assert self._read(), self.told
        self.told = self.told.partition(words)[2]
        os.write(self._end, then.encode())

    def ended(self) -> int:
        """Read to the end and return the exit code."""
        while self._read():
            pass
        os.close(self._end)
        return self._process.wait(timeout=PATIENCE_S)

    def _read(self) -> bool:
        try:
            data = os.read(self._end, 65536)
        except OSError:
            # Linux says so when the last writer of a terminal is gone.
            return False
        self.told += data.decode(errors="replace")
        return bool(data)


def _own_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
