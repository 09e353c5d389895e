"""Cards on a terminal, for a daemon that runs in the foreground where there is no desktop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TextIO

from samantha.adapters.notifications_wire import TITLE_CHARS, bounded, plain_body
from samantha.core.ports import Card


class TerminalNotifier:
    """Prints each card once; it has no buttons, so it says what to type."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def start(self, on_press: Callable[[str, str], None]) -> None:
        """Nothing to connect to; nothing is ever pressed."""

    def post(self, card: Card) -> bool:
        """Print a card; False when the terminal is gone."""
        body = plain_body(card, hint=True)
        lines = [f"samantha: {bounded(card.title, TITLE_CHARS)}", *body.splitlines()]
        text = "\n  ".join(line for line in lines if line)
        with self._lock:
            try:
                self._stream.write(text + "\n")
                self._stream.flush()
            except (OSError, ValueError):  # a closed pipe, a closed file, a narrow encoding
                return False
        return True

    def withdraw(self, key: str) -> None:
        """What is printed stays printed."""

    def state(self) -> tuple[str, str]:
        """Return (``terminal``, '')."""
        return ("none", "the terminal is closed") if self._stream.closed else ("terminal", "")

    def stop(self) -> None:
        """Nothing to disconnect."""
