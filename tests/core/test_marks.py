"""Where a threshold starts: the marks of the setup move it, as far as they save mistakes."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest
from builders import Home, filing, suggestion
from hypothesis import given
from hypothesis import strategies as st

from samantha.api import Verdict
from samantha.core.attention import Policy
from samantha.core.learning import Estimate
from samantha.core.marks import HIGHEST, LOWEST, STEP, Mark, starts
from samantha.core.silences import remedy

YES, NO = True, False


def marked(*marks: tuple[float, bool]) -> float | None:
    start = starts([Mark("p/k", confidence, wanted) for confidence, wanted in marks], 0.5).get(
        "p/k"
    )
    return None if start is None else start.threshold


@pytest.mark.parametrize(
    ("marks", "threshold"),
    [
        ([], None),
        ([(0.7, NO), (0.7, NO)], None),
        ([(0.7, NO)] * 3, 0.71),
        ([(0.7, NO)] * 3 + [(0.8, YES)], 0.71),
        ([(0.7, NO)] * 3 + [(0.7, YES)], None),
        ([(0.4, YES)] * 2, 0.4),
        ([(0.4, YES), (0.4, YES), (0.45, NO)], None),
        ([(0.9, YES), (0.3, NO)], None),
        ([(0.99, NO)] * 20, None),
        ([(0.01, YES)] * 20, None),
    ],
)
def test_the_fewest_mistakes_with_the_marks_decide(
    marks: list[tuple[float, bool]], threshold: float | None
) -> None:
    """To move it by a tenth must save a mistake; what lies beyond the bounds moves nothing."""
    assert marked(*marks) == threshold


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30))
def test_it_stays_in_bounds_and_is_worth_its_way(marks: list[tuple[float, bool]]) -> None:
    """Whatever was marked: within the bounds, and never moved further than mistakes were saved."""

    def mistakes(threshold: float) -> int:
        return sum(wanted != (confidence >= threshold) for confidence, wanted in marks)

    found = marked(*marks)
    if found is not None:
        assert LOWEST <= found <= HIGHEST
        assert mistakes(0.5) - mistakes(found) >= abs(found - 0.5) / STEP - 1e-6


def test_a_kind_starts_where_the_marks_put_it_and_the_reason_says_so(tmp_path: Path) -> None:
    """Under a started threshold of 0.71 a confidence of 0.7 is dropped and one of 0.72 shown; of
    another kind 0.7 is enough. The key is to let the marks go."""
    kinds = {"p/k": 0.71}
    home = Home(tmp_path, policy=Policy(zone=UTC, budget=1_000, started=kinds.get))
    home.wire(chance=lambda plugin, one, sources: Estimate(one.confidence))
    verdicts = []
    for number, (kind, confidence) in enumerate((("k", 0.7), ("k", 0.72), ("other", 0.7))):
        paper = home.file(f"{number}.txt", f"Dear Ann, {number}.")
        made = suggestion(paper, filing(home, paper, str(number)), kind=kind, confidence=confidence)
        verdicts += home.suggest(made)
    assert [one.verdict for one in verdicts] == [Verdict.DROP, Verdict.SHOW, Verdict.SHOW]
    assert verdicts[0].reason == "not sure enough: 70 %, needs 71 % after your marks in the setup"
    assert remedy(verdicts[0]) == "samantha learn reset p/k"
    home.close()
