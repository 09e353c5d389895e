"""Pulling one file: kept while it is incomplete, checked while it arrives, named when it is right.

``huggingface_hub`` 2.x throws away what it has of a download that was cut off when its process
ends, and does not compare what it received with the sha256. So the bytes are received here, over
the library's session.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shlex
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from samantha.adapters.hub import (
    HEADERS,
    TIMEOUT_S,
    RemoteFile,
    Unreachable,
    address,
    host,
    telling,
)
from samantha.adapters.hub import library as hub_library
from samantha.api.errors import UserError

SPARE_BYTES = 256 << 20
"""What stays free on the disk after a download."""

_BLOCK = 1 << 20
_PROGRESS_BYTES = 64 << 10
_WAITS_S = (0.0, 1.0, 2.0, 4.0, 8.0)

OnBytes = Callable[[int], None]


def pull(
    remote: RemoteFile,
    part: Path,
    target: Path,
    on_bytes: OnBytes,
    *,
    again: str,
    waits_s: Sequence[float] = _WAITS_S,
) -> None:
    """Fetch a file into ``part`` and, its sha256 being right, give it the name ``target``.

    What an earlier call left in ``part`` is taken up. A cut connection is tried again after each
    of the waits; after the last one, or on a full disk, ``UserError`` is raised and the part kept.
    A file with another sha256 is deleted. ``again`` is what to type to go on.
    """
    part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fd = _own(part)
    try:
        with _disk(part, again):
            received = _Received(fd, on_bytes)
            received.take_up(remote.size_bytes)
            _room(part.parent, remote.size_bytes - received.size)
            _receive(remote, received, waits_s, again)
            if received.digest() != remote.sha256:
                part.unlink(missing_ok=True)
                raise _wrong(remote, again)
            os.fchmod(fd, 0o600)
            os.fsync(fd)
            part.replace(target)
    finally:
        os.close(fd)


class _Received:
    """The bytes of a file that have arrived, and their sha256 so far."""

    def __init__(self, fd: int, on_bytes: OnBytes) -> None:
        self._fd = fd
        self._on_bytes = on_bytes
        self._digest = hashlib.sha256()
        self.size = 0

    def take_up(self, most: int) -> None:
        """Take up what lies in the file already; what is longer than the whole is thrown away."""
        if os.fstat(self._fd).st_size > most:
            self.restart()
        while block := os.pread(self._fd, _BLOCK, self.size):
            self._count(block)

    def restart(self) -> None:
        """Begin again with nothing."""
        os.ftruncate(self._fd, 0)
        self._on_bytes(-self.size)
        self._digest = hashlib.sha256()
        self.size = 0

    def add(self, block: bytes) -> None:
        """Write bytes that arrived; after an error what was written before it counts."""
        rest = memoryview(block)
        while rest:
            written = os.pwrite(self._fd, rest, self.size)
            self._count(rest[:written])
            rest = rest[written:]

    def digest(self) -> str:
        """Return the sha256 of all that arrived."""
        return self._digest.hexdigest()

    def _count(self, block: bytes | memoryview) -> None:
        self._digest.update(block)
        self.size += len(block)
        self._on_bytes(len(block))


def _receive(remote: RemoteFile, received: _Received, waits_s: Sequence[float], again: str) -> None:
    """Receive until the file is complete, taking up the thread after each cut."""
    waits = list(waits_s)
    while received.size < remote.size_bytes:
        before = received.size
        problem = _stream(remote, received)
        if received.size == remote.size_bytes:
            return
        if received.size >= before + _PROGRESS_BYTES:
            waits = list(waits_s)
        if not waits:
            raise _given_up(problem, received.size, remote.size_bytes, again)
        time.sleep(waits.pop(0))


def _stream(remote: RemoteFile, received: _Received) -> UserError | None:
    """Receive until the end or a cut; return what cut it, if that is known."""
    hub = hub_library()
    headers = dict(HEADERS)
    if received.size:
        headers["range"] = f"bytes={received.size}-"
    try:
        with (
            telling(remote.repo),
            hub.get_session().stream(
                "GET", address(remote), headers=headers, timeout=TIMEOUT_S
            ) as answer,
        ):
            if answer.status_code == 429 or answer.status_code >= 500:
                return UserError(f"{host()} answers with error {answer.status_code}")
            hub.hf_raise_for_status(answer)
            begins = _begins(answer.status_code, answer.headers)
            if begins != received.size:
                received.restart()
            if begins != received.size:
                # It begins neither where it was asked to nor at the beginning: ask for all of it.
                return None
            for untrusted_block in answer.iter_raw():
                received.add(untrusted_block[: remote.size_bytes - received.size])
                if received.size == remote.size_bytes:
                    break
    except Unreachable as problem:
        return problem
    return None


def _begins(status: int, headers: Mapping[str, str]) -> int:
    """Return at which byte of the file an answer begins; -1 where it does not say."""
    if status != 206:
        return 0
    match = re.match(r"bytes (\d{1,18})-", headers.get("content-range", ""))
    return int(match[1]) if match else -1


def _given_up(
    problem: UserError | None, size_bytes: int, whole_bytes: int, again: str
) -> UserError:
    if size_bytes == 0 and isinstance(problem, Unreachable):
        return problem
    cut = f"The connection to {host()} was cut"
    what = cut if problem is None or isinstance(problem, Unreachable) else problem.what
    return UserError(
        f"{what}; {size_bytes * 100 // whole_bytes} % is here.",
        "What is here is kept, and the next pull goes on from there.",
        again,
    )


def _wrong(remote: RemoteFile, again: str) -> UserError:
    return UserError(
        f"What {host()} sent is not {remote.file}: its sha256 differs.",
        "It was damaged or exchanged on the way; it was deleted and nothing was changed.",
        again,
    )


def _room(folder: Path, missing: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < missing + SPARE_BYTES:
        raise UserError(
            f"There is not enough room: {missing / 2**30:.1f} GiB are to be fetched, "
            f"{free / 2**30:.1f} GiB are free in {folder.parent}.",
            f"{SPARE_BYTES >> 20} MiB must stay free beside it.",
            f"df -h {shlex.quote(str(folder.parent))}",
        )


@contextlib.contextmanager
def _disk(part: Path, again: str) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        if problem.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise UserError(
            "The disk is full.",
            f"What was fetched is kept in {part}; with more room the next pull goes on from there.",
            again,
        ) from problem


def _own(part: Path) -> int:
    """Open the part for this process alone; the kernel drops the lock when it dies."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
    while True:
        fd = os.open(part, flags, 0o600)
        with contextlib.ExitStack() as undo:
            undo.callback(os.close, fd)
            _lock(fd)
            # Another process may have completed it in between, and given it its name.
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(fd), part.stat()):
                    undo.pop_all()
                    return fd


def _lock(fd: int) -> None:
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as problem:
        raise UserError(
            "This file is being fetched already.",
            "Another samantha does it.",
            "samantha model list",
        ) from problem
