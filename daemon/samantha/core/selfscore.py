"""Self-score: how good the suggestions were, counted from what the user made of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from samantha.api.types import Decision
from samantha.core.consent import YES
from samantha.core.ports import AuditLine, Offer, OfferState

Z = 1.96
"""Of a normal distribution: 95 % lie within so many deviations."""
BANDS = 5
ENDS = (*YES, Decision.DISMISSED, Decision.NEVER, Decision.EXPIRED)


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a rate (Wilson); all of it when nothing was counted."""
    if count == 0:
        return 0.0, 1.0
    rate, spread = hits / count, Z * Z / count
    middle = rate + spread / 2
    half = Z * math.sqrt(rate * (1 - rate) / count + spread / (4 * count))
    low, high = (middle - half) / (1 + spread), (middle + half) / (1 + spread)
    return (max(0.0, low) if hits else 0.0), (min(1.0, high) if hits < count else 1.0)


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that was shown, and what came of it."""

    kind: str
    shown: datetime
    began: datetime
    """When the change was seen that it came of."""
    chance: float
    """What was foreseen when it was suggested."""
    decision: Decision | None
    """None: it still waits, or was taken back."""


@dataclass(frozen=True, slots=True)
class Score:
    """How one kind fared, or all."""

    kind: str
    shown: int
    accepted: int
    """Edited ones among them."""
    edited: int
    dismissed: int
    expired: int

    @property
    def ended(self) -> int:
        """Return how many have come to an end: answered, or expired unanswered."""
        return self.accepted + self.dismissed + self.expired

    @property
    def precision(self) -> float | None:
        """Return the share that was accepted, None when nothing has ended."""
        return self.accepted / self.ended if self.ended else None


@dataclass(frozen=True, slots=True)
class Band:
    """What was foreseen within a stretch of chances, and what came."""

    low: float
    high: float
    count: int
    foreseen: float
    accepted: float


def things_told(
    offers: Iterable[Offer],
    decisions: Iterable[tuple[Offer, Decision, datetime, str]],
    lines: Iterable[AuditLine],
    since: datetime | None = None,
) -> list[Told]:
    """Return what was shown, oldest first; versions that gave way to others are not counted."""
    ended = {offer.id: decision for offer, decision, _, _ in decisions if decision in ENDS}
    began: dict[str, datetime] = {}
    chances: dict[int, float] = {}
    for line in lines:
        if line.arrow == "read":
            began[line.trace] = line.at
        elif line.arrow == "suggested" and "chance" in line.detail:
            chances[int(line.detail["offer"])] = float(line.detail["chance"])
        elif line.arrow == "edited" and line.detail["offer"] in chances:
            chances[int(line.detail["became"])] = chances[int(line.detail["offer"])]
    found = []
    for offer in offers:
        shown = offer.shown_at
        if shown is None or offer.state is OfferState.VOID or (since and shown < since):
            continue
        found.append(
            Told(
                f"{offer.plugin}/{offer.kind}",
                shown,
                min(began.get(offer.trace, offer.created), offer.created),
                chances.get(offer.id, offer.confidence),
                ended.get(offer.id),
            )
        )
    return sorted(found, key=lambda one: one.shown)


def score(kind: str, told: Sequence[Told]) -> Score:
    """Count what came of some things."""
    ends = Counter(one.decision for one in told)
    return Score(
        kind,
        len(told),
        sum(ends[yes] for yes in YES),
        ends[Decision.EDITED],
        ends[Decision.DISMISSED] + ends[Decision.NEVER],
        ends[Decision.EXPIRED],
    )


def scores(told: Sequence[Told]) -> list[Score]:
    """Return a score for each kind, those shown most first."""
    kinds: dict[str, list[Told]] = {}
    for one in told:
        kinds.setdefault(one.kind, []).append(one)
    return sorted((score(k, some) for k, some in kinds.items()), key=lambda s: (-s.shown, s.kind))


def brier(told: Sequence[Told]) -> float | None:
    """Return the mean squared error of what was foreseen; 0 is best, 0.25 is a coin's."""
    errors = [(one.chance - (one.decision in YES)) ** 2 for one in told if one.decision]
    return sum(errors) / len(errors) if errors else None


def reliability(told: Sequence[Told]) -> list[Band]:
    """Return what was foreseen beside what came, in bands of equal width that are not empty."""
    bands: dict[int, list[Told]] = {}
    for one in told:
        if one.decision is not None:
            bands.setdefault(min(int(one.chance * BANDS), BANDS - 1), []).append(one)
    return [
        Band(
            at / BANDS,
            (at + 1) / BANDS,
            len(some),
            sum(one.chance for one in some) / len(some),
            sum(one.decision in YES for one in some) / len(some),
        )
        for at, some in sorted(bands.items())
    ]


def by_day(told: Sequence[Told], zone: tzinfo, today: date) -> Mapping[date, int]:
    """Return how many were shown on each day, from the first one on."""
    counts = Counter(one.shown.astimezone(zone).date() for one in told)
    if not counts:
        return {}
    first = min(counts)
    days = max(0, (today - first).days) + 1
    return {first + timedelta(days=n): counts[first + timedelta(days=n)] for n in range(days)}


def by_week(told: Sequence[Told], zone: tzinfo, weeks: int) -> list[tuple[date, int, int]]:
    """Return (Monday, shown, accepted) of the last weeks in which anything was shown."""
    shown: Counter[date] = Counter()
    accepted: Counter[date] = Counter()
    for one in told:
        day = one.shown.astimezone(zone).date()
        monday = day - timedelta(days=day.weekday())
        shown[monday] += 1
        accepted[monday] += one.decision in YES
    return [(monday, shown[monday], accepted[monday]) for monday in sorted(shown)[-weeks:]]


def delays_min(told: Sequence[Told]) -> tuple[float, float] | None:
    """Return the minutes from the change to the offer: the median, and nine of ten within."""
    waits = sorted(max(0.0, (one.shown - one.began) / timedelta(minutes=1)) for one in told)
    if not waits:
        return None
    return waits[len(waits) // 2], waits[min(len(waits) - 1, int(0.9 * len(waits)))]
