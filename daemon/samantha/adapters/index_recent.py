"""Documents that were read from index.db a moment ago: plugins ask for the same ones many times."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterator, Sequence

from samantha.adapters import index_codec
from samantha.api.types import Document

KEPT = 4_000_000
"""Code points of text in all the documents that are kept."""
_AT_ONCE = 500
_FUNCTION = "samantha_document_changed"


class Recent:
    """Decoded documents by their row number, the longest unused given up first.

    A trigger of the connection takes out what it changes or deletes; whatever another connection
    commits empties the whole.
    """

    def __init__(self, connection: sqlite3.Connection, kept: int = KEPT) -> None:
        self._connection = connection
        self._room = self._kept = kept
        self._documents: OrderedDict[int, Document] = OrderedDict()
        self._version = _version(connection)
        connection.create_function(_FUNCTION, 1, self._forget)
        # `thread` is none of these columns: it changes with every answer, and no document shows it.
        for event in (f"UPDATE OF {index_codec.COLUMNS}", "DELETE"):
            connection.execute(
                f"CREATE TEMP TRIGGER {_FUNCTION}_{event.partition(' ')[0]} "
                f"AFTER {event} ON main.documents BEGIN SELECT {_FUNCTION}(old.n); END"
            )

    def clear(self) -> None:
        """Forget all of them."""
        self._documents.clear()
        self._room = self._kept

    def documents(self, rows: Sequence[int]) -> Iterator[Document]:
        """Yield the documents of these rows in their order; a row that has gone is left out."""
        version = _version(self._connection)
        if version != self._version:
            self._version = version
            self.clear()
        found = {n: self._documents[n] for n in rows if n in self._documents}
        missing = [n for n in rows if n not in found]
        for at in range(0, len(missing), _AT_ONCE):
            found |= self._read(missing[at : at + _AT_ONCE])
        for n in rows:
            document = found.get(n)
            if document is not None:
                self._keep(n, document)
                yield document

    def _read(self, rows: Sequence[int]) -> dict[int, Document]:
        marks = ",".join("?" * len(rows))
        values = self._connection.execute(
            f"SELECT {index_codec.READ}, t.text, d.n FROM documents d "  # noqa: S608
            f"JOIN texts t ON t.n = d.n WHERE d.n IN ({marks})",
            rows,
        )
        return {one[-1]: index_codec.document(one) for one in values}

    def _keep(self, n: int, document: Document) -> None:
        if n in self._documents:
            self._documents.move_to_end(n)
            return
        self._documents[n] = document
        self._room -= len(document.text)
        while self._room < 0:
            _, old = self._documents.popitem(last=False)
            self._room += len(old.text)

    def _forget(self, n: int) -> None:
        gone = self._documents.pop(n, None)
        if gone is not None:
            self._room += len(gone.text)


def _version(connection: sqlite3.Connection) -> int:
    """Return a number that changes when another connection has committed."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])
