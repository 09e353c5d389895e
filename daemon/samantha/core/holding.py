"""How long an answer holds: the probability that nothing has changed since it was given.

People change their minds about a kind of suggestion as a whole, and then what they said before is
worth nothing, however much of it there is; while they do not, an old answer is as good as a new
one. So answers are not forgotten by age but by contradiction: a Bayesian detection of the change
point (Adams and MacKay, 2007) over the yeses and noes of one kind. Each point since which nothing
may have changed has a probability of its own, and a Beta-binomial of what came after it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

TASTE_DAYS = 365.0
"""So long, on average, a taste holds."""
LONGEST = 60
"""So many answers of a kind are looked at, the newest."""

Told = tuple[float, bool, float]
"""One answer: the day it was given (any beginning), whether it was a yes, how plainly (0 to 1)."""


def unchanged(days: float) -> float:
    """Return how probable it is that a taste holds for so many days more."""
    return math.exp(-max(0.0, days) / TASTE_DAYS)


@lru_cache(maxsize=512)
def still_holding(answers: Sequence[Told]) -> tuple[float, ...]:
    """Return of each answer, oldest first, how probable it held still when the last one came."""
    runs: list[float] = []
    """Of each answer: how probable it is that a change came right before it, and none after."""
    counts: list[tuple[float, float]] = []
    """What each of these has seen since: yeses and all, beginning with one of each."""
    before = 0.0
    for day, wanted, weight in answers:
        stays = unchanged(day - before) if runs else 0.0
        before = day
        runs = [*(run * stays for run in runs), 1.0 - stays]
        counts.append((1.0, 2.0))
        for at, (yes, seen) in enumerate(counts):
            chance = yes / seen
            runs[at] *= (chance if wanted else 1.0 - chance) ** weight
            counts[at] = (yes + weight * wanted, seen + weight)
        total = sum(runs)
        runs = [run / total for run in runs]
    found, sum_ = [], 0.0
    for run in runs:
        sum_ += run
        found.append(min(1.0, sum_))
    return tuple(found)
