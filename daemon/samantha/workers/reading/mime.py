"""Splits a mail into its parts with every bound checked before the work is done.

The standard parser has no bounds of its own (a long Subject takes it seconds and gigabytes, deep
nesting takes the stack), so the structure is read here and only bounded header values reach it.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message

from samantha.core.ports import Unreadable
from samantha.workers.reading.plain import decode
from samantha.workers.reading.reading import one_line

MAX_HEADER_BLOCK = 256 * 1024
MAX_HEADER = 16 * 1024
MAX_HEADERS = 2000
MAX_PARTS = 500
MAX_DEPTH = 20

_HEADER_END = re.compile(rb"\r?\n\r?\n|\r\r")
_FIELD = re.compile(rb"^([!-9;-~]{1,100})[ \t]*:")
_ODD = (ValueError, LookupError, TypeError, AttributeError, AssertionError, MessageError)
_LEFT_OUT = re.compile(r"part=[\d.]{1,40}; octets=(\d{1,15}); read=(yes|no); mark=")
Headers = dict[str, list[str]]


@dataclass(slots=True)
class Part:
    """One leaf or container of a mail."""

    headers: Headers
    content_type: str
    charset: str
    disposition: str
    filename: str
    encoding: str
    untrusted_body: bytes
    depth: int
    flowed: bool = False
    """Whether lines that end in a space go on in the next one (RFC 3676)."""
    delsp: bool = False
    left_out: int = 0
    """The size of what lies on the server alone; 0 when all of it is here."""
    readable: bool = False
    children: list[Part] = field(default_factory=list)

    def content(self) -> bytes:
        """Return the body without its transfer encoding."""
        if self.encoding == "base64":
            return _base64(self.untrusted_body)
        if self.encoding == "quoted-printable":
            return quopri.decodestring(self.untrusted_body)
        return self.untrusted_body

    def walk(self) -> Iterator[Part]:
        """Return this part and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()


def parse(untrusted_bytes: bytes) -> Part:
    """Parse a mail into its tree of parts, or raise ``Unreadable`` when a bound is exceeded."""
    data = untrusted_bytes
    if data.startswith(b"From "):
        data = data[data.find(b"\n") + 1 :]
    head_size = _head_size(data)
    if head_size > MAX_HEADER_BLOCK:
        raise Unreadable("its header is larger than 256 KiB")
    return _part(data, 0, [0])


def _head_size(data: bytes) -> int:
    found = _HEADER_END.search(data, 0, MAX_HEADER_BLOCK + 4)
    if found:
        return found.start()
    return len(data)


def _part(data: bytes, depth: int, count: list[int], default: str = "text/plain") -> Part:
    count[0] += 1
    if count[0] > MAX_PARTS:
        raise Unreadable(f"more than {MAX_PARTS} parts")
    if depth > MAX_DEPTH:
        raise Unreadable(f"parts nested more than {MAX_DEPTH} deep")
    headers, body = split_header(data)
    part, boundary = _describe(headers, body, depth, default)
    if part.content_type.startswith("multipart/") and boundary:
        inner = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        for piece in _pieces(body, boundary):
            part.children.append(_part(piece, depth + 1, count, inner))
        part.untrusted_body = b"" if part.children else body
    elif part.content_type == "message/rfc822":
        part.children.append(_part(part.content(), depth + 1, count))
    return part


def split_header(data: bytes) -> tuple[Headers, bytes]:
    """Return the header's fields by lower-case name, unfolded and bounded, and the rest."""
    if data[:1] == b"\n":
        return {}, data[1:]
    if data[:2] == b"\r\n":
        return {}, data[2:]
    size = _head_size(data)
    if size > MAX_HEADER_BLOCK:
        raise Unreadable("a part's header is larger than 256 KiB")
    fields: list[list[bytes]] = []
    lines = re.split(rb"\r\n|\n|\r", data[:size])
    for number, line in enumerate(lines):
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1].append(line)
            continue
        if not _FIELD.match(line):
            # No header at all, or a body that follows without a blank line.
            if not fields and number == 0:
                return {}, data
            continue
        if len(fields) >= MAX_HEADERS:
            raise Unreadable(f"more than {MAX_HEADERS} header lines")
        fields.append([line])
    headers: Headers = {}
    for one in fields:
        name, _, value = b" ".join(piece.strip() for piece in one)[:MAX_HEADER].partition(b":")
        text = decode(value.strip())
        headers.setdefault(name.strip().lower().decode("ascii", "replace"), []).append(text)
    end = _HEADER_END.match(data, size)
    return headers, data[end.end() :] if end else b""


def _describe(headers: Headers, body: bytes, depth: int, default: str) -> tuple[Part, str]:
    message = Message()
    for name in ("content-type", "content-disposition"):
        if name in headers:
            # Line ends and lone surrogates would make the standard class refuse the value.
            message[name] = re.sub("[\r\n\0\ud800-\udfff]", " ", headers[name][0])
    message.set_default_type(default)
    try:
        kind = message.get_content_type()
        charset = _text(message.get_content_charset(""))
        boundary = _text(message.get_boundary(""))
        flowed = _is(message, "format", "flowed")
        delsp = flowed and _is(message, "delsp", "yes")
    except _ODD:
        kind, charset, boundary, flowed, delsp = "text/plain", "", "", False, False
    try:
        disposition = message.get_content_disposition() or ""
        filename = one_line(unencode(_text(message.get_filename(""))), 200)
    except _ODD:
        disposition, filename = "", ""
    encoding = headers.get("content-transfer-encoding", [""])[0].strip().lower()
    encoding = encoding.split(";")[0].split("(")[0].strip()
    part = Part(headers, kind, charset, disposition, filename, encoding, body, depth, flowed, delsp)
    if found := _LEFT_OUT.match(headers.get("x-samantha-left-out", [""])[0]):
        part.left_out, part.readable = int(found[1]), found[2] == "yes"
    return part, boundary


def _is(message: Message, name: str, word: str) -> bool:
    return _text(message.get_param(name, "")).strip().lower() == word


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _pieces(body: bytes, boundary: str) -> Iterator[bytes]:
    """Return what lies between the boundary lines; an unclosed last piece counts."""
    mark = re.escape(b"--" + boundary.rstrip().encode("utf-8", "replace"))
    start: int | None = None
    for found in re.finditer(rb"(?:\A|\r\n|\n|\r)" + mark + rb"(--)?[ \t]*(?=\r|\n|\Z)", body):
        if start is not None:
            yield body[start : max(start, found.start())]
        if found.group(1):
            return
        start = found.end()
        start += 2 if body[start : start + 2] == b"\r\n" else 1
    if start is not None:
        yield body[start:]


def _base64(data: bytes) -> bytes:
    """Decode what there is: strangers' base64 is often cut, padded wrongly or dirty."""
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    kept = kept[: len(kept) - 1] if len(kept) % 4 == 1 else kept
    try:
        return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))
    except binascii.Error:
        return b""


def unencode(value: str) -> str:
    """Decode the encoded words of a header value."""
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value)
    except (*_ODD, HeaderParseError, binascii.Error):
        return value
    out: list[str] = []
    for piece, charset in pieces:
        out.append(piece if isinstance(piece, str) else decode(piece, charset or ""))
    return "".join(out)
