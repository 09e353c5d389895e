"""The arithmetic behind the quality table."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.quality.figures import Figure, cells, f1, found_share, rate, share, table
from benchmarks.quality.scoring import Counted, Judged, bootstrap_f1, count, poisson, wilson


def items(*groups: tuple[str, int, int, int]) -> list[Judged]:
    """Return items of (group, right, wrong, missed)."""
    found: list[Judged] = []
    for group, tp, fp, fn in groups:
        found += [Judged(group, True, True)] * tp
        found += [Judged(group, False, True)] * fp
        found += [Judged(group, True, False)] * fn
    return found


def test_precision_recall_and_f1_are_what_books_say() -> None:
    """Three right, one wrong, two missed: 3/4, 3/5 and their harmonic mean."""
    counted = count([*items(("a", 3, 1, 2)), Judged("a", False, False)])
    assert counted == Counted(3, 1, 2)
    assert counted.precision == 0.75 and counted.recall == 0.6
    assert counted.f1 == pytest.approx(2 * 0.75 * 0.6 / 1.35)


def test_nothing_said_is_no_division_by_zero() -> None:
    """Who says nothing has precision, recall and F1 of nought."""
    counted = count(items(("a", 0, 0, 3)))
    assert (counted.precision, counted.recall, counted.f1) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962), (1, 1, 0.2065, 1.0)],
)
def test_wilson_intervals_are_those_of_the_tables(
    right: int, total: int, low: float, high: float
) -> None:
    """The interval agrees with published values to four places."""
    assert wilson(right, total) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_a_share_of_nothing_can_be_anything() -> None:
    """Without items the interval is all of it, and the row says that there was none."""
    assert wilson(0, 0) == (0.0, 1.0)
    assert share("s", "w", 0, 0).value is None


def test_counts_have_the_intervals_of_poisson() -> None:
    """No event in a thousand mails may still be 3.7; ten may be 4.8 to 18.4."""
    assert poisson(0) == (0.0, pytest.approx(3.69, abs=0.05))
    assert poisson(10) == (pytest.approx(4.79, abs=0.05), pytest.approx(18.39, abs=0.05))
    assert rate("s", "w", 2, 1_000).value == 2.0


def test_whole_groups_are_drawn_again() -> None:
    """Where one group is all right and one all wrong, the interval reaches from end to end."""
    low, high = bootstrap_f1(items(("a", 20, 0, 0), ("b", 0, 10, 20)))
    assert (low, high) == (0.0, 1.0)
    same = bootstrap_f1(items(*((str(n), 4, 1, 1) for n in range(30))))
    assert same == (pytest.approx(0.8), pytest.approx(0.8))


def test_the_same_items_have_the_same_interval() -> None:
    """Two runs print the same table."""
    given = items(("a", 5, 2, 1), ("b", 3, 3, 3), ("c", 9, 0, 1))
    assert bootstrap_f1(given) == bootstrap_f1(given)


def test_floors_stand_beside_our_figure() -> None:
    """Always saying yes is right as often as there is something; never is nought."""
    given = items(("a", 3, 1, 1))
    figure = f1("s", "w", [*given, *[Judged("b", False, False)] * 4], given)
    assert figure.always == pytest.approx(2 * 4 / (2 * 4 + 5)) and figure.never == 0.0
    assert figure.regex == pytest.approx(0.75)


def test_what_was_never_said_is_not_built() -> None:
    """A signal that no item has is told as not built, and not as a figure of nought."""
    figure = f1("s", "w", items(("a", 0, 0, 3)))
    assert figure.value is None and cells(figure)[3] == "not built"
    assert cells(found_share("s", "w", 0, 0, 12))[3] == "not built"
    assert cells(found_share("s", "w", 0, 3, 12))[3] == "0.0 %"


def test_the_table_is_aligned_and_complete() -> None:
    """Every row has all columns; the first line names them."""
    printed = table(
        [share("one", "a thing", 9, 10, target="≥ 80 %"), Figure("two", "", note="away")]
    )
    head, first, second = printed.splitlines()
    assert head.split()[:4] == ["set", "what", "n", "ours"]
    assert "90.0 %" in first and "≥ 80 %" in first and second.endswith("away")
