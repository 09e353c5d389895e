"""A library in memory, for the tests of a plugin."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from samantha.api.types import (
    Appointment,
    Collection,
    Document,
    DocumentId,
    Identity,
    Kind,
    Moved,
)

ME = Identity(("Anna Berg",), ("anna@berg.example",))


@dataclass(slots=True)
class MemoryLibrary:
    """A ``Library`` over a list of documents; ``meaning`` stands for the model where one is."""

    all: list[Document]
    bodies: list[Collection] = field(default_factory=list)
    meaning: Callable[[str, str], float] | None = None
    identity: Identity = ME
    moved: Sequence[Moved] = ()
    calendar: Sequence[Appointment] = ()

    def events(self, since: datetime, until: datetime) -> Sequence[Appointment]:
        """Return the appointments that were given, between two times."""
        found = [a for a in self.calendar if a.start < until and a.end >= since]
        return sorted(found, key=lambda a: a.start)

    def documents(
        self,
        kinds: Iterable[Kind] = (),
        *,
        author: str = "",
        media: str = "",
        signal: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 0,
    ) -> Sequence[Document]:
        """Return documents by kind, author, media or signal, newest first."""
        wanted = set(kinds)
        found = [
            d
            for d in self.all
            if (not wanted or d.analysis.kind in wanted)
            and (not author or d.analysis.author == author)
            and (not media or d.media == media)
            and (not signal or d.signals(signal))
            and (since is None or d.when >= since)
            and (until is None or d.when < until)
        ]
        return sorted(found, key=lambda d: d.when, reverse=True)[: limit or None]

    def document(self, document: DocumentId) -> Document | None:
        """Return one document."""
        return next((d for d in self.all if d.id == document), None)

    def thread(self, document: DocumentId) -> Sequence[Document]:
        """Return the mails that answer one another, oldest first."""
        ids, size = {str(document)}, 0
        while len(ids) != size:
            size = len(ids)
            for m in (d.mail for d in self.all if d.mail):
                if m.message_id in ids or m.in_reply_to in ids:
                    ids |= {m.message_id, m.in_reply_to} - {""}
        return sorted((d for d in self.all if d.id in ids), key=lambda d: d.when)

    def mails_with(
        self,
        address: str,
        *,
        since: datetime | None = None,
        author: str = "",
        signals: Iterable[str] = (),
        limit: int = 0,
    ) -> Sequence[Document]:
        """Return mails from or to an address, newest first; ``limit`` 0 means all.

        ``signals``: only those that carry one of these.
        """
        wanted = address.lower()
        kinds = tuple(signals)
        mails = self.documents(media="mail", since=since, author=author)
        found = [d for d in mails if wanted in _addresses(d)]
        carrying = [d for d in found if not kinds or any(d.signals(k) for k in kinds)]
        return carrying[: limit or None]

    def answer_times(self, address: str, *, by_user: bool, since: datetime) -> Sequence[timedelta]:
        """Return how long answers took in threads with a person, oldest first."""
        found = []
        for asked in reversed(self.mails_with(address, since=since)):
            own = asked.analysis.author == "user"
            theirs = _sender(asked) == address.lower()
            if own == by_user or theirs != by_user:
                continue
            answers = (
                d.when - asked.when
                for d in self.thread(asked.id)
                if d.when > asked.when
                and (d.analysis.author == "user" if by_user else _sender(d) == address.lower())
            )
            found += [min(times)] if (times := list(answers)) else []
        return found

    def written_to(self, address: str) -> bool:
        """Tell whether the user has sent mail to an address before."""
        return any(
            d.mail and d.mail.folder == "sent" and _sender(d) != address.lower()
            for d in self.mails_with(address)
        )

    def sends_from(self, address: str) -> bool:
        """Tell whether an address is the user's: a configured one, or one of their sent mail."""
        sent = self.documents(media="mail", author="user")
        return self.identity.owns(address) or address.lower() in set(map(_sender, sent))

    def search(self, words: str, *, media: str = "", limit: int = 20) -> Sequence[Document]:
        """Return documents that hold the words, best first; where none has them all, any."""
        wanted = set(_words(words))
        ranked = [
            (2 * len(wanted & set(_words(d.title))) + len(wanted & set(_words(d.text))), d)
            for d in self.documents(media=media)
        ]
        every = [
            (n, d) for n, d in ranked if wanted <= {*_words(d.title), *_words(d.text)} and wanted
        ]
        best = sorted(every or ranked, key=lambda pair: -pair[0])
        return [d for n, d in best if n][:limit]

    def copies(self, fingerprint: str) -> Sequence[Document]:
        """Return the documents with exactly these bytes."""
        return [d for d in self.all if d.fingerprint == fingerprint]

    def moves(self) -> Sequence[Moved]:
        """Return the files that were moved after a yes, as given."""
        return self.moved

    def similar(self, document: DocumentId, limit: int = 10) -> Sequence[tuple[Document, float]]:
        """Return the nearest documents by meaning, with cosine similarity."""
        start = self.document(document)
        if start is None:
            return ()
        others = [d for d in self.all if d.id != document]
        near = self.likeness(start.text, [d.id for d in others])
        return sorted(zip(others, near, strict=True), key=lambda p: -p[1])[:limit]

    def collections(self, kinds: Iterable[Kind] = ()) -> Sequence[Collection]:
        """Return the bodies of work that were given."""
        wanted = set(kinds)
        return [c for c in self.bodies if not wanted or c.kind in wanted]

    def likeness(self, text: str, documents: Sequence[DocumentId]) -> Sequence[float]:
        """Return how near in meaning documents are to a text; zeros without ``meaning``."""
        found = [self.document(one) for one in documents]
        return [self.meaning(text, d.text) if self.meaning and d else 0.0 for d in found]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _sender(document: Document) -> str:
    sender = document.mail.sender if document.mail else None
    return sender.address.lower() if sender else ""


def _addresses(document: Document) -> set[str]:
    found = document.mail
    if found is None:
        return set()
    people = (*((found.sender,) if found.sender else ()), *found.to, *found.cc)
    return {p.address.lower() for p in people}
