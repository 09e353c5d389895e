"""The tables of state.db, with the guards that hold even against our own mistakes."""

from __future__ import annotations

import sqlite3

from samantha.adapters.sqlite import Schema

_VERSION_1 = """
CREATE TABLE payloads (
    hash TEXT PRIMARY KEY,
    manifest TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE blobs (
    sha256 TEXT PRIMARY KEY,
    data BLOB NOT NULL
);

CREATE TABLE payload_blobs (
    payload TEXT NOT NULL REFERENCES payloads (hash) ON DELETE CASCADE,
    blob TEXT NOT NULL REFERENCES blobs (sha256),
    PRIMARY KEY (payload, blob)
) WITHOUT ROWID;

CREATE TABLE offers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    trace TEXT NOT NULL,
    plugin TEXT NOT NULL,
    kind TEXT NOT NULL,
    thing TEXT NOT NULL,
    title TEXT NOT NULL,
    why TEXT NOT NULL,
    evidence TEXT NOT NULL,
    action TEXT NOT NULL,
    approval_class TEXT NOT NULL,
    payload_hash TEXT NOT NULL,
    confidence REAL NOT NULL,
    urgent INTEGER NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    state TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    shown_at INTEGER,
    reviewed_at INTEGER,
    snoozed_until INTEGER,
    notification_key TEXT NOT NULL,
    files TEXT NOT NULL
);
CREATE INDEX offers_thing ON offers (plugin, thing);
CREATE INDEX offers_state ON offers (state);
CREATE INDEX offers_created ON offers (created);

CREATE TRIGGER offers_are_frozen BEFORE UPDATE ON offers
WHEN new.payload_hash <> old.payload_hash OR new.action <> old.action
  OR new.approval_class <> old.approval_class OR new.expires IS NOT old.expires
BEGIN SELECT RAISE(ABORT, 'what an offer would do cannot be changed'); END;

CREATE TABLE decisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    offer INTEGER NOT NULL REFERENCES offers (id),
    decision TEXT NOT NULL,
    at INTEGER NOT NULL,
    via TEXT NOT NULL,
    payload_hash TEXT NOT NULL
);
CREATE UNIQUE INDEX decisions_once ON decisions (offer) WHERE decision <> 'snoozed';
CREATE TRIGGER decisions_stay BEFORE UPDATE ON decisions
BEGIN SELECT RAISE(ABORT, 'a decision cannot be changed'); END;

CREATE TABLE suppressions (
    key TEXT PRIMARY KEY,
    plugin TEXT NOT NULL,
    kind TEXT NOT NULL,
    thing TEXT,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX suppressions_plugin ON suppressions (plugin);

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    offer INTEGER NOT NULL UNIQUE REFERENCES offers (id),
    decision INTEGER NOT NULL UNIQUE REFERENCES decisions (id),
    trace TEXT NOT NULL,
    payload_hash TEXT NOT NULL REFERENCES payloads (hash),
    state TEXT NOT NULL,
    owner TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    undo TEXT NOT NULL DEFAULT '[]',
    step INTEGER NOT NULL DEFAULT 0,
    approved_at INTEGER NOT NULL
);
CREATE TRIGGER outbox_needs_a_yes BEFORE INSERT ON outbox
WHEN NOT EXISTS (
    SELECT 1 FROM decisions d JOIN offers o ON o.id = d.offer
    WHERE d.id = new.decision AND o.id = new.offer AND d.decision = 'accepted'
      AND d.payload_hash = new.payload_hash AND o.payload_hash = new.payload_hash
      AND (o.expires IS NULL OR d.at < o.expires)
)
BEGIN SELECT RAISE(ABORT, 'no yes to these bytes'); END;
CREATE TRIGGER outbox_is_frozen BEFORE UPDATE ON outbox
WHEN new.payload_hash <> old.payload_hash OR new.offer <> old.offer
  OR new.decision <> old.decision
BEGIN SELECT RAISE(ABORT, 'what was approved cannot be changed'); END;

CREATE TABLE reminders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    text TEXT NOT NULL,
    copy_text TEXT NOT NULL,
    fired_at INTEGER,
    cancelled INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    trace TEXT NOT NULL,
    arrow TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX audit_trace ON audit (trace);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TABLE audit_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head VALUES (1, 0, '');

CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
"""


def _after_restore(connection: sqlite3.Connection, notice: str) -> None:
    """Make a restored past harmless: what it calls unfinished may long have been carried out."""
    connection.execute(
        "UPDATE outbox SET state = 'unknown', reason = ? "
        "WHERE state IN ('approved', 'claimed', 'committing')",
        ("restored from a snapshot: whether it was carried out since is not known",),
    )
    connection.execute("INSERT OR REPLACE INTO settings VALUES ('notice.restored', ?)", (notice,))


_VERSION_2 = """
DROP TRIGGER outbox_needs_a_yes;
CREATE TRIGGER outbox_needs_a_yes BEFORE INSERT ON outbox
WHEN NOT EXISTS (
    SELECT 1 FROM decisions d JOIN offers o ON o.id = d.offer
    WHERE d.id = new.decision AND o.id = new.offer AND d.decision IN ('accepted', 'edited')
      AND d.payload_hash = new.payload_hash AND o.payload_hash = new.payload_hash
      AND (o.expires IS NULL OR d.at < o.expires)
)
BEGIN SELECT RAISE(ABORT, 'no yes to these bytes'); END;
"""
"""A yes to what the user has rewritten is a decision of its own."""

STATE = Schema("state", (_VERSION_1, _VERSION_2), durable=True, on_restore=_after_restore)
