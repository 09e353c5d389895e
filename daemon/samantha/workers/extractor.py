"""The worker that runs a stranger's program over one document at a time: bytes in, its answer out.

It holds no secret, reads nothing of what it passes on, and can do nothing but start this program
(``extractor_jail``). Each document has a process of its own, with its own bounds; it gets the bytes
as a sealed file in memory, so that nobody waits for it to read them.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import select
import signal
import sys
import time
from typing import Any

from samantha.workers import extractor_jail
from samantha.workers.frames import FrameClosed, FrameError, read_frame, write_frame
from samantha.workers.process import begin_worker

_PR_SET_PDEATHSIG = 1
_CHUNK = 64 * 2**10
_NOT_JAILED, _NOT_STARTED = 121, 122
_REASONS = {_NOT_JAILED: "it could not be locked in", _NOT_STARTED: "it does not start"}


class _Failed(Exception):
    """The program gave no answer; the message says why."""


def main() -> None:
    """Serve until the parent closes the pipe."""
    program = sys.argv[1]
    source, sink = begin_worker()
    null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    libc = ctypes.CDLL(None, use_errno=True)
    # Whoever waits for a child's end is woken by this signal, and by nothing else.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    layers: tuple[str, ...] = ()
    with contextlib.suppress(OSError, ValueError):
        layers = extractor_jail.enter(program)
    safe = set(extractor_jail.NEEDED) <= set(layers)
    while True:
        try:
            header, body = read_frame(source)
        except FrameClosed:
            return
        except FrameError:
            raise SystemExit(2) from None
        if header.get("op") == "layers":
            write_frame(sink, {"layers": layers})
            continue
        try:
            if not safe:
                raise _Failed(_REASONS[_NOT_JAILED])
            answer, text = {"ok": True, "reason": ""}, _run(program, header, body, null, libc)
        except _Failed as problem:
            answer, text = {"ok": False, "reason": str(problem)}, b""
        write_frame(sink, answer, text)


def _run(program: str, header: dict[str, Any], body: bytes, null: int, libc: ctypes.CDLL) -> bytes:
    deadline = time.monotonic() + float(header["wall_s"])
    document = _sealed(body)
    out, into = os.pipe()
    parent, child = os.getpid(), os.fork()
    if child == 0:
        code = _NOT_STARTED
        try:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() == parent:
                _become(program, header, (document, into, null))
                code = _NOT_JAILED
        except OSError:
            code = _NOT_STARTED
        finally:
            os._exit(code)
    os.close(document)
    os.close(into)
    try:
        found = _said(out, int(header["most_bytes"]), deadline)
        status = _end(child, deadline)
    except _Failed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    finally:
        os.close(out)
    code = os.waitstatus_to_exitcode(status)
    if code in _REASONS:
        raise _Failed(_REASONS[code])
    if code == -signal.SIGKILL:
        raise _Failed("it took too long")
    if code:
        raise _Failed("it died" if code < 0 else f"it failed ({code})")
    return found


def _sealed(body: bytes) -> int:
    """Return the document as a file in memory that nobody can change any more."""
    fd = os.memfd_create("document", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    rest = memoryview(body)
    while rest:
        rest = rest[os.write(fd, rest) :]
    os.lseek(fd, 0, os.SEEK_SET)
    seals = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    return fd


def _become(program: str, header: dict[str, Any], streams: tuple[int, int, int]) -> None:
    for number, fd in enumerate(streams):
        os.dup2(fd, number)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    arguments = [program, *(str(one) for one in header["arguments"])]
    extractor_jail.enter_and_run(arguments, int(header["cpu_s"]), int(header["memory_bytes"]))


def _said(out: int, most: int, deadline: float) -> bytes:
    """Return all that the program writes until it closes its end."""
    poller = select.poll()
    poller.register(out, select.POLLIN)
    parts: list[bytes] = []
    left = most
    while True:
        if not poller.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise _Failed("it took too long")
        part = os.read(out, _CHUNK)
        if not part:
            return b"".join(parts)
        parts.append(part)
        left -= len(part)
        if left < 0:
            raise _Failed("it said too much")


def _end(child: int, deadline: float) -> int:
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status
        left = deadline - time.monotonic()
        if left <= 0:
            raise _Failed("it took too long")
        signal.sigtimedwait({signal.SIGCHLD}, left)


if __name__ == "__main__":
    main()
