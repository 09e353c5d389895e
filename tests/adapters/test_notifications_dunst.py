"""Cards on a real desktop: dunst on a virtual screen, a private bus, nothing played."""

from __future__ import annotations

import json
import queue
import shlex
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from desktop import NAME, WAIT_S, Bus, Dunst, missing, virtual_screen

from samantha.adapters.notifications_dbus import DbusNotifier
from samantha.core.ports import Card

pytestmark = pytest.mark.slow

BUTTONS = (("review", "Review"), ("accept", "Prepare to send"), ("dismiss", "Not now"))
OFFER = Card(
    "offer-7",
    "Your 7 letters fit “The Saltmarsh Quarterly” (closes 2 January)",
    "All seven are by you, finished, and within the 1,500 words they ask for.\n"
    "“Send up to ten letters, real or invented, in one document by 2 January.”",
    BUTTONS,
)


class Shown:
    """A notifier in front of dunst, and what was pressed."""

    def __init__(self) -> None:
        self.notifier = DbusNotifier()
        self._presses: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self.notifier.start(lambda card, button: self._presses.put((card, button)))

    def pressed(self) -> tuple[str, str]:
        return self._presses.get(timeout=WAIT_S)

    def nothing_pressed(self) -> bool:
        return self._presses.empty()


@pytest.fixture
def shown(dunst: Dunst) -> Iterator[Shown]:
    one = Shown()
    yield one
    one.notifier.stop()


def bodies(dunst: Dunst) -> list[str]:
    """What dunst remembers of the cards that are gone, newest first."""
    return [entry["body"]["data"] for entry in json.loads(dunst.ctl("history"))["data"][0]]


def test_a_card_is_on_the_screen_at_once(dunst: Dunst, shown: Shown, tmp_path: Path) -> None:
    """When `post` says yes, the desktop shows the card."""
    assert shown.notifier.post(OFFER)
    assert dunst.displayed() == 1
    way, server = shown.notifier.state()
    assert way == "dbus" and server.startswith("dunst ")
    dunst.screenshot(tmp_path / "card.png")
    assert (tmp_path / "card.png").stat().st_size > 0


@pytest.mark.parametrize(
    ("label", "button"), [("Prepare to send", "accept"), ("Not now", "dismiss")]
)
def test_a_button_of_the_real_menu_carries_back(
    dunst: Dunst, shown: Shown, label: str, button: str
) -> None:
    """Choosing a label from dunst's menu presses that button, and the card goes."""
    shown.notifier.post(OFFER)
    dunst.press(label)
    assert shown.pressed() == ("offer-7", button)
    dunst.wait_until_displayed(0)


def test_a_click_on_the_card_opens_the_review(dunst: Dunst, shown: Shown) -> None:
    """The default action of the desktop is the one that decides nothing."""
    shown.notifier.post(OFFER)
    dunst.ctl("action")
    assert shown.pressed() == ("offer-7", "review")
    dunst.wait_until_displayed(0)


def test_replacing_and_withdrawing(dunst: Dunst, shown: Shown) -> None:
    """The same key stays one card, with the new words; withdrawn, it is off the screen."""
    shown.notifier.post(OFFER)
    shown.notifier.post(Card("offer-8", "another", "one more", BUTTONS))
    shown.notifier.post(Card("offer-7", "changed", "new words", BUTTONS))
    assert dunst.displayed() == 2
    shown.notifier.withdraw("offer-7")
    dunst.wait_until_displayed(1)
    assert bodies(dunst)[0].startswith("new words")


def test_a_stranger_draws_no_markup(dunst: Dunst, shown: Shown) -> None:
    """Markup in a mail is shown as the characters it is made of."""
    shown.notifier.post(Card("offer-7", "<u>t</u>", "<b>loud</b> <a href='x'>y</a> & co", ()))
    shown.notifier.withdraw("offer-7")
    dunst.wait_until_displayed(0)
    assert bodies(dunst) == ["&lt;b&gt;loud&lt;/b&gt; &lt;a href='x'&gt;y&lt;/a&gt; &amp; co"]


def test_a_killed_server_gets_the_open_cards_again(dunst: Dunst, shown: Shown) -> None:
    """After a crash of the desktop's server what was open is on the screen, and works."""
    shown.notifier.post(OFFER)
    dunst.kill()
    assert not shown.notifier.post(Card("offer-8", "meanwhile", "", BUTTONS))
    dunst.start()
    dunst.wait_until_displayed(2)
    shown.notifier.withdraw("offer-8")
    dunst.wait_until_displayed(1)
    dunst.press("Prepare to send")
    assert shown.pressed() == ("offer-7", "accept")


def test_a_frozen_server_shows_a_card_once_it_wakes(dunst: Dunst, shown: Shown) -> None:
    """A server that hangs holds nobody up, and what it was sent meanwhile is there once."""
    assert shown.notifier.post(OFFER)
    dunst.freeze()
    second = Card("offer-8", "another", "", BUTTONS)
    assert not shown.notifier.post(second)
    assert not shown.notifier.post(second)
    assert shown.notifier.state()[1].endswith("does not answer")
    dunst.thaw()
    dunst.wait_until_displayed(2)
    shown.notifier.withdraw("offer-8")
    dunst.wait_until_displayed(1)


def test_stopping_ends_beside_a_frozen_server(dunst: Dunst, shown: Shown) -> None:
    """The daemon can always go; the card stays for the next one to replace or leave."""
    assert shown.notifier.post(OFFER)
    dunst.freeze()
    assert not shown.notifier.post(Card("offer-8", "another", "", BUTTONS))
    shown.notifier.stop()
    assert shown.notifier.state() == ("none", "stopped")
    assert not [t for t in threading.enumerate() if t.name == "notifications"]
    dunst.thaw()
    assert dunst.displayed() >= 1


def test_a_server_that_the_bus_can_start_is_started(session_bus: Bus) -> None:
    """Where the desktop starts its server on demand, the first card is the demand."""
    if reason := missing("dunst", "dunstctl", "Xvfb"):
        pytest.skip(reason)
    session_bus.stop()
    with virtual_screen() as display, tempfile.TemporaryDirectory() as folder:
        dunst = Dunst(session_bus.address, display, Path(folder))
        command = shlex.join(["/usr/bin/env", f"DISPLAY={display}", *dunst.command])
        session_bus.can_start(NAME, command)
        session_bus.start()
        shown = Shown()
        shown.notifier.post(OFFER)
        dunst.wait_until_displayed(1)
        shown.notifier.stop()


def test_a_card_the_user_closes_stays_closed(dunst: Dunst, shown: Shown) -> None:
    """Closing decides nothing; a restart of the server does not bring the card back."""
    shown.notifier.post(OFFER)
    dunst.ctl("close")
    dunst.wait_until_displayed(0)
    shown.notifier.post(Card("offer-8", "another", "one more", BUTTONS))
    dunst.kill()
    dunst.start()
    dunst.wait_until_displayed(1)
    dunst.press("Not now")
    assert shown.pressed() == ("offer-8", "dismiss")
    assert shown.nothing_pressed()
