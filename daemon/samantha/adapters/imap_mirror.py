"""The copy of an account on this disk: one file a mail, named so that nothing is fetched twice.

A file's name tells the folder's UIDVALIDITY, the mail's UID, a hash of its Message-ID, its size on
the server and its flags; so the listing of a folder is all that must be known to go on after a
kill. ``state.json`` beside it only tells up to which change of the server all is here.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

_NAME = re.compile(r"V(\d+)U(\d+)\.([0-9a-f]{16}),S=(\d+)(?::2,([A-Z]*))?")
_FLAGS = {
    b"\\draft": "D",
    b"\\flagged": "F",
    b"\\answered": "R",
    b"\\seen": "S",
    b"\\deleted": "T",
}
NO_ID = "0" * 16
ROLES = ("inbox", "sent", "drafts", "archive", "all", "spam", "trash", "other")
STATUS = "account.json"
_STATE = "state.json"


def place_of(role: str, name: str) -> str:
    """Return where a folder lies below the mirror: its role, then its name as one plain word."""
    word = quote(name, safe=" ")
    if len(word) > 180:
        word = word[:140] + "-" + hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"{role}/={word}"


def content_key(message_id: str, size: int) -> tuple[str, int] | None:
    """Return what tells that two mails of an account are the same bytes; None without an id."""
    if not message_id.strip():
        return None
    return hashlib.sha256(message_id.strip().encode()).hexdigest()[:16], size


def flag_letters(flags: Iterable[bytes]) -> str:
    """Return IMAP flags as the letters of a Maildir, sorted."""
    return "".join(sorted(_FLAGS[f.lower()] for f in flags if f.lower() in _FLAGS))


@dataclass(frozen=True, slots=True)
class FolderState:
    """Up to which change of the server all that is wanted of a folder is here."""

    uidvalidity: int
    uidnext: int
    exists: int
    modseq: int = 0
    """0 where the server does not count changes."""


class MirrorFolder:
    """One folder: its mails by UID."""

    def __init__(self, path: Path, contents: dict[tuple[str, int], Path]) -> None:
        self.path = path
        self._contents = contents
        self._cur, self._tmp = path / "cur", path / "tmp"
        # One by one: the mode counts for the last part of a path alone.
        for folder in (path.parent, path, self._cur, self._tmp):
            folder.mkdir(exist_ok=True, mode=0o700)
        for half in self._tmp.iterdir():
            half.unlink()
        self._names: dict[tuple[int, int], str] = {}
        self._unsaved: list[Path] = []
        for mail in self._cur.iterdir():
            if found := _NAME.fullmatch(mail.name):
                self._names[int(found[1]), int(found[2])] = mail.name
                self._contents.setdefault((found[3], int(found[4])), mail)

    def uids(self, uidvalidity: int) -> set[int]:
        """Return the UIDs that are here."""
        return {uid for validity, uid in self._names if validity == uidvalidity}

    def same(self, key: tuple[str, int] | None) -> Path | None:
        """Return a mail of the account with the same content that is here already."""
        path = self._contents.get(key) if key else None
        return path if path is not None and path.exists() else None

    def keep(
        self,
        where: tuple[int, int],
        key: tuple[str, int] | None,
        size: int,
        flags: str,
        received: datetime | None,
        data: bytes | Path,
    ) -> None:
        """Store a mail whole, or not at all; ``data`` may be another file with the same bytes."""
        name = f"V{where[0]}U{where[1]}.{key[0] if key else NO_ID},S={size}:2,{flags}"
        half, whole = self._tmp / f"{where[0]}.{where[1]}", self._cur / name
        half.unlink(missing_ok=True)
        if isinstance(data, Path):
            os.link(data, half)
        else:
            fd = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "wb") as stream:
                stream.write(data)
            if received is not None and 0 < received.timestamp() < 2**33:
                os.utime(half, (received.timestamp(),) * 2)
        half.rename(whole)
        self._names[where] = name
        self._unsaved.append(whole)
        if key:
            self._contents[key] = whole

    def path_of(self, where: tuple[int, int]) -> Path | None:
        """Return where a mail lies."""
        name = self._names.get(where)
        return self._cur / name if name is not None else None

    def replace(self, where: tuple[int, int], data: bytes) -> None:
        """Put more of a mail in the place of what was here, whole and safe on the disk."""
        path = self.path_of(where)
        if path is None:
            return
        received = path.stat().st_mtime_ns
        half = self._tmp / f"{where[0]}.{where[1]}"
        half.unlink(missing_ok=True)
        fd = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.utime(half, ns=(received, received))
        half.rename(path)

    def relink(self, key: tuple[str, int], path: Path) -> None:
        """Have all copies of a mail be the file that holds the most of it."""
        for where, name in self._names.items():
            found = _NAME.fullmatch(name)
            mine = self._cur / name
            if found and (found[3], int(found[4])) == key and mine != path:
                half = self._tmp / f"{where[0]}.{where[1]}"
                half.unlink(missing_ok=True)
                os.link(path, half)
                half.rename(mine)

    def set_flags(self, where: tuple[int, int], flags: str) -> None:
        """Note a mail's flags in its name."""
        old = self._names.get(where)
        if old is None:
            return
        new = f"{old.partition(':')[0]}:2,{flags}"
        if new == old:
            return
        with contextlib.suppress(FileNotFoundError):
            (self._cur / old).rename(self._cur / new)
            self._names[where] = new
            self._moved(old, self._cur / new)

    def drop(self, wheres: Iterable[tuple[int, int]]) -> int:
        """Remove mails that are no longer on the server; return how many."""
        count = 0
        for where in list(wheres):
            name = self._names.pop(where, None)
            if name is not None:
                (self._cur / name).unlink(missing_ok=True)
                self._moved(name, None)
                count += 1
        return count

    def drop_others(self, uidvalidity: int) -> int:
        """Remove what was named under another UIDVALIDITY."""
        return self.drop([where for where in self._names if where[0] != uidvalidity])

    def _moved(self, name: str, path: Path | None) -> None:
        found = _NAME.fullmatch(name)
        if found is None:
            return
        key = found[3], int(found[4])
        if self._contents.get(key) == self._cur / name:
            if path is None:
                del self._contents[key]
            else:
                self._contents[key] = path

    # --- what is complete -------------------------------------------------------------------

    def state(self) -> FolderState | None:
        """Return up to where all is here; None if that is not known."""
        try:
            value = json.loads((self.path / _STATE).read_text())
            return FolderState(**{name: int(value[name]) for name in FolderState.__slots__})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, state: FolderState) -> None:
        """Note that all up to a state is here, after it is safe on the disk."""
        for path in self._unsaved:
            with contextlib.suppress(FileNotFoundError):
                fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                try:
                    os.fsync(fd)
                finally:
                    os.close(fd)
        if self._unsaved:
            _sync_folder(self._cur)
        self._unsaved.clear()
        write_json(self.path / _STATE, asdict(state))


