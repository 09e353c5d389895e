"""Forgetting in state.db: offers that rest on documents of a forgotten source leave no byte."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime

from samantha.adapters.sqlite import Database
from samantha.adapters.sqlite_repair import snapshots
from samantha.adapters.store_learning import forget_answers

_IN_FLIGHT = "('approved', 'claimed', 'committing')"


class ForgetPart:
    """The part of the store that forgets."""

    _database: Database

    def forget_documents(self, documents: Iterable[str], now: datetime) -> tuple[int, ...]:
        """Remove all offers that rest on these documents; return those that could not go yet.

        What is approved and under way has to end first: those offers stay and are returned. Old
        snapshots go, and a new one is taken. The audit stays: it holds no content.
        """
        gone = set(documents)
        with self._database.write() as connection:
            resting = _resting_on(connection, gone)
            busy = {
                row[0]
                for row in connection.execute(
                    f"SELECT offer FROM outbox WHERE state IN {_IN_FLIGHT}"  # noqa: S608
                )
            }
            for offer in resting - busy:
                _remove(connection, offer)
            forget_answers(connection, gone)
            _sweep(connection)
        self._database.scour()
        old = snapshots(self._database.path, self._database.schema)
        self._database.snapshot(now)
        for path in (*old, *self._database.path.parent.glob("state.db.damaged-*")):
            path.unlink(missing_ok=True)
        return tuple(sorted(resting & busy))


def _resting_on(connection: sqlite3.Connection, documents: set[str]) -> set[int]:
    found = set()
    rows = connection.execute(
        "SELECT o.id, o.evidence, p.manifest FROM offers o "
        "LEFT JOIN payloads p ON p.hash = o.payload_hash"
    )
    for offer, evidence, manifest in rows:
        names = {quote[0] for quote in json.loads(evidence)}
        if manifest is not None:
            names.update(json.loads(manifest)["sources"])
        if not documents.isdisjoint(names):
            found.add(offer)
    return found


def _remove(connection: sqlite3.Connection, offer: int) -> None:
    connection.execute(
        "DELETE FROM suppressions WHERE (plugin, thing) IN "
        "(SELECT plugin, thing FROM offers WHERE id = ?)",
        (offer,),
    )
    connection.execute(
        "DELETE FROM suppressions WHERE key LIKE 'from:%' AND reason LIKE ?", (f"%(offer {offer})",)
    )
    for table in ("outbox", "decisions"):
        connection.execute(f"DELETE FROM {table} WHERE offer = ?", (offer,))  # noqa: S608
    connection.execute("DELETE FROM offers WHERE id = ?", (offer,))


def _sweep(connection: sqlite3.Connection) -> None:
    """Remove payloads and blobs that no offer needs any more."""
    connection.execute(
        "DELETE FROM payloads WHERE hash NOT IN (SELECT payload_hash FROM offers) "
        "AND hash NOT IN (SELECT payload_hash FROM outbox)"
    )
    connection.execute("DELETE FROM blobs WHERE sha256 NOT IN (SELECT blob FROM payload_blobs)")
