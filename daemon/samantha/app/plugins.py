"""Finding plugins and how they are, without importing any: by manifest, metadata and hashes."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Any

from samantha.api.actions import ACTION_TYPES
from samantha.app.plugin_files import MANIFEST, Snapshot, Unfit, read_manifest_bytes, snapshot
from samantha.app.plugin_finding import Found, found
from samantha.app.plugin_finding import builtin_folder as builtin_folder
from samantha.app.plugin_lock import Agreed, Lock, changes
from samantha.app.plugin_troubles import Troubles
from samantha.core.admit import Permissions
from samantha.core.text import inert

API = 1
READS = ("files", "mail")
_LONGEST_LINE = 1_000
_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")


class PluginState(StrEnum):
    """How a plugin is."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    NEEDS_CONSENT = "needs_consent"
    WRONG_API = "wrong_api"
    BAD_MANIFEST = "bad_manifest"
    FAILED_TO_LOAD = "failed_to_load"
    BAD_CONFIG = "bad_config"


@dataclass(frozen=True, slots=True)
class Manifest:
    """plugin.toml, read before any code is."""

    name: str
    version: str
    summary: str
    permissions: Permissions
    folder: Path
    builtin: bool
    origin: str = ""
    """Where it comes from: '' for the user's folder, else the distribution's name and version."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of `samantha plugins list`."""

    name: str
    state: PluginState
    reason: str
    manifest: Manifest | None
    files: Snapshot | None = None
    """The files of a plugin from outside that is enabled, as they were agreed to."""


def listed(
    own: Path,
    settings: Mapping[str, Mapping[str, Any]],
    lock: Lock,
    switched: Callable[[str], str],
    troubles: Troubles,
    zone: tzinfo = UTC,
    tried: Collection[str] = (),
) -> list[Listed]:
    """List all plugins without importing any.

    ``settings`` are the ``[plugins.*]`` tables, ``lock`` holds what the user agreed to,
    ``switched`` returns ``on``, ``off`` or '' as set on the command line. A plugin that claims the
    name of another is a row of its own behind that one: the built-in one has it, then the one in
    the user's folder. Those that are ``tried`` need no consent: in a host they can only propose,
    and whoever tries them looks at the proposals alone.
    """
    try:
        agreed, unread = lock.read(), ""
    except Unfit as problem:
        agreed, unread = {}, problem.reason
    rows: dict[str, Listed] = {}
    more: list[Listed] = []
    for one in found(own):
        row = _row(one, settings, agreed, unread, switched, tried)
        if row.name in rows and row.manifest is not None:
            told = f"the name '{row.name}' is taken by {_whose(rows[row.name])}"
            more.append(Listed(row.name, PluginState.BAD_MANIFEST, told, None))
        elif row.name in rows:
            more.append(row)
        else:
            rows[row.name] = _troubled(row, settings, troubles, zone)
    return [*rows.values(), *more]


def _whose(row: Listed) -> str:
    if row.manifest is None:
        return "another plugin"
    return "a built-in plugin" if row.manifest.builtin else f"the plugin in {row.manifest.folder}"


def _row(
    one: Found,
    settings: Mapping[str, Mapping[str, Any]],
    agreed: Mapping[str, Agreed],
    unread: str,
    switched: Callable[[str], str],
    tried: Collection[str],
) -> Listed:
    if one.folder is None:
        told = f"the distribution {one.origin} has no {MANIFEST} beside its code"
        return Listed(one.name, PluginState.BAD_MANIFEST, told, None)
    read = read_manifest(one.folder, builtin=one.builtin)
    if isinstance(read, Listed):
        return read
    manifest = replace(read, origin=one.origin)
    name = manifest.name

    def row(state: PluginState, reason: str) -> Listed:
        return Listed(name, state, reason, manifest)

    if switched(name) == "off":
        return row(PluginState.DISABLED, "switched off by you")
    if settings.get(name, {}).get("enabled") is False:
        return row(PluginState.DISABLED, "enabled = false in config.toml")
    if manifest.builtin:
        return row(PluginState.ENABLED, "")
    ask = f"samantha plugins enable {name}"
    if unread and name not in tried:
        return row(PluginState.NEEDS_CONSENT, unread)
    if name not in agreed and name not in tried:
        return row(PluginState.NEEDS_CONSENT, f"not built in: {ask}")
    try:
        files = snapshot(manifest.folder)
    except Unfit as problem:
        if name in tried:
            return row(PluginState.BAD_MANIFEST, problem.reason)
        return row(PluginState.NEEDS_CONSENT, f"changed since you agreed: {problem.reason}")
    # The manifest that counts is the one among the files that are hashed.
    again = parsed(files.files.get(MANIFEST, b""), manifest.folder, builtin=False)
    if isinstance(again, Listed):
        return again
    manifest = replace(again, origin=one.origin)
    changed = changes(agreed[name], manifest, files.digests()) if name not in tried else []
    if changed:
        told = inert(f"changed since you agreed: {', '.join(changed)}", 300)
        return row(PluginState.NEEDS_CONSENT, f"{told}: {ask}")
    return Listed(name, PluginState.ENABLED, "", manifest, files)


