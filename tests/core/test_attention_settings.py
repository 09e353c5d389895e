"""Every key of [attention] changes an outcome: a setting that no test can see fails here."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import Home, filing, suggestion

from samantha.api import Suggestion
from samantha.app.config import Attention, Config
from samantha.app.first_config import TEMPLATE
from samantha.core.digest import Digests
from samantha.core.learning import Estimate
from samantha.core.ports import Offer, Presence

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
NIGHT = datetime(2026, 3, 2, 23, tzinfo=UTC)
SATURDAY = datetime(2026, 3, 7, 10, tzinfo=UTC)


class Life:
    """A home that lives under one setting, and what can happen in it."""

    def __init__(self, root: Path, **attention: object) -> None:
        values = {"budget": 12, **attention}
        self.config = Config.model_validate({"user": {"zone": "UTC"}, "attention": values})
        self.home = Home(root, policy=self.config.policy())
        self.home.clock.time = MONDAY
        self.presence = Presence()
        self.meeting: datetime | None = None
        self.chance = 0.9
        self.number = 0
        self.home.wire(
            presence=lambda: self.presence,
            meeting=lambda: self.meeting,
            chance=lambda plugin, suggestion, sources: Estimate(self.chance, 5.0, "learned"),
        )

    def made(self, **more: Any) -> Suggestion:
        self.number += 1
        source = self.home.file(f"{self.number}.txt", f"Dear Ann, this is {self.number}.")
        action = filing(self.home, source, f"filed {self.number}.txt")
        return suggestion(source, action, **{"expires": None, **more})

    def offer(self, **more: Any) -> Offer:
        (offer,) = self.home.suggest(self.made(**more))
        return offer

    def verdict(self, **more: Any) -> str:
        return str(self.offer(**more).verdict)


def after(count: int, *, minutes: int, urgent: bool = False) -> Callable[[Life], str]:
    """What becomes of a thing after so many were shown, so long after each other."""

    def outcome(life: Life) -> str:
        for _ in range(count):
            assert life.verdict() == "show"
            life.home.clock.pass_(minutes=minutes)
        return life.verdict(urgent=urgent)

    return outcome


def kept_quiet(**presence: Any) -> Callable[[Life], str]:
    def outcome(life: Life) -> str:
        life.presence = Presence(**presence)
        return life.verdict()

    return outcome


def at(moment: datetime) -> Callable[[Life], str]:
    def outcome(life: Life) -> str:
        life.home.clock.time = moment
        return life.verdict()

    return outcome


def in_a_meeting(life: Life) -> str:
    life.meeting = MONDAY + timedelta(hours=1)
    return life.verdict()


def after_dismissals(count: int, days: float) -> Callable[[Life], str]:
    def outcome(life: Life) -> str:
        for _ in range(count):
            life.home.decisions.dismiss(life.offer().id, via="test")
        life.home.clock.pass_(days=days)
        return life.verdict()

    return outcome


def while_writing(life: Life) -> str:
    made = life.made()
    path = life.home.documents / f"{life.number}.txt"
    document = life.home.file(path.name, "Dear Ann, better.", modified=MONDAY)
    life.home.engine.sources_changed([document.id])
    life.home.clock.pass_(minutes=2)
    (offer,) = life.home.suggest(suggestion(document, made.action))
    return str(offer.verdict)


def from_a_shop(life: Life) -> str:
    document = life.home.mail("Buy now!", sender="News@Mail.Shop.example")
    made = life.made()
    (offer,) = life.home.suggest(
        suggestion(document, made.action, sources=(document.id, *made.sources))
    )
    return str(offer.verdict)


def in_the_evening(life: Life) -> str:
    life.presence = Presence(locked=True)
    life.offer()
    life.presence = Presence()
    life.home.clock.time = MONDAY.replace(hour=19)
    hour = life.config.attention.digest
    digests = Digests(
        life.home.state,
        life.home.clock,
        life.config.zone(),
        time.fromisoformat(hour) if hour else None,
        life.home.engine.disturbed,
    )
    return "digest" if digests.due() else "none"


def worth(chance: float, **more: Any) -> Callable[[Life], str]:
    def outcome(life: Life) -> str:
        life.chance = chance
        return life.verdict(**more)

    return outcome


CASES: dict[str, tuple[object, object, Callable[[Life], str], tuple[str, str]]] = {
    "budget": (2, 3, after(2, minutes=61), ("hold", "show")),
    "budget_hour": (2, 3, after(2, minutes=1), ("hold", "show")),
    "urgent_beyond_budget": (False, True, after(8, minutes=1, urgent=True), ("hold", "show")),
    "quiet_hours": ("22:00-07:00", "", at(NIGHT), ("hold", "show")),
    "quiet_days": (("saturday",), ("sunday",), at(SATURDAY), ("hold", "show")),
    "digest": ("18:00", "20:00", in_the_evening, ("digest", "none")),
    "kinds": (("bills",), ("p/k",), lambda life: life.verdict(), ("drop", "show")),
    "muted": (("p/k",), ("p/other",), lambda life: life.verdict(), ("drop", "show")),
    "muted_sources": (("@shop.example",), ("@ship.example",), from_a_shop, ("drop", "show")),
    "threshold": (0.95, 0.5, worth(0.9), ("drop", "show")),
    "cost": (0.5, 0.3, worth(0.7), ("hold", "show")),
    "cooldown_after": (2, 3, after_dismissals(2, 1), ("hold", "show")),
    "cooldown_days": (9, 8, after_dismissals(3, 8.2), ("hold", "show")),
    "do_not_disturb": (True, False, kept_quiet(do_not_disturb=True), ("hold", "show")),
    "full_screen": (True, False, kept_quiet(full_screen=True), ("hold", "show")),
    "sharing": (True, False, kept_quiet(screen_shared=True), ("hold", "show")),
    "meetings": (True, False, in_a_meeting, ("hold", "show")),
    "away_minutes": (9, 11, kept_quiet(idle=timedelta(minutes=10)), ("hold", "show")),
    "writing_minutes": (3, 1, while_writing, ("hold", "show")),
}
"""Of each key: a value, another one, what happens, and what becomes of it under either."""


@pytest.mark.parametrize("key", Attention.model_fields)
def test_every_setting_changes_an_outcome(key: str, tmp_path: Path) -> None:
    """Under one value it comes out this way, under another that way; all else is the same."""
    assert key in CASES, f"no test can see that attention.{key} does anything"
    one, other, happens, expected = CASES[key]
    outcomes = []
    for number, value in enumerate((one, other)):
        life = Life(tmp_path / str(number), **{key: value})
        try:
            outcomes.append(happens(life))
        finally:
            life.home.close()
    assert tuple(outcomes) == expected


def test_every_case_is_of_a_setting() -> None:
    """A key that was taken away takes its case with it."""
    assert set(CASES) == set(Attention.model_fields)


def test_every_setting_is_told_with_its_default() -> None:
    """docs/attention.md has a row of each key, and the first config.toml a line."""
    page = (Path(__file__).parents[2] / "docs/attention.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", page, re.M))
    assert set(rows) == set(Attention.model_fields)
    for key, told in rows.items():
        default = Attention.model_fields[key].default
        written = str(list(default) if isinstance(default, tuple) else default)
        shown = f'"{default}"' if isinstance(default, str) else written.replace("True", "true")
        assert told == shown or default is None, f"{key}: {told} is not {shown}"
        assert re.search(rf"^(# )?{key} = ", TEMPLATE, re.M), f"{key} is not in the first one"
