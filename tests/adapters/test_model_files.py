"""Model files: used only with the pinned sha256, hashed again whenever they may have changed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from small_gguf import write_gguf

from samantha.adapters.catalogue import catalogue
from samantha.adapters.model_files import (
    InstalledModel,
    ModelFiles,
    catalogue_record,
    folder_in,
    plain_name,
)
from samantha.api.errors import UserError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def files(tmp_path: Path) -> ModelFiles:
    """The models of a fresh data directory."""
    return ModelFiles(folder_in(tmp_path / "data"))


def pulled(files: ModelFiles, tmp_path: Path, name: str = "small", seed: int = 0) -> InstalledModel:
    """Put a file in place as a pull does, and record it."""
    target = files.target(name)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_gguf(target, seed=seed)
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    size = target.stat().st_size
    model = InstalledModel(name, str(target), digest, size, "hub", NOW, "a/b", "c.gguf", "d" * 40)
    files.add(model)
    return model


def opened(files: ModelFiles, name: str = "small", *, anew: bool = False) -> int:
    """Open a checked model and close it; return how many bytes were hashed for it."""
    counted: list[int] = []
    checked = files.open_checked(name, anew=anew, on_bytes=counted.append)
    os.close(checked.fd)
    return sum(counted)


def flip(path: Path, at: int = -1, *, quietly: bool = False) -> None:
    """Flip a byte in place; quietly: give the file the time back that it had."""
    before = path.stat()
    with path.open("r+b") as stream:
        stream.seek(at, os.SEEK_END if at < 0 else os.SEEK_SET)
        old = stream.read(1)
        stream.seek(-1, os.SEEK_CUR)
        stream.write(bytes([old[0] ^ 1]))
    times = (before.st_atime_ns, before.st_mtime_ns)
    while path.stat().st_ctime_ns == before.st_ctime_ns or quietly:
        os.utime(path, ns=times)
        quietly = False


def test_a_model_is_kept_with_all_that_is_known_of_it(files: ModelFiles, tmp_path: Path) -> None:
    """What was recorded is read back equal, by another process's eyes."""
    assert files.installed() == () and files.find("small") is None
    model = pulled(files, tmp_path)
    again = ModelFiles(folder_in(tmp_path / "data"))
    assert again.installed() == (model,) and again.find("small") == model
    for path in (tmp_path / "data").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0 or path.suffix == ".gguf", path


def test_a_model_is_hashed_once(files: ModelFiles, tmp_path: Path) -> None:
    """The first use hashes the whole file, the next ones none of it, until it is asked for."""
    size = pulled(files, tmp_path).size_bytes
    assert [opened(files), opened(files), opened(files, anew=True)] == [size, 0, size]


def test_the_checked_bytes_are_those_that_are_opened(files: ModelFiles, tmp_path: Path) -> None:
    """A file exchanged after the check does not get under the open descriptor."""
    model = pulled(files, tmp_path)
    checked = files.open_checked("small")
    try:
        other = tmp_path / "other"
        other.write_bytes(b"other")
        other.replace(model.path)
        found = Path(checked.openable()).read_bytes()
        assert hashlib.sha256(found).hexdigest() == model.sha256
    finally:
        os.close(checked.fd)


@pytest.mark.parametrize("quietly", [False, True])
@pytest.mark.parametrize("at", [0, 2_000, -1])
def test_one_flipped_byte_is_refused(
    files: ModelFiles, tmp_path: Path, at: int, quietly: bool
) -> None:
    """I19: a changed file is not used, even when its size and its time are those of before."""
    model = pulled(files, tmp_path)
    opened(files)
    flip(Path(model.path), at, quietly=quietly)
    with pytest.raises(UserError) as told:
        opened(files)
    assert "does not have its sha256" in told.value.what
    assert "samantha model pull a/b/c.gguf" in told.value.type_this
    flip(Path(model.path), at)
    assert opened(files) == model.size_bytes


