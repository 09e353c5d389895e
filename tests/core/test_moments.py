"""Wakes: a plugin is asked again at the time it wished for, about what it named, once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import START, Home, filing, suggestion

from samantha.adapters.sqlite import StorageFull
from samantha.api import Document, DocumentId, Moment, MomentKind, Silence, Wake
from samantha.core.admit import Permissions
from samantha.core.engine import LoadedPlugin
from samantha.core.learning import Estimate
from samantha.core.moments import AT_ONCE, MOST_DOCUMENTS, MOST_WAKES, SOONEST
from samantha.core.ports import Offer

HOUR = timedelta(hours=1)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.close()


class Sleeper:
    """A plugin that says what it is told to, and remembers the moments it was asked about."""

    def __init__(self, home: Home, *answers: Any, reads: Sequence[str] = ("files", "mail")) -> None:
        self.home, self.answers, self.moments = home, answers, list[Moment]()
        self.failed, self.fails, self.proposes = 0, False, False
        self.permissions = Permissions(tuple(reads), ("move_file",))

    def call(self, moment: Moment) -> Sequence[Any]:
        self.moments.append(moment)
        self.failed += self.fails
        if self.proposes:
            return [suggestion(d, filing(self.home, d)) for d in moment.documents]
        return () if self.fails else self.answers

    def loaded(self) -> LoadedPlugin:
        return LoadedPlugin("p", self.permissions, self.call, failures=lambda: self.failed)

    def answer(self, *answers: Any) -> None:
        """Let a day begin on which it says this, and say nothing from then on."""
        self.answers = answers
        self.home.engine.happened(Moment(MomentKind.DAY, self._now()), [self.loaded()], "trace")
        self.answers = ()
        self.moments.clear()

    def look(self) -> list[Offer]:
        """Let the engine wake it, as the daemon's look does."""
        due = self.home.engine.wakes.due(self._now(), ["p"])
        return self.home.engine.all_happened([(self.loaded(), m) for m in due.values()], "trace")

    def woken(self) -> list[str]:
        """Return the things it is woken about now."""
        self.moments.clear()
        self.look()
        return [wake.thing for one in self.moments for wake in one.wakes]

    def _now(self) -> datetime:
        return self.home.clock.now()


def wake(document: Document, thing: str = "a thing", at: datetime = START + HOUR) -> Wake:
    return Wake(at, thing, (document.id,))


def refusals(home: Home) -> list[str]:
    lines = home.state.audit_lines("trace")
    return [str(x.detail["reason"]) for x in lines if x.arrow == "refused"]


def test_a_plugin_is_asked_at_the_time_it_wished_for(home: Home) -> None:
    """Not before, with the documents as they are then, over a restart, once; and it may propose."""
    letter = home.file("a.txt", "Dear Ann, hello.")
    plugin = Sleeper(home)
    plugin.answer(wake(letter))
    home.clock.pass_(minutes=59)
    assert plugin.look() == [] and plugin.moments == []
    home.restart()
    home.file("a.txt", "Dear Ann, hello again.")
    home.clock.pass_(minutes=1)
    now = home.index.document(letter.id)
    assert now is not None
    plugin.answers = (suggestion(now, filing(home, now)),)
    (offer,) = plugin.look()
    assert offer.plugin == "p"
    (moment,) = plugin.moments
    assert moment.kind is MomentKind.TIME_REACHED and moment.now == START + HOUR
    assert moment.wakes == (wake(letter),)
    assert [d.text for d in moment.documents] == ["Dear Ann, hello again."]
    assert plugin.woken() == []


def test_what_was_slept_through_comes_late_and_says_so(home: Home) -> None:
    """The computer was off for a week: the moment is now, the wake tells when it was meant."""
    plugin, letter = Sleeper(home), home.file("a.txt", "Dear Ann.")
    plugin.answer(wake(letter))
    home.clock.pass_(days=7)
    plugin.look()
    (moment,) = plugin.moments
    assert moment.now - moment.wakes[0].at == timedelta(days=7) - HOUR


