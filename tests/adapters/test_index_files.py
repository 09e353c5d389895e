"""index.db as a file: private, rebuilt when damaged, and without a trace of what was forgotten."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import sysconfig
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from samantha.adapters import sqlite
from samantha.adapters.index import SqliteIndex
from samantha.adapters.index_schema import INDEX
from samantha.adapters.sqlite import NewerSchema, StorageFull
from samantha.api.types import Analysis, Document, DocumentId, Kind, Mail, Person, Signal
from samantha.core.ports import Stat

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CANARY = "canarykeyword"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "index.db"


def document(path: str, text: str, source: str = "home", **more: object) -> Document:
    return Document(
        id=DocumentId(path), source=source, path=path, media="file", format="txt", title=text[:20],
        text=text, fingerprint=text, size_bytes=1, modified=NOW, **more,
    )  # fmt: skip


def fill(index: SqliteIndex, count: int = 50) -> None:
    index.put([(document(f"/home/{i}", f"text {i}"), Stat(1, 1, i), None) for i in range(count)])


def vector(seed: int) -> bytes:
    return np.random.default_rng(seed).standard_normal(384).astype("<f4").tobytes()


def secret(number: int) -> Document:
    """Return a mail with the canary in every field that holds text."""
    text = f"{CANARY}text{number} of the secret"
    head = Mail(
        message_id=f"<{CANARY}id{number}@x>",
        sender=Person(f"{CANARY}name", f"{CANARY}@x.org"),
        subject=f"{CANARY}subject",
        references=(f"<{CANARY}ref@x>",),
    )
    signal = Signal("request", CANARY, CANARY, 0, len(CANARY), 1.0)
    return document(
        f"/secret/{CANARY}{number}",
        text,
        source=f"{CANARY}source",
        meta={"author": CANARY},
        mail=head,
        analysis=Analysis(Kind.MAIL, author_reason=CANARY, signals=(signal,)),
    )


def test_everything_is_private(path: Path) -> None:
    """No file of the index can be opened by others, while it is open or after."""
    before = os.umask(0)
    try:
        index = SqliteIndex(path)
        fill(index)
        assert {p.stat().st_mode & 0o077 for p in [path.parent, *path.parent.iterdir()]} == {0}
        index.close()
    finally:
        os.umask(before)


def test_forgotten_source_leaves_no_byte(path: Path) -> None:
    """After forget_source no file holds a word, name, path or vector of it; the rest stays."""
    index = SqliteIndex(path)
    fill(index)
    number = vector(5)
    index.put([(secret(i), Stat(1, 1, i), number) for i in range(300)])
    index.quarantine(f"{CANARY}source", f"/secret/{CANARY}", Stat(1, 1, 1), CANARY, 2)
    held = b"".join(p.read_bytes() for p in path.parent.iterdir())
    assert CANARY.encode() in held
    assert number in held
    (path.parent / "index.db.damaged-x").write_text(CANARY)
    gone = index.forget_source(f"{CANARY}source")
    assert len(gone) == 300
    for file in path.parent.iterdir():
        data = file.read_bytes()
        assert CANARY.encode() not in data.lower(), file.name
        assert number[:64] not in data, file.name
    assert len(index.documents()) == 50
    assert len(index.search("text")) == 20
    assert index.search(CANARY) == []
    index.close()


def test_forgotten_source_takes_a_differing_copy_along(path: Path) -> None:
    """Text read in the forgotten source does not live on under a copy that differs."""
    index = SqliteIndex(path)
    first = secret(1)
    second = document("/kept/1", "other bytes", mail=first.mail, source="kept")
    second = Document(**{**_fields(second), "id": first.id})
    index.put([(first, Stat(1, 1, 1), None), (second, Stat(1, 1, 2), None)])
    assert index.forget_source(f"{CANARY}source") == [first.id]
    assert index.known("kept") == {}, "the copy is to be read anew"
    index.close()
    assert CANARY.encode() not in path.read_bytes()


def _fields(value: Document) -> dict[str, object]:
    return {name: getattr(value, name) for name in Document.__dataclass_fields__}


@pytest.mark.parametrize("seed", range(3))
def test_damaged_index_begins_anew_and_says_so(path: Path, seed: int) -> None:
    """Random bytes over index.db: it begins empty, says so, and keeps the damaged file."""
    index = SqliteIndex(path)
    fill(index)
    index.close()
    path.write_bytes(random.Random(seed).randbytes(path.stat().st_size))
    mended = SqliteIndex(path, now=lambda: NOW)
    assert "built anew" in mended.notice
    assert mended.known("home") == {}
    fill(mended)
    assert len(mended.search("text")) == 20
    mended.close()
    (aside,) = path.parent.glob("index.db.damaged-*")
    assert aside.stat().st_mode & 0o077 == 0
    again = SqliteIndex(path)
    assert again.notice == ""
    assert len(again.documents()) == 50
    again.close()


def test_damage_in_the_middle_is_found(path: Path) -> None:
    """Random bytes over any part of the file are found when it is opened."""
    index = SqliteIndex(path)
    fill(index, 200)
    index.close()
    sound = path.read_bytes()
    rng = random.Random(3)
    for at in range(0, len(sound) - 8192, len(sound) // 10):
        path.write_bytes(sound[:at] + rng.randbytes(8192) + sound[at + 8192 :])
        mended = SqliteIndex(path)
        assert mended.notice, at
        mended.close()


def test_newer_schema_is_refused(path: Path) -> None:
    """An index of a later version is left as it is."""
    index = SqliteIndex(path)
    with index._database.read() as connection:
        connection.execute(f"PRAGMA user_version = {INDEX.version + 1}")
    index.close()
    with pytest.raises(NewerSchema):
        SqliteIndex(path)


def test_full_disk_fails_whole(path: Path) -> None:
    """A batch that does not fit is left out whole, and fits when there is room again."""
    index = SqliteIndex(path)
    fill(index)
    with index._database.read() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 5}")
    batch = [(document(f"/new/{i}", f"new {i} " * 400), Stat(1, 1, i), None) for i in range(100)]
    with pytest.raises(StorageFull):
        index.put(batch)
    assert len(index.documents()) == 50
    assert index.search("new") == []
    with index._database.read() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    index.put(batch)
    assert len(index.documents()) == 150
    index.close()


BOTH = """
import json, sys
from pathlib import Path
from samantha.adapters import sqlite
from samantha.adapters.index import SqliteIndex
for extension in (True, False):
    index = SqliteIndex(Path(sys.argv[1]), extension=extension)
    queries = [bytes.fromhex(q) for q in json.loads(sys.stdin.readline())] if extension else queries
    print(json.dumps([index._extension, [index.nearest(q, 25) for q in queries]]))
    index.close()
