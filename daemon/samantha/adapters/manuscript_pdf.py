"""A manuscript as pdf, in standard manuscript format, the same bytes for the same input."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from samantha.adapters.manuscript import Block, Manuscript

LINE = 24.0
INDENT = 36.0
MARGIN = 72.0
_CORE = "windows-1252"

# Serif faces in the order of how near they are to what editors expect; none is shipped, for the
# Times that every reader of PDF files carries covers English and German.
_FACES = (
    "Times New Roman.ttf",
    "times.ttf",
    "Times_New_Roman.ttf",
    "LiberationSerif-Regular.ttf",
    "Tinos-Regular.ttf",
    "FreeSerif.ttf",
    "NotoSerif-Regular.ttf",
    "DejaVuSerif.ttf",
    "NotoSans-Regular.ttf",
    "DejaVuSans.ttf",
)
_TIMES = frozenset(_FACES[:6])


def pdf_bytes(manuscript: Manuscript, made: datetime) -> bytes:
    """Return the file; ``made`` stands in its properties."""
    pdf = _document(manuscript)
    pdf.set_creation_date(made)
    pdf.set_title(manuscript.title)
    if manuscript.author:
        pdf.set_author(pdf.shown(manuscript.author))
    _title_page(pdf, manuscript)
    for one in manuscript.sections:
        pdf.add_page()
        pdf.set_y(MARGIN + 96)
        pdf.multi_cell(0, LINE, pdf.shown(one.title), align="C", new_x="LMARGIN", new_y="NEXT")
        pdf.set_y(pdf.get_y() + LINE)
        for block in one.blocks:
            _block(pdf, block)
    pdf.set_y(pdf.get_y() + LINE)
    pdf.cell(0, LINE, manuscript.end, align="C")
    return bytes(pdf.output())


def _title_page(pdf: Any, manuscript: Manuscript) -> None:
    pdf.add_page()
    pdf.cell(0, 14, manuscript.count, align="R")
    pdf.set_xy(MARGIN, MARGIN)
    for row in (manuscript.author, *manuscript.contact) if manuscript.author else ():
        pdf.cell(0, 14, pdf.shown(row), new_x="LMARGIN", new_y="NEXT")
    pdf.set_y(pdf.h / 2 - LINE)
    for row in (manuscript.title.upper(), manuscript.byline):
        if row:
            pdf.multi_cell(0, LINE, pdf.shown(row), align="C", new_x="LMARGIN", new_y="NEXT")


def _block(pdf: Any, block: Block) -> None:
    if block.kind == "break":
        pdf.cell(0, LINE, "#", align="C", new_x="LMARGIN", new_y="NEXT")
        return
    if block.kind == "prose":
        pdf.set_x(MARGIN + INDENT)
        pdf.write(LINE, pdf.shown(block.lines[0]))
        pdf.ln(LINE)
        return
    for row in block.lines:
        # A line of verse that is too long hangs; its indent is kept as it was written.
        pdf.write(LINE, pdf.shown(row))
        pdf.ln(LINE)
    if len(block.lines) > 1:
        pdf.ln(LINE)


def _document(manuscript: Manuscript) -> Any:
    from fpdf import FPDF

    class Pages(FPDF):  # type: ignore[misc]
        def header(self) -> None:
            if self.page_no() == 1:
                return
            self.set_y(MARGIN / 2)
            line = f"{self.shown(manuscript.header)}{self.page_no()}"
            self.cell(0, 14, line, align="R")
            self.set_y(MARGIN)

        def shown(self, text: str) -> str:
            return _within(text, self.core_fonts_encoding) if self.times else text

    pdf = Pages(unit="pt", format=manuscript.paper)
    pdf.set_margin(MARGIN)
    pdf.set_auto_page_break(True, MARGIN)
    face = _face(_letters(manuscript))
    pdf.times = face is None
    if face is None:
        pdf.core_fonts_encoding = _CORE
        pdf.set_font("Times", size=12)
    else:
        pdf.add_font("manuscript", fname=face)
        pdf.set_font("manuscript", size=12)
    return pdf


def _letters(manuscript: Manuscript) -> frozenset[str]:
    texts: list[str] = [manuscript.title, manuscript.title.upper(), manuscript.author]
    texts += [manuscript.count, manuscript.byline, manuscript.header, *manuscript.contact]
    for one in manuscript.sections:
        texts.append(one.title)
        texts += [row for block in one.blocks for row in block.lines]
    return frozenset("".join(texts))


def _face(letters: frozenset[str]) -> str | None:
    """Return the font file to embed, or None for the reader's own Times."""
    try:
        "".join(sorted(letters)).encode(_CORE)
        simple = True
    except UnicodeEncodeError:
        simple = False
    best, missing = None, len(letters)
    for name, path in _installed():
        if simple and name not in _TIMES:
            continue
        lacking = len(letters - _coverage(path) - {"\n"})
        if lacking == 0:
            return path
        if lacking < missing:
            best, missing = path, lacking
    return None if simple else best


@lru_cache(maxsize=1)
def _installed() -> tuple[tuple[str, str], ...]:
    wanted = {name: at for at, name in enumerate(_FACES)}
    found: dict[str, str] = {}
    for folder in _folders():
        for path in sorted(folder.rglob("*.ttf")) if folder.is_dir() else ():
            if path.name in wanted:
                found.setdefault(path.name, str(path))
    return tuple(sorted(found.items(), key=lambda item: wanted[item[0]]))


def _folders() -> Iterable[Path]:
    if sys.platform == "darwin":
        return (Path("/System/Library/Fonts/Supplemental"), Path("/Library/Fonts"))
    if sys.platform == "win32":
        return (Path("C:/Windows/Fonts"),)
    return (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))


@lru_cache(maxsize=8)
def _coverage(path: str) -> frozenset[str]:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with TTFont(path, lazy=True) as font:
        return frozenset(chr(c) for c in font.getBestCmap())


def _within(text: str, encoding: str) -> str:
    """Return text a core font can show; what it cannot is named by its code point, visibly."""
    out = []
    for ch in text:
        try:
            ch.encode(encoding)
            out.append(ch)
        except UnicodeEncodeError:
            base = unicodedata.normalize("NFKD", ch).encode(encoding, "ignore").decode(encoding)
            out.append(base or f"[U+{ord(ch):04X}]")
    return "".join(out)
