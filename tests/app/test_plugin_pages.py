"""The pages about plugins: their code runs, and the reference says what the code says."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from homes import Home
from installed import ROOT
from pages import blocks, write

from samantha.app.plugin_template import FILES, write_plugin

DOCS = ROOT / "docs"
RECIPES = ("outages", "loans", "favours", "parcels")


def pytest_of(root: Path, *tests: Path) -> subprocess.CompletedProcess[str]:
    """Run tests as a plugin's author would, in a process of their own."""
    return subprocess.run(
        [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", *map(str, tests)],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_reference_is_what_the_code_says() -> None:
    """`python docs/make_plugin_api.py` would change nothing."""
    script = runpy.run_path(str(DOCS / "make_plugin_api.py"))
    assert script["page"]() == (DOCS / "plugin-api.md").read_text(encoding="utf-8")


def test_the_reference_names_all_that_is_public() -> None:
    """Each name of the api and of its module for tests has a heading of its own."""
    import samantha.api
    from samantha.api import testing

    headings = set(re.findall(r"^### (\w+)$", (DOCS / "plugin-api.md").read_text(), re.M))
    known = {*samantha.api.__all__, *testing.__all__} - headings
    assert known <= {"Action", "Author", "ME", "NOW"}, known


def test_the_recipes_and_the_new_plugin_pass_their_own_tests(tmp_path: Path) -> None:
    """All of the cookbook, what `plugins new` writes, and the sample project, in one run."""
    for block in blocks(DOCS / "plugin-cookbook.md"):
        assert block.file.split("/")[0] in RECIPES
        write(block, tmp_path)
    fresh = write_plugin("tides", tmp_path, frozenset())
    assert {str(p.relative_to(fresh)) for p in fresh.rglob("*") if p.is_file()} == {
        name.format(name="tides") for name in FILES
    }
    assert len((fresh / "__init__.py").read_text().splitlines()) <= 40
    for recipe in RECIPES:
        (tmp_path / recipe / "tests" / "__init__.py").touch()
    done = pytest_of(tmp_path, *(tmp_path / name / "tests" for name in (*RECIPES, "tides")))
    assert done.returncode == 0, done.stdout
    sample = shutil.copytree(
        DOCS / "sample-plugin", tmp_path / "sample", ignore=shutil.ignore_patterns("__pycache__")
    )
    done = pytest_of(sample, sample / "tests")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", [*RECIPES, "tides"])
def test_each_is_in_order_in_its_host(name: str, home: Home, tmp_path: Path) -> None:
    """It starts without files and network, answers soundly, and asks for no more than it uses."""
    for block in blocks(DOCS / "plugin-cookbook.md"):
        write(block, tmp_path)
    write_plugin("tides", tmp_path, frozenset())
    checked = home.json("plugins", "check", str(tmp_path / name))
    assert [one["fine"] for one in checked] == [True] * 4
