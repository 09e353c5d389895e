"""Cards on a Linux desktop: org.freedesktop.Notifications over D-Bus, with buttons.

What should be on the screen is kept here, and one task brings the server in step with it. A server
that is absent, appears later, dies or comes back, and a bus that does, are all the same case.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from samantha.adapters.notifications_left import LeftCards
from samantha.adapters.notifications_link import CallFailed, Link, NoBus, bus_address
from samantha.adapters.notifications_screen import Screen
from samantha.adapters.notifications_wire import Desktop
from samantha.core.ports import Card

if TYPE_CHECKING:
    from dbus_fast.aio import MessageBus

log = logging.getLogger(__name__)

ANSWER_S = 2.0
"""How long ``post`` waits to learn whether the card is on the screen."""
STOP_S = 0.9
AUTH_S = 5.0
RETRY_S = 60.0
"""Between tries for a card that the server refused (some hold twenty and no more)."""
BACK_OFF_S = (0.25, 30.0)


class DbusNotifier:
    """Shows cards through whichever notification server owns the name on the session bus.

    ``on_press`` runs in a thread of its own; if it raises, that press is lost and the type of the
    error is logged. A card that the user closes is forgotten, which decides nothing.
    """

    def __init__(self) -> None:
        self._dirty = asyncio.Event()
        self._screen = Screen(self._press, self._dirty.set)
        self._left = LeftCards()
        self._link: Link | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._thread: threading.Thread | None = None
        self._presses: ThreadPoolExecutor | None = None
        self._on_press: Callable[[str, str], None] = lambda card, button: None
        self._reason = "not started"
        self._silent = False
        """The server has not answered in time; ``post`` waits no more until it does."""

    # --- from any thread --------------------------------------------------------------------

    def start(self, on_press: Callable[[str, str], None]) -> None:
        """Connect in a thread of its own, and go on trying."""
        self._on_press = on_press
        self._reason = "connecting"
        self._presses = ThreadPoolExecutor(1, thread_name_prefix="notification-press")
        running = threading.Event()
        self._thread = threading.Thread(
            target=self._live, args=(running,), name="notifications", daemon=True
        )
        self._thread.start()
        running.wait()

    def post(self, card: Card) -> bool:
        """Show or replace a card; False when it is not on the screen yet: then it stays pending."""
        asked: Future[bool] = Future()
        if not self._in_loop(lambda: self._screen.want(card, asked)):
            return False
        try:
            return asked.result(0.0 if self._silent else ANSWER_S)
        except TimeoutError:
            self._silent = True
            return False

    def withdraw(self, key: str) -> None:
        """Close a card and forget it."""
        self._in_loop(lambda: self._screen.unwant(key))

    def state(self) -> tuple[str, str]:
        """Return (``dbus``, the server's name) or (``none``, why nothing can be shown)."""
        link = self._link
        desktop = link.desktop if link is not None and link.owner else None
        if desktop is None:
            return ("none", self._reason)
        name = f"{desktop.name} {desktop.version}"
        return ("dbus", f"{name} does not answer" if self._silent else name)

    def stop(self) -> None:
        """Disconnect within a second; cards stay on the screen."""
        if self._main is not None:
            self._in_loop(self._main.cancel)
        if self._thread is not None:
            self._thread.join(STOP_S)
        if self._presses is not None:
            self._presses.shutdown(wait=False, cancel_futures=True)
        self._reason = "stopped"

    def _in_loop(self, call: Callable[[], object]) -> bool:
        if self._loop is None:  # before the start, nothing else touches the screen
            call()
            return False
        try:
            self._loop.call_soon_threadsafe(call)
        except RuntimeError:  # the loop has ended: after stop
            return False
        return True

    # --- the loop ---------------------------------------------------------------------------

    def _live(self, running: threading.Event) -> None:
        self._left.open()
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(self._run(running))
        self._left.close()
        self._link = None
        self._screen.refuse()

    async def _run(self, running: threading.Event) -> None:
        self._loop, self._main = asyncio.get_running_loop(), asyncio.current_task()
        running.set()
        wait, longest = BACK_OFF_S
        while True:
            # As a task, a session may end in any error without ending this loop.
            session = asyncio.create_task(self._session())
            await asyncio.wait([session])
            if self._link is not None:
                wait, _ = BACK_OFF_S
            self._lost(session.exception())
            # A new card is a reason to try at once.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._dirty.wait()
            wait = min(2 * wait, longest)

    async def _session(self) -> None:
        """Connect and serve until the bus is gone."""
        from dbus_fast.aio import MessageBus

        bus = await MessageBus(bus_address(), auth_timeout=AUTH_S).connect()
        try:
            link = Link(bus, self._screen.forget, self._screen.invoked, self._screen.closed)
            await link.open()
            self._link = link
            await self._serve(bus, link)
        finally:
            bus.disconnect()

    async def _serve(self, bus: MessageBus, link: Link) -> None:
        gone = asyncio.create_task(bus.wait_for_disconnect())  # type: ignore[no-untyped-call]
        work = asyncio.create_task(self._keep_in_step(link))
        try:
            await asyncio.wait([gone, work], return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            work.cancel()
        if gone.done():
            gone.exception()  # however it went away
        else:
            work.result()

    def _lost(self, error: BaseException | None) -> None:
        self._link = None
        self._screen.forget()
        self._screen.refuse()
        self._dirty.clear()
        if isinstance(error, NoBus):
            self._reason = "no session bus: DBUS_SESSION_BUS_ADDRESS is not set"
        elif error is None:
            self._reason = "the session bus went away"
        else:
            self._reason = f"the session bus cannot be reached ({type(error).__name__})"
        log.info("notifications: %s", self._reason)

    async def _keep_in_step(self, link: Link) -> None:
        while True:
            self._dirty.clear()
            due = self._screen.due()
            try:
                desktop = await self._met(link)
                if desktop is not None:
                    await self._screen.bring(link, desktop, due)
                    self._silent = False
                    self._left.keep(link.where, self._screen.asking())
            except CallFailed as error:
                log.info("notifications: %s", error)
                self._reason = f"no notification server answers ({error})"
            for wanted in due:  # what came meanwhile is the next round's
                wanted.answer(False)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RETRY_S if self._screen.due() else None):
                    await self._dirty.wait()

    async def _met(self, link: Link) -> Desktop | None:
        """Return the server, started if it is needed and can be; None if there is none."""
        if not link.owner:
            self._reason = "no notification server runs on the session bus"
            if not self._screen.due():
                return None
            await link.start_server()
        known = link.met
        desktop = await link.meet()
        self._silent = False
        if link.met != known:
            self._screen.clear(self._left.take(link.where))
        return desktop

    def _press(self, key: str, button: str) -> None:
        if self._presses is not None:
            self._presses.submit(self._on_press, key, button).add_done_callback(_log_failure)


def _log_failure(press: Future[None]) -> None:
    if not press.cancelled() and (error := press.exception()) is not None:
        log.error("notifications: a press failed (%s)", type(error).__name__)
