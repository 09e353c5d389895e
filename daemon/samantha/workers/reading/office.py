"""Word processors' files: docx and odt (XML in a zip) and rtf."""

from __future__ import annotations

import io
import re
import statistics
import zipfile
from collections.abc import Iterator
from typing import Any

from samantha.core.ports import Unreadable
from samantha.workers.reading.plain import decode
from samantha.workers.reading.reading import (
    MAX_TEXT,
    Reading,
    clean,
    heading,
    metadata,
    one_line,
    tidy,
)

MAX_ENTRIES = 10_000
MAX_EXPANDED = 200 * 2**20
MAX_RATIO = 100
_RATIO_FROM = 2**20
_CFB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT_W = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_XLINK = "{http://www.w3.org/1999/xlink}"

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_NARROW_ROW = 300

Paragraph = tuple[str, str]
"""Text, and what it is: ``p`` paragraph, ``h`` heading or title, ``row`` of a table."""


def read_docx(untrusted_bytes: bytes) -> Reading:
    """Read a Word document: its paragraphs, and what core.xml and app.xml say of it."""
    if untrusted_bytes.startswith(_CFB):
        raise Unreadable(_old_or_encrypted(untrusted_bytes))
    with _open(untrusted_bytes) as archive:
        name = _main_part(archive)
        paragraphs = list(_docx_paragraphs(_part(archive, name)))
        core = _properties(archive, "docProps/core.xml")
        app = _properties(archive, "docProps/app.xml")
        commented = "word/comments.xml" in archive.namelist()
    meta = metadata(
        {
            "author": core.get("creator", ""),
            "title": core.get("title", ""),
            "created": core.get("created", ""),
            "changed": core.get("modified", ""),
            "changed_by": core.get("lastModifiedBy", ""),
            "revision": core.get("revision", ""),
            "template": app.get("Template", ""),
            "creator": app.get("Application", ""),
            "pages": app.get("Pages", ""),
            "comments": "yes" if commented else "",
        }
    )
    return _reading(paragraphs, meta)


def read_odt(untrusted_bytes: bytes) -> Reading:
    """Read an OpenDocument text: its paragraphs, and what meta.xml says of it."""
    with _open(untrusted_bytes) as archive:
        names = archive.namelist()
        if "META-INF/manifest.xml" in names and b"encryption-data" in _part(
            archive, "META-INF/manifest.xml"
        ):
            raise Unreadable("encrypted: it needs a password")
        paragraphs = list(_odt_paragraphs(_part(archive, "content.xml")))
        info = _properties(archive, "meta.xml")
    meta = metadata(
        {
            "author": info.get("initial-creator", "") or info.get("creator", ""),
            "title": info.get("title", ""),
            "created": info.get("creation-date", ""),
            "changed": info.get("date", ""),
            "changed_by": info.get("creator", ""),
            "template": info.get("template", ""),
            "creator": info.get("generator", ""),
        }
    )
    return _reading(paragraphs, meta)


def read_rtf(untrusted_bytes: bytes) -> Reading:
    """Read a rich text file."""
    from striprtf.striprtf import rtf_to_text

    if not untrusted_bytes.lstrip()[:5].startswith(b"{\\rt"):
        raise Unreadable("damaged: not the rich text its name says")
    source = untrusted_bytes.decode("latin-1")
    page = re.search(r"\\ansicpg(\d{3,5})", source[:2000])
    text = tidy(rtf_to_text(source, encoding=f"cp{page[1]}" if page else "cp1252", errors="ignore"))
    info = {
        name: match.group(1)
        for name in ("title", "author", "operator", "company")
        if (match := re.search(r"\{\\" + name + r" ([^{}\\]{1,300})\}", source[:20_000]))
    }
    meta = metadata({"author": info.get("author", ""), "title": info.get("title", "")})
    return Reading(text=text, title=meta.get("title", "") or heading(text), meta=meta)


