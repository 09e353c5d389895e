"""Budgets, quiet times and dismissals over random days, decisions, restarts and clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from builders import Home, filing, suggestion
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samantha.core.attention import Policy, QuietHours
from samantha.core.checks import URGENT_MARK
from samantha.core.ports import Offer, OfferState, Presence

NIGHT = QuietHours(time(22), time(7))
STEPS = [
    "new",
    "new",
    "new",
    "again",
    "edit",
    "tick",
    "snooze",
    "restart",
    "dismiss",
    "never",
    "lock",
]
STEP = st.tuples(
    st.sampled_from([*STEPS, "set back", "lifted"]), st.integers(1, 120), st.booleans()
)
ZONES = ["Europe/Vienna", "America/Havana", "America/Santiago", "Australia/Lord_Howe", "UTC"]
BEGINS = [datetime(2026, 3, 7, 15), datetime(2026, 10, 24, 12), datetime(2026, 11, 1)]


class Watched:
    """A home in which things happen, and a record of its own of all that was shown."""

    def __init__(self, root: Path, policy: Policy, begin: datetime) -> None:
        self.policy = policy
        self.home = Home(root, policy=policy)
        self.home.clock.time = begin.replace(tzinfo=UTC)
        self.locked = False
        self.home.wire(presence=lambda: Presence(locked=self.locked))
        self.shown: list[tuple[datetime, str]] = []
        self.beyond: dict[date, set[str]] = {}
        self.unwanted: set[str] = set()
        self.never: set[str] = set()
        self.number = 0

    # --- what happens -----------------------------------------------------------------------

    def live(self) -> list[Offer]:
        return [*self.home.state.offers([OfferState.OPEN, OfferState.HELD])]

    def propose(self, name: str, version: int, *, urgent: bool) -> None:
        source = self.home.file(f"{name}.txt", f"Dear Ann, {version}.")
        action = filing(self.home, source, f"filed {name}.txt")
        kind = "odd" if self.number % 2 else "even"
        self.home.suggest(suggestion(source, action, urgent=urgent, kind=kind))

    def step(self, step: str, minutes: int, urgent: bool) -> None:
        long = {"set back": -2, "tick": 8, "restart": 4}.get(step, 1)
        self.home.clock.pass_(minutes=long * minutes)
        before = len(self.home.board.posted)
        already = {o.thing for o in self.home.state.offers([OfferState.OPEN])}
        self.number += 1
        offers = self.live()
        if step == "new":
            self.propose(str(self.number), 0, urgent=urgent)
        elif step in ("again", "edit"):
            self.propose("0", self.number if step == "edit" else 0, urgent=urgent)
        elif step == "restart":
            self.home.restart()
            self.home.engine.repost()
        elif step == "lock":
            self.locked = not self.locked
        elif offers and step == "snooze":
            until = self.home.clock.now() + timedelta(minutes=minutes)
            self.home.decisions.snooze(offers[0].id, until, via="test")
        elif offers and step == "dismiss":
            self.home.decisions.dismiss(offers[-1].id, via="test")
            self.unwanted.add(offers[-1].thing)
        elif offers and step == "never" and urgent:
            self.home.decisions.never(offers[0].id, via="test")
            self.never.add(offers[0].kind)
        elif step == "lifted":
            for kind in ("odd", "even"):
                self.home.state.lift(f"rest:p:{kind}")
        self.home.engine.release()
        for card in self.home.board.posted[before:]:
            offer = self.home.state.offer(int(card.key.removeprefix("offer-")))
            assert offer is not None
            self.look_at(offer, in_view=offer.thing in already)

    # --- what must hold ---------------------------------------------------------------------

    def look_at(self, offer: Offer, *, in_view: bool) -> None:
        now = self.home.clock.now()
        local = now.astimezone(self.policy.zone)
        assert not self.locked, "shown while the screen is locked"
        assert time(7) <= local.time() < time(22), f"shown at {local}"
        assert local.weekday() != 6, f"shown on a quiet day, {local}"
        assert offer.thing not in self.unwanted, "shown after a no"
        assert offer.kind not in self.never, "shown of a kind that is never wanted"
        if in_view:
            return  # A new version of, or the same, card that is there already.
        today = {
            t for at, t in self.shown if at.astimezone(self.policy.zone).date() == local.date()
        }
        hour = {t for at, t in self.shown if now - timedelta(hours=1) <= at <= now}
        self.shown.append((now, offer.thing))
        over_day = len(today - {offer.thing}) >= self.policy.budget
        over_hour = len(hour - {offer.thing}) >= self.policy.per_hour
        if over_day or over_hour:
            assert offer.urgent and self.policy.urgent_beyond_budget and self.policy.budget > 0
            assert offer.reason.startswith(URGENT_MARK), "goes beyond a budget and does not say so"
            self.beyond.setdefault(local.date(), set()).add(offer.thing)
            assert len(self.beyond[local.date()]) == 1, "a second exception in a day"


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(STEP, min_size=8, max_size=30),
    st.sampled_from(ZONES),
    st.sampled_from(BEGINS),
    st.integers(0, 3),
    st.integers(1, 2),
    st.booleans(),
)
def test_budgets_quiet_times_and_a_no_hold_whatever_happens(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[str, int, bool]],
    zone: str,
    begin: datetime,
    budget: int,
    per_hour: int,
    urgent_beyond: bool,
) -> None:
    """Per day and per hour no more than the budget, but for one urgent thing a day that says so.

    Nothing in quiet hours, on a quiet day or on a locked screen; nothing that was dismissed, nor of
    a kind that is never wanted.
    """
    policy = Policy(
        ZoneInfo(zone),
        budget,
        NIGHT,
        budget_hour=per_hour,
        quiet_days=frozenset({6}),
        urgent_beyond_budget=urgent_beyond,
    )
    watched = Watched(tmp_path_factory.mktemp("home"), policy, begin)
    try:
        for step, minutes, urgent in steps:
            watched.step(step, minutes, urgent)
    finally:
        watched.home.close()
