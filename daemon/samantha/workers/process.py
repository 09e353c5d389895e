"""A worker: a process of its own that answers frames, one at a time, and dies with its parent."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from samantha.workers.frames import MAX_BYTES, FrameClosed, FrameError, read_frame, write_frame

_PR_SET_PDEATHSIG = 1
_PARENT = "SAMANTHA_PARENT"
_TELL_S = 5.0
_KEPT = ("PYTHONPATH", "PATH", "TMPDIR", "SYSTEMROOT")

# The kernel sends the parent-death signal when the *thread* that started the worker ends, so all
# workers are started from one thread that lives as long as the process.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="worker-starter")


class Worker:
    """A running worker process; ``request`` may be called from any thread, one at a time."""

    def __init__(
        self,
        module: str,
        *,
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        stderr: int = subprocess.DEVNULL,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._max_bytes = max_bytes
        command = [sys.executable, "-P", "-m", module, *args]
        self._process = _starter.submit(_spawn, command, _environment(env or {}), stderr).result()
        assert self._process.stdin is not None and self._process.stdout is not None
        self._to = self._process.stdin.fileno()
        self._from = self._process.stdout.fileno()
        os.set_blocking(self._to, False)
        os.set_blocking(self._from, False)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    @property
    def returncode(self) -> int | None:
        """Exit code, negative for a signal, or None while it runs."""
        return self._process.poll()

    def request(
        self, header: Mapping[str, Any], body: bytes = b"", timeout_s: float | None = None
    ) -> tuple[dict[str, Any], bytes]:
        """Ask and wait for the answer; on any ``FrameError`` the worker is killed first."""
        with self._lock:
            if not self.alive:
                raise FrameClosed("the worker is not running")
            try:
                with self._writing:
                    write_frame(self._to, header, body, timeout_s)
                return read_frame(self._from, timeout_s, self._max_bytes)
            except FrameError:
                self.kill()
                raise

    def tell(self, header: Mapping[str, Any]) -> None:
        """Send a frame that has no answer, also while ``request`` waits; one that died is not told.

        Only for a worker that listens all the time.
        """
        with self._writing, contextlib.suppress(FrameError, OSError, ValueError):
            assert self._process.stdin is not None
            write_frame(self._process.stdin.fileno(), header, b"", _TELL_S)

    def kill(self) -> None:
        """End the process at once and reap it."""
        self._process.kill()
        self._process.wait()

    def close(self, timeout_s: float = 2.0) -> None:
        """Close the pipe, which ends a worker in its loop; kill what does not end in time."""
        assert self._process.stdin is not None and self._process.stdout is not None
        # A descriptor is never closed under a request in another thread: its number may be in
        # use for something else by the time that thread looks at it again.
        if not self._lock.acquire(timeout=timeout_s / 2):
            self.kill()
            self._lock.acquire()
        try:
            with self._writing, contextlib.suppress(OSError):
                self._process.stdin.close()
            try:
                self._process.wait(timeout_s / 2)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process.stdout.close()
        finally:
            self._lock.release()


def _spawn(command: list[str], env: dict[str, str], stderr: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=env,
        cwd="/",
        bufsize=0,
        start_new_session=True,
    )


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    base = {"LANG": "C.UTF-8", "PYTHONUTF8": "1", _PARENT: str(os.getpid())}
    return {**kept, **base, **extra}


def begin_worker() -> tuple[int, int]:
    """Begin a worker's life: die with the parent, and take over (read fd, write fd) for frames.

    Standard output then leads to standard error, so that a stray line of a library breaks nothing.
    """
    die_with_parent()
    # Ctrl-C in the terminal is the parent's to handle; the worker ends when its pipe does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, sink = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return source, sink


def die_with_parent() -> None:
    """Ask the kernel (Linux) to kill this process when its parent dies, whatever it is doing."""
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    parent = os.environ.get(_PARENT, "")
    if parent and os.getppid() != int(parent):
        raise SystemExit(1)
