"""Cards over a real bus: what is sent, who may answer, and that nothing is lost."""

from __future__ import annotations

import contextlib
import io
import os
import queue
from collections.abc import Iterator
from pathlib import Path

import pytest
from dbus_fast import Message, MessageType
from desktop import NAME, PATH, WAIT_S, Bus, Client, Posted, Server, missing

from samantha.adapters.notifications import make_notifier
from samantha.adapters.notifications_dbus import DbusNotifier
from samantha.adapters.notifications_plyer import body_of, title_of
from samantha.adapters.notifications_wire import bounded
from samantha.core.ports import Card

BUTTONS = (("review", "Review"), ("accept", "Prepare to send"), ("dismiss", "Not now"))
OFFER = Card("offer-7", "Your 7 letters fit “The Saltmarsh Quarterly”", "It closes soon.", BUTTONS)


@contextlib.contextmanager
def notifying() -> Iterator[tuple[DbusNotifier, queue.SimpleQueue[tuple[str, str]]]]:
    presses: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
    notifier = DbusNotifier()
    notifier.start(lambda card, button: presses.put((card, button)))
    try:
        yield notifier, presses
    finally:
        notifier.stop()


def signal(member: str, card: Posted, what: object, to: str | None = None) -> Message:
    return Message(
        message_type=MessageType.SIGNAL,
        destination=to,
        path=PATH,
        interface=NAME,
        member=member,
        signature="us" if isinstance(what, str) else "uu",
        body=[card.id, what],
    )


# --- what is sent (I9) -------------------------------------------------------------------------


def test_a_card_arrives_with_its_words_and_buttons(session_bus: Bus) -> None:
    """Title, body and the three buttons are on the wire, as one asking card of samantha."""
    with Server(session_bus.address) as server, notifying() as (notifier, _):
        assert notifier.post(OFFER)
        card = server.next_posted()
        assert (card.app, card.title, card.body) == ("samantha", OFFER.title, OFFER.body)
        assert list(card.buttons) == ["Review", "Prepare to send", "Not now"]
        assert card.actions[:2] == ("default", "Review")
        assert card.hints["desktop-entry"] == "samantha"
        assert (card.hints["urgency"], card.timeout, card.replaces) == (1, 0, 0)
        assert notifier.state() == ("dbus", "fake 1")


def test_an_urgent_card_says_so(session_bus: Bus) -> None:
    """Urgency is a hint that desktops let through their quiet modes."""
    with Server(session_bus.address) as server, notifying() as (notifier, _):
        notifier.post(Card("offer-1", "Now", "", BUTTONS, urgent=True))
        assert server.next_posted().hints["urgency"] == 2


def test_a_card_that_only_tells_has_no_buttons_and_goes_by_itself(session_bus: Bus) -> None:
    """A note needs no answer, so it does not stay until it gets one; a reminder is seen first."""
    with Server(session_bus.address) as server, notifying() as (notifier, _):
        notifier.post(Card("done-3", "Done: moved", "/home/a/b"))
        card = server.next_posted()
        assert (card.actions, card.timeout) == ((), -1)
        assert notifier.post(Card("reminder-1", "Pay the bill", "", stays=True))
        assert server.next_posted().timeout == 0


@pytest.mark.parametrize(
    ("untrusted_text", "on_the_wire"),
    [
        ("<b>a</b> & <a href='http://x.example'>y</a>",
         "&lt;b&gt;a&lt;/b&gt; &amp; &lt;a href='http://x.example'&gt;y&lt;/a&gt;"),
        ("<img src='file:///etc/passwd' alt='x'/>",
         "&lt;img src='file:///etc/passwd' alt='x'/&gt;"),
        ("&#60;b&#62;", "&amp;#60;b&amp;#62;"),
        ("invoice\u202efdp.exe", "invoice�fdp.exe"),
        ("a\x1b[31mred\x00\x07", "a�[31mred��"),
        ("lone \udce9 surrogate", "lone � surrogate"),
    ],
)  # fmt: skip
def test_text_is_inert_on_the_wire(session_bus: Bus, untrusted_text: str, on_the_wire: str) -> None:
    """Markup, controls, direction marks and undecodable bytes reach no server as such."""
    with Server(session_bus.address) as server, notifying() as (notifier, _):
        assert notifier.post(Card("offer-1", untrusted_text, untrusted_text, BUTTONS))
        card = server.next_posted()
        assert card.body == on_the_wire
        assert card.title == bounded(untrusted_text, 80)


