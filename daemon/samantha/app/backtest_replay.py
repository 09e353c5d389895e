"""The past, lived through again: the daemon's steps under a clock that is set forward."""

from __future__ import annotations

import heapq
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

from samantha.app.assembly import Assembly
from samantha.app.backtest_timeline import Arrival, Progress
from samantha.core.intake import Event
from samantha.core.moments import MORNING
from samantha.core.ports import Offer

TOGETHER = timedelta(minutes=1)
"""What comes within a minute settles together and is one moment."""


class SetClock:
    """A clock that shows what it was set to, and never goes back."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """Return the moment it was set to; aware UTC."""
        return self._moment

    def set(self, moment: datetime) -> None:
        """Go forward to a moment."""
        self._moment = max(self._moment, moment.astimezone(UTC))


@dataclass(slots=True)
class Counts:
    """What a replay went through."""

    mails: int = 0
    files: int = 0
    unreadable: int = 0
    days: int = 0


@dataclass(slots=True)
class Replay:
    """One run from ``start`` to ``end``. What came earlier is there; what comes later is kept out.

    The steps are those of the daemon: read what settled, ask the plugins, look at what is due; and
    each morning the day. Nobody decides on an offer.
    """

    a: Assembly
    clock: SetClock
    start: datetime
    end: datetime
    progress: Progress
    counts: Counts = field(default_factory=Counts)
    moves: list[tuple[datetime, str, str]] = field(default_factory=list)
    """When a file was moved, from where and to where."""
    _due: list[datetime] = field(default_factory=list)

    def run(self, arrivals: Sequence[Arrival]) -> None:
        """Live through the period."""
        before = [a for a in arrivals if a.at is None or a.at < self.start]
        within = [a for a in arrivals if a.at is not None and self.start <= a.at <= self.end]
        total, done = len(before) + len(within), 0
        self.progress("Replaying", 0, total)
        if before:
            for at in range(0, len(before), 512):
                self._read(_brought(before[at : at + 512]), self.start)
                done += len(before[at : at + 512])
                self.progress("Reading what was there", done, total)
            self._suggest()
        for moment, came, morning in self._moments(within):
            # The folder passes with the run: what a moment writes need not be durable by itself.
            with self.a.index.together(), self.a.state.together():
                self._look_until(moment)
                self.clock.set(moment)
                self._live(moment, came, morning)
            if came:
                done += len(came)
                self.progress(f"Replaying {moment:%Y-%m-%d}", done, total)
        self._look_until(self.end)

    def _live(self, moment: datetime, came: Sequence[Arrival], morning: bool) -> None:
        """Let happen what happens at one moment: something comes, a day begins, or an hour."""
        if came:
            self._read(_brought(came), moment)
            self._suggest()
            return
        if morning:
            self.counts.days += 1
            self._made(self.a.day_began(secrets.token_hex(6)))
        self.a.engine.release()

    def learn(self, arrivals: Sequence[Arrival]) -> None:
        """Read what came after the end, without asking a plugin: what the user did later."""
        later = [a for a in arrivals if a.at is not None and a.at > self.end]
        for at in range(0, len(later), 512):
            part = later[at : at + 512]
            self.progress("Reading what came later", at, len(later))
            events = _brought(part)
            for _ in self.a.take(events, "later"):
                pass
            self._moved(events, part[-1].at or self.end)

    # --- moments ----------------------------------------------------------------------------

    def _moments(self, within: Sequence[Arrival]) -> Iterator[tuple[datetime, list[Arrival], bool]]:
        """Yield (moment, what came, whether a day begins) in order."""
        groups = groupby(within, key=lambda one: ((one.at or self.start) - self.start) // TOGETHER)
        came = (list(part) for _, part in groups)
        arrivals = ((part[-1].at or self.start, part, False) for part in came)
        return heapq.merge(arrivals, self._hours(), key=lambda row: row[0])

    def _hours(self) -> Iterator[tuple[datetime, list[Arrival], bool]]:
        """Yield the hours of each day at which something happens by itself."""
        zone, attention = self.a.config.zone(), self.a.config.attention
        quiet = self.a.config.policy().quiet
        looks = {time(0), quiet.end if quiet else time(7)}
        if attention.digest:
            looks.add(time.fromisoformat(attention.digest))
        day: date = self.start.astimezone(zone).date()
        while day <= self.end.astimezone(zone).date():
            for at in sorted(looks | {MORNING}):
                moment = datetime.combine(day, at, zone).astimezone(UTC)
                if self.start <= moment <= self.end:
                    yield moment, [], at == MORNING
            day += timedelta(days=1)

    # --- steps ------------------------------------------------------------------------------

    def _read(self, events: list[Event], moment: datetime) -> None:
        for taken in self.a.take(events, secrets.token_hex(6)):
            mails = sum(d.media == "mail" for d in taken.documents)
            self.counts.mails += mails
            self.counts.files += len(taken.documents) - mails
            self.counts.unreadable += taken.unreadable
        self._moved(events, moment)

    def _moved(self, events: Sequence[Event], moment: datetime) -> None:
        self.moves += [(moment, e.moved_from, e.path) for e in events if e.moved_from]

    def _suggest(self) -> None:
        self._made(self.a.suggest(secrets.token_hex(6)))

    def _made(self, offers: Sequence[Offer]) -> None:
        for offer in offers:
            if offer.expires is not None:
                heapq.heappush(self._due, offer.expires)

    def _look_until(self, moment: datetime) -> None:
        """Let end what ends before a moment, when it does, and wake the plugins when they asked."""
        while True:
            wake = self.a.next_wake()
            due = self._due[0] if self._due and self._due[0] <= moment else None
            if wake is not None and wake < (due or moment):
                self.clock.set(wake)
                self._made(self.a.time_reached(secrets.token_hex(6)))
            elif due is not None:
                self.clock.set(heapq.heappop(self._due))
                self.a.engine.release()
            else:
                return


def _brought(arrivals: Sequence[Arrival]) -> list[Event]:
    return [event for one in arrivals for event in one.bring()]