def where_of(name: str) -> tuple[tuple[int, int], tuple[str, int]] | None:
    """Return what a mail's file name says: (UIDVALIDITY, UID), and what tells its content."""
    found = _NAME.fullmatch(name)
    return ((int(found[1]), int(found[2])), (found[3], int(found[4]))) if found else None


class Mirror:
    """All folders of an account, and how the account is."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folders: dict[str, MirrorFolder] = {}
        self._contents: dict[tuple[str, int], Path] = {}
        for place in self.places():
            self._folders[place] = MirrorFolder(root / place, self._contents)

    def places(self) -> list[str]:
        """Return the folders that are here, as ``place_of`` names them."""
        return [
            f"{role}/{one.name}"
            for role in ROLES
            if (self.root / role).is_dir()
            for one in sorted((self.root / role).iterdir())
            if one.name.startswith("=") and one.is_dir()
        ]

    def folder(self, role: str, name: str) -> MirrorFolder:
        """Return a folder; one that has another role by now is moved there first."""
        place = place_of(role, name)
        if place not in self._folders:
            for other in ROLES:
                before = place_of(other, name)
                if before in self._folders:
                    (self.root / role).mkdir(exist_ok=True, mode=0o700)
                    (self.root / before).rename(self.root / place)
                    del self._folders[before]
            self._folders[place] = MirrorFolder(self.root / place, self._contents)
        return self._folders[place]

    def relink(self, key: tuple[str, int], path: Path) -> None:
        """Have the copies of a mail in all folders be this file."""
        if key[0] != NO_ID:
            for folder in self._folders.values():
                folder.relink(key, path)

    def keep_only(self, places: Iterable[str]) -> list[str]:
        """Remove the folders that are no longer on the server or not wanted; return them."""
        import shutil

        gone = [place for place in self._folders if place not in set(places)]
        for place in gone:
            del self._folders[place]
            shutil.rmtree(self.root / place, ignore_errors=True)
        return gone


def write_json(path: Path, value: Mapping[str, object]) -> None:
    """Replace a small file whole; readable by the user alone."""
    half = path.with_name(f"{path.name}.half")
    fd = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as stream:
        json.dump(value, stream)
        stream.flush()
        os.fsync(stream.fileno())
    half.rename(path)


def _sync_folder(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
