"""The files of a plugin before it is installed: out of a folder or a wheel, bounded, nothing run.

Of a wheel only the package that its entry point names is taken. What else a wheel could bring
(``.pth`` files, scripts, data, compiled code) never reaches the disk.
"""

from __future__ import annotations

import configparser
import email.parser
import hashlib
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from samantha.api.errors import UserError
from samantha.app.plugin_files import Unfit, read_file
from samantha.app.plugin_finding import GROUP

MOST_FILES = 300
MOST_BYTES = 4 << 20
MOST_WHEEL_BYTES = 16 << 20
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}")
_COMPILED = (".so", ".pyd", ".dll", ".dylib", ".pyc", ".pyo", ".exe", ".pth")
_NOTHING = "Nothing was installed."


@dataclass(frozen=True, slots=True)
class Package:
    """A plugin that could be installed."""

    files: Mapping[str, bytes]
    """By path in the plugin's folder, ``plugin.toml`` among them."""
    origin: str
    """Where it is from, in words."""
    where: str
    """What to install again for an update, as the user would type it."""
    distribution: str = ""
    """Name and version of the distribution that brought it, or ''."""


def files_of_folder(folder: Path) -> dict[str, bytes]:
    """Return the files of a plugin's folder; caches and hidden files are left out."""
    found: dict[str, bytes] = {}
    size = 0
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        _check_name(name, str(folder))
        data = _read(path)
        size += len(data)
        found[name] = data
        _check_bounds(len(found), size, str(folder))
    if "plugin.toml" not in found or "__init__.py" not in found:
        raise UserError(
            f"{folder} is no plugin.",
            "A plugin is a folder with plugin.toml and __init__.py.",
            "samantha plugins new my_plugin",
        )
    return found


def plugin_folder_in(folder: Path) -> Path | None:
    """Return the one plugin folder in a project: itself, below it, or below ``src``; else None."""
    if (folder / "plugin.toml").is_file():
        return folder
    found = [p.parent for p in (*folder.glob("*/plugin.toml"), *folder.glob("src/*/plugin.toml"))]
    return found[0] if len(found) == 1 else None


def package_of_wheel(path: Path, where: str) -> Package:
    """Return the plugin in a wheel, by its entry point; nothing else of the wheel is looked at."""
    digest = hashlib.sha256()
    if path.exists() and not path.is_file():
        raise UserError(f"{path} is no file.", _NOTHING, f"ls -ld {path}")
    try:
        if path.stat().st_size > MOST_WHEEL_BYTES:
            # Its table of contents alone may be more than memory holds.
            raise _refused(path.name, f"it is larger than {MOST_WHEEL_BYTES >> 20} MiB")
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
        with zipfile.ZipFile(path) as wheel:
            files, distribution = _plugin_in(wheel, path.name)
    except OSError as problem:
        raise UserError(
            f"{path} cannot be read: {problem.strerror}.", _NOTHING, f"ls -l {path}"
        ) from problem
    except (
        *(zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError),
        zlib.error,
    ) as problem:
        raise UserError(f"{path.name} is no wheel.", _NOTHING, f"ls -l {path}") from problem
    origin = f"wheel {path.name}, sha256 {digest.hexdigest()}"
    return Package(files, origin, where, distribution)


# --- a folder --------------------------------------------------------------------------------


def _walk(folder: Path) -> Iterator[Path]:
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(n for n in folders if not n.startswith(".") and n != "__pycache__")
        for name in sorted(names):
            if not name.startswith(".") and not name.endswith(".pyc"):
                yield Path(at) / name


def _read(path: Path) -> bytes:
    try:
        return read_file(str(path), None, MOST_BYTES, str(path))
    except Unfit as problem:
        raise UserError(f"{problem.reason}.", _NOTHING, f"ls -l {path}") from problem
    except OSError as problem:
        means = "A plugin holds plain files, no links." if path.is_symlink() else _NOTHING
        raise UserError(f"{path}: {problem.strerror}.", means, f"ls -l {path}") from problem


