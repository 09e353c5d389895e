"""Learning: a pure function of history, calibrated, forgetting, and below the user's rules."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from builders import START
from hypothesis import given, settings
from hypothesis import strategies as st

from samantha.api.testing import document, mail
from samantha.core.holding import still_holding
from samantha.core.learning import (
    FORGOTTEN,
    KIND,
    RULED,
    STRENGTHS,
    TRIAL_AFTER,
    Learned,
    Observation,
    Rules,
    Subject,
    learn,
    silence_says,
    subject_of,
)
from samantha.core.levels import SURE

BILL = Subject("bills/bill", "shop@x.example")
OTHER = Subject("bills/bill", "tax@y.example")


def seen(
    subject: Subject, wanted: bool, times: int = 1, *, days: float = 1, confidence: float = 0.6
) -> list[Observation]:
    one = Observation(subject, confidence, wanted, 1.0, START - timedelta(days=days))
    return [one] * times


observations = st.lists(
    st.builds(
        Observation,
        st.builds(
            Subject,
            st.sampled_from(["a/k", "b/k"]),
            st.sampled_from(["", "x@x.example", "y@y.example"]),
            st.sampled_from(["", "/home/a"]),
        ),
        st.floats(0, 1),
        st.booleans(),
        st.floats(0, 1),
        st.timedeltas(timedelta(days=-400), timedelta()).map(lambda age: START + age),
    ),
    max_size=40,
)


@settings(deadline=None)
@given(st.floats(0, 1))
def test_without_history_the_plugins_own_confidence_counts(confidence: float) -> None:
    """A cold start changes nothing and claims nothing."""
    estimate = learn([], START).estimate(BILL, confidence)
    assert (estimate.chance, estimate.weight, estimate.reason) == (confidence, 0.0, "")


@settings(deadline=None)
@given(observations, st.randoms(use_true_random=False), st.floats(0.02, 0.98))
def test_what_is_learned_is_a_chance_and_no_order_matters(
    history: list[Observation], shuffled: random.Random, confidence: float
) -> None:
    """Any history gives a probability; told in another order it gives the same."""
    mixed = list(history)
    shuffled.shuffle(mixed)
    learned, again = learn(history, START), learn(mixed, START)
    for subject in {one.subject for one in history}:
        chance = learned.estimate(subject, confidence).chance
        assert 0 < chance < 1
        assert chance == pytest.approx(again.estimate(subject, confidence).chance)


@settings(deadline=None)
@given(observations, st.floats(0.05, 0.95), st.booleans())
def test_one_answer_more_moves_the_chance_its_way(
    history: list[Observation], confidence: float, wanted: bool
) -> None:
    """A yes never lowers the chance of its kind, a no never raises it."""
    subject = Subject("a/k")
    more = Observation(subject, confidence, wanted, 1.0, START)
    before = learn(history, START).estimate(subject, confidence).chance
    after = learn([*history, more], START).estimate(subject, confidence).chance
    assert after >= before - 1e-9 if wanted else after <= before + 1e-9


def test_each_level_is_a_beta_binomial_around_what_was_foreseen() -> None:
    """At even odds a level is the posterior mean; what is over is left to the next one."""
    kind = Subject("bills/bill")
    noes = [replace(one, at=START) for one in seen(kind, False, 8, confidence=0.5)]
    estimate = learn(noes, START).estimate(kind, 0.5)
    all_, own = (learn(noes, START).levels[depth] for depth in (0, KIND))
    strength = STRENGTHS[0]
    assert all_["everything"].corrected(0.5) == pytest.approx(
        (strength / 2) / (strength + 8), abs=1e-3
    )
    assert own["bills/bill"].foreseen < 8 / 2 and own["bills/bill"].shift < 0
    assert 0.15 > estimate.chance > 0.02
    assert estimate.weight == pytest.approx(8)
    assert estimate.reason == "you wanted 0 of 8 of this kind"
    many = [*seen(kind, False, 30, days=0), *seen(kind, True, 30, days=0, confidence=0.9)]
    learned = learn(many, START)
    expected = 30 * learned.estimate(kind, 0.6).chance + 30 * learned.estimate(kind, 0.9).chance
    assert expected == pytest.approx(30, abs=1.5)


def test_a_person_says_only_what_the_kind_does_not_say_already() -> None:
    """Where all are unwanted alike the person adds little; where one differs, they stand apart and
    somebody new keeps near the plugin's chance."""
    alike = learn([*seen(BILL, False, 10), *seen(OTHER, False, 10)], START)
    assert abs(alike.levels[2][BILL.sender].shift) < abs(alike.levels[KIND]["bills/bill"].shift) / 3
    apart = learn([*seen(BILL, False, 10), *seen(OTHER, True, 10)], START)
    assert apart.estimate(BILL, 0.6).chance < 0.3
    assert apart.estimate(OTHER, 0.6).chance > 0.75
    unknown = Subject("bills/bill", "new@z.example")
    assert 0.4 < apart.estimate(unknown, 0.6).chance < 0.65
    assert "0 of 10 of this kind from them" in apart.estimate(BILL, 0.6).reason


def test_what_is_learned_of_a_person_holds_for_another_kind_less_so() -> None:
    """Whose bills are unwanted is likely unwanted with a meeting too; another's meeting is less."""
    other = [*seen(Subject("dates/meeting", "b@y.example"), True, 6), *seen(OTHER, True, 6)]
    learned = learn([*seen(BILL, False, 6), *other], START)
    theirs, anothers = (
        Subject("dates/meeting", BILL.sender),
        Subject("dates/meeting", "c@z.example"),
    )
    bill = learned.estimate(BILL, 0.6).chance
    assert bill < learned.estimate(theirs, 0.6).chance < learned.estimate(anothers, 0.6).chance


