from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))  # so that tests can import `desktop`

import desktop
from homes import Home

# A deadline is a timing in a test: what is true on a quiet machine has to be true on a busy one.
settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any-machine")


@pytest.fixture
def session_bus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[desktop.Bus]:
    """A private session bus; DBUS_SESSION_BUS_ADDRESS names it, the runtime folder is new."""
    if reason := desktop.missing("dbus-daemon"):
        pytest.skip(reason)
    with desktop.session_bus() as bus:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
        runtime = tmp_path / "runtime"
        runtime.mkdir(mode=0o700)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
        yield bus


@pytest.fixture
def dunst(session_bus: desktop.Bus) -> Iterator[desktop.Dunst]:
    """A real dunst on a virtual screen and the private bus."""
    if reason := desktop.missing("dunst", "dunstctl", "Xvfb", "scrot"):
        pytest.skip(reason)
    with desktop.virtual_screen() as display, desktop.dunst(session_bus.address, display) as one:
        yield one


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A fresh user's home, private to the test."""
    one = Home(tmp_path / "anna")
    one.root.mkdir()
    return one
