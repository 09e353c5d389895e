from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from samantha.adapters.reader import JailedReader
from samantha.api.types import Document


@pytest.fixture(scope="session")
def reader() -> Iterator[JailedReader]:
    one = JailedReader()
    yield one
    one.close()


@pytest.fixture
def read(reader: JailedReader, tmp_path: Path) -> Callable[..., Document]:
    """Write bytes under a name, and read them as the daemon would."""

    def write_and_read(name: str, data: bytes | str, media: str = "file") -> Document:
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return reader.read(str(path), "test", media)

    return write_and_read
