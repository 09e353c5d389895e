"""Making a plugin index out of a folder of wheels."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from samantha.adapters.clock import SystemClock
from samantha.adapters.plugin_index_signature import new_key, public_key
from samantha.api.errors import UserError
from samantha.app.plugin_index import Entry, KnownIndex, index_text, read_index
from samantha.app.plugin_installing import written
from samantha.app.plugin_package import package_of_wheel
from samantha.app.plugins import API, Listed, read_manifest

FILE = "plugins.index"


@dataclass(frozen=True, slots=True)
class Published:
    """An index that was written."""

    path: Path
    entries: tuple[Entry, ...]
    serial: int
    public: str


def publish(folder: Path, key: Path) -> Published:
    """Write a signed index of the wheels in a folder into it."""
    wheels = sorted(folder.glob("*.whl"))
    if not wheels:
        raise UserError(
            f"There is no wheel in {folder}.",
            "An index names the wheels that lie beside it.",
            "python -m pip wheel --no-deps --wheel-dir FOLDER PROJECT",
        )
    entries = tuple(_entry(wheel) for wheel in wheels)
    names = [one.name for one in entries]
    if doubled := next((name for name in names if names.count(name) > 1), ""):
        raise UserError(
            f"Several wheels bring the plugin '{doubled}'.",
            "An index names one version of each.",
            f"ls {folder}",
        )
    private = _private(key)
    path = folder / FILE
    serial = _serial(path, public_key(private)) + 1
    data = index_text(entries, serial, SystemClock().now().astimezone(UTC), private)
    half = path.with_suffix(".half")
    try:
        half.write_bytes(data)
        half.replace(path)
    except OSError as problem:
        raise UserError(
            f"{path} cannot be written: {problem.strerror}.", "", f"ls -ld {folder}"
        ) from problem
    return Published(path, entries, serial, public_key(private))


def _entry(wheel: Path) -> Entry:
    package = package_of_wheel(wheel, str(wheel))
    with tempfile.TemporaryDirectory() as place:
        manifest = read_manifest(written(package, Path(place)), builtin=False)
    if isinstance(manifest, Listed):
        raise UserError(
            f"The plugin in {wheel.name} cannot be used: {manifest.reason}.",
            "No index was written.",
            f"ls -l {wheel}",
        )
    data = wheel.read_bytes()
    return Entry(
        name=manifest.name,
        version=manifest.version,
        api=API,
        summary=manifest.summary,
        reads=manifest.permissions.reads,
        proposes=manifest.permissions.proposes,
        wheel=wheel.name,
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
    )


def _private(path: Path) -> str:
    """Return the private key in a file; makes one, readable by the user alone, if there is none."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as problem:
        raise UserError(
            f"The key cannot be kept in {path}: {problem.strerror}.", "", f"ls -ld {path.parent}"
        ) from problem
    made = new_key()
    with os.fdopen(fd, "w", encoding="ascii") as stream:
        stream.write(made + "\n")
    return made


def _serial(path: Path, public: str) -> int:
    """Return the number of the issue that is there; 0 where there is none of this key."""
    try:
        return read_index(path.read_bytes(), KnownIndex("here", str(path), public)).serial
    except (OSError, UserError):
        return 0
