"""The work loop: changes settle, are read, and lead to offers; decisions are carried out."""

from __future__ import annotations

import logging
import queue
import secrets
import signal
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from samantha.adapters import systemd
from samantha.adapters.control import ControlServer
from samantha.adapters.desktop_state import DesktopState
from samantha.adapters.schedule import Schedule
from samantha.api.errors import UserError
from samantha.app.assembly import Assembly
from samantha.app.attempt import attempt
from samantha.app.buttons import press
from samantha.app.file_stat import stat_of
from samantha.app.mail_lane import MailLane
from samantha.app.mail_sending import sent_told
from samantha.core.cards import card_key
from samantha.core.intake import BATCH, Event
from samantha.core.moments import MORNING
from samantha.core.outbox import recover, run_outbox
from samantha.core.ports import Card, Change, OfferState, OutboxState
from samantha.core.settle import Settle

log = logging.getLogger(__name__)
RESCAN_S = 3_600.0
LOOK_S = 30.0
SNAPSHOT_S = 24 * 3_600.0
_STOPPABLE = "Until it is sent it can be stopped."


class Daemon:
    """One user's daemon. `run` returns when it was told to stop."""

    def __init__(self, assembly: Assembly) -> None:
        self._a = assembly
        assembly.desktop = DesktopState()
        whole = {source.name for source in assembly.sources if source.arrives_whole}
        self._settle = Settle(whole=whole, look=stat_of, known=assembly.index.stat)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        # A simple queue may be put into from a signal handler; an event may deadlock there.
        self._work: queue.SimpleQueue[Callable[[], Any]] = queue.SimpleQueue()
        self._unasked = True
        self._day_began = False
        self._woken = False
        self._again = False
        self._trouble = " ".join(assembly.notices())
        self._on_screen: set[int] = set()
        self._lane = MailLane(assembly, self._sent)
        self._held: set[int] = set()
        self._trace = secrets.token_hex(6)
        self._backlog: list[Event] = []
        self._busy = ""
        self._schedule = Schedule(assembly.clock, self._last_run, self._record_run)

    # --- life -------------------------------------------------------------------------------

    def run(self) -> None:
        """Serve until SIGTERM, SIGINT or `samantha stop`. The caller holds the instance lock."""
        a = self._a
        server = ControlServer(a.places.control_socket, self._handle)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        threading.Thread(target=self._release_workers, name="stop", daemon=True).start()
        try:
            server.start()
            self._begin()
            self._loop()
        finally:
            systemd.notify("STOPPING=1")
            server.stop()
            self._schedule.stop()
            self._lane.stop()
            a.close()

    def stop(self) -> None:
        """Ask the loop to end; safe in a signal handler, which runs inside the loop's thread."""
        self._stop.set()
        self._work.put(_nothing)

    def _release_workers(self) -> None:
        """End what the loop may be waiting for: a document in the middle does not hold it up."""
        self._stop.wait()
        self._a.executor.release()
        self._a.reader.close()
        self._a.embedder.close()
        self._a.chosen.close()

    def _begin(self) -> None:
        a = self._a
        if a.config.accounts:
            threading.Thread(target=self._warm, name="warm", daemon=True).start()
        a.notifier.start(self._pressed)
        a.desk.woken = lambda: self._do(self._plugins_said)
        recover(a.state, a.executor, a.clock, "disk")
        self._lane.start()
        for source in a.sources:
            source.start(self._changed, self._rescan_soon)
        every, daily, zone = self._schedule.every, self._schedule.daily, a.config.zone()
        every("rescan", RESCAN_S, self._rescan_soon)
        every("look", LOOK_S, lambda: self._do(self._look))
        every("snapshot", SNAPSHOT_S, lambda: self._do(self._snapshot))
        daily("day", MORNING, zone, lambda: self._do(self._day))
        self._schedule.start()
        self._do(a.engine.repost)
        self._do(self._digest)
        self._rescan_soon()
        systemd.notify("READY=1\nSTATUS=idle")

    def _warm(self) -> None:
        """Load what the first mail would otherwise wait for."""
        import samantha.signals.analyze  # noqa: F401

        self._a.reader.begin()

    def _loop(self) -> None:
        interval = systemd.watchdog_interval_s()
        while not self._stop.is_set():
            try:
                work = self._work.get(timeout=self._until_next(interval))
            except queue.Empty:
                work = _nothing
            self._turn(work)
            systemd.notify("WATCHDOG=1")

    def _until_next(self, interval: float | None) -> float | None:
        """Return how long nothing has to be done, if nothing comes; None for ever."""
        if self._backlog or self._unasked or self._day_began or self._woken:
            return 0.0
        limits = [] if interval is None else [interval / 3]
        with self._lock:
            due = self._settle.next_due()
        if due is not None:
            limits.append(max(0.0, (due - self._a.clock.now()).total_seconds()))
        return min(limits) if limits else None

    # --- one turn ---------------------------------------------------------------------------

    def _turn(self, work: Callable[[], Any]) -> None:
        """Do what came, then one step of what waits: a button is never behind a long queue."""
        self._guard(work)
        if self._stop.is_set():
            return
        self._collect()
        if self._backlog:
            batch, self._backlog = self._backlog[:BATCH], self._backlog[BATCH:]
            self._guard(lambda: self._read(batch))
        elif self._unasked or self._day_began or self._woken:
            self._guard(self._suggest)
        self._guard(self._act)

    def _guard(self, work: Callable[[], Any]) -> None:
        """Do one piece of work; what failed (a full disk, say) is tried again at the next look."""
        try:
            done = attempt(work)
        except UserError as problem:
            log.warning("%s", problem.what)
            self._trouble = problem.what
            done = False
        self._again = self._again or not done

    def _do(self, work: Callable[[], Any]) -> None:
        self._work.put(work)

    def _collect(self) -> None:
        now = self._a.clock.now()
        with self._lock:
            settled = self._settle.due(now)
        self._backlog.extend(self._a.event_of(s) for s in settled)

    def _read(self, batch: list[Event]) -> None:
        self._say(f"reading, {len(batch) + len(self._backlog)} to go")
        for _ in self._a.take(batch, self._trace):
            self._unasked = True
        if not self._backlog:
            self._say("")

    def _suggest(self) -> None:
        if self._a.acquaint():
            return  # The rest comes in the next turns, and then what is to be suggested.
        trace, self._trace = self._trace, secrets.token_hex(6)
        unasked, self._unasked = self._unasked, False
        # A day is looked at when all is read: before, it would see half of a home.
        day, self._day_began = self._day_began, False
        woken, self._woken = self._woken, False
        if unasked:
            self._a.suggest(trace)
        if day:
            self._a.day_began(trace)
        elif woken:
            self._a.time_reached(trace)
        self._tidy()

    def _plugins_said(self) -> None:
        """Take what plugins ask and say that the loop did not wait for."""
        if self._a.arrived():
            self._tidy()

    def _say(self, busy: str) -> None:
        if busy != self._busy:
            self._busy = busy
            systemd.notify(f"STATUS={busy or 'idle'}")

    def _act(self) -> None:
        a = self._a
        if a.state.outbox([OutboxState.APPROVED, OutboxState.CLAIMED]):
            stale = a.engine.stale
            for entry in run_outbox(
                a.state, a.executor, a.clock, "daemon", stale=stale, lane="disk"
            ):
                self._report(entry.offer)
            self._lane.wake()
        self._tell_held()

    def _sent(self, ended: list[int]) -> None:
        """Take notice of what the mail lane did; called from its thread."""
        for offer_id in ended:
            self._do(partial(self._report, offer_id))
        self._do(_nothing)

    def _tell_held(self) -> None:
        """Show a mail that is held, with a way to stop it, for as long as it is."""
        a, held = self._a, set[int]()
        for entry in a.state.outbox([OutboxState.APPROVED]):
            offer = a.state.offer(entry.offer)
            if offer is None:
                continue
            held.add(offer.id)
            if offer.id not in self._held:
                why = f"It waits: {entry.reason}." if entry.reason else _STOPPABLE
                button = (("undo", "Stop"),)
                a.notifier.post(Card(f"held-{offer.id}", f"To be sent: {offer.title}", why, button))
        for offer_id in self._held - held:
            a.notifier.withdraw(f"held-{offer_id}")
        self._held = held

    def _report(self, offer_id: int) -> None:
        a = self._a
        offer, entry = a.state.offer(offer_id), a.state.outbox_for(offer_id)
        if offer is None or entry is None:
            return
        if entry.state is OutboxState.DONE:
            where = f"\n{offer.files[0]}" if offer.files else ""
            buttons = (("undo", "Undo"),) if offer.approval_class == "A" or offer.files else ()
            if sent := sent_told(entry):
                where, buttons = sent, ()
            a.notifier.post(Card(f"done-{offer_id}", f"Done: {offer.title}"[:80], where, buttons))
        else:
            body = f"{entry.state}: {entry.reason}. See: samantha why {offer_id}"
            a.notifier.post(Card(f"done-{offer_id}", f"Not done: {offer.title}"[:80], body))

    # --- what time triggers -----------------------------------------------------------------

    def _look(self) -> None:
        """Look at all that may have come due: reminders, held and snoozed offers, idle model."""
        a = self._a
        now = a.clock.now()
        if self._again:
            self._again, self._trouble, self._unasked = False, "", True
            self._rescan_soon()
        for reminder in a.state.reminders(due_by=now):
            if not a.engine.may_ring(reminder.at):
                continue
            name = f"reminder-{reminder.id}"
            note = Card(name, reminder.text[:80], reminder.copy_text, stays=True)
            # Shown first: one that nobody could see is not done, and is tried at the next look.
            if a.notifier.post(note):
                a.state.fire_reminder(reminder.id, now)
        self._woken = self._woken or a.is_due()
        a.engine.release()
        self._digest()
        self._tidy()

    def _tidy(self) -> None:
        """Take down the cards of offers that were decided elsewhere."""
        opened = {o.id for o in self._a.state.offers([OfferState.OPEN])}
        for offer_id in self._on_screen - opened:
            self._a.notifier.withdraw(card_key(offer_id))
        self._on_screen = opened

    def _day(self) -> None:
        self._day_began = True

    def _digest(self) -> None:
        digest = self._a.digests.due()
        # Shown first: one that nobody could see is not done, and is tried at the next look.
        if digest is not None and self._a.notifier.post(digest.card()):
            self._a.digests.shown(digest)

    def _snapshot(self) -> None:
        self._a.state.snapshot(self._a.clock.now())

    def _rescan_soon(self) -> None:
        self._do(self._rescan)

    def _rescan(self) -> None:
        queued = {(e.source, e.path) for e in self._backlog}
        missed = self._a.missed()
        self._backlog.extend(e for e in missed if (e.source, e.path) not in queued)

    def _last_run(self, name: str) -> datetime | None:
        value = self._a.state.setting(f"ran/{name}")
        return datetime.fromisoformat(value) if value else None

    def _record_run(self, name: str, at: datetime) -> None:
        # Queued behind the work itself: a kill before that was done must not count as done.
        self._do(lambda: self._a.state.set_setting(f"ran/{name}", at.isoformat()))

    # --- from outside -----------------------------------------------------------------------

    def _changed(self, change: Change) -> None:
        stat = stat_of(change.path) if change.kind == "present" else None
        with self._lock:
            room = self._settle.touch(change, stat, self._a.clock.now())
        if not room:
            self._rescan_soon()
        elif self._work.empty():
            self._do(_nothing)

    def _pressed(self, key: str, button: str) -> None:
        self._do(lambda: self._press(key, button))

    def _press(self, key: str, button: str) -> None:
        number = key.partition("-")[2]
        if button == "undo" and number.isdigit() and self._lane.takes(int(number)):
            self._lane.do(lambda: press(self._a, key, button))
        else:
            press(self._a, key, button)

    def _handle(self, request: Mapping[str, Any]) -> dict[str, Any]:
        command = request.get("command")
        if command == "poke":
            self._do(self._look)
            return {"ok": True}
        if command == "ask":
            self._do(self._day)
            return {"ok": True}
        if command == "mail":
            # Credentials may have changed.
            self._a.mail.restart()
            return {"ok": True}
        if command == "parts":
            self._a.mail.look()
            return {"ok": True}
        if command == "stop":
            self.stop()
            return {"ok": True}
        if command == "status":
            return {"ok": True, **self._status()}
        return {"ok": False, "error": "unknown command"}

    def _status(self) -> dict[str, Any]:
        a = self._a
        return {
            "busy": self._busy,
            "trouble": self._trouble,
            "waiting": len(self._backlog),
            "notifications": list(a.notifier.state()),
            "desktop": list(a.desktop.state()) if a.desktop is not None else [],
            "model": list(a.embedder.state()),
            "instruct model": list(a.chosen.state()),
            "tickets": list(a.reader.state()),
            "sources": [
                {
                    "name": s.name,
                    "state": s.state().state,
                    "reason": s.state().reason,
                    "remedy": s.state().remedy,
                }
                for s in a.sources
            ],
            "plugins": {r.manifest.name: r.last_failure for r in a.running},
        }


def _nothing() -> None:
    """Wake the loop."""
