"""The marks of `samantha setup` as thresholds that kinds start from; computed, never stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from samantha.adapters.store_learning import SETUP_KEY
from samantha.app.learning import RESET_KEY, answers, resets
from samantha.core.learning import FORGOTTEN
from samantha.core.marks import Mark, Start, starts
from samantha.core.ports import Clock

if TYPE_CHECKING:
    from samantha.adapters.store import Store


class Marks:
    """What was marked in the setup since the last reset, and not too long ago to count."""

    def __init__(self, state: Store, clock: Clock, default: float) -> None:
        self._state = state
        self._clock = clock
        self._default = default
        self._read = ("", "", "")
        self._starts: Mapping[str, Start] = {}

    def threshold(self, kind: str) -> float | None:
        """Return where the threshold of a kind starts, None where no marks move it."""
        start = self.starts().get(kind)
        return None if start is None else start.threshold

    def starts(self) -> Mapping[str, Start]:
        """Return where the thresholds start that were moved, by kind."""
        now = self._clock.now()
        stored = (self._state.setting(SETUP_KEY), self._state.setting(RESET_KEY))
        read = (*stored, now.date().isoformat())
        if read != self._read:
            self._starts = starts(self._marks(now), self._default)
            self._read = read
        return self._starts

    def _marks(self, now: datetime) -> list[Mark]:
        since = resets(self._state)
        found = []
        for one in answers(self._state):
            kind, at = f"{one.plugin}/{one.kind}", datetime.fromisoformat(one.at)
            after = all(since[key] < at for key in ("", kind) if key in since)
            if after and now - at < FORGOTTEN:
                found.append(Mark(kind, one.confidence, one.wanted))
        return found
