"""What a plugin may ask: the index, limited to the sources its manifest reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from samantha.api.types import Appointment, Collection, Document, DocumentId, Identity, Kind, Moved
from samantha.core.admit import Permissions
from samantha.core.ports import Clock, Embedder, Index

_MEDIA = ("file", "mail")


class IndexLibrary:
    """A plugin's `context.library` over the index."""

    def __init__(
        self,
        index: Index,
        embedder: Embedder,
        clock: Clock,
        permissions: Permissions,
        identity: Identity,
        moves: Callable[[], Sequence[Moved]] = tuple,
        zone: tzinfo = UTC,
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._clock = clock
        self._media = permissions.media()
        self._identity = identity
        self._moves = moves
        self._zone = zone

    def _visible(self, documents: Iterable[Document]) -> list[Document]:
        return [d for d in documents if d.media in self._media]

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
        if not media and len(self._media) == 1:
            # A limit counts what may be seen, and tells nothing of the rest.
            media = min(self._media)
        if not {media} - {""} <= self._media:
            return ()
        found = self._index.documents(
            kinds,
            author=author,
            media=media,
            signal=signal,
            since=since,
            until=until,
            limit=limit,
        )
        return self._visible(found)

    def document(self, document: DocumentId) -> Document | None:
        """Return one document."""
        found = self._index.document(document)
        return found if found is not None and found.media in self._media else None

    def thread(self, document: DocumentId) -> Sequence[Document]:
        """Return the mails of a mail's thread, oldest first."""
        return self._visible(self._index.thread(document))

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
        found = self._index.mails_with(
            address, since=since, author=author, signals=signals, limit=limit
        )
        return self._visible(found)

    def answer_times(self, address: str, *, by_user: bool, since: datetime) -> Sequence[timedelta]:
        """Return how long answers took in threads with a person, oldest first."""
        if "mail" not in self._media:
            return ()
        return self._index.answer_times(address, by_user=by_user, since=since)

    def written_to(self, address: str) -> bool:
        """Tell whether the user has sent mail to an address before."""
        return "mail" in self._media and self._index.written_to(address)

    def sends_from(self, address: str) -> bool:
        """Tell whether an address is the user's: a configured one, or one of their sent mail."""
        if self._identity.owns(address):
            return True
        return "mail" in self._media and self._index.sends_from(address)

    def search(self, words: str, *, media: str = "", limit: int = 20) -> Sequence[Document]:
        """Return documents that hold the words, best first; where none has them all, any."""
        wanted = self._media & {media} if media else self._media
        if not wanted:
            return ()
        hits = self._index.search(words, limit, media="" if len(wanted) > 1 else min(wanted))
        found = (self._index.document(hit.document) for hit in hits)
        return [d for d in found if d is not None]

    def copies(self, fingerprint: str) -> Sequence[Document]:
        """Return the documents with exactly these bytes."""
        return self._visible(self._index.by_fingerprint(fingerprint))

    def moves(self) -> Sequence[Moved]:
        """Return the files that were moved after a yes, newest first, and which came back."""
        return self._moves() if "file" in self._media else ()

    def similar(self, document: DocumentId, limit: int = 10) -> Sequence[tuple[Document, float]]:
        """Return the nearest documents by meaning, with cosine similarity."""
        vector = self._vector(document)
        if vector is None:
            return ()
        pairs = []
        for other, nearness in self._index.nearest(vector, limit + 1):
            found = self.document(other)
            if found is not None and other != document:
                pairs.append((found, nearness))
        return pairs[:limit]

    def collections(self, kinds: Iterable[Kind] = ()) -> Sequence[Collection]:
        """Return the user's bodies of finished work."""
        from samantha.signals.collections import collections

        wanted = set(kinds)
        files = self._visible(self._index.documents(media="file"))
        found = collections(files, self._index.vector, self._clock.now())
        return tuple(c for c in found if not wanted or c.kind in wanted)

    def events(self, since: datetime, until: datetime) -> Sequence[Appointment]:
        """Return what stands in the user's calendar between two times, earliest first."""
        from samantha.adapters.calendar_read import appointments

        files = self.documents(media="file", signal="event")
        calendars = [d for d in files if d.format == "ics"]
        return appointments(calendars, since, until, self._zone)

    def likeness(self, text: str, documents: Sequence[DocumentId]) -> Sequence[float]:
        """Return how near in meaning documents are to a text (cosine); zeros without a model."""
        blobs = [self._vector(name) for name in documents]
        if not any(blobs):
            return [0.0] * len(blobs)
        embedded = self._embedder.embed([text])
        if embedded is None:
            return [0.0] * len(blobs)
        import numpy as np

        def row(blob: bytes) -> Any:
            return np.frombuffer(blob, dtype="<f4")

        wanted = row(embedded[0])
        return [float(row(blob) @ wanted) if blob else 0.0 for blob in blobs]

    def _vector(self, document: DocumentId) -> bytes | None:
        """Return a document's vector; one that may not be read has none, near or far."""
        if len(self._media) < len(_MEDIA) and self.document(document) is None:
            return None
        return self._index.vector(document)
