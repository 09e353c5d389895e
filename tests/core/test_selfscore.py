"""Self-score: the arithmetic is that of books, and each thing is counted once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from builders import ALL, START, Home, filing, suggestion

from samantha.api import Decision
from samantha.core.rewriting import action_of, rewritten
from samantha.core.selfscore import (
    Told,
    brier,
    by_day,
    by_week,
    delays_min,
    reliability,
    score,
    scores,
    things_told,
    wilson,
)

VIENNA = ZoneInfo("Europe/Vienna")


def one(chance: float, decision: Decision | None, *, days: float = 0, kind: str = "p/k") -> Told:
    shown = START + timedelta(days=days)
    return Told(kind, shown, shown - timedelta(minutes=5), chance, decision)


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [(0, 0, 0, 1), (0, 10, 0, 0.278), (10, 10, 0.722, 1), (5, 10, 0.237, 0.763)],
)  # fmt: skip
def test_the_interval_is_wilsons(hits: int, count: int, low: float, high: float) -> None:
    """Against values printed in the literature; nothing counted says nothing."""
    assert wilson(hits, count) == pytest.approx((low, high), abs=1e-3)


def test_calibration_is_the_mean_squared_error_and_is_shown_in_bands() -> None:
    """A chance of 0.8 that came and one of 0.3 that did not; what waits is not judged."""
    told = [
        one(0.8, Decision.ACCEPTED),
        one(0.9, Decision.DISMISSED),
        one(0.3, Decision.EXPIRED),
        one(1.0, None),
    ]
    assert brier(told) == pytest.approx((0.04 + 0.81 + 0.09) / 3)
    assert brier([]) is None and reliability([]) == []
    low, high = reliability(told)
    assert (low.count, low.accepted, high.count, high.accepted) == (1, 0.0, 2, 0.5)
    assert high.foreseen == pytest.approx(0.85)


def test_days_weeks_and_delays_are_the_users() -> None:
    """Days without anything count for the budget; weeks begin on Monday."""
    told = [one(0.5, Decision.ACCEPTED), one(0.5, Decision.NEVER), one(0.5, None, days=3)]
    each = by_day(told, VIENNA, date(2026, 3, 8))
    assert list(each.values()) == [2, 0, 0, 1, 0, 0, 0]
    assert by_week(told, VIENNA, 5) == [(date(2026, 3, 2), 3, 1)]
    assert delays_min(told) == (5.0, 5.0) and delays_min([]) is None
    total = score("all", told)
    assert (total.shown, total.accepted, total.dismissed, total.ended) == (3, 1, 1, 2)
    assert [s.kind for s in scores([*told, one(0.5, None, kind="q/k")])] == ["p/k", "q/k"]
    assert score("none", []).precision is None


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.close()


def test_a_thing_counts_once_through_versions_edits_and_snoozes(home: Home) -> None:
    """Of three things one is edited and taken, one put off and dismissed, one never shown; the
    chance is what was foreseen when it was suggested."""
    made = []
    for name in ("a", "b", "c"):
        source = home.file(f"{name}.txt", f"Dear Ann, {name}.")
        made.append(suggestion(source, filing(home, source, f"{name}2.txt"), confidence=0.8))
    (first,) = home.suggest(made[0])
    (second,) = home.suggest(made[1])
    home.suggest(replace(made[2], confidence=0.1))
    before, payload = home.decisions.editable(first.id)
    action = replace(action_of(payload.action), name="mine.txt")  # type: ignore[arg-type]
    now = home.clock.now()
    new = rewritten(before, payload, action, ALL, home.index.document, home.builder, now)
    home.decisions.accept(home.decisions.edit(first.id, new, via="test").id, via="test")
    home.decisions.snooze(second.id, now + timedelta(hours=2), via="test")
    home.decisions.dismiss(second.id, via="test")
    told = things_told(home.state.offers(), home.state.decisions(), home.state.audit_lines())
    total = score("all", told)
    assert (total.shown, total.accepted, total.edited, total.dismissed) == (2, 1, 1, 1)
    assert [one.chance for one in told] == [0.8, 0.8]
    decided = {offer.id: decision for offer, decision, _, _ in home.state.decisions()}
    assert Decision.EDITED in decided.values() and Decision.ACCEPTED not in decided.values()
    assert things_told(
        home.state.offers(), home.state.decisions(), [], now + timedelta(days=1)
    ) == []  # fmt: skip
