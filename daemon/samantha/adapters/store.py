"""state.db: offers, decisions, outbox, reminders, audit and settings, safe across processes."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from samantha.adapters import store_offer, store_payload
from samantha.adapters.sqlite import LOCK_WAIT_S, Database, bind, moment_of, stamp, unbind
from samantha.adapters.store_audit import AuditPart
from samantha.adapters.store_edit import EditPart, insert
from samantha.adapters.store_forget import ForgetPart
from samantha.adapters.store_learning import LearningPart
from samantha.adapters.store_outbox import OutboxPart
from samantha.adapters.store_schema import STATE
from samantha.api.types import Decision
from samantha.core.consent import YES
from samantha.core.payload import Payload
from samantha.core.ports import Offer, OfferState

LIVE = (OfferState.OPEN, OfferState.HELD)


@dataclass(frozen=True, slots=True)
class Suppression:
    """Something that must not come again, until the user lifts it by its key."""

    key: str
    reason: str
    at: datetime


class Store(OutboxPart, AuditPart, EditPart, LearningPart, ForgetPart):
    """The state of samantha in one SQLite file; implements ``core.ports.State``."""

    def __init__(self, path: Path, *, wait_s: float = LOCK_WAIT_S) -> None:
        self._database = Database(path, STATE, wait_s=wait_s)
        self.notice = self._database.notice
        """What was mended when the file was opened, for the user; '' when it was sound."""

    # --- offers -----------------------------------------------------------------------------

    def add_offer(self, offer: Offer, payload: Payload | None) -> Offer:
        """Store an offer (id 0) with its payload; return it with its id."""
        with self._database.write() as connection:
            return insert(connection, offer, payload)

    def together(self) -> AbstractContextManager[object]:
        """Hold one transaction for all that is written within: it counts at its end, or not."""
        return self._database.write()

    def offer(self, offer_id: int) -> Offer | None:
        """Return one offer."""
        found = self._offers("WHERE id = ?", [offer_id])
        return found[0] if found else None

    def offers(
        self,
        states: Iterable[OfferState] = (),
        *,
        since: datetime | None = None,
        shown_since: datetime | None = None,
    ) -> Sequence[Offer]:
        """Return offers, newest first; made since, last shown since."""
        wanted = [str(s) for s in states]
        tests: list[str] = []
        values: list[object] = list(wanted)
        if wanted:
            tests.append(f"state IN ({','.join('?' * len(wanted))})")
        if since is not None:
            tests.append("created >= ?")
            values.append(stamp(since))
        if shown_since is not None:
            tests.append("shown_at >= ?")
            values.append(stamp(shown_since))
        where = f"WHERE {' AND '.join(tests)}" if tests else ""
        return self._offers(where, values)

    def offer_for(self, plugin: str, thing: str) -> Offer | None:
        """Return the newest offer about a thing that is not void."""
        found = self._offers(
            "WHERE plugin = ? AND thing = ? AND state <> 'void'",
            [bind(plugin), bind(thing)],
            limit=1,
        )
        return found[0] if found else None

    def _offers(self, where: str, values: Sequence[object], limit: int = -1) -> list[Offer]:
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT {store_offer.COLUMNS} FROM offers {where} "  # noqa: S608
                "ORDER BY created DESC, id DESC LIMIT ?",
                [*values, limit],
            ).fetchall()
        return [store_offer.offer_of(row) for row in rows]

    def update_offer(self, offer_id: int, **fields: object) -> None:
        """Change stored fields of an offer (state, verdict, reason, shown_at, reviewed_at, …).

        A change of state reaches only an offer that is still open or held: when another process
        took a decision a moment ago, that decision stands and the whole update is left out.
        """
        unknown = fields.keys() - store_offer.UPDATES.keys()
        if unknown:
            raise ValueError(f"not a changeable field of an offer: {', '.join(sorted(unknown))}")
        if fields.get("state") == OfferState.DECIDED:
            raise ValueError("only decide() decides")
        if not fields:
            return
        names = list(fields)
        values = [store_offer.UPDATES[name](fields[name]) for name in names]
        test = " AND state IN ('open', 'held')" if "state" in fields else ""
        with self._database.write() as connection:
            changed = connection.execute(
                f"UPDATE offers SET {', '.join(f'{n} = ?' for n in names)} "  # noqa: S608
                f"WHERE id = ?{test}",
                [*values, offer_id],
            ).rowcount
            if changed and fields.get("state") == OfferState.EXPIRED:
                _record_expiry(connection, offer_id)

    def payload(self, payload_hash: str) -> Payload | None:
        """Return a stored payload; None when absent or when its bytes no longer hash to it."""
        with self._database.read() as connection:
            return store_payload.load(connection, payload_hash)

    # --- decisions --------------------------------------------------------------------------

    def decide(
        self,
        offer_id: int,
        decision: Decision,
        *,
        at: datetime,
        via: str,
        payload_hash: str = "",
        snoozed_until: datetime | None = None,
    ) -> bool:
        """Take the decision once: atomic; False if it was already decided, void or expired.

        ACCEPTED and EDITED also put the payload into the outbox in the same transaction. They
        need the ``payload_hash`` to equal the offer's, the stored bytes to be intact, and for
        classes B and C that the user has seen the whole of it.
        """
        with self._database.write() as connection:
            rows = connection.execute(
                f"SELECT {store_offer.COLUMNS} FROM offers WHERE id = ?",  # noqa: S608
                (offer_id,),
            ).fetchall()
            offer = store_offer.offer_of(rows[0]) if rows else None
            if offer is None or not _decidable(offer, decision, at):
                return False
            if decision in YES and not _approved(connection, offer, payload_hash):
                return False
            number = connection.execute(
                "INSERT INTO decisions (offer, decision, at, via, payload_hash) "
                "VALUES (?, ?, ?, ?, ?)",
                (offer_id, str(decision), stamp(at), bind(via), payload_hash),
            ).lastrowid
            if decision is Decision.SNOOZED:
                connection.execute(
                    "UPDATE offers SET snoozed_until = coalesce(?, snoozed_until) WHERE id = ?",
                    (store_offer.optional(snoozed_until), offer_id),
                )
                return True
            ended = OfferState.EXPIRED if decision is Decision.EXPIRED else OfferState.DECIDED
            connection.execute(
                "UPDATE offers SET state = ?, snoozed_until = NULL WHERE id = ?",
                (str(ended), offer_id),
            )
            if decision in YES:
                connection.execute(
                    "INSERT INTO outbox (offer, decision, trace, payload_hash, state, approved_at)"
                    " VALUES (?, ?, ?, ?, 'approved', ?)",
                    (offer_id, number, bind(offer.trace), payload_hash, stamp(at)),
                )
            _suppress(connection, offer, decision, at)
        return True

    def decisions(self, plugin: str = "") -> Sequence[tuple[Offer, Decision, datetime, str]]:
        """Return decisions with their offers, newest first."""
        where, values = ("WHERE o.plugin = ?", [bind(plugin)]) if plugin else ("", [])
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT {store_offer.PREFIXED}, d.decision, d.at, d.via "  # noqa: S608
                f"FROM decisions d JOIN offers o ON o.id = d.offer {where} "
                "ORDER BY d.at DESC, d.id DESC",
                values,
            ).fetchall()
        return [
            (store_offer.offer_of(row[:-3]), Decision(row[-3]), moment_of(row[-2]), unbind(row[-1]))
            for row in rows
        ]

    def suppressed(self, plugin: str, thing: str, kind: str = "") -> str:
        """Return why a thing must not come again (dismissed, never …), or ''.

        Without ``kind`` any *never* to the plugin counts: silence is the safer mistake.
        """
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT reason, key FROM suppressions WHERE plugin = ? AND "
                "(thing = ? OR (thing IS NULL AND (? = '' OR kind = ?))) ORDER BY thing IS NULL",
                (bind(plugin), bind(thing), bind(kind), bind(kind)),
            ).fetchone()
        return f"{unbind(row[0])} ({unbind(row[1])})" if row else ""

    def suppressions(self) -> Sequence[Suppression]:
        """Return all suppressions, newest first; each can be lifted by its key."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT key, reason, at FROM suppressions ORDER BY at DESC, key"
            ).fetchall()
        return [Suppression(unbind(key), unbind(why), moment_of(at)) for key, why, at in rows]

    def lift(self, key: str) -> bool:
        """Lift what `samantha silence` names, or ``offer:ID`` of one that came to nothing.

        The offers it came from become void, or they would go on standing in the way.
        """
        with self._database.write() as connection:
            if key.startswith("rest:"):
                return _wake(connection, key)
            if re.fullmatch(r"offer:[0-9]{1,18}", key):
                # A yes that was refused, or taken back, has left nothing behind; nor has what was
                # dropped, or let pass.
                lifted = connection.execute(
                    "UPDATE offers SET state = 'void', reason = 'it may be suggested again' "
                    "WHERE id = ? AND (state IN ('dropped', 'expired') OR (state = 'decided' AND "
                    "id IN (SELECT offer FROM outbox WHERE state IN ('refused', 'undone'))))",
                    (int(key.removeprefix("offer:")),),
                ).rowcount
                return bool(lifted)
            rows = connection.execute(
                "DELETE FROM suppressions WHERE key = ? RETURNING plugin, kind, thing",
                (bind(key),),
            ).fetchall()
            if not rows:
                return False
            plugin, kind, thing = rows[0]
            connection.execute(
                "UPDATE offers SET state = 'void', reason = 'its suppression was lifted' "
                "WHERE plugin = ? AND (thing = ? OR (? IS NULL AND kind = ?)) AND id IN "
                "(SELECT offer FROM decisions WHERE decision IN ('dismissed', 'never'))",
                (plugin, thing, thing, kind),
            )
        return True

    # --- the file ---------------------------------------------------------------------------

    def data_version(self) -> int:
        """Return a number that changes when another process has written."""
        return self._database.data_version()

    def snapshot(self, now: datetime) -> Path:
        """Write a verified snapshot, keep the newest five, return its path."""
        return self._database.snapshot(now)

    def close(self) -> None:
        """Close the database."""
        self._database.close()


