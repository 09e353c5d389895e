"""Threads in which nothing comes: told to a plugin once, on a working morning, after its days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import ALL, ME, Home

from samantha.api import Document, Moment, MomentKind, Quiet
from samantha.api.testing import mail
from samantha.core.engine import LoadedPlugin
from samantha.core.moments import CAUGHT_UP

START = datetime.fromisoformat("2026-03-02T09:00+01:00")
"""A Monday in Vienna."""
BERT, CORA = "bert@else.example", "cora@else.example"
FOUR = Quiet("user", ("question",), 4)
WEDNESDAY = datetime.fromisoformat("2026-03-11T04:00+01:00")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.close()


def asking(text: str, asks: bool) -> list[Any]:
    return [("question", {"due": None}, text)] if asks else []


def sent(
    name: str, hours: float = 0, *, to: str = BERT, asks: bool = True, answers: str = ""
) -> Document:
    text = f"Could you tell me about {name}?" if asks else f"Here is {name}."
    return mail(
        text, sender=ME.addresses[0], to=[to], folder="sent", subject=name,
        message_id=f"<{name}@me>", date=START + timedelta(hours=hours), in_reply_to=answers,
        signals=asking(text, asks),
    )  # fmt: skip


def got(
    name: str, hours: float, *, sender: str = BERT, asks: bool = False, answers: str = ""
) -> Document:
    text = f"What about {name}?" if asks else f"It is {name}."
    return mail(
        text, sender=sender, subject=name, message_id=f"<{name}@them>", to=list(ME.addresses),
        date=START + timedelta(hours=hours), in_reply_to=answers, signals=asking(text, asks),
    )  # fmt: skip


class Told:
    """A plugin that is told of quiet threads, and remembers what it was told."""

    def __init__(self, home: Home, wish: Quiet = FOUR) -> None:
        self.home, self.wish = home, wish
        self.moments: list[Moment] = []
        self.failed, self.fails, self.breaks = 0, False, False

    def call(self, moment: Moment) -> Sequence[Any]:
        self.moments.append(moment)
        self.failed += self.fails
        if self.breaks:
            raise KeyboardInterrupt
        return ()

    def at(self, words: str) -> list[str]:
        """Look at a time in Vienna, as the daemon does; return the subjects that were told."""
        self.home.clock.time = datetime.fromisoformat(f"2026-03-{words}+01:00")
        self.moments.clear()
        now, engine = self.home.clock.now(), self.home.engine
        due = engine.quiet.due(now, {"p": self.wish})
        loaded = LoadedPlugin("p", ALL, self.call, failures=lambda: self.failed)
        engine.all_happened([(loaded, one) for one in due.values()], "trace")
        assert all(one.kind is MomentKind.THREAD_QUIET for one in self.moments)
        return [d.title for one in self.moments for d in one.documents]


# --- what is quiet ------------------------------------------------------------------------------


def left(home: Home, author: str, since: float = -1, until: float = 99) -> list[str]:
    times = {"since": START + timedelta(hours=since), "until": START + timedelta(hours=until)}
    found = home.index.quiet(("question", "request"), author=author, **times)
    return [d.title for d in found]


def test_a_thread_is_quiet_until_the_other_side_writes(home: Home) -> None:
    """An answer ends the quiet; one's own second mail does not."""
    home.put(
        *[
            sent("open", 0),
            sent("more", 1, asks=False, answers="<open@me>"),
            sent("answered", 0),
            got("answer", 1, answers="<answered@me>"),
            sent("tells", 0, asks=False),
        ]
    )
    assert left(home, "user") == ["open"]


def test_a_question_to_the_user_is_quiet_until_they_answer(home: Home) -> None:
    """What the user has answered is over; what others add is not an answer of theirs."""
    home.put(
        *[
            got("open", 0, asks=True),
            got("added", 1, sender=CORA, answers="<open@them>"),
            got("done", 2, asks=True),
            sent("reply", 3, asks=False, answers="<done@them>"),
        ]
    )
    assert left(home, "other") == ["open"]


