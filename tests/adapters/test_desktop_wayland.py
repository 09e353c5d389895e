"""Screen sharing and full screen on Wayland: a real PipeWire, a real sway without a monitor."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from desktop import end, missing

from samantha.adapters.desktop_state import DesktopState
from samantha.core.ports import Presence

GUARD_S = 60.0
WATCHER = Path(__file__).parents[1] / "pipewire_stream.py"


@pytest.fixture(autouse=True)
def headless(monkeypatch: pytest.MonkeyPatch) -> None:
    """No desktop but the one a test makes."""
    for name in (
        "DISPLAY", "WAYLAND_DISPLAY", "XDG_CURRENT_DESKTOP", "SWAYSOCK", "I3SOCK",
        "HYPRLAND_INSTANCE_SIGNATURE", "PIPEWIRE_REMOTE", "PIPEWIRE_RUNTIME_DIR",
    ):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")


def test_a_program_that_says_nonsense_has_said_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no tree of windows is not known, and costs no other answer."""
    program = tmp_path / "swaymsg"
    program.write_text("#!/bin/sh\necho '{\"nodes\": [1]}'\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("SWAYSOCK", str(tmp_path / "socket"))
    presence, told = asked()
    assert presence == Presence() and "full screen" in told


def asked() -> tuple[Presence, str]:
    state = DesktopState(deadline_s=GUARD_S, keep_s=0)
    return state.presence(), state.state()[1]


def until(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + GUARD_S
    while not true():
        assert time.monotonic() < deadline, what


# --- PipeWire ------------------------------------------------------------------------------

CONFIG = """
context.properties = {{ core.daemon = true core.name = pipewire-0 support.dbus = false }}
context.spa-libs = {{
    support.* = support/libspa-support
    videotestsrc = videotestsrc/libspa-videotestsrc
}}
context.modules = [ {modules} ]
context.objects = [
    {{ factory = spa-node-factory args = {{ factory.name = support.node.driver
       node.name = Driver node.group = pipewire.dummy priority.driver = 20000 }} }}
    {sources}
]
"""
MODULES = ("protocol-native", "access", "metadata", "spa-node-factory", "client-node", "adapter",
           "link-factory")  # fmt: skip
SOURCES = {
    "gnome-shell": "media.class = Stream/Output/Video",
    "xdpw-stream-1": "media.class = Video/Source",
    "v4l2_input.usb-1": "media.class = Video/Source media.role = Camera",
}
"""A cast of GNOME or Plasma, one of the wlroots portal, and a camera, as they call themselves."""


class PipeWire:
    """A PipeWire of its own, in which moving test pictures stand for a screen and a camera."""

    def __init__(self, runtime: Path) -> None:
        self._environment = {**os.environ, "XDG_RUNTIME_DIR": str(runtime)}
        sources = "\n".join(
            "{ factory = spa-node-factory args = { factory.name = videotestsrc "
            f"node.name = {name} {more} }} }}"
            for name, more in SOURCES.items()
        )
        modules = " ".join(f"{{ name = libpipewire-module-{name} }}" for name in MODULES)
        config = runtime / "pipewire.conf"
        config.write_text(CONFIG.format(modules=modules, sources=sources))
        self._processes = [self._started("pipewire", "-c", str(config))]
        until((runtime / "pipewire-0").exists, "PipeWire did not come up")

    def _started(self, *command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _link(self, *arguments: str) -> bool:
        done = subprocess.run(
            ["pw-link", *arguments],
            env=self._environment,
            check=False,
            capture_output=True,
            timeout=GUARD_S,
        )
        return done.returncode == 0

    def watch(self, source: str, watcher: str = "firefox") -> None:
        """Let a program show a picture, as a call does; return when pictures flow."""
        properties = f"{{ media.class = Stream/Input/Video node.name = {watcher} }}"
        self._processes.append(self._started(sys.executable, str(WATCHER), properties))
        until(lambda: self._link(f"{source}:out_0", f"{watcher}:in_0"), "nothing to link")
        until(lambda: self._flows(source), "no picture flows")

    def _flows(self, source: str) -> bool:
        listed = subprocess.run(
            ["pw-dump"], env=self._environment, check=False, capture_output=True, timeout=GUARD_S
        ).stdout
        objects = json.loads(listed or "[]")
        names = {o["id"]: (o.get("info") or {}).get("props", {}).get("node.name") for o in objects}
        links = [o["info"] for o in objects if o["type"] == "PipeWire:Interface:Link"]
        return any(
            link.get("state") == "active" and names.get(link["output-node-id"]) == source
            for link in links
        )

    def look_away(self) -> None:
        """End the program that was started last."""
        end(self._processes.pop())

    def stop(self) -> None:
        for process in reversed(self._processes):
            end(process)


@pytest.fixture
def pipewire(monkeypatch: pytest.MonkeyPatch) -> Iterator[PipeWire]:
    if reason := missing("pipewire", "pw-dump", "pw-link"):
        pytest.skip(reason)
    # A short name: that of a socket has room for a hundred characters.
    with tempfile.TemporaryDirectory(prefix="pw") as runtime:
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        one = PipeWire(Path(runtime))
        try:
            yield one
        finally:
            one.stop()


@pytest.mark.parametrize("cast", ["gnome-shell", "xdpw-stream-1"])
def test_a_screen_that_somebody_watches_is_shared(
    pipewire: PipeWire, monkeypatch: pytest.MonkeyPatch, cast: str
) -> None:
    """A cast is there and nobody watches: not shared. It is watched: shared, and no camera is on.
    The watcher is gone: not shared."""
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-9")
    assert asked()[0] == Presence(screen_shared=False, camera=False)
    pipewire.watch(cast)
    assert asked()[0] == Presence(screen_shared=True, camera=False)
    pipewire.look_away()
    until(lambda: asked()[0].screen_shared is False, "it goes on being shared")


def test_a_camera_is_no_screen_and_a_preview_is_nobodys_look(
    pipewire: PipeWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same watcher of a camera: the camera is on. Plasma that draws a small picture of a window
    shares nothing."""
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-9")
    pipewire.watch("gnome-shell", "plasmashell")
    assert asked()[0].screen_shared is False
    pipewire.watch("v4l2_input.usb-1")
    assert asked()[0] == Presence(screen_shared=False, camera=True)


def test_outside_of_wayland_only_a_yes_is_believed(pipewire: PipeWire) -> None:
    """An X program reads the screen by itself: that no cast is watched says nothing then."""
    presence, told = asked()
    assert presence.screen_shared is None and "can look unseen" in told
    pipewire.watch("gnome-shell")
    assert asked()[0].screen_shared is True


def test_without_pipewire_it_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket, no question; and the reason is told."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    presence, told = asked()
    assert presence.screen_shared is None and presence.camera is None
    assert "screen sharing (PipeWire does not run)" in told or "not installed" in told


# --- the window in front -------------------------------------------------------------------


@contextmanager
def sway() -> Iterator[Path]:
    """A sway with a screen that nobody sees and one window; yields its socket."""
    with tempfile.TemporaryDirectory(prefix="sway") as name, _running_sway(Path(name)) as socket:
        yield socket


@contextmanager
def _running_sway(runtime: Path) -> Iterator[Path]:
    config = runtime / "config"
    config.write_text("exec foot -e sleep 3600\n")
    command = ["sway", "-c", str(config)]
    if os.geteuid() == 0:
        # It refuses to run as root.
        nobody = 65534
        for path in (runtime, config):
            shutil.chown(path, nobody, nobody)
        command = ["setpriv", f"--reuid={nobody}", f"--regid={nobody}", "--clear-groups", *command]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(runtime),
        "XDG_RUNTIME_DIR": str(runtime),
        "WLR_BACKENDS": "headless",
        "WLR_RENDERER": "pixman",
        "WLR_LIBINPUT_NO_DEVICES": "1",
    }
    process = subprocess.Popen(
        command,
        env=environment,
        cwd=runtime,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: list(runtime.glob("sway-ipc.*")), "sway did not come up")
        yield next(runtime.glob("sway-ipc.*"))
    finally:
        process.terminate()
        process.wait(GUARD_S)


def message(socket: Path, *words: str) -> Any:
    done = subprocess.run(
        ["swaymsg", "--socket", str(socket), "--raw", *words],
        check=False,
        capture_output=True,
        timeout=GUARD_S,
    )
    return json.loads(done.stdout or "null")


def test_sway_tells_whether_the_window_in_front_fills_the_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A window that is alone and large is none that fills it; one set to full screen is, and no
    longer when another workspace is in front; sway is also found without its variable, and once
    it is gone that is said."""
    if reason := missing("sway", "swaymsg", "foot", "setpriv"):
        pytest.skip(reason)
    with sway() as socket:
        monkeypatch.setenv("SWAYSOCK", str(socket))
        until(
            lambda: '"app_id": "foot"' in json.dumps(message(socket, "-t", "get_tree")),
            "the window did not open",
        )
        assert asked()[0].full_screen is False
        message(socket, "fullscreen enable")
        assert asked()[0].full_screen is True
        message(socket, "workspace 2")
        assert asked()[0].full_screen is False
        monkeypatch.delenv("SWAYSOCK")
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(socket.parent))
        monkeypatch.setenv("XDG_CURRENT_DESKTOP", "sway")
        assert asked()[0].full_screen is False
    monkeypatch.setenv("SWAYSOCK", str(socket))
    assert "swaymsg does not answer" in asked()[1]


def stand_in(folder: Path, name: str, prints: object) -> None:
    """A program that prints what the real one would: its compositor is not among the packages."""
    tool = folder / name
    tool.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(prints)}\nEND\n")
    tool.chmod(0o755)


@pytest.mark.parametrize(
    ("window", "fills"),
    [
        ({"fullscreen": 2, "fullscreenClient": 2}, True),
        ({"fullscreen": 1, "fullscreenClient": 1}, False),
        ({"fullscreen": 0}, False),
        ({}, False),
        ({"fullscreen": True, "fullscreenMode": 0}, True),
        ({"fullscreen": True, "fullscreenMode": 1}, False),
        ("Invalid", None),
    ],
)
def test_hyprland_tells_it_in_its_old_and_its_new_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: object, fills: bool | None
) -> None:
    """A state of 2 fills the screen, 1 is maximised; before, a truth value and a kind beside it."""
    stand_in(tmp_path, "hyprctl", window)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("HYPRLAND_INSTANCE_SIGNATURE", "x")
    presence, told = asked()
    assert presence.full_screen is fills
    assert (fills is None) == ("hyprctl does not answer" in told)


def lswt(states: bool, *windows: tuple[bool, bool]) -> dict[str, object]:
    return {
        "json-output-version": 2,
        "supported-data": {"title": True, "fullscreen": states, "activated": states},
        "toplevels": [{"title": "t", "activated": a, "fullscreen": f} for a, f in windows],
    }


@pytest.mark.parametrize(
    ("listed", "fills"),
    [
        (lswt(True, (True, True), (False, False)), True),
        (lswt(True, (True, False), (False, True)), False),
        (lswt(True), False),
        (lswt(False, (True, True)), None),
        ([], None),
    ],
)
def test_lswt_tells_it_where_the_compositor_lets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: object, fills: bool | None
) -> None:
    """The active window counts, not one behind it; a compositor without states is not known."""
    stand_in(tmp_path, "lswt", listed)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-9")
    presence, told = asked()
    assert presence.full_screen is fills
    assert (fills is None) == ("does not tell it to lswt" in told)


@pytest.mark.parametrize("desktop", ["GNOME", "KDE", ""])
def test_what_wayland_keeps_to_itself_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, desktop: str
) -> None:
    """GNOME and Plasma have no way to ask; elsewhere lswt is named as the way."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-9")
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", desktop)
    presence, told = asked()
    words = {"GNOME": "GNOME on Wayland", "KDE": "Plasma on Wayland", "": "without lswt"}
    assert presence.full_screen is None and words[desktop] in told