def test_another_file_in_its_place_is_refused(files: ModelFiles, tmp_path: Path) -> None:
    """A file of the same size under the same name is another file."""
    model = pulled(files, tmp_path)
    opened(files)
    write_gguf(tmp_path / "other.gguf", seed=1)
    assert (tmp_path / "other.gguf").stat().st_size == model.size_bytes
    shutil.move(tmp_path / "other.gguf", model.path)
    with pytest.raises(UserError, match="sha256"):
        opened(files)


def test_a_link_in_its_place_is_not_followed(files: ModelFiles, tmp_path: Path) -> None:
    """Not even to the very file."""
    model = pulled(files, tmp_path)
    Path(model.path).rename(tmp_path / "elsewhere.gguf")
    Path(model.path).symlink_to(tmp_path / "elsewhere.gguf")
    with pytest.raises(UserError, match="cannot be opened"):
        opened(files)


@pytest.mark.parametrize("kind", ["gone", "folder", "fifo"])
def test_what_is_no_file_is_told(files: ModelFiles, tmp_path: Path, kind: str) -> None:
    """Nothing waits for ever on a pipe, and a file that is gone is said to be gone."""
    path = Path(pulled(files, tmp_path).path)
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    with pytest.raises(UserError, match="gone" if kind == "gone" else "no file"):
        opened(files)


def test_an_unknown_model_is_told(files: ModelFiles) -> None:
    """A name without a record opens nothing."""
    with pytest.raises(UserError, match="no model 'nothing'"):
        opened(files, "nothing")


def test_a_file_of_the_users_own_is_pinned_where_it_lies(files: ModelFiles, tmp_path: Path) -> None:
    """Adding takes the sha256; a changed file is refused until it is added anew."""
    path = write_gguf(tmp_path / "My Model (v2).Q4.GGUF")
    model = files.add_by_hand(path, NOW)
    assert (model.name, model.path, model.origin) == ("my-model-v2-.q4", str(path), "by hand")
    assert model.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert opened(files, model.name) == 0
    flip(path, 3_000)
    with pytest.raises(UserError) as told:
        opened(files, model.name)
    assert "since you added it" in told.value.means and "'" in told.value.type_this
    again = files.add_by_hand(path, NOW)
    assert again.name == model.name and again.sha256 != model.sha256
    assert opened(files, model.name) == 0 and len(files.installed()) == 1


def test_a_link_is_added_as_what_it_leads_to(files: ModelFiles, tmp_path: Path) -> None:
    """Caches of other programs hold links; the file behind it is recorded."""
    path = write_gguf(tmp_path / "blob")
    (tmp_path / "model.gguf").symlink_to(path)
    model = files.add_by_hand(tmp_path / "model.gguf", NOW)
    assert model.path == str(path)
    os.close(files.open_checked(model.name).fd)


def test_two_files_of_one_name_are_two_models(files: ModelFiles, tmp_path: Path) -> None:
    """A second file called the same gets a name of its own; the same bytes keep theirs."""
    for folder in ("one", "two", "three"):
        (tmp_path / folder).mkdir()
    one = files.add_by_hand(write_gguf(tmp_path / "one/m.gguf"), NOW)
    two = files.add_by_hand(write_gguf(tmp_path / "two/m.gguf", seed=1), NOW)
    assert one.name == "m" and two.name == f"m-{two.sha256[:8]}"
    moved = shutil.move(tmp_path / "one/m.gguf", tmp_path / "three/m.gguf")
    again = files.add_by_hand(Path(moved), NOW)
    assert again.name == "m" and again.path == str(moved)
    assert files.name_for("sub/m.gguf", "0" * 64) == "m-00000000"
    assert files.name_for("sub/m.gguf", two.sha256) == two.name


def test_the_catalogues_names_are_kept_for_it(files: ModelFiles, tmp_path: Path) -> None:
    """A file of the user's own cannot pass for a model of the catalogue."""
    name = catalogue()[0].name
    model = files.add_by_hand(write_gguf(tmp_path / f"{name}.gguf"), NOW)
    assert model.name == f"{name}-{model.sha256[:8]}"


