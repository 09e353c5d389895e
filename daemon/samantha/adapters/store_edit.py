"""Editing in state.db: an offer gives its place to one in the user's words, in one step."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from samantha.adapters import store_offer, store_payload
from samantha.adapters.sqlite import Database
from samantha.core.payload import Payload
from samantha.core.ports import Offer


def insert(connection: sqlite3.Connection, offer: Offer, payload: Payload | None) -> Offer:
    """Store an offer with its payload inside the caller's transaction; return it with its id."""
    if payload is not None and (
        payload.hash != offer.payload_hash or payload.approval_class != offer.approval_class
    ):
        raise ValueError("the payload is not the one the offer names")
    marks = ", ".join("?" * (store_offer.COLUMNS.count(",")))
    if payload is not None:
        store_payload.save(connection, payload)
    columns = store_offer.COLUMNS.removeprefix("id, ")
    found = connection.execute(
        f"INSERT INTO offers ({columns}) VALUES ({marks})",  # noqa: S608
        store_offer.row_of(offer),
    ).lastrowid
    return replace(offer, id=int(found or 0))


class EditPart:
    """The part of the store that puts one offer into the place of another."""

    _database: Database

    def replace_offer(self, old: int, offer: Offer, payload: Payload, reason: str) -> Offer | None:
        """Void a live offer and store another in its place; None if it is no longer live."""
        with self._database.write() as connection:
            voided = connection.execute(
                "UPDATE offers SET state = 'void', reason = ? "
                "WHERE id = ? AND state IN ('open', 'held')",
                (reason, old),
            ).rowcount
            return insert(connection, offer, payload) if voided else None
