"""What is done without a daemon: catch up once, and carry out what was accepted."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from samantha.adapters.instance import AlreadyRunning, Instance
from samantha.app.assembly import Assembly
from samantha.app.places import Places
from samantha.core.intake import Taken
from samantha.core.outbox import recover, run_outbox
from samantha.core.ports import Offer, OutboxState
from samantha.core.sending import HOLD, Gate

Progress = Callable[[Iterator[Taken], int], Iterable[Taken]]
"""Wraps the batches of a known number of events, to show how far it is."""

ON_ITS_WAY = (OutboxState.APPROVED, OutboxState.CLAIMED, OutboxState.COMMITTING)
_PATIENCE_S = 5.0


def instance(places: Places) -> Instance:
    """Return the lock that only one process of a user's samantha can hold."""
    return Instance(lock_of(places))


def lock_of(places: Places) -> Path:
    """Return where the lock lies."""
    return places.state / "samantha.lock"


def catch_up(a: Assembly, progress: Progress) -> list[Offer]:
    """Read what is new, ask the plugins, show what may be shown; return the offers made."""
    with instance(a.places):
        trace = secrets.token_hex(6)
        a.mail.once()
        events = a.missed()
        for _ in progress(a.take(events, trace), len(events)):
            pass
        if a.mail.bring_now():
            for _ in a.take(a.missed(), trace):
                pass
        made = [*a.suggest(trace), *a.day_began(trace), *a.engine.release()]
        carry_out(a, "once")
        unique = {o.id: o for o in made}
        return [a.state.offer(i) or o for i, o in unique.items()]


def carry_out(a: Assembly, owner: str, gate: Gate | None = None) -> None:
    """Settle what an earlier process left behind, then do what is approved. Needs the lock."""
    recover(a.state, a.executor, a.clock)
    run_outbox(a.state, a.executor, a.clock, owner, stale=a.engine.stale, gate=gate)


def carry_out_alone(a: Assembly, held: Callable[[float], None] = time.sleep) -> None:
    """Do what is approved, unless another process is at work: that one does it before it ends.

    ``held`` waits so many seconds for a mail that is held; it may raise to take the yes back.
    """
    gate = Gate(a.state, a.clock)
    with suppress(AlreadyRunning), instance(a.places):
        carry_out(a, "cli", gate)
        for _ in range(2):
            wait_s = (gate.next - a.clock.now()).total_seconds() if gate.next else -1.0
            if 0 <= wait_s <= HOLD.total_seconds():
                held(wait_s)
                carry_out(a, "cli", gate)


def await_end(a: Assembly, offer_id: int) -> None:
    """Wait some seconds for another process to carry an accepted offer out."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        entry = a.state.outbox_for(offer_id)
        if entry is None or entry.state not in ON_ITS_WAY:
            return
        time.sleep(0.05)