def test_text_is_bounded_on_the_wire(session_bus: Bus) -> None:
    """No mail fills the screen, whoever calls: title 80, body 500, label 40, three buttons."""
    many = tuple((f"k{n}", "L" * 300) for n in range(9))
    with Server(session_bus.address) as server, notifying() as (notifier, _):
        notifier.post(Card("offer-1", "t\n" * 9_999, "b" * 1_000_000, many))
        card = server.next_posted()
        assert len(card.title) == 80 and "\n" not in card.title
        assert len(card.body) == 500 and card.body.endswith("…")
        assert [len(label) for label in card.actions[1::2]] == [40, 40, 40]


def test_a_server_without_buttons_is_told_what_to_type(session_bus: Bus) -> None:
    """Without the capability no action is sent, and the body names the command."""
    with Server(session_bus.address, ["body"]) as server, notifying() as (notifier, _):
        notifier.post(OFFER)
        card = server.next_posted()
        assert card.actions == ()
        assert card.body == "It closes soon.\nTo answer, type: samantha show 7"
        notifier.post(Card("done-7", "Done", "", (("undo", "Undo"),)))
        assert server.next_posted().body == "To answer, type: samantha undo 7"


def test_what_servers_draw_oddly_is_known(session_bus: Bus) -> None:
    """dunst draws no buttons, so what to type is said; Xfce would draw the click as a button."""
    with Server(session_bus.address, name="dunst") as server, notifying() as (notifier, _):
        notifier.post(OFFER)
        card = server.next_posted()
        assert card.body.endswith("samantha show 7") and len(card.buttons) == 3
    with (
        Server(session_bus.address, name="Xfce Notify Daemon") as server,
        notifying() as (notifier, _),
    ):
        notifier.post(OFFER)
        card = server.next_posted()
        assert "default" not in card.actions and len(card.buttons) == 3


def test_a_server_without_markup_gets_plain_text(session_bus: Bus) -> None:
    """Escapes would be shown as such where nothing reads them."""
    with Server(session_bus.address, ["body", "actions"]) as server, notifying() as (notifier, _):
        notifier.post(Card("offer-1", "a", "Tom & Jerry <3", BUTTONS))
        assert server.next_posted().body == "Tom & Jerry <3"


def test_a_server_without_bodies_gets_the_command_in_the_title(session_bus: Bus) -> None:
    """The least server still shows what it is about and what to type."""
    with Server(session_bus.address, []) as server, notifying() as (notifier, _):
        notifier.post(OFFER)
        card = server.next_posted()
        assert (card.title, card.body) == (f"{OFFER.title} (samantha show 7)", "")


# --- replace, withdraw, close ------------------------------------------------------------------


def test_the_same_key_replaces_and_withdrawing_closes(session_bus: Bus) -> None:
    """One card a key; a withdrawn one leaves the screen."""
    with Server(session_bus.address) as server, notifying() as (notifier, _):
        notifier.post(OFFER)
        first = server.next_posted()
        notifier.post(Card("offer-8", "another", "", BUTTONS))
        other = server.next_posted()
        notifier.post(Card(OFFER.key, "changed", "", BUTTONS))
        second = server.next_posted()
        assert (second.replaces, second.title) == (first.id, "changed")
        assert other.replaces == 0
        notifier.withdraw(OFFER.key)
        assert server.closed.get(timeout=WAIT_S) == first.id
        notifier.post(OFFER)
        assert server.next_posted().replaces == 0


