"""The way to the user's eyes: D-Bus, else plyer, else the terminal, else none."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TextIO

from samantha.adapters.notifications_plyer import PlyerNotifier
from samantha.adapters.notifications_terminal import TerminalNotifier
from samantha.core.ports import Card, Notifier


class Ways:
    """Several notifiers, best first: a card goes to the first that can show it now.

    What the first could not show stays pending there, and appears with its buttons once it can.
    """

    def __init__(self, ways: Sequence[Notifier]) -> None:
        self._ways = tuple(ways)

    def start(self, on_press: Callable[[str, str], None]) -> None:
        """Connect each way."""
        for way in self._ways:
            way.start(on_press)

    def post(self, card: Card) -> bool:
        """Show or replace a card on the first way that can."""
        slow = False
        for way in self._ways:
            # plyer would ask the same slow server again, and show the card twice.
            if slow and isinstance(way, PlyerNotifier):
                continue
            if way.post(card):
                return True
            slow = slow or way.state()[0] == "dbus"
        return False

    def withdraw(self, key: str) -> None:
        """Close a card everywhere and forget it."""
        for way in self._ways:
            way.withdraw(key)

    def state(self) -> tuple[str, str]:
        """Return the best way that works, with why the better ones do not."""
        reasons: list[str] = []
        for way in self._ways:
            name, reason = way.state()
            if name != "none":
                return (name, "; ".join([*reasons, reason] if reason else reasons))
            reasons.append(reason)
        return ("none", "; ".join(reasons) or "switched off")

    def stop(self) -> None:
        """Disconnect each way."""
        for way in self._ways:
            way.stop()


def make_notifier(way: str = "", stream: TextIO | None = None) -> Notifier:
    """Return the notifier of a way: ``dbus``, ``plyer``, ``terminal``, ``none``; '' chooses.

    ``stream`` is the terminal, where there is one. What is chosen can change while it runs: a
    notification server that appears later is used from then on.
    """
    terminal = [TerminalNotifier(stream)] if stream is not None else []
    match way:
        case "dbus":
            return _dbus()
        case "plyer":
            return PlyerNotifier()
        case "terminal":
            return Ways(terminal)
        case "none":
            return Ways([])
        case "":
            desktop = [_dbus()] if sys.platform.startswith("linux") else []
            return Ways([*desktop, PlyerNotifier(), *terminal])
    raise ValueError(f"no such way to notify: {way}")


def _dbus() -> Notifier:
    from samantha.adapters.notifications_dbus import DbusNotifier  # knows Unix alone

    return DbusNotifier()
