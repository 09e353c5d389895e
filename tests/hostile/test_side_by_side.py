"""Plugins think side by side: one that hangs keeps no other's answer back, nor the daemon."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from builders import Home
from strangers import GOOD, Strangers

from samantha.adapters.plugin_host import Limits
from samantha.adapters.sqlite import StorageFull
from samantha.api.plugin import Moment, MomentKind
from samantha.api.types import Document
from samantha.app.chosen_model import ChosenModel
from samantha.app.config import Model
from samantha.app.hosted import MOST_WAITING, Hosted
from samantha.app.places import Places
from samantha.app.plugin_desk import Desk
from samantha.app.plugin_troubles import Troubles
from samantha.app.plugin_turns import Turn, Turns
from samantha.core.engine import LoadedPlugin
from samantha.core.ports import Offer

HANGS = "def suggest(m, c):\n    while True: pass\n"
ASKS = """
def suggest(m, c):
    while c.library.written_to("nobody@x.example") is False: pass
"""
FOR_EVER = Limits(wall_s=100_000.0, cpu_s=10**6)
"""A hang in these is over when the test ends it, never by itself."""
HANG_S = 120


class Loop:
    """The daemon's loop as far as plugins see it: woken from other threads, one thing at a time."""

    def __init__(self, strangers: Strangers, names: Sequence[str], limits: Limits) -> None:
        self.strangers, home = strangers, strangers.home
        self.desk = Desk()
        self.woken: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.desk.woken = lambda: self.woken.put(None)
        self.hosts = []
        for name in names:
            row = strangers.row(name)
            assert row.manifest is not None and row.files is not None, row.reason
            troubles = Troubles(home.state)
            self.hosts.append(Hosted(row.manifest, row.files, {}, troubles, limits, self.desk))
        parts = ("config", "data", "state", "cache", "run")
        chosen = ChosenModel(Places(*(home.root / one for one in parts)), home.state, Model())
        self.turns = Turns(self.hosts, strangers.context, chosen, self.desk, patience_s=0.0)

    def happened(self, *documents: Document) -> list[Offer]:
        """Let the engine ask all plugins, as the daemon does."""
        moment = Moment(MomentKind.DOCUMENTS, self.strangers.home.clock.now(), documents)
        happened = self.strangers.home.engine.happened
        made = happened(moment, self.turns.loaded("trace"), "trace")
        return [*made, *self.turns.arrived(happened)]

    def until(self, plugin: str, made: list[Offer]) -> list[Offer]:
        """Turn, as long as the loop is woken, until a plugin has made an offer."""
        while not [one for one in made if one.plugin == plugin]:
            self.woken.get(timeout=HANG_S)
            made = made + self.turns.arrived(self.strangers.home.engine.happened)
        return made

    def until_failed(self, host: Hosted) -> None:
        """Turn until a plugin has failed."""
        while not host.failures:
            self.woken.get(timeout=HANG_S)
            self.turns.arrived(self.strangers.home.engine.happened)


@contextmanager
def loop(strangers: Strangers, *names: str, limits: Limits = FOR_EVER) -> Iterator[Loop]:
    one = Loop(strangers, names, limits)
    try:
        yield one
    finally:
        one.desk.close()
        for host in one.hosts:
            host.close()


@pytest.mark.parametrize("code", [HANGS, ASKS], ids=["hangs", "asks without end"])
def test_the_others_answer_while_one_hangs(strangers: Strangers, code: str) -> None:
    """The offer of the next plugin is made, and the card posted, while the first still hangs."""
    strangers.agree(strangers.write(code))
    strangers.agree(strangers.write(GOOD, "neighbour"))
    mail = strangers.home.mail("a mail")
    more = Limits(wall_s=100_000.0, cpu_s=10**6, questions=10**9, served_s=100_000.0)
    with loop(strangers, "stranger", "neighbour", limits=more) as one:
        made = one.until("neighbour", one.happened(mail))
        assert [o.plugin for o in made] == ["neighbour"]
        assert len(strangers.home.board.posted) == 1
        hanging, _ = one.hosts
        assert hanging.failures == 0
        assert [turn.running for turn, _ in one.turns.late] == [hanging]


def test_what_comes_late_is_an_offer_like_any_other(strangers: Strangers) -> None:
    """A plugin that was not waited for says its part, with what it asked of the library."""
    code = "def suggest(m, c):\n    return [remind(m, d) for d in c.library.documents()]\n"
    strangers.agree(strangers.write(code))
    mail = strangers.home.mail("a mail")
    with loop(strangers, "stranger") as one:
        (offer,) = one.until("stranger", one.happened(mail))
        assert offer.trace == "trace" and one.turns.late == []


