"""The arithmetic: shares with Wilson intervals, F1 with intervals by a bootstrap over groups."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

Z = 1.959963984540054
ROUNDS = 1_000
SEED = 20_26


@dataclass(frozen=True, slots=True)
class Judged:
    """One item: its group (thread, mailbox, seller), whether it is one, whether we say so."""

    group: Hashable
    truth: bool
    said: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """Right, wrong and missed."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    @property
    def precision(self) -> float:
        """Share of what we say that is so; 0 when we say nothing."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    @property
    def recall(self) -> float:
        """Share of what is so that we say; 0 when there is none."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 when nothing is right."""
        return 2 * self.tp / (2 * self.tp + self.fp + self.fn) if self.tp else 0.0


def count(items: Iterable[Judged]) -> Counted:
    """Count items."""
    tp = fp = fn = 0
    for item in items:
        tp += item.truth and item.said
        fp += item.said and not item.truth
        fn += item.truth and not item.said
    return Counted(tp, fp, fn)


def wilson(right: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927); (0, 1) when there is nothing to share."""
    if total == 0:
        return 0.0, 1.0
    share, spread = right / total, Z * Z / total
    middle = (share + spread / 2) / (1 + spread)
    half = Z * math.sqrt(share * (1 - share) / total + spread / (4 * total)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def bootstrap_f1(items: Sequence[Judged], rounds: int = ROUNDS) -> tuple[float, float]:
    """Return the 95 % interval of F1 when whole groups are drawn again, with replacement."""
    groups: dict[Hashable, list[Judged]] = defaultdict(list)
    for item in items:
        groups[item.group].append(item)
    counted = [count(group) for group in groups.values()]
    if not counted:
        return 0.0, 1.0
    draw = random.Random(SEED)
    values = []
    for _ in range(rounds):
        drawn = draw.choices(counted, k=len(counted))
        total = Counted(
            sum(c.tp for c in drawn), sum(c.fp for c in drawn), sum(c.fn for c in drawn)
        )
        values.append(total.f1)
    values.sort()
    return values[int(0.025 * (rounds - 1))], values[int(0.975 * (rounds - 1))]


def poisson(events: int) -> tuple[float, float]:
    """Return the 95 % interval of a count (Byar's approximation of the exact one)."""
    low = 0.0
    if events:
        low = events * (1 - 1 / (9 * events) - Z / (3 * math.sqrt(events))) ** 3
    more = events + 1
    return low, more * (1 - 1 / (9 * more) + Z / (3 * math.sqrt(more))) ** 3
