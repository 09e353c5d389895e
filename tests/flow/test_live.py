"""The daemon, live: a real desktop, real files, a button that is pressed, and kills in between."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desktop import Dunst
from homes import Home, Running, bill, in_days

pytestmark = pytest.mark.slow
PATIENCE_S = 60.0


def until(found: Callable[[], object]) -> None:
    """Ask again and again, each time by a program of its own, until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not found():
        assert time.monotonic() < deadline, "it never came"


@pytest.fixture
def lived(home: Home, dunst: Dunst) -> Iterator[Home]:
    home.configure(model=True)
    home.more = {"DBUS_SESSION_BUS_ADDRESS": dunst.environment["DBUS_SESSION_BUS_ADDRESS"]}
    yield home


def arrows(home: Home) -> list[str]:
    (offer,) = home.json("offers", "--all")
    return [row["arrow"] for row in home.json("why", str(offer["id"]))]


def test_a_mail_becomes_a_notification_and_its_button_acts(
    lived: Home, dunst: Dunst, tmp_path: Path
) -> None:
    """A bill that is delivered shows a card; its button sets the reminder, once, and says so."""
    running = Running(lived, tmp_path)
    running.wait_ready()
    lived.deliver("1.bill", bill(in_days(20)))
    until(lambda: dunst.displayed() == 1)
    dunst.press("Remind me")
    until(lambda: "done" in arrows(lived))
    assert arrows(lived).count("done") == 1 and arrows(lived).count("shown") == 1
    assert running.stop() == 0
    assert "Stadtwerke" not in running.log.read_text()


def test_a_killed_daemon_shows_again_and_acts_once(
    lived: Home, dunst: Dunst, tmp_path: Path
) -> None:
    """After kill -9 the open offer is on the screen again, the same one, and a press acts once."""
    first = Running(lived, tmp_path)
    first.wait_ready()
    lived.deliver("1.bill", bill(in_days(20)))
    until(lambda: dunst.displayed() == 1)
    first.kill()
    dunst.ctl("close-all")
    second = Running(lived, tmp_path)
    second.wait_ready()
    until(lambda: dunst.displayed() == 1)
    dunst.press("Not now")
    until(lambda: "dismissed" in arrows(lived))
    assert second.stop() == 0
    third = Running(lived, tmp_path)
    third.wait_ready()
    assert lived.json("offers") == []
    assert third.stop() == 0


def test_a_notification_server_that_comes_late_shows_what_waited(
    lived: Home, dunst: Dunst, tmp_path: Path
) -> None:
    """What came up while nobody could show it appears as soon as somebody can."""
    dunst.kill()
    running = Running(lived, tmp_path)
    running.wait_ready()
    lived.deliver("1.bill", bill(in_days(20)))
    until(lambda: lived.json("offers"))
    dunst.start()
    until(lambda: dunst.displayed() == 1)
    assert running.stop() == 0


def test_a_decision_on_the_command_line_takes_the_card_down(
    lived: Home, dunst: Dunst, tmp_path: Path
) -> None:
    """What is decided elsewhere does not stay on the screen."""
    running = Running(lived, tmp_path)
    running.wait_ready()
    lived.deliver("1.bill", bill(in_days(20)))
    until(lambda: dunst.displayed() == 1)
    (offer,) = lived.json("offers")
    lived.run("dismiss", str(offer["id"]))
    until(lambda: dunst.displayed() == 0)
    assert running.stop() == 0


def test_a_second_daemon_says_that_one_runs(lived: Home, tmp_path: Path) -> None:
    """Two daemons of one user never work at once."""
    running = Running(lived, tmp_path)
    running.wait_ready()
    assert "already running" in lived.run("run", code=1).stderr
    assert "already running" in lived.run("run", "--once", code=1).stderr
    assert "The daemon is running" in lived.run("status").stdout
    assert running.stop() == 0
    assert "not running" in lived.run("status").stdout
