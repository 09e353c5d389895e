"""What should be on the screen, what is, and what a press on it means (I10)."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from samantha.adapters.notifications_link import CallFailed, Link
from samantha.adapters.notifications_wire import (
    MAX_BUTTONS,
    Action,
    Desktop,
    actions_of,
    notify_body,
)
from samantha.core.ports import Card

_SEEN = (1, 2)
"""Expired, dismissed by the user. With other reasons it may be the server that ends: the card
comes back with the next one, and not before."""


@dataclass(slots=True)
class Wanted:
    """A card that belongs on the screen."""

    card: Card
    asked: Future[bool]
    shown: int = 0
    """The server's id; 0 while it is not on the screen."""
    posted: bool = False
    """Whether this version of the card has been handed to the present server."""
    actions: tuple[Action, ...] = ()

    def answer(self, posted: bool) -> None:
        """Tell whoever waits in ``post``."""
        if not self.asked.done():
            self.asked.set_result(posted)


class Screen:
    """The cards of one desktop. All methods run in one event loop.

    ``on_press(card_key, button_key)`` is called once a posted card at most; ``on_change()`` when
    the server should be brought in step.
    """

    def __init__(self, on_press: Callable[[str, str], None], on_change: Callable[[], None]) -> None:
        self._on_press = on_press
        self._on_change = on_change
        self._wanted: dict[str, Wanted] = {}
        self._obsolete: list[int] = []
        self._asking = False
        self._early: list[Callable[[], None]] = []
        """Signals that overtook the answer which tells the id they speak of."""

    def want(self, card: Card, asked: Future[bool]) -> None:
        """Put a card on the screen, in place of the one with its key."""
        old = self._wanted.get(card.key)
        if old is not None:
            old.answer(False)
        # What is pressed on the old words must not answer the new ones: its tokens end here.
        self._wanted[card.key] = Wanted(card, asked, shown=old.shown if old else 0)
        self._on_change()

    def unwant(self, key: str) -> None:
        """Take a card off the screen."""
        old = self._wanted.pop(key, None)
        if old is None:
            return
        old.answer(False)
        if old.shown:
            self._obsolete.append(old.shown)
            self._on_change()

    def due(self) -> list[Wanted]:
        """Return the cards that the present server has not got."""
        return [w for w in self._wanted.values() if not w.posted]

    def asking(self) -> list[int]:
        """Return the server's ids of the cards with buttons."""
        return [w.shown for w in self._wanted.values() if w.shown and w.card.buttons]

    def clear(self, left: list[int]) -> None:
        """Have cards closed that an earlier run, or an earlier connection, has left."""
        self._obsolete.extend(left)

    def refuse(self) -> None:
        """Tell all who wait that nothing could be shown; the cards stay wanted."""
        for wanted in self._wanted.values():
            wanted.answer(False)

    def forget(self) -> None:
        """Another server, or none: its ids mean nothing any more, and nothing is on the screen."""
        self._obsolete.clear()
        self._early.clear()
        for wanted in self._wanted.values():
            wanted.shown, wanted.posted, wanted.actions = 0, False, ()
        self._on_change()

    async def bring(self, link: Link, desktop: Desktop, due: list[Wanted]) -> None:
        """Close what is withdrawn, post what is due."""
        while self._obsolete:
            with contextlib.suppress(CallFailed):  # the user was quicker
                await link.close_card(self._obsolete.pop())
        for wanted in due:
            if self._wanted.get(wanted.card.key) is wanted and not wanted.posted:
                await self._post(link, desktop, wanted)

    async def _post(self, link: Link, desktop: Desktop, wanted: Wanted) -> None:
        """Post one card; its tokens are valid from here on, for this server and this version."""
        owner = link.met
        tokens = [secrets.token_hex(16) for _ in range(MAX_BUTTONS)]
        wanted.actions = actions_of(wanted.card, tokens, desktop)
        body = notify_body(wanted.card, wanted.actions, desktop, wanted.shown)
        self._asking = True
        try:
            shown = await link.notify(body)
            if link.owner == owner:
                self._is_shown(wanted, shown)
        finally:
            self._asking = False
            early, self._early = self._early, []
            for signal in early:
                signal()

    def _is_shown(self, wanted: Wanted, shown: int) -> None:
        now = self._wanted.get(wanted.card.key)
        if now is None:  # withdrawn meanwhile
            self._obsolete.append(shown)
            self._on_change()
            return
        now.shown = shown
        if now is wanted:
            wanted.posted = True
            wanted.answer(True)

    def invoked(self, shown: int, token: str) -> None:
        """Carry a press on, if its id and its token are ours and it is the first on its card."""
        if self._asking:
            self._early.append(partial(self.invoked, shown, token))
            return
        for key, wanted in self._wanted.items():
            pressed = next((a for a in wanted.actions if a.token == token), None)
            if pressed is not None and wanted.posted and wanted.shown == shown:
                # Some servers (dunst) leave a pressed card, which is deaf now, where it is.
                self.unwant(key)
                self._on_press(key, pressed.button)
                return

    def closed(self, shown: int, reason: int) -> None:
        """Forget a card that the user or its time took away: a closed card is not posted anew."""
        if self._asking:
            self._early.append(partial(self.closed, shown, reason))
            return
        for key, wanted in self._wanted.items():
            if wanted.posted and wanted.shown == shown:
                wanted.shown = 0
                if reason in _SEEN:
                    del self._wanted[key]
                break
        if self.due():  # there may be room now
            self._on_change()