def test_closing_a_card_decides_nothing_and_brings_nothing_back(session_bus: Bus) -> None:
    """A card the user closed is not pressed, and is not posted again, by no restart either."""
    with Server(session_bus.address) as server, notifying() as (notifier, presses):
        notifier.post(OFFER)
        server.emit("NotificationClosed", "uu", [server.next_posted().id, 2])
        notifier.post(Card("offer-8", "another", "", BUTTONS))
        assert server.next_posted().title == "another"
        assert presses.empty()
    with notifying() as (notifier, _):
        with Server(session_bus.address) as server:
            notifier.post(OFFER)
            server.emit("NotificationClosed", "uu", [server.next_posted().id, 2])
            notifier.post(Card("offer-8", "another", "", BUTTONS))
            server.next_posted()
        with Server(session_bus.address) as server:
            assert server.next_posted().title == "another"
            notifier.post(Card("offer-9", "third", "", BUTTONS))
            assert server.next_posted().title == "third"


# --- presses (I10) -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "button"),
    [("Review", "review"), ("Prepare to send", "accept"), ("Not now", "dismiss")],
)
def test_a_press_carries_the_button_back(session_bus: Bus, label: str, button: str) -> None:
    """What the user pressed is what the daemon hears, and the card is closed where it was left."""
    with Server(session_bus.address) as server, notifying() as (notifier, presses):
        notifier.post(OFFER)
        card = server.next_posted()
        server.press(card, label)
        assert presses.get(timeout=WAIT_S) == ("offer-7", button)
        assert server.closed.get(timeout=WAIT_S) == card.id


def test_a_click_on_the_card_means_review_or_nothing(session_bus: Bus) -> None:
    """The click without a button opens the whole view where there is one, and decides nothing."""
    with Server(session_bus.address) as server, notifying() as (notifier, presses):
        notifier.post(Card("offer-1", "a", "", (("accept", "Move it"), ("dismiss", "Not now"))))
        server.emit("ActionInvoked", "us", [server.next_posted().id, "default"])
        notifier.post(OFFER)
        server.emit("ActionInvoked", "us", [server.next_posted().id, "default"])
        assert presses.get(timeout=WAIT_S) == ("offer-7", "review")
        assert presses.empty()


def test_no_forged_press_is_accepted(session_bus: Bus) -> None:
    """Of 10,000 from another client, with the right id and key, to all and straight to us: none."""
    with (
        Server(session_bus.address) as server,
        Client(session_bus.address) as forger,
        notifying() as (notifier, presses),
    ):
        notifier.post(OFFER)
        card = server.next_posted()
        keys = [*card.buttons.values(), "default"]
        for n in range(5_000):
            body = [card.id, keys[n % len(keys)]]
            forger.emit("ActionInvoked", "us", body)
            forger.emit("ActionInvoked", "us", body, to=card.sender)
            if n % 50 == 49:  # dbus-fast ends a connection whose socket is full
                forger.bus_call("GetId", "", [])
        forger.bus_call("GetId", "", [])  # the bus has passed all of them on
        server.press(card, "Not now")
        assert presses.get(timeout=WAIT_S) == ("offer-7", "dismiss")
        assert presses.empty()


def test_a_forged_closing_forgets_no_card(session_bus: Bus) -> None:
    """Another client cannot make a card deaf."""
    with (
        Server(session_bus.address) as server,
        Client(session_bus.address) as forger,
        notifying() as (notifier, presses),
    ):
        notifier.post(OFFER)
        card = server.next_posted()
        forger.emit("NotificationClosed", "uu", [card.id, 2], to=card.sender)
        forger.bus_call("GetId", "", [])
        server.press(card, "Review")
        assert presses.get(timeout=WAIT_S) == ("offer-7", "review")


