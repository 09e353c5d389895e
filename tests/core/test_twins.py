"""One offer with two reasons; what was done meanwhile; a kind that rests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from builders import START, Home, filing, quote, suggestion

from samantha.api import AddEvent, DraftMail, Remind, Verdict
from samantha.core.cards import card_key
from samantha.core.ports import OfferState, Presence
from samantha.core.silences import remedy

DAY = timedelta(days=1)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.close()


def test_two_plugins_that_say_the_same_make_one_offer_with_two_reasons(home: Home) -> None:
    """A letter about a contract that is a bill too: one card, both reasons, the first's quotes."""
    letter = home.file("letter.txt", "Your contract renews on 1 June; 49 EUR are due then.")
    renewal = suggestion(letter, Remind(START + 30 * DAY, "Cancel?"), why="It renews on 1 June.")
    bill = suggestion(letter, Remind(START + 50 * DAY, "Pay."), why="49 EUR are due.")
    (first,) = home.suggest(renewal, plugin="renewals")
    (second,) = home.suggest(bill, plugin="bills")
    assert second.verdict is Verdict.DROP and f"the same as offer {first.id}" in second.reason
    one = home.state.offer(first.id)
    assert one is not None and one.why == "It renews on 1 June. Also (bills): 49 EUR are due."
    assert one.evidence == first.evidence
    assert list(home.board.cards) == [card_key(first.id)]
    assert "49 EUR are due." in home.board.cards[card_key(first.id)].body
    assert home.suggest(bill, plugin="bills") == []
    again = home.state.offer(first.id)
    assert again is not None and again.why == one.why


def test_what_was_decided_is_not_asked_again_by_another_plugin(home: Home) -> None:
    """A no to the one is a no to the other, and so is a yes."""
    letter = home.file("letter.txt", "49 EUR are due.")
    made = suggestion(letter, Remind(START + DAY, "Pay."))
    (first,) = home.suggest(made, plugin="bills")
    home.decisions.dismiss(first.id, via="test")
    (second,) = home.suggest(made, plugin="renewals")
    assert second.verdict is Verdict.DROP and "you decided on the same" in second.reason


def test_a_draft_that_was_let_pass_is_not_drafted_again_by_another_plugin(home: Home) -> None:
    """Shown and left until it was over: the same answer to the same mail is not put once more."""
    asked = home.mail("Can you send the plan?", sender="bob@x.example", message_id="<q@x.example>")
    draft = DraftMail(("bob@x.example",), "Re: S", "Here.", in_reply_to="<q@x.example>")
    over = home.clock.now() + 3 * DAY
    (first,) = home.suggest(replace(suggestion(asked, draft), expires=over), plugin="requested")
    home.clock.pass_(days=4)
    home.engine.release()
    passed = home.state.offer(first.id)
    assert passed is not None and passed.state is OfferState.EXPIRED
    (second,) = home.suggest(suggestion(asked, draft), plugin="replies")
    assert second.verdict is Verdict.DROP and "you let the same pass" in second.reason


def test_two_appointments_of_one_mail_are_two(home: Home) -> None:
    """The same mail and the same type of action, but another hour: both are offered."""
    mail = home.file("mail.txt", "Dinner at seven, the train at nine.")
    for plugin, hour in (("dates", 7), ("other", 9)):
        (offer,) = home.suggest(
            suggestion(mail, AddEvent("E", START + timedelta(hours=hour))), plugin=plugin
        )
        assert offer.state is OfferState.OPEN
    (same,) = home.suggest(
        suggestion(mail, AddEvent("Other words", START + timedelta(hours=7))), plugin="third"
    )
    assert same.verdict is Verdict.DROP


def test_a_held_answer_is_dropped_when_the_user_has_written_meanwhile(home: Home) -> None:
    """Checked again before it speaks: what the user did by himself is not offered."""
    asked = home.mail(
        "Can you come?",
        sender="bob@x.example",
        to=["anna@berg.example"],
        message_id="<q@x.example>",
        date=START - DAY,
    )
    home.mail(
        "Hello",
        sender="anna@berg.example",
        to=["bob@x.example"],
        folder="sent",
        message_id="<h@berg.example>",
        date=START - 9 * DAY,
    )
    locked = [True]
    home.wire(presence=lambda: Presence(locked=locked[0]))
    draft = DraftMail(("bob@x.example",), "Re: S", "Yes.", in_reply_to="<q@x.example>")
    (held,) = home.suggest(suggestion(asked, draft))
    assert held.state is OfferState.HELD and held.reason == "the screen is locked"
    home.clock.pass_(hours=2)
    home.mail(
        "I come.",
        sender="anna@berg.example",
        to=["bob@x.example"],
        folder="sent",
        message_id="<a@berg.example>",
        in_reply_to="<q@x.example>",
        date=home.clock.now() - timedelta(hours=1),
    )
    locked[0] = False
    assert home.engine.release() == []
    dropped = home.state.offer(held.id)
    assert dropped is not None and dropped.state is OfferState.DROPPED
    assert dropped.reason == "you have written in this thread since"


