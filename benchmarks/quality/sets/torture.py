"""Broken and hostile mails and documents: each is read, or refused with a reason; nothing else.

Read through the jail as the daemon reads. A refusal that says "it took too long", "too much memory"
or "died" is counted apart: the worker was lost and started anew.
"""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.quality.figures import Figure, share

from samantha.adapters.reader import JailedReader
from samantha.core.ports import Unreadable

LOST = ("took too long", "too much memory", "died")


def measure(data: Path) -> list[Figure]:
    """Return the share of files over which the worker was not lost."""
    return [_read(data, "mime_torture", "mail"), _read(data, "doc_torture", "file")]


def _read(data: Path, name: str, media: str) -> Figure:
    root = data / name
    if not root.is_dir():
        return Figure(name, "", note="not there")
    read = refused = lost = 0
    slowest = 0.0
    reader = JailedReader()
    try:
        for path in sorted(p for p in root.rglob("*") if p.is_file() and p.name != "ORIGIN.txt"):
            started = time.monotonic()
            try:
                reader.read(str(path), "benchmark", media)
                read += 1
            except Unreadable as problem:
                refused += 1
                lost += any(words in problem.reason for words in LOST)
            slowest = max(slowest, time.monotonic() - started)
    finally:
        reader.close()
    total = read + refused
    note = f"{read} read, {refused} refused with a reason, slowest {slowest:.1f} s"
    return share(name, "read or refused, worker kept", total - lost, total, note=note)
