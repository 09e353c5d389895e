"""Nag rate on mailing lists in real Maildirs: nothing may be shown, for nobody is asked there.

The folders are replayed as the whole past of somebody who only reads, like the other nag rates.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.quality.figures import Figure
from benchmarks.quality.sets.spamassassin import nag

NAME = "notmuch_maildir"


def measure(data: Path) -> list[Figure]:
    """Return shown and held for each Maildir."""
    folders = [f for f in sorted((data / NAME).iterdir()) if f.is_dir() and f.name != "threading"]
    return [figure for f in folders for figure in nag(NAME, f"{f.name} (lists)", f, "0")]
