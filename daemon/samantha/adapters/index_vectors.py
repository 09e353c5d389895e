"""Nearest vectors, exactly: by sqlite-vec where SQLite loads extensions, else by numpy.

The vectors lie in an ordinary table either way. A ``vec0`` table would be as exhaustive a search,
could not be read where extensions cannot be loaded, and keeps the bytes of deleted rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

SIZE_BYTES = 384 * 4
_ROWS = 4_096


def load_extension(connection: sqlite3.Connection) -> bool:
    """Load sqlite-vec into a connection; False where this Python's SQLite cannot."""
    if not hasattr(connection, "enable_load_extension"):
        return False
    try:
        import sqlite_vec
    except ImportError:
        return False
    try:
        connection.enable_load_extension(True)
        sqlite_vec.load(connection)
        connection.enable_load_extension(False)
    except (sqlite3.Error, AttributeError):
        return False
    return True


def nearest(
    connection: sqlite3.Connection, vector: bytes, limit: int, *, extension: bool
) -> list[tuple[int, float]]:
    """Return (row, cosine similarity), best first, equal ones by row."""
    if len(vector) != SIZE_BYTES or limit <= 0 or not any(vector):
        return []
    if extension:
        return _by_extension(connection, vector, limit)
    return _by_numpy(connection, vector, limit)


def _by_extension(
    connection: sqlite3.Connection, vector: bytes, limit: int
) -> list[tuple[int, float]]:
    # A vector of zeros has no direction: its distance is NULL, its likeness is none.
    rows = connection.execute(
        "SELECT n, coalesce(1.0 - vec_distance_cosine(vector, ?), 0.0) AS likeness FROM vectors "
        "ORDER BY likeness DESC, n LIMIT ?",
        (vector, limit),
    ).fetchall()
    return [(n, likeness) for n, likeness in rows]


def _by_numpy(connection: sqlite3.Connection, vector: bytes, limit: int) -> list[tuple[int, float]]:
    import numpy as np

    wanted = np.frombuffer(vector, dtype="<f4")
    wanted = wanted / np.linalg.norm(wanted)
    best: list[tuple[int, float]] = []
    for numbers, data in _chunks(connection):
        rows = np.frombuffer(data, dtype="<f4").reshape(len(numbers), -1)
        lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        likeness = np.divide(
            rows @ wanted, lengths, out=np.zeros(len(numbers), dtype="<f4"), where=lengths > 0
        )
        top = np.argsort(-likeness, kind="stable")[:limit]
        best.extend((numbers[i], float(likeness[i])) for i in top)
        best = sorted(best, key=lambda found: (-found[1], found[0]))[:limit]
    return best


def _chunks(connection: sqlite3.Connection) -> Iterator[tuple[list[int], bytes]]:
    cursor = connection.execute("SELECT n, vector FROM vectors ORDER BY n")
    while rows := cursor.fetchmany(_ROWS):
        yield [n for n, _ in rows], b"".join(data for _, data in rows)
