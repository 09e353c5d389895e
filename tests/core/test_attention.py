"""Attention decides by an ordered list of checks, each with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samantha.api import UserError, Verdict
from samantha.api.testing import document, mail
from samantha.core.attention import (
    Candidate,
    Policy,
    QuietHours,
    Situation,
    day_start,
    may_ring,
    snooze_until,
)
from samantha.core.checks import (
    BETWEEN_TRIALS,
    TRIAL_MARK,
    URGENT_MARK,
    attend,
    comes_from,
    disturbs,
    worth,
)
from samantha.core.learning import RULED, Estimate
from samantha.core.ports import Offer, OfferState, Presence
from samantha.core.silences import remedy

NOON = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)
POLICY = Policy(zone=ZoneInfo("Europe/Vienna"), budget=3, quiet=QuietHours(time(22), time(7)))
CANDIDATE = Candidate("bills", "bill", 0.9, urgent=False, expires=NOON + timedelta(days=3))


def seen(**presence: Any) -> Situation:
    """Noon, as the desktop tells it."""
    return Situation(NOON, presence=lambda: Presence(**presence))


def test_a_sure_candidate_within_budget_is_shown() -> None:
    """Nothing against it: show, and say that."""
    assert attend(CANDIDATE, Situation(NOON), POLICY).verdict is Verdict.SHOW


ANSWERS: list[tuple[Candidate, Situation, Policy, str, str]] = [
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
    (CANDIDATE, Situation(NOON, shown_this_hour=2), POLICY, Verdict.HOLD, "hour's budget of 2"),
    (CANDIDATE, Situation(NOON, same="the same as offer 7"), POLICY, Verdict.DROP, "offer 7"),
    (CANDIDATE, Situation(NOON, done="you have written"), POLICY, Verdict.DROP, "written"),
    (CANDIDATE, Situation(NOON), replace(POLICY, kinds=frozenset({"x"})), "drop", "kinds"),
    (CANDIDATE, Situation(NOON), replace(POLICY, quiet_days=frozenset({2})), "hold", "day"),
    (
        CANDIDATE,
        Situation(NOON, rests_until=NOON + timedelta(days=2)),
        POLICY,
        Verdict.HOLD,
        "rests until 8 May (rest:bills:bill)",
    ),
    (
        replace(CANDIDATE, estimate=Estimate(0.2, 9, "2 of 10 were wanted"), expires=None),
        Situation(NOON),
        POLICY,
        Verdict.HOLD,
        "not worth an interruption: 20 % that you want it, 2 of 10 were wanted",
    ),
    (
        CANDIDATE,
        Situation(NOON, touched=NOON - timedelta(minutes=4)),
        POLICY,
        Verdict.HOLD,
        "being written",
    ),
    (
        CANDIDATE,
        Situation(NOON, meeting=lambda: NOON + timedelta(minutes=30)),
        POLICY,
        Verdict.HOLD,
        "a meeting until 14:30",
    ),
    (CANDIDATE, seen(do_not_disturb=True), POLICY, Verdict.HOLD, "do not disturb"),
    (CANDIDATE, seen(full_screen=True), POLICY, Verdict.HOLD, "fills the screen"),
    (CANDIDATE, seen(screen_shared=True), POLICY, Verdict.HOLD, "shared or recorded"),
    (CANDIDATE, seen(camera=True), POLICY, Verdict.HOLD, "your camera is on"),
    (CANDIDATE, seen(locked=True), POLICY, Verdict.HOLD, "locked"),
    (CANDIDATE, seen(idle=timedelta(minutes=5)), POLICY, Verdict.HOLD, "away"),
    (CANDIDATE, seen(idle=timedelta(minutes=4), locked=False), POLICY, Verdict.SHOW, "within"),
]


@pytest.mark.parametrize(("candidate", "situation", "policy", "verdict", "words"), ANSWERS)
def test_each_check_answers_with_its_reason(
    candidate: Candidate, situation: Situation, policy: Policy, verdict: str, words: str
) -> None:
    """Every setting changes an outcome, and the reason says which one did."""
    answer = attend(candidate, situation, policy)
    assert answer.verdict == verdict
    assert words in answer.reason


@pytest.mark.parametrize(("candidate", "situation", "policy", "verdict", "words"), ANSWERS)
def test_each_reason_comes_with_what_lifts_it(
    candidate: Candidate, situation: Situation, policy: Policy, verdict: str, words: str
) -> None:
    """Whatever is held or dropped says what to type, and which setting holds it; only what is over
    is over."""
    answer = attend(candidate, situation, policy)
    states = {Verdict.HOLD: OfferState.HELD, Verdict.DROP: OfferState.DROPPED}
    if answer.verdict is Verdict.SHOW:
        return
    offer = Offer(
        7, "t", "bills", "bill", "thing", "Title", "why", (), {}, "A", "", 0.9, urgent=False,
        created=NOON, expires=None, state=states[answer.verdict], verdict=answer.verdict,
        reason=answer.reason,
    )  # fmt: skip
    typed = remedy(offer)
    assert bool(typed) == (answer.reason != "its time has passed")
    named = {"budget of 3": "budget ", "hour's budget": "budget_hour ", "locked": "away_minutes ",
             "camera": "sharing ", "meeting": "meetings ", "quiet hours": "quiet_hours ",
             "40 %": "threshold ", "muted": "muted ", "@shop": "muted_sources "}  # fmt: skip
    for part, setting in named.items():
        assert part not in words or f"attention.{setting}" in typed


def test_a_trial_is_within_the_budget_once_a_week_and_says_so() -> None:
    """What is held back may be tried: not over a budget, not in quiet hours, not twice a week."""
    tried = replace(CANDIDATE, estimate=Estimate(0.1, 9, "1 of 10", trial=True))
    shown = attend(tried, Situation(NOON), POLICY)
    assert shown.verdict is Verdict.SHOW and shown.reason.startswith(TRIAL_MARK)
    week = NOON - BETWEEN_TRIALS
    assert attend(tried, Situation(NOON, tried=week), POLICY).verdict is Verdict.SHOW
    for held in (
        Situation(NOON, tried=week + timedelta(seconds=1)),
        Situation(NOON, shown_today=3),
        Situation(NOON.replace(hour=21)),
        Situation(NOON, paused_until=NOON + timedelta(hours=1)),
    ):
        for urgent in (False, True):
            assert attend(replace(tried, urgent=urgent), held, POLICY).verdict is Verdict.HOLD
    assert (
        attend(replace(tried, estimate=Estimate(0.1, 9)), Situation(NOON), POLICY).verdict == "hold"
    )


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


@pytest.mark.parametrize(
    ("entry", "comes"),
    [
        ("news@shop.example", True),
        ("NEWS@Shop.example", True),
        ("@shop.example", True),
        ("@example", True),
        ("@op.example", False),
        ("shop.example", False),
        ("/home/anna/mail", True),
        ("/home/anna/mai", False),
        ("post", True),
        ("users.lists.example", True),
        ("lists.example", False),
    ],
)
def test_where_a_mail_comes_from(entry: str, comes: bool) -> None:
    """Its folder, source, sender, the sender's domain, the list; no part of a word."""
    found = mail("Buy!", sender="news@shop.example")
    assert found.mail is not None
    header = replace(found.mail, list_id="users.lists.example")
    found = replace(found, path="/home/anna/mail/cur/1", source="post", mail=header)
    assert comes_from(found, entry) is comes
    paper = replace(document("/home/anna/mail/a.txt", "Hello"), source="post")
    assert comes_from(paper, entry) is (comes and entry in ("/home/anna/mail", "post"))


