"""What is taken out of a wheel or a folder, and what of it never reaches the disk."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from samantha.api.errors import UserError
from samantha.app.plugin_package import MOST_BYTES, MOST_FILES, files_of_folder, package_of_wheel

MANIFEST = 'name = "tides"\nversion = "1.0"\napi = 1\nreads = ["mail"]\nproposes = ["remind"]\n'
GOOD = {
    "their_tides/__init__.py": "plugin = None\n",
    "their_tides/plugin.toml": MANIFEST,
    "tides-1.0.dist-info/METADATA": "Name: tides\nVersion: 1.0\nRequires-Dist: samantha\n",
    "tides-1.0.dist-info/entry_points.txt": "[samantha.plugins]\ntides = their_tides\n",
}


def wheel(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write a wheel with these files."""
    path = folder / "tides-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return path


def test_of_a_wheel_the_plugin_alone_is_taken(tmp_path: Path) -> None:
    """What would run at the next start of Python, or overwrite samantha, is left in the wheel."""
    more = {
        "evil.pth": "import os\n",
        "samantha/app/plugins.py": "evil = True\n",
        "tides-1.0.data/scripts/samantha": "#!/bin/sh\n",
        "sitecustomize.py": "evil = True\n",
    }
    package = package_of_wheel(wheel(tmp_path, {**GOOD, **more}), "tides")
    assert sorted(package.files) == ["__init__.py", "plugin.toml"]
    assert package.distribution == "tides 1.0" and "sha256" in package.origin


