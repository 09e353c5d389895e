"""Layers import in one direction, and the command line starts light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "daemon" / "samantha"
HEAVY = (
    "numpy",
    "llama_cpp",
    "pydantic",
    "lxml",
    "pypdfium2",
    "docx",
    "watchdog",
    "apscheduler",
    "huggingface_hub",
)

ALLOWED = {
    "api": {"samantha.api"},
    "core": {"samantha.api", "samantha.core"},
    "signals": {"samantha.api", "samantha.signals"},
    "adapters": {
        "samantha.api",
        "samantha.core.ports",
        "samantha.core.payload",
        "samantha.core.exclusions",
        "samantha.core.consent",
        "samantha.core.endpoints",
        "samantha.adapters",
        "samantha.workers.frames",
        "samantha.workers.process",
    },
    "workers": {
        "samantha.api",
        "samantha.core.ports",
        "samantha.core.payload",
        "samantha.adapters",
        "samantha.workers",
    },
    "app": {"samantha"},
}


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if p.parent != PACKAGE)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_layer_imports_only_what_lies_below_it(path: Path) -> None:
    """Plugins, core, signals, adapters and workers never import upwards or sideways."""
    layer = path.relative_to(PACKAGE).parts[0]
    allowed = ALLOWED[layer]
    for name in imports(path):
        if name == "samantha" or not name.startswith("samantha"):
            continue
        inside = any(name == a or name.startswith(a + ".") for a in allowed)
        leads_in = any(a.startswith(name + ".") for a in allowed)
        assert inside or leads_in, f"{path.relative_to(PACKAGE)} imports {name}"


@pytest.mark.parametrize("path", sorted((ROOT / "plugins").glob("*/**/*.py")), ids=str)
def test_a_plugin_imports_the_api_alone(path: Path) -> None:
    """A built-in plugin uses no door that a stranger's could not."""
    for name in imports(path):
        if name.startswith("samantha"):
            assert name == "samantha.api" or name.startswith("samantha.api."), name


def test_the_api_needs_the_standard_library_alone() -> None:
    """What plugins import must not bring libraries along."""
    for path in (PACKAGE / "api").glob("*.py"):
        for name in imports(path):
            top = name.partition(".")[0]
            assert top == "samantha" or top in sys.stdlib_module_names, f"{path.name}: {name}"


def test_the_command_line_imports_no_heavy_library() -> None:
    """`samantha --help` must answer at once, so heavy libraries load where they are used."""
    code = (
        f"import sys, samantha.app.cli.commands; print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert out.strip() == "[]"


def test_every_package_is_shipped() -> None:
    """The package list of pyproject.toml names every package there is."""
    import tomllib

    with (ROOT / "pyproject.toml").open("rb") as stream:
        named = set(tomllib.load(stream)["tool"]["setuptools"]["packages"])
    found = {
        ".".join(p.parent.relative_to(PACKAGE.parent).parts) for p in PACKAGE.rglob("__init__.py")
    }
    assert found | {"samantha_plugins", "samantha_systemd"} == named


def test_broad_handlers_stand_in_three_places_only() -> None:
    """`except Exception` is for a plugin's own errors, one event, and the CLI."""
    found = []
    for path in [*PACKAGE.rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler):
                names = ast.unparse(node.type) if node.type else "bare"
                if names in ("bare", "Exception"):
                    found.append(f"{path.relative_to(ROOT)}")
    assert sorted(found) == [
        "daemon/samantha/adapters/plugin_guard.py",
        "daemon/samantha/app/attempt.py",
        "daemon/samantha/app/cli/__init__.py",
    ]
