"""The shipped unit under a real systemd user manager."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
HOME = Path("/mnt/samantha-home")
LOCK = Path("/run/samantha-user-manager.lock")
HIDDEN = ("/mnt", "/tmp", "/var/tmp", "/run")
NEEDED = ("systemctl", "unshare", "setpriv", "timeout")

pytestmark = [
    # One user manager at a time: two of the same user would share its groups of processes.
    pytest.mark.xdist_group("user manager"),
    pytest.mark.skipif(os.geteuid() != 0, reason="a user manager of its own needs root"),
    pytest.mark.skipif(not all(map(shutil.which, NEEDED)), reason="systemd is not installed"),
    pytest.mark.skipif(
        any(Path(sys.executable).is_relative_to(h) or HERE.is_relative_to(h) for h in HIDDEN),
        reason="the unit hides the folder of this checkout",
    ),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    session = [sys.executable, str(HERE / "service_session.py")]
    folders = ":".join({sys.prefix, sys.base_prefix, str(HERE.parents[1])})
    # A second run of the tests on this machine waits for its turn.
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            ["sh", str(HERE / "user_manager.sh"), str(HOME), folders, *session],
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
            start_new_session=True,
        )
    if done.returncode == 77:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_the_unit_limits_what_it_says_and_nothing_else(seen: dict[str, Any]) -> None:
    """Everything the daemon needs works inside the unit, and what no feature needs is denied."""
    if not seen["full"]:
        pytest.skip("this machine gives no user namespaces")
    assert seen["report"]["allowed"] == [
        "hold the lock",
        "jail a worker",
        "load the model library",
        "open a local socket",
        "start a program",
        "watch folders",
        "write the home",
        "write the session's folder",
    ]


def test_an_installed_service_runs_and_answers(seen: dict[str, Any]) -> None:
    """After install it is active, starts with the session, and the control socket answers."""
    assert seen["state"].startswith("active (starts with your session)")
    assert "probed" in seen["state"]
    assert seen["answer"] == {"ok": True}
    assert seen["report"]["watchdog"] == 900.0


def test_the_command_arrives_word_by_word(seen: dict[str, Any]) -> None:
    """Blanks, quotes, dollar and percent signs of the command reach the daemon as they are."""
    assert seen["words kept"]


def test_what_the_user_can_mend_is_not_tried_again(seen: dict[str, Any]) -> None:
    """A daemon that ends with exit code 1 is not restarted, and install says so."""
    what, means, restarts = seen["without configuration"]
    assert "did not start" in what and "exit code 1" in means and restarts == "0"


def test_a_killed_or_hanging_daemon_is_restarted(seen: dict[str, Any]) -> None:
    """After kill -9, and after it stopped feeding the watchdog, a new process serves."""
    assert seen["after a kill"] and seen["after a hang"]


def test_a_removed_service_is_gone(seen: dict[str, Any]) -> None:
    """Uninstall ends it by SIGTERM, without a failure, and leaves no unit."""
    state, active, result = seen["removed"]
    assert state.startswith("Not installed")
    assert (active, result) == ("inactive", "success")
