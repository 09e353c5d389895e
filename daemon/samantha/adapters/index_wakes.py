"""When plugins want to be asked again, a row for each document; and which plugins were here."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby

from samantha.adapters.sqlite import bind, moment_of, stamp, unbind
from samantha.api.plugin import Wake
from samantha.api.types import DocumentId

_GIVEN_UP = (
    "DELETE FROM wakes WHERE plugin = ? AND thing IN (SELECT thing FROM wakes WHERE plugin = ? "
    "GROUP BY thing ORDER BY min(at), thing LIMIT -1 OFFSET ?)"
)


def keep(connection: sqlite3.Connection, plugin: str, wake: Wake, most: int) -> bool:
    """Store a wake in place of an earlier one about its thing.

    Of more than ``most`` things of the plugin the furthest away go; tells whether any did.
    """
    cancel(connection, plugin, wake.thing)
    connection.executemany(
        "INSERT OR IGNORE INTO wakes SELECT ?, ?, n, ? FROM documents WHERE id = ?",
        [(bind(plugin), bind(wake.thing), stamp(wake.at), bind(one)) for one in wake.documents],
    )
    return connection.execute(_GIVEN_UP, (bind(plugin), bind(plugin), most)).rowcount > 0


def cancel(connection: sqlite3.Connection, plugin: str, thing: str) -> None:
    """Remove the wake about a thing, if there is one."""
    connection.execute(
        "DELETE FROM wakes WHERE plugin = ? AND thing = ?", (bind(plugin), bind(thing))
    )


def due(
    connection: sqlite3.Connection, until: datetime, plugins: Collection[str]
) -> list[tuple[str, Wake]]:
    """Return (plugin, wake) of all whose time has come, earliest first."""
    rows = connection.execute(
        "SELECT w.plugin, w.thing, w.at, d.id FROM wakes w JOIN documents d ON d.n = w.n "
        "WHERE w.at <= ? AND w.plugin IN (SELECT value FROM json_each(?)) "
        "ORDER BY w.at, w.plugin, w.thing, w.n",
        (stamp(until), json.dumps(sorted(plugins))),
    )
    return [
        (
            unbind(plugin),
            Wake(moment_of(at), unbind(thing), tuple(DocumentId(unbind(row[3])) for row in some)),
        )
        for (plugin, thing, at), some in groupby(rows, key=lambda row: row[:3])
    ]


def next_at(connection: sqlite3.Connection, plugins: Collection[str]) -> datetime | None:
    """Return the time of the earliest wake of these plugins."""
    (at,) = connection.execute(
        "SELECT min(at) FROM wakes WHERE plugin IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(plugins)),),
    ).fetchone()
    return None if at is None else moment_of(at)


def woken(connection: sqlite3.Connection, plugin: str, wakes: Sequence[Wake]) -> None:
    """Remove wakes that have come; one that was left anew about the same thing stays."""
    connection.executemany(
        "DELETE FROM wakes WHERE plugin = ? AND thing = ? AND at = ?",
        [(bind(plugin), bind(one.thing), stamp(one.at)) for one in wakes],
    )


def unacquainted(connection: sqlite3.Connection, plugins: Collection[str]) -> set[str]:
    """Return which of the plugins that run have not looked at this index; forget the others."""
    names = json.dumps(sorted(plugins))
    connection.execute(
        "DELETE FROM acquainted WHERE plugin NOT IN (SELECT value FROM json_each(?))", (names,)
    )
    rows = connection.execute(
        "SELECT value FROM json_each(?) WHERE value NOT IN (SELECT plugin FROM acquainted)",
        (names,),
    )
    return {name for (name,) in rows}
