"""The tickets that are attached to a mail: PDF files and wallet passes, as their bytes.

Only a mail that the jailed reader has read whole comes here (its hash is compared before), so its
parts and their depth are within the reader's bounds; nothing of a header is decoded but a name.
"""

from __future__ import annotations

from email import message_from_bytes
from email.message import Message

MAX_PARTS = 500
MAX_FILES = 10
MAX_NAME = 300
_BEGINS = {".pdf": b"%PDF-", ".pkpass": b"PK\x03\x04"}


def tickets_in(untrusted_mail: bytes) -> list[tuple[str, bytes]]:
    """Return name and bytes of each attached ticket; what is damaged or disguised is left out."""
    found: list[tuple[str, bytes]] = []
    try:
        root = message_from_bytes(untrusted_mail)
        for number, part in enumerate(root.walk()):
            if number >= MAX_PARTS or len(found) >= MAX_FILES:
                break
            name = "" if part.is_multipart() else _name(part)
            ending = next((e for e in _BEGINS if name.lower().endswith(e)), "")
            data = part.get_payload(decode=True) if ending else None
            if isinstance(data, bytes) and data.startswith(_BEGINS[ending]):
                found.append((name, data))
    except (RecursionError, ValueError, LookupError, TypeError, AssertionError):
        # What stands whole before the damage is a ticket all the same.
        return found
    return found


def _name(part: Message) -> str:
    told = [str(part.get(n, "")) for n in ("Content-Disposition", "Content-Type")]
    if any(len(header) > MAX_NAME * 8 for header in told):
        return ""
    name = part.get_filename() or ""
    if not name and part.get_content_type() == "application/pdf":
        return "Ticket.pdf"
    return name.replace("/", "_")[:MAX_NAME]