def test_what_is_locked_away_comes_when_the_user_is_back(home: Home) -> None:
    """Held on a locked screen, shown at the first look after it, the best first."""
    home.wire(presence=lambda: Presence(locked=True))
    papers = [home.file(f"{n}.txt", f"Dear Ann, {n}.") for n in range(3)]
    for confidence, paper in zip((0.7, 0.9, 0.8), papers, strict=True):
        home.suggest(
            suggestion(paper, filing(home, paper, f"f {paper.title}"), confidence=confidence)
        )
    assert home.board.posted == [] and home.engine.release() == []
    home.wire(presence=Presence)
    assert [o.confidence for o in home.engine.release()] == [0.9, 0.8, 0.7]


def test_a_kind_that_was_dismissed_in_a_row_rests_until_it_is_woken(home: Home) -> None:
    """After three dismissals it waits for the digest; its key wakes it, and a yes breaks a row."""
    papers = [home.file(f"{n}.txt", f"Dear Ann, {n}.") for n in range(9)]
    some = [suggestion(p, filing(home, p, f"f {p.title}")) for p in papers]

    def answer(number: int, *, yes: bool) -> None:
        (offer,) = home.suggest(some[number])
        assert offer.state is OfferState.OPEN, offer.reason
        if yes:
            home.decisions.accept(offer.id, via="test")
        else:
            home.decisions.dismiss(offer.id, via="test")
        home.clock.pass_(minutes=1)

    for number, yes in enumerate((False, False, True, False, False, False)):
        answer(number, yes=yes)
    (resting,) = home.suggest(some[6])
    assert resting.state is OfferState.HELD and "it rests until 16 March" in resting.reason
    assert remedy(resting) == "samantha lift rest:p:k"
    assert home.state.lift("rest:p:k") and not home.state.lift("rest:p:nothing")
    assert [o.id for o in home.engine.release()] == [resting.id]
    home.clock.pass_(minutes=1)
    answer(7, yes=False)
    answer(8, yes=False)


def test_a_no_to_a_kind_takes_down_what_is_open_of_it(home: Home) -> None:
    """The other cards of the kind leave the screen at the next look, and are told as dropped."""
    first, second = (home.file(f"{n}.txt", f"Dear Ann, {n}.") for n in range(2))
    (one,) = home.suggest(suggestion(first, filing(home, first, "a")))
    (other,) = home.suggest(suggestion(second, filing(home, second, "b")))
    home.decisions.never(one.id, via="test")
    home.engine.release()
    gone = home.state.offer(other.id)
    assert gone is not None and gone.state is OfferState.DROPPED and not home.board.cards
    assert remedy(gone) == "samantha lift kind:p:k"


def test_the_desktop_is_not_asked_while_nothing_could_be_shown(home: Home) -> None:
    """What is paused, over budget or not wanted costs no question."""
    asked: list[str] = []

    def presence() -> Presence:
        asked.append("desktop")
        return Presence()

    def meeting() -> None:
        asked.append("calendar")

    home.wire(presence=presence, meeting=meeting)
    home.state.set_setting("paused_until", (START + DAY).isoformat())
    paper = home.file("a.txt", "Dear Ann, hello.")
    home.suggest(suggestion(paper, filing(home, paper, "f")))
    home.engine.release()
    assert asked == []
    home.state.set_setting("paused_until", "")
    home.engine.release()
    assert asked == ["calendar", "desktop"]


def test_a_reminder_that_came_of_a_yes_is_no_twin_of_its_own(home: Home) -> None:
    """The plugin that said it first may say it anew; only another one is the second."""
    letter = home.file("letter.txt", "49 EUR are due; call us too.")
    (first,) = home.suggest(suggestion(letter, Remind(START + DAY, "Pay."), thing="pay"))
    (second,) = home.suggest(
        suggestion(
            letter,
            Remind(START + DAY, "Call."),
            thing="call",
            evidence=(quote(letter, "call us"),),
        )
    )
    assert first.state is second.state is OfferState.OPEN


def test_what_is_not_wanted_adds_no_reason_to_another_offer(home: Home) -> None:
    """A muted plugin is heard nowhere, in another one's offer neither."""
    home.policy = replace(home.policy, muted=frozenset({"bills"}))
    home.wire()
    letter = home.file("letter.txt", "49 EUR are due.")
    made = suggestion(letter, Remind(START + DAY, "Pay."))
    (first,) = home.suggest(made, plugin="renewals")
    (second,) = home.suggest(made, plugin="bills")
    assert second.reason == "bills is muted in config.toml"
    one = home.state.offer(first.id)
    assert one is not None and one.why == first.why
