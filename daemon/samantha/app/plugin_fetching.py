"""Getting a plugin that is to be installed: from a folder, wheel, index, pip or git repository.

Nothing of a plugin is run to get it. pip is asked for finished wheels; a source distribution runs
its author's code when it is built, so it is built only if the user says so. A git repository is
taken as it lies: the plugin's folder in it is copied.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from samantha.api.errors import UserError
from samantha.app.plugin_index import Found
from samantha.app.plugin_package import (
    Package,
    files_of_folder,
    package_of_wheel,
    plugin_folder_in,
)
from samantha.core.text import inert

PATIENCE_S = 300
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,80}[A-Za-z0-9])?(==[A-Za-z0-9.+!]{1,40})?")
_GIT = re.compile(r"git\+(https|ssh|file)://\S+|https://\S+\.git(@\S+)?|git@[\w.-]+:\S+")
_HOW = "samantha plugins install FOLDER"

Agree = Callable[[str], bool]


def package_from(
    where: str, found: Callable[[], Iterable[Found]], agree: Agree, *, build: bool = False
) -> Package:
    """Return the plugin that ``where`` names.

    ``found`` looks into the indexes; ``agree`` asks the user; ``build`` allows to build a source
    distribution, which runs its code.
    """
    path = Path(where).expanduser()
    with tempfile.TemporaryDirectory(prefix="samantha-plugin-") as folder:
        workplace = Path(folder)
        if _GIT.fullmatch(where):
            return _from_git(where, workplace, build)
        if path.is_dir() and "/" in where:
            return _from_folder(path.absolute(), workplace, build)
        if path.suffix == ".whl" or "/" in where:
            return package_of_wheel(path.absolute(), str(path.absolute()))
        return _by_name(where, found, workplace, agree, build)


def _by_name(
    where: str, found: Callable[[], Iterable[Found]], workplace: Path, agree: Agree, build: bool
) -> Package:
    """Return the plugin of a name: of an index before pip; ``index:`` and ``pip:`` say which.

    What an index brought is never updated by pip, nor the other way round: the same name may be
    somebody else's there.
    """
    kind, _, name = where.rpartition(":")
    if not _NAME.fullmatch(name) or kind not in ("", "index", "pip"):
        raise UserError(
            f"'{where}' names no plugin.",
            "A plugin is a folder, a wheel, a name, or the address of a git repository.",
            _HOW,
        )
    for one in found() if kind != "pip" else ():
        if one.entry.name == name:
            return _from_index(one, workplace)
    if kind == "index":
        raise UserError(
            f"None of your indexes has the plugin '{name}' any more.",
            "Nothing was changed.",
            "samantha plugins search",
        )
    return _from_pip(name, workplace, agree, build)


def _from_index(one: Found, workplace: Path) -> Package:
    wheel = workplace / one.entry.wheel
    wheel.write_bytes(one.wheel())
    package = package_of_wheel(wheel, f"index:{one.entry.name}")
    return replace(package, origin=f"index {one.index.name}, {package.origin}")


def _from_folder(path: Path, workplace: Path, build: bool) -> Package:
    folder = plugin_folder_in(path)
    if folder is not None and not build:
        return Package(files_of_folder(folder), f"folder {folder}", str(path))
    if not (path / "pyproject.toml").is_file() and not (path / "setup.py").is_file():
        raise UserError(
            f"There is no plugin in {path}.",
            "A plugin is a folder with plugin.toml and __init__.py.",
            "samantha plugins new my_plugin",
        )
    return package_of_wheel(_built(str(path), workplace, build), str(path))


def _from_git(where: str, workplace: Path, build: bool) -> Package:
    parts = re.fullmatch(r"(?:git\+)?(.+?)(?:@([\w.-]+))?", where)
    assert parts is not None
    address, wanted = parts[1], parts[2] or ""
    clone = workplace / "clone"
    git = _program("git", "Fetching a repository needs git.")
    # No hooks, no filters by LFS, no links, no submodules, no question that nobody answers.
    settings = ("core.symlinks=false", "core.hooksPath=/dev/null", "protocol.ext.allow=never")
    call = [git, *(part for one in settings for part in ("-c", one)), "clone", "--quiet"]
    call += ["--depth=1", *(["--branch", wanted] if wanted else []), "--", address, str(clone)]
    more = {"GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1"}
    _run(call, f"{address} cannot be fetched", more)
    commit = _run([git, "-C", str(clone), "rev-parse", "HEAD"], f"{address} is empty", more)
    found = _from_folder(clone, workplace, build)
    return replace(found, origin=f"git {address}, commit {commit.strip()}", where=where)


def _from_pip(name: str, workplace: Path, agree: Agree, build: bool) -> Package:
    asked = f"'{name}' is in none of your indexes. Ask the package index that pip uses for it?"
    if not agree(asked):
        here = Path(name).is_dir()
        raise UserError(
            "Nothing was installed.",
            f"The folder {name} that lies here is named ./{name}." if here else "",
            f"samantha plugins install {'./' if here else ''}{name}",
        )
    if build:
        return package_of_wheel(_built(name, workplace, build), f"pip:{name}")
    options = ("--no-deps", "--only-binary=:all:", "--dest", str(workplace))
    try:
        _pip("download", *options, "--", name)
    except UserError as problem:
        raise UserError(
            f"There is no wheel of '{name}' to be had.",
            f"{problem.means} A source distribution runs its author's code, as you, when it is "
            "built; to allow that:",
            f"samantha plugins install {name} --build",
        ) from problem
    return package_of_wheel(_only_wheel(workplace, name), f"pip:{name}")


def _built(what: str, workplace: Path, allowed: bool) -> Path:
    """Build a wheel, which runs the code of the project; only if the user has allowed it."""
    if not allowed:
        raise UserError(
            f"{what} has to be built first.",
            "Building runs its author's code on this machine, as you, before you have agreed to "
            "anything it asks for. To allow that:",
            f"samantha plugins install {what} --build",
        )
    place = workplace / "built"
    _pip("wheel", "--no-deps", "--wheel-dir", str(place), "--", what)
    return _only_wheel(place, what)


def _only_wheel(folder: Path, what: str) -> Path:
    wheels = list(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise UserError(f"pip brought no wheel of {what}.", "Nothing was installed.", _HOW)
    return wheels[0]


def _pip(command: str, *words: str) -> str:
    """Run pip of the very Python that runs samantha: its tags are the right ones."""
    # -P: a pip.py in the folder where this was typed is somebody's code.
    if subprocess.run([sys.executable, "-P", "-c", "import pip"], capture_output=True).returncode:
        raise UserError(
            "The Python that runs samantha has no pip.",
            f"It is {sys.executable}. A plugin's folder or wheel can be installed without pip.",
            f"{sys.executable} -m ensurepip",
        )
    call = [sys.executable, "-P", "-m", "pip", command, "--quiet", "--no-input"]
    call += ["--disable-pip-version-check", *words]
    return _run(call, f"pip cannot do it: {words[-1]}", {})


def _run(call: Sequence[str], what: str, more: dict[str, str]) -> str:
    try:
        done = subprocess.run(
            call,
            env={**os.environ, **more},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE_S,
            errors="replace",
        )
    except subprocess.TimeoutExpired as problem:
        raise UserError(f"{what}: it took too long.", "Nothing was installed.", _HOW) from problem
    if done.returncode:
        last = [row for row in done.stderr.splitlines() if row.strip()][-1:]
        said = last[0].strip().removeprefix("ERROR: ") if last else "it does not say why"
        told = inert(said, 300)
        raise UserError(f"{what}.", f"{told}{'' if told.endswith('.') else '.'}", _HOW)
    return done.stdout


def _program(name: str, why: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise UserError(f"There is no {name} on this machine.", why, _HOW)
    return path
