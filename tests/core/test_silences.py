"""What was not said is kept, and told in few lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from builders import ALL, Home, filing, suggestion

from samantha.api import Silence
from samantha.api.plugin import Moment, MomentKind
from samantha.api.testing import document
from samantha.api.types import DocumentId
from samantha.core.engine import LoadedPlugin
from samantha.core.silences import remedy, unspoken, withheld


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.close()


def test_a_plugins_silence_is_kept_with_its_reason(home: Home) -> None:
    """What a plugin did not say can be asked for later, with the document it was about."""
    paper = home.file("bill.txt", "Total 12")
    home.suggest(Silence(paper.id, "a receipt: it is paid"))
    (kept,) = home.index.unsaid()
    assert (kept.plugin, kept.reason, kept.documents) == ("p", "a receipt: it is paid", 1)
    assert kept.path == paper.path and kept.newest == home.clock.now()


def test_a_silence_that_is_over_is_forgotten(home: Home) -> None:
    """A document that leads to a suggestion, or that has another reason now, has no old one."""
    paper = home.file("a.txt", "Dear Ann, hello.")
    home.suggest(Silence(paper.id, "still being written"))
    home.suggest(Silence(paper.id, "too short"))
    assert [one.reason for one in home.index.unsaid()] == ["too short"]
    home.suggest(suggestion(paper, filing(home, paper, "filed a.txt")))
    assert home.index.unsaid() == []


def test_a_silence_that_is_said_each_day_is_no_news(home: Home) -> None:
    """The same reason keeps the time at which it was first given, so `--since` leaves it out."""
    paper = home.file("a.txt", "Dear Ann")
    first = home.clock.now()
    home.suggest(Silence(paper.id, "too short"))
    home.clock.pass_(days=1)
    home.suggest(Silence(paper.id, "too short"))
    assert [one.newest for one in home.index.unsaid()] == [first]
    assert home.index.unsaid(since=home.clock.now()) == []


def test_a_plugin_that_is_asked_again_and_silent_no_more_leaves_nothing(home: Home) -> None:
    """Documents of the moment lose what was said of them before."""
    paper = home.file("a.txt", "Dear Ann")
    home.suggest(Silence(paper.id, "too short"))
    moment = Moment(MomentKind.DOCUMENTS, home.clock.now(), (paper,))
    home.engine.happened(moment, [LoadedPlugin("p", ALL, lambda moment: ())], "trace")
    assert home.index.unsaid() == []


def test_a_silence_goes_with_its_document(home: Home) -> None:
    """What was forgotten is not told of in a reason either."""
    paper = home.file("a.txt", "Dear Ann")
    home.suggest(Silence(paper.id, "paid already: “the secret word”"))
    home.index.forget_paths(paper.source, [paper.path])
    assert home.index.unsaid() == []


def test_a_silence_that_is_no_value_is_passed_over(home: Home) -> None:
    """A plugin's slip costs its own answer: unknown documents, no reasons, endless ones."""
    paper = home.file("a.txt", "Dear Ann")
    home.suggest(
        Silence(5, "no"),  # type: ignore[arg-type]
        Silence(paper.id, None),  # type: ignore[arg-type]
        Silence(DocumentId("gone"), "gone"),
        Silence(paper.id, "x" * 10_000 + "\x1b[31m"),
    )
    (kept,) = home.index.unsaid()
    assert len(kept.reason) <= 200 and "\x1b" not in kept.reason


def test_twenty_thousand_newsletters_are_two_lines(home: Home) -> None:
    """Reasons that differ in a quote or a number are one; the newest is told first."""
    papers = [document(f"/home/a/{n}.txt", "News", title=f"News {n}") for n in range(20_000)]
    home.put(*papers)
    home.suggest(*(Silence(d.id, "a newsletter") for d in papers))
    home.clock.pass_(minutes=1)
    bills = papers[:5]
    home.suggest(
        *(Silence(d.id, f"paid already: “EUR {n}.00” on day {n}") for n, d in enumerate(bills)),
        plugin="bills",
    )
    first, second = unspoken(home.index.unsaid())
    assert (first.plugin, first.documents) == ("bills", 5)
    assert first.reason == "paid already: “…” on day …" and len(first.titles) == 3
    assert (second.reason, second.documents) == ("a newsletter", 20_000)


def test_a_thing_that_was_offered_again_is_not_withheld(home: Home) -> None:
    """Of a thing's offers the newest counts: a replaced version is no silence."""
    paper = home.file("a.txt", "Dear Ann, hello.")
    made = suggestion(paper, filing(home, paper, "filed a.txt"))
    home.suggest(made)
    home.suggest(replace(made, title="Better", action=filing(home, paper, "filed b.txt")))
    assert len(home.state.offers()) == 2 and withheld(home.state.offers()) == []


def test_what_is_withheld_says_what_to_type(home: Home) -> None:
    """What is never wanted has its key, what is not sure enough the setting, a pause its end."""
    papers = [home.file(f"{n}.txt", f"Dear Ann, hello {n}.") for n in range(6)]
    some = [suggestion(p, filing(home, p, f"filed {p.title}")) for p in papers]
    (offer,) = home.suggest(replace(some[0], kind="o'hara"))
    home.decisions.never(offer.id, via="test")
    home.suggest(*(replace(one, kind="o'hara") for one in some[1:4]))
    home.suggest(replace(some[4], confidence=0.3))
    home.state.set_setting("paused_until", (home.clock.now() + timedelta(days=1)).isoformat())
    home.suggest(some[5])
    told = {len(one.offers): one for one in withheld(home.state.offers()) if "never" in one.reason}
    assert told[3].type_this == "samantha lift 'kind:p:o'\"'\"'hara'"
    assert "kind:" not in told[3].reason
    others = {one.reason: one.type_this for one in withheld(home.state.offers())}
    assert "attention.threshold" in others["not sure enough: 30 %, needs 50 %"]
    assert others["paused"] == "samantha resume"


@pytest.mark.parametrize(
    ("reason", "typed"),
    [
        ("you never want this kind from bob@x.example", "samantha lift from:p:k:bob@x.example"),
        ("you decided on it before (offer 4)", "samantha why 4"),
        ("the same as offer 12 of bills: one offer, two reasons", "samantha why 12"),
        ("you decided on the same already (offer 3 of bills)", "samantha why 3"),
        ("you have written in this thread since", "samantha lift 1"),
        ("its time has passed", ""),
    ],
)
def test_what_was_dropped_for_another_thing_leads_to_it(
    home: Home, reason: str, typed: str
) -> None:
    """A rule has its key; what was decided or said elsewhere is told of there; what was done by the
    user can be let come again."""
    paper = home.file("a.txt", "Dear Ann, hello.")
    (offer,) = home.suggest(suggestion(paper, filing(home, paper), confidence=0.1))
    assert remedy(replace(offer, reason=reason)) == typed
