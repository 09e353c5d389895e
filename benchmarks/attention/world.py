"""The world of a simulated year: what could be suggested when, and what the user would want.

A plugin is as sure as is right for the average user. This user differs from the average by kind, by
person, and by person within a kind; in the middle of the year they change their mind about a third
of the kinds. None of it is told to anybody but the oracle.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = (
    "bills/bill", "waiting/follow_up", "replies/answer", "promises/promise", "dates/meeting",
    "renewals/notice", "filing/move", "newsletters/leave", "attachments/forgotten",
)  # fmt: skip
SENDERS = tuple(f"person{n}@place{n % 7}.example" for n in range(24))
HOURS = (8, 12, 17)
BY_KIND, BY_SENDER, BY_BOTH = 1.5, 0.8, 0.5
"""How far, in log-odds, this user lies from the average one."""
CHANGED = 1 / 3
"""Of how many kinds they think differently from the middle of the year on."""
URGENT = 0.05
IGNORED = 0.15
"""Of what is shown the user answers so much with nothing at all."""
SLIPS = 0.03
"""So often the answer is the other one."""


@dataclass(frozen=True, slots=True)
class Chance:
    """Something that could be suggested."""

    number: int
    at: datetime
    kind: str
    sender: str
    confidence: float
    wanted: float
    """The hidden probability that this user wants it."""
    urgent: bool
    expires: datetime
    yes: bool
    """What they will answer, if they answer."""
    ignored: bool


class User:
    """One user's hidden preferences."""

    def __init__(self, seed: int, days: int) -> None:
        self._random = random.Random(seed)
        self._days = days
        draw = self._random.gauss
        self._kind = {kind: draw(0, BY_KIND) for kind in KINDS}
        self._later = dict(self._kind)
        for kind in self._random.sample(KINDS, round(len(KINDS) * CHANGED)):
            self._later[kind] = draw(0, BY_KIND)
        self._sender = {sender: draw(0, BY_SENDER) for sender in SENDERS}
        self._both = {(k, s): draw(0, BY_BOTH) for k in KINDS for s in SENDERS}

    def chances(self, a_day: float) -> Iterator[tuple[datetime, list[Chance]]]:
        """Yield each moment of the year with what comes up at it."""
        number = 0
        for day in range(self._days):
            for hour in HOURS:
                at = START + timedelta(days=day, hours=hour)
                came = []
                while self._random.random() < a_day / (a_day + len(HOURS)):
                    number += 1
                    came.append(self._chance(number, at, day))
                yield at, came

    def _chance(self, number: int, at: datetime, day: int) -> Chance:
        draw = self._random
        # Some kinds and some people come up much more often than others.
        kind = KINDS[min(int(draw.expovariate(0.35)), len(KINDS) - 1)]
        sender = SENDERS[min(int(draw.expovariate(0.15)), len(SENDERS) - 1)]
        odds = draw.gauss(0.3, 1.0)
        taste = self._kind if day < self._days / 2 else self._later
        own = odds + taste[kind] + self._sender[sender] + self._both[kind, sender]
        wanted = (1 - SLIPS) * _chance_of(own) + SLIPS * (1 - _chance_of(own))
        urgent = draw.random() < URGENT
        left = timedelta(days=draw.uniform(0.6, 2) if urgent else draw.uniform(3, 30))
        return Chance(
            number,
            at,
            kind,
            sender,
            _chance_of(odds),
            wanted,
            urgent,
            at + left,
            draw.random() < wanted,
            draw.random() < IGNORED,
        )


def _chance_of(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))
