"""kill -9 at any moment between a mail and its outcome loses nothing and does nothing twice."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
from collections import Counter
from pathlib import Path

import pytest
from homes import CONFIG, Home, Running, bill, in_days

pytestmark = pytest.mark.slow
CYCLES = int(os.environ.get("KILLS", "60")) // 4


def rows(home: Home, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(f"file:{home.state_db}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def accept_some(home: Home, dice: random.Random) -> set[str]:
    """Say yes to some of what is open; a daemon that dies meanwhile does not matter."""
    taken = set()
    for offer in home.json("offers"):
        if dice.random() < 0.5:
            home.run("accept", str(offer["id"]))
            taken.add(offer["title"])
    return taken


def test_kills_lose_nothing_and_double_nothing(home: Home, tmp_path: Path) -> None:
    """Each bill leads to one offer, and each yes to one reminder, however often it was killed."""
    home.configure(CONFIG.replace('quiet_hours = ""', 'quiet_hours = ""\nbudget = 50'))
    dice = random.Random(20261)
    accepted: set[str] = set()
    for cycle in range(CYCLES):
        running = Running(home, tmp_path)
        running.wait_ready()
        for number in range(3):
            name = f"K-{cycle:03}{number}"
            home.deliver(name, bill(in_days(20 + number), name, f"EUR {cycle}.{number}5"))
        timer = threading.Timer(dice.uniform(0.0, 1.6), running.process.kill)
        timer.start()
        if cycle % 2:
            accepted |= accept_some(home, dice)
        running.process.wait()
        timer.join()
        running.kill()
    while home.json("run", "--once"):
        pass  # of very many at once, some come at the next look
    accepted |= accept_some(home, dice)
    things = Counter(row[0] for row in rows(home, "SELECT thing FROM offers WHERE state <> 'void'"))
    assert len(things) == 3 * CYCLES and set(things.values()) == {1}
    ends = Counter(row[0] for row in rows(home, "SELECT state FROM outbox"))
    assert len(accepted) > 0 and ends == {"done": len(accepted)}
    keys = [row[0] for row in rows(home, "SELECT key FROM reminders")]
    assert len(keys) == len(set(keys)) == len(accepted)
    assert "whole" in home.run("audit", "verify").stdout
