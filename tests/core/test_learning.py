"""Learning: a pure function of history, calibrated, forgetting, and below the user's rules."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from builders import START
from hypothesis import given
from hypothesis import strategies as st

from samantha.api.testing import document, mail
from samantha.core.learning import (
    FORGOTTEN,
    HALF_LIFE,
    RULED,
    STRENGTH,
    SURE,
    Learned,
    Observation,
    Rules,
    Subject,
    learn,
    subject_of,
)

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


@given(st.floats(0, 1))
def test_without_history_the_plugins_own_confidence_counts(confidence: float) -> None:
    """A cold start changes nothing and claims nothing."""
    estimate = learn([], START).estimate(BILL, confidence)
    assert (estimate.chance, estimate.weight, estimate.reason) == (confidence, 0.0, "")


@given(observations, st.randoms(use_true_random=False), st.floats(0.02, 0.98))
def test_what_is_learned_is_a_chance_and_no_order_matters(
    history: list[Observation], shuffled: random.Random, confidence: float
) -> None:
    """Any history gives a probability; told in another order it gives the same."""
    mixed = list(history)
    shuffled.shuffle(mixed)
    for subject in {one.subject for one in history}:
        chance = learn(history, START).estimate(subject, confidence).chance
        assert 0 < chance < 1
        assert chance == pytest.approx(learn(mixed, START).estimate(subject, confidence).chance)


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


def test_a_kind_is_a_beta_binomial_around_what_was_foreseen() -> None:
    """At even odds it is the posterior mean; at others what was seen meets what is expected."""
    kind, days = Subject("bills/bill"), HALF_LIFE.days
    history = [
        *seen(kind, False, 7, days=days, confidence=0.5),
        *seen(kind, True, days=0, confidence=0.5),
    ]
    estimate = learn(history, START).estimate(kind, 0.5)
    assert estimate.chance == pytest.approx((STRENGTH / 2 + 1) / (STRENGTH + 4.5), abs=1e-5)
    assert estimate.weight == pytest.approx(4.5)
    assert estimate.reason == "you wanted 1 of 8 of this kind"
    many = [*seen(kind, False, 200, days=0), *seen(kind, True, 100, days=0, confidence=0.9)]
    learned = learn(many, START)
    expected = 200 * learned.estimate(kind, 0.6).chance + 100 * learned.estimate(kind, 0.9).chance
    assert expected == pytest.approx(100, abs=4)


def test_a_person_says_only_what_the_kind_does_not_say_already() -> None:
    """Where all are unwanted alike the person adds little; where one differs, they stand apart and
    somebody new keeps the plugin's chance."""
    alike = learn([*seen(BILL, False, 10), *seen(OTHER, False, 10)], START)
    kind = alike.levels[0]["bills/bill"].corrected(0.6)
    assert alike.estimate(BILL, 0.6).chance == pytest.approx(kind, abs=0.09)
    apart = learn([*seen(BILL, False, 10), *seen(OTHER, True, 10)], START)
    assert apart.estimate(BILL, 0.6).chance < 0.25
    assert apart.estimate(OTHER, 0.6).chance > 0.75
    unknown = Subject("bills/bill", "new@z.example")
    assert 0.4 < apart.estimate(unknown, 0.6).chance < 0.65
    assert "0 of 10 from them" in apart.estimate(BILL, 0.6).reason


def test_confidence_still_tells_within_a_kind() -> None:
    """What is learned shifts the odds; a surer candidate of the same kind stays the likelier."""
    learned = learn(seen(BILL, False, 6), START)
    assert learned.estimate(BILL, 0.9).chance > learned.estimate(BILL, 0.5).chance


def test_what_is_old_counts_less_and_in_the_end_not_at_all() -> None:
    """A kind that was unwanted is tried again some day, and a changed mind is followed."""
    chances = [
        learn(seen(BILL, False, 6, days=days), START).estimate(BILL, 0.6).chance
        for days in (0, 60, 120, 240, FORGOTTEN.days)
    ]
    assert chances == sorted(chances) and chances[0] < 0.25 and chances[-1] == 0.6
    changed = [*seen(BILL, False, 6, days=180), *seen(BILL, True, 4, days=2)]
    assert learn(changed, START).estimate(BILL, 0.6).chance > 0.6


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
