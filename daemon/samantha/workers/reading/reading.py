"""What a reader hands back, and the bounds that hold for every format."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from samantha.api.types import Mail, Region

MAX_TEXT = 2_000_000
MAX_META = 500
MAX_TITLE = 300

_CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufeff\ufffe\uffff\ud800-\udfff]"
)
_LINE_ENDS = re.compile("\r\n|\r|\x0b|\x85|\u2028|\u2029")
_SPACES_AT_END = re.compile(r"[ \t\u00a0]+$", re.MULTILINE)


@dataclass(slots=True)
class Reading:
    """The text of one document with what its format says about it."""

    text: str
    title: str = ""
    format: str = ""
    meta: dict[str, str] = field(default_factory=dict)
    regions: tuple[Region, ...] = ()
    mail: Mail | None = None
    bookings: tuple[str, ...] = ()
    """Blocks of lines, one for each booking in a page's markup."""


def clean(untrusted_text: str) -> str:
    """Return text in NFC with newline line ends and without characters that no reader sees."""
    text = _LINE_ENDS.sub("\n", untrusted_text)
    text = _CONTROLS.sub("", text)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def tidy(untrusted_text: str) -> str:
    """Clean, drop spaces at line ends and runs of more than two blank lines."""
    text = _SPACES_AT_END.sub("", clean(untrusted_text))
    return re.sub(r"\n{4,}", "\n\n\n", text).strip("\n")


def one_line(untrusted_text: str, limit: int = MAX_META) -> str:
    """Return text as one bounded line, for titles, names and metadata."""
    return " ".join(clean(untrusted_text[: limit * 4]).split())[:limit]


def metadata(pairs: dict[str, str]) -> dict[str, str]:
    """Return bounded metadata without its empty entries."""
    lines = {name: one_line(value) for name, value in pairs.items() if value}
    return {name: value for name, value in lines.items() if value}


def cap(reading: Reading) -> Reading:
    """Cut a reading to the longest text allowed, and say so in its metadata."""
    if len(reading.text) > MAX_TEXT:
        reading.text = reading.text[:MAX_TEXT]
        reading.meta["truncated"] = f"to {MAX_TEXT:,} characters"
        reading.regions = tuple(
            Region(r.role, r.start, min(r.end, MAX_TEXT), r.name)
            for r in reading.regions
            if r.start < MAX_TEXT
        )
    return reading


def heading(text: str) -> str:
    """Return the first line if it looks like a heading: short, alone, no salutation."""
    lines = text[:4000].lstrip().split("\n")
    first = lines[0].strip(" \t#*_=~-")
    alone = len(lines) < 2 or not lines[1].strip() or not lines[1].strip("=-~*^# ")
    worth = any(c.isalpha() for c in first) and len(first) <= 80 and first[-1] not in ",;:"
    return one_line(first, MAX_TITLE) if worth and alone else ""
