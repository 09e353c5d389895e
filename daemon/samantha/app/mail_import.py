"""What `samantha mail thunderbird --add` writes into config.toml: stores, and who the user is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from samantha.adapters.thunderbird import accounts, profiles, stores
from samantha.app.config_file import change_config, toml_value

if TYPE_CHECKING:
    from samantha.app.config import Config
    from samantha.app.places import Places

_USER = re.compile(r"(?m)^[ \t]*\[[ \t]*user[ \t]*\][ \t]*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class Found:
    """What Thunderbird knows that config.toml does not say yet."""

    names: tuple[str, ...]
    addresses: tuple[str, ...]
    folders: tuple[tuple[str, str], ...]
    """Name of a source and the folder of its mbox files."""


def found(config: Config) -> Found:
    """Look into the profiles that are here."""
    known = [one for profile in profiles() for one in accounts(profile)]
    own = config.identity()
    watched = [str(source.path) for source in config.sources]
    taken = {s.name for s in config.sources} | {a.name for a in config.accounts}
    folders: list[tuple[str, str]] = []
    for profile in profiles():
        for _, folder in stores(profile):
            if not any(Path(folder).is_relative_to(path) for path in watched):
                name = _free("thunderbird", taken)
                taken.add(name)
                folders.append((name, folder))
    return Found(
        _new((one.name for one in known), own.names),
        _new((one.address for one in known), own.addresses),
        tuple(folders),
    )


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free


def _new(words: Iterable[str], known: Sequence[str]) -> tuple[str, ...]:
    have = {word.casefold() for word in known}
    return tuple(w for w in dict.fromkeys(words) if w and w.casefold() not in have)


def add_source(places: Places, name: str, folder: str) -> None:
    """Have a store of mbox files watched; all else in config.toml stays as it is."""
    values = (("name", name), ("kind", "mbox"), ("path", folder))
    table = "\n".join(["[[sources]]", *(f"{key} = {toml_value(value)}" for key, value in values)])

    def edit(text: str) -> str:
        gap = "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
        return f"{text}{gap}{table}\n"

    change_config(places.config_file, edit)


def add_identity(places: Places, names: Sequence[str], addresses: Sequence[str]) -> None:
    """Add names and addresses to ``[user]``; the comments there stay."""

    def edit(text: str) -> str:
        user = tomllib.loads(text).get("user", {})
        if not _USER.search(text):
            text = f"[user]\n\n{text}"
        for key, more in (("addresses", addresses), ("names", names)):
            if more:
                text = _with(text, key, (*user.get(key, ()), *more), there=key in user)
        return text

    change_config(places.config_file, edit)


def _with(text: str, key: str, values: tuple[str, ...], *, there: bool) -> str:
    head = _USER.search(text)
    assert head is not None
    told = f"{key} = {toml_value(values)}"
    if not there:
        return f"{text[: head.end()]}\n{told}{text[head.end() :]}"
    # A list may go over lines; what follows it stays, a comment too. Strings that hold a bracket
    # are no names: then the change is found out to be none that is valid, and is refused.
    old = re.compile(rf"(?m)^[ \t]*{key}[ \t]*=[ \t]*\[[^\]]*\]")
    return text[: head.end()] + old.sub(lambda _: told, text[head.end() :], count=1)
