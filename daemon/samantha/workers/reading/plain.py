"""Plain text and its dialects: txt, md, rst, tex."""

from __future__ import annotations

import codecs
import re

from samantha.core.ports import Unreadable
from samantha.workers.reading.reading import Reading, clean, heading, one_line

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL_BYTES = bytes(set(range(32)) - {7, 8, 9, 10, 12, 13, 27})
_TEX_TITLE = re.compile(r"\\title\s*(?:\[[^\]]{0,200}\])?\{([^{}]{1,300})\}")
_TEX_AUTHOR = re.compile(r"\\author\s*(?:\[[^\]]{0,200}\])?\{([^{}]{1,300})\}")
_MD_TITLE = re.compile(r"^#{1,2}[ \t]+(\S.{0,200}?)[ \t#]*$", re.MULTILINE)
_FRONT = re.compile(r"\A---\n(.{0,4000}?)\n(?:---|\.\.\.)\n", re.DOTALL)
_FRONT_LINE = re.compile(r"^(title|author|date|status|draft)[ \t]*:[ \t]*(.{1,300})$", re.M | re.I)


def decode(untrusted_bytes: bytes, charset: str = "") -> str:
    """Decode by byte order mark, then the stated charset, UTF-8, and Windows-1252 at last."""
    for bom, codec in _BOMS:
        if untrusted_bytes.startswith(bom):
            return untrusted_bytes.decode(codec, "replace")
    for codec in (charset, "utf-8"):
        if codec:
            try:
                return untrusted_bytes.decode(codec)
            except (UnicodeError, LookupError, ValueError):
                continue
    if charset and _known(charset) and charset.lower() not in ("us-ascii", "ascii"):
        return untrusted_bytes.decode(charset, "replace")
    try:
        return untrusted_bytes.decode("cp1252")
    except UnicodeDecodeError:
        return untrusted_bytes.decode("latin-1")


def _known(charset: str) -> bool:
    try:
        return codecs.lookup(charset)._is_text_encoding
    except (LookupError, ValueError):
        return False


def looks_binary(untrusted_bytes: bytes) -> bool:
    """Tell whether bytes are no text: control bytes that no text file holds."""
    head = untrusted_bytes[:8192]
    if not head or any(head.startswith(bom) for bom, _ in _BOMS):
        return False
    odd = len(head) - len(head.translate(None, _CONTROL_BYTES))
    return b"\0" in head or odd * 50 > len(head)


def read_plain(untrusted_bytes: bytes, form: str) -> Reading:
    """Read txt, md, rst or tex as it is written, markup included."""
    if looks_binary(untrusted_bytes):
        raise Unreadable("not text, whatever its name says")
    text = clean(decode(untrusted_bytes))
    meta: dict[str, str] = {}
    title = ""
    if form == "md":
        title, meta = _markdown(text)
    elif form == "tex":
        title, meta = _tex(text)
    return Reading(text=text, title=title or heading(text), meta=meta)


def _markdown(text: str) -> tuple[str, dict[str, str]]:
    meta: dict[str, str] = {}
    front = _FRONT.match(text)
    if front:
        for name, value in _FRONT_LINE.findall(front.group(1)):
            meta[name.lower()] = one_line(value).strip("\"'")
    found = _MD_TITLE.search(text[:4000])
    return meta.get("title", "") or (one_line(found.group(1)) if found else ""), meta


def _tex(text: str) -> tuple[str, dict[str, str]]:
    title, author = _TEX_TITLE.search(text), _TEX_AUTHOR.search(text)
    meta = {"author": one_line(author.group(1))} if author else {}
    return (one_line(title.group(1)) if title else ""), meta
