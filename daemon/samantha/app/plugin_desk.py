"""Where plugins that think in their hosts ask the daemon, and how their answers are waited for.

All hosts think at the same time, each watched by a thread that does nothing but wait for its pipe.
Library and model are asked in one thread alone: that of whoever works at the desk.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from samantha.adapters.plugin_guard import Failure, guarded
from samantha.adapters.plugin_host import HostFailed

_ENDING = "samantha is ending"
Waiting = tuple[Callable[[], Any], "queue.SimpleQueue[tuple[Any, float]]"]


class Desk:
    """Answers what hosts ask, one question after the other, in the thread of whoever works here."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._attended = False
        self.closed = False
        self.woken: Callable[[], None] | None = None
        """Called from other threads as something comes and nobody is at the desk.

        None: there is no loop that would come back, so whoever asks waits for every answer.
        """

    def served(self, answer: Callable[[], Any]) -> tuple[Any, float]:
        """Have a question answered at the desk; return the answer and the seconds that it took."""
        slot: queue.SimpleQueue[tuple[Any, float]] = queue.SimpleQueue()
        self._put((answer, slot))
        value, took_s = slot.get()
        if isinstance(value, Failure):
            raise HostFailed(value.told(), untrusted_detail=value.detail)
        return value, took_s

    def nudge(self) -> None:
        """Tell whoever is at the desk that an answer is ready."""
        self._put(None)

    def work(self, done: Callable[[], bool], until: float | None) -> bool:
        """Answer until something is done, or a time of the monotonic clock; tell whether it is."""
        self._attended = True
        try:
            while not done():
                left = None if until is None else max(0.0, until - time.monotonic())
                try:
                    self._one(self._waiting.get(timeout=left))
                except queue.Empty:
                    break
        finally:
            self._attended = False
            if not self._waiting.empty():
                self._wake()
        return done()

    def turn(self) -> None:
        """Answer what waits at this moment."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._one(self._waiting.get_nowait())

    def close(self) -> None:
        """Answer nothing any more; who still waits is told. For the thread that works here."""
        self.closed = True
        self.turn()

    def _put(self, one: Waiting | None) -> None:
        self._waiting.put(one)
        if self.closed:
            self.turn()
        elif not self._attended:
            self._wake()

    def _wake(self) -> None:
        if self.woken is not None:
            self.woken()

    def _one(self, waiting: Waiting | None) -> None:
        if waiting is None:
            return
        answer, slot = waiting
        if self.closed:
            slot.put((Failure(_ENDING), 0.0))
            return
        begun = time.monotonic()
        value = guarded(answer)
        slot.put((value, time.monotonic() - begun))


class Thinking:
    """One question to a host, waited for in a thread of its own, after the one before it."""

    def __init__(self, ask: Callable[[], Any], desk: Desk, after: Thinking | None) -> None:
        self._ask: Callable[[], Any] | None = ask
        self._desk = desk
        self._after = after
        self._done = threading.Event()
        self._outcome: Any = None
        threading.Thread(target=self._think, name="plugin", daemon=True).start()

    @property
    def done(self) -> bool:
        """Whether there is an answer."""
        return self._done.is_set()

    @property
    def before(self) -> int:
        """How many questions to the same host are not answered yet, this one among them."""
        after = self._after
        return (after.before if after is not None else 0) + (not self.done)

    def ready(self, until: float | None) -> bool:
        """Work at the desk until there is an answer, or a time of the monotonic clock."""
        if self._desk.closed:
            # Nothing is asked any more, and the host is ended: it cannot take long.
            return self._done.wait(None if until is None else max(0.0, until - time.monotonic()))
        return self._desk.work(self._done.is_set, until)

    def outcome(self) -> Any:
        """Return what the question brought, or a ``Failure``; waits for it at the desk."""
        self.ready(None)
        return self._outcome

    def _think(self) -> None:
        if self._after is not None:
            self._after._done.wait()
            self._after = None
        ask, self._ask = self._ask, None  # what it was about need not be kept
        assert ask is not None
        self._outcome = guarded(ask)
        del ask
        self._done.set()
        self._desk.nudge()
