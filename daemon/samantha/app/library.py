"""What a plugin may ask: the index, limited to the sources its manifest reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from samantha.api.types import Collection, Document, DocumentId, Kind
from samantha.core.admit import Permissions
from samantha.core.ports import Clock, Embedder, Index


class IndexLibrary:
    """A plugin's `context.library` over the index."""

    def __init__(
        self, index: Index, embedder: Embedder, clock: Clock, permissions: Permissions
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._clock = clock
        self._media = permissions.media()

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
    ) -> Sequence[Document]:
        """Return documents by kind, author, media or signal, newest first."""
        found = self._index.documents(kinds, author=author, media=media, signal=signal, since=since)
        return self._visible(found)

    def document(self, document: DocumentId) -> Document | None:
        """Return one document."""
        found = self._index.document(document)
        return found if found is not None and found.media in self._media else None

    def thread(self, document: DocumentId) -> Sequence[Document]:
        """Return the mails of a mail's thread, oldest first."""
        return self._visible(self._index.thread(document))

    def mails_with(self, address: str) -> Sequence[Document]:
        """Return mails from or to an address, newest first."""
        return self._visible(self._index.mails_with(address))

    def similar(self, document: DocumentId, limit: int = 10) -> Sequence[tuple[Document, float]]:
        """Return the nearest documents by meaning, with cosine similarity."""
        vector = self._index.vector(document)
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

    def likeness(self, text: str, documents: Sequence[DocumentId]) -> Sequence[float]:
        """Return how near in meaning documents are to a text (cosine); zeros without a model."""
        blobs = [self._index.vector(name) for name in documents]
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
