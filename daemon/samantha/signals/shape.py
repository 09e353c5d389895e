"""The bounded view of a document that the rules look at: its beginning, its end, its lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from samantha.api.types import Document

HEAD = 12_000
TAIL = 4_000
LINE = 240
_FRONT = re.compile(r"\A---\n.{0,4000}?\n(?:---|\.\.\.)\n", re.DOTALL)
_ENDS = re.compile(r"[_\W]+")
_CAMEL = re.compile(r"(?<=[a-zäöü])(?=[A-ZÄÖÜ])")


@dataclass(frozen=True, slots=True)
class Shape:
    """What is looked at of a document. Lines are stripped, bounded and never empty."""

    head: str
    tail: str
    """The end of the text; overlaps with ``head`` in a short one."""
    lines: tuple[str, ...]
    last: tuple[str, ...]
    name: tuple[str, ...]
    """Words of the file's name, folded, without its ending."""
    folders: tuple[tuple[str, ...], ...]
    """Words of the folders above it, nearest first, folded."""
    words: int


def path_words(name: str) -> tuple[str, ...]:
    """Return the words of a file's or folder's name, folded."""
    return tuple(w for w in _ENDS.split(_CAMEL.sub(" ", name[:200]).casefold()) if w)


def stem_of(path: str) -> str:
    """Return a file's name without folders and endings (``a.txt.bak`` → ``a``)."""
    name = path.rsplit("/", 1)[-1]
    while True:
        stem, dot, ending = name.rpartition(".")
        if not dot or not stem or len(ending) > 5 or not ending.isalnum() or ending.isdigit():
            return name
        name = stem


def shape_of(document: Document) -> Shape:
    """Return the bounded view of a document's own new text."""
    text = document.body() if document.mail else _FRONT.sub("", document.text[:HEAD])
    whole = text if document.mail else document.text
    head, tail = text[:HEAD], whole[-TAIL:]
    parts = document.path.split("/")[:-1] if document.media == "file" else []
    return Shape(
        head=head,
        tail=tail,
        lines=tuple(x[:LINE] for x in _lines(head)),
        last=tuple(x[-LINE:] for x in _lines(tail)),
        name=path_words(stem_of(document.path)) if document.media == "file" else (),
        folders=tuple(path_words(p) for p in reversed(parts[-4:])),
        words=document.words or len(head.split()),
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(s for s in (line.strip() for line in text.split("\n")) if s)
