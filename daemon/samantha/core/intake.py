"""Intake: events become documents in the index, or a reason why they could not."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from samantha.api.types import Analysis, Document, DocumentId
from samantha.core.ports import (
    Clock,
    Embedder,
    Index,
    Reader,
    Stat,
    State,
    Unreadable,
)

BATCH = 32
TRIES = 2
SURE = 0.6
"""A mail whose kind the rules are so sure of has no vector: of 170 mails none changed its kind by
it, and vectors are nine tenths of what reading a mailbox costs."""
EMBED_CHARACTERS = 4_000
"""The model reads 256 tokens; the beginning of a document is what it is judged by."""


@dataclass(frozen=True, slots=True)
class Event:
    """One settled file or mail. ``stat`` None means that it is gone."""

    source: str
    path: str
    media: str
    stat: Stat | None
    folder: str = ""
    moved_from: str = ""
    trace: str = field(default_factory=lambda: secrets.token_hex(6))


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a batch: documents read (new or changed), ids gone, paths unreadable."""

    documents: tuple[Document, ...] = ()
    gone: tuple[DocumentId, ...] = ()
    unreadable: int = 0
    changed: tuple[DocumentId, ...] = ()
    """Those of the documents that were known before: only they can have been quoted."""


Analyze = Callable[[Document, bytes | None], Analysis]


class Intake:
    """Reads, embeds, analyses and stores what has settled."""

    def __init__(
        self,
        reader: Reader,
        embedder: Embedder,
        index: Index,
        state: State,
        analyze: Analyze,
        clock: Clock,
    ) -> None:
        self._reader = reader
        self._embedder = embedder
        self._index = index
        self._state = state
        self._analyze = analyze
        self._clock = clock
        self._tries: dict[tuple[str, str], int] = {}

    def take(self, events: Sequence[Event]) -> Iterator[Taken]:
        """Take events in batches; each batch is durable in the index when it is yielded."""
        for at in range(0, len(events), BATCH):
            yield self._batch(events[at : at + BATCH])

    def _batch(self, events: Sequence[Event]) -> Taken:
        gone: list[DocumentId] = []
        read: list[tuple[Document, Stat]] = []
        unreadable = 0
        for event in events:
            if event.stat is None:
                gone.extend(self._index.forget_paths(event.source, [event.path]))
                continue
            if event.moved_from and self._index.moved(
                event.source, event.moved_from, event.path, event.stat
            ):
                continue
            document = self._read(event, event.stat)
            if document is None:
                unreadable += 1
            else:
                read.append((document, event.stat))
        known = [d.id for d, _ in read if self._index.document(d.id) is not None]
        documents = self._store(read)
        return Taken(documents, tuple(gone), unreadable, tuple(known))

    def _read(self, event: Event, stat: Stat) -> Document | None:
        key = (event.source, event.path)
        while True:
            try:
                document = self._reader.read(event.path, event.source, event.media, event.folder)
            except Unreadable as problem:
                tries = self._tries.get(key, 0) + 1
                self._tries[key] = tries
                if problem.again and tries < TRIES:
                    continue
                self._tries.pop(key, None)
                self._index.quarantine(event.source, event.path, stat, problem.reason, tries)
                return None
            self._tries.pop(key, None)
            return document

    def _store(self, read: Sequence[tuple[Document, Stat]]) -> tuple[Document, ...]:
        if not read:
            return ()
        by_rules = {
            d.id: self._analyze(d, None) for d, _ in read if d.media == "mail" and not _bulk(d)
        }
        wanted = [
            d
            for d, _ in read
            if not _bulk(d) and (d.id not in by_rules or by_rules[d.id].kind_confidence < SURE)
        ]
        vectors = self._embedder.embed([_beginning(d) for d in wanted]) if wanted else None
        vector_of = dict(zip([d.id for d in wanted], vectors or (), strict=False))
        rows = []
        for document, stat in read:
            vector = vector_of.get(document.id)
            analysis = by_rules.get(document.id)
            if analysis is None:
                analysis = self._analyze(document, vector)
            elif vector is not None:
                # What it says is found already; the vector has a voice in what it is.
                analysis = self._analyze(replace(document, analysis=analysis), vector)
            rows.append((replace(document, analysis=analysis), stat, vector))
        self._index.put(rows)
        return tuple(row[0] for row in rows)


def _bulk(document: Document) -> bool:
    """Tell whether a mail went to many: nobody looks for its like, and vectors cost the most."""
    mail = document.mail
    return mail is not None and bool(mail.list_id or mail.list_unsubscribe or mail.automatic)


def _beginning(document: Document) -> str:
    return f"{document.title}\n{document.body()}"[:EMBED_CHARACTERS]
