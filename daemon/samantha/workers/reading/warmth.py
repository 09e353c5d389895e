"""Small documents of every format: reading them loads all that a reader will ever load."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
_CALENDAR = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:a\nEND:VEVENT\nEND:VCALENDAR\n"
_CARD = b"BEGIN:VCARD\nFN;CHARSET=utf-8;ENCODING=QUOTED-PRINTABLE:=C3=A9\nEND:VCARD\n"
_MAIL = (
    b"From: =?utf-8?q?a?= <a@b.invalid>\nDate: Mon, 6 Jan 2025 10:00:00 +0100\n"
    b'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: multipart/alternative; '
    b'boundary="c"\n\n--c\n\nplain\n--c\nContent-Type: text/html; charset=koi8-r\n\n<p>page</p>\n'
    b"--c--\n--b\nContent-Type: text/calendar; name*=utf-8''x.ics\n"
    b"Content-Transfer-Encoding: base64\n\nQkVHSU46VkNBTEVOREFSCg==\n--b--\n"
)


def samples() -> Iterator[tuple[bytes, str, str]]:
    """Return (bytes, name, media) of one small document a format."""
    for ending in ("txt", "md", "rst", "tex"):
        yield "a \u0301\n\nb".encode(), f"a.{ending}", "file"
    yield b"<title>t</title><meta name=author content=a><p hidden>x<blockquote>y", "a.html", "file"
    yield rb"{\rtf1\ansi\ansicpg1252 a\'e9\u8211 ?b}", "a.rtf", "file"
    yield _CALENDAR, "a.ics", "file"
    yield _CARD, "a.vcf", "file"
    yield _MAIL, "", "mail"
    yield _pdf(), "a.pdf", "file"
    paragraph = f'<w:document xmlns:w="{_W}"><w:p><w:r><w:t>a</w:t></w:r></w:p></w:document>'
    core = "<c><creator>a</creator></c>"
    yield _zip({"word/document.xml": paragraph, "docProps/core.xml": core}), "a.docx", "file"
    content = f'<o:d xmlns:o="{_OFFICE}" xmlns:t="{_TEXT}"><t:p>a<t:s/></t:p></o:d>'
    yield _zip({"mimetype": "x", "content.xml": content, "meta.xml": core}), "a.odt", "file"


def _zip(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def _pdf() -> bytes:
    """Return a page that says "Hi", with the cross-reference table a reader wants."""
    show = b"BT /F 9 Tf 9 9 Td (Hi) Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R"
        b"/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(show), show),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + table
    return out + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start