def test_a_key_works_once_on_its_own_card_and_version(session_bus: Bus) -> None:
    """A second press, an old version's key, another card's id and a guessed name do nothing."""
    with Server(session_bus.address) as server, notifying() as (notifier, presses):
        notifier.post(OFFER)
        old = server.next_posted()
        notifier.post(OFFER)
        new = server.next_posted()
        notifier.post(Card("offer-8", "another", "", BUTTONS))
        other = server.next_posted()
        keys = [set(c.buttons.values()) for c in (old, new, other)]
        assert len(set.union(*keys)) == 9
        server.emit("ActionInvoked", "us", [old.id, old.buttons["Prepare to send"]])
        server.emit("ActionInvoked", "us", [new.id, other.buttons["Prepare to send"]])
        server.emit("ActionInvoked", "us", [other.id + 1, other.buttons["Prepare to send"]])
        server.emit("ActionInvoked", "us", [new.id, "accept"])
        server.press(new, "Not now")
        server.press(new, "Not now")
        server.press(new, "Prepare to send")
        server.press(other, "Review")
        assert presses.get(timeout=WAIT_S) == ("offer-7", "dismiss")
        assert presses.get(timeout=WAIT_S) == ("offer-8", "review")
        assert presses.empty()


def test_a_press_quicker_than_the_answer_is_not_lost(session_bus: Bus) -> None:
    """The signal may overtake the reply that tells the card's id."""
    with Server(session_bus.address) as server, notifying() as (notifier, presses):
        server.before_answer = lambda card: [
            signal("ActionInvoked", card, card.buttons["Prepare to send"])
        ]
        notifier.post(OFFER)
        assert presses.get(timeout=WAIT_S) == ("offer-7", "accept")


def test_a_failing_callback_costs_its_own_press(session_bus: Bus) -> None:
    """The thread that listens lives on, whatever the daemon does with a press."""
    presses: queue.SimpleQueue[str] = queue.SimpleQueue()

    def fail_once(card: str, button: str) -> None:
        if card == "offer-7":
            raise KeyError(card)
        presses.put(button)

    notifier = DbusNotifier()
    with Server(session_bus.address) as server:
        notifier.start(fail_once)
        notifier.post(OFFER)
        server.press(server.next_posted(), "Review")
        notifier.post(Card("offer-8", "another", "", BUTTONS))
        server.press(server.next_posted(), "Not now")
        assert presses.get(timeout=WAIT_S) == "dismiss"
        notifier.stop()


# --- nothing is lost ---------------------------------------------------------------------------


def test_what_was_posted_to_nobody_appears_with_the_server(session_bus: Bus) -> None:
    """Cards wait, in their order, for a server that comes later; withdrawn ones do not."""
    with notifying() as (notifier, presses):
        assert not notifier.post(OFFER)
        assert not notifier.post(Card("offer-8", "gone again", "", BUTTONS))
        assert not notifier.post(Card("offer-9", "third", "", BUTTONS))
        notifier.withdraw("offer-8")
        way, reason = notifier.state()
        assert way == "none" and reason.startswith("no notification server")
        with Server(session_bus.address) as server:
            cards = [server.next_posted(), server.next_posted()]
            assert [c.title for c in cards] == [OFFER.title, "third"]
            server.press(cards[0], "Prepare to send")
            assert presses.get(timeout=WAIT_S) == ("offer-7", "accept")


def test_open_cards_come_back_with_a_new_server(session_bus: Bus) -> None:
    """After a restart open cards are posted anew: new ids, new keys, the old ones dead."""
    with notifying() as (notifier, presses):
        with Server(session_bus.address) as server:
            notifier.post(OFFER)
            notifier.post(Card("offer-8", "another", "", BUTTONS))
            old, other = server.next_posted(), server.next_posted()
            server.press(other, "Not now")
            assert presses.get(timeout=WAIT_S) == ("offer-8", "dismiss")
        with Server(session_bus.address, first=old.id) as server:
            new = server.next_posted()
            assert (new.title, new.replaces) == (OFFER.title, 0)
            server.emit("ActionInvoked", "us", [new.id, old.buttons["Prepare to send"]])
            server.press(new, "Review")
            assert presses.get(timeout=WAIT_S) == ("offer-7", "review")
            assert presses.empty() and server.posted.empty()


def test_cards_that_an_ending_server_closes_come_back(session_bus: Bus) -> None:
    """A server that closes its cards as it ends has not asked the user."""
    with notifying() as (notifier, _):
        with Server(session_bus.address) as server:
            notifier.post(OFFER)
            server.emit("NotificationClosed", "uu", [server.next_posted().id, 4])
        with Server(session_bus.address) as server:
            assert server.next_posted().title == OFFER.title


