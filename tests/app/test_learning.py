"""What was learned, from real decisions in a real state, and the user's rules above it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from builders import ME, Home, RecordingExecutor, filing, suggestion
from homes import Home as Typed
from homes import bill, in_days

from samantha.api import DraftMail, Suggestion
from samantha.app.learning import (
    Answer,
    Experience,
    about,
    keep_answer,
    never_from,
    reset,
    set_always,
)
from samantha.core.checks import TRIAL_MARK
from samantha.core.learning import KIND, RULED, Subject
from samantha.core.outbox import run_outbox, undo
from samantha.core.ports import Offer, OfferState


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    made.experience = Experience(made.state, made.index, made.clock, ME)  # type: ignore[attr-defined]
    made.wire(chance=made.experience.chance)  # type: ignore[attr-defined]
    yield made
    made.close()


def experience(home: Home) -> Experience:
    found: Experience = home.experience  # type: ignore[attr-defined]
    return found


def filed(home: Home, number: int, *, confidence: float = 0.7, kind: str = "k") -> Suggestion:
    source = home.file(f"Scans/{number}.txt", f"Dear Ann, number {number}.")
    made = suggestion(source, filing(home, source, f"{number}.txt"), confidence=confidence)
    return replace(made, kind=kind)


def chance(home: Home, subject: Subject, confidence: float = 0.7) -> float:
    return experience(home).learned().estimate(subject, confidence).chance


def offered(home: Home, number: int) -> Offer:
    (offer,) = home.suggest(filed(home, number))
    return offer


def test_what_is_dismissed_is_shown_less_and_the_reason_is_told(home: Home) -> None:
    """Noes to a kind lower its chance, until it is held back with what was learned in words."""
    chances = []
    for number in range(12):
        offer = offered(home, number)
        subject = about(offer, home.index)
        chances.append(chance(home, subject))
        if offer.state is not OfferState.OPEN:
            break
        home.decisions.dismiss(offer.id, via="test")
        home.clock.pass_(days=8)
    assert len(chances) > 1 and chances == sorted(chances, reverse=True) and chances[-1] < 0.5
    assert offer.state is OfferState.HELD and "of this kind" in offer.reason
    reset(home.state, "p/k", home.clock.now())
    home.clock.pass_(days=15)
    assert chance(home, subject) == 0.7
    assert offered(home, 99).state is OfferState.OPEN


def test_a_kind_that_was_held_back_for_long_is_tried_once_and_says_so(home: Home) -> None:
    """A month after the last no one is shown, and no other that week; after its no not so soon."""
    for number in range(12):
        offer = offered(home, number)
        if offer.state is not OfferState.OPEN:
            break
        home.decisions.dismiss(offer.id, via="test")
        home.clock.pass_(days=1)
    home.clock.pass_(days=31)
    tried = offered(home, 50)
    assert tried.state is OfferState.OPEN and tried.reason.startswith(TRIAL_MARK)
    home.engine.repost()
    again = home.state.offer(tried.id)
    assert again is not None and again.state is OfferState.OPEN
    assert offered(home, 51).state is OfferState.HELD
    home.decisions.dismiss(tried.id, via="test")
    home.clock.pass_(days=31)
    assert offered(home, 52).state is OfferState.HELD


def test_what_was_put_off_rings_again_whatever_was_learned_meanwhile(home: Home) -> None:
    """A no to another of its kind would hold a new one back; this one was asked for."""
    later, other = offered(home, 1), offered(home, 2)
    until = home.clock.now() + timedelta(days=2)
    home.decisions.snooze(later.id, until, via="test")
    home.decisions.dismiss(other.id, via="test")
    home.clock.pass_(days=3)
    assert offered(home, 3).state is OfferState.HELD
    assert [offer.id for offer in home.engine.release()] == [later.id]
    home.engine.repost()
    again = home.state.offer(later.id)
    assert again is not None and again.state is OfferState.OPEN


def test_what_waits_unanswered_says_a_little_no_until_it_is_answered(home: Home) -> None:
    """Passed over for days it lowers the chance of its kind; a yes then raises it."""
    offer = offered(home, 1)
    home.clock.pass_(days=2)
    assert chance(home, Subject("p/k")) == 0.7
    home.clock.pass_(days=2)
    assert chance(home, Subject("p/k")) < 0.7
    home.decisions.accept(offer.id, via="test")
    assert chance(home, Subject("p/k")) > 0.7


def test_a_yes_that_was_undone_and_an_unanswered_one_count_as_little(home: Home) -> None:
    """A yes raises the chance; taken back it lowers it; what expired unseen says nothing."""
    offer = offered(home, 1)
    home.decisions.accept(offer.id, via="test")
    assert chance(home, Subject("p/k")) > 0.7
    executor = RecordingExecutor()
    run_outbox(home.state, executor, home.clock, "test")
    assert undo(home.state, executor, offer.id, home.clock) == ""
    assert chance(home, Subject("p/k")) < 0.7
    fresh = replace(filed(home, 2, kind="other"), expires=home.clock.now().replace(hour=23))
    home.state.set_setting("paused_until", home.clock.now().replace(year=2030).isoformat())
    home.suggest(fresh)
    home.clock.pass_(days=1)
    home.engine.release()
    assert "p/other" not in experience(home).learned().levels[KIND]


def test_what_the_user_did_without_samantha_counts_for_the_kind(home: Home) -> None:
    """A file that was filed by hand where it was proposed shows that the proposal was right."""
    home.state.set_setting("paused_until", home.clock.now().replace(year=2030).isoformat())
    made = filed(home, 1)
    home.suggest(made)
    moved = home.file("Filed/1.txt", "Dear Ann, number 1.")
    assert moved.fingerprint
    home.clock.pass_(days=1)
    assert chance(home, Subject("p/k")) > 0.7


def test_what_was_left_alone_and_done_by_hand_was_wanted(home: Home) -> None:
    """Its expiry is no silence: it counts once, and as right."""
    home.suggest(replace(filed(home, 1), expires=home.clock.now() + timedelta(days=1)))
    home.file("Filed/1.txt", "Dear Ann, number 1.")
    home.clock.pass_(days=2)
    home.engine.release()
    level = experience(home).learned().levels[KIND]["p/k"]
    assert (level.seen, level.wanted) == (1, 1)


def test_what_was_put_off_out_of_the_digest_says_as_little_as_any(home: Home) -> None:
    """A quarter, before it was shown and after, read at once or after a restart."""
    home.state.set_setting("paused_until", (home.clock.now() + timedelta(hours=1)).isoformat())
    offer = offered(home, 1)
    home.decisions.snooze(offer.id, home.clock.now() + timedelta(hours=2), via="test")
    weights = [experience(home).learned().levels[KIND]["p/k"].weight]
    home.clock.pass_(hours=3)
    assert home.engine.release()
    again = Experience(home.state, home.index, home.clock, ME)
    weights.append(again.learned().levels[KIND]["p/k"].weight)
    assert weights == pytest.approx([0.25, 0.25], abs=0.01)


def test_a_file_that_was_moved_after_a_yes_still_speaks_for_its_folder(home: Home) -> None:
    """Its name is another by then; a restart learns the same of the folder it lay in."""
    offer = offered(home, 1)
    home.decisions.accept(offer.id, via="test")
    folder = str(home.documents / "Scans")
    assert folder in experience(home).learned().levels[4]
    (source,) = home.index.documents(media="file")
    assert home.index.forget_paths(source.source, [source.path])
    again = Experience(home.state, home.index, home.clock, ME)
    assert again.learned().levels[4][folder].wanted == 1


def test_never_from_somebody_is_a_rule_that_can_be_lifted(home: Home) -> None:
    """Their things of this kind come no more, others' do; forgetting the mail forgets the rule."""
    for name in ("bob", "eve"):
        home.mail(f"Hi {name}", sender="anna@berg.example", to=[f"{name}@x.example"], folder="sent")
    asked = [
        home.mail(f"Are you free, {n}?", sender=f"{name}@x.example")
        for n, name in enumerate(["bob", "bob", "eve"])
    ]
    drafts = [
        suggestion(one, DraftMail((one.mail.sender.address,), "S", "Yes."))  # type: ignore[union-attr]
        for one in asked
    ]
    (offer,) = home.suggest(drafts[0])
    home.decisions.dismiss(offer.id, via="test")
    never_from(home.state, about(offer, home.index), offer.id, home.clock.now())
    (second,) = home.suggest(drafts[1])
    assert second.state is OfferState.DROPPED and "bob@x.example" in second.reason
    (third,) = home.suggest(drafts[2])
    assert third.state is OfferState.OPEN
    assert home.state.lift("from:p:k:bob@x.example")
    assert experience(home).learned().rules.never == frozenset()
    never_from(home.state, about(offer, home.index), offer.id, home.clock.now())
    home.state.forget_documents([asked[0].id], home.clock.now())
    assert experience(home).learned().rules.never == frozenset()
    assert "p/k" not in experience(home).learned().levels[KIND]


