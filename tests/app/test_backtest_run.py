"""A replay of some hundred mails with processes that read ahead: what it tells, and how it ends."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from homes import Home

from samantha.app.backtest import PREFIX, Options, backtest
from samantha.app.backtest_ahead import FEW
from samantha.app.cli.backtest import until_told_to_end

ANNA = "Anna Berg <anna@berg.example>"
HANG_S = 120.0


def box(root: Path, mails: int) -> Path:
    """A Maildir of so many short mails, three a day."""
    for place in ("cur", "new", "tmp"):
        (root / place).mkdir(parents=True)
    for number in range(mails):
        day = number // 3
        text = (
            f"From: Cem Abel <cem@abel.example>\nTo: {ANNA}\nSubject: The plan {number}\n"
            f"Date: {1 + day % 28} {('Mar', 'Apr', 'May', 'Jun', 'Jul')[day // 28]} 2025 "
            f"{9 + number % 3}:00:00 +0000\nMessage-ID: <{number}@abel.example>\n\n"
            f"Hello Anna,\n\ncould you send me page {number} of the plan?\n\nBest wishes,\nCem\n"
        )
        (root / f"cur/{number:03}.host:2,S").write_text(text, encoding="utf-8")
    return root


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "xdg" / name.lower()))


def test_what_is_told_of_the_way_never_goes_back_and_ends_at_its_end(tmp_path: Path) -> None:
    """Each mail moves the count by one, up to the number of mails, in the order of their days."""
    told: list[tuple[str, int, int]] = []
    options = Options(
        sources=(box(tmp_path / "Mail", FEW + 5),),
        identities=(ANNA,),
        zone="Europe/Vienna",
        plugins=("replies",),
        model=False,
    )
    result = backtest(options, lambda *row: told.append(row))
    assert result.counts.mails == FEW + 5 and result.counts.unreadable == 0
    replayed = [(what, done, total) for what, done, total in told if what.startswith("Replaying")]
    assert [done for _, done, _ in replayed] == list(range(FEW + 6))
    assert {total for _, _, total in replayed} == {FEW + 5}
    days = [what for what, _, _ in replayed[1:]]
    assert days == sorted(days) and len(set(days)) == -(-(FEW + 5) // 3)


def test_an_interrupted_replay_leaves_no_process_and_no_folder(tmp_path: Path, home: Home) -> None:
    """Ctrl-C in its midst ends it at once, with all that it started and all that it read."""
    root = box(tmp_path / "Mail", 400)
    place = tmp_path / "tmp"
    place.mkdir()
    home.more["TMPDIR"] = str(place)
    words = ("backtest", "--source", str(root), "--identity", ANNA, "--no-model")
    running = subprocess.Popen(
        [home.python, "-m", "samantha", *words],
        env=home.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    started = until_it_reads_ahead(running)
    running.send_signal(signal.SIGINT)
    told = running.communicate(timeout=HANG_S)[1]
    assert running.returncode == 130 and "Traceback" not in told
    assert not [number for number in started if Path(f"/proc/{number}").exists()]
    left = [*Path("/dev/shm").glob(f"{PREFIX}{running.pid}-*"), *place.iterdir()]
    assert not left


@pytest.mark.parametrize(
    ("number", "ending"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]
)
def test_a_signal_that_a_callback_swallows_ends_the_next_step(
    number: signal.Signals, ending: type[BaseException]
) -> None:
    """SQLite turns what its functions raise into its own error; the replay ends all the same."""
    shown: list[int] = []
    database = sqlite3.connect(":memory:")
    database.create_function("press", 0, lambda: signal.raise_signal(number))
    with (
        pytest.raises(ending),
        until_told_to_end(lambda what, done, total: shown.append(done)) as step,
    ):
        step("Replaying", 1, 3)
        with suppress(sqlite3.OperationalError):
            database.execute("SELECT press()")
        step("Replaying", 2, 3)
        shown.append(3)
    assert shown == [1]


def until_it_reads_ahead(running: subprocess.Popen[str]) -> Sequence[int]:
    """Wait for a process that reads ahead; return all that the run has started."""
    deadline = time.monotonic() + HANG_S
    while time.monotonic() < deadline:
        assert running.poll() is None, running.communicate()[1]
        started = children(running.pid)
        if any("backtest_reading" in said(number) for number in started):
            return started
        os.sched_yield()
    raise AssertionError("no process reads ahead")


def children(parent: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        found += map(int, task.read_text().split())
    return found


def said(number: int) -> str:
    try:
        return Path(f"/proc/{number}/cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
