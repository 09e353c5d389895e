"""Trying a plugin that nobody has agreed to yet: in its jail, or by its own tests."""

from __future__ import annotations

import difflib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from samantha.api.errors import UserError
from samantha.app.editing import edit_this
from samantha.app.hosted import Hosted, hosted
from samantha.app.places import Places
from samantha.app.plugin_files import Snapshot, Unfit, snapshot
from samantha.app.plugin_finding import builtin_folder, found
from samantha.app.plugin_package import plugin_folder_in
from samantha.app.plugins import Listed, Manifest, PluginState, read_manifest
from samantha.app.session import places_and_config


def folder_of(plugin: str) -> Path:
    """Return the folder of a plugin by its name, or that is named."""
    known = _known()
    if plugin in known:
        return known[plugin]
    path = Path(plugin).expanduser().absolute()
    if path.is_dir():
        found = plugin_folder_in(path)
        if found is not None:
            return found
        raise UserError(
            f"There is no plugin in {path}.",
            "A plugin is a folder with plugin.toml and __init__.py.",
            "samantha plugins new my_plugin",
        )
    near = difflib.get_close_matches(plugin, sorted(known), 1)
    raise UserError(
        f"There is no plugin '{plugin}'." + (f" Did you mean '{near[0]}'?" if near else ""),
        "",
        "samantha plugins list",
    )


def installed_name(plugin: str) -> str:
    """Return the name of a plugin that is installed, from its name or its folder."""
    folder = folder_of(plugin)
    for name, known in _known().items():
        if known == folder:
            return name
    raise UserError(
        f"{folder} is not among your plugins.",
        "Your past is replayed with plugins that are installed.",
        f"samantha plugins install {folder}",
    )


def tried(plugin: str, *, watched: bool = False) -> tuple[Manifest, Snapshot, Hosted]:
    """Return a plugin with its files, ready to be started in its jail with its settings."""
    folder = folder_of(plugin)
    manifest = read_manifest(folder, builtin=folder.parent == builtin_folder())
    if isinstance(manifest, Listed):
        raise UserError(
            f"The manifest of '{folder.name}' is not in order: {manifest.reason}.",
            "plugin.toml is read before any code is; nothing was started.",
            edit_this(str(folder / "plugin.toml")),
        )
    files = _files(manifest)
    _, config = places_and_config()
    table = config.plugins.get(manifest.name, {})
    return manifest, files, hosted(manifest, files, table, watched=watched)


def accepts(manifest: Manifest, table: Mapping[str, Any]) -> None:
    """Refuse settings that the plugin does not take; it says so itself, in its jail."""
    one = hosted(manifest, _files(manifest), table)
    try:
        found = one.check()
    finally:
        one.close()
    if found.state is not PluginState.ENABLED:
        raise UserError(
            f"'{manifest.name}' does not take that: {found.reason}.",
            "Nothing was changed.",
            f"samantha plugins config {manifest.name}",
        )


def _files(manifest: Manifest) -> Snapshot:
    try:
        return snapshot(manifest.folder)
    except Unfit as problem:
        raise UserError(
            f"The files of '{manifest.name}' cannot be vouched for: {problem.reason}.",
            "Nothing was started.",
            f"ls -laR {manifest.folder}",
        ) from problem


def run_tests(plugin: str, *, trust: bool) -> int:
    """Run the tests of a plugin with pytest; return 0 if they pass, else 1."""
    folder = folder_of(plugin)
    # In the plugin itself, or in the project that was named.
    project = Path(plugin).expanduser().absolute()
    places = (
        folder / "tests",
        *((project / "tests",) if plugin_folder_in(project) == folder else ()),
    )
    tests = next((place for place in places if place.is_dir()), None)
    if tests is None:
        raise UserError(
            f"'{folder.name}' has no tests.",
            "They stand in a folder 'tests' of the plugin; a new plugin comes with some.",
            "samantha plugins new my_plugin",
        )
    if not trust and _is_strangers(folder):
        raise UserError(
            f"'{folder.name}' was installed, and tests run outside of the jail.",
            "They could do all that you can. If you have read them and trust them:",
            f"samantha plugins test {folder.name} --trust",
        )
    if importlib.util.find_spec("pytest") is None:
        raise UserError(
            "pytest is not in the Python that runs samantha.",
            "A plugin's tests are run by it. With pipx: pipx inject samantha pytest",
            f"{sys.executable} -m pip install pytest",
        )
    # No cache is left in the folder: every file in it counts as the plugin's.
    call = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    call += [f"--rootdir={tests.parent}", str(tests)]
    path = os.pathsep.join(p for p in (str(folder.parent), os.environ.get("PYTHONPATH")) if p)
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    return 1 if subprocess.run(call, env=environment, check=False).returncode else 0


def _is_strangers(folder: Path) -> bool:
    from samantha.adapters.store import Store
    from samantha.app.plugin_installing import origin_of

    places = Places.of_user()
    if folder.parent != places.plugins:
        return folder in _known().values() and folder.parent != builtin_folder()
    if not places.state_db.exists():
        return False
    state = Store(places.state_db)
    try:
        return origin_of(state, folder.name) is not None
    finally:
        state.close()


def _known() -> dict[str, Path]:
    """Return the folders of all plugins: built in, the user's own, and those that pip brought."""
    known: dict[str, Path] = {}
    for one in found(Places.of_user().plugins):
        if one.folder is not None:
            known.setdefault(one.name, one.folder)
    return known
