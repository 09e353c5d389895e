"""For the tests of a plugin: documents and mails in a line each, and a library in memory.

letters = [document("/home/a/1.txt", "Dear Ann, …", kind=Kind.LETTER)]
call = mail("We read letters until 3 May.", sender="x@y.example",
            signals=[("open_call", {"name": "Y"}, "We read letters until 3 May.")])
answers = plugin.suggest(moment([call]), context(letters + [call], Config()))

class TestContract(PluginContract):
    plugin = plugin
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, cast

from samantha.api.asking import Ask
from samantha.api.plugin import Context, Moment, MomentKind, Wake, no_model
from samantha.api.testing_contract import PluginContract
from samantha.api.testing_folder import documents_in
from samantha.api.testing_library import ME, MemoryLibrary
from samantha.api.types import (
    Analysis,
    Appointment,
    Attachment,
    Author,
    Collection,
    Document,
    DocumentId,
    Identity,
    Kind,
    Mail,
    Moved,
    Outlet,
    Person,
    Signal,
)

__all__ = [
    "ME",
    "NOW",
    "MemoryLibrary",
    "PluginContract",
    "context",
    "document",
    "documents_in",
    "mail",
    "moment",
    "signal",
]

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)

Seen = tuple[str, object, str]
"""A signal as (kind, value, quote); the quote is found in the text."""


def signal(text: str, kind: str, value: object, quote: str, confidence: float = 0.9) -> Signal:
    """Return a signal whose quote is an exact span of the text."""
    start = text.index(quote)
    return Signal(kind, value, quote, start, start + len(quote), confidence)


def _analysis(
    text: str, kind: Kind, author: str, finished: bool, language: str, seen: Iterable[Seen]
) -> Analysis:
    return Analysis(
        kind=kind,
        kind_confidence=0.9,
        author=cast(Author, author),
        finished=finished,
        language=language,
        signals=tuple(signal(text, *one) for one in seen),
    )


def document(
    path: str,
    text: str,
    *,
    kind: Kind = Kind.OTHER,
    author: str = "user",
    finished: bool = True,
    language: str = "en",
    modified: datetime = datetime(2026, 3, 1, tzinfo=UTC),
    title: str = "",
    signals: Iterable[Seen] = (),
) -> Document:
    """Return a file as it comes out of reading and analysis."""
    name = path.rsplit("/", 1)[-1]
    stem, _, form = name.rpartition(".")
    return Document(
        id=DocumentId(path),
        source="files",
        path=path,
        media="file",
        format=form or "txt",
        title=title or stem or name,
        text=text,
        fingerprint=hashlib.sha256(text.encode()).hexdigest(),
        size_bytes=len(text.encode()),
        modified=modified,
        words=len(text.split()),
        analysis=_analysis(text, kind, author, finished, language, signals),
    )


def mail(
    text: str,
    *,
    sender: str = "someone@else.example",
    sender_name: str = "",
    to: Iterable[str] = ME.addresses,
    subject: str = "A subject",
    date: datetime = datetime(2026, 4, 20, tzinfo=UTC),
    folder: str = "inbox",
    message_id: str = "",
    in_reply_to: str = "",
    attachments: Iterable[str] = (),
    kind: Kind = Kind.MAIL,
    language: str = "en",
    signals: Iterable[Seen] = (),
) -> Document:
    """Return a mail as it comes out of reading and analysis."""
    digest = hashlib.sha256(f"{sender}{subject}{text}{date}".encode()).hexdigest()
    identity = message_id or f"<{digest[:16]}@test.example>"
    header = Mail(
        message_id=identity,
        sender=Person(sender_name, sender),
        to=tuple(Person("", one) for one in to),
        subject=subject,
        date=date,
        in_reply_to=in_reply_to,
        folder=folder,
        attachments=tuple(Attachment(n, "application/octet-stream", 1) for n in attachments),
    )
    author = "user" if sender in ME.addresses else "other"
    return Document(
        id=DocumentId(identity),
        source="mail",
        path=f"/mail/{digest[:16]}",
        media="mail",
        format="eml",
        title=subject,
        text=text,
        fingerprint=digest,
        size_bytes=len(text),
        modified=date,
        words=len(text.split()),
        mail=header,
        analysis=_analysis(text, kind, author, True, language, signals),
    )


def moment(
    documents: Iterable[Document] = (),
    *,
    now: datetime = NOW,
    kind: str = "documents",
    thing: str = "a thing",
) -> Moment:
    """Return an occasion on which a plugin is asked.

    One of the kind ``time_reached`` brings the wake that was left for now about the ``thing`` and
    the documents.
    """
    about = tuple(documents)
    woken = kind == MomentKind.TIME_REACHED
    wakes = (Wake(now, thing, tuple(d.id for d in about)),) if woken else ()
    return Moment(MomentKind(kind), now, about, wakes)


def context(
    documents: Iterable[Document],
    config: Any,
    *,
    collections: Iterable[Collection] = (),
    outlets: Iterable[Outlet] = (),
    identity: Identity = ME,
    zone: tzinfo = UTC,
    meaning: Callable[[str, str], float] | None = None,
    ask: Ask = no_model,
    moved: Sequence[Moved] = (),
    calendar: Sequence[Appointment] = (),
) -> Context:
    """Return what a plugin may use, over documents in memory."""
    library = MemoryLibrary(list(documents), list(collections), meaning, identity, moved, calendar)
    return Context(library, config, identity, zone, tuple(outlets), ask)
