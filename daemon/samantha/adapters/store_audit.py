"""The audit: one line an arrow, each hashed together with the line before it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from samantha.adapters.sqlite import Database, bind, moment_of, stamp, unbind
from samantha.core.ports import AuditLine


def canonical(value: object) -> str:
    """Return JSON that is the same for the same value, in ASCII."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)


def line_hash(before: str, seq: int, at: int, trace: str, arrow: str, detail: str) -> str:
    """Return the hash of a line that follows one with the hash ``before``."""
    line = canonical([before, seq, at, trace, arrow, detail])
    return hashlib.sha256(line.encode()).hexdigest()


def append(
    connection: sqlite3.Connection,
    trace: str,
    arrow: str,
    at: datetime,
    detail: Mapping[str, object],
) -> None:
    """Append one line inside the caller's transaction."""
    seq, before = connection.execute("SELECT seq, hash FROM audit_head").fetchone()
    text = canonical(detail)
    row = (seq + 1, stamp(at), trace, arrow, text)
    digest = line_hash(before, *row)
    connection.execute(
        "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)",
        (row[0], row[1], bind(trace), bind(arrow), text, digest),
    )
    connection.execute("UPDATE audit_head SET seq = ?, hash = ?", (seq + 1, digest))


def verify(lines: Iterable[tuple[int, int, str, str, str, str]], head: tuple[int, str]) -> str:
    """Return where the chain breaks, or ''."""
    before, last = "", 0
    for seq, at, trace, arrow, detail, digest in lines:
        if seq != last + 1:
            return f"line {last + 1} is missing"
        if line_hash(before, seq, at, unbind(trace), unbind(arrow), detail) != digest:
            return f"line {seq} was changed"
        before, last = digest, seq
    if (last, before) != head:
        return f"the audit ends at line {last}, but line {head[0]} was written"
    return ""


class AuditPart:
    """The part of the store that keeps the audit and the settings."""

    _database: Database

    def audit(self, trace: str, arrow: str, at: datetime, **detail: object) -> None:
        """Append one line to the hash chain. No content of documents goes into it."""
        with self._database.write() as connection:
            append(connection, trace, arrow, at, detail)

    def audit_lines(self, trace: str = "") -> Sequence[AuditLine]:
        """Return the lines of a trace (of all without one), oldest first."""
        where, values = ("WHERE trace = ?", [bind(trace)]) if trace else ("", [])
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT seq, at, trace, arrow, detail FROM audit {where} ORDER BY seq",  # noqa: S608
                values,
            ).fetchall()
        return [
            AuditLine(seq, moment_of(at), unbind(trace), unbind(arrow), json.loads(detail))
            for seq, at, trace, arrow, detail in rows
        ]

    def audit_verify(self) -> tuple[bool, str]:
        """Check the hash chain; (ok, where it breaks)."""
        with self._database.read() as connection:
            connection.execute("BEGIN")
            try:
                head = connection.execute("SELECT seq, hash FROM audit_head").fetchone()
                rows = connection.execute(
                    "SELECT seq, at, trace, arrow, detail, hash FROM audit ORDER BY seq"
                )
                broken = verify(rows, head or (-1, ""))
            finally:
                connection.execute("COMMIT")
        return not broken, broken

    def setting(self, key: str, default: str = "") -> str:
        """Return a setting."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT value FROM settings WHERE key = ?", (bind(key),)
            ).fetchone()
        return unbind(row[0]) if row else default

    def set_setting(self, key: str, value: str) -> None:
        """Store a setting."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO settings VALUES (?, ?)", (bind(key), bind(value))
            )