"""


def test_extension_and_numpy_agree(path: Path) -> None:
    """sqlite-vec and numpy give the same neighbours in the same order."""
    python = _python_with_extensions()
    index = SqliteIndex(path)
    rows = [
        (document(f"/home/{i}", f"t{i}"), Stat(1, 1, i), vector(i % 400) if i else bytes(1536))
        for i in range(500)
    ]
    index.put(rows)
    index.close()
    # Not all of sys.path: the other Python has a standard library, and an SQLite, of its own.
    packages = [str(Path(sqlite.__file__).parents[2]), sysconfig.get_paths()["platlib"]]
    queries = [vector(i).hex() for i in (3, 1000, 1001, 1002)]
    done = subprocess.run(
        [python, "-c", BOTH, str(path)],
        input=json.dumps(queries) + "\n",
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(packages)},
    )
    assert done.returncode == 0, done.stderr
    (used, by_extension), (unused, by_numpy) = (json.loads(x) for x in done.stdout.splitlines())
    assert (used, unused) == (True, False)
    for left, right in zip(by_extension, by_numpy, strict=True):
        assert [i for i, _ in left] == [i for i, _ in right]
        assert [s for _, s in left] == pytest.approx([s for _, s in right], abs=1e-5)
        assert len(left) == 25


def _python_with_extensions() -> str:
    """Return a Python of this version whose SQLite loads extensions, or skip."""
    probe = (
        "import sqlite3, sys; sys.exit(not (hasattr(sqlite3.Connection, 'enable_load_extension')"
        f" and sys.version_info[:2] == {sys.version_info[:2]!r}))"
    )
    for name in (sys.executable, "/usr/bin/python3", shutil.which("python3.11")):
        if name and subprocess.run([name, "-c", probe], capture_output=True).returncode == 0:
            return name
    pytest.skip("no Python of this version here has an SQLite that loads extensions")
