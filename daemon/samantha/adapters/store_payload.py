"""Payloads at rest: a manifest and blobs by their hash, believed only when the bytes agree."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Any

from samantha.core.payload import Blob, Effect, Payload


def save(connection: sqlite3.Connection, payload: Payload) -> None:
    """Store a payload inside the caller's transaction; bytes that damage has changed are healed."""
    connection.execute(
        "INSERT INTO payloads VALUES (?, ?) "
        "ON CONFLICT (hash) DO UPDATE SET manifest = excluded.manifest",
        (payload.hash, payload.manifest()),
    )
    for blob in payload.blobs:
        connection.execute(
            "INSERT INTO blobs VALUES (?, ?) "
            "ON CONFLICT (sha256) DO UPDATE SET data = excluded.data",
            (blob.sha256, blob.data),
        )
        connection.execute(
            "INSERT OR IGNORE INTO payload_blobs VALUES (?, ?)", (payload.hash, blob.sha256)
        )


def load(connection: sqlite3.Connection, payload_hash: str) -> Payload | None:
    """Return a payload; None when it is absent or when any of its bytes no longer hashes to it."""
    # As bytes: a flipped one may not be text any more, which the database would raise about.
    row = connection.execute(
        "SELECT CAST(manifest AS BLOB) FROM payloads WHERE hash = ?", (payload_hash,)
    ).fetchone()
    if row is None or hashlib.sha256(row[0] or b"").hexdigest() != payload_hash:
        return None
    # From here on the manifest is, byte for byte, the one that was stored under this hash.
    value = json.loads(row[0])
    blobs = []
    for entry in value["blobs"]:
        found = connection.execute(
            "SELECT data FROM blobs WHERE sha256 = ?", (entry["sha256"],)
        ).fetchone()
        if found is None or not isinstance(found[0], bytes):
            return None
        blob = Blob(entry["name"], entry["role"], found[0])
        if blob.sha256 != entry["sha256"]:
            return None
        blobs.append(blob)
    payload = _payload(value, tuple(blobs))
    return payload if payload.hash == payload_hash else None


def _payload(value: dict[str, Any], blobs: tuple[Blob, ...]) -> Payload:
    return Payload(
        action=value["action"],
        approval_class=value["approval_class"],
        effects=tuple(Effect(**effect) for effect in value["effects"]),
        blobs=blobs,
        envelope=tuple(value["envelope"]),
        sources=value["sources"],
    )
