"""What a desktop says of its user: a real dunst, a screen saver and a logind on private buses."""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dbus_fast import Message, MessageType, Variant
from desktop import NAME, Bus, Client, Dunst, missing, virtual_screen

from samantha.adapters.desktop_state import DesktopState
from samantha.core.ports import Presence

SAVER = "org.freedesktop.ScreenSaver"
LOGIN = "org.freedesktop.login1"


@pytest.fixture(autouse=True)
def headless(monkeypatch: pytest.MonkeyPatch) -> None:
    """No desktop but the one a test makes."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_CURRENT_DESKTOP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")


@contextmanager
def service(address: str, name: str, answers: dict[str, tuple[str, list[Any]]]) -> Iterator[Client]:
    """A small service that answers these members, and hears any other in silence."""

    def answer(message: Message) -> Message | bool | None:
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        if message.member not in answers:
            return True
        signature, body = answers[message.member]
        return Message.new_method_return(message, signature, body)

    with Client(address) as client:
        client.on_message(answer)
        assert client.bus_call("RequestName", "su", [name, 4]).body == [1]
        yield client


def asked(deadline_s: float = 60.0) -> tuple[Presence, tuple[str, str]]:
    state = DesktopState(deadline_s=deadline_s, keep_s=0)
    return state.presence(), state.state()


def test_without_a_desktop_nothing_is_known_and_the_reasons_are_told() -> None:
    """No bus, no screen: every answer is unknown, which keeps nothing back."""
    presence, (known, reason) = asked()
    assert presence == Presence()
    assert known == "unknown"
    for words in ("do not disturb", "screen sharing", "full screen (no screen)", "locked", "away"):
        assert words in reason


def test_a_screen_saver_tells_that_the_screen_is_locked_and_for_how_long_nobody_came(
    session_bus: Bus,
) -> None:
    """GetActive and GetSessionIdleTime, which Plasma answers in milliseconds."""
    answers: dict[str, tuple[str, list[Any]]] = {
        "GetActive": ("b", [True]),
        "GetSessionIdleTime": ("u", [720_000]),
    }
    with service(session_bus.address, SAVER, answers):
        presence, (known, _) = asked()
        assert presence.locked is True
        assert presence.idle == timedelta(minutes=12)
        assert known == "known in part"
        answers["GetActive"] = ("b", [False])
        assert asked()[0].locked is False


def test_plasma_tells_that_notifications_are_held_back(session_bus: Bus) -> None:
    """The property Inhibited of the notification server."""
    with service(session_bus.address, NAME, {"Get": ("v", [Variant("b", True)])}):
        assert asked()[0].do_not_disturb is True


def test_a_service_that_hangs_costs_the_deadline_and_its_own_answer(session_bus: Bus) -> None:
    """A screen saver that never answers leaves what the notification server says."""
    with (
        service(session_bus.address, SAVER, {}),
        service(session_bus.address, NAME, {"Get": ("v", [Variant("b", True)])}),
    ):
        for deadline_s in (0.5, 8.0, 60.0):
            presence, _ = asked(deadline_s)
            assert presence.locked is None
            if presence.do_not_disturb is not None:  # A busy machine needs a longer deadline.
                break
        assert presence.do_not_disturb is True


def test_a_service_that_does_not_run_is_not_started(session_bus: Bus) -> None:
    """A question starts no program: what is not there is not known."""
    session_bus.stop()
    session_bus.can_start(SAVER, "/bin/false")
    session_bus.start()
    assert asked()[0].locked is None


def test_logind_tells_of_a_graphical_session_alone(
    session_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LockedHint and IdleSinceHint count for a screen; a terminal's say nothing of its user."""
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", session_bus.address)
    since = int((datetime.now(UTC) - timedelta(hours=1)).timestamp() * 1_000_000)
    session = {
        "Type": Variant("s", "wayland"),
        "LockedHint": Variant("b", True),
        "IdleHint": Variant("b", True),
        "IdleSinceHint": Variant("t", since),
    }
    with service(session_bus.address, LOGIN, {"GetAll": ("a{sv}", [session])}):
        presence, _ = asked()
        assert presence.locked is True
        assert presence.idle is not None and presence.idle >= timedelta(hours=1)
        session["Type"] = Variant("s", "tty")
        assert asked()[0] == Presence()


