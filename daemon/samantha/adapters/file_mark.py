"""Whether a file is still the one whose sha256 was taken: its marks, and hashing it again."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass

from samantha.api.errors import UserError

OnBytes = Callable[[int], None]

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells one version of a file from another without reading it."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Pin:
    """What a file must be: its sha256, and its marks when it last had that."""

    sha256: str
    mark: Mark | None = None


def mark_of(fd: int) -> Mark:
    """Return the marks of an open file."""
    found = os.fstat(fd)
    return Mark(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def open_regular(path: str) -> int:
    """Open a regular file for reading, without following a link; the caller closes it."""
    flags = os.O_RDONLY | os.O_CLOEXEC
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        fd = os.open(path, flags)
    except FileNotFoundError as problem:
        raise UserError(
            f"The file {path} is gone.",
            "A model can be used only where it was when it was pulled or added.",
            "samantha model list",
        ) from problem
    except OSError as problem:
        raise UserError(
            f"The file {path} cannot be opened: {problem.strerror}.", "", f"ls -l {path}"
        ) from problem
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise UserError(f"{path} is no file.", "A model is one file that ends in .gguf.", "")
    return fd


def hashed(fd: int, on_bytes: OnBytes | None) -> tuple[Mark, str]:
    """Return (marks, sha256) of an open file that did not change meanwhile."""
    before = mark_of(fd)
    digest = hashlib.sha256()
    at = 0
    while block := os.pread(fd, _BLOCK, at):
        digest.update(block)
        at += len(block)
        if on_bytes is not None:
            on_bytes(len(block))
    if mark_of(fd) != before or at != before.size:
        raise UserError(
            "The model file changed while it was read.",
            "Something else writes to it; wait until that has ended.",
            "",
        )
    return before, digest.hexdigest()


def pinned(fd: int, pin: Pin, on_bytes: OnBytes | None = None) -> Mark | None:
    """Return the marks of an open file that is what it must be; None if it is another.

    It is hashed only if its marks are not those of the pin.
    """
    found = mark_of(fd)
    if found == pin.mark:
        return found
    mark, digest = hashed(fd, on_bytes)
    return mark if digest == pin.sha256 else None
