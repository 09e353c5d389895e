"""Logs for developers: to standard error, journald-friendly, never with content."""

from __future__ import annotations

import logging
import os
import sys

_PRIORITY = {"DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}


class _Journal(logging.Formatter):
    """Prefixes ``<n>``, which journald reads as the priority (sd-daemon(3))."""

    def format(self, record: logging.LogRecord) -> str:
        return f"<{_PRIORITY.get(record.levelname, 6)}>{super().format(record)}"


def start_logging(*, verbose: bool) -> None:
    """Log to standard error, with journald priorities when it is the journal."""
    handler = logging.StreamHandler(sys.stderr)
    if os.environ.get("JOURNAL_STREAM"):
        handler.setFormatter(_Journal("%(name)s: %(message)s"))
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger("samantha")
    root.addHandler(handler)
    root.setLevel(logging.INFO if verbose else logging.WARNING)