def _reading(paragraphs: list[Paragraph], meta: dict[str, str]) -> Reading:
    text = tidy(_join(paragraphs))
    titles = [text for text, kind in paragraphs[:20] if kind == "h" and text.strip()]
    title = meta.get("title", "") or (one_line(titles[0]) if titles else heading(text))
    return Reading(text=text, title=title, meta=meta)


def _join(paragraphs: list[Paragraph]) -> str:
    """Put paragraphs a blank line apart; verse typed a paragraph a line keeps its lines."""
    full = [len(text) for text, _ in paragraphs if text.strip()]
    empty = len(paragraphs) - len(full)
    if not full:
        return ""
    verse = empty * 20 >= len(full) and statistics.median(full) <= 70
    out: list[str] = []
    before = ""
    for text, kind in paragraphs:
        if not verse and not text.strip():
            continue
        near = kind == before == "row" or (verse and "h" not in (kind, before))
        out += ["" if not out else "\n" if near else "\n\n", text]
        before = kind
    return "".join(out)


def _old_or_encrypted(untrusted_bytes: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in untrusted_bytes:
        return "encrypted: it needs a password"
    return "not a format I read: the old Word format (.doc)"


def _open(untrusted_bytes: bytes) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(untrusted_bytes))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unreadable("damaged: the zip inside cannot be opened") from error
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise Unreadable(f"more than {MAX_ENTRIES:,} files inside")
    expanded = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if expanded > MAX_EXPANDED:
        raise Unreadable("too large when unpacked (over 200 MiB)")
    if expanded > _RATIO_FROM and expanded > MAX_RATIO * min(len(untrusted_bytes), packed):
        raise Unreadable("a zip bomb: unpacks to over 100 times its size")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable("encrypted: it needs a password")
    return archive


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    # zipfile stops at the size the entry states, and the sum of those is bounded above.
    try:
        return archive.read(name)
    except KeyError as error:
        raise Unreadable(f"damaged: {name} is missing inside") from error


def _main_part(archive: zipfile.ZipFile) -> str:
    names = archive.namelist()
    if "word/document.xml" in names:
        return "word/document.xml"
    found = [n for n in names if re.fullmatch(r"/?word/document\d*\.xml", n)]
    return found[0] if found else "word/document.xml"


def _events(xml: bytes, tags: tuple[str, ...]) -> Iterator[Any]:
    from lxml import etree

    return iter(
        element
        for _, element in etree.iterparse(
            io.BytesIO(xml),
            events=("end",),
            tag=tags,
            resolve_entities=False,
            no_network=True,
            huge_tree=False,
            load_dtd=False,
            recover=True,
            remove_comments=True,
            remove_pis=True,
        )
    )


def _drop(element: Any) -> None:
    """Free a finished element and what stood before it."""
    element.clear(keep_tail=True)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _docx_paragraphs(xml: bytes) -> Iterator[Paragraph]:
    space = _STRICT_W if _STRICT_W[1:-1].encode() in xml[:4000] else _W
    outer = (f"{space}p", f"{space}tr")
    total = 0
    for element in _events(xml, outer):
        # A paragraph in a row or in another's text box is read with that one, once.
        if next(element.iterancestors(*outer), None) is not None:
            continue
        found: list[Paragraph]
        if element.tag == f"{space}tr":
            found = _row(
                [
                    [clean("".join(_docx_words(p, space))) for p in cell.iter(f"{space}p")]
                    for cell in element.iter(f"{space}tc")
                ]
            )
        else:
            style = element.find(f"{space}pPr/{space}pStyle")
            named = (style.get(f"{space}val") or "").lower() if style is not None else ""
            headed = named.startswith(("heading", "title", "berschrift", "titel", "titre"))
            found = [(clean("".join(_docx_words(element, space))), "h" if headed else "p")]
        yield from found
        total += sum(len(text) for text, _ in found)
        if total > MAX_TEXT:
            return
        _drop(element)