@pytest.mark.parametrize(("since", "until", "found"), [(0, 1, ["a"]), (0.5, 2, ["b"]), (3, 4, [])])
def test_quiet_looks_at_a_stretch_of_time(
    home: Home, since: float, until: float, found: list[str]
) -> None:
    """A day's look costs what fell due that day, not the whole mailbox."""
    home.put(sent("a", 0), sent("b", 1))
    assert left(home, "user", since, until) == found


# --- when it is told ----------------------------------------------------------------------------


def test_a_thread_is_told_of_once_on_the_morning_after_its_days(home: Home) -> None:
    """Not in the night before, not twice, not after a restart."""
    home.put(sent("open"))
    plugin = Told(home)
    assert plugin.at("06T05:00") == []
    assert plugin.at("09T03:59") == []
    assert plugin.at("09T04:00") == ["open"]
    assert plugin.at("09T12:00") == [] and plugin.at("10T04:00") == []
    home.restart()
    assert plugin.at("10T09:00") == []


def test_what_was_answered_meanwhile_is_not_told(home: Home) -> None:
    """The other side has the last word until the morning itself."""
    home.put(sent("open"), sent("answered"))
    plugin = Told(home)
    assert plugin.at("06T05:00") == []
    home.put(got("answer", 90, answers="<answered@me>"))
    assert plugin.at("09T08:00") == ["open"]


def test_weekends_are_quiet(home: Home) -> None:
    """Nobody is chased on a Saturday or Sunday; Monday makes up for it."""
    home.put(sent("open", 24))
    plugin = Told(home)
    assert plugin.at("07T10:00") == [] and plugin.at("08T10:00") == []
    assert not home.engine.quiet.pending(home.clock.now(), {"p": FOUR})
    assert plugin.at("09T04:00") == [] and plugin.at("10T04:00") == ["open"]


@pytest.mark.parametrize(("slept", "found"), [(CAUGHT_UP, ["open"]), (CAUGHT_UP + 2, [])])
def test_after_a_sleep_some_days_are_made_up_for(home: Home, slept: int, found: list[str]) -> None:
    """A holiday is caught up with, what was quiet for weeks before is not spoken of."""
    home.put(sent("open"))
    plugin = Told(home)
    assert plugin.at(f"{9 + slept:02}T04:00" if slept < 5 else "16T04:00") == found


def test_another_number_of_days_neither_repeats_nor_leaves_out(home: Home) -> None:
    """Fewer days tell at once of what lies between; more days tell nothing anew."""
    home.put(sent("monday"), sent("wednesday", 48), sent("later", 169))
    plugin = Told(home)
    assert plugin.at("10T04:00") == ["monday"]
    plugin.wish = Quiet("user", ("question",), 2)
    assert plugin.at("10T05:00") == ["wednesday"]
    assert plugin.at("11T04:00") == [] and plugin.at("12T04:00") == ["later"]
    plugin.wish = FOUR
    assert [plugin.at(f"{day}T04:00") for day in (13, 16, 17)] == [[], [], []]


def test_a_plugin_that_fails_is_told_again(home: Home) -> None:
    """Until it has an answer, or the days are over that a morning makes up for."""
    home.put(sent("open"))
    plugin = Told(home)
    plugin.fails = True
    assert plugin.at("09T04:00") == ["open"] and plugin.at("09T04:01") == ["open"]
    plugin.fails = False
    assert plugin.at("09T04:02") == ["open"] and plugin.at("09T04:03") == []


def test_what_was_broken_off_is_told_again(home: Home) -> None:
    """Nothing was kept of what the plugin said, so the next look tells it, without a restart."""
    home.put(sent("open"))
    plugin = Told(home)
    plugin.breaks = True
    with pytest.raises(KeyboardInterrupt):
        plugin.at("09T04:00")
    plugin.breaks = False
    assert plugin.at("09T04:01") == ["open"] and plugin.at("09T04:02") == []


def test_the_daemon_looks_once_a_morning(home: Home) -> None:
    """Where nothing went quiet there is nothing to look for until the next working day."""
    plugin = Told(home)
    assert plugin.at("09T04:00") == []
    assert not home.engine.quiet.pending(home.clock.now(), {"p": FOUR})
    home.clock.pass_(days=1)
    assert home.engine.quiet.pending(home.clock.now(), {"p": FOUR})
