"""The moments a stranger's plugin asks for: over its pipe, within its permissions, in bounds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from strangers import HEAD, Strangers

from samantha.api import Kind, Moment, MomentKind, Quiet
from samantha.app.hosted import Hosted
from samantha.core.engine import LoadedPlugin
from samantha.core.ports import Offer

SLEEPY = """
from samantha.api import MomentKind, Wake
from datetime import datetime
def suggest(m, c):
    d = m.documents[0]
    if m.kind is MomentKind.TIME_REACHED:
        late = m.now - m.wakes[0].at
        yield remind(m, d, title=f"{m.wakes[0].thing}, {late} late")
        return
    at = m.now + timedelta(hours=1)
    yield Wake(at, "A", (d.id,))
    yield Wake(at, "hidden", (HIDDEN,))
    yield Wake(datetime.max, "never", (d.id,))
    yield Wake(at, "B" * 300_000, ("x" * 10_000,) * 100)
    for n in range(1_500):
        yield Wake(at + timedelta(days=n + 1), str(n), (d.id,))
"""


def asked(strangers: Strangers, one: Hosted, *moments: Moment) -> list[Offer]:
    manifest = one.manifest

    def call(moment: Moment) -> list[Any]:
        return list(one.call(moment, strangers.context))

    loaded = LoadedPlugin(manifest.name, manifest.permissions, call, failures=lambda: one.failures)
    return strangers.home.engine.all_happened([(loaded, m) for m in moments], "trace")


def test_it_is_woken_within_its_permissions_and_bounds(strangers: Strangers) -> None:
    """Its good wake comes, late after a sleep; what it may not read wakes nobody."""
    home = strangers.home
    hidden, post = home.file("a.txt", "some text"), home.mail("a mail")
    strangers.agree(strangers.write(f"HIDDEN = {str(hidden.id)!r}\n{SLEEPY}", reads=["mail"]))
    with strangers.hosted() as one:
        asked(strangers, one, Moment(MomentKind.DOCUMENTS, home.clock.now(), (post, hidden)))
        wakes = home.index.wakes(home.clock.now() + timedelta(days=9_999), ["stranger"])
        assert len(wakes) == 1_000 and "hidden" not in {wake.thing for _, wake in wakes}
        assert len([x for x in home.state.audit_lines("trace") if x.arrow == "refused"]) == 4
        home.clock.pass_(hours=3)
        due = home.engine.wakes.due(home.clock.now(), ["stranger", "another"])
        (offer,) = asked(strangers, one, *due.values())
        assert offer.title == "A, 2:00:00 late" and not one.failures, one.detail


QUIET = {
    "days without end": 'Quiet("user", ("question",), 10**9)',
    "nobody's mail": 'Quiet("root", ("question",), 4)',
    "no signal": 'Quiet("other", (), 4)',
    "many signals": 'Quiet("user", ("x",) * 5_000, 4)',
}


def told(strangers: Strangers, wish: str, kinds: str = "()") -> tuple[Hosted, str]:
    """Load a plugin with this wish; return it with the reason where it cannot be loaded."""
    code = f"{HEAD}from samantha.api import Kind, Quiet\ndef suggest(m, c):\n    return []\n"
    code += f"plugin = Plugin(Config, suggest, lambda config: {wish}, {kinds})\n"
    strangers.agree(strangers.write(code, whole=True))
    with strangers.hosted() as one:
        return one, one.check().reason


def test_what_it_calls_quiet_is_known_once_it_is_loaded(strangers: Strangers) -> None:
    """Its code runs in its process alone: before that nobody knows."""
    one, _ = told(strangers, 'Quiet("user", ("question",), 4)')
    assert one.quiet == Quiet("user", ("question",), 4)
    with strangers.hosted() as unstarted:
        assert unstarted.quiet is None


def test_the_bodies_of_work_it_asks_for_are_known_too(strangers: Strangers) -> None:
    """By their kinds; what is none is a reason not to load it."""
    wish = 'Quiet("user", ("question",), 4)'
    one, _ = told(strangers, wish, "(Kind.POEM,) * 50")
    assert one.collections == (Kind.POEM,)


def test_wishes_without_end_are_looked_at_once(strangers: Strangers) -> None:
    """A list as long as may be said is not gone through again at every batch and every look."""
    one, _ = told(strangers, 'Quiet("user", ("question",), 4)', "(Kind.POEM, Kind.LETTER) * 9_000")
    assert one.collections == (Kind.POEM, Kind.LETTER)
    assert one.collections is one.collections and one.quiet is one.quiet


def test_a_kind_that_is_none_is_told(strangers: Strangers) -> None:
    """The plugin cannot be loaded, and the list says over what."""
    one, reason = told(strangers, 'Quiet("user", ("question",), 4)', '("novel",)')
    assert one.collections == () and "what it wants to be told of" in reason


@pytest.mark.parametrize("case", QUIET)
def test_a_wish_beyond_bounds_is_none(strangers: Strangers, case: str) -> None:
    """It is told of no thread, and nothing else breaks."""
    one, reason = told(strangers, QUIET[case])
    assert one.quiet is None and reason == ""


def test_a_wish_that_fails_is_told(strangers: Strangers) -> None:
    """The plugin cannot be loaded, and the list says over what."""
    one, reason = told(strangers, "1 / 0")
    assert one.quiet is None and str(one.state) == "failed_to_load"
    assert reason == "what it wants to be told of: division by zero"


def test_mails_of_quiet_threads_stay_hidden_from_who_reads_files(strangers: Strangers) -> None:
    """A moment of the daemon brings only what the manifest names."""
    home = strangers.home
    strangers.agree(strangers.write("def suggest(m, c):\n    1 / 0\n", reads=["files"]))
    with strangers.hosted() as one:
        moment = Moment(MomentKind.THREAD_QUIET, home.clock.now(), (home.mail("a mail"),))
        assert asked(strangers, one, moment) == [] and not one.failures
