"""The daemon, live: a locked screen and a paused desktop hold, their end shows."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from dbus_fast import Message, MessageType
from desktop import Client, Dunst
from homes import Home, Running, bill, in_days

pytestmark = pytest.mark.slow
PATIENCE_S = 90.0
SAVER = "org.freedesktop.ScreenSaver"


def until(found: Callable[[], object]) -> None:
    """Ask again and again, each time by a program of its own, until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not found():
        assert time.monotonic() < deadline, "it never came"


def test_a_locked_screen_holds_until_the_user_is_back(
    home: Home, dunst: Dunst, tmp_path: Path
) -> None:
    """Behind the lock nothing is put on the screen, `status` and `digest` tell; then it comes."""
    address = dunst.environment["DBUS_SESSION_BUS_ADDRESS"]
    home.configure()
    home.more = {"DBUS_SESSION_BUS_ADDRESS": address}
    locked = [True]

    def answer(message: Message) -> Message | None:
        if message.message_type is not MessageType.METHOD_CALL or message.interface != SAVER:
            return None
        if message.member == "GetActive":
            return Message.new_method_return(message, "b", [locked[0]])
        return Message.new_error(message, f"{SAVER}.Error", "")

    with Client(address) as client:
        client.on_message(answer)
        assert client.bus_call("RequestName", "su", [SAVER, 4]).body == [1]
        running = Running(home, tmp_path)
        running.wait_ready()
        home.deliver("1.bill", bill(in_days(20)))
        until(lambda: home.json("offers"))
        (held,) = home.json("offers")
        assert (held["verdict"], held["reason"]) == ("hold", "the screen is locked")
        assert dunst.displayed() == 0
        assert held["title"] in home.run("digest").stdout
        assert "known in part" in home.run("status").stdout
        locked[0] = False
        until(lambda: home.run("resume") and dunst.displayed() == 1)
        assert "Nothing is held back." in home.run("digest").stdout
        assert running.stop() == 0
