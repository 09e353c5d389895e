"""Who waits for whom: threads that went quiet, and how long answers usually take."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import timedelta

_ANSWERS = 200
"""How many of the newest exchanges with a person are looked at."""

_BY_USER = (
    "SELECT i.at, min(o.at) FROM mail_people p JOIN documents i ON i.n = p.n "
    "JOIN documents o ON o.thread = i.thread AND o.at > i.at "
    "WHERE p.address = ? AND p.role = 'from' AND i.author <> 'user' AND o.author = 'user' "
)
_BY_THEM = (
    "SELECT i.at, min(o.at) FROM mail_people p JOIN documents i ON i.n = p.n "
    "JOIN documents o ON o.thread = i.thread AND o.at > i.at "
    "JOIN mail_people f ON f.n = o.n AND f.address = p.address AND f.role = 'from' "
    "WHERE p.address = ? AND p.role = 'to' AND i.author = 'user' "
)
_FIRST_ANSWERS = "AND i.at >= ? GROUP BY i.n ORDER BY i.at DESC LIMIT ?"


def carrying(kinds: Sequence[str]) -> str:
    """Return the condition that a document carries one of these signals; '' for none at all."""
    marks = ",".join("?" * len(kinds))
    if not kinds:
        return ""
    return f"AND EXISTS (SELECT 1 FROM signals s WHERE s.n = d.n AND s.kind IN ({marks})) "  # noqa: S608


def quiet(kinds: Sequence[str], author: str, since: int, until: int) -> tuple[str, list[object]]:
    """Return the rest of a query for mails that were left unanswered, and its values."""
    sql = (
        "WHERE d.at >= ? AND d.at < ? AND d.media = 'mail' AND d.author = ? "  # noqa: S608
        f"{carrying(kinds)}AND NOT EXISTS (SELECT 1 FROM documents l "
        "WHERE l.thread = d.thread AND l.at > d.at AND l.author <> d.author) ORDER BY d.at, d.n"
    )
    return sql, [since, until, author, *kinds]


def answer_times(
    connection: sqlite3.Connection, address: str | bytes, since: int, *, by_user: bool
) -> list[timedelta]:
    """Return the time from each mail of one side to the first answer of the other."""
    asked = _BY_USER if by_user else _BY_THEM
    rows = connection.execute(f"{asked}{_FIRST_ANSWERS}", (address, since, _ANSWERS)).fetchall()
    return [timedelta(microseconds=answered - came) for came, answered in reversed(rows)]


def mails_with(
    address: str | bytes, since: int, author: str, kinds: Sequence[str], limit: int
) -> tuple[str, list[object]]:
    """Return the rest of a query for mails from or to an address, and its values."""
    sql = (
        "WHERE d.n IN (SELECT n FROM mail_people WHERE address = ? AND role <> 'reply_to') "  # noqa: S608
        "AND d.at >= ? AND (? = '' OR d.author = ?) "
        f"{carrying(kinds)}ORDER BY d.at DESC, d.n DESC LIMIT ?"
    )
    return sql, [address, since, author, author, *kinds, limit or -1]


def sends_from(connection: sqlite3.Connection, address: str | bytes) -> bool:
    """Tell whether a mail by the user came from an address."""
    row = connection.execute(
        "SELECT 1 FROM mail_people p JOIN documents d ON d.n = p.n "
        "WHERE p.address = ? AND p.role = 'from' AND d.author = 'user' LIMIT 1",
        (address,),
    ).fetchone()
    return row is not None