def test_a_kind_that_is_always_asked_about_stands_above_what_was_learned(home: Home) -> None:
    """However often it was dismissed, and however unsure the plugin is."""
    for number in range(8):
        if (offer := offered(home, number)).state is OfferState.OPEN:
            home.decisions.dismiss(offer.id, via="test")
        home.clock.pass_(days=8)
    subject = about(offer, home.index)
    assert offer.state is OfferState.HELD
    set_always(home.state, "p/k", True)
    assert experience(home).learned().estimate(Subject("p/k"), 0.1).weight == RULED
    assert offered(home, 50).state is OfferState.OPEN
    set_always(home.state, "p/k", False)
    assert chance(home, subject) < 0.5


def test_an_answer_of_the_setup_is_a_beginning_and_is_forgotten_with_its_source(home: Home) -> None:
    """It counts as a decision does; said again it takes the place of the first."""
    source = home.file("Scans/1.txt", "Dear Ann")
    at = home.clock.now().isoformat()
    answer = Answer("p", "k", "thing", (str(source.id),), 0.7, True, at)
    keep_answer(home.state, answer)
    assert chance(home, Subject("p/k")) > 0.7
    keep_answer(home.state, replace(answer, wanted=False))
    assert chance(home, Subject("p/k")) < 0.7
    folder = str(home.documents / "Scans")
    assert f"p/k in {folder}" in experience(home).learned().levels[5]
    home.state.forget_documents([str(source.id)], home.clock.now())
    assert chance(home, Subject("p/k")) == 0.7


