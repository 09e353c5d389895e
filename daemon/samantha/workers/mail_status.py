"""How an account is, in a file beside its mails, so that any command can tell it."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from samantha.adapters.imap_account import MailTrouble
from samantha.adapters.imap_mirror import STATUS, write_json
from samantha.adapters.imap_session import Meter

_PROGRESS_S = 1.0
"""How often at most progress is written."""


class Status:
    """Writes ``account.json``: state, reason, what to type, progress, bytes fetched."""

    def __init__(self, root: Path, meter: Meter) -> None:
        self._path = root / STATUS
        self._meter = meter
        self._lock = threading.Lock()
        self._told: dict[str, Any] = {}
        self._progress_at = 0.0
        before = _read(self._path)
        self._fetched_before = int(before.get("fetched", 0))
        self._since = str(before.get("since") or _now())
        self._synced = str(before.get("synced") or "")

    def progress(self, folder: str, done: int, total: int) -> None:
        """Tell how far the copying of a folder is."""
        if time.monotonic() < self._progress_at + _PROGRESS_S and done < total:
            return
        self._progress_at = time.monotonic()
        self._write("syncing", f"{done} of {total} new mails of {folder}", "")

    def well(self, reason: str = "") -> None:
        """Tell that all is here."""
        self._synced = _now()
        self._write("watching", reason, "")

    def trouble(self, problem: MailTrouble) -> None:
        """Tell why nothing comes."""
        self._write(problem.state, problem.reason, problem.type_this)

    def _write(self, state: str, reason: str, type_this: str) -> None:
        with self._lock:
            value = {
                "state": state,
                "reason": reason,
                "type": type_this,
                "fetched": self._fetched_before + self._meter.fetched,
                "fetched_now": self._meter.fetched,
                "since": self._since,
                "synced": self._synced,
            }
            write_json(self._path, value)


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
