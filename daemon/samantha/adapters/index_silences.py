"""What plugins left unsaid, a row for each document and reason, and how it is told in few lines."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

from samantha.adapters.index_codec import clean
from samantha.adapters.sqlite import bind, moment_of, stamp, unbind
from samantha.api.plugin import Silence
from samantha.core.ports import Unsaid


def keep(
    connection: sqlite3.Connection,
    plugin: str,
    silences: Sequence[Silence],
    about: Iterable[str],
    at: datetime,
) -> None:
    """Store a plugin's silences of one moment; of the documents it was about the older ones go.

    A reason that was given before keeps its time: said each day, it is no news.
    """
    reasons: dict[str, set[str]] = {name: set() for name in about}
    for one in silences:
        reasons.setdefault(one.document, set()).add(clean(one.reason))
    mute = [(bind(plugin), bind(name)) for name, given in reasons.items() if not given]
    connection.executemany(
        "DELETE FROM silences WHERE plugin = ? AND n = (SELECT n FROM documents WHERE id = ?)",
        mute,
    )
    for name, given in reasons.items():
        if not given:
            continue
        connection.execute(
            "DELETE FROM silences WHERE plugin = ? AND n = (SELECT n FROM documents WHERE id = ?) "
            "AND reason NOT IN (SELECT value FROM json_each(?))",
            (bind(plugin), bind(name), json.dumps(sorted(given))),
        )
    connection.executemany(
        "INSERT OR IGNORE INTO silences SELECT ?, n, ?, ?, ? FROM documents WHERE id = ?",
        [
            (bind(plugin), clean(one.reason), bind(one.thing), stamp(at), bind(one.document))
            for one in silences
        ],
    )


def unsaid(connection: sqlite3.Connection, since: datetime | None) -> list[Unsaid]:
    """Return each plugin's reasons with how many documents they hold for, newest first."""
    after, values = ("WHERE s.at >= ?", [stamp(since)]) if since is not None else ("", [])
    # Beside max() SQLite takes the other columns from the row that holds the maximum.
    rows = connection.execute(
        "SELECT s.plugin, s.reason, count(*), max(s.at), d.title, d.path "  # noqa: S608
        f"FROM silences s JOIN documents d ON d.n = s.n {after} "
        "GROUP BY s.plugin, s.reason ORDER BY max(s.at) DESC, s.plugin, s.reason",
        values,
    )
    return [
        Unsaid(unbind(plugin), reason, count, moment_of(at), title, os.fsdecode(path))
        for plugin, reason, count, at, title, path in rows
    ]