def test_learn_shows_resets_and_keeps_rules_on_the_command_line(tmp_path: Path) -> None:
    """What was learned is told in counts and chances, and a slip in a kind is no rule."""
    home = Typed(tmp_path / "anna")
    home.root.mkdir()
    home.configure()
    home.write("1.bill:2,S", bill(in_days(20)), folder="Mail/cur")
    assert "Nothing was learned yet" in home.run("learn", "show").stdout
    (made,) = home.json("run", "--once")
    assert "No more of" in home.run("never", str(made["id"]), "--sender").stdout
    said = home.run("why", str(made["id"])).stdout
    assert "You said no on the command line: it does not come back." in said
    told = home.run("learn", "show").stdout
    kind = f"{made['plugin']}/{made['kind']}"
    assert f"{kind} from rechnung@stadtwerke-bach.example" in told and "you wanted 0 of 1" in told
    assert {row["about"] for row in home.json("learn", "show") if row.get("level") == "kinds"} == {
        kind
    }
    assert "is no kind" in home.run("learn", "always", "bils/bill", code=1).stderr
    home.run("learn", "always", kind)
    home.run("learn", "reset")
    rows = home.json("learn", "show")
    assert [row for row in rows if "level" in row] == []
    assert {"rule": "always", "kind": kind} in rows and any("reset" in row for row in rows)
    kept = [row["suppressed"] for row in home.json("silence") if "suppressed" in row]
    assert any(key.startswith("from:") for key in kept)
    total, one = home.json("stats")
    assert (total["shown"], total["dismissed"], one["kind"]) == (1, 1, kind)
    assert total["minutes_to_offer"] is not None and total["budget"] == 3
    printed = home.run("stats").stdout
    assert "0 % (0 % – 79 %)" in printed and "- 0 of 1" in printed
