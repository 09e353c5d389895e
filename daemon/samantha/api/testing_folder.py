"""A library from a folder: its texts and mails as documents, for the tests of a plugin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.utils import getaddresses
from pathlib import Path

from samantha.api.types import Document, Signal


def nothing_seen(document: Document) -> Sequence[Signal]:
    """See no signal in a document."""
    return ()


def documents_in(
    folder: str | Path, see: Callable[[Document], Sequence[Signal]] = nothing_seen
) -> list[Document]:
    """Return the ``.txt``, ``.md`` and ``.eml`` files below a folder, by path.

    ``see`` returns the signals of a document; the builders of ``samantha.api.testing`` make them.
    """
    found = []
    for path in sorted(Path(folder).rglob("*")):
        read = {".eml": _mail, ".txt": _text, ".md": _text}.get(path.suffix.lower())
        if read is not None and path.is_file():
            one = read(path)
            seen = replace(one.analysis, signals=tuple(see(one)))
            found.append(replace(one, analysis=seen))
    return found


def _text(path: Path) -> Document:
    from samantha.api.testing import document

    when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    text = path.read_text(encoding="utf-8", errors="replace")
    return document(str(path.absolute()), text, modified=when)


def _mail(path: Path) -> Document:
    from samantha.api.testing import mail

    parsed = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = parsed.get_body(("plain", "html"))
    (name, address), *_ = [*getaddresses([str(parsed["From"] or "")]), ("", "")]
    dated = parsed["Date"].datetime if parsed["Date"] is not None else None
    made = mail(
        body.get_content() if body is not None else "",
        sender=address.lower(),
        sender_name=name,
        to=[one.lower() for _, one in getaddresses([str(parsed["To"] or "")])],
        subject=str(parsed["Subject"] or ""),
        date=dated.astimezone(UTC) if dated else datetime.fromtimestamp(0, UTC),
        message_id=str(parsed["Message-ID"] or "").strip(),
        in_reply_to=str(parsed["In-Reply-To"] or "").strip(),
        attachments=[part.get_filename() or "" for part in parsed.iter_attachments()],
    )
    return replace(made, path=str(path.absolute()))
