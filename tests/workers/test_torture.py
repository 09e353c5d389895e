"""Public collections of broken and hostile documents: read, or set aside with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from samantha.adapters.reader import JailedReader
from samantha.core.ports import Unreadable

DATA = Path(__file__).parents[2].parent / "shared" / "data"


def documents(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.name != "ORIGIN.txt":
            mail = path.suffix.lower() in (".eml", ".msg", ".mbox") or "mime" in folder.name
            yield path, "mail" if mail else "file"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["doc_torture", "mime_torture", "ics_vcf"])
def test_a_broken_document_is_read_or_set_aside(name: str) -> None:
    """No file of the set crashes or hangs the reader: each is a document or has a reason."""
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"{name} is not beside the project")
    reader = JailedReader()
    read = aside = 0
    try:
        for path, media in documents(folder):
            try:
                document = reader.read(str(path), "torture", media)
            except Unreadable as problem:
                assert len(problem.reason.split()) >= 2, path
                aside += 1
            else:
                assert all(0 <= r.start <= r.end <= len(document.text) for r in document.regions)
                document.text.encode("utf-8")
                read += 1
    finally:
        reader.close()
    assert read > aside, f"{name}: {read} read, {aside} set aside"
    print(f"{name}: {read} read, {aside} set aside")  # noqa: T201