def test_a_rule_of_the_user_beats_what_was_learned_and_how_sure_it_is() -> None:
    """Wanted: neither the threshold, nor a rest, nor the cost holds it. Unwanted: it is dropped."""
    yes = replace(CANDIDATE, confidence=0.1, estimate=Estimate(1.0, RULED, "you always want it"))
    resting = Situation(NOON, rests_until=NOON + timedelta(days=2))
    assert attend(yes, resting, replace(POLICY, cost=1.0)).verdict is Verdict.SHOW
    no = replace(CANDIDATE, urgent=True, estimate=Estimate(0.0, RULED, "never from them"))
    answer = attend(no, Situation(NOON), POLICY)
    assert (answer.verdict, answer.reason) == (Verdict.DROP, "never from them")


@given(st.floats(0, 1), st.integers(0, 100), st.integers(0, 100), st.booleans())
def test_what_presses_more_is_worth_no_less(
    chance: float, near: int, far: int, urgent: bool
) -> None:
    """The nearer its end, the more it is worth, at most the chance that it is wanted."""
    near, far = sorted((near, far))
    one = replace(CANDIDATE, urgent=urgent, estimate=Estimate(chance))
    soon, late, never = (
        worth(replace(one, expires=e), NOON)
        for e in (NOON + timedelta(days=near), NOON + timedelta(days=far), None)
    )
    assert chance >= soon >= late >= never >= 0.6 * chance - 1e-9


def test_the_desktop_says_nothing_where_no_setting_asks_it() -> None:
    """With all its keys off it is not asked, and unknown answers hold nothing."""

    def never_asked() -> Presence:
        raise AssertionError("the desktop was asked")

    off = replace(POLICY, do_not_disturb=False, full_screen=False, sharing=False, away=timedelta())
    assert attend(CANDIDATE, Situation(NOON, presence=never_asked), off).verdict is Verdict.SHOW
    assert attend(CANDIDATE, seen(), POLICY).verdict is Verdict.SHOW


def test_what_disturbs_anything_holds_the_digest_too() -> None:
    """A pause, quiet times, a meeting and the desktop; a used up budget does not."""
    assert disturbs(seen(locked=True), POLICY) == "the screen is locked"
    assert disturbs(Situation(NOON, paused_until=NOON + timedelta(hours=1)), POLICY) == "paused"
    assert disturbs(Situation(NOON, shown_today=9), POLICY) == ""


def test_an_urgent_thing_goes_beyond_the_hour_too_but_not_without_leave() -> None:
    """One exception a day for both budgets, and none where it is switched off."""
    urgent, busy = replace(CANDIDATE, urgent=True), Situation(NOON, 2, shown_this_hour=2)
    assert attend(urgent, busy, POLICY).reason.startswith(URGENT_MARK)
    strict = replace(POLICY, urgent_beyond_budget=False)
    assert attend(urgent, busy, strict).verdict is Verdict.HOLD


def test_a_quiet_day_lets_only_what_was_set_for_it_ring() -> None:
    """A reminder for Saturday comes on Saturday, one that was missed on Friday does not."""
    saturday, friday = NOON + timedelta(days=3), NOON + timedelta(days=2)
    quiet = replace(POLICY, quiet=None, quiet_days=frozenset({5}))
    assert may_ring(saturday, quiet, None, saturday)
    assert not may_ring(saturday, quiet, None, friday) and not may_ring(saturday, quiet, None)


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