def _troubled(
    row: Listed, settings: Mapping[str, Mapping[str, Any]], troubles: Troubles, zone: tzinfo
) -> Listed:
    """Return the row with what the plugin failed over lately, in whatever process that was."""
    if row.state is not PluginState.ENABLED or row.manifest is None:
        return row
    about = about_of(row.manifest, row.files, settings.get(row.name, {}))
    trouble = troubles.of(row.name, about)
    if trouble is None:
        return row
    state = PluginState(trouble.state) if trouble.state else row.state
    return replace(row, state=state, reason=trouble.told(zone))


def read_manifest(folder: Path, *, builtin: bool) -> Manifest | Listed:
    """Read plugin.toml; a bad one is listed with its reason."""
    try:
        data = read_manifest_bytes(folder)
    except Unfit as problem:
        return Listed(_shown(folder), PluginState.BAD_MANIFEST, problem.reason, None)
    except OSError as problem:
        told = f"{MANIFEST}: {problem.strerror}"
        return Listed(_shown(folder), PluginState.BAD_MANIFEST, told, None)
    return parsed(data, folder, builtin=builtin)


def parsed(data: bytes, folder: Path, *, builtin: bool) -> Manifest | Listed:
    """Return the manifest that the bytes of plugin.toml stand for."""

    def bad(reason: str, state: PluginState = PluginState.BAD_MANIFEST) -> Listed:
        return Listed(_shown(folder), state, inert(reason, 300), None)

    if any(len(row) > _LONGEST_LINE for row in data.splitlines()):
        # A key of ten thousand parts takes the parser a minute.
        return bad(f"{MANIFEST} has a line of more than {_LONGEST_LINE} bytes")
    try:
        raw = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as problem:
        return bad(f"{MANIFEST}: {problem}")
    if type(raw.get("api")) is not int or not -1 < raw["api"] < 10_000:
        return bad("api must be a number: the version of samantha.api it is made for")
    if raw["api"] != API:
        return bad(f"made for api {raw['api']}, this is api {API}", PluginState.WRONG_API)
    name = raw.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return bad("name must be lower-case letters, digits and _")
    for key, known in (("reads", READS), ("proposes", tuple(ACTION_TYPES))):
        if (wrong := _unknown(raw.get(key, []), known)) is not None:
            return bad(f"{key}{wrong}")
    return Manifest(
        name=name,
        version=inert(_text(raw.get("version")), 40),
        summary=inert(_text(raw.get("summary")), 200),
        permissions=Permissions(tuple(raw.get("reads", ())), tuple(raw.get("proposes", ()))),
        folder=folder,
        builtin=builtin,
    )


def _unknown(values: object, known: tuple[str, ...]) -> str | None:
    if not isinstance(values, list):
        return " must be a list"
    for value in values:
        if value not in known:
            told = _text(value)[:60] or "no text"
            near = difflib.get_close_matches(told, known, 1)
            return f": unknown '{told}'" + (f"; did you mean '{near[0]}'?" if near else "")
    return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _shown(folder: Path) -> str:
    return inert(folder.name, 40)


def about_of(manifest: Manifest, files: Snapshot | None, table: Mapping[str, Any]) -> str:
    """Return what names these files with this configuration: another of either is tried anew."""
    code = files.digest() if files is not None else manifest.version
    told = json.dumps([code, dict(table)], sort_keys=True, default=str)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]
