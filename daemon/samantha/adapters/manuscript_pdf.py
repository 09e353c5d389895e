"""A manuscript as pdf, in standard manuscript format, the same bytes for the same input."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from samantha.adapters.manuscript import Block, Layout, Manuscript
from samantha.adapters.manuscript_fonts import CORE, faces_for, shown

INDENT = 36.0
_CENTRED = {"align": "C", "new_x": "LMARGIN", "new_y": "NEXT"}


def pdf_bytes(manuscript: Manuscript, made: datetime) -> bytes:
    """Return the file; ``made`` stands in its properties."""
    # fontTools and fpdf name glyphs and fonts of the text in their logs (I18).
    for name in ("fontTools", "fpdf"):
        logging.getLogger(name).setLevel(logging.ERROR)
    pdf, page = _document(manuscript), manuscript.layout
    pdf.set_creation_date(made)
    pdf.set_title(manuscript.title)
    if manuscript.author:
        pdf.set_author(manuscript.author)
    _title_page(pdf, manuscript)
    for one in manuscript.sections:
        pdf.add_page()
        pdf.set_y(page.height / 3)
        pdf.multi_cell(0, page.line, pdf.shown(one.title), **_CENTRED)
        pdf.set_y(pdf.get_y() + page.line)
        for block in one.blocks:
            _block(pdf, block, page)
    pdf.set_y(pdf.get_y() + page.line)
    pdf.cell(0, page.line, manuscript.end, align="C")
    return bytes(pdf.output())


def _title_page(pdf: Any, manuscript: Manuscript) -> None:
    page = manuscript.layout
    pdf.add_page()
    pdf.cell(0, page.single, pdf.shown(manuscript.count), align="R")
    pdf.set_xy(page.side, page.ends)
    for row in (manuscript.author, *manuscript.contact) if manuscript.author else ():
        pdf.cell(0, page.single, pdf.shown(row), new_x="LMARGIN", new_y="NEXT")
    pdf.set_y(max(page.height / 2 - page.line, pdf.get_y() + page.line))
    for row in (manuscript.title.upper(), manuscript.byline):
        if row:
            pdf.multi_cell(0, page.line, pdf.shown(row), **_CENTRED)


def _block(pdf: Any, block: Block, page: Layout) -> None:
    if block.kind == "break":
        pdf.cell(0, page.line, "#", **_CENTRED)
        return
    if block.kind == "prose":
        pdf.set_x(page.side + INDENT)
        pdf.write(page.line, pdf.shown(block.lines[0]))
        pdf.ln(page.line)
        return
    height = page.single if block.kind == "verse" else page.line
    for row in block.lines:
        # A line of verse that is too long hangs; its indent is kept as it was written.
        pdf.l_margin = page.side + (INDENT if block.kind == "verse" else 0)
        pdf.set_x(page.side)
        pdf.write(height, pdf.shown(row))
        pdf.l_margin = page.side
        pdf.ln(height)
    if block.kind == "verse" or len(block.lines) > 1:
        pdf.ln(height)


def _document(manuscript: Manuscript) -> Any:
    from fpdf import FPDF

    page = manuscript.layout
    faces = faces_for(_letters(manuscript), fixed_pitch=page.fixed_pitch)

    class Pages(FPDF):  # type: ignore[misc]
        def header(self) -> None:
            if self.page_no() == 1:
                return
            self.set_y(36.0)
            line = f"{self.shown(manuscript.header)}{self.page_no()}"
            self.cell(0, page.single, line, align="R")
            self.set_y(page.ends)

        def shown(self, text: str) -> str:
            return shown(text, faces)

    pdf = Pages(unit="pt", format=(page.width, page.height))
    pdf.set_margins(page.side, page.ends)
    # The margin inside a cell would cost a line of sixty characters its last one.
    pdf.c_margin = 0
    pdf.set_auto_page_break(True, page.ends)
    if not faces:
        pdf.core_fonts_encoding = CORE
        pdf.set_font("Courier" if page.fixed_pitch else "Times", size=12)
        return pdf
    for at, path in enumerate(faces):
        pdf.add_font(f"manuscript{at}", fname=path)
    pdf.set_font("manuscript0", size=12)
    pdf.set_fallback_fonts([f"manuscript{at}" for at in range(1, len(faces))])
    return pdf


def _letters(manuscript: Manuscript) -> frozenset[str]:
    texts: list[str] = [manuscript.title, manuscript.title.upper(), manuscript.author]
    texts += [manuscript.count, manuscript.byline, manuscript.header, *manuscript.contact]
    for one in manuscript.sections:
        texts.append(one.title)
        texts += [row for block in one.blocks for row in block.lines]
    return frozenset("".join(texts))
