"""What needs a mail server is carried out here, in a thread of its own: a server may hang.

The daemon's loop wakes it and is told of what changed; it never waits for it.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from samantha.adapters.executor import Stopped
from samantha.api.errors import UserError
from samantha.app.attempt import attempt
from samantha.core.outbox import recover, run_outbox
from samantha.core.ports import OutboxState
from samantha.core.sending import Gate, needs_server

if TYPE_CHECKING:
    from samantha.app.assembly import Assembly

log = logging.getLogger(__name__)
_STOP_S = 5.0
_UNDER_WAY = (OutboxState.APPROVED, OutboxState.CLAIMED, OutboxState.COMMITTING)


class MailLane:
    """Sends, and puts drafts and copies into folders of servers, one after the other."""

    def __init__(self, assembly: Assembly, changed: Callable[[list[int]], None]) -> None:
        """``changed`` is told when entries moved on, with the offers that came to an end."""
        self._a = assembly
        self._changed = changed
        self._gate = Gate(assembly.state, assembly.clock)
        self._work: queue.SimpleQueue[Callable[[], Any]] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; first what an earlier process left behind is settled."""
        if self._a.config.accounts or self._left():
            self._work.put(self._settle)
            self._thread = threading.Thread(target=self._loop, name="mail-lane", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Look at what is approved, soon."""
        if self._work.empty():
            self._work.put(self._carry_out)

    def do(self, work: Callable[[], Any]) -> None:
        """Do something that may have to wait for a server."""
        self._work.put(work)

    def takes(self, offer_id: int) -> bool:
        """Tell whether to take an offer back means to ask a server."""
        entry = self._a.state.outbox_for(offer_id)
        if entry is None or entry.state is OutboxState.APPROVED or self._thread is None:
            return False
        payload = self._a.state.payload(entry.payload_hash)
        return payload is not None and needs_server(payload)

    def stop(self) -> None:
        """End; what is in the middle of it is cut off and settled at the next start."""
        self._stopping.set()
        self._a.executor.release()
        self._work.put(lambda: None)
        if self._thread is not None:
            self._thread.join(_STOP_S)

    def _left(self) -> bool:
        """Tell whether anything waits for a server; an account may have been taken out since."""
        entries = self._a.state.outbox(_UNDER_WAY)
        payloads = (self._a.state.payload(entry.payload_hash) for entry in entries)
        return any(payload is not None and needs_server(payload) for payload in payloads)

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                work = self._work.get(timeout=self._until_next())
            except queue.Empty:
                work = self._carry_out
            if not self._stopping.is_set():
                self._guard(work)

    def _until_next(self) -> float | None:
        at = self._gate.next
        return None if at is None else max(0.0, (at - self._a.clock.now()).total_seconds())

    def _guard(self, work: Callable[[], Any]) -> None:
        def unless_stopped() -> None:
            with suppress(Stopped):
                work()

        try:
            attempt(unless_stopped)
        except UserError as problem:
            # A full disk, say: the daemon's next look wakes this again.
            log.warning("%s", problem.what)

    def _settle(self) -> None:
        a = self._a
        before = self._picture()
        recover(a.state, a.executor, a.clock, "mail")
        if before != self._picture():
            self._changed([])
        self._carry_out()

    def _carry_out(self) -> None:
        a, before = self._a, self._picture()
        ended = run_outbox(
            a.state,
            a.executor,
            a.clock,
            "daemon",
            stale=a.engine.stale,
            gate=self._gate,
            lane="mail",
        )
        if before != self._picture():
            self._changed([entry.offer for entry in ended])

    def _picture(self) -> set[tuple[int, str, str]]:
        return {(e.id, str(e.state), e.reason) for e in self._a.state.outbox(_UNDER_WAY)}
