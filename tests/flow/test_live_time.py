"""The daemon, live: what comes with time, on a real desktop, once and at its hour."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desktop import Dunst
from homes import CONFIG, Home, Running, bill, in_days

from samantha.adapters.store import Store
from samantha.api.types import DocumentId, Evidence, Verdict
from samantha.core.payload import Effect, Payload
from samantha.core.ports import Offer, OfferState

pytestmark = pytest.mark.slow
PATIENCE_S = 90.0


def until(found: Callable[[], object]) -> None:
    """Ask again and again, each time by a program of its own, until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not found():
        assert time.monotonic() < deadline, "it never came"


@pytest.fixture
def lived(home: Home, dunst: Dunst) -> Iterator[Home]:
    home.configure()
    home.more = {"DBUS_SESSION_BUS_ADDRESS": dunst.environment["DBUS_SESSION_BUS_ADDRESS"]}
    yield home


def look(home: Home) -> bool:
    """Have the daemon look at what is due, as each command that changes something does."""
    home.run("resume")
    return True


def remind(home: Home, key: str, at: datetime) -> None:
    store = Store(home.state_db)
    store.add_reminder(key, at, f"Pay {key}", "IBAN DE89 3704 0044 0532 0130 00")
    store.close()


def offered(home: Home, ends: datetime) -> int:
    """Store an offer that waits to be shown, as an earlier run would have left it."""
    now = datetime.now(UTC)
    at = (now + timedelta(days=1)).isoformat()
    payload = Payload({"type": "remind"}, "A", (Effect("add_reminder", at=at, text="Pay"),))
    quote = Evidence(DocumentId("/gone"), "q", 0, 1)
    offer = Offer(
        id=0, trace="t", plugin="p", kind="k", thing="thing", title="A short chance",
        why="It ends soon.", evidence=(quote,), action=payload.action, approval_class="A",
        payload_hash=payload.hash, confidence=0.9, urgent=False, created=now, expires=ends,
        state=OfferState.HELD, verdict=Verdict.HOLD, reason="",
    )  # fmt: skip
    store = Store(home.state_db)
    stored = store.add_offer(offer, payload)
    store.close()
    return stored.id


def test_a_due_reminder_comes_once(lived: Home, dunst: Dunst, tmp_path: Path) -> None:
    """However often the daemon looks, and whether it was killed in between."""
    first = Running(lived, tmp_path)
    first.wait_ready()
    remind(lived, "one", datetime.now(UTC) - timedelta(minutes=1))
    remind(lived, "later", datetime.now(UTC) + timedelta(days=1))
    until(lambda: look(lived) and dunst.displayed() == 1)
    first.kill()
    second = Running(lived, tmp_path)
    second.wait_ready()
    # When the second is there, the daemon has looked at the first again and again.
    remind(lived, "two", datetime.now(UTC) - timedelta(minutes=1))
    until(lambda: look(lived) and dunst.displayed() == 2)
    look(lived)
    assert second.stop() == 0
    store = Store(lived.state_db)
    assert [r.key for r in store.reminders()] == ["later"]
    store.close()
    assert dunst.displayed() == 2


def test_a_reminder_waits_for_the_end_of_a_pause(lived: Home, dunst: Dunst, tmp_path: Path) -> None:
    """Silence that was asked for is silence; nothing is lost by it."""
    running = Running(lived, tmp_path)
    running.wait_ready()
    lived.run("pause", "2h")
    remind(lived, "one", datetime.now(UTC) - timedelta(minutes=1))
    lived.run("pause", "3h")
    lived.deliver("1.bill", bill(in_days(20)))
    until(lambda: lived.json("offers"))
    assert dunst.displayed() == 0
    until(lambda: look(lived) and dunst.displayed() == 2)
    assert running.stop() == 0


def test_an_offer_goes_when_its_time_has_passed(lived: Home, dunst: Dunst, tmp_path: Path) -> None:
    """It leaves the screen by itself, is told as expired, and can no longer be accepted."""
    running = Running(lived, tmp_path)
    running.wait_ready()
    number = offered(lived, datetime.now(UTC) + timedelta(seconds=20))
    until(lambda: look(lived) and dunst.displayed() == 1)
    until(lambda: look(lived) and dunst.displayed() == 0)
    (offer,) = lived.json("offers", "--all")
    assert (offer["id"], offer["state"]) == (number, "expired")
    assert "no longer open" in lived.run("accept", str(number), code=1).stderr
    assert running.stop() == 0


def test_the_digest_comes_once_for_its_hour(lived: Home, dunst: Dunst, tmp_path: Path) -> None:
    """What is held back is told when its hour has passed, also if nobody ran then; not twice."""
    hour = datetime.now(UTC) + timedelta(hours=1, minutes=-2)  # Vienna, or an hour too early
    text = CONFIG.replace(
        'quiet_hours = ""', f'quiet_hours = ""\nbudget = 0\ndigest = "{hour:%H:%M}"'
    )
    lived.configure(text.replace("Europe/Vienna", "Etc/GMT-1"))
    lived.write("1.bill:2,S", bill(in_days(20)), folder="Mail/cur")
    (made,) = lived.json("run", "--once")
    assert made["verdict"] == "hold"
    first = Running(lived, tmp_path)
    first.wait_ready()
    until(lambda: dunst.displayed() == 1)
    shot = tmp_path / "digest.png"
    dunst.screenshot(shot)
    first.kill()
    dunst.ctl("close-all")
    second = Running(lived, tmp_path)
    second.wait_ready()
    remind(lived, "one", datetime.now(UTC) - timedelta(minutes=1))
    until(lambda: look(lived) and dunst.displayed() == 1)
    assert second.stop() == 0
    assert dunst.displayed() == 1


def test_quiet_hours_hold_and_their_end_shows(lived: Home, dunst: Dunst, tmp_path: Path) -> None:
    """In them nothing is on the screen, `silence` says why, and afterwards it is shown."""
    now = datetime.now(UTC) + timedelta(hours=1)
    span = f"{now - timedelta(hours=2):%H:%M}-{now + timedelta(hours=2):%H:%M}"
    text = CONFIG.replace("Europe/Vienna", "Etc/GMT-1")
    lived.configure(text.replace('quiet_hours = ""', f'quiet_hours = "{span}"'))
    first = Running(lived, tmp_path)
    first.wait_ready()
    lived.deliver("1.bill", bill(in_days(20)))
    until(lambda: lived.json("offers"))
    assert dunst.displayed() == 0
    assert "held, quiet hours until" in lived.run("silence").stdout
    assert first.stop() == 0
    lived.configure(text)
    second = Running(lived, tmp_path)
    second.wait_ready()
    until(lambda: dunst.displayed() == 1)
    assert second.stop() == 0
