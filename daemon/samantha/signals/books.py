"""What tells a published or downloaded book from a piece: licence, ISBN, chapters."""

from __future__ import annotations

import re
from dataclasses import dataclass

from samantha.api.types import Document
from samantha.signals.letterform import is_closing, letters_within
from samantha.signals.names import Names, looks_like_name
from samantha.signals.shape import Shape

LONG_WORDS = 25_000
_SCAN = 400_000
_LICENCES = (
    (
        "a licence of an electronic library",
        re.compile(
            r"project gutenberg e-?(?:book|text)|gutenberg-tm|end of (?:the )?project gutenberg|"
            r"project gutenberg licen[cs]e|www\.gutenberg\.org|standardebooks\.org/ebooks|"
            r"produced by [\w ,]{3,60}proofread|projekt gutenberg-de|"
            r"this e-?book is for the use of anyone",
            re.I,
        ),
    ),
    ("an ISBN", re.compile(r"\bisbn(?:-1[03])?:?\s*[\d][\d\s-]{8,}", re.I)),
    (
        "a publisher's imprint",
        re.compile(
            r"no part of this (?:book|publication)|first published (?:in|by|1|2)|library of "
            r"congress|"
            r"alle rechte vorbehalten|printed in (?:the|great|germany)|erstausgabe|"
            r"(?:\d+\.|erste|zweite) auflage|british library|umschlaggestaltung|tous droits "
            r"réservés",
            re.I,
        ),
    ),
)
_RIGHTS = re.compile(r"all rights reserved", re.I)
_COPYRIGHT = re.compile(
    r"(?:©|\(c\)|copyright)[\s©,()c]*(?:\d{4}(?:\s?[-–,]\s?\d{4})?)?,?\s*(?:by\s|von\s)?"
    r"(?P<who>[^\n.,;]{0,60})",
    re.I,
)
_BYLINE = re.compile(
    r"^[_*]?(?:(?:written|edited|translated"
    r"|(?:an? |eine? )?(?:short |personal |kurze )?(?:novel|story|poem|poems|memoir|play|essay"
    r"|letters?"
    r"|erzählung|kurzgeschichte|geschichte|gedichte?|novelle|roman|récit|poèmes?|cuento"
    r"|ensayo))\s+)?"
    r"(?:by|von|par|por|di|author:|autor(?:in)?:|verfasser(?:in)?:)\s*:?\s*(?P<who>.{2,60}?)[_*]?$",
    re.I,
)
_CHAPTER = re.compile(
    r"^[#*_\s]{0,6}(?:(?:chapter|kapitel|book|part|teil|buch|act|akt|canto|letter|brief|chapitre|"
    r"capítulo|capitolo)\s+(?:[ivxlc]{1,7}|\d{1,3}|one|two|three|four|five|six|seven|eight|nine|"
    r"ten|"
    r"eleven|twelve|the \w+|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn)\b.{0,60}|"
    r"(?:erste|zweite|dritte|vierte|fünfte|sechste|siebte|siebente|achte|neunte|zehnte|letzte)"
    r"[rs]? (?:kapitel|teil|buch|akt|brief)\b.{0,60}|\d{1,2}\.\s?kapitel\b.{0,60}|"
    r"(?:prologue?|epilogue?|prolog|epilog)\s{0,3}[.:]?)[*_\s]*$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Book:
    """What speaks for a book; ``reason`` is empty where it is none."""

    reason: str
    chapters: int
    assembled: bool
    """Several chapters or letters in one file: a manuscript, whoever wrote it."""


def chapter_headings(text: str, limit: int = _SCAN) -> int:
    """Count the lines that open a chapter."""
    # Line by line: a pattern over the whole text would cost its square on blank lines.
    lines = text[:limit].split("\n")
    return sum(1 for x in lines if 3 < len(x) <= 90 and _CHAPTER.match(x))


def opens_chapter(lines: tuple[str, ...]) -> bool:
    """Tell whether a document begins with a chapter's heading."""
    return any(_CHAPTER.match(x) for x in lines[:3] if len(x) <= 90)


def book_of(document: Document, shape: Shape, names: Names) -> Book:
    """Return whether a file is a published book, or several pieces in one file."""
    text = document.text
    chapters = chapter_headings(text)
    letters = letters_within(text) if shape.words > 150 else 0
    reason = _imprint(shape, text, names)
    if not reason and shape.words > LONG_WORDS and not _by_user(shape, document, names):
        reason = f"a book's length ({shape.words:,} words)"
    if not reason and document.format == "epub":
        reason = "an electronic book"
    return Book(reason, chapters, chapters >= 3 or letters >= 3)


def _imprint(shape: Shape, text: str, names: Names) -> str:
    place = shape.head[:8_000] + "\n" + text[-3_000:]
    for what, pattern in _LICENCES:
        if pattern.search(place) and shape.words >= 300:
            return what
    other = copyright_holder(shape)
    if _RIGHTS.search(place) and other and not names.signed(other) and not names.named(other):
        return "a copyright notice of somebody else"
    return ""


def _by_user(shape: Shape, document: Document, names: Names) -> bool:
    line = byline(shape)
    meta = document.meta.get("author", "")
    return names.signed(line) >= 0.7 or names.named(line) or names.signed(meta) >= 0.7


def copyright_holder(shape: Shape) -> str:
    """Return whom a copyright notice near the beginning or the end names, or ''."""
    for line in (*shape.lines[:25], *shape.last[-8:]):
        found = _COPYRIGHT.search(line) if len(line) <= 160 else None
        if found:
            who = found.group("who").strip(" .*_")
            if looks_like_name(who):
                return who
    return ""


def byline(shape: Shape) -> str:
    """Return the name in “by …” or “von …” near the beginning or at the very end, or ''."""
    for line in (*shape.lines[:12], *shape.last[-1:]):
        found = _BYLINE.match(line) if len(line) <= 80 and not is_closing(line) else None
        if found and looks_like_name(found.group("who")):
            return found.group("who").strip()
    return ""
