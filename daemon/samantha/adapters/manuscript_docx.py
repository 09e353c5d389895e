"""A manuscript as docx, in standard manuscript format, the same bytes for the same input."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Any

from samantha.adapters.manuscript import Block, Manuscript

SERIF, FIXED = "Times New Roman", "Courier New"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def docx_bytes(manuscript: Manuscript, made: datetime) -> bytes:
    """Return the file; ``made`` stands in its properties."""
    import docx

    document = docx.Document()
    _base_style(document, manuscript)
    _properties(document, manuscript, made)
    _page(document.sections[0], manuscript)
    _title_page(document, manuscript)
    for one in manuscript.sections:
        _piece(document, manuscript, one.title, one.blocks)
    _centred(document, manuscript.end, before_pt=24)
    return _repacked(document)


def _base_style(document: Any, manuscript: Manuscript) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt

    style = document.styles["Normal"]
    font = FIXED if manuscript.layout.fixed_pitch else SERIF
    style.font.name, style.font.size = font, Pt(12)
    fonts = style.element.rPr.rFonts
    for slot in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(slot), font)
    language = style.element.rPr.makeelement(qn("w:lang"), {})
    tag = {"de": "de-DE", "en": "en-GB"}.get(manuscript.language, manuscript.language or "en-GB")
    language.set(qn("w:val"), tag)
    style.element.rPr.append(language)
    layout = style.paragraph_format
    layout.line_spacing, layout.space_after, layout.space_before = (
        Pt(manuscript.layout.line),
        Pt(0),
        Pt(0),
    )
    layout.widow_control = False


def _properties(document: Any, manuscript: Manuscript, made: datetime) -> None:
    core = document.core_properties
    plain = made.replace(tzinfo=None, microsecond=0)
    core.created = core.modified = plain
    core.author = core.last_modified_by = manuscript.author
    core.title, core.comments, core.revision = manuscript.title, "", 1
    core.language = manuscript.language


def _page(section: Any, manuscript: Manuscript) -> None:
    from docx.shared import Inches, Pt

    page = manuscript.layout
    section.page_width, section.page_height = Pt(page.width), Pt(page.height)
    section.left_margin = section.right_margin = Pt(page.side)
    section.top_margin = section.bottom_margin = Pt(page.ends)
    section.header_distance = Inches(0.5)
    section.different_first_page_header_footer = True
    _header(section, manuscript)


def _header(section: Any, manuscript: Manuscript) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    line = section.header.paragraphs[0]
    line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    line.paragraph_format.line_spacing = 1.0
    line.add_run(manuscript.header)
    _field(line.add_run(), "PAGE")


def _field(run: Any, code: str) -> None:
    """Put a real field into a run, so that the word processor counts the pages."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind in ("begin", "instr", "separate", "text", "end"):
        if kind == "instr":
            node = OxmlElement("w:instrText")
            node.set(qn("xml:space"), "preserve")
            node.text = f" {code} "
        elif kind == "text":
            node = OxmlElement("w:t")
            node.text = "2"
        else:
            node = OxmlElement("w:fldChar")
            node.set(qn("w:fldCharType"), kind)
        run._r.append(node)


def _title_page(document: Any, manuscript: Manuscript) -> None:
    from docx.enum.text import WD_TAB_ALIGNMENT
    from docx.shared import Pt

    section = document.sections[0]
    width = section.page_width - section.left_margin - section.right_margin
    contact = [manuscript.author, *manuscript.contact] if manuscript.author else [""]
    page = manuscript.layout
    for at, row in enumerate(contact):
        line = document.add_paragraph(row)
        line.paragraph_format.line_spacing = Pt(page.single)
        if at == 0:
            line.paragraph_format.tab_stops.add_tab_stop(width, WD_TAB_ALIGNMENT.RIGHT)
            line.add_run("\t" + manuscript.count)
    # The title stands half-way down: what the contact block takes is taken off the space.
    down = page.height / 2 - page.ends - page.single * len(contact) - page.line
    title = _centred(document, manuscript.title.upper())
    title.paragraph_format.space_before = Pt(max(120.0, down))
    if manuscript.byline:
        _centred(document, manuscript.byline)


def _centred(document: Any, text: str, before_pt: float = 0) -> Any:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    line = document.add_paragraph(text)
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    line.paragraph_format.space_before = Pt(before_pt)
    return line


def _piece(document: Any, manuscript: Manuscript, title: str, blocks: tuple[Block, ...]) -> None:
    from docx.enum.section import WD_SECTION
    from docx.shared import Pt

    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.different_first_page_header_footer = False
    page = manuscript.layout
    head = _centred(document, title, before_pt=page.height / 3 - page.ends)
    head.paragraph_format.space_after = Pt(page.line)
    head.paragraph_format.keep_with_next = True
    for block in blocks:
        _block(document, block, page.single)


def _block(document: Any, block: Block, single: float) -> None:
    from docx.shared import Inches, Pt

    if block.kind == "break":
        _centred(document, "#")
        return
    if block.kind == "prose":
        line = document.add_paragraph(block.lines[0])
        line.paragraph_format.first_line_indent = Inches(0.5)
        return
    if block.kind == "verse":
        _stanza(document, block.lines, single)
        return
    line = document.add_paragraph()
    for at, row in enumerate(block.lines):
        run = line.add_run(row)
        if at < len(block.lines) - 1:
            run.add_break()
    # A blank line keeps an address apart from what follows.
    line.paragraph_format.space_after = Pt(24 if len(block.lines) > 1 else 0)


def _stanza(document: Any, rows: tuple[str, ...], single: float) -> None:
    """Set verse single spaced; a line that is too long hangs, so that it reads as one line."""
    from docx.shared import Inches, Pt

    for at, row in enumerate(rows):
        layout = document.add_paragraph(row).paragraph_format
        layout.line_spacing = Pt(single)
        layout.left_indent, layout.first_line_indent = Inches(0.5), -Inches(0.5)
        layout.space_after = Pt(single if at == len(rows) - 1 else 0)


def _repacked(document: Any) -> bytes:
    """Write the archive anew with fixed times, so that equal input gives equal bytes."""
    raw = io.BytesIO()
    document.save(raw)
    out = io.BytesIO()
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o600 << 16
            new.writestr(info, old.read(name))
    return out.getvalue()