# --- a wheel ---------------------------------------------------------------------------------


def _plugin_in(wheel: zipfile.ZipFile, name: str) -> tuple[dict[str, bytes], str]:
    infos = wheel.infolist()
    _check_bounds(len(infos), sum(i.file_size for i in infos), name)
    info_folder = _one(
        {i.filename.partition("/")[0] for i in infos if ".dist-info/" in i.filename}, name
    )
    metadata = email.parser.Parser().parsestr(_text(wheel, f"{info_folder}/METADATA", name))
    _check_needs(metadata.get_all("Requires-Dist") or [], name)
    package = _entry_point(_text(wheel, f"{info_folder}/entry_points.txt", name), name)
    root = package.replace(".", "/") + "/"
    files: dict[str, bytes] = {}
    for info in infos:
        if not info.filename.startswith(root) or info.is_dir():
            continue
        inner = info.filename.removeprefix(root)
        _check_name(inner, name)
        if inner in files:
            raise _refused(name, f"it holds {inner} twice")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise _refused(name, f"{inner} is a link")
        files[inner] = _bytes(wheel, info, name)
    if "plugin.toml" not in files or "__init__.py" not in files:
        raise _refused(name, f"its package {package} holds no plugin.toml and __init__.py")
    return files, f"{metadata['Name']} {metadata['Version']}"


def _entry_point(text: str, name: str) -> str:
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as problem:
        raise _refused(name, "its entry_points.txt cannot be read") from problem
    points = dict(parser[GROUP]) if parser.has_section(GROUP) else {}
    if len(points) != 1:
        raise _refused(name, f"it names {len(points)} entry points in the group {GROUP}, not one")
    package = next(iter(points.values())).partition(":")[0].strip()
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", package):
        raise _refused(name, "its entry point names no package")
    return package


def _check_needs(needs: list[str], name: str) -> None:
    for need in needs:
        wanted = re.match(r"[A-Za-z0-9._-]+", need)
        if wanted and wanted[0].lower() != "samantha" and "extra ==" not in need:
            raise _refused(name, f"it needs {wanted[0]}; a plugin has the standard library alone")


def _text(wheel: zipfile.ZipFile, member: str, name: str) -> str:
    try:
        return _bytes(wheel, wheel.getinfo(member), name).decode("utf-8", "replace")
    except KeyError as problem:
        raise _refused(name, f"it has no {member.rpartition('/')[2]}") from problem


def _bytes(wheel: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> bytes:
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _refused(name, f"{info.filename} is packed as no wheel is")
    # What a member's header says of its size may be a lie.
    with wheel.open(info) as stream:
        data = stream.read(MOST_BYTES + 1)
    _check_bounds(1, len(data), name)
    return data


def _one(names: set[str], wheel: str) -> str:
    if len(names) != 1:
        raise _refused(wheel, "it holds no distribution, or several")
    return next(iter(names))


# --- bounds ----------------------------------------------------------------------------------


def _check_name(name: str, of: str) -> None:
    parts = name.split("/")
    if not all(_PART.fullmatch(part) for part in parts) or len(parts) > 8:
        raise _refused(of, f"{name!r} is no name for a plugin's file")
    if name.lower().endswith(_COMPILED):
        raise _refused(of, f"{name} is compiled code; a plugin is Python that can be read")


def _check_bounds(count: int, size_bytes: int, of: str) -> None:
    if count > MOST_FILES:
        raise _refused(of, f"it has more than {MOST_FILES} files")
    if size_bytes > MOST_BYTES:
        raise _refused(of, f"it is larger than {MOST_BYTES >> 20} MiB")


def _refused(of: str, why: str) -> UserError:
    return UserError(f"{of} is not installed: {why}.", _NOTHING, "samantha plugins list")
