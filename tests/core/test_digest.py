"""One notification a day with what was held; nothing held, no digest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from builders import Home, filing, suggestion

from samantha.core.digest import Digests
from samantha.core.ports import Presence

EVENING = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
"""18:00 in Vienna."""


class Evening:
    """A home whose screen is locked, so that all is held, and its digests."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.home.wire(presence=lambda: Presence(locked=True))
        self.reason = ""
        self.number = 0
        self.digests = self.with_hour(time(18))

    def with_hour(self, hour: time | None) -> Digests:
        zone = ZoneInfo("Europe/Vienna")
        state, clock = self.home.state, self.home.clock
        return Digests(state, clock, zone, hour, lambda: self.reason)

    def hold(self, **more: object) -> None:
        self.number += 1
        paper = self.home.file(f"{self.number}.txt", f"Dear Ann, {self.number}.")
        made = suggestion(paper, filing(self.home, paper, f"f{self.number}"), **more)
        self.home.suggest(made)

    def look(self, moment: datetime) -> list[str]:
        """What the daemon does at a look: the titles on the card, or nothing."""
        self.home.clock.time = moment
        digest = self.digests.due()
        if digest is None:
            return []
        self.digests.shown(digest)
        return digest.card().body.splitlines()


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    made = Evening(tmp_path)
    yield made
    made.home.close()


def test_it_comes_once_at_the_users_hour(evening: Evening) -> None:
    """Not before, at the first look after, and not again that day."""
    evening.hold(title="A bill")
    assert evening.look(EVENING - timedelta(minutes=1)) == []
    assert evening.look(EVENING) == ["A bill", "To read them, type: samantha digest"]
    evening.hold(title="Another")
    assert evening.look(EVENING + timedelta(hours=2)) == []
    assert "Another" in evening.look(EVENING + timedelta(days=1))


def test_a_day_without_anything_new_has_none(evening: Evening) -> None:
    """Nothing held, or only what stood in the last one: silence, also if something comes later."""
    assert evening.look(EVENING) == []
    evening.hold()
    assert evening.look(EVENING + timedelta(minutes=5)) == []
    tomorrow = EVENING + timedelta(days=1)
    assert evening.look(tomorrow) != []
    assert evening.look(tomorrow + timedelta(days=1)) == []
    assert len(evening.digests.held().older) == 1


def test_one_that_falls_into_a_meeting_waits_for_its_end(evening: Evening) -> None:
    """It comes when nothing is in its way, that day; the day after is another one."""
    evening.hold()
    evening.reason = "a meeting until 19:00"
    assert evening.look(EVENING) == []
    evening.reason = ""
    assert evening.look(EVENING + timedelta(hours=1)) != []
    evening.hold(title="Late")
    evening.reason = "paused"
    assert evening.look(EVENING + timedelta(days=1)) == []
    evening.reason = ""
    assert evening.look(EVENING + timedelta(days=1, hours=10)) == []
    assert "Late" in evening.look(EVENING + timedelta(days=2))


def test_a_restart_and_a_clock_that_is_set_back_bring_no_second_one(evening: Evening) -> None:
    """That it was shown lies in the state, by the user's day."""
    evening.hold()
    assert evening.look(EVENING) != []
    evening.home.restart()
    evening.digests = evening.with_hour(time(18))
    evening.hold(title="New")
    assert evening.look(EVENING + timedelta(hours=1)) == []
    assert evening.look(EVENING - timedelta(days=1)) == []


def test_what_is_over_or_put_off_is_not_in_it(evening: Evening) -> None:
    """An offer that has ended and one that comes back by itself are not told."""
    evening.hold(title="Over", expires=EVENING - timedelta(hours=1))
    evening.hold(title="Put off")
    offer = evening.home.state.offers()[0]
    evening.home.decisions.snooze(offer.id, EVENING + timedelta(days=3), via="test")
    assert evening.look(EVENING) == []


def test_many_are_counted_and_none_is_wanted_at_no_hour(evening: Evening) -> None:
    """Five titles and the number of the rest; without an hour there is no digest."""
    for number in range(7):
        evening.hold(title=f"Thing {number}")
    silent = evening.with_hour(None)
    evening.home.clock.time = EVENING
    assert silent.due() is None
    digest = evening.digests.due()
    assert digest is not None
    card = digest.card()
    assert card.title == "7 things were held back" and "and 2 more" in card.body
    assert card.stays and card.buttons == (("read", "Read"),)
