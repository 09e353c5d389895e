"""Cards that an earlier run left on the screen: their buttons are deaf, so they are closed."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

NAME = "notifications.json"


class LeftCards:
    """A file in the session's runtime folder, of one process at a time.

    It names the cards with buttons by the server's ids, which mean something to that very server
    on that very bus alone. Without a runtime folder, or where another process of samantha has the
    file, nothing is remembered.
    """

    def __init__(self) -> None:
        self._file: TextIO | None = None
        self._kept: list[int] = []

    def open(self) -> None:
        """Take hold of the file, if nobody else has."""
        runtime = os.environ.get("XDG_RUNTIME_DIR", "")
        if not runtime or self._file is not None:
            return
        file = None
        try:
            folder = Path(runtime) / "samantha"
            folder.mkdir(mode=0o700, exist_ok=True)
            file = os.fdopen(os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o600), "r+")
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if file is not None:
                file.close()
            return
        self._file = file

    def take(self, desktop: str) -> list[int]:
        """Return what is left on a desktop, named by its bus and the server's connection."""
        if self._file is None:
            return []
        try:
            self._file.seek(0)
            stored = json.loads(self._file.read())
            left = stored["cards"] if stored["desktop"] == desktop else []
            self._kept = [int(one) for one in left]
        except (OSError, ValueError, KeyError, TypeError):  # new, or cut short by a crash
            self._kept = []
        return list(self._kept)

    def keep(self, desktop: str, cards: Iterable[int]) -> None:
        """Remember what is on a desktop now."""
        now = sorted(cards)
        if self._file is None or now == self._kept:
            return
        try:
            self._file.seek(0)
            self._file.truncate()
            self._file.write(json.dumps({"desktop": desktop, "cards": now}))
            self._file.flush()
        except OSError:  # a full disk costs a deaf card after a crash
            return
        self._kept = now

    def close(self) -> None:
        """Let go of the file; what it says stays."""
        if self._file is not None:
            self._file.close()
            self._file = None
