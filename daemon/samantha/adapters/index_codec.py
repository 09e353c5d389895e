"""Documents as rows and back."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from typing import Any

from samantha.adapters.maildir_flags import with_flags
from samantha.adapters.sqlite import bind, moment_of, stamp, unbind
from samantha.api.types import (
    Analysis,
    Attachment,
    Document,
    DocumentId,
    Kind,
    Mail,
    Person,
    Region,
    Signal,
)

_PASSED = ("utf-8", "surrogatepass")
_SURROGATE = re.compile("[\ud800-\udfff]")

COLUMNS = (
    "id, source, path, media, format, title, people, fingerprint, size_bytes, modified, at, words, "
    "kind, author, subject, mail, regions, meta, analysis"
)
_READ = (
    "id, source, path, media, format, title, fingerprint, size_bytes, modified, words, "
    "mail, regions, meta, analysis"
)
READ = ", ".join(f"d.{name}" for name in _READ.split(", "))
"""What ``document`` reads, followed by the text."""


def clean(text: str) -> str:
    """Return text that UTF-8 can hold; a lone surrogate becomes one U+FFFD, so offsets stay."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), default=str)


def row(document: Document, subject: str) -> tuple[object, ...]:
    """Return the values of ``COLUMNS``."""
    mail = document.mail
    return (
        bind(document.id),
        bind(document.source),
        os.fsencode(document.path),
        document.media,
        document.format,
        clean(document.title),
        people_text(mail),
        document.fingerprint,
        document.size_bytes,
        stamp(document.modified),
        stamp(document.when),
        document.words,
        str(document.analysis.kind),
        document.analysis.author,
        clean(subject),
        None if mail is None else _dump(_mail_value(mail)),
        _dump([[r.role, r.start, r.end, r.name] for r in document.regions]),
        _dump(dict(document.meta)),
        _dump(_analysis_value(document.analysis)),
    )


def people_text(mail: Mail | None) -> str:
    """Return the names and addresses of a mail as one searchable text."""
    if mail is None:
        return ""
    people = [p for p in (mail.sender, *mail.to, *mail.cc) if p is not None]
    return clean(" ".join(f"{p.name} {p.address}" for p in people))


def document(values: Sequence[Any]) -> Document:
    """Return the document of a row of ``READ`` and the text."""
    path = os.fsdecode(values[2])
    mail = None if values[10] is None else with_flags(_mail(json.loads(values[10])), path)
    return Document(
        id=DocumentId(unbind(values[0])),
        source=unbind(values[1]),
        path=path,
        media=values[3],
        format=values[4],
        title=values[5],
        text=values[14],
        fingerprint=values[6],
        size_bytes=values[7],
        modified=moment_of(values[8]),
        words=values[9],
        regions=tuple(Region(*r) for r in json.loads(values[11])),
        mail=mail,
        meta=json.loads(values[12]),
        analysis=_analysis(json.loads(values[13])),
    )


def packed(document: Document) -> tuple[list[object], bytes]:
    """Return a document as values that JSON holds and its text, to go to another process."""
    values = dict(zip(COLUMNS.split(", "), row(document, ""), strict=True))
    values |= {"id": document.id, "source": document.source, "path": document.path}
    return [values[name] for name in _READ.split(", ")], document.text.encode(*_PASSED)


def unpacked(values: Sequence[Any], text: bytes) -> Document:
    """Return the document that was packed."""
    return document((*values, text.decode(*_PASSED)))


def _people(people: Sequence[Person]) -> list[list[str]]:
    return [[p.name, p.address] for p in people]


def _mail_value(mail: Mail) -> dict[str, Any]:
    return {
        "id": mail.message_id,
        "from": None if mail.sender is None else [mail.sender.name, mail.sender.address],
        "to": _people(mail.to),
        "cc": _people(mail.cc),
        "reply_to": _people(mail.reply_to),
        "subject": mail.subject,
        "date": None if mail.date is None else stamp(mail.date),
        "in_reply_to": mail.in_reply_to,
        "references": list(mail.references),
        "list_id": mail.list_id,
        "list_unsubscribe": mail.list_unsubscribe,
        "automatic": mail.automatic,
        "folder": mail.folder,
        "attachments": [[a.name, a.media_type, a.size_bytes] for a in mail.attachments],
        "seen": mail.seen,
        "answered": mail.answered,
        "unsubscribe": [mail.unsubscribe_to, mail.unsubscribe_subject],
    }


def _mail(value: dict[str, Any]) -> Mail:
    leave_to, leave_subject = value.get("unsubscribe", ("", ""))
    return Mail(
        message_id=value["id"],
        sender=None if value["from"] is None else Person(*value["from"]),
        to=tuple(Person(*p) for p in value["to"]),
        cc=tuple(Person(*p) for p in value["cc"]),
        reply_to=tuple(Person(*p) for p in value["reply_to"]),
        subject=value["subject"],
        date=None if value["date"] is None else moment_of(value["date"]),
        in_reply_to=value["in_reply_to"],
        references=tuple(value["references"]),
        list_id=value["list_id"],
        list_unsubscribe=value["list_unsubscribe"],
        automatic=value["automatic"],
        folder=value["folder"],
        attachments=tuple(Attachment(*a) for a in value["attachments"]),
        seen=value.get("seen"),
        answered=value.get("answered"),
        unsubscribe_to=leave_to,
        unsubscribe_subject=leave_subject,
    )


def _analysis_value(analysis: Analysis) -> dict[str, Any]:
    return {
        "kind": str(analysis.kind),
        "kind_confidence": analysis.kind_confidence,
        "author": analysis.author,
        "author_reason": analysis.author_reason,
        "finished": analysis.finished,
        "finished_reason": analysis.finished_reason,
        "language": analysis.language,
        "signals": [
            [s.kind, s.value, clean(s.quote), s.start, s.end, s.confidence]
            for s in analysis.signals
        ],
    }


def _analysis(value: dict[str, Any]) -> Analysis:
    return Analysis(
        kind=Kind(value["kind"]),
        kind_confidence=value["kind_confidence"],
        author=value["author"],
        author_reason=value["author_reason"],
        finished=value["finished"],
        finished_reason=value["finished_reason"],
        language=value["language"],
        signals=tuple(Signal(*s) for s in value["signals"]),
    )