def test_what_breaks_off_over_one_answer_loses_no_other(strangers: Strangers) -> None:
    """Two come late, and the disk is full as the first is weighed: the second is an offer."""
    strangers.agree(strangers.write(GOOD))
    strangers.agree(strangers.write(GOOD, "neighbour"))
    mail = strangers.home.mail("a mail")
    moment = Moment(MomentKind.DOCUMENTS, strangers.home.clock.now(), (mail,))
    full = [StorageFull("The disk is full.", "", "df")]

    def happened(moment: Moment, plugins: Sequence[LoadedPlugin], trace: str) -> list[Offer]:
        if full:
            raise full.pop()
        return strangers.home.engine.happened(moment, plugins, trace)

    with loop(strangers, "stranger", "neighbour") as one:
        for host in one.hosts:
            turn = Turn(host, one.turns, "trace")
            turn.loaded().begin(moment)
            one.turns.late.append((turn, moment))
        while not all(turn.ready() for turn, _ in one.turns.late):
            one.woken.get(timeout=HANG_S)
        with pytest.raises(StorageFull):
            one.turns.arrived(happened)
        (offer,) = one.turns.arrived(happened)
        assert offer.plugin == "neighbour" and one.turns.late == []


def test_a_hang_is_told_when_its_time_is_over(strangers: Strangers) -> None:
    """Nobody waited for it, and its failure is listed all the same."""
    strangers.agree(strangers.write(HANGS))
    mail = strangers.home.mail("a mail")
    with loop(strangers, "stranger", limits=Limits(wall_s=1.0)) as one:
        assert one.happened(mail) == []
        one.until_failed(one.hosts[0])
    assert "longer than 1 s" in strangers.row().reason


def test_behind_a_hang_nothing_piles_up(strangers: Strangers) -> None:
    """It is ended twice; then what waited is given up, and it is left alone for a while."""
    strangers.agree(strangers.write(HANGS))
    mail = strangers.home.mail("a mail")
    with loop(strangers, "stranger", limits=Limits(wall_s=1.0)) as one:
        for _ in range(MOST_WAITING + 3):
            assert one.happened(mail) == []
            assert len(one.turns.late) <= MOST_WAITING
        while one.turns.late:
            one.woken.get(timeout=HANG_S)
            one.turns.arrived(strangers.home.engine.happened)
        assert one.hosts[0].failures == 2
    assert "failed 2 times in a row" in strangers.row().reason


def test_a_plugin_that_is_slow_loses_nothing(strangers: Strangers) -> None:
    """A first run brings more moments than it keeps up with: each has its answer in the end."""
    strangers.agree(strangers.write(GOOD))
    count = 2 * MOST_WAITING + 1
    mails = [strangers.home.mail(f"mail {n}", subject=str(n)) for n in range(count)]
    with loop(strangers, "stranger") as one:
        made = [offer for mail in mails for offer in one.happened(mail)]
        while len(made) < count:
            one.woken.get(timeout=HANG_S)
            made += one.turns.arrived(strangers.home.engine.happened)
        assert one.hosts[0].failures == 0
    assert len({offer.thing for offer in made}) == count


def test_moments_are_answered_in_their_order(strangers: Strangers) -> None:
    """What came first is thought about first, however late the answers are taken."""
    code = """
SEEN = []
def suggest(m, c):
    SEEN.append(m.documents[0].text)
    yield remind(m, m.documents[0], title=" then ".join(SEEN))
"""
    strangers.agree(strangers.write(code))
    mails = [strangers.home.mail(text, subject=text) for text in ("first", "second", "third")]
    with loop(strangers, "stranger") as one:
        made = [offer for mail in mails for offer in one.happened(mail)]
        while len(made) < 3:
            one.woken.get(timeout=HANG_S)
            made += one.turns.arrived(strangers.home.engine.happened)
    assert [o.title for o in made] == ["first", "first then second", "first then second then third"]


def test_who_ends_does_not_wait_for_a_hang(tmp_path: Path) -> None:
    """Neither the desk nor the process is held up, and what was cut short is no failure."""
    home = Home(tmp_path)
    strangers = Strangers(home)
    strangers.agree(strangers.write(HANGS))
    with loop(strangers, "stranger") as one:
        one.happened(home.mail("a mail"))
    (turn, moment) = one.turns.late[0]
    assert not turn.said(moment)
    assert one.hosts[0].failures == 0 and one.hosts[0].host.pid is None
    assert strangers.row().reason == ""
    home.close()