REFUSED: dict[str, tuple[Mapping[str, str | bytes], str]] = {
    "compiled": ({"their_tides/fast.cpython-311.so": b"\x7fELF"}, "compiled"),
    "cache": ({"their_tides/__init__.pyc": b"\0"}, "compiled"),
    "path configuration": ({"their_tides/a.pth": "import os"}, "compiled"),
    "climbs": ({"their_tides/../../evil.py": ""}, "no name"),
    "hidden": ({"their_tides/.profile": ""}, "no name"),
    "backslash": ({"their_tides/a\\b.py": ""}, "no name"),
    "too many": ({f"their_tides/m{n}.py": "" for n in range(MOST_FILES)}, "more than"),
    "too large": ({"their_tides/words.txt": b"\0" * (MOST_BYTES + 1)}, "larger"),
    "a manifest of 100 MB": ({"their_tides/plugin.toml": b" " * (100 << 20)}, "larger"),
    "metadata of 100 MB": ({"tides-1.0.dist-info/METADATA": b" " * (100 << 20)}, "larger"),
    "needs": (
        {"tides-1.0.dist-info/METADATA": "Name: tides\nRequires-Dist: requests>=2\n"},
        "it needs requests",
    ),
    "two": (
        {"tides-1.0.dist-info/entry_points.txt": "[samantha.plugins]\na = x\nb = y\n"},
        "2 entry points",
    ),
    "none": ({"tides-1.0.dist-info/entry_points.txt": "[console_scripts]\na = x:y\n"}, "0 entry"),
    "garbled": ({"tides-1.0.dist-info/entry_points.txt": "]]]\n=\n"}, "cannot be read"),
    "points away": (
        {"tides-1.0.dist-info/entry_points.txt": "[samantha.plugins]\na = ../../etc\n"},
        "names no package",
    ),
    "other package": (
        {"tides-1.0.dist-info/entry_points.txt": "[samantha.plugins]\na = elsewhere\n"},
        "holds no plugin.toml",
    ),
    "two distributions": ({"other-1.0.dist-info/METADATA": ""}, "several"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wheel_that_is_no_plain_plugin_is_refused(name: str, tmp_path: Path) -> None:
    """Each with its reason, and nothing of it is kept."""
    more, reason = REFUSED[name]
    with pytest.raises(UserError) as caught:
        package_of_wheel(wheel(tmp_path, {**GOOD, **more}), "tides")
    assert reason in caught.value.what and caught.value.means == "Nothing was installed."


def test_a_link_in_a_wheel_is_refused(tmp_path: Path) -> None:
    """A member that would become a symbolic link is not followed, nor made."""
    path = wheel(tmp_path, GOOD)
    with zipfile.ZipFile(path, "a") as made:
        link = zipfile.ZipInfo("their_tides/key")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/home/anna/.ssh/id_ed25519")
    with pytest.raises(UserError, match="is a link"):
        package_of_wheel(path, "tides")


def test_a_file_that_stands_twice_in_a_wheel_is_refused(tmp_path: Path) -> None:
    """Whoever looks into it would be shown one, and the other would be installed."""
    path = wheel(tmp_path, GOOD)
    with zipfile.ZipFile(path, "a") as made, pytest.warns(UserWarning):
        made.writestr("their_tides/__init__.py", "other = True\n")
    with pytest.raises(UserError, match="twice"):
        package_of_wheel(path, "tides")


def test_a_huge_wheel_is_refused_by_its_size(tmp_path: Path) -> None:
    """Before a byte of it is read or hashed."""
    path = wheel(tmp_path, GOOD)
    os.truncate(path, 100 << 30)
    with pytest.raises(UserError, match="larger than 16 MiB"):
        package_of_wheel(path, "tides")


def test_a_member_that_is_larger_than_it_says_is_refused(tmp_path: Path) -> None:
    """A bomb that claims to be small is read as far as it claims, and found out by its sum."""
    path = wheel(tmp_path, {**GOOD, "their_tides/words.txt": b"\0" * (64 << 20)})
    data = path.read_bytes()
    true, claimed = (64 << 20).to_bytes(4, "little"), (64).to_bytes(4, "little")
    assert data.count(true) == 2
    path.write_bytes(data.replace(true, claimed))
    with pytest.raises(UserError):
        package_of_wheel(path, "tides")


def test_what_a_wheel_says_of_its_own_hashes_is_not_believed(tmp_path: Path) -> None:
    """Its RECORD is not looked at: what counts is the hash of the bytes that are there."""
    record = "their_tides/__init__.py,sha256=" + "A" * 43 + ",7\nelsewhere.py,,\n"
    package = package_of_wheel(wheel(tmp_path, {**GOOD, "tides-1.0.dist-info/RECORD": record}), "t")
    assert package.files["__init__.py"] == b"plugin = None\n"
    assert sorted(package.files) == ["__init__.py", "plugin.toml"]


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_a_damaged_wheel_is_told(packing: int, tmp_path: Path) -> None:
    """Neither packed bytes that are none, nor a packing that wheels do not have."""
    path = tmp_path / "a.whl"
    with zipfile.ZipFile(path, "w", packing) as made:
        made.writestr("a-1.dist-info/METADATA", "Name: a\n" * 50)
    data = path.read_bytes()
    start = data.index(b"METADATA") + len(b"METADATA")
    path.write_bytes(data[:start] + b"\xff" * 8 + data[start + 8 :])
    with pytest.raises(UserError):
        package_of_wheel(path, "a")


def test_what_is_no_wheel_is_told(tmp_path: Path) -> None:
    """Neither a text nor a file that is not there ends in a traceback."""
    text = tmp_path / "a.whl"
    text.write_text("no zip")
    for path in (text, tmp_path / "absent.whl", tmp_path):
        with pytest.raises(UserError):
            package_of_wheel(path, "a")


def test_of_a_folder_all_but_caches_and_hidden_files_is_taken(tmp_path: Path) -> None:
    """Version control and compiled code stay where they are."""
    for name in ("plugin.toml", "__init__.py", "words.json", "tests/test_a.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(MANIFEST if name == "plugin.toml" else "")
    for name in (".git/config", "__pycache__/a.pyc", ".env"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    found = files_of_folder(tmp_path)
    assert sorted(found) == ["__init__.py", "plugin.toml", "tests/test_a.py", "words.json"]


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_a_folder_with_a_link_or_a_pipe_is_refused(kind: str, tmp_path: Path) -> None:
    """Neither another place's file is copied nor a read waited for."""
    for name in ("plugin.toml", "__init__.py"):
        (tmp_path / name).write_text("")
    if kind == "link":
        (tmp_path / "key").symlink_to("/etc/hostname")
    else:
        os.mkfifo(tmp_path / "key")
    with pytest.raises(UserError):
        files_of_folder(tmp_path)
