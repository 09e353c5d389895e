"""Evaluated prefixes on disk, so that a model that was unloaded need not read them again.

One private file a prefix, named by a hash of all that it depends on and checked byte for byte
before it is used; the oldest go when there are too many. They hold instructions, never documents:
the caller sees to that.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

MAX_STATE_BYTES = 256 << 20
MAX_ALL_BYTES = 768 << 20
_MAGIC = b"samantha prefix 1\n"
_DIGEST = 32


class PrefixStore:
    """States by key in one folder. A state that cannot be kept or read costs time, no answer."""

    def __init__(self, folder: Path, most_bytes: int = MAX_ALL_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes

    def get(self, key: str) -> bytes:
        """Return a state whose bytes are those that were kept, or nothing."""
        path = self._folder / key
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0))
            with os.fdopen(fd, "rb") as stream:
                if os.fstat(fd).st_size > MAX_STATE_BYTES + 4096:
                    return b""
                magic, digest = stream.read(len(_MAGIC)), stream.read(_DIGEST)
                state = stream.read()
        except OSError:
            return b""
        if magic != _MAGIC or _digest(key, state) != digest:
            with contextlib.suppress(OSError):
                path.unlink()
            return b""
        with contextlib.suppress(OSError):
            os.utime(path)
        return state

    def put(self, key: str, state: bytes) -> None:
        """Keep a state, unless it is too large or the disk refuses."""
        if not state or len(state) > MAX_STATE_BYTES:
            return
        part = self._folder / f"{key}.{os.getpid()}.part"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
            fd = os.open(part, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)
            with os.fdopen(fd, "wb") as stream:
                os.fchmod(fd, 0o600)
                for block in (_MAGIC, _digest(key, state), state):
                    stream.write(block)
            part.replace(self._folder / key)
            self._bound()
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink()

    def _bound(self) -> None:
        found = []
        for path in self._folder.iterdir():
            with contextlib.suppress(OSError):
                stat = path.lstat()
                found.append((stat.st_mtime_ns, stat.st_size, path))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= self._most_bytes:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                total -= size


def key_of(parts: Iterable[str]) -> str:
    """Return the name of a state that depends on these texts and on nothing else."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def _digest(key: str, state: bytes) -> bytes:
    return hashlib.sha256(key.encode() + state).digest()
