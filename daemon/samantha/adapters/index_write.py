"""Writing documents into index.db, inside a transaction that the caller holds."""

from __future__ import annotations

import os
import sqlite3

from samantha.adapters.index_codec import COLUMNS, clean, row
from samantha.adapters.index_threads import join, subject_key
from samantha.adapters.index_vectors import SIZE_BYTES
from samantha.adapters.sqlite import bind, stamp, unbind
from samantha.api.types import Document, DocumentId, Mail
from samantha.core.ports import Stat

_RANK = {"sent": 0, "drafts": 2, "trash": 3, "spam": 4}
"""A mail that lies in several folders is what it is in the best of them."""
_UPDATE = ", ".join(f"{name} = ?" for name in COLUMNS.split(", "))
_MARKS = ", ".join("?" * len(COLUMNS.split(", ")))


def _rank(folder: str) -> int:
    return _RANK.get(folder, 1)


def _signed(value: int) -> int:
    """Return a number as SQLite holds it; some file systems have inodes beyond 2**63."""
    return value - (1 << 64) if value >= 1 << 63 else value


def stat_row(stat: Stat) -> tuple[int, int, int]:
    """Return a stat as three columns."""
    return stat.size, stat.mtime_ns, _signed(stat.inode)


def stat_of(size: int, mtime_ns: int, inode: int) -> Stat:
    """Return the stat of three columns."""
    return Stat(size, mtime_ns, inode if inode >= 0 else inode + (1 << 64))


def put(
    connection: sqlite3.Connection, document: Document, stat: Stat, vector: bytes | None
) -> None:
    """Store or replace one document, or only its path where a better copy is stored already."""
    if vector is not None and len(vector) != SIZE_BYTES:
        raise ValueError(f"a vector has {SIZE_BYTES} bytes, not {len(vector)}")
    source, path = bind(document.source), os.fsencode(document.path)
    folder = document.mail.folder if document.mail else ""
    connection.execute("DELETE FROM quarantine WHERE source = ? AND path = ?", (source, path))
    found = connection.execute(
        "SELECT n FROM documents WHERE id = ?", (bind(document.id),)
    ).fetchone()
    before = connection.execute(
        "SELECT n FROM paths WHERE source = ? AND path = ?", (source, path)
    ).fetchone()
    if found is None:
        n = _insert(connection, document, vector)
    else:
        n = found[0]
        if not _elsewhere(connection, n, source, path, folder):
            _replace(connection, n, document, vector)
    connection.execute(
        "INSERT OR REPLACE INTO paths VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (source, path, *stat_row(stat), folder, document.fingerprint, n),
    )
    if before is not None and before[0] != n:
        _orphaned(connection, before[0], source, path)


def _elsewhere(
    connection: sqlite3.Connection, n: int, source: str | bytes, path: bytes, folder: str
) -> bool:
    """Tell whether the stored document came from another path that is there and no worse.

    Who sends a mail chooses its Message-ID: a second one must not take the place of the first.
    """
    held = connection.execute(
        "SELECT p.source, p.path, p.folder FROM documents d "
        "JOIN paths p ON p.source = d.source AND p.path = d.path AND p.n = d.n WHERE d.n = ?",
        (n,),
    ).fetchone()
    if held is None or (held[0], held[1]) == (source, path):
        return False
    return _rank(held[2]) <= _rank(folder)


def _insert(connection: sqlite3.Connection, document: Document, vector: bytes | None) -> int:
    cursor = connection.execute(
        f"INSERT INTO documents ({COLUMNS}) VALUES ({_MARKS})",  # noqa: S608
        row(document, subject_key(document.mail) if document.mail else ""),
    )
    n = int(cursor.lastrowid or 0)
    _attach(connection, n, document, vector)
    return n


def _replace(
    connection: sqlite3.Connection, n: int, document: Document, vector: bytes | None
) -> None:
    _unindex(connection, n)
    for table in ("texts", "signals", "mail_refs", "mail_people", "vectors"):
        connection.execute(f"DELETE FROM {table} WHERE n = ?", (n,))  # noqa: S608
    connection.execute(
        f"UPDATE documents SET {_UPDATE} WHERE n = ?",  # noqa: S608
        (*row(document, subject_key(document.mail) if document.mail else ""), n),
    )
    _attach(connection, n, document, vector)


def _attach(
    connection: sqlite3.Connection, n: int, document: Document, vector: bytes | None
) -> None:
    """Write all that hangs on a document's row."""
    connection.execute("INSERT OR IGNORE INTO unasked VALUES (?)", (n,))
    connection.execute("INSERT INTO texts VALUES (?, ?)", (n, clean(document.text)))
    connection.execute(
        "INSERT INTO words (rowid, title, text, people) "
        "SELECT n, title, text, people FROM searchable WHERE n = ?",
        (n,),
    )
    if vector is not None:
        connection.execute("INSERT INTO vectors VALUES (?, ?)", (n, vector))
    kinds = {s.kind for s in document.analysis.signals}
    connection.executemany("INSERT INTO signals VALUES (?, ?)", [(kind, n) for kind in kinds])
    if document.mail is not None:
        _people(connection, n, document.mail)
        join(connection, n, document.mail, stamp(document.when))


