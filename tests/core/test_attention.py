"""Attention decides by an ordered list of checks, each with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samantha.api import UserError, Verdict
from samantha.core.attention import (
    Candidate,
    Policy,
    QuietHours,
    Situation,
    day_start,
    may_ring,
    snooze_until,
)
from samantha.core.checks import attend

NOON = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)
POLICY = Policy(zone=ZoneInfo("Europe/Vienna"), budget=3, quiet=QuietHours(time(22), time(7)))
CANDIDATE = Candidate("bills", "bill", 0.9, urgent=False, expires=NOON + timedelta(days=3))


def test_a_sure_candidate_within_budget_is_shown() -> None:
    """Nothing against it: show, and say that."""
    assert attend(CANDIDATE, Situation(NOON), POLICY).verdict is Verdict.SHOW


@pytest.mark.parametrize(
    ("candidate", "situation", "policy", "verdict", "words"),
    [
        (replace(CANDIDATE, expires=NOON), Situation(NOON), POLICY, Verdict.DROP, "passed"),
        (CANDIDATE, Situation(NOON, suppressed="dismissed"), POLICY, Verdict.DROP, "dismissed"),
        (CANDIDATE, Situation(NOON), replace(POLICY, muted=frozenset({"bills"})), "drop", "muted"),
        (
            CANDIDATE,
            Situation(NOON),
            replace(POLICY, muted=frozenset({"bills/bill"})),
            Verdict.DROP,
            "muted",
        ),
        (replace(CANDIDATE, confidence=0.4), Situation(NOON), POLICY, Verdict.DROP, "40 %"),
        (
            CANDIDATE,
            Situation(NOON, paused_until=NOON + timedelta(hours=1)),
            POLICY,
            Verdict.HOLD,
            "paused",
        ),
        (CANDIDATE, Situation(NOON.replace(hour=21)), POLICY, Verdict.HOLD, "quiet hours"),
        (CANDIDATE, Situation(NOON, shown_today=3), POLICY, Verdict.HOLD, "budget of 3"),
    ],
)
def test_each_check_answers_with_its_reason(
    candidate: Candidate, situation: Situation, policy: Policy, verdict: str, words: str
) -> None:
    """Every setting changes an outcome, and the reason says which one did."""
    answer = attend(candidate, situation, policy)
    assert answer.verdict == verdict
    assert words in answer.reason


def test_an_urgent_thing_breaks_the_budget_once_a_day_and_says_so() -> None:
    """The stated exception, and no second one."""
    urgent = replace(CANDIDATE, urgent=True)
    first = attend(urgent, Situation(NOON, shown_today=3), POLICY)
    assert first.verdict is Verdict.SHOW
    assert first.reason.startswith("urgent:")
    second = attend(urgent, Situation(NOON, 4, urgent_over_budget_today=1), POLICY)
    assert second.verdict is Verdict.HOLD


def test_a_budget_of_nothing_is_never_broken() -> None:
    """Somebody who wants no notifications gets none, urgent or not."""
    urgent = replace(CANDIDATE, urgent=True)
    assert attend(urgent, Situation(NOON), replace(POLICY, budget=0)).verdict is Verdict.HOLD


@given(
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    confidence=st.floats(0.5, 1),
    shown=st.integers(0, 6),
    urgent=st.booleans(),
    over=st.integers(0, 2),
)
def test_quiet_hours_and_budget_are_never_broken(
    hour: int, minute: int, confidence: float, shown: int, urgent: bool, over: int
) -> None:
    """Whatever comes, nothing is shown in quiet hours, nor beyond budget plus one."""
    now = NOON.replace(hour=hour, minute=minute)
    candidate = replace(CANDIDATE, confidence=confidence, urgent=urgent, expires=None)
    answer = attend(candidate, Situation(now, shown, over), POLICY)
    local = now.astimezone(POLICY.zone).time()
    if local >= time(22) or local < time(7):
        assert answer.verdict is Verdict.HOLD
    if answer.verdict is Verdict.SHOW:
        assert shown < 3 or (urgent and over == 0)


def test_a_reminder_waits_for_the_end_of_a_pause_and_of_quiet_hours() -> None:
    """One that was missed does not ring at night; one that was set for the night does."""
    night, later = NOON + timedelta(hours=10), NOON + timedelta(hours=1)
    assert may_ring(NOON, POLICY, None, NOON) and may_ring(NOON, POLICY, None)
    assert not may_ring(NOON, POLICY, later, NOON) and may_ring(later, POLICY, later, NOON)
    assert not may_ring(night, POLICY, None, NOON) and not may_ring(night, POLICY, None)
    assert may_ring(night, POLICY, None, night - timedelta(minutes=5))
    assert may_ring(night, replace(POLICY, quiet=None), None, NOON)


def test_the_day_begins_at_the_users_midnight() -> None:
    """The budget is counted over the user's day, not over UTC's."""
    start = day_start(datetime(2026, 5, 6, 22, 30, tzinfo=UTC), ZoneInfo("Europe/Vienna"))
    assert start == datetime(2026, 5, 6, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "back"),
    [
        ("2h", NOON + timedelta(hours=2)),
        ("3d", NOON + timedelta(days=3)),
        ("", datetime(2026, 5, 7, 7, 0, tzinfo=UTC)),
    ],
)
def test_a_snoozed_offer_comes_back_when_it_was_told_to(words: str, back: datetime) -> None:
    """Hours, days, or tomorrow at nine in the user's zone."""
    assert snooze_until(NOON, ZoneInfo("Europe/Vienna"), words) == back


def test_a_day_with_two_midnights_begins_with_the_first() -> None:
    """In Havana clocks go back from one to midnight: the budget does not begin anew."""
    zone = ZoneInfo("America/Havana")
    second = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert second.astimezone(zone).fold == 1
    assert day_start(second, zone) == datetime(2026, 11, 1, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("words", ["2x", "d", "²d", "-1d", "99999999999d", "tomorrow"])
def test_a_length_that_is_none_is_refused(words: str) -> None:
    """A slip of the finger does not put an offer off till tomorrow in silence."""
    with pytest.raises(UserError):
        snooze_until(NOON, ZoneInfo("Europe/Vienna"), words)
