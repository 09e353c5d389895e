"""Cards through plyer: one-way text, for systems without org.freedesktop.Notifications.

plyer runs in a short-lived process. On some systems it prints tracebacks, blocks for as long as the
card is shown, or dies with its library; there it costs one card and nothing else.
"""

from __future__ import annotations

import contextlib
import html
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from samantha.adapters.notifications_wire import APP, bounded, plain_body
from samantha.core.ports import Card

TITLE_CHARS, BODY_CHARS = 60, 250
"""What a Windows balloon holds: 64 and 256 with the end mark."""
SHOWN_S = 10
WAIT_S = 3.0
_UNUSABLE = 3
_LINUX = sys.platform.startswith("linux")
# On Linux plyer builds a command line of these: an option, an escape or a quote in a mail's
# subject would be obeyed.
_OBEYED = str.maketrans({"\\": "⧵", "'": "’", '"': "”", "`": "’"})


class PlyerNotifier:
    """Shows cards where plyer can, without buttons, replacing or closing."""

    def __init__(self) -> None:
        self._reason = ""
        self._child: subprocess.Popen[bytes] | None = None
        self._queue = ThreadPoolExecutor(1, thread_name_prefix="notifications-plyer")

    def start(self, on_press: Callable[[str, str], None]) -> None:
        """Nothing to connect to; nothing is ever pressed."""

    def post(self, card: Card) -> bool:
        """Show a card; False unless plyer says that it did, which on Linux it never knows."""
        if self._reason:
            return False
        try:
            asked = self._queue.submit(self._ask, title_of(card), body_of(card))
        except RuntimeError:  # after stop
            return False
        if _LINUX:
            return False
        try:
            return asked.result(WAIT_S)
        except TimeoutError:
            return True  # it is being shown: some systems end the call with the card

    def withdraw(self, key: str) -> None:
        """What was shown goes by itself."""

    def state(self) -> tuple[str, str]:
        """Return (``plyer``, what it cannot do) or (``none``, why it cannot be used)."""
        if self._reason:
            return ("none", self._reason)
        doubt = ", and whether it was shown is not known" if _LINUX else ""
        return ("plyer", f"text alone: answers are typed{doubt}")

    def stop(self) -> None:
        """Ask no more; what hangs is ended."""
        self._queue.shutdown(wait=False, cancel_futures=True)
        if self._child is not None:
            _end(self._child)

    def _ask(self, title: str, message: str) -> bool:
        if self._reason:
            return False
        try:
            self._child = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            words = json.dumps({"title": title, "message": message}).encode()
            self._child.communicate(words, timeout=2 * SHOWN_S)
        except subprocess.TimeoutExpired:
            if self._child is not None:
                _end(self._child)
            return False
        except OSError as error:
            self._reason = f"plyer cannot be run ({type(error).__name__})"
            return False
        if self._child.returncode == _UNUSABLE:
            self._reason = "plyer has no way to show a notification here"
        return self._child.returncode == 0


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the process with what it has started (notify-send), if it is still there."""
    if child.poll() is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()


def title_of(card: Card) -> str:
    """Return a title that no command line takes for an option."""
    return bounded(f"{APP}: {card.title}", TITLE_CHARS).translate(_OBEYED)


def body_of(card: Card) -> str:
    """Return a body that no command line takes for an option and no server for markup."""
    text = plain_body(card, hint=True)
    if len(text) > BODY_CHARS:
        text = plain_body(Card(card.key, "", card.body[:160], card.buttons), hint=True)
    text = bounded(text, BODY_CHARS, lines=True).translate(_OBEYED)
    if _LINUX:
        text = html.escape(text, quote=False)
    return f" {text}" if text.startswith("-") else text or " "


def _show() -> int:
    """Show what standard input describes (in the short-lived process)."""
    from plyer import notification

    message = json.loads(sys.stdin.buffer.read())
    try:
        notification.notify(app_name=APP, timeout=SHOWN_S, **message)
    except NotImplementedError:
        return _UNUSABLE
    return 0


if __name__ == "__main__":
    sys.exit(_show())
