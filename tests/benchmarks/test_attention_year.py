"""The simulated year, in small: learning shows what is wanted more often than its baselines."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.attention.report import report
from benchmarks.attention.year import POLICIES, live

SEEDS = (1, 2, 3)
DAYS = 45


def test_learning_shows_better_than_a_fixed_threshold_and_than_everything() -> None:
    """For several users with hidden preferences, through the real engine and the real state; the
    oracle bounds it, and the report can be written."""
    years = {p: [live(p, seed, DAYS, 3.0) for seed in SEEDS] for p in POLICIES}

    def rate(policy: str) -> float:
        shown = [one for year in years[policy] for one in year.shown]
        return sum(one.accepted for one in shown) / len(shown)

    learned = rate("learning")
    assert learned > rate("fixed threshold") and learned > rate("always")
    assert rate("oracle") > rate("fixed threshold")
    worth = {policy: sum(year.value() for year in some) for policy, some in years.items()}
    assert worth["oracle"] >= worth["learning"] > worth["fixed threshold"]
    text = report(years, DAYS, 3.0)
    assert all(f"| {policy} |" in text for policy in POLICIES)


def test_the_same_seed_is_the_same_year() -> None:
    """What comes up and what is wanted does not hang on the policy, nor on the run."""
    first, again = (live("learning", 4, 12) for _ in range(2))
    assert first.shown == again.shown and first.shown
    assert live("always", 4, 12).chances == first.chances
