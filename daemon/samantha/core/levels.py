"""What is learned at one level: by how much what was foreseen of its observations was off."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

SURE = 0.98
"""No chance that was learned or claimed lies above, nor below its counterpart: rules alone do."""
_FARTHEST, _STEPS, _CLOSE = 8.0, 30, 1e-7


def bounded(chance: float) -> float:
    """Return a chance within what can be claimed or learned."""
    return min(SURE, max(1 - SURE, chance))


def log_odds(chance: float) -> float:
    """Return the log-odds of a chance that is bounded first."""
    inside = bounded(chance)
    return math.log(inside / (1 - inside))


def chance_of(odds: float) -> float:
    """Return the chance of log-odds."""
    return 1 / (1 + math.exp(-odds))


@dataclass(slots=True)
class Level:
    """What was seen of one kind, person or folder."""

    seen: int = 0
    wanted: int = 0
    weight: float = 0.0
    """Observations, as far as they still count."""
    shift: float = 0.0
    """What is learned here: by how much the log-odds were off."""
    _cells: dict[int, list[float]] = field(default_factory=dict)
    """What was foreseen, in tenths of log-odds: weight of the observations, of those wanted."""

    def add(self, wanted: bool, weight: float, odds: float) -> None:
        """Take in one observation, of which these log-odds were foreseen."""
        self.seen += 1
        self.wanted += wanted
        self.weight += weight
        cell = self._cells.setdefault(round(odds * 10), [0.0, 0.0])
        cell[0] += weight
        cell[1] += weight * wanted

    def settle(self, strength: float) -> None:
        """Find the most probable shift: what was seen equals what is then expected."""
        # The prior is a Beta of so many observations, half of them wanted, at even odds.
        cells = [(0.0, strength, strength / 2)]
        cells += [(at / 10, weight, hits) for at, (weight, hits) in self._cells.items()]
        shift = 0.0
        for _ in range(_STEPS):
            missing = slope = 0.0
            for at, weight, hits in cells:
                chance = 1 / (1 + math.exp(-at - shift))
                missing += hits - weight * chance
                slope += weight * chance * (1 - chance)
            step = max(-1.0, min(1.0, missing / slope))
            shift = max(-_FARTHEST, min(_FARTHEST, shift + step))
            if abs(step) < _CLOSE:
                break
        self.shift = shift

    @property
    def foreseen(self) -> float:
        """Return how many of these the levels before it expected to be wanted."""
        return sum(weight * chance_of(at / 10) for at, (weight, _) in self._cells.items())

    def corrected(self, chance: float) -> float:
        """Return a chance after what is known here."""
        return bounded(chance_of(log_odds(chance) + self.shift)) if self.weight > 0 else chance
