"""Where a body of work lies: the folder that holds it, above years, volumes and recipients."""

from __future__ import annotations

import re

from samantha.api.types import Kind
from samantha.signals.shape import path_words
from samantha.signals.vocabulary import NAMES

_LEVELS = 3
_PASSING = re.compile(
    r"(?:1[5-9]|20)\d\d(?:[ ._-]{1,3}(?:(?:1[5-9]|20)?\d\d|\d\d?))?(?:[ ._-]{1,3}\d\d?)?|\d{1,3}|"
    r"(?:\d\d?[ ._-]*)?(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zä]*|"
    r"(?:vol(?:ume)?|band|part|teil|book)[ ._-]*\w{1,5}|finished|fertig|final|done|complete[d]?|"
    r"abgeschlossen|sent|gesendet|drafts?|entw[üu]e?rfe?|old|alt|archive?|archiv|backups?|new|neu",
    re.IGNORECASE,
)


def body_folder(path: str, kind: Kind) -> str:
    """Return the folder of the body of work a file belongs to, from its path alone.

    The nearest folder that is named after the kind (“Letters/Anna/1893” → “Letters”), or else its
    own folder without years, volumes and the like.
    """
    parts = path.split("/")[:-1]
    for up in range(min(_LEVELS, len(parts) - 1)):
        if NAMES.get(kind, frozenset()) & set(path_words(parts[len(parts) - 1 - up])):
            return "/".join(parts[: len(parts) - up]) or "/"
    end = len(parts)
    while end > 2 and _PASSING.fullmatch(parts[end - 1]):
        end -= 1
    return "/".join(parts[:end]) or "/"


def lies_in(path: str, folder: str) -> bool:
    """Tell whether a path lies somewhere in a folder."""
    return path.startswith(folder.rstrip("/") + "/")


def nearness(path: str, folder: str) -> int:
    """Return how many leading components a path and a folder share."""
    count = 0
    for left, right in zip(path.split("/"), folder.split("/"), strict=False):
        if left != right:
            break
        count += 1
    return count