def test_one_thing_has_one_wake(home: Home) -> None:
    """A later wish about it takes the place of the earlier one, even of the one that just came."""
    plugin, letter = Sleeper(home), home.file("a.txt", "Dear Ann.")
    plugin.answer(wake(letter), wake(letter, at=START + 3 * HOUR))
    home.clock.pass_(hours=2)
    assert plugin.woken() == []
    home.clock.pass_(hours=1)
    plugin.answers = (wake(letter, at=START + 5 * HOUR),)
    assert plugin.woken() == ["a thing"]
    plugin.answers = ()
    assert plugin.woken() == []
    home.clock.pass_(hours=2)
    assert plugin.woken() == ["a thing"]


def test_a_settled_thing_is_not_woken_about(home: Home) -> None:
    """A silence that names the thing takes the wake back; answers count in their order."""
    plugin, letter = Sleeper(home), home.file("a.txt", "Dear Ann.")
    plugin.answer(wake(letter, "kept"), wake(letter, "off"))
    settled = Silence(letter.id, "it is paid", "off")
    plugin.answer(settled, wake(letter, "again"), replace(settled, thing="again"))
    home.clock.pass_(hours=1)
    assert plugin.woken() == ["kept"]


def test_a_wake_goes_with_its_documents(home: Home) -> None:
    """What is gone is not spoken of; a wake about two documents lives as long as one of them."""
    plugin = Sleeper(home)
    one, two = home.file("1.txt", "Dear Ann."), home.file("2.txt", "Dear Bert.")
    plugin.answer(wake(one, "one"), Wake(START + HOUR, "both", (one.id, two.id)))
    home.index.forget_paths("files", [one.path])
    home.clock.pass_(hours=1)
    assert plugin.woken() == ["both"]
    assert [d.id for d in plugin.moments[0].documents] == [two.id]


@pytest.mark.parametrize("case", ["past", "nameless", "naive", "bare", "unknown", "unseen", "many"])
def test_what_is_no_wake_is_refused(home: Home, case: str) -> None:
    """And the reason stands in the audit; other wakes of the same answer are kept."""
    letter, post = home.file("a.txt", "Dear Ann."), home.mail("Hello.")
    at, thing, documents = START + HOUR, "thing", [letter.id]
    wrong: dict[str, tuple[Any, str, list[DocumentId]]] = {
        "past": (START, thing, documents),
        "nameless": (at, " ", documents),
        "naive": (datetime(2027, 1, 1), thing, documents),
        "bare": (at, thing, []),
        "unknown": (at, thing, [DocumentId("/etc/passwd")]),
        "unseen": (at, thing, [letter.id, post.id]),
        "many": (at, thing, documents * (MOST_DOCUMENTS + 1)),
    }
    plugin = Sleeper(home, reads=["files"])
    when, what, names = wrong[case]
    plugin.answer(Wake(when, what, tuple(names)), wake(letter, "good"))
    assert len(refusals(home)) == 1 and "a wake was not kept" in refusals(home)[0]
    home.clock.pass_(hours=1)
    assert plugin.woken() == ["good"]


def test_wakes_are_bounded(home: Home) -> None:
    """The nearest are kept, they come in parts, and none comes at once."""
    plugin, letter = Sleeper(home), home.file("a.txt", "Dear Ann.")
    far = [wake(letter, f"{n}", START + HOUR + n * HOUR) for n in range(MOST_WAKES)]
    plugin.answer(*far, wake(letter, "soon", START + timedelta(seconds=1)))
    assert refusals(home) == [f"more than {MOST_WAKES} wakes: the furthest away was given up"]
    home.clock.pass_(minutes=SOONEST.total_seconds() / 60 - 1)
    assert plugin.woken() == []
    home.clock.pass_(minutes=1)
    assert plugin.woken() == ["soon"]
    home.clock.pass_(hours=2 * MOST_WAKES)
    first, second = plugin.woken(), plugin.woken()
    assert first == [f"{n}" for n in range(AT_ONCE)]
    assert second == [f"{n}" for n in range(AT_ONCE, 2 * AT_ONCE)]
    while plugin.woken():
        pass
    assert home.index.next_wake(["p"]) is None


