"""Settling: a change counts when the file has come to rest, and counts once."""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from samantha.core.ports import Change, Stat

Look = Callable[[str], Stat | None]
"""What lies at a path now: None when there is no regular file."""
Known = Callable[[str, str], Stat | None]
"""What the index holds of (source, path): None when nothing."""
_Key = tuple[str, str]

_PAIR_S = 0.25
"""A deletion waits this much longer than an arrival, so that a rename finds its other half."""
_REMEMBERED = 20_000
_MOST_PATIENT = 32


@dataclass(frozen=True, slots=True)
class Settled:
    """A change that has come to rest. ``stat`` None means that the path is gone."""

    change: Change
    stat: Stat | None
    moved_from: str = ""
    """The path that this file had before, when it was only renamed."""
    restless: bool = False
    """It never came to rest and was taken as it was."""


@dataclass(slots=True)
class _Pending:
    change: Change
    stat: Stat | None
    first: datetime
    rest_at: datetime


class Settle:
    """Holds changes back until size and time have not changed for ``quiet_s``.

    ``whole`` names the sources whose files are finished when they appear, as deliveries into a
    Maildir are: what arrives there has nothing to wait for. ``look`` is asked again when a change
    falls due, so that a writer of whom the watcher says nothing is noticed too; ``known`` lets
    renames be recognised and repeated notices be dropped.
    Not thread-safe: the caller holds a lock.
    """

    def __init__(
        self,
        quiet_s: float = 0.5,
        max_wait_s: float = 60.0,
        *,
        whole: Container[str] = (),
        look: Look | None = None,
        known: Known | None = None,
        capacity: int = 100_000,
    ) -> None:
        self._quiet = timedelta(seconds=quiet_s)
        self._pair = timedelta(seconds=quiet_s + _PAIR_S)
        self._max_wait = timedelta(seconds=max_wait_s)
        self._whole = whole
        self._look = look
        self._known = known
        self._capacity = capacity
        self._pending: dict[_Key, _Pending] = {}
        self._heap: list[tuple[datetime, _Key]] = []
        self._leaving: dict[tuple[str, Stat], str] = {}
        self._delivered: OrderedDict[_Key, Stat | None] = OrderedDict()
        self._patience: OrderedDict[_Key, int] = OrderedDict()
        self._last: datetime | None = None

    def __len__(self) -> int:
        return len(self._pending)

    def touch(self, change: Change, stat: Stat | None, now: datetime) -> bool:
        """Take notice of a change; False when there is no room for it and a rescan is needed."""
        self._mind_the_clock(now)
        key = (change.source, change.path)
        pending = self._pending.get(key)
        arrives = timedelta(0) if change.source in self._whole else self._quiet
        rest_at = now + (arrives if stat is not None else self._pair)
        if pending is None:
            if len(self._pending) >= self._capacity:
                return False
            self._pending[key] = _Pending(change, stat, now, rest_at)
            heapq.heappush(self._heap, (rest_at, key))
        else:
            pending.change, pending.stat, pending.rest_at = change, stat, rest_at
        if stat is None:
            before = self._before(key)
            if before is not None and len(self._leaving) < self._capacity:
                self._leaving[(change.source, before)] = change.path
        return True

    def next_due(self) -> datetime | None:
        """Return when to ask again, or None when nothing is held; it may be a little early."""
        return self._heap[0][0] if self._heap else None

    def due(self, now: datetime) -> list[Settled]:
        """Return what has come to rest, arrivals before departures."""
        self._mind_the_clock(now)
        arrived: list[Settled] = []
        left: list[Settled] = []
        while self._heap and self._heap[0][0] <= now:
            _, key = heapq.heappop(self._heap)
            pending = self._pending.get(key)
            if pending is None:
                continue
            settled = self._settle(key, pending, now)
            if settled is not None:
                (left if settled.stat is None else arrived).append(settled)
        paired = {(s.change.source, s.moved_from) for s in arrived if s.moved_from}
        left = [s for s in left if (s.change.source, s.change.path) not in paired]
        if not self._pending:
            self._leaving.clear()
        return arrived + left

    # --- one path ---------------------------------------------------------------------------

    def _settle(self, key: _Key, pending: _Pending, now: datetime) -> Settled | None:
        limit = pending.first + self._max_wait * self._patience.get(key, 1)
        restless = now >= limit
        if pending.rest_at > now and not restless:
            heapq.heappush(self._heap, (min(pending.rest_at, limit), key))
            return None
        stat = self._look(key[1]) if self._look is not None else pending.stat
        if stat != pending.stat and not restless:
            pending.stat, pending.rest_at = stat, self._rest_of(stat, now)
            heapq.heappush(self._heap, (min(pending.rest_at, limit), key))
            return None
        del self._pending[key]
        restless = restless and (pending.rest_at > now or stat != pending.stat)
        self._note_patience(key, restless)
        return self._result(key, pending.change, stat, restless)

    def _result(
        self, key: _Key, change: Change, stat: Stat | None, restless: bool
    ) -> Settled | None:
        before = self._before(key)
        if stat is None:
            # Without an index to ask, an unknown departure is passed on: forgetting is harmless.
            if before is None and (self._known is not None or key in self._delivered):
                return None
            self._remember(key, None)
            return Settled(Change(change.source, change.path, "gone"), None)
        if stat == before:
            return None
        old = "" if restless else self._came_from(change, stat)
        self._remember(key, stat)
        present = Change(change.source, change.path, "present")
        return Settled(present, stat, old, restless)

    def _came_from(self, change: Change, stat: Stat) -> str:
        """Return the path that these same bytes just left, and let its departure rest."""
        old = self._leaving.pop((change.source, stat), "")
        if not old or old == change.path:
            return ""
        if self._look is not None and self._look(old) is not None:
            return ""
        old_key = (change.source, old)
        if old_key in self._pending and self._pending[old_key].stat is not None:
            return ""
        self._pending.pop(old_key, None)
        self._remember(old_key, None)
        return old

    def _rest_of(self, stat: Stat | None, now: datetime) -> datetime:
        """Return when a path that still moved can be at rest: counted from its last writing."""
        if stat is None:
            return now + self._pair
        seconds, nanos = divmod(stat.mtime_ns, 1_000_000_000)
        try:
            written = datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=nanos // 1000)
        except (OverflowError, ValueError, OSError):
            return now + self._quiet
        # A time that was set by hand, or by another machine's clock, says nothing.
        return written + self._quiet if now - self._quiet < written <= now else now + self._quiet

    # --- memory -----------------------------------------------------------------------------

    def _before(self, key: _Key) -> Stat | None:
        if key in self._delivered:
            return self._delivered[key]
        return self._known(*key) if self._known is not None else None

    def _remember(self, key: _Key, stat: Stat | None) -> None:
        self._delivered[key] = stat
        self._delivered.move_to_end(key)
        while len(self._delivered) > _REMEMBERED:
            self._delivered.popitem(last=False)

    def _note_patience(self, key: _Key, restless: bool) -> None:
        """Wait longer each time for a file that never rests: a log is not read every minute."""
        if not restless:
            self._patience.pop(key, None)
            return
        self._patience[key] = min(self._patience.get(key, 1) * 2, _MOST_PATIENT)
        while len(self._patience) > _REMEMBERED:
            self._patience.popitem(last=False)

    def _mind_the_clock(self, now: datetime) -> None:
        """Start waiting anew when the clock was set back: nothing must wait for the old time."""
        if self._last is not None and now < self._last - timedelta(seconds=1):
            for pending in self._pending.values():
                pending.first = now
                pending.rest_at = now + self._pair
            self._heap = [(p.rest_at, key) for key, p in self._pending.items()]
            heapq.heapify(self._heap)
        self._last = now
