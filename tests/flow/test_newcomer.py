"""The newcomer's path, as docs/write-a-plugin.md tells it, with the installed wheel."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest
from desktop import Dunst
from homes import Home, Running, in_days
from installed import ROOT, installed
from pages import blocks, write

pytestmark = pytest.mark.slow
PAGE = ROOT / "docs" / "write-a-plugin.md"
INVITATION = """\
From: Rosa Lind <rosa@lind.example>
To: Anna Berg <anna@berg.example>
Subject: Our autumn feast
Date: {now}
Message-ID: <autumn@lind.example>
Content-Type: text/plain; charset=utf-8

Dear Anna,

we celebrate in our garden again. RSVP by {day}, please.

Rosa
"""


@pytest.fixture
def newcomer(home: Home, tmp_path: Path) -> Home:
    """Somebody who has installed samantha's wheel, and nothing else of it."""
    programs = installed(tmp_path / "installed")
    home.python = str(programs / "python")
    home.more = {
        "PATH": f"{programs}:/usr/bin:/bin",
        "XDG_DATA_HOME": str(home.root / ".local/share"),
    }
    return home


def follow(page: Path, home: Home) -> str:
    """Do what a page says, block by block, as in one terminal; return all that was printed."""
    printed, place = "", home.root.parent / "place"
    place.write_text(str(home.root))
    for block in blocks(page):
        if block.file:
            write(block, home.root)
            continue
        assert block.language == "sh", f"what is a reader to do with this? {block.text}"
        script = f'cd "$(cat {place})"\n{block.text}\npwd > {place}'
        done = subprocess.run(
            ["bash", "-euc", script],
            env=home.environment,
            input="y\n" * 4,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{block.text}\n{done.stdout}\n{done.stderr}"
        printed += done.stdout
    return printed


def until(found: Callable[[], object]) -> None:
    """Ask again and again until something is so."""
    deadline = time.monotonic() + 120
    while not found():
        assert time.monotonic() < deadline, "it never came"


def test_a_plugin_is_made_tried_and_seen_in_a_notification(
    newcomer: Home, dunst: Dunst, tmp_path: Path
) -> None:
    """New, edit, test, check, run, backtest, enable, configure: then its card is on the screen."""
    where = subprocess.run(
        [newcomer.python, "-c", "import samantha; print(samantha.__file__)"],
        env=newcomer.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert where.startswith(str(tmp_path)), "it is the installed wheel that is tried"
    newcomer.configure()
    printed = follow(PAGE, newcomer)
    assert printed.count("rsvp: Answer by 20 May: Our summer feast") == 2
    assert "rsvp 0.1.0 enabled" in printed and "as agreed to" in printed
    assert newcomer.config.read_text().endswith("[plugins.rsvp]\ndays_before = 3\n")

    newcomer.more["DBUS_SESSION_BUS_ADDRESS"] = dunst.environment["DBUS_SESSION_BUS_ADDRESS"]
    running = Running(newcomer, tmp_path)
    running.wait_ready()
    now = format_datetime(datetime.now(UTC))
    newcomer.deliver("1.feast", INVITATION.format(now=now, day=in_days(30)))
    until(lambda: dunst.displayed() == 1)
    (offer,) = newcomer.json("offers")
    assert offer["plugin"] == "rsvp" and "Our autumn feast" in offer["title"]
    dunst.press("Remind me")
    until(lambda: not newcomer.json("offers"))
    assert running.stop() == 0