def test_what_came_due_in_a_long_pause_is_all_proposed(home: Home) -> None:
    """In parts, none of which is more than is looked at: a wake that came is not told again."""
    plugin = Sleeper(home)
    letters = [home.file(f"{n}.txt", f"Dear Ann, hello {n}.") for n in range(AT_ONCE + 20)]
    plugin.answer(*(wake(letter, str(letter.id)) for letter in letters))
    plugin.proposes = True
    home.clock.pass_(days=20)
    assert [len(plugin.look()) for _ in range(3)] == [AT_ONCE, 20, 0]


def test_a_plugin_that_fails_over_its_wake_gets_it_again(home: Home) -> None:
    """For a week; after that the wake is given up."""
    plugin, letter = Sleeper(home), home.file("a.txt", "Dear Ann.")
    plugin.answer(wake(letter, "one"), wake(letter, "two", START + 9 * 24 * HOUR))
    plugin.fails = True
    home.clock.pass_(hours=1)
    assert plugin.woken() == ["one"]
    assert plugin.woken() == ["one"]
    home.clock.pass_(days=9)
    assert plugin.woken() == ["one", "two"]
    assert plugin.woken() == ["two"]
    plugin.fails = False
    assert plugin.woken() == ["two"] and plugin.woken() == []


def test_nobody_is_asked_twice_while_thinking(home: Home) -> None:
    """A wake that a slow plugin has not answered yet does not come again meanwhile."""
    plugin, letter = Sleeper(home), home.file("a.txt", "Dear Ann.")
    plugin.answer(wake(letter))
    home.clock.pass_(hours=1)
    (moment,) = home.engine.wakes.due(home.clock.now(), ["p"]).values()
    assert home.engine.wakes.due(home.clock.now(), ["p"]) == {}
    home.engine.wakes.over("p", moment)
    assert plugin.woken() == [] and home.index.next_wake(["p"]) is None


def test_a_wake_is_over_with_what_came_of_it(home: Home) -> None:
    """Not while others still think: what was said and is no offer yet would go with a kill."""
    plugin, letter = Sleeper(home), home.file("a.txt", "Dear Ann.")
    plugin.answer(wake(letter))
    home.clock.pass_(hours=1)
    left: list[object] = []

    def other(moment: Moment) -> Sequence[Any]:
        left.append(home.index.next_wake(["p"]))
        return ()

    (moment,) = home.engine.wakes.due(home.clock.now(), ["p"]).values()
    both = [(plugin.loaded(), moment), (LoadedPlugin("q", plugin.permissions, other), moment)]
    home.engine.all_happened(both, "trace")
    assert left == [START + HOUR] and home.index.next_wake(["p"]) is None


def test_what_was_broken_off_comes_again(home: Home) -> None:
    """The disk was full as a plugin's proposal was weighed: it is woken at the next look."""
    plugin, letter = Sleeper(home), home.file("a.txt", "Dear Ann.")
    plugin.answer(wake(letter))
    full = [StorageFull("The disk is full.", "", "df")]

    def chance(*about: object) -> Estimate:
        if full:
            raise full.pop()
        return Estimate(0.9)

    home.wire(chance=chance)
    home.clock.pass_(hours=1)
    plugin.answers = (suggestion(letter, filing(home, letter)),)
    with pytest.raises(StorageFull):
        plugin.look()
    assert len(plugin.look()) == 1
    assert plugin.woken() == []
