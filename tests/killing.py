"""samantha's commands, killed before their n-th change in a folder, whichever that is.

Run as a program it waits, with all imported and without a thread, and forks for each command.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

STEPS = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "ctypes.dlsym")
_CHANGES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Killer:
    """Runs commands that are killed on their way."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def killed_at(self, step: int, *words: str) -> bool:
        """Run a command, killed before a step; tell whether it was, or came to its end before."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([step, *words]) + "\n")
        self._process.stdin.flush()
        told = self._process.stdout.readline().strip()
        assert told in ("killed", "ended"), f"{words} at {step}: {told}"
        return told == "killed"


@contextmanager
def killer(environment: Mapping[str, str], folder: Path) -> Iterator[Killer]:
    """Run commands in this environment; steps are counted where they are about this folder."""
    process = subprocess.Popen(
        [sys.executable, __file__, str(folder)],
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Killer(process)
    finally:
        process.communicate()


def _serve(folder: str) -> None:
    import samantha.app.assembly  # noqa: F401 - what a command needs is imported once

    for row in sys.stdin:
        step, *words = json.loads(row)
        pid = os.fork()
        if pid == 0:
            _run(step, words, folder)
        status = os.waitpid(pid, 0)[1]
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        told = "killed" if killed else "ended" if status == 0 else f"status {status}"
        sys.stdout.write(f"{told}\n")
        sys.stdout.flush()


def _run(step: int, words: list[str], folder: str) -> None:
    from samantha.app.cli import main

    seen = 0

    def watch(event: str, args: tuple[object, ...]) -> None:
        nonlocal seen
        if event not in STEPS or not (event.startswith("ctypes") or _in(folder, args)):
            return
        if event == "open" and not (isinstance(args[2], int) and args[2] & _CHANGES):
            return
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    sys.argv = ["samantha", *words]
    sys.addaudithook(watch)
    main()
    os._exit(0)


def _in(folder: str, args: tuple[object, ...]) -> bool:
    return any(folder in os.fsdecode(one) for one in args if isinstance(one, str | bytes | Path))


if __name__ == "__main__":
    _serve(sys.argv[1])
