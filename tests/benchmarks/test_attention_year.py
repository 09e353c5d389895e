"""The simulated year, in small: learning shows what is wanted more often than its baselines."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.attention.report import interval, report
from benchmarks.attention.world import TEMPERS
from benchmarks.attention.year import POLICIES, live

EVEN = TEMPERS[0]
DAYS = 40


def test_learning_shows_better_than_a_fixed_threshold_and_than_everything() -> None:
    """For users with hidden preferences, through the real engine and learning; the oracle bounds
    it, and the report can be written."""
    years = {p: [live(p, EVEN, seed, days=DAYS) for seed in (1, 2)] for p in POLICIES}

    def rate(policy: str) -> float:
        shown = [one for year in years[policy] for one in year.shown]
        return sum(one.accepted for one in shown) / len(shown)

    assert rate("learning") > rate("fixed threshold") and rate("learning") > rate("always")
    assert rate("oracle") > rate("learning")
    worth = {policy: sum(year.worth for year in some) for policy, some in years.items()}
    assert worth["oracle"] >= worth["learning"] > worth["fixed threshold"]
    text = report(years, DAYS, {"another": years})
    assert all(f"| {policy} |" in text for policy in POLICIES) and "| another |" in text


def test_state_and_index_in_memory_answer_as_the_real_ones_do(tmp_path: Path) -> None:
    """The same weeks in SQLite: the same is shown, foreseen and accepted, offer by offer."""
    for policy, temper in (("learning", TEMPERS[7]), ("fixed threshold", EVEN)):
        disk = tmp_path / temper.name.replace(" ", "")
        disk.mkdir(mode=0o700)
        lived = live(policy, temper, 3, days=12)
        assert lived.shown and lived == live(policy, temper, 3, days=12, disk=disk)


def test_the_same_seed_is_the_same_year() -> None:
    """What comes up does not hang on the policy, and an interval is that of the mean."""
    assert live("always", EVEN, 4, days=6).chances == live("learning", EVEN, 4, days=6).chances
    middle, half = interval([0.0, 1.0])
    assert middle == 0.5 and abs(half - 1.96 * 0.5) < 1e-9
