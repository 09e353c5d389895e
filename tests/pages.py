"""Pages of the documentation whose blocks are done as a reader would do them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"(?:<!-- file: (\S+) -->\n)?```(\w+)\n(.*?)^```$", re.M | re.S)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of code of a page."""

    file: str
    """Path of the file that the reader is told to write; '' for commands."""
    language: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page in order."""
    for file, language, text in _BLOCK.findall(page.read_text(encoding="utf-8")):
        yield Block(file, language, text)


def write(block: Block, root: Path) -> Path:
    """Write the file of a block below a folder."""
    path = root / block.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, encoding="utf-8")
    return path
