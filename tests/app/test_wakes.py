"""Wakes in the program itself: left by a built-in plugin, kept, and acted upon by the daemon."""

from __future__ import annotations

import email.utils
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from homes import CONFIG, Home, Running

from samantha.adapters.index import SqliteIndex
from samantha.api import Wake

VIENNA = ZoneInfo("Europe/Vienna")
OFF = "\n[plugins.promises]\nenabled = false\n"
PATIENCE_S = 90.0


def promise(home: Home, days: int) -> datetime:
    """Send Bert a mail that promises a file by a day; return when that day is to be looked at."""
    day = (datetime.now(VIENNA) + timedelta(days=days)).date()
    home.deliver(
        "1.promise",
        f"From: Anna Berg <anna@berg.example>\nTo: Bert <bert@else.example>\n"
        f"Subject: The harbour\nDate: {email.utils.format_datetime(datetime.now(UTC))}\n"
        "Message-ID: <sent@berg.example>\nContent-Type: text/plain; charset=utf-8\n\n"
        f"Hi Bert,\n\nI will send you the harbour plan by {day.day} {day:%B %Y}.\n\nAnna\n",
        folder="Mail/.Sent",
    )
    return datetime(day.year, day.month, day.day, 4, tzinfo=VIENNA).astimezone(UTC)


def index(home: Home) -> SqliteIndex:
    return SqliteIndex(home.root / ".state/samantha/index.db")


def wakes(home: Home) -> list[Wake]:
    one = index(home)
    found = [wake for _, wake in one.wakes(datetime(9000, 1, 1, tzinfo=UTC), ["promises"])]
    one.close()
    return found


def test_a_plugin_that_is_switched_on_later_is_woken_too(home: Home) -> None:
    """It looks once at what was read before it came; nothing of the past is offered for it."""
    home.configure(CONFIG + OFF)
    at = promise(home, 20)
    home.run("run", "--once")
    assert wakes(home) == []
    home.configure()
    home.run("run", "--once")
    (wake,) = wakes(home)
    assert wake.at == at and wake.documents == ("<sent@berg.example>",)
    assert [o for o in home.json("offers") if o["plugin"] == "promises"] == []


def test_the_daemon_wakes_a_plugin_after_a_restart(home: Home, tmp_path: Path) -> None:
    """A time that passed while it was down is told at the next start: the wake is over then."""
    home.configure()
    promise(home, 20)
    home.run("run", "--once")
    (wake,) = wakes(home)
    one = index(home)
    one.keep_wake("promises", replace(wake, at=datetime.now(UTC) - timedelta(days=1)), 10)
    one.close()
    daemon = Running(home, tmp_path)
    daemon.wait_ready()
    deadline = time.monotonic() + PATIENCE_S
    while wakes(home):
        assert time.monotonic() < deadline, daemon.log.read_text()
        # As each command that changes something does: the daemon looks at what is due.
        home.run("resume")
    assert daemon.stop() == 0
