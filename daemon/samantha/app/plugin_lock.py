"""plugins.lock: the hash of every file of every plugin from outside.

What was installed is recorded as it came; what the user agreed to stands apart from it. A yes is to
a version, to permissions and to bytes. What differs in any of them since is a plugin that nobody
agreed to.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from samantha.adapters.plugin_host_values import valued
from samantha.app.plugin_files import Snapshot, Unfit, read_file

if TYPE_CHECKING:
    from samantha.app.plugins import Manifest

_VERSION = 1
_AGREED, _INSTALLED = "plugins", "installed"
_MOST = 16 * 2**20
_NAMED = 4
"""Files that are named when many have changed."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """One plugin as it was when the user agreed to it, or when it was installed."""

    name: str
    version: str
    origin: str
    reads: tuple[str, ...]
    proposes: tuple[str, ...]
    files: Mapping[str, str]
    """sha256 of every file, by its path below the folder."""
    at: datetime


class Lock:
    """The lockfile: private, exchanged whole, one writer at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, Agreed]:
        """Return what was agreed to, by name; raises ``Unfit`` for a file that is not to be used.

        Another user's file, or one that others can write or read, vouches for nothing.
        """
        return self._read()[_AGREED]

    def read_installed(self) -> dict[str, Agreed]:
        """Return what was installed, as it came: a record, and no yes to anything."""
        return self._read()[_INSTALLED]

    def _read(self) -> dict[str, dict[str, Agreed]]:
        try:
            found = self._path.lstat()
        except FileNotFoundError:
            return {_AGREED: {}, _INSTALLED: {}}
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            raise Unfit(f"{self._path} is not a file of yours")
        if stat.S_IMODE(found.st_mode) & 0o077:
            raise Unfit(f"{self._path} is open to others: chmod 600 {self._path}")
        try:
            raw = json.loads(read_file(str(self._path), None, _MOST, self._path.name))
            if not isinstance(raw, dict) or raw.get("version") != _VERSION:
                raise Unfit(f"{self._path} is of another version of samantha")
            return {
                _AGREED: dict(valued(raw.get(_AGREED), dict[str, Agreed], _AGREED)),
                _INSTALLED: dict(valued(raw.get(_INSTALLED, {}), dict[str, Agreed], _INSTALLED)),
            }
        except (OSError, ValueError, RecursionError) as problem:
            raise Unfit(f"{self._path} cannot be read") from problem

    def agree(self, manifest: Manifest, files: Snapshot, origin: str, now: datetime) -> None:
        """Keep the user's yes to exactly these files."""
        self._keep(_AGREED, manifest, files, origin, now)

    def installed(self, manifest: Manifest, files: Snapshot, origin: str, now: datetime) -> None:
        """Record the files of a plugin as they were installed."""
        self._keep(_INSTALLED, manifest, files, origin, now)

    def withdraw(self, name: str) -> None:
        """Forget a plugin, and the yes to it."""
        with self._alone():
            self._write(
                {
                    part: {k: v for k, v in kept.items() if k != name}
                    for part, kept in self._read().items()
                }
            )

    def _keep(
        self, part: str, manifest: Manifest, files: Snapshot, origin: str, now: datetime
    ) -> None:
        kept = Agreed(
            manifest.name,
            manifest.version,
            origin,
            manifest.permissions.reads,
            manifest.permissions.proposes,
            files.digests(),
            now,
        )
        with self._alone():
            parts = self._read()
            self._write({**parts, part: {**parts[part], manifest.name: kept}})

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _write(self, parts: Mapping[str, Mapping[str, Agreed]]) -> None:
        told: dict[str, object] = {"version": _VERSION}
        for which, kept in parts.items():
            told[which] = {
                name: {**asdict(one), "at": one.at.isoformat()}
                for name, one in sorted(kept.items())
            }
        part = self._path.with_name(self._path.name + ".part")
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(part, flags, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as stream:
            json.dump(told, stream, indent=1, ensure_ascii=True)
            stream.write("\n")
            stream.flush()
            os.fsync(fd)
        part.replace(self._path)


def changes(agreed: Agreed, manifest: Manifest, files: Mapping[str, str]) -> list[str]:
    """Return in words what differs from what was agreed to; empty when nothing does."""
    told = []
    if agreed.version != manifest.version:
        told.append(f"version {agreed.version or '?'} is now {manifest.version or '?'}")
    for verb, before, now in (
        ("reads", agreed.reads, manifest.permissions.reads),
        ("proposes", agreed.proposes, manifest.permissions.proposes),
    ):
        told += [f"now {verb} {one}" for one in now if one not in before]
        told += [f"no longer {verb} {one}" for one in before if one not in now]
    both = agreed.files.keys() & files.keys()
    told += _named("changed", [path for path in both if agreed.files[path] != files[path]])
    told += _named("added", list(files.keys() - agreed.files.keys()))
    told += _named("removed", list(agreed.files.keys() - files.keys()))
    return told


def _named(verb: str, paths: Sequence[str]) -> list[str]:
    named = [f"{verb} {path}" for path in sorted(paths)[:_NAMED]]
    more = len(paths) - len(named)
    return named + ([f"{verb} {more} more"] if more > 0 else [])
