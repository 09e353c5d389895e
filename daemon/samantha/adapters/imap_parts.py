"""A large mail without what is not read: its header, its texts, small documents; the rest by name.

What is left out keeps its part header, so that the attachment is still known by name and type.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imapclient import IMAPClient

TEXT_BYTES = 1 * 2**20
DOCUMENT_BYTES = 10 * 2**20
_DOCUMENTS = (b"pdf", b"calendar", b"ics")
"""Attached kinds that signals ask for: bills and tickets, appointments."""
MAX_PARTS = 100
_DROPPED = (b"content-type:", b"content-transfer-encoding:", b"content-disposition:")


def reduced(client: IMAPClient, uid: int) -> bytes | None:
    """Return a mail made of what is read of it; None when it is gone."""
    found = client.fetch([uid], ["BODYSTRUCTURE", "BODY.PEEK[HEADER]"]).get(uid)
    if not found or found.get(b"BODY[HEADER]") is None:
        return None
    header: bytes = found[b"BODY[HEADER]"]
    structure = found.get(b"BODYSTRUCTURE")
    if not isinstance(structure, tuple) or not structure or not isinstance(structure[0], list):
        # One part alone, a very long text: its beginning is what it is judged by.
        start = client.fetch([uid], [f"BODY.PEEK[TEXT]<0.{TEXT_BYTES}>"]).get(uid, {})
        return header + (start.get(b"BODY[TEXT]<0>") or b"")
    parts = list(_parts(structure, ""))[:MAX_PARTS]
    asked = [f"BODY.PEEK[{where}.MIME]" for where, _ in parts]
    asked += [f"BODY.PEEK[{where}]" for where, wanted in parts if wanted]
    got = client.fetch([uid], asked).get(uid, {}) if asked else {}
    return _joined(header, [(where, _of(got, where)) for where, _ in parts])


def _of(got: Any, where: str) -> tuple[bytes, bytes]:
    head = got.get(f"BODY[{where}.MIME]".encode()) or b""
    body = got.get(f"BODY[{where}]".encode()) or b""
    return head, body


def _parts(structure: Any, above: str) -> Iterator[tuple[str, bool]]:
    """Return each leaf's number and whether it is fetched."""
    if not isinstance(structure, tuple) or not structure:
        return
    if isinstance(structure[0], list):
        for number, part in enumerate(structure[0], 1):
            yield from _parts(part, f"{above}.{number}" if above else str(number))
        return
    kind = bytes(structure[0] or b"").lower()
    subtype = bytes(structure[1] or b"").lower()
    size = structure[6] if len(structure) > 6 and isinstance(structure[6], int) else 0
    document = any(word in subtype for word in _DOCUMENTS) and size <= DOCUMENT_BYTES
    wanted = (kind == b"text" and size <= TEXT_BYTES) or document
    yield above, wanted


def _joined(header: bytes, parts: list[tuple[str, tuple[bytes, bytes]]]) -> bytes:
    mark = b"=_" + hashlib.sha256(header).hexdigest()[:40].encode()
    lines = _without(header)
    lines += [b'Content-Type: multipart/mixed; boundary="' + mark + b'"', b""]
    for _, (head, body) in parts:
        lines += [b"--" + mark, head.strip(b"\r\n"), b"", body.rstrip(b"\r\n")]
    lines += [b"--" + mark + b"--", b""]
    return b"\r\n".join(lines)


def _without(header: bytes) -> list[bytes]:
    """Return the header's lines but for those that describe the body."""
    kept: list[bytes] = []
    dropping = False
    for line in header.rstrip(b"\r\n").split(b"\r\n"):
        if line[:1] not in (b" ", b"\t"):
            dropping = line.lower().startswith(_DROPPED)
        if not dropping:
            kept.append(line)
    return kept
