"""Where the threshold of a kind starts, after what the user marked in the setup.

Of all thresholds the one is taken that would have made the fewest mistakes with the marks of the
kind (shown and not wanted, kept back and wanted); to move it by ``STEP`` must save a mistake, so
that few marks move little. Where the user has set `attention.threshold`, none does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

STEP = 0.1
LOWEST, HIGHEST = 0.2, 0.99
_ABOVE = 0.01
"""A threshold so much above a confidence keeps it back."""

Threshold = Callable[[str], float | None]
"""Asked with ``plugin/kind``; None: it starts where it does without marks."""


def unmarked(kind: str) -> float | None:
    """Return that nothing was marked."""
    return None


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that would have been suggested, and whether it was wanted."""

    kind: str
    """``plugin/kind``."""
    confidence: float
    wanted: bool


@dataclass(frozen=True, slots=True)
class Start:
    """Where a kind's threshold starts, and the marks behind it."""

    threshold: float
    wanted: int
    marked: int


def starts(marks: Iterable[Mark], default: float) -> dict[str, Start]:
    """Return where the thresholds start that the marks move, by kind."""
    kinds: dict[str, list[Mark]] = {}
    for mark in marks:
        kinds.setdefault(mark.kind, []).append(mark)
    found = {}
    for kind, some in kinds.items():
        threshold = _best(some, default)
        if threshold != default:
            found[kind] = Start(threshold, sum(one.wanted for one in some), len(some))
    return found


def _best(marks: Sequence[Mark], default: float) -> float:
    tried = {default}
    for mark in marks:
        for at in (mark.confidence, mark.confidence + _ABOVE):
            tried.add(round(min(HIGHEST, max(LOWEST, at)), 2))
    return min(tried, key=lambda at: (_cost(marks, at, default), abs(at - default), at))


def _cost(marks: Sequence[Mark], threshold: float, default: float) -> float:
    mistakes = sum(one.wanted != (one.confidence >= threshold) for one in marks)
    # Rounded: what a binary fraction adds must not decide between a mistake and a step.
    return round(mistakes + abs(threshold - default) / STEP, 6)