def test_a_bus_that_dies_and_comes_back_is_joined_again(session_bus: Bus) -> None:
    """A new session bus at the old address gets the open cards, and presses work on it."""
    with notifying() as (notifier, presses):
        with Server(session_bus.address) as server:
            notifier.post(OFFER)
            server.next_posted()
            session_bus.stop()
        assert not notifier.post(Card("offer-8", "meanwhile", "", BUTTONS))
        assert notifier.state()[0] == "none"
        session_bus.start()
        with Server(session_bus.address) as server:
            cards = [server.next_posted(), server.next_posted()]
            assert [c.title for c in cards] == [OFFER.title, "meanwhile"]
            server.press(cards[1], "Not now")
            assert presses.get(timeout=WAIT_S) == ("offer-8", "dismiss")


def test_a_bus_that_is_not_there_at_the_start_is_joined_later(session_bus: Bus) -> None:
    """The daemon may start before the session does."""
    session_bus.stop()
    with notifying() as (notifier, _):
        assert not notifier.post(OFFER)
        assert notifier.state()[0] == "none"
        session_bus.start()
        with Server(session_bus.address) as server:
            assert server.next_posted().title == OFFER.title


def test_a_refused_card_stays_pending(session_bus: Bus) -> None:
    """Servers refuse cards when they hold too many; the card comes when there is room."""
    with Server(session_bus.address) as server, notifying() as (notifier, _):
        server.refuse = True
        assert not notifier.post(OFFER)
        server.next_posted()
        server.refuse = False
        notifier.post(Card("offer-8", "another", "", BUTTONS))
        assert [server.next_posted().title for _ in range(2)] == [OFFER.title, "another"]


def test_stopping_leaves_cards_and_ends_the_thread(session_bus: Bus) -> None:
    """A stopped daemon takes nothing off the screen; what comes after shows nothing."""
    with Server(session_bus.address) as server:
        with notifying() as (notifier, _):
            notifier.post(OFFER)
            sender = server.next_posted().sender
            assert server.bus_call("NameHasOwner", "s", [sender]).body == [True]
        assert server.bus_call("NameHasOwner", "s", [sender]).body == [False]
        assert not notifier.post(OFFER)
        assert notifier.state() == ("none", "stopped")
        notifier.withdraw(OFFER.key)
        assert server.closed.empty() and server.posted.empty()


def test_a_new_run_closes_the_deaf_cards_of_the_last(session_bus: Bus) -> None:
    """Buttons that nobody hears any more go; notes stay; another server is left alone."""
    with Server(session_bus.address) as server:
        with notifying() as (notifier, _):
            notifier.post(Card("done-3", "Done", ""))
            notifier.post(OFFER)
            note, old = server.next_posted(), server.next_posted()
            with notifying() as (second, _):  # the demo, say, beside the daemon
                second.post(Card("offer-1", "beside", "", BUTTONS))
                server.next_posted()
                assert server.closed.empty()
        with notifying() as (notifier, presses):
            notifier.post(OFFER)
            new = server.next_posted()
            assert server.closed.get(timeout=WAIT_S) == old.id
            server.press(new, "Review")
            assert presses.get(timeout=WAIT_S) == ("offer-7", "review")
            assert server.closed.get(timeout=WAIT_S) == new.id != note.id
            notifier.post(OFFER)
            server.next_posted()
    with Server(session_bus.address) as server, notifying() as (notifier, _):
        notifier.post(OFFER)
        assert server.next_posted().title == OFFER.title
        assert server.closed.empty()


@pytest.mark.parametrize("rubbish", ["", "{", "[]", '{"desktop": 1}', '{"cards": "x"}'])
def test_a_spoiled_memory_of_cards_costs_nothing(session_bus: Bus, rubbish: str) -> None:
    """What a crash cut short is as good as none."""
    folder = Path(os.environ["XDG_RUNTIME_DIR"]) / "samantha"
    folder.mkdir()
    (folder / "notifications.json").write_text(rubbish)
    with Server(session_bus.address) as server, notifying() as (notifier, _):
        assert notifier.post(OFFER)
        assert server.closed.empty()


