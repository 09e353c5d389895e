"""A plugin index: one static file, signed, that names plugins, their permissions and wheels.

The first line holds the signature, the rest is JSON. It lies on any web server or in a folder, with
the wheels beside it. Whoever keeps it vouches for the list; what a plugin may do is still the
user's to allow. A copy that was once believed stays on the disk: it answers without a network, and
an older file than it is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from samantha.adapters.plugin_index_fetch import Unreachable, beside, fetch
from samantha.adapters.plugin_index_signature import sign, signed
from samantha.api.errors import UserError
from samantha.app.places import Places
from samantha.core.text import inert

INDEX_BYTES = 4 << 20
WHEEL_BYTES = 8 << 20
LASTS = timedelta(days=180)
"""How long an issue may be installed from."""
_HEAD = "samantha-plugins 1 "
_WHEEL = r"^[A-Za-z0-9][A-Za-z0-9_.+-]{0,180}\.whl$"


class Entry(BaseModel):
    """One plugin of an index."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")
    version: str = Field(max_length=40)
    api: int
    summary: str = Field(default="", max_length=200)
    reads: tuple[str, ...] = Field(default=(), max_length=10)
    proposes: tuple[str, ...] = Field(default=(), max_length=20)
    wheel: str = Field(pattern=_WHEEL)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size_bytes: int = Field(ge=1, le=WHEEL_BYTES)


class IndexFile(BaseModel):
    """What stands below the signature."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    serial: int = Field(ge=1)
    """Grows with every issue; an older one is refused."""
    issued: AwareDatetime
    expires: AwareDatetime | None = None
    """After which nothing is installed from it: whoever holds back newer issues gains no more."""
    plugins: tuple[Entry, ...] = Field(default=(), max_length=5_000)


@dataclass(frozen=True, slots=True)
class KnownIndex:
    """A configured index: where it lies, and whose signature is believed."""

    name: str
    place: str
    key: str
    ca: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A plugin of an index."""

    index: KnownIndex
    entry: Entry
    expired: bool = False
    """Whether the issue that names it should have been followed by a newer one."""

    def wheel(self) -> bytes:
        """Fetch the wheel; other bytes than the index names are refused."""
        if self.expired:
            raise UserError(
                f"The index '{self.index.name}' is out of date.",
                "Its keeper renews it before its time is over; somebody may hide a newer one from "
                "you. Nothing was installed.",
                "samantha plugins search",
            )
        place = beside(self.index.place, self.entry.wheel)
        data = fetch(place, WHEEL_BYTES, ca=self.index.ca)
        if hashlib.sha256(data).hexdigest() != self.entry.sha256:
            raise UserError(
                f"{self.entry.wheel} is not the file that the index '{self.index.name}' names.",
                "Its sha256 differs: it was damaged or exchanged. Nothing was installed.",
                "samantha plugins search",
            )
        return data


def look_up(
    indexes: Iterable[KnownIndex], places: Places, now: datetime
) -> tuple[list[Found], list[str]]:
    """Return all plugins of the configured indexes, and notes on what could not be asked."""
    found: list[Found] = []
    notes: list[str] = []
    silent: list[Unreachable] = []
    for index in (known := list(indexes)):
        try:
            file, note = _current(index, places)
        except Unreachable as problem:
            silent.append(problem)
            notes.append(f"The index '{index.name}' is left out: {problem.what}")
            continue
        notes += [note] if note else []
        if expired := file.expires is not None and file.expires <= now:
            notes.append(f"The index '{index.name}' is out of date since {file.expires:%Y-%m-%d}.")
        found += [Found(index, entry, expired) for entry in file.plugins]
    if silent and len(silent) == len(known):
        raise silent[0]
    return found, notes


def matching(found: Iterable[Found], words: Sequence[str]) -> list[Found]:
    """Return the plugins whose name or summary holds every word."""
    wanted = [word.casefold() for word in words]
    return [
        one
        for one in found
        if all(w in f"{one.entry.name} {one.entry.summary}".casefold() for w in wanted)
    ]


def read_index(data: bytes, index: KnownIndex) -> IndexFile:
    """Return what an index says, if the owner of its key signed it."""
    head, _, text = data.partition(b"\n")
    line = head.decode("ascii", "replace")
    if not line.startswith(_HEAD):
        raise UserError(
            f"{index.place} is no plugin index.",
            "A login page of this network may stand in between, or the address is wrong.",
            "samantha config check",
        )
    if not signed(text, line.removeprefix(_HEAD).strip(), index.key):
        raise UserError(
            f"The signature of the index '{index.name}' is wrong.",
            "It was changed, or is signed by somebody else than the key in config.toml. "
            "Nothing of it was used.",
            "samantha config check",
        )
    try:
        return IndexFile.model_validate_json(text)
    except ValidationError as problem:
        first = problem.errors()[0]
        told = inert(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}", 200)
        raise UserError(
            f"The index '{index.name}' is not in order: {told}.",
            "It is signed, but of another format than this samantha reads.",
            "samantha plugins search",
        ) from problem


def index_text(
    entries: Sequence[Entry],
    serial: int,
    issued: datetime,
    private: str,
    *,
    lasts: timedelta = LASTS,
) -> bytes:
    """Return the bytes of a signed index."""
    expires = issued + lasts
    file = IndexFile(serial=serial, issued=issued, expires=expires, plugins=tuple(entries))
    text = json.dumps(file.model_dump(mode="json"), ensure_ascii=False, indent=1).encode() + b"\n"
    return f"{_HEAD}{sign(text, private)}\n".encode() + text


# --- the copy on the disk --------------------------------------------------------------------


def _current(index: KnownIndex, places: Places) -> tuple[IndexFile, str]:
    """Return the newest issue that can be had, with a note where it is an old copy."""
    copy = places.data / "plugin-indexes" / f"{index.name}.index"
    kept = _kept(copy, index)
    try:
        data = fetch(index.place, INDEX_BYTES, ca=index.ca)
    except Unreachable as problem:
        if kept is None:
            raise
        return kept, f"{problem.what} What it said on {kept.issued:%Y-%m-%d} is shown."
    file = read_index(data, index)
    if kept is not None and file.serial < kept.serial:
        raise UserError(
            f"The index '{index.name}' is older than what was here before.",
            f"It is issue {file.serial}; issue {kept.serial} was seen already. Somebody may hide "
            "a correction from you. Nothing of it was used.",
            f"rm {copy}",
        )
    if kept is not None and file.serial == kept.serial and file != kept:
        raise UserError(
            f"The index '{index.name}' is another list than what was here before.",
            f"Both are signed as issue {file.serial}: one of them was made for you alone. Nothing "
            "of it was used.",
            f"rm {copy}",
        )
    if kept is None or file.serial > kept.serial:
        _keep(copy, data)
    return file, ""


def _kept(copy: Path, index: KnownIndex) -> IndexFile | None:
    try:
        return read_index(copy.read_bytes(), index)
    except (OSError, UserError):
        # No copy, or one of another key: as if it had never been asked.
        return None


def _keep(copy: Path, data: bytes) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = copy.with_suffix(".half")
    fd = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as stream:
        stream.write(data)
    half.replace(copy)
