"""Rank: urgent, then sure, then near its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from builders import suggestion
from hypothesis import given
from hypothesis import strategies as st

from samantha.api import Remind, Suggestion
from samantha.api.testing import document
from samantha.core.rank import rank

NOW = datetime(2026, 5, 1, tzinfo=UTC)
BASE = suggestion(document("/a.txt", "text"), Remind(NOW, "x"))


def make(confidence: float, days: int | None, urgent: bool) -> Suggestion:
    expires = None if days is None else NOW + timedelta(days=days)
    return replace(BASE, confidence=confidence, expires=expires, urgent=urgent)


SOME = st.builds(make, st.floats(0, 1), st.none() | st.integers(-3, 90), st.booleans())


@given(st.lists(SOME, max_size=8))
def test_nothing_is_lost_and_the_order_holds(suggestions: list[Suggestion]) -> None:
    """Each pair stands in the order of urgency, confidence, expiry; ties keep their order."""
    ranked = [s for _, s in rank([("p", s) for s in suggestions], NOW)]
    assert len(ranked) == len(suggestions)
    far = NOW + timedelta(days=100_000)
    keys = [(not s.urgent, -round(s.confidence, 2), s.expires or far) for s in ranked]
    assert keys == sorted(keys)


def test_an_urgent_guess_comes_before_a_sure_thing_that_can_wait() -> None:
    """The bill of today stands before the letters of next month."""
    urgent, sure = make(0.6, 1, True), make(0.99, 1, False)
    assert rank([("a", sure), ("b", urgent)], NOW) == [("b", urgent), ("a", sure)]


def test_of_two_equally_sure_the_one_that_ends_sooner_comes_first() -> None:
    """A deadline tomorrow stands before one next week, and before none at all."""
    soon, later, never = make(0.8, 1, False), make(0.8, 7, False), make(0.8, None, False)
    ranked = rank([("p", never), ("p", later), ("p", soon)], NOW)
    assert [s for _, s in ranked] == [soon, later, never]
