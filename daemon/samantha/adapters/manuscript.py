"""What a manuscript consists of, whatever file it becomes: title page, sections, paragraphs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal

from samantha.api.types import Document, Kind

BlockKind = Literal["prose", "lines", "verse", "break"]
_BREAK = re.compile(r"(?:[*#~_•·—–-]\s*){1,9}|⁂")
_HEADING = re.compile(r"#{1,6}\s+")
_TERMINAL = (".", "!", "?", ":", "…", "”", "“", '"', "’", "«", "»")
WITHHELD = "[…]"
"""What stands for the author's name in a manuscript that must not show it."""
SHORT = 48
"""A line shorter than this at the ends of a letter is an address, a date or a closing."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The page, in points: what a manuscript of this language is expected to look like."""

    width: float
    height: float
    side: float
    """Margin left and right."""
    ends: float
    """Margin at the top and at the bottom."""
    fixed_pitch: bool = False
    line: float = 24.0
    single: float = 14.0


LETTER = Layout(612.0, 792.0, 72.0, 72.0)
A4 = Layout(595.28, 841.89, 72.0, 72.0)
# Thirty lines of sixty characters of 7.2 points each; the margins are what is left of the page.
NORMSEITE = Layout(595.28, 841.89, 81.6, 60.9, fixed_pitch=True)


@dataclass(frozen=True, slots=True)
class _Words:
    """What the pages say by themselves, in one language."""

    count: str
    by: str
    end: str
    thousands: str


_WORDS = {
    "en": _Words("about {words} words", "by {author}", "END", ","),
    "de": _Words("etwa {words} Wörter / {characters} Zeichen", "von {author}", "ENDE", "."),
    "fr": _Words("environ {words} mots", "par {author}", "FIN", " "),
    "es": _Words("unas {words} palabras", "por {author}", "FIN", "."),
    "it": _Words("circa {words} parole", "di {author}", "FINE", "."),
}
# A language we do not speak gets signs that need none.
_WORDLESS = _Words("~ {words}", "{author}", "# # #", " ")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of prose, lines that stay lines (an address), a stanza of verse, or a break."""

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
    letter_paper: bool | None = None
    """Whether paper is US Letter where the user lives; None when that is not known."""

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
    def _words(self) -> _Words:
        return _WORDS.get(self.language, _WORDLESS)

    @property
    def characters(self) -> int:
        """Return the length of the pieces with spaces, as German publishers count it."""
        return sum(len(row) + 1 for s in self.sections for b in s.blocks for row in b.lines)

    @property
    def count(self) -> str:
        """Return the rounded word count in words."""
        said = self._words
        shown = [f"{n:,}".replace(",", said.thousands) for n in self._rounded()]
        return said.count.format(words=shown[0], characters=shown[1])

    def _rounded(self) -> tuple[int, int]:
        return rounded(self.words), rounded(self.characters)

    @property
    def byline(self) -> str:
        """Return the line under the title."""
        return self._words.by.format(author=self.author) if self.author else ""

    @property
    def end(self) -> str:
        """Return the mark after the last line."""
        return self._words.end

    @property
    def layout(self) -> Layout:
        """Return the page: that of the language, on the paper that editors there print on."""
        if self.language == "de":
            return NORMSEITE
        letter = self.language == "en" if self.letter_paper is None else self.letter_paper
        return LETTER if letter else A4


# US Letter is the paper of North America, Colombia, Venezuela, Chile and the Philippines; the
# rest of America and the world prints on A4.
_A4_IN_AMERICA = ("Argentina", "Buenos", "Sao_Paulo", "Lima", "La_Paz", "Montevideo", "Asuncion")


def letter_paper(zone: tzinfo | None) -> bool | None:
    """Tell from the user's zone which paper lies in the printer; None when it says nothing."""
    name = str(getattr(zone, "key", ""))
    if "/" not in name or name.startswith("Etc/"):
        return None
    if name in ("Pacific/Honolulu", "Asia/Manila"):
        return True
    return name.startswith(("America/", "US/", "Canada/")) and not any(
        place in name for place in _A4_IN_AMERICA
    )


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
        return [Block("verse", tuple(lines))]
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


def nameless(one: Section, names: Sequence[str], addresses: Sequence[str]) -> Section:
    """Return a piece without the author's name, for a call that wants none in the manuscript.

    Full names and mail addresses go wherever they stand; a part of a name only where it is the
    whole line, as under a letter, for a part alone may be an ordinary word.
    """
    full = [n for n in map(plain, names) if len(n.split()) > 1]
    known = sorted({*full, *map(plain, addresses)} - {""}, key=len, reverse=True)
    parts = {_same(part) for n in map(plain, names) for part in (n, *n.split())}
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(n)}(?!\w)" for n in known) or "(?!)", re.I)

    def without(row: str) -> str:
        spaced = re.sub(r"\s+", " ", row) if pattern.search(re.sub(r"\s+", " ", row)) else row
        return WITHHELD if _same(row) and _same(row) in parts else pattern.sub(WITHHELD, spaced)

    blocks = tuple(Block(b.kind, tuple(map(without, b.lines))) for b in one.blocks)
    return Section(without(one.title), blocks)