def _row(cells: list[list[str]]) -> list[Paragraph]:
    """Put a table's row on one line, unless the table only lays out whole paragraphs."""
    texts = [" ".join(text for text in cell if text.strip()) for cell in cells]
    if sum(len(text) for text in texts) <= _NARROW_ROW:
        line = "\t".join(" ".join(text.split()) for text in texts)
        return [(line, "row")] if line.strip() else []
    return [(text, "p") for cell in cells for text in cell if text.strip()]


def _docx_words(paragraph: Any, space: str) -> Iterator[str]:
    tabs, breaks = f"{space}tab", (f"{space}br", f"{space}cr")
    skipped = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
    for element in paragraph.iter():
        tag = element.tag
        if tag == f"{space}t":
            run = element.getparent()
            hidden = run is not None and run.find(f"{space}rPr/{space}vanish") is not None
            inside = next(element.iterancestors(skipped), None) is not None
            if element.text and not hidden and not inside:
                yield element.text
        elif tag == tabs and element.getparent().tag == f"{space}r":
            yield "\t"
        elif tag in breaks:
            yield "\n"
        elif tag == f"{space}noBreakHyphen":
            yield "-"
        elif tag == f"{space}p" and element is not paragraph:
            yield "\n"


def _odt_paragraphs(xml: bytes) -> Iterator[Paragraph]:
    tags = (f"{_TEXT}p", f"{_TEXT}h", f"{_TABLE}table-row")
    total = 0
    for element in _events(xml, tags):
        if any(a.tag in _ODT_OUTSIDE for a in element.iterancestors()):
            continue
        found: list[Paragraph]
        if element.tag == tags[2]:
            cells = element.iter(f"{_TABLE}table-cell")
            found = _row([[_odt_text(p) for p in cell.iter(*tags[:2])] for cell in cells])
        else:
            found = [(_odt_text(element), "h" if element.tag == tags[1] else "p")]
        yield from found
        total += sum(len(text) for text, _ in found)
        if total > MAX_TEXT:
            return
        _drop(element)


def _odt_text(element: Any) -> str:
    parts: list[str] = []
    _odt_words(element, parts)
    return clean("".join(parts))


_ODT_SKIPPED = frozenset(
    (f"{_TEXT}note", f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_TEXT}ruby-text")
)
# A paragraph in a note, a deleted passage or another paragraph's frame is not the author's line.
_ODT_OUTSIDE = _ODT_SKIPPED | {f"{_TEXT}p", f"{_TEXT}h", f"{_TABLE}table-row"}


def _odt_words(element: Any, parts: list[str], depth: int = 0) -> None:
    tag = element.tag
    if not isinstance(tag, str) or depth > 200:
        return
    if tag == f"{_TEXT}s":
        count = element.get(f"{_TEXT}c") or "1"
        parts.append(" " * (min(int(count), 200) if count.isdigit() else 1))
    elif tag == f"{_TEXT}tab":
        parts.append("\t")
    elif tag == f"{_TEXT}line-break":
        parts.append("\n")
    elif tag not in _ODT_SKIPPED:
        parts.append(_spaces(element.text))
        for child in element:
            _odt_words(child, parts, depth + 1)
            parts.append(_spaces(child.tail))


def _spaces(text: str | None) -> str:
    return re.sub(r"[ \t\r\n]+", " ", text) if text else ""


def _properties(archive: zipfile.ZipFile, name: str) -> dict[str, str]:
    """Return the leaf elements of a small property file by their local names."""
    from lxml import etree

    if name not in archive.namelist() or archive.getinfo(name).file_size > 2**20:
        return {}
    found: dict[str, str] = {}
    try:
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False
        )
        root = etree.fromstring(archive.read(name), parser)
    except (etree.XMLSyntaxError, zipfile.BadZipFile, ValueError):
        return {}
    for element in root.iter():
        if isinstance(element.tag, str):
            local = element.tag.rpartition("}")[2]
            value = element.text or element.get(f"{_XLINK}title") or ""
            if value.strip():
                found.setdefault(local, decode(value.encode("utf-8", "replace")))
    return found