def test_removing_deletes_what_was_pulled_and_only_that(files: ModelFiles, tmp_path: Path) -> None:
    """A pulled file goes; one of the user's own, or one outside our folder, stays."""
    model = pulled(files, tmp_path)
    own = files.add_by_hand(write_gguf(tmp_path / "own.gguf", seed=2), NOW)
    assert files.remove("small") and not Path(model.path).exists()
    assert not files.remove(own.name) and Path(own.path).exists()
    inside = files.add_by_hand(write_gguf(files.target("inside"), seed=5), NOW)
    assert not files.remove(inside.name) and Path(inside.path).exists()
    assert files.installed() == () and not files.remove("small")
    outside = write_gguf(tmp_path / "outside.gguf", seed=3)
    files.add(catalogue_record(catalogue()[0], outside, NOW))
    assert not files.remove(catalogue()[0].name) and outside.exists()


def test_a_part_can_be_deleted(files: ModelFiles) -> None:
    """What a pull left of a file that is not complete is found by its sha256."""
    part = files.part("0" * 64)
    part.parent.mkdir(parents=True)
    part.write_bytes(b"half")
    assert files.remove_part("0" * 64) and not part.exists()
    assert not files.remove_part("0" * 64)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", '{"models": []}', '{"models": {"a": {}}}', '{"models": {"a": 1}}', "\xff",
        '{"models": {"a": {"path": "/x", "sha256": "", "size_bytes": 1, "origin": "hub",'
        ' "added": "2026-03-01T12:00:00+00:00"}}}',
    ],
)  # fmt: skip
def test_a_damaged_record_pins_nothing_and_is_told(
    files: ModelFiles, tmp_path: Path, text: str
) -> None:
    """Without the pins no file is used, and the way back is named."""
    pulled(files, tmp_path)
    record = folder_in(tmp_path / "data") / "models.json"
    record.write_bytes(text.encode("latin-1"))
    with pytest.raises(UserError) as told:
        opened(files)
    assert "record of models" in told.value.what and str(record) in told.value.type_this
    with pytest.raises(UserError):
        files.add_by_hand(write_gguf(tmp_path / "own.gguf"), NOW)
    assert record.read_bytes() == text.encode("latin-1")


def test_a_folder_that_cannot_be_written_still_serves(files: ModelFiles, tmp_path: Path) -> None:
    """A caller that may only read gets its model; it is hashed each time then."""
    size = pulled(files, tmp_path).size_bytes
    record = folder_in(tmp_path / "data") / "models.json"
    # A folder in the place of the file that is renamed: writing fails for the superuser too.
    (record.parent / "models.part").mkdir()
    assert [opened(files), opened(files)] == [size, size]


ADD_TEN = """
import sys; from pathlib import Path; from datetime import UTC, datetime
from samantha.adapters.model_files import InstalledModel, ModelFiles
files, number = ModelFiles(Path(sys.argv[1])), sys.argv[2]
for n in range(10):
    digest = f"{number}{n:063d}"
    files.add(InstalledModel(f"m{number}-{n}", "/x", digest, 1, "hub", datetime.now(UTC)))
"""


def test_processes_lose_nothing_of_each_other(files: ModelFiles, tmp_path: Path) -> None:
    """Forty records written by four processes at once are all there."""
    folder = folder_in(tmp_path / "data")
    words = [sys.executable, "-c", ADD_TEN, str(folder)]
    children = [subprocess.Popen([*words, str(n)]) for n in range(4)]
    assert [child.wait() for child in children] == [0, 0, 0, 0]
    assert len(files.installed()) == 40
    assert len(json.loads((folder / "models.json").read_text())["models"]) == 40


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("a/b/Qwen3-4B-Q4_K_M.gguf", "qwen3-4b-q4_k_m"),
        ("../../etc/passwd", "passwd"),
        (".gguf", "model"),
        ("…\x1b[31m.gguf", "31m"),
        ("x" * 300 + ".gguf", "x" * 80),
    ],
)
def test_a_name_is_made_of_plain_characters(file: str, name: str) -> None:
    """Whatever a file is called, its name here is short and inert."""
    assert plain_name(file) == name