def test_one_no_keeps_nothing_back_and_a_few_do() -> None:
    """Of what a plugin is sure, a single no moves the chance a good way, three below any worth."""
    chances = [learn(seen(BILL, False, n), START).estimate(BILL, 0.7).chance for n in range(4)]
    assert chances[0] == 0.7 and 0.3 < chances[1] < 0.6 and chances[3] < 0.3
    liked = [learn(seen(BILL, True, n), START).estimate(BILL, 0.5).chance for n in range(4)]
    assert liked == sorted(liked) and 0.55 < liked[1] < 0.75 and liked[3] > 0.75


def test_confidence_still_tells_within_a_kind() -> None:
    """What is learned shifts the odds; a surer candidate of the same kind stays the likelier."""
    learned = learn(seen(BILL, False, 6), START)
    assert learned.estimate(BILL, 0.9).chance > learned.estimate(BILL, 0.5).chance


def test_what_is_old_counts_less_and_in_the_end_not_at_all() -> None:
    """What was unwanted long ago is tried again some day."""
    chances = [
        learn(seen(BILL, False, 6, days=days), START).estimate(BILL, 0.6).chance
        for days in (0, 60, 120, 240, 480, FORGOTTEN.days)
    ]
    assert chances == sorted(chances) and chances[0] < 0.15 and chances[-1] == 0.6


def test_a_changed_mind_is_followed_and_an_unchanged_one_not_forgotten() -> None:
    """A few answers against what was said before put it aside; rare ones that agree all count."""
    kind = Subject("bills/bill")
    before = [one for n in range(30) for one in seen(kind, False, days=100 - n)]
    chances = []
    for yeses in range(5):
        after = [one for n in range(yeses) for one in seen(kind, True, days=30 - n)]
        chances.append(learn([*before, *after], START).estimate(kind, 0.6).chance)
    assert chances == sorted(chances) and chances[0] < 0.1 and chances[-1] > 0.5
    rare = [one for n in range(6) for one in seen(kind, False, days=60 * n)]
    assert learn(rare, START).estimate(kind, 0.6).chance < 0.3


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 60), st.booleans(), st.floats(0.01, 1)), max_size=30))
def test_what_came_later_holds_at_least_as_surely(gaps: list[tuple[float, bool, float]]) -> None:
    """Each answer has a probability to hold still, that of a newer one is no lower."""
    day, told = 0.0, []
    for gap, wanted, weight in gaps:
        day += gap
        told.append((day, wanted, weight))
    held = still_holding(tuple(told))
    assert len(held) == len(told) and list(held) == sorted(held)
    assert all(0 <= one <= 1 for one in held)


def test_a_kind_that_is_held_back_is_due_for_a_trial_more_and_more_seldom() -> None:
    """A month after the last no, then after two: and only what is wanted but for its kind."""
    kind = Subject("bills/bill")
    wait = TRIAL_AFTER.days

    def trial(days: list[float], confidence: float = 0.7) -> bool:
        history = [one for day in days for one in seen(kind, False, 3, days=day)]
        return learn(history, START).estimate(kind, confidence).trial

    assert not trial([wait - 1]) and trial([wait])
    assert not trial([2 * wait, wait]) and trial([3 * wait, 2 * wait])
    assert not trial([wait], 0.3)
    assert not learn([], START).estimate(kind, 0.7).trial


def test_silence_says_no_where_no_is_never_said() -> None:
    """Who dismisses may have been away; who never does says it by letting things expire."""
    assert silence_says(0, 40) > 0.95 and silence_says(40, 2) < 0.35
    assert silence_says(0, 0) < silence_says(0, 5) < silence_says(0, 6)
    assert silence_says(5, 5) > silence_says(6, 5)


def test_rules_beat_everything_learned() -> None:
    """A hundred answers against them do not move a rule, and no answers come near one."""
    rules = Rules(frozenset({("bills/bill", "shop@x.example")}), frozenset({"letters/call"}))
    loved = learn(seen(BILL, True, 100), START, rules).estimate(BILL, 0.99)
    assert (loved.chance, loved.weight) == (0.0, RULED) and "shop@x.example" in loved.reason
    call = Subject("letters/call", "shop@x.example")
    hated = learn(seen(call, False, 100), START, rules).estimate(call, 0.01)
    assert (hated.chance, hated.weight) == (1.0, RULED)
    assert learn(seen(BILL, True, 10_000), START).estimate(BILL, 1.0).chance <= SURE
    assert Learned(rules=rules).estimate(OTHER, 0.6).chance == 0.6


def test_a_suggestion_is_about_the_other_side() -> None:
    """Whom a mail came from, whom a sent one went to, where a file lies."""
    came = mail("Hi", sender="Bob@X.example", to=["anna@berg.example"])
    sent = mail("Hi", sender="anna@berg.example", to=["eve@x.example"], folder="sent")
    lies = document("/home/anna/Bills/a.pdf", "Bill")
    assert subject_of("p", "k", [came, lies]) == Subject("p/k", "bob@x.example", "/home/anna/Bills")
    assert subject_of("p", "k", [sent]).sender == "eve@x.example"
    nobody = replace(came, mail=replace(came.mail, sender=None))  # type: ignore[type-var]
    assert subject_of("p", "k", [nobody]) == Subject("p/k")
