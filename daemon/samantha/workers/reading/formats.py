"""Which reader reads what, by the name's ending and the first bytes."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import PurePath

from samantha.core.ports import Unreadable
from samantha.workers.reading import (
    calendar,
    html,
    mail,
    office,
    pdf,
    pkpass,
    plain,
    railway_ticket,
)
from samantha.workers.reading.bookings import with_bookings
from samantha.workers.reading.reading import MAX_TITLE, Reading, cap, one_line

FORMATS = {
    **dict.fromkeys(("txt", "text", "log"), "txt"),
    **dict.fromkeys(("md", "markdown", "mdown", "mkd"), "md"),
    "rst": "rst",
    **dict.fromkeys(("tex", "latex", "ltx"), "tex"),
    **dict.fromkeys(("html", "htm", "xhtml"), "html"),
    "eml": "eml",
    **dict.fromkeys(("docx", "docm", "dotx"), "docx"),
    **dict.fromkeys(("odt", "ott"), "odt"),
    "rtf": "rtf",
    "pdf": "pdf",
    **dict.fromkeys(("ics", "ical", "ifb"), "ics"),
    **dict.fromkeys(("vcf", "vcard"), "vcf"),
    **dict.fromkeys(("pkpass", "pkpasses"), "pkpass"),
}
_MEDIA_TYPES = {
    "text/plain": "txt",
    "text/markdown": "md",
    "text/html": "html",
    "text/calendar": "ics",
    "application/ics": "ics",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "text/directory": "vcf",
    "application/pdf": "pdf",
    "application/vnd.apple.pkpass": "pkpass",
    "application/x-pdf": "pdf",
    "application/rtf": "rtf",
    "text/rtf": "rtf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.oasis.opendocument.text": "odt",
}
_OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ODT_TYPE = b"mimetypeapplication/vnd.oasis.opendocument.text"


def detect(name: str, untrusted_bytes: bytes, media_type: str = "") -> str:
    """Return the format to read bytes as, or raise ``Unreadable``."""
    ending = PurePath(name).suffix.lower().lstrip(".")
    stated = FORMATS.get(ending) or _MEDIA_TYPES.get(media_type, "")
    head = untrusted_bytes[:1024]
    if not untrusted_bytes:
        raise Unreadable("empty")
    seen = _magic(head)
    if seen and (stated or seen == "uic" or ending in ("", "doc")):
        return seen
    if stated in ("pdf", "docx", "odt", "rtf"):
        if stated == "docx" and (head.startswith(_OLD_WORD) or head.startswith(b"PK")):
            return stated
        if stated == "odt" and head.startswith(b"PK"):
            return stated
        raise Unreadable(f"damaged: not the {stated} file that its name says")
    if stated:
        return stated
    if not ending and not media_type and not plain.looks_binary(untrusted_bytes):
        return "txt"
    raise Unreadable(f"not a format I read: {one_line('.' + ending if ending else media_type, 40)}")


def _magic(head: bytes) -> str:
    if b"%PDF-" in head:
        return "pdf"
    if head.startswith(railway_ticket.MAGIC):
        return "uic"
    if head.lstrip()[:4] == b"{\\rt":
        return "rtf"
    if head.startswith(b"PK") and _ODT_TYPE in head[:200]:
        return "odt"
    return ""


def read(untrusted_bytes: bytes, name: str, media: str, media_type: str = "") -> Reading:
    """Read the bytes of one file, bounded and with a title."""
    form = "eml" if media == "mail" else detect(name, untrusted_bytes, media_type)
    reading = cap(with_bookings(_read(form, untrusted_bytes)))
    reading.format = form
    stem = PurePath(name).stem if media != "mail" else ""
    reading.title = one_line(reading.title, MAX_TITLE) or one_line(stem, MAX_TITLE)
    return reading


def _read(form: str, untrusted_bytes: bytes) -> Reading:
    try:
        match form:
            case "eml":
                return mail.read_mail(untrusted_bytes, _attached)
            case "docx":
                return office.read_docx(untrusted_bytes)
            case "odt":
                return office.read_odt(untrusted_bytes)
            case "rtf":
                return office.read_rtf(untrusted_bytes)
            case "pdf":
                return pdf.read_pdf(untrusted_bytes)
            case "html":
                return html.read_html(untrusted_bytes)
            case "ics":
                return calendar.read_ics(untrusted_bytes)
            case "pkpass":
                return pkpass.read_pkpass(untrusted_bytes)
            case "uic":
                return railway_ticket.read_railway_ticket(untrusted_bytes)
            case "vcf":
                return calendar.read_vcf(untrusted_bytes)
            case _:
                return plain.read_plain(untrusted_bytes, form)
    except PARSER_ERRORS as error:
        raise Unreadable(f"damaged: the {form} cannot be read ({type(error).__name__})") from error


def _attached(name: str, media_type: str, untrusted_bytes: bytes) -> Reading:
    form = detect(name, untrusted_bytes, media_type)
    if form == "eml":
        raise Unreadable("a mail in a mail")
    return cap(_read(form, untrusted_bytes))


def _parser_errors() -> tuple[type[BaseException], ...]:
    from lxml.etree import LxmlError
    from pypdfium2 import PdfiumError

    # What the libraries raise on damaged input, as the torture sets show; MemoryError is not
    # among them: after it the worker is not to be trusted and ends.
    return (
        *(ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError),
        *(RecursionError, NotImplementedError, EOFError, OSError, RuntimeError, struct.error),
        *(zlib.error, zipfile.BadZipFile, LxmlError, PdfiumError),
    )


PARSER_ERRORS = _parser_errors()
