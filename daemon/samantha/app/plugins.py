"""Finding, loading and calling plugins. A broken one is a state with a reason, never a crash."""

from __future__ import annotations

import dataclasses
import difflib
import importlib.util
import logging
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any

from samantha.api.actions import ACTION_TYPES
from samantha.api.plugin import Context, Moment, Plugin, Silence
from samantha.api.types import Suggestion
from samantha.core.admit import Permissions
from samantha.core.text import inert

API = 1
READS = ("files", "mail")
ANSWERS_LIMIT = 2_000
REASON_LIMIT = 300
"""Characters of an error that is told as the reason of a state."""
log = logging.getLogger(__name__)


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


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of `samantha plugins list`."""

    name: str
    state: PluginState
    reason: str
    manifest: Manifest | None


def builtin_folder() -> Path:
    """Return the folder of the built-in plugins, in a checkout and in a wheel alike."""
    spec = importlib.util.find_spec("samantha_plugins")
    if spec is None or spec.origin is None:
        return Path(__file__).parents[3] / "plugins"
    return Path(spec.origin).parent


def listed(
    own: Path,
    settings: Mapping[str, Mapping[str, Any]],
    consented: Callable[[str], bool],
    switched: Callable[[str], str],
) -> list[Listed]:
    """List all plugins without importing any.

    ``settings`` are the ``[plugins.*]`` tables, ``consented`` tells whether the user agreed to a
    plugin from outside, ``switched`` returns ``on``, ``off`` or '' as set on the command line.
    """
    rows: dict[str, Listed] = {}
    for folder, builtin in ((builtin_folder(), True), (own, False)):
        if not folder.is_dir():
            continue
        for path in sorted(folder.iterdir()):
            if not (path / "plugin.toml").is_file():
                continue
            manifest = read_manifest(path, builtin=builtin)
            if isinstance(manifest, Listed):
                rows.setdefault(manifest.name, manifest)
                continue
            # A stranger's plugin never takes the name of a built-in one.
            if manifest.name not in rows:
                rows[manifest.name] = _state(manifest, settings, consented, switched)
    return list(rows.values())


def _state(
    manifest: Manifest,
    settings: Mapping[str, Mapping[str, Any]],
    consented: Callable[[str], bool],
    switched: Callable[[str], str],
) -> Listed:
    table = settings.get(manifest.name, {})
    if switched(manifest.name) == "off":
        return Listed(manifest.name, PluginState.DISABLED, "switched off by you", manifest)
    if table.get("enabled") is False:
        return Listed(
            manifest.name, PluginState.DISABLED, "enabled = false in config.toml", manifest
        )
    if not manifest.builtin and not consented(manifest.name):
        reason = f"not built in: samantha plugins enable {manifest.name}"
        return Listed(manifest.name, PluginState.NEEDS_CONSENT, reason, manifest)
    return Listed(manifest.name, PluginState.ENABLED, "", manifest)


def read_manifest(folder: Path, *, builtin: bool) -> Manifest | Listed:
    """Read plugin.toml; a bad one is listed with its reason."""

    def bad(reason: str, state: PluginState = PluginState.BAD_MANIFEST) -> Listed:
        return Listed(folder.name, state, reason, None)

    path = folder / "plugin.toml"
    try:
        if path.stat().st_size > 64 * 1024:
            return bad("plugin.toml is larger than 64 KiB")
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        return bad(f"plugin.toml: {problem}")
    name = raw.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]{1,39}", name):
        return bad("name must be lower-case letters, digits and _")
    if raw.get("api") != API:
        return bad(f"made for api {raw.get('api')}, this is api {API}", PluginState.WRONG_API)
    for key, known in (("reads", READS), ("proposes", tuple(ACTION_TYPES))):
        values = raw.get(key, [])
        if not isinstance(values, list):
            return bad(f"{key} must be a list")
        for value in values:
            if value not in known:
                near = difflib.get_close_matches(str(value), known, 1)
                hint = f"; did you mean '{near[0]}'?" if near else ""
                return bad(f"{key}: unknown '{value}'{hint}")
    return Manifest(
        name=name,
        version=str(raw.get("version", "")),
        summary=str(raw.get("summary", ""))[:200],
        permissions=Permissions(tuple(raw.get("reads", ())), tuple(raw.get("proposes", ()))),
        folder=folder,
        builtin=builtin,
    )


@dataclass(slots=True)
class Running:
    """An enabled plugin, loaded."""

    manifest: Manifest
    plugin: Plugin
    config: Any
    failures: int = 0
    last_failure: str = ""

    def call(
        self, moment: Moment, context: Callable[[Permissions, Any], Context]
    ) -> Sequence[Suggestion | Silence]:
        """Ask the plugin; one that raises costs its own answer only."""
        try:
            answers = self.plugin.suggest(moment, context(self.manifest.permissions, self.config))
            return _bounded(answers)
        except Exception as problem:
            self.failures += 1
            self.last_failure = type(problem).__name__
            # The text of the exception may quote a document: only its type is logged.
            log.warning("plugin %s failed: %s", self.manifest.name, type(problem).__name__)
            log.debug("plugin %s", self.manifest.name, exc_info=True)
            return ()


def _bounded(answers: Iterable[object]) -> list[Suggestion | Silence]:
    kept: list[Suggestion | Silence] = []
    for answer in answers:
        if isinstance(answer, Suggestion | Silence):
            kept.append(answer)
        if len(kept) >= ANSWERS_LIMIT:
            break
    return kept


def troubles(rows: Iterable[Listed], running: Iterable[Running]) -> list[tuple[str, str]]:
    """Return (name, why) of the plugins that the user may think are at work, and that are not."""
    fine = (PluginState.ENABLED, PluginState.DISABLED, PluginState.NEEDS_CONSENT)
    found = [(row.name, f"{row.state}: {row.reason}") for row in rows if row.state not in fine]
    found += [
        (one.manifest.name, f"it failed {one.failures}×, last over {one.last_failure}")
        for one in running
        if one.failures
    ]
    return found


def load(manifest: Manifest, table: Mapping[str, Any]) -> Running | Listed:
    """Import a plugin and read its configuration."""
    try:
        module = _module(manifest)
    except Exception as problem:
        log.debug("plugin %s", manifest.name, exc_info=True)
        # No document has been read here: the words are the plugin's own.
        reason = inert(f"{type(problem).__name__} while importing: {problem}", REASON_LIMIT)
        return Listed(manifest.name, PluginState.FAILED_TO_LOAD, reason, manifest)
    plugin = getattr(module, "plugin", None)
    if not isinstance(plugin, Plugin):
        reason = "the module does not end in plugin = Plugin(Config, suggest)"
        return Listed(manifest.name, PluginState.FAILED_TO_LOAD, reason, manifest)
    values = {k: v for k, v in table.items() if k != "enabled"}
    known = {f.name for f in dataclasses.fields(plugin.config)}
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = (
                f"; did you mean '{near[0]}'?" if near else f"; known: {', '.join(sorted(known))}"
            )
            reason = f"[plugins.{manifest.name}]: nothing is called '{key}'{hint}"
            return Listed(manifest.name, PluginState.BAD_CONFIG, reason, manifest)
    try:
        return Running(manifest, plugin, _typed(plugin.config, values))
    except (TypeError, ValueError) as problem:
        reason = f"[plugins.{manifest.name}]: {str(problem).splitlines()[0]}"
        return Listed(manifest.name, PluginState.BAD_CONFIG, reason, manifest)


def _typed(config: type[Any], values: Mapping[str, Any]) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(config).validate_python(dict(values))


def _module(manifest: Manifest) -> ModuleType:
    name = (
        f"samantha_plugins.{manifest.name}" if manifest.builtin else f"samantha_own_{manifest.name}"
    )
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(
        name,
        manifest.folder / "__init__.py",
        submodule_search_locations=[str(manifest.folder)],
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"no __init__.py in {manifest.folder}")
    module = importlib.util.module_from_spec(spec)
    with ExitStack() as undo:
        sys.modules[name] = module
        undo.callback(sys.modules.pop, name, None)
        spec.loader.exec_module(module)
        undo.pop_all()
    return module
