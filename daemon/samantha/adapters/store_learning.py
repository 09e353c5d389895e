"""What learning reads of state.db: decisions as they come, and the rules of the user."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from samantha.adapters import store_offer
from samantha.adapters.sqlite import Database, bind, moment_of, stamp
from samantha.api.types import Decision
from samantha.core.ports import Offer

SETUP_KEY = "learning/setup"
"""The setting that holds what the user answered in `samantha setup`, as JSON."""


class LearningPart:
    """The part of the store that learning reads."""

    _database: Database

    def history_mark(self) -> tuple[int, int, int, int]:
        """Return a value that changes with every decision, undo, rule and forgetting."""
        with self._database.read() as connection:
            newest, count = connection.execute(
                "SELECT coalesce(max(id), 0), count(*) FROM decisions"
            ).fetchone()
            undone = connection.execute(
                "SELECT count(*) FROM outbox WHERE state = 'undone'"
            ).fetchone()[0]
            # Counted, not read: it is asked for each suggestion, and a year leaves thousands.
            unwanted = connection.execute("SELECT count(*) FROM suppressions").fetchone()[0]
        return newest, count, undone, unwanted

    def decided_after(self, number: int) -> Sequence[tuple[int, Offer, Decision, datetime]]:
        """Return the decisions with a greater number, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT {store_offer.PREFIXED}, d.id, d.decision, d.at "  # noqa: S608
                "FROM decisions d JOIN offers o ON o.id = d.offer WHERE d.id > ? ORDER BY d.id",
                (number,),
            ).fetchall()
        return [
            (row[-3], store_offer.offer_of(row[:-3]), Decision(row[-2]), moment_of(row[-1]))
            for row in rows
        ]

    def answers(self, plugin: str, kind: str, limit: int) -> Sequence[tuple[Decision, datetime]]:
        """Return the newest answers to a kind of suggestion, without snoozes and expiries."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT d.decision, d.at FROM decisions d JOIN offers o ON o.id = d.offer "
                "WHERE o.plugin = ? AND o.kind = ? AND d.decision NOT IN ('snoozed', 'expired') "
                "ORDER BY d.id DESC LIMIT ?",
                (bind(plugin), bind(kind), limit),
            ).fetchall()
        return [(Decision(decision), moment_of(at)) for decision, at in rows]

    def suppress(
        self, key: str, plugin: str, kind: str, thing: str, reason: str, at: datetime
    ) -> None:
        """Let a thing come no more, until the user lifts it by its key."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO suppressions VALUES (?, ?, ?, ?, ?, ?)",
                (bind(key), bind(plugin), bind(kind), bind(thing), bind(reason), stamp(at)),
            )


def forget_answers(connection: sqlite3.Connection, documents: set[str]) -> None:
    """Remove what was answered in the setup about forgotten documents."""
    row = connection.execute("SELECT value FROM settings WHERE key = ?", (SETUP_KEY,)).fetchone()
    if row is None:
        return
    kept = [one for one in json.loads(row[0]) if documents.isdisjoint(one["documents"])]
    connection.execute("UPDATE settings SET value = ? WHERE key = ?", (json.dumps(kept), SETUP_KEY))
