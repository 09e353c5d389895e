"""What time triggers: intervals and daily runs that survive restarts, sleep and clock jumps.

APScheduler decides when to look, the table of last runs decides what is due. Its own triggers are
not enough for a laptop: they fix the next run as a point on the wall clock and wait for it with a
monotonic timeout. After a suspend or a forward jump such a run comes late by the time slept; after
a backward jump it comes late by the jump; an interval would first count every step of the gap (a
clock that starts in 1970 makes that millions); a daily run at an hour that the zone's clock shows
twice fires twice; and with its memory store nothing is known after a restart, with its database
store a pickled function is (code, in a file that others of the user's programs can write).

So there is one APScheduler job, the pulse. It comes every few seconds of the monotonic clock,
whatever the wall clock does, and `Schedule.look` compares the injected clock with the last runs.
Several missed runs are one run. A run that failed is not repeated before its next time.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import partial
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from samantha.core.ports import Clock

PULSE_S = 15.0
"""The longest time between two looks; a shorter interval makes it shorter."""
KEPT_S = 600.0
"""Runs of intervals shorter than this are not kept over a restart: they run at its start anyway,
and a write every half minute would keep a disk awake."""
_SLACK = timedelta(seconds=5)
_DAY = timedelta(days=1)

Job = Callable[[], None]


@dataclass(slots=True)
class _Entry:
    name: str
    job: Job
    due: Callable[[datetime | None, datetime], bool]
    kept: bool
    last: datetime | None


class Schedule:
    """Runs jobs at intervals and once a day, in one thread of its own; jobs should only enqueue.

    ``last_run`` and ``record_run`` read and write the table that survives a restart, in aware UTC;
    ``record_run`` is called after the job, from the thread that looks.
    """

    def __init__(
        self,
        clock: Clock,
        last_run: Callable[[str], datetime | None],
        record_run: Callable[[str, datetime], None],
    ) -> None:
        self._clock = clock
        self._last_run = last_run
        self._record_run = record_run
        self._entries: list[_Entry] = []
        self._pulse_s = PULSE_S
        self._lock = threading.Lock()
        self._scheduler: Any = None

    def every(self, name: str, seconds: float, job: Job) -> None:
        """Run a job when at least so many seconds have passed since it last ran; first at once.

        It comes late by at most a third of the interval, or ``PULSE_S`` if that is shorter.
        """
        kept = seconds >= KEPT_S
        self._add(name, job, partial(_passed, timedelta(seconds=seconds)), kept)
        self._pulse_s = max(1.0, min(self._pulse_s, seconds / 3))

    def daily(self, name: str, at: time, zone: tzinfo, job: Job) -> None:
        """Run a job once a day, at a wall-clock time of a zone, or as soon as possible after it.

        A time that the zone skips (spring) is the moment after the gap, one that comes twice
        (autumn) is the first. A job that has never run is due since the last such time.
        """
        self._add(name, job, partial(_slot_open, at, zone), kept=True)

    def start(self) -> None:
        """Look now and from now on."""
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        scheduler = BackgroundScheduler(
            jobstores={"default": _Steady(self._pulse_s)},
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone=UTC,
        )
        scheduler.add_job(self.look, _Pulse(self._pulse_s), id="look")
        scheduler.start()
        self._scheduler = scheduler

    def stop(self) -> None:
        """Stop looking; returns when no job runs any more. Does nothing if it never started."""
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None:
            scheduler.shutdown(wait=True)

    def look(self) -> list[str]:
        """Run all that is due by the clock, and return the names.

        Every due job runs even if another one raises; the last problem is then raised (inside the
        pulse APScheduler logs it).
        """
        now = self._clock.now()
        with self._lock:
            due = [e for e in self._entries if e.due(e.last, now)]
            for entry in due:
                entry.last = now
        with ExitStack() as stack:
            # The stack unwinds from its end: each job first, then the note that it ran.
            for entry in reversed(due):
                if entry.kept:
                    stack.callback(self._record_run, entry.name, now)
                stack.callback(entry.job)
        return [e.name for e in due]

    def _add(
        self, name: str, job: Job, due: Callable[[datetime | None, datetime], bool], kept: bool
    ) -> None:
        last = self._last_run(name) if kept else None
        with self._lock:
            if any(e.name == name for e in self._entries):
                raise ValueError(f"two jobs are called {name}")
            self._entries.append(_Entry(name, job, due, kept, last))


def _passed(interval: timedelta, last: datetime | None, now: datetime) -> bool:
    # A last run in the future means that the clock went back: then it is due, so that no interval
    # grows by the jump.
    return last is None or not -_SLACK <= now - last < interval


def _slot_open(at: time, zone: tzinfo, last: datetime | None, now: datetime) -> bool:
    # More than a day ahead, the last run was noted by a clock that was wrong.
    return last is None or last < _latest(at, zone, now) or last - now > _DAY


def _latest(at: time, zone: tzinfo, now: datetime) -> datetime:
    """Return the latest moment, not after now, at which the zone's clock came to show a time."""
    day = now.astimezone(zone).date()
    moment = datetime.combine(day, at, zone).astimezone(UTC)
    if moment > now:
        moment = datetime.combine(day - _DAY, at, zone).astimezone(UTC)
    return moment


class _Pulse(BaseTrigger):  # type: ignore[misc]
    """Comes so many seconds after now, however long ago it came before."""

    def __init__(self, seconds: float) -> None:
        self._step = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        return now if previous is None else now + self._step


class _Steady(MemoryJobStore):  # type: ignore[misc]
    """Notices that the clock went back: a pulse further ahead than its own length comes now."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._step = timedelta(seconds=seconds)

    def get_due_jobs(self, now: datetime) -> list[Any]:
        for job in self.get_all_jobs():
            if job.next_run_time > now + self._step:
                job.next_run_time = now
                self.update_job(job)
        return list(super().get_due_jobs(now))
