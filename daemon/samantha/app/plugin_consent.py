"""The user's yes to a plugin from outside: to these files, and to what its manifest asks for."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from samantha.api.errors import UserError
from samantha.app.editing import edit_this
from samantha.app.plugin_files import Snapshot, Unfit, snapshot
from samantha.app.plugin_installing import origin_of
from samantha.app.plugin_lock import Agreed, Lock, changes
from samantha.app.plugins import Listed, Manifest, read_manifest

if TYPE_CHECKING:
    from samantha.app.assembly import Assembly


@dataclass(frozen=True, slots=True)
class Verified:
    """A plugin of the lockfile, and what differs from that now."""

    name: str
    version: str
    origin: str
    agreed: datetime | None
    """None for one that was installed, and that nobody agreed to yet."""
    files: Mapping[str, str]
    changes: tuple[str, ...]


def as_it_is(a: Assembly, name: str) -> tuple[Manifest, Snapshot]:
    """Return a plugin as it is on the disk at this moment: what is shown is what is agreed to."""
    manifest, files = _whole(_folder(a, name))
    if manifest.name != name:
        raise UserError(
            f"The folder of '{name}' holds another plugin now, {manifest.name}.",
            "Nothing was changed.",
            "samantha plugins list",
        )
    return manifest, files


def agree(a: Assembly, manifest: Manifest, files: Snapshot) -> None:
    """Keep the user's yes to exactly these files."""
    origin = origin_of(a.state, manifest.name)
    row = next((r.manifest for r in a.listed if r.name == manifest.name and r.manifest), None)
    told = origin.origin if origin else (row.origin if row else "") or f"folder {manifest.folder}"
    Lock(a.places.plugin_lock).agree(manifest, files, told, a.clock.now())


def withdraw(a: Assembly, name: str) -> None:
    """Forget the user's yes."""
    Lock(a.places.plugin_lock).withdraw(name)


def has_agreed(a: Assembly, name: str) -> bool:
    """Tell whether the user agreed to some version of a plugin."""
    return name in _read(a)


def own_plugin(a: Assembly, name: str) -> Path:
    """Return the folder of one of the user's own plugins, or say which there are."""
    folder = a.places.plugins / name
    if "/" not in name and (folder / "plugin.toml").is_file():
        return folder
    row = next((row for row in a.listed if row.name == name), None)
    if row is not None and row.manifest is not None and row.manifest.builtin:
        raise UserError(
            f"'{name}' is built in.",
            "It comes and goes with samantha itself; it can be switched off.",
            f"samantha plugins disable {name}",
        )
    if row is not None and row.manifest is not None:
        raise UserError(
            f"'{name}' lies in {row.manifest.folder}.",
            "It was installed by pip, and is taken out by pip.",
            f"samantha plugins disable {name}",
        )
    near = difflib.get_close_matches(name, [r.name for r in a.listed], 1)
    raise UserError(
        f"There is no plugin '{name}'." + (f" Did you mean '{near[0]}'?" if near else ""),
        "",
        "samantha plugins list",
    )


def differences(old: Path, manifest: Manifest) -> list[str]:
    """Return in words how a plugin differs from the one that lies in ``old``."""
    before, files_before = _whole(old)
    _, files = _whole(manifest.folder)
    was = Agreed(
        before.name,
        before.version,
        "",
        before.permissions.reads,
        before.permissions.proposes,
        files_before.digests(),
        datetime.min,
    )
    return changes(was, manifest, files.digests())


def changed_since(a: Assembly, manifest: Manifest, files: Snapshot) -> list[str]:
    """Return in words what differs from what was agreed to, or else from what was installed."""
    known = _read(a).get(manifest.name) or _installed(a).get(manifest.name)
    return changes(known, manifest, files.digests()) if known is not None else []


def verified(a: Assembly) -> list[Verified]:
    """Compare all that was agreed to, and all that was installed, with what is on the disk."""
    found = {row.name: row.manifest for row in a.listed if row.manifest is not None}
    agreed, installed = _read(a), _installed(a)
    rows = [_verified(one, found.get(one.name)) for one in agreed.values()]
    rows += [
        replace(_verified(one, found.get(one.name)), agreed=None)
        for one in installed.values()
        if one.name not in agreed
    ]
    return sorted(rows, key=lambda row: row.name)


def _verified(agreed: Agreed, manifest: Manifest | None) -> Verified:
    told: list[str]
    if manifest is None:
        told = ["it is gone, or its manifest is not in order"]
    else:
        try:
            told = changes(agreed, manifest, snapshot(manifest.folder).digests())
        except Unfit as problem:
            told = [problem.reason]
    return Verified(
        agreed.name, agreed.version, agreed.origin, agreed.at, agreed.files, tuple(told)
    )


def _folder(a: Assembly, name: str) -> Path:
    own = a.places.plugins / name
    row = next((row for row in a.listed if row.name == name), None)
    return row.manifest.folder if row is not None and row.manifest is not None else own


def _read(a: Assembly) -> dict[str, Agreed]:
    return _of_lock(a, Lock.read)


def _installed(a: Assembly) -> dict[str, Agreed]:
    return _of_lock(a, Lock.read_installed)


def _of_lock(a: Assembly, part: Callable[[Lock], dict[str, Agreed]]) -> dict[str, Agreed]:
    try:
        return part(Lock(a.places.plugin_lock))
    except Unfit as problem:
        raise UserError(
            f"What you agreed to cannot be told: {problem.reason}.",
            "No plugin from outside is started until it can be.",
            f"ls -l {a.places.plugin_lock}",
        ) from problem


def _whole(folder: Path) -> tuple[Manifest, Snapshot]:
    manifest = read_manifest(folder, builtin=False)
    if isinstance(manifest, Listed):
        raise UserError(
            f"The manifest of '{folder.name}' is not in order: {manifest.reason}.",
            "plugin.toml says what the plugin may see; nothing was agreed to.",
            edit_this(str(folder / "plugin.toml")),
        )
    try:
        return manifest, snapshot(folder)
    except Unfit as problem:
        raise UserError(
            f"The files of '{folder.name}' cannot be vouched for: {problem.reason}.",
            "",
            f"ls -laR {folder}",
        ) from problem
