"""index.db: everything that was read, by words, by meaning, by thread and by person."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from samantha.adapters import (
    index_codec,
    index_people,
    index_silences,
    index_vectors,
    index_wakes,
    index_write,
)
from samantha.adapters.index_recent import Recent
from samantha.adapters.index_schema import INDEX
from samantha.adapters.sqlite import EPOCH, LOCK_WAIT_S, Database, bind, moment_of, stamp, unbind
from samantha.api.plugin import Silence, Wake
from samantha.api.types import Document, DocumentId, Kind
from samantha.core.ports import Hit, Quarantined, Stat, Unsaid

_QUERY_WORD = re.compile(r'"([^"]+)"|(\S+)')
_QUERY_WORDS = 24
_ANY_OF_MEDIA = "SELECT 1 FROM documents WHERE media = ? LIMIT 1"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SqliteIndex:
    """The index in one SQLite file; implements ``core.ports.Index``."""

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], datetime] = _utc_now,
        extension: bool = True,
        wait_s: float = LOCK_WAIT_S,
    ) -> None:
        self._now = now
        self._database = Database(path, INDEX, now=now, wait_s=wait_s)
        self.notice = self._database.notice
        """What was found damaged and is to be read anew, for the user; '' when it was sound."""
        with self._database.read() as connection:
            self._extension = extension and index_vectors.load_extension(connection)
            self._recent = Recent(connection)

    # --- what was read ----------------------------------------------------------------------

    def known(self, source: str) -> dict[str, Stat]:
        """Return path → stat of all that was read or quarantined from a source."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT path, size, mtime_ns, inode FROM quarantine WHERE source = ? UNION ALL "
                "SELECT path, size, mtime_ns, inode FROM paths WHERE source = ?",
                (bind(source), bind(source)),
            ).fetchall()
        return {os.fsdecode(row[0]): index_write.stat_of(*row[1:]) for row in rows}

    def stat(self, source: str, path: str) -> Stat | None:
        """Return the stat with which a path was read or quarantined; None if it is unknown."""
        values = (bind(source), os.fsencode(path)) * 2
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT size, mtime_ns, inode FROM paths WHERE source = ? AND path = ? UNION ALL "
                "SELECT size, mtime_ns, inode FROM quarantine WHERE source = ? AND path = ?",
                values,
            ).fetchone()
        return index_write.stat_of(*row) if row else None

    def put(self, documents: Sequence[tuple[Document, Stat, bytes | None]]) -> None:
        """Store or replace documents (with vector) in one transaction."""
        with self._database.write() as connection:
            for document, stat, vector in documents:
                index_write.put(connection, document, stat, vector)

    def quarantine(self, source: str, path: str, stat: Stat, reason: str, tries: int) -> None:
        """Remember that a path could not be read; what was read there before is out of date."""
        raw = os.fsencode(path)
        with self._database.write() as connection:
            index_write.forget(connection, source, raw)
            connection.execute(
                "INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    bind(source),
                    raw,
                    *index_write.stat_row(stat),
                    index_codec.clean(reason),
                    tries,
                    stamp(self._now()),
                ),
            )

    def quarantined(self, source: str = "") -> Sequence[Quarantined]:
        """Return what could not be read."""
        where, values = ("WHERE source = ?", [bind(source)]) if source else ("", [])
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT source, path, reason, tries, at FROM quarantine "  # noqa: S608
                f"{where} ORDER BY source, path",
                values,
            ).fetchall()
        return [
            Quarantined(unbind(name), os.fsdecode(path), reason, tries, moment_of(at))
            for name, path, reason, tries, at in rows
        ]

    def forget_paths(self, source: str, paths: Iterable[str]) -> Sequence[DocumentId]:
        """Remove what is gone; return the ids of documents with no other path."""
        with self._database.write() as connection:
            gone = [index_write.forget(connection, source, os.fsencode(path)) for path in paths]
        return [document for document in gone if document is not None]

    def forget_source(self, source: str) -> Sequence[DocumentId]:
        """Remove a source so that no byte of it stays in the file; return the ids that went."""
        gone: list[DocumentId | None] = []
        with self._database.write() as connection:
            paths = connection.execute(
                "SELECT path FROM paths WHERE source = ? UNION "
                "SELECT path FROM quarantine WHERE source = ?",
                (bind(source), bind(source)),
            ).fetchall()
            for (path,) in paths:
                gone.append(index_write.forget(connection, source, path, wholly=True))
            # Words that were taken out stay in old segments until all are written anew.
            connection.execute("INSERT INTO words (words) VALUES ('rebuild')")
        self._database.scour()
        for aside in self._database.path.parent.glob(f"{self._database.path.name}.damaged-*"):
            aside.unlink()
        return [document for document in gone if document is not None]

    def moved(self, source: str, old: str, new: str, stat: Stat) -> bool:
        """Rename a path whose content is unchanged; False if the old one is unknown.

        False also for a mail that went to another folder: its role there must be read anew.
        """
        with self._database.write() as connection:
            return index_write.move(connection, source, os.fsencode(old), os.fsencode(new), stat)

    # --- documents --------------------------------------------------------------------------

    def _documents(self, rest: str, values: Sequence[object]) -> list[Document]:
        with self._database.read() as connection:
            rows = connection.execute(f"SELECT d.n FROM documents d {rest}", values)  # noqa: S608
            return list(self._recent.documents([n for (n,) in rows]))

    def document(self, document: DocumentId) -> Document | None:
        """Return one document."""
        found = self._documents("WHERE d.id = ?", [bind(document)])
        return found[0] if found else None

    def by_fingerprint(self, fingerprint: str) -> Sequence[Document]:
        """Return the documents with these bytes."""
        return self._documents("WHERE d.fingerprint = ? ORDER BY d.n", [fingerprint])

    def documents(
        self,
        kinds: Iterable[Kind] = (),
        *,
        author: str = "",
        media: str = "",
        signal: str = "",
        since: datetime | None = None,
        sources: Iterable[str] = (),
        until: datetime | None = None,
        limit: int = 0,
    ) -> Sequence[Document]:
        """Return documents, newest first; ``until`` is left out."""
        tests: list[str] = []
        values: list[object] = []

        def test(sql: str, *more: object) -> None:
            tests.append(sql)
            values.extend(more)

        wanted, places = [str(k) for k in kinds], [bind(s) for s in sources]
        if wanted:
            test(f"d.kind IN ({_marks(wanted)})", *wanted)
        if author:
            test("d.author = ?", author)
        if media:
            test("d.media = ?", media)
        if signal:
            test("d.n IN (SELECT n FROM signals WHERE kind = ?)", signal)
        if since is not None:
            test("d.at >= ?", stamp(since))
        if until is not None:
            test("d.at < ?", stamp(until))
        if places:
            inside = f"SELECT n FROM paths WHERE source IN ({_marks(places)})"  # noqa: S608
            test(f"d.n IN ({inside})", *places)
        where = f"WHERE {' AND '.join(tests)} " if tests else ""
        return self._documents(
            f"{where}ORDER BY d.at DESC, d.n DESC LIMIT ?", [*values, limit or -1]
        )

    def unasked(self, limit: int) -> Sequence[Document]:
        """Return documents that came or changed and that no plugin was asked about, oldest first.

        It outlives a kill between reading and suggesting.
        """
        return self._documents(
            "WHERE d.n IN (SELECT n FROM unasked) ORDER BY d.at, d.n LIMIT ?", [limit]
        )

    def asked(self, documents: Iterable[DocumentId]) -> None:
        """Note that the plugins were asked about these documents."""
        with self._database.write() as connection:
            connection.executemany(
                "DELETE FROM unasked WHERE n = (SELECT n FROM documents WHERE id = ?)",
                [(bind(name),) for name in documents],
            )

    def keep_silences(
        self,
        plugin: str,
        silences: Sequence[Silence],
        about: Iterable[DocumentId],
        at: datetime,
    ) -> None:
        """Keep why a plugin had nothing to say, in place of what it said of these before."""
        with self._database.write() as connection:
            index_silences.keep(connection, plugin, silences, about, at)

    def unsaid(self, *, since: datetime | None = None) -> Sequence[Unsaid]:
        """Return what plugins left unsaid and why, newest first."""
        with self._database.read() as connection:
            return index_silences.unsaid(connection, since)

    # --- when plugins want to be asked again ------------------------------------------------

    def keep_wake(self, plugin: str, wake: Wake, most: int) -> bool:
        """Keep a wake in place of one about the same thing; True if it made others go."""
        with self._database.write() as connection:
            return index_wakes.keep(connection, plugin, wake, most)

    def cancel_wake(self, plugin: str, thing: str) -> None:
        """Remove the wake about a thing, if there is one."""
        with self._database.write() as connection:
            index_wakes.cancel(connection, plugin, thing)

    def wakes(self, due_by: datetime, plugins: Collection[str]) -> Sequence[tuple[str, Wake]]:
        """Return (plugin, wake) of these plugins' wakes whose time has come, earliest first."""
        with self._database.read() as connection:
            return index_wakes.due(connection, due_by, plugins)

    def next_wake(self, plugins: Collection[str]) -> datetime | None:
        """Return the time of the earliest wake of these plugins."""
        with self._database.read() as connection:
            return index_wakes.next_at(connection, plugins)

    def woken(self, plugin: str, wakes: Sequence[Wake]) -> None:
        """Remove wakes that have come."""
        with self._database.write() as connection:
            index_wakes.woken(connection, plugin, wakes)

    def unacquainted(self, plugins: Collection[str]) -> set[str]:
        """Return which of the plugins that run have not looked at what was read before they came.

        A plugin that does not run any more is one that comes anew.
        """
        with self._database.write() as connection:
            return index_wakes.unacquainted(connection, plugins)

    def acquainted(self, plugin: str) -> None:
        """Note that a plugin has looked at all that was read."""
        with self._database.write() as connection:
            connection.execute("INSERT OR IGNORE INTO acquainted VALUES (?)", (bind(plugin),))

    def asked_about(self, start: int, limit: int) -> Sequence[Document]:
        """Return a part of the documents that plugins were asked about, oldest first."""
        return self._documents(
            "WHERE d.n NOT IN (SELECT n FROM unasked) ORDER BY d.at, d.n LIMIT ? OFFSET ?",
            [limit, start],
        )

    # --- threads and people -----------------------------------------------------------------

    def thread(self, document: DocumentId) -> Sequence[Document]:
        """Return the mails of a thread, oldest first (References, then subject)."""
        return self._documents(
            "WHERE d.thread = (SELECT thread FROM documents WHERE id = ?) ORDER BY d.at, d.n",
            [bind(document)],
        )

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
        started, name = stamp(since or EPOCH), bind(address.lower())
        return self._documents(
            *index_people.mails_with(name, started, author, list(signals), limit)
        )

    def quiet(
        self, signals: Iterable[str], *, author: str, since: datetime, until: datetime
    ) -> Sequence[Document]:
        """Return mails of one side with a signal, after which no other wrote in the thread."""
        kinds = list(signals)
        return self._documents(*index_people.quiet(kinds, author, stamp(since), stamp(until)))

    def answer_times(self, address: str, *, by_user: bool, since: datetime) -> Sequence[timedelta]:
        """Return how long answers took in threads with a person, oldest first."""
        with self._database.read() as connection:
            return index_people.answer_times(
                connection, bind(address.lower()), stamp(since), by_user=by_user
            )

    def sends_from(self, address: str) -> bool:
        """Tell whether the user's mails were sent from an address."""
        with self._database.read() as connection:
            return index_people.sends_from(connection, bind(address.lower()))

    def written_to(self, address: str) -> bool:
        """Tell whether the user has sent mail to this address before (folder role ``sent``)."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT 1 FROM mail_people p JOIN documents d ON d.n = p.n "
                "JOIN paths f ON f.n = p.n AND f.fingerprint = d.fingerprint "
                "WHERE p.address = ? AND p.role IN ('to', 'cc') AND f.folder = 'sent' LIMIT 1",
                (bind(address.lower()),),
            ).fetchone()
        return row is not None

    # --- meaning and words ------------------------------------------------------------------

    def vector(self, document: DocumentId) -> bytes | None:
        """Return a document's vector."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT v.vector FROM vectors v JOIN documents d ON d.n = v.n WHERE d.id = ?",
                (bind(document),),
            ).fetchone()
        return bytes(row[0]) if row else None

    def nearest(self, vector: bytes, limit: int) -> Sequence[tuple[DocumentId, float]]:
        """Return the nearest documents with cosine similarity, best first."""
        with self._database.read() as connection:
            found = index_vectors.nearest(connection, vector, limit, extension=self._extension)
            names = dict(
                connection.execute(
                    f"SELECT n, id FROM documents WHERE n IN ({_marks(found)})",  # noqa: S608
                    [n for n, _ in found],
                ).fetchall()
            )
        return [(DocumentId(unbind(names[n])), likeness) for n, likeness in found]

    def search(self, words: str, limit: int = 20, *, media: str = "") -> Sequence[Hit]:
        """Full-text search; never raises on strange input.

        Documents with all the words come first; where none has them all, any of them will do.
        """
        terms = _terms(words)
        if not terms or limit <= 0:
            return []
        with self._database.read() as connection:
            found = _search(connection, " AND ".join(terms), limit, media)
            if not found and len(terms) > 1:
                found = _search(connection, " OR ".join(terms), limit, media)
        return found

    def counts(self) -> Mapping[str, int]:
        """Return ``source/state`` and ``kind/…`` counts for status."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT source, '/read', count(*) FROM paths GROUP BY source UNION ALL "
                "SELECT source, '/quarantined', count(*) FROM quarantine GROUP BY source "
                "UNION ALL SELECT 'kind/', kind, count(*) FROM documents GROUP BY kind"
            ).fetchall()
        return {unbind(first) + second: number for first, second, number in rows}

    # --- the file ---------------------------------------------------------------------------

    @contextmanager
    def together(self) -> Iterator[None]:
        """Hold one transaction for all that is written within: it counts at its end, or not."""
        try:
            with self._database.write():
                yield
        except BaseException:
            # What was read within may have been taken back.
            self._recent.clear()
            raise

    def data_version(self) -> int:
        """Return a number that changes when another process has written."""
        return self._database.data_version()

    def close(self) -> None:
        """Close the database."""
        self._database.close()


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _terms(words: str) -> list[str]:
    """Return the words as FTS5 phrases; no character of theirs means anything but itself."""
    plain = index_codec.clean(words[:1_000]).replace("\0", " ")
    found = [a or b.replace('"', " ") for a, b in _QUERY_WORD.findall(plain)]
    kept = [term for term in found if any(c.isalnum() for c in term)]
    return [f'"{term}"' for term in kept[:_QUERY_WORDS]]


def _search(connection: sqlite3.Connection, query: str, limit: int, media: str) -> list[Hit]:
    if media and not connection.execute(_ANY_OF_MEDIA, (media,)).fetchone():
        return []
    rows = connection.execute(
        "SELECT d.id, d.title, w.snippet, d.at, d.kind FROM ("
        "SELECT rowid AS n, rank, snippet(words, -1, '', '', '…', 16) AS snippet FROM words "
        "WHERE words MATCH ? AND (? = '' OR rowid IN (SELECT n FROM documents WHERE media = ?)) "
        "ORDER BY rank LIMIT ?) w "
        "JOIN documents d ON d.n = w.n ORDER BY w.rank, d.n",
        (query, media, media, limit),
    ).fetchall()
    return [
        Hit(DocumentId(unbind(name)), title, snippet, moment_of(at), Kind(kind))
        for name, title, snippet, at, kind in rows
    ]
