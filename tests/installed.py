"""samantha as somebody has it who never saw its sources: its wheel in an environment of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
_PARTS = ("daemon", "plugins", "systemd")
_FILES = ("pyproject.toml", "README.md", "LICENSE")


def wheel_of(project: Path, place: Path) -> Path:
    """Build a wheel of a project, by the setuptools that is here and without a network."""
    call = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    call += ["--no-build-isolation", "--wheel-dir", str(place), str(project)]
    subprocess.run(call, check=True, timeout=300)
    (wheel,) = place.glob("*.whl")
    return wheel


def sources_in(place: Path) -> Path:
    """Copy what the wheel is built of, so that nothing is built in the checkout."""
    for part in _PARTS:
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(ROOT / part, place / part, ignore=ignored)
    for name in _FILES:
        shutil.copy(ROOT / name, place / name)
    return place


def installed(place: Path) -> Path:
    """Install samantha's wheel into a new environment; return its ``bin`` folder.

    The libraries that it needs come from the environment of the tests, by a path alone: an editable
    samantha there is not seen.
    """
    wheel = wheel_of(sources_in(place / "sources"), place / "wheels")
    home = place / "environment"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    call = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*call, "--no-deps", "--no-index", str(wheel)], check=True, timeout=300)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    libraries = sysconfig.get_paths()["purelib"]
    (home / "lib" / version / "site-packages" / "libraries.pth").write_text(f"{libraries}\n")
    return python.parent