def _wake(connection: sqlite3.Connection, key: str) -> bool:
    """End the rest of a kind: what was dismissed up to now is no row any more."""
    plugin, _, kind = key.removeprefix("rest:").partition(":")
    (last,) = connection.execute(
        "SELECT max(d.at) FROM decisions d JOIN offers o ON o.id = d.offer "
        "WHERE d.decision = 'dismissed' AND o.plugin = ? AND o.kind = ?",
        (bind(plugin), bind(kind)),
    ).fetchone()
    if last is None:
        return False
    connection.execute(
        "INSERT OR REPLACE INTO settings VALUES (?, ?)",
        (bind(f"lifted/{key}"), moment_of(last).isoformat()),
    )
    return True


def _decidable(offer: Offer, decision: Decision, at: datetime) -> bool:
    now = stamp(at)
    if offer.state not in LIVE:
        return False
    expired = offer.expires is not None and stamp(offer.expires) <= now
    return decision is Decision.EXPIRED or not expired


def _approved(connection: sqlite3.Connection, offer: Offer, payload_hash: str) -> bool:
    """Tell whether a yes is a yes to bytes that are there, whole, and were seen as they must be."""
    if not payload_hash or payload_hash != offer.payload_hash:
        return False
    if offer.approval_class != "A" and offer.reviewed_at is None:
        return False
    payload = store_payload.load(connection, payload_hash)
    return payload is not None and payload.approval_class == offer.approval_class


def _record_expiry(connection: sqlite3.Connection, offer_id: int) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO decisions (offer, decision, at, via, payload_hash) "
        "SELECT id, 'expired', coalesce(expires, created), 'clock', '' FROM offers WHERE id = ?",
        (offer_id,),
    )


def _suppress(
    connection: sqlite3.Connection, offer: Offer, decision: Decision, at: datetime
) -> None:
    if decision is Decision.DISMISSED:
        key, thing = f"thing:{offer.plugin}:{offer.thing}", bind(offer.thing)
        reason = f"you dismissed it (offer {offer.id})"
    elif decision is Decision.NEVER:
        key, thing = f"kind:{offer.plugin}:{offer.kind}", None
        reason = f"you never want this kind (offer {offer.id})"
    else:
        return
    connection.execute(
        "INSERT OR REPLACE INTO suppressions VALUES (?, ?, ?, ?, ?, ?)",
        (bind(key), bind(offer.plugin), bind(offer.kind), thing, reason, stamp(at)),
    )
