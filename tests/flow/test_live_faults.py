"""The daemon, live, where the machine gives less than it should: it says so and loses nothing."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from desktop import Dunst
from homes import Home, Running, bill, in_days

pytestmark = pytest.mark.slow
PATIENCE_S = 120.0
NOBODY = "no notification server answers"
FEW_WATCHES = (
    "unshare", "--user", "--map-root-user", "sh", "-c",
    'echo 5 > /proc/sys/user/max_inotify_watches && exec "$0" "$@"',
)  # fmt: skip
"""A user namespace has a limit of its own; the machine's stays as it is."""
NO_OVERRIDE = (
    "setpriv", "--inh-caps=-dac_override,-dac_read_search",
    "--bounding-set=-dac_override,-dac_read_search",
)  # fmt: skip
"""So that the modes of files hold for root as they do for everybody."""


def until(found: Callable[[], object]) -> None:
    """Ask again and again, each time by a program of its own, until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not found():
        assert time.monotonic() < deadline, "it never came"


def possible(below: Sequence[str]) -> bool:
    """Tell whether this machine lets a program be started so."""
    if shutil.which(below[0]) is None:
        return False
    return subprocess.run([*below, "true"], capture_output=True, check=False).returncode == 0


def row(home: Home, begin: str) -> str:
    """Return the row of `status` that begins so, or ''."""
    found = [r for r in home.run("status").stdout.splitlines() if r.startswith(begin)]
    return found[0] if found else ""


@pytest.fixture
def lived(home: Home, dunst: Dunst) -> Iterator[Home]:
    home.configure()
    home.more = {"DBUS_SESSION_BUS_ADDRESS": dunst.environment["DBUS_SESSION_BUS_ADDRESS"]}
    yield home


@pytest.mark.skipif(not possible(FEW_WATCHES), reason="no user namespaces")
def test_too_few_watches_are_told_and_the_folder_is_polled(home: Home, tmp_path: Path) -> None:
    """`status` says how to raise the limit; what comes meanwhile is read all the same."""
    home.configure()
    for n in range(30):
        (home.root / f"Documents/{n}").mkdir()
    running = Running(home, tmp_path, below=FEW_WATCHES)
    running.wait_ready()
    until(lambda: "polling" in row(home, "source documents"))
    told = row(home, "source documents")
    assert "fs.inotify.max_user_watches" in told and "sudo sysctl --system" in told
    home.write("29/late.md", "# A late note\n\nAbout the heron in the harbour.\n")
    until(lambda: home.json("search", "heron"))
    assert running.stop() == 0


@pytest.mark.skipif(not possible(NO_OVERRIDE), reason="setpriv is not installed")
def test_a_folder_that_may_not_be_read_is_named_and_the_rest_is_read(
    home: Home, tmp_path: Path
) -> None:
    """`status` names it; once it may be read, it is."""
    home.configure()
    home.write("secret/hidden.md", "# Hidden\n\nAbout the heron in the harbour.\n")
    home.write("open.md", "# Open\n\nAbout the gull on the pier.\n")
    closed = home.root / "Documents/secret"
    closed.chmod(0)
    running = Running(home, tmp_path, below=NO_OVERRIDE)
    try:
        running.wait_ready()
        until(lambda: home.json("search", "gull"))
        assert home.json("search", "heron") == []
        assert str(closed) in row(home, "source documents")
    finally:
        closed.chmod(0o700)
    assert running.stop() == 0
    again = Running(home, tmp_path, below=NO_OVERRIDE)
    again.wait_ready()
    until(lambda: home.json("search", "heron"))
    assert row(home, "source documents").split() == ["source", "documents", "watching"]
    assert again.stop() == 0


def test_a_notification_server_that_dies_is_told_and_shows_again(
    lived: Home, dunst: Dunst, tmp_path: Path
) -> None:
    """While there is none, `status` says it and what comes up waits; then all of it is shown."""
    running = Running(lived, tmp_path)
    running.wait_ready()
    lived.deliver("1.bill", bill(in_days(20)))
    until(lambda: dunst.displayed() == 1)
    assert "dbus" in row(lived, "notifications")
    dunst.kill()
    until(lambda: NOBODY in row(lived, "notifications"))
    lived.deliver("2.bill", bill(in_days(21), "A-1002", "EUR 17.00"))
    until(lambda: len(lived.json("offers")) == 2)
    dunst.start()
    until(lambda: dunst.displayed() == 2)
    until(lambda: "dbus" in row(lived, "notifications"))
    assert running.stop() == 0


def test_a_notification_server_that_was_never_there_is_told(
    lived: Home, dunst: Dunst, tmp_path: Path
) -> None:
    """The command line decides meanwhile; who appears later shows what is still open."""
    dunst.kill()
    running = Running(lived, tmp_path)
    running.wait_ready()
    lived.deliver("1.bill", bill(in_days(20)))
    lived.deliver("2.bill", bill(in_days(21), "A-1002", "EUR 17.00"))
    until(lambda: len(lived.json("offers")) == 2)
    assert NOBODY in row(lived, "notifications")
    lived.run("dismiss", str(lived.json("offers")[0]["id"]))
    dunst.start()
    until(lambda: dunst.displayed() == 1)
    assert running.stop() == 0
