"""The files of a plugin, read once: the bytes that are hashed are the bytes that are run."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from samantha.core.text import inert

MANIFEST = "plugin.toml"
MANIFEST_LIMIT = 16 * 2**10
MOST_FILES = 500
MOST_BYTES = 8 * 2**20
_DEEPEST = 8
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_IGNORED = "__pycache__"
"""Compiled code: never hashed, because it is never looked at."""


class Unfit(Exception):
    """Files, a manifest or a lockfile that cannot be used; says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All files of a plugin as they were at one time, by path below its folder."""

    files: Mapping[str, bytes]

    def digests(self) -> dict[str, str]:
        """Return the sha256 of every file."""
        files = sorted(self.files.items())
        return {path: hashlib.sha256(data).hexdigest() for path, data in files}

    def digest(self) -> str:
        """Return one sha256 over the names and contents of all files."""
        return digest_of(self.digests())


def digest_of(digests: Mapping[str, str]) -> str:
    """Return one sha256 over the names and hashes of files."""
    told = "".join(f"{value}  {path}\n" for path, value in sorted(digests.items()))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def snapshot(folder: Path) -> Snapshot:
    """Read all files of a plugin; raises ``Unfit`` for a folder that cannot be vouched for.

    Every step is taken by descriptor and never through a link, and every size is checked before a
    byte is read.
    """
    files: dict[str, bytes] = {}
    size = 0
    try:
        at = os.open(folder, _FOLDER)
        try:
            for path, data in _walk(at, "", 1, MOST_BYTES):
                size += len(data)
                files[path] = data
                if size > MOST_BYTES or len(files) > MOST_FILES:
                    raise Unfit(f"it has more than {MOST_FILES} files or {MOST_BYTES >> 20} MiB")
        finally:
            os.close(at)
    except OSError as problem:
        raise Unfit(f"its files cannot be read: {problem.strerror}") from problem
    return Snapshot(dict(sorted(files.items())))


def _walk(at: int, below: str, depth: int, room: int) -> Iterator[tuple[str, bytes]]:
    if depth > _DEEPEST:
        raise Unfit(f"its folders are more than {_DEEPEST} deep")
    with os.scandir(at) as entries:
        names = sorted(entry.name for _, entry in zip(range(MOST_FILES + 2), entries, strict=False))
    for name in names:
        path = f"{below}{name}"
        if not path.isprintable() or (not path.isascii() and any(map(_surrogate, path))):
            raise Unfit(f"it has a file with an unusable name: {inert(path, 60)}")
        found = os.stat(name, dir_fd=at, follow_symlinks=False)
        if stat.S_ISDIR(found.st_mode):
            if name == _IGNORED:
                continue
            inner = os.open(name, _FOLDER, dir_fd=at)
            try:
                yield from _walk(inner, f"{path}/", depth + 1, room)
            finally:
                os.close(inner)
        elif stat.S_ISREG(found.st_mode):
            yield path, read_file(name, at, room, path)
        else:
            kind = "a link" if stat.S_ISLNK(found.st_mode) else "no ordinary file"
            raise Unfit(f"{path} is {kind}")


def _surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"


def read_file(name: str, at: int | None, most: int, told: str) -> bytes:
    """Return the bytes of an ordinary file of a bounded size, which is looked at first."""
    fd = os.open(name, _FILE, dir_fd=at)
    with os.fdopen(fd, "rb") as stream:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise Unfit(f"{told} is no ordinary file")
        if found.st_size > most:
            raise Unfit(f"{told} is larger than {_size(most)}")
        data = stream.read(most + 1)
        if len(data) > most:
            raise Unfit(f"{told} is larger than {_size(most)}")
        return data


def read_manifest_bytes(folder: Path) -> bytes:
    """Return the bytes of plugin.toml; raises ``Unfit`` or ``OSError``."""
    return read_file(str(folder / MANIFEST), None, MANIFEST_LIMIT, MANIFEST)


def _size(most: int) -> str:
    return f"{most >> 20} MiB" if most >= 2**20 else f"{most >> 10} KiB"
