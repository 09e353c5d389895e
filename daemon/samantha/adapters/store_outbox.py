"""What was approved and is on its way, and reminders: each moves on once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from samantha.adapters.sqlite import Database, bind, moment_of, stamp, unbind
from samantha.adapters.store_audit import canonical
from samantha.core.ports import OutboxEntry, OutboxState, Reminder

_S = OutboxState
TRANSITIONS: Mapping[OutboxState, frozenset[OutboxState]] = {
    _S.APPROVED: frozenset({_S.REFUSED, _S.FAILED}),
    _S.CLAIMED: frozenset({_S.CLAIMED, _S.APPROVED, _S.COMMITTING, _S.REFUSED, _S.FAILED}),
    _S.COMMITTING: frozenset({_S.COMMITTING, _S.DONE, _S.REFUSED, _S.FAILED, _S.UNKNOWN}),
    _S.UNKNOWN: frozenset({_S.DONE, _S.FAILED}),
    _S.DONE: frozenset({_S.DONE, _S.UNDONE}),
    _S.FAILED: frozenset({_S.UNDONE}),
    _S.REFUSED: frozenset(),
    _S.UNDONE: frozenset(),
}
"""Approved → claimed is ``claim`` alone; claimed → approved gives back what was not begun; a
failed entry is undone when some of its effects had been committed."""

_ENTRY = "id, offer, trace, payload_hash, state, reason, undo, step, approved_at"


def _entry(row: Sequence[Any]) -> OutboxEntry:
    return OutboxEntry(
        id=row[0],
        offer=row[1],
        trace=unbind(row[2]),
        payload_hash=row[3],
        state=OutboxState(row[4]),
        reason=unbind(row[5]),
        undo=tuple(json.loads(row[6])),
        step=row[7],
        approved_at=moment_of(row[8]),
    )


class OutboxPart:
    """The part of the store that keeps the outbox and the reminders."""

    _database: Database

    def outbox(self, states: Iterable[OutboxState] = ()) -> Sequence[OutboxEntry]:
        """Return entries, oldest first."""
        wanted = [str(s) for s in states]
        where = f"WHERE state IN ({','.join('?' * len(wanted))})" if wanted else ""
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT {_ENTRY} FROM outbox {where} ORDER BY id",  # noqa: S608
                wanted,
            ).fetchall()
        return [_entry(row) for row in rows]

    def outbox_for(self, offer_id: int) -> OutboxEntry | None:
        """Return the entry of an offer."""
        with self._database.read() as connection:
            row = connection.execute(
                f"SELECT {_ENTRY} FROM outbox WHERE offer = ?",  # noqa: S608
                (offer_id,),
            ).fetchone()
        return _entry(row) if row else None

    def claim(self, entry_id: int, owner: str) -> bool:
        """Approved → claimed, once."""
        with self._database.write() as connection:
            changed = connection.execute(
                "UPDATE outbox SET state = 'claimed', owner = ? "
                "WHERE id = ? AND state = 'approved'",
                (bind(owner), entry_id),
            ).rowcount
        return changed == 1

    def progress(
        self,
        entry_id: int,
        state: OutboxState,
        *,
        step: int | None = None,
        reason: str = "",
        undo: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        """Move an entry on, durably before it returns; an illegal move raises ``ValueError``."""
        with self._database.write() as connection:
            row = connection.execute(
                "SELECT state, step FROM outbox WHERE id = ?", (entry_id,)
            ).fetchone()
            if row is None:
                raise ValueError(f"there is no outbox entry {entry_id}")
            before = OutboxState(row[0])
            if state not in TRANSITIONS[before]:
                raise ValueError(f"outbox entry {entry_id} cannot go from {before} to {state}")
            if step is not None and step < row[1]:
                raise ValueError(f"outbox entry {entry_id} cannot go back to step {step}")
            connection.execute(
                "UPDATE outbox SET state = ?, step = coalesce(?, step), "
                "reason = CASE WHEN ? = '' THEN reason ELSE ? END, "
                "undo = coalesce(?, undo) WHERE id = ?",
                (
                    str(state),
                    step,
                    bind(reason),
                    bind(reason),
                    None if undo is None else canonical([dict(u) for u in undo]),
                    entry_id,
                ),
            )

    # --- reminders --------------------------------------------------------------------------

    def add_reminder(self, key: str, at: datetime, text: str, copy_text: str = "") -> int:
        """Store a reminder; the same key twice is one reminder."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO reminders (key, at, text, copy_text) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (key) DO NOTHING",
                (bind(key), stamp(at), bind(text), bind(copy_text)),
            )
            row = connection.execute(
                "SELECT id FROM reminders WHERE key = ?", (bind(key),)
            ).fetchone()
        return int(row[0])

    def reminders(self, *, due_by: datetime | None = None) -> Sequence[Reminder]:
        """Return reminders that have neither fired nor been cancelled, the next first."""
        where = "WHERE fired_at IS NULL AND NOT cancelled"
        values: list[int] = []
        if due_by is not None:
            where += " AND at <= ?"
            values = [stamp(due_by)]
        with self._database.read() as connection:
            return _reminders(connection, where, values)

    def fire_reminder(self, reminder_id: int, at: datetime) -> bool:
        """Mark it as fired, once."""
        with self._database.write() as connection:
            changed = connection.execute(
                "UPDATE reminders SET fired_at = ? "
                "WHERE id = ? AND fired_at IS NULL AND NOT cancelled",
                (stamp(at), reminder_id),
            ).rowcount
        return changed == 1

    def cancel_reminder(self, key: str) -> bool:
        """Cancel one that has not fired."""
        with self._database.write() as connection:
            changed = connection.execute(
                "UPDATE reminders SET cancelled = 1 "
                "WHERE key = ? AND fired_at IS NULL AND NOT cancelled",
                (bind(key),),
            ).rowcount
        return changed == 1

    def reminder(self, key: str) -> Reminder | None:
        """Return a reminder by its key, fired and cancelled ones too."""
        with self._database.read() as connection:
            found = _reminders(connection, "WHERE key = ?", [bind(key)])
        return found[0] if found else None


def _reminders(
    connection: sqlite3.Connection, where: str, values: Sequence[object]
) -> list[Reminder]:
    rows = connection.execute(
        "SELECT id, key, at, text, copy_text, fired_at, cancelled "  # noqa: S608
        f"FROM reminders {where} ORDER BY at, id",
        list(values),
    )
    return [
        Reminder(
            id=row[0],
            key=unbind(row[1]),
            at=moment_of(row[2]),
            text=unbind(row[3]),
            copy_text=unbind(row[4]),
            fired_at=None if row[5] is None else moment_of(row[5]),
            cancelled=bool(row[6]),
        )
        for row in rows
    ]