def _people(connection: sqlite3.Connection, n: int, mail: Mail) -> None:
    sender = () if mail.sender is None else (mail.sender,)
    groups = (("from", sender), ("to", mail.to), ("cc", mail.cc), ("reply_to", mail.reply_to))
    connection.executemany(
        "INSERT OR IGNORE INTO mail_people VALUES (?, ?, ?, ?)",
        [
            (bind(person.address.lower()), n, role, clean(person.name))
            for role, people in groups
            for person in people
            if person.address
        ],
    )


def _unindex(connection: sqlite3.Connection, n: int) -> None:
    # FTS5 takes words out by being told what they were.
    connection.execute(
        "INSERT INTO words (words, rowid, title, text, people) "
        "SELECT 'delete', n, title, text, people FROM searchable WHERE n = ?",
        (n,),
    )


def drop(connection: sqlite3.Connection, n: int) -> None:
    """Remove a document with everything that hangs on it."""
    _unindex(connection, n)
    connection.execute("DELETE FROM paths WHERE n = ?", (n,))
    connection.execute("DELETE FROM documents WHERE n = ?", (n,))


def forget(
    connection: sqlite3.Connection, source: str, path: bytes, *, wholly: bool = False
) -> DocumentId | None:
    """Remove a path; return its document's id when that went with it.

    ``wholly``: nothing that was read there may stay, even if a differing copy lies elsewhere.
    """
    name = bind(source)
    connection.execute("DELETE FROM quarantine WHERE source = ? AND path = ?", (name, path))
    found = connection.execute(
        "SELECT n FROM paths WHERE source = ? AND path = ?", (name, path)
    ).fetchone()
    if found is None:
        return None
    connection.execute("DELETE FROM paths WHERE source = ? AND path = ?", (name, path))
    return _orphaned(connection, found[0], name, path, wholly=wholly)


def _orphaned(
    connection: sqlite3.Connection,
    n: int,
    source: str | bytes,
    path: bytes,
    *,
    wholly: bool = False,
) -> DocumentId | None:
    """Settle a document that has lost a path: point it at another one, or remove it."""
    name, its_source, its_path, fingerprint = connection.execute(
        "SELECT id, source, path, fingerprint FROM documents WHERE n = ?", (n,)
    ).fetchone()
    others = connection.execute(
        "SELECT source, path, folder, fingerprint FROM paths WHERE n = ?", (n,)
    ).fetchall()
    if not others:
        drop(connection, n)
        return DocumentId(unbind(name))
    if (its_source, its_path) != (source, path):
        return None
    other = min(others, key=lambda o: (_rank(o[2]), o[0], o[1]))
    if other[3] != fingerprint:
        if wholly:
            drop(connection, n)
            return DocumentId(unbind(name))
        # These bytes were never kept: an impossible stat makes the next scan read them.
        connection.execute(
            "UPDATE paths SET size = -1, mtime_ns = -1 WHERE source = ? AND path = ?", other[:2]
        )
    connection.execute(
        "UPDATE documents SET source = ?, path = ?, "
        "mail = CASE WHEN mail IS NULL THEN NULL ELSE json_set(mail, '$.folder', ?) END "
        "WHERE n = ?",
        (*other[:3], n),
    )
    return None


def move(connection: sqlite3.Connection, source: str, old: bytes, new: bytes, stat: Stat) -> bool:
    """Rename a path; False when it was unknown or lies in another mail folder now."""
    if old == new:
        return False
    name = bind(source)
    found = connection.execute(
        "SELECT p.n, d.media, d.id FROM paths p JOIN documents d ON d.n = p.n "
        "WHERE p.source = ? AND p.path = ?",
        (name, old),
    ).fetchone()
    if found is None:
        return False
    n, media, identity = found
    if media == "mail" and _mailbox(old) != _mailbox(new):
        # Another folder has another role, which only reading it anew can tell.
        forget(connection, source, old)
        return False
    forget(connection, source, new)
    connection.execute(
        "UPDATE paths SET path = ?, size = ?, mtime_ns = ?, inode = ? "
        "WHERE source = ? AND path = ?",
        (new, *stat_row(stat), name, old),
    )
    connection.execute(
        "UPDATE documents SET path = ? WHERE n = ? AND source = ? AND path = ?",
        (new, n, name, old),
    )
    if media == "file" and identity == bind(os.fsdecode(old)):
        _rename(connection, n, bind(os.fsdecode(new)))
    return True


def _mailbox(path: bytes) -> bytes:
    """Return the folder that holds ``cur`` and ``new``."""
    return os.path.dirname(os.path.dirname(path))  # noqa: PTH120 (bytes have no pathlib)


def _rename(connection: sqlite3.Connection, n: int, identity: str | bytes) -> None:
    """Give a file's document its new id; one that another source had there gives way."""
    taken = connection.execute("SELECT n FROM documents WHERE id = ?", (identity,)).fetchone()
    if taken is not None:
        drop(connection, taken[0])
    connection.execute("UPDATE documents SET id = ? WHERE n = ?", (identity, n))
