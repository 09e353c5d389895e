"""Plugins come from real servers: a package index by pip, a repository by git, both over https."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from homes import Home, Typist
from installed import ROOT, wheel_of
from local_ca import Authority
from plugin_servers import git_server, package_index

SAMPLE = ROOT / "docs" / "sample-plugin"


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A user who installs and takes out again."""
    home = Typist(tmp_path_factory.mktemp("fetching") / "anna")
    home.root.mkdir()
    yield home


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an index has: the sample plugin as a wheel, and projects that are sources alone."""
    place = tmp_path_factory.mktemp("index")
    shutil.copytree(SAMPLE, place / "project", ignore=shutil.ignore_patterns("__pycache__"))
    return wheel_of(place / "project", place / "wheels").parent


def source_distribution(folder: Path, name: str, trace: Path) -> None:
    """Write a source distribution whose build would leave a trace."""
    files = {
        "setup.py": f"open({str(trace)!r}, 'w').close()\nfrom setuptools import setup\nsetup()\n",
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
    }
    with tarfile.open(folder / f"{name}-1.0.tar.gz", "w:gz") as made:
        for path, text in files.items():
            info = tarfile.TarInfo(f"{name}-1.0/{path}")
            info.size = len(text)
            made.addfile(info, io.BytesIO(text.encode()))


def test_a_name_is_fetched_from_a_package_index(author: Home, wheels: Path, tmp_path: Path) -> None:
    """pip asks the index that it is configured for, over https, and its wheel is installed."""
    authority = Authority(tmp_path)
    with package_index(wheels, authority) as address:
        author.more = {"PIP_INDEX_URL": address, "PIP_RETRIES": "0"}
        untrusted = author.run("plugins", "install", "samantha-parcels", "--yes", code=1)
        assert "no wheel" in untrusted.stderr
        author.more["PIP_CERT"] = str(authority.file)
        author.run("plugins", "install", "samantha-parcels==1.0.0", "--yes")
        author.run("plugins", "enable", "parcels", "--yes")
        assert "here already" in author.run("plugins", "update", "parcels", "--yes").stdout
    (info,) = author.json("plugins", "info", "parcels")
    assert info["origin"].startswith("wheel samantha_parcels-1.0.0") and "sha256" in info["origin"]
    (row,) = author.json("plugins", "lock", "--verify")
    assert row["changes"] == []
    author.run("plugins", "uninstall", "parcels")
    author.more = {}


def test_nothing_of_an_index_is_built_and_no_other_bytes_are_taken(
    author: Home, wheels: Path, tmp_path: Path
) -> None:
    """A project without a wheel is refused with its code not run; so is a wheel of another hash."""
    files, trace = tmp_path / "files", tmp_path / "it was built"
    shutil.copytree(wheels, files)
    source_distribution(files, "samantha-sources", trace)
    (wheel,) = files.glob("*.whl")
    (files / f".{wheel.name}.sha256").write_text("0" * 64)
    with package_index(files) as address:
        author.more = {"PIP_INDEX_URL": address, "PIP_RETRIES": "0"}
        for name in ("samantha-sources", "samantha-parcels"):
            refused = author.run("plugins", "install", name, "--yes", code=1)
            assert "There is no wheel" in refused.stderr and "--build" in refused.stderr
        # Told to build, it is: that this is the line between them is what the page says.
        author.more["PIP_NO_BUILD_ISOLATION"] = "0"
        assert not trace.exists()
        author.run("plugins", "install", "samantha-sources", "--yes", "--build", code=1)
        assert trace.exists()
    assert author.json("plugins", "lock") == []
    author.more = {}


def test_a_repository_is_fetched_over_https(author: Home, tmp_path: Path) -> None:
    """At a tag, from a server that is trusted; nothing in it is run, and its hooks are not."""
    place, trace = tmp_path / "served", tmp_path / "it ran"
    repository = place / "parcels.git"
    shutil.copytree(SAMPLE, repository, ignore=shutil.ignore_patterns("__pycache__"))
    (repository / "setup.py").write_text(f"open({str(trace)!r}, 'w').close()\n")
    git = ["git", "-C", str(repository), "-c", "user.name=A", "-c", "user.email=a@b.example"]
    for call in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "one"], ["tag", "v1"]):
        subprocess.run([*git, *call], check=True)
    authority = Authority(tmp_path)
    with git_server(place, authority) as address:
        where = f"{address}/parcels.git/.git@v1"
        refused = author.run("plugins", "install", where, code=1)
        assert "certificate" in refused.stderr
        author.more = {"GIT_SSL_CAINFO": str(authority.file)}
        author.run("plugins", "install", where)
        (info,) = author.json("plugins", "info", "parcels")
        assert f"{address}/parcels.git/.git, commit " in info["origin"]
        assert "here already" in author.run("plugins", "update", "parcels", "--yes").stdout
        gone = author.run("plugins", "install", f"{address}/other.git", code=1)
        assert "cannot be fetched" in gone.stderr
    assert not trace.exists()
    author.run("plugins", "uninstall", "parcels")
    author.more = {}
