"""What a manuscript consists of, whatever file it becomes: title page, sections, paragraphs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from samantha.api.types import Document, Kind

BlockKind = Literal["prose", "lines", "break"]
_BREAK = re.compile(r"(?:[*#~_•·—–-]\s*){1,9}|⁂")
_HEADING = re.compile(r"#{1,6}\s+")
_TERMINAL = (".", "!", "?", ":", "…", "”", "“", '"', "’", "«", "»")
SHORT = 48
"""A line shorter than this at the ends of a letter is an address, a date or a closing."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of prose, lines that stay lines (verse, an address), or a break."""

    kind: BlockKind
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One piece."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Manuscript:
    """All that the files show."""

    title: str
    author: str
    """'' when it is anonymous."""
    contact: tuple[str, ...]
    words: int
    sections: tuple[Section, ...]
    language: str = "en"

    @property
    def surname(self) -> str:
        """Return the author's last name as the running header shows it."""
        return self.author.split()[-1] if self.author.split() else ""

    @property
    def header(self) -> str:
        """Return the running header before the page number."""
        parts = [self.surname, _keyword(self.title)] if self.surname else [_keyword(self.title)]
        return " / ".join(parts) + " / "

    @property
    def count(self) -> str:
        """Return the rounded word count in words."""
        shown = f"{rounded(self.words):,}"
        if self.language == "de":
            return f"etwa {shown.replace(',', '.')} Wörter"
        return f"about {shown} words"

    @property
    def byline(self) -> str:
        """Return the line under the title."""
        if not self.author:
            return ""
        return f"von {self.author}" if self.language == "de" else f"by {self.author}"

    @property
    def end(self) -> str:
        """Return the mark after the last line."""
        return "ENDE" if self.language == "de" else "END"

    @property
    def paper(self) -> Literal["letter", "a4"]:
        """Return the paper that editors of this language print on."""
        return "letter" if self.language == "en" else "a4"


def rounded(words: int) -> int:
    """Return a word count as editors want it: to the nearest hundred, five hundred if long."""
    step = 10 if words < 100 else 100 if words < 17_500 else 500
    return max(step, round(words / step) * step)


def _keyword(title: str) -> str:
    short = ""
    for word in title.upper().split():
        if short and len(short) + len(word) > 36:
            break
        short = f"{short} {word}".strip()
    return short[:40]


def plain(untrusted_text: str) -> str:
    """Return text that XML and fonts can hold: NFC, no control or surrogate characters."""
    text = unicodedata.normalize("NFC", untrusted_text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    text = text.replace("\u2028", "\n").replace("\u2029", "\n\n").replace("\t", " ")
    dropped = ("Cc", "Cs", "Cn", "Co", "Cf")
    return "".join(c for c in text if c in "\n\u200c\u200d" or _kept(c, dropped))


def _kept(ch: str, dropped: Sequence[str]) -> bool:
    return unicodedata.category(ch) not in dropped


def section(document: Document, title: str) -> Section:
    """Return one piece as a section: its paragraphs, its title taken off the text."""
    kind, text = document.analysis.kind, plain(document.body())
    raws = re.split(r"\n[ ]*\n", text)
    blocks = _untitled([b for raw in raws for b in _block(raw, kind, document.format)], title)
    if kind is Kind.LETTER:
        blocks = _letter_ends(blocks)
    return Section(plain(title).replace("\n", " ").strip(), tuple(blocks))


def _block(raw: str, kind: Kind, form: str) -> list[Block]:
    indented = kind is Kind.POEM
    lines = [ln.rstrip() if indented else ln.strip() for ln in raw.split("\n") if ln.strip()]
    if not lines:
        return []
    if len(lines) == 1 and _BREAK.fullmatch(lines[0].strip()):
        return [Block("break")]
    if form in ("md", "markdown"):
        lines = [_HEADING.sub("", ln).removesuffix("  ") for ln in lines]
    if kind is Kind.POEM:
        return [Block("lines", tuple(lines))]
    if len(lines) == 1:
        return [Block("prose", tuple(lines))]
    if max(map(len, lines)) > 100:
        # The source has one paragraph a line.
        return [Block("prose", (ln,)) for ln in lines]
    if _hard_wrapped(lines):
        return [Block("prose", (" ".join(lines),))]
    return [Block("lines", tuple(lines))]


def _hard_wrapped(lines: Sequence[str]) -> bool:
    """Tell prose that an editor broke at a column from lines that end where they mean to."""
    full = [len(ln) for ln in lines[:-1]]
    return max(full) >= 55 and min(full) >= 0.65 * max(full)


def _untitled(blocks: list[Block], title: str) -> list[Block]:
    wanted = _same(title)
    if blocks and wanted and len(blocks[0].lines) >= 1 and _same(blocks[0].lines[0]) == wanted:
        rest = blocks[0].lines[1:]
        return ([Block(blocks[0].kind, rest)] if rest else []) + blocks[1:]
    return blocks


def _same(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _letter_ends(blocks: list[Block]) -> list[Block]:
    """Keep the lines of a letter that are no paragraphs: address, date, greeting, closing."""
    out = []
    for at, block in enumerate(blocks):
        edge = at < 3 or at >= len(blocks) - 3
        line = block.lines[0] if block.lines else ""
        closing = len(line) < SHORT and not line.endswith(_TERMINAL)
        single = block.kind == "prose" and len(block.lines) == 1
        greeting = at < 3 and len(line) < SHORT and line.endswith(("!", ":"))
        out.append(
            Block("lines", block.lines) if edge and single and (closing or greeting) else block
        )
    return out
