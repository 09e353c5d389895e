"""PDF by pdfium: text, page count and the document's own metadata."""

from __future__ import annotations

import re

from samantha.core.ports import Unreadable
from samantha.workers.reading.reading import MAX_TEXT, Reading, heading, metadata, tidy

MAX_PAGES = 2000
_HYPHEN = re.compile("[\ufffe\x02]\r?\n?")
_FILE_AS_TITLE = re.compile(
    r"^(microsoft word|untitled|\(anonymous\)|.*\.(docx?|odt|tex|pdf|dvi)$)", re.I
)


def read_pdf(untrusted_bytes: bytes) -> Reading:
    """Read a PDF that has a text layer."""
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(untrusted_bytes)
    except pdfium.PdfiumError as error:
        words = str(error).lower()
        if "password" in words or "security" in words:
            raise Unreadable("encrypted: it needs a password") from error
        raise Unreadable("damaged: not a PDF that can be opened") from error
    try:
        return _read(document)
    finally:
        document.close()


def _read(document: object) -> Reading:
    pages = len(document)  # type: ignore[arg-type]
    if pages > MAX_PAGES:
        raise Unreadable(f"more than {MAX_PAGES:,} pages")
    texts, broken = _pages(document, pages)
    text = tidy("\n\n".join(texts))
    if not text.strip():
        raise Unreadable(
            "damaged: none of its pages can be read" if broken == pages else "a scan without text"
        )
    info = document.get_metadata_dict(skip_empty=True)  # type: ignore[attr-defined]
    meta = metadata(
        {
            "author": info.get("Author", ""),
            "title": info.get("Title", ""),
            "creator": info.get("Creator", ""),
            "producer": info.get("Producer", ""),
            "created": info.get("CreationDate", ""),
            "changed": info.get("ModDate", ""),
            "pages": str(pages),
            "unread_pages": str(broken) if broken else "",
        }
    )
    title = meta.get("title", "")
    if not title or _FILE_AS_TITLE.match(title):
        title = heading(text)
    return Reading(text=text, title=title, meta=meta)


def _pages(document: object, count: int) -> tuple[list[str], int]:
    import pypdfium2 as pdfium

    texts: list[str] = []
    total = broken = 0
    for number in range(count):
        try:
            page = document[number]  # type: ignore[index]
            layer = page.get_textpage()
        except pdfium.PdfiumError:
            broken += 1
            continue
        text = _HYPHEN.sub("", layer.get_text_bounded())
        layer.close()
        page.close()
        texts.append(text)
        total += len(text)
        if total > MAX_TEXT:
            break
    return texts, broken