@pytest.mark.slow
def test_a_paused_dunst_tells_so(dunst: Dunst) -> None:
    """`dunstctl set-paused true` is do not disturb; false is not."""
    assert asked()[0].do_not_disturb is False
    dunst.ctl("set-paused", "true")
    assert asked()[0].do_not_disturb is True
    dunst.ctl("set-paused", "false")
    assert asked()[0].do_not_disturb is False


def test_many_questions_of_one_pass_are_one(session_bus: Bus) -> None:
    """The answer is kept for a moment: ten offers ask the desktop once."""
    answers: dict[str, tuple[str, list[Any]]] = {
        "GetActive": ("b", [True]),
        "GetSessionIdleTime": ("u", [0]),
    }
    with service(session_bus.address, SAVER, answers):
        state = DesktopState(deadline_s=60.0, keep_s=3_600.0)
        assert state.presence().locked is True
        answers["GetActive"] = ("b", [False])
        assert state.presence().locked is True


# --- the window in front -----------------------------------------------------------------------


class Screen:
    """An X client that puts a window in front, as a window manager would tell of it."""

    def __init__(self, display: str) -> None:
        self._x = ctypes.CDLL(ctypes.util.find_library("X11"))
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XInternAtom.restype = ctypes.c_ulong
        self._x.XDefaultRootWindow.restype = ctypes.c_ulong
        self._x.XCreateSimpleWindow.restype = ctypes.c_ulong
        self._display = ctypes.c_void_p(self._x.XOpenDisplay(display.encode()))
        assert self._display, "the screen cannot be opened"
        self._root = ctypes.c_ulong(self._x.XDefaultRootWindow(self._display))
        made = self._x.XCreateSimpleWindow(self._display, self._root, 0, 0, 50, 50, 0, 0, 0)
        self.window = ctypes.c_ulong(made)

    def _atom(self, name: str) -> ctypes.c_ulong:
        return ctypes.c_ulong(self._x.XInternAtom(self._display, name.encode(), 0))

    def _set(self, window: ctypes.c_ulong, name: str, kind: str, value: ctypes.c_ulong) -> None:
        self._x.XChangeProperty(
            self._display,
            window,
            self._atom(name),
            self._atom(kind),
            32,
            0,
            ctypes.byref(value),
            1,
        )
        self._x.XSync(self._display, 0)

    def activate(self) -> None:
        self._set(self._root, "_NET_ACTIVE_WINDOW", "WINDOW", self.window)

    def state(self, name: str) -> None:
        self._set(self.window, "_NET_WM_STATE", "ATOM", self._atom(name))

    def close(self) -> None:
        self._x.XCloseDisplay(self._display)


def test_a_window_that_fills_the_screen_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """_NET_WM_STATE_FULLSCREEN of the active window; a large one is none; no manager, no answer."""
    if reason := missing("Xvfb", "xprop"):
        pytest.skip(reason)
    if ctypes.util.find_library("X11") is None:
        pytest.skip("libX11 not installed")
    with virtual_screen() as display:
        monkeypatch.setenv("DISPLAY", display)
        presence, (_, told) = asked()
        assert presence.full_screen is None and "window manager" in told
        screen = Screen(display)
        try:
            screen.activate()
            screen.state("_NET_WM_STATE_MAXIMIZED_VERT")
            assert asked()[0].full_screen is False
            screen.state("_NET_WM_STATE_FULLSCREEN")
            assert asked()[0].full_screen is True
            monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
            assert "Wayland" in asked()[1][1]
        finally:
            screen.close()


def test_gnome_is_asked_only_on_gnome(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Banners switched off are do not disturb; on another desktop the switch says nothing."""
    tool = tmp_path / "gsettings"
    tool.write_text('#!/bin/sh\n[ "$3" = show-banners ] && echo false\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert asked()[0].do_not_disturb is None
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "ubuntu:GNOME")
    assert asked()[0].do_not_disturb is True