def test_cards_posted_before_the_start_appear_after_it(session_bus: Bus) -> None:
    """Order of calls loses nothing."""
    notifier = DbusNotifier()
    assert not notifier.post(OFFER)
    with Server(session_bus.address) as server:
        notifier.start(lambda card, button: None)
        assert server.next_posted().title == OFFER.title
        notifier.stop()


# --- the other ways ----------------------------------------------------------------------------


def test_the_terminal_shows_what_no_server_does(session_bus: Bus) -> None:
    """A card is printed where nothing else answers, and gets its buttons when a server appears."""
    stream = io.StringIO()
    notifier = make_notifier(stream=stream)
    notifier.start(lambda card, button: None)
    assert notifier.post(Card("offer-7", "A \x1b[2Jtitle", "why\nquote", BUTTONS))
    assert stream.getvalue() == (
        "samantha: A �[2Jtitle\n  why\n  quote\n  To answer, type: samantha show 7\n"
    )
    with Server(session_bus.address) as server:
        assert list(server.next_posted().buttons) == ["Review", "Prepare to send", "Not now"]
        assert notifier.state()[0] == "dbus"
        notifier.post(OFFER)
        assert OFFER.title not in stream.getvalue()
        notifier.stop()


@pytest.mark.parametrize("way", ["none", "terminal"])
def test_no_way_at_all_says_so(way: str) -> None:
    """Without any way a card is not shown, and the state says why."""
    notifier = make_notifier(way)
    notifier.start(lambda card, button: None)
    assert not notifier.post(OFFER)
    assert notifier.state()[0] == "none"
    notifier.stop()


def test_a_closed_terminal_shows_nothing() -> None:
    """A daemon whose terminal was closed goes on."""
    stream = io.StringIO()
    stream.close()
    notifier = make_notifier("terminal", stream)
    assert not notifier.post(OFFER)
    assert notifier.state() == ("none", "the terminal is closed")


@pytest.mark.parametrize("untrusted_text", ["--help", "-v", "\\074b\\076", "a'}, x: <'b", ""])
def test_plyer_is_given_nothing_to_obey(untrusted_text: str) -> None:
    """A subject is no option, escape or quote on the command line that plyer builds."""
    card = Card("offer-7", untrusted_text, untrusted_text, BUTTONS)
    assert title_of(card).startswith("samantha:")
    assert not set(title_of(card)) & set("\\'\"`")
    assert body_of(card) and not body_of(card).startswith("-")
    assert not set(body_of(card)) & set("\\'\"`<>")


@pytest.mark.skipif(bool(missing("notify-send")), reason=missing("notify-send"))
@pytest.mark.parametrize("untrusted_text", ["-v", "--print-id", "\\074b\\076 <i>x</i> & 'y'"])
def test_plyer_shows_a_stranger_s_words_as_words(session_bus: Bus, untrusted_text: str) -> None:
    """Through plyer and notify-send a subject arrives as text, and is not claimed to be shown."""
    with Server(session_bus.address) as server:
        notifier = make_notifier("plyer")
        notifier.start(lambda card, button: None)
        card = Card("offer-7", untrusted_text, untrusted_text, BUTTONS)
        assert not notifier.post(card)
        posted = server.next_posted()
        assert posted.title == f"samantha: {untrusted_text}".translate(
            {ord("\\"): "⧵", ord("'"): "’"}
        )
        assert "<" not in posted.body and posted.body.endswith("samantha show 7")
        assert notifier.state()[0] == "plyer"
        notifier.stop()


def test_plyer_gets_no_more_than_it_can_hold() -> None:
    """The command to type outlives the cut."""
    text = body_of(Card("offer-7", "", "b" * 9_999, BUTTONS))
    assert len(text) <= 250 and text.endswith("samantha show 7")


def test_an_unknown_way_is_refused() -> None:
    """A misspelt way is an error, not silence."""
    with pytest.raises(ValueError, match="carrier pigeon"):
        make_notifier("carrier pigeon")
