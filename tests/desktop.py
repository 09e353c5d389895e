"""Real parts of a desktop, private to a test: a session bus, a screen, a notification server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
WAIT_S = 20.0

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""

DUNST_CONFIG = """[global]
    monitor = 0
    follow = none
    width = 560
    height = 400
    origin = top-right
    offset = 20x20
    font = DejaVu Sans 13
    markup = full
    format = "<b>%s</b>\\n%b"
    word_wrap = yes
    ellipsize = end
    ignore_newline = no
    show_indicators = yes
    padding = 14
    horizontal_padding = 16
    frame_width = 2
    frame_color = "#4a6a8a"
    separator_height = 2
    history_length = 50
    idle_threshold = 0
    dmenu = {menu}
[urgency_low]
    background = "#f7f7f2"
    foreground = "#202020"
[urgency_normal]
    background = "#f7f7f2"
    foreground = "#202020"
[urgency_critical]
    background = "#fff0e0"
    foreground = "#202020"
    frame_color = "#c04020"
"""


def missing(*programs: str) -> str:
    """Return why a test of the desktop cannot run here, or ''."""
    absent = [p for p in programs if shutil.which(p) is None]
    return f"{', '.join(absent)} not installed (.ci/packages)" if absent else ""


class Bus:
    """A private session bus that can be ended and started again at the same address."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "bus"
        self._config = folder / "bus.conf"
        self._services = folder / "services"
        self._services.mkdir()
        self._config.write_text(BUS_CONFIG.format(socket=self._socket, services=self._services))
        self._process: subprocess.Popen[bytes] | None = None
        self.address = f"unix:path={self._socket}"

    def start(self) -> None:
        """Start the daemon; return when it listens."""
        self._process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={self._config}", "--nofork", "--print-address=1"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline(), "dbus-daemon did not start"

    def can_start(self, name: str, command: str) -> None:
        """Have the bus start a service by itself; call it before ``start`` or after ``stop``."""
        text = f"[D-BUS Service]\nName={name}\nExec={command}\n"
        (self._services / f"{name}.service").write_text(text)

    def stop(self) -> None:
        """Kill the daemon: every connection is lost."""
        if self._process is not None:
            end(self._process)
            self._process = None
        self._socket.unlink(missing_ok=True)


@contextlib.contextmanager
def session_bus() -> Iterator[Bus]:
    """A session bus that starts only the services a test names; ``address`` is its address."""
    with tempfile.TemporaryDirectory(prefix="bus") as folder:
        bus = Bus(Path(folder))
        bus.start()
        try:
            yield bus
        finally:
            bus.stop()


@contextlib.contextmanager
def virtual_screen(size: str = "1024x640x24") -> Iterator[str]:
    """An X screen without a monitor; yields its DISPLAY."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with open(read, encoding="ascii") as stream:
            number = stream.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        end(process)


class Dunst:
    """A real dunst on a private bus and screen; it can be killed and started again."""

    def __init__(self, address: str, display: str, folder: Path) -> None:
        self._folder = folder
        self.environment = {
            **os.environ,
            "DBUS_SESSION_BUS_ADDRESS": address,
            "DISPLAY": display,
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
        }
        self.environment.pop("WAYLAND_DISPLAY", None)
        # dunst asks a menu program which action is meant; this one answers what the test says.
        menu = folder / "menu"
        menu.write_text(
            f'#!/bin/sh\ncat >"{folder}/offered"\ngrep -F -f "{folder}/choice" "{folder}/offered"\n'
        )
        menu.chmod(0o755)
        (folder / "dunstrc").write_text(DUNST_CONFIG.format(menu=menu))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def command(self) -> list[str]:
        """How it is started."""
        return ["dunst", "-conf", str(self._folder / "dunstrc")]

    def start(self) -> None:
        """Start it; return when it answers on the bus."""
        self._process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for_owner(self.environment["DBUS_SESSION_BUS_ADDRESS"])

    def kill(self) -> None:
        """Kill it as a crash would."""
        if self._process is not None:
            end(self._process)
            self._process = None

    def freeze(self) -> None:
        """Stop it in its tracks: it owns its name and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def ctl(self, *arguments: str) -> str:
        """Run dunstctl; return what it prints."""
        return subprocess.run(
            ["dunstctl", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=WAIT_S,
        ).stdout.strip()

    def displayed(self) -> int:
        """Return how many cards are on the screen."""
        return int(self.ctl("count", "displayed"))

    def press(self, label: str) -> None:
        """Choose the button with this label from the context menu."""
        (self._folder / "choice").write_text(label)
        self.ctl("context")

    def wait_until_displayed(self, number: int) -> None:
        """Return when so many cards are on the screen."""
        deadline = time.monotonic() + WAIT_S
        while self.displayed() != number:
            assert time.monotonic() < deadline, f"{self.displayed()} on the screen, not {number}"

    def screenshot(self, target: Path) -> None:
        """Save what the screen shows."""
        subprocess.run(
            ["scrot", "-o", str(target)], env=self.environment, check=True, timeout=WAIT_S
        )


@contextlib.contextmanager
def dunst(address: str, display: str) -> Iterator[Dunst]:
    """A running dunst."""
    with tempfile.TemporaryDirectory(prefix="dunst") as folder:
        server = Dunst(address, display, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.kill()


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and wait for it."""
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def wait_for_owner(address: str, name: str = NAME) -> None:
    """Return when somebody (a notification server, if nothing is said) owns a name."""
    found = threading.Event()
    with Client(address) as client:
        client.on_message(
            lambda m: found.set() if m.member == "NameOwnerChanged" and m.body[2] else None
        )
        client.bus_call("AddMatch", "s", [f"type='signal',member='NameOwnerChanged',arg0='{name}'"])
        if not client.bus_call("NameHasOwner", "s", [name]).body[0]:
            assert found.wait(WAIT_S), f"{name} did not come up"


class Client:
    """A connection to a bus, in a thread of its own; calls wait for their answer."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.bus: MessageBus

    def __enter__(self) -> Client:
        self._thread.start()
        self.bus = self.run(self._connect())
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self.bus.disconnect)
        with contextlib.suppress(Exception):  # however the bus ended
            self.run(self.bus.wait_for_disconnect())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _connect(self) -> MessageBus:
        return await MessageBus(bus_address=self._address).connect()

    def run(self, coroutine: Any) -> Any:
        """Run a coroutine in the connection's loop; return what it returns."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(WAIT_S)

    def on_message(self, handler: Callable[[Message], object]) -> None:
        """Have every message that arrives given to a function."""

        async def add() -> None:
            self.bus.add_message_handler(handler)

        self.run(add())

    def call(self, message: Message) -> Message:
        """Send a call; return the reply."""
        reply: Message = self.run(self.bus.call(message))
        return reply

    def bus_call(self, member: str, signature: str, body: Sequence[object]) -> Message:
        """Ask the bus itself."""
        name, path = "org.freedesktop.DBus", "/org/freedesktop/DBus"
        return self.call(
            Message(
                destination=name,
                path=path,
                interface=name,
                member=member,
                signature=signature,
                body=list(body),
            )
        )

    def emit(
        self, member: str, signature: str, body: Sequence[object], to: str | None = None
    ) -> None:
        """Emit a signal as a notification server would, to all or to one connection."""

        async def send() -> None:
            await self.bus.send(
                Message(
                    message_type=MessageType.SIGNAL,
                    destination=to,
                    path=PATH,
                    interface=NAME,
                    member=member,
                    signature=signature,
                    body=list(body),
                )
            )

        self.run(send())


@dataclass(frozen=True, slots=True)
class Posted:
    """One ``Notify`` as it came over the wire."""

    sender: str
    id: int
    app: str
    replaces: int
    icon: str
    title: str
    body: str
    actions: tuple[str, ...]
    hints: Mapping[str, Any]
    timeout: int

    @property
    def buttons(self) -> dict[str, str]:
        """Label → action key, without the click on the card itself."""
        pairs = zip(self.actions[1::2], self.actions[::2], strict=True)
        return {label: key for label, key in pairs if key != "default"}


ALL = ("actions", "body", "body-markup", "persistence")


class Server(Client):
    """A notification server that records what it is asked, on a real bus connection."""

    def __init__(
        self,
        address: str,
        capabilities: Collection[str] = ALL,
        *,
        name: str = "fake",
        first: int = 1,
    ) -> None:
        super().__init__(address)
        self._name = name
        self._ending = False
        self._capabilities = list(capabilities)
        self._next = first
        self.posted: queue.Queue[Posted] = queue.Queue()
        self.closed: queue.Queue[int] = queue.Queue()
        self.refuse = False
        """Answer ``Notify`` with an error."""
        self.before_answer: Callable[[Posted], Sequence[Message]] = lambda posted: ()
        """Signals that are sent before the answer to ``Notify``."""

    def __enter__(self) -> Server:
        super().__enter__()
        self.on_message(self._answer)
        assert self.bus_call("RequestName", "su", [NAME, 4]).body == [1], "the name is taken"
        return self

    def __exit__(self, *_: object) -> None:
        async def hear_no_more() -> None:
            self._ending = True

        self.run(hear_no_more())
        super().__exit__()

    def next_posted(self) -> Posted:
        """Return the next card that was posted."""
        return self.posted.get(timeout=WAIT_S)

    def press(self, card: Posted, label: str) -> None:
        """Press a button as the user would: the action, then the card goes."""
        self.emit("ActionInvoked", "us", [card.id, card.buttons[label]])
        self.emit("NotificationClosed", "uu", [card.id, 2])

    def _answer(self, message: Message) -> Message | bool | None:
        if self._ending:
            return True
        if message.message_type is not MessageType.METHOD_CALL or message.interface != NAME:
            return None
        match message.member:
            case "GetCapabilities":
                return Message.new_method_return(message, "as", [self._capabilities])
            case "GetServerInformation":
                return Message.new_method_return(message, "ssss", [self._name, "tests", "1", "1.2"])
            case "CloseNotification":
                self.closed.put(message.body[0])
                return Message.new_method_return(message)
            case "Notify":
                return self._notify(message)
        return None

    def _notify(self, message: Message) -> Message:
        if self.refuse:
            self.posted.put(_posted(message, 0))
            return Message.new_error(message, f"{NAME}.Error.ExcessNotificationGeneration", "")
        shown = message.body[1] or self._next
        self._next = max(self._next, shown + 1)
        posted = _posted(message, shown)
        for early in self.before_answer(posted):
            self.bus.send(early)
        self.posted.put(posted)
        return Message.new_method_return(message, "u", [shown])


def _posted(message: Message, shown: int) -> Posted:
    app, replaces, icon, title, body, actions, hints, timeout = message.body
    values = {key: variant.value for key, variant in hints.items()}
    sender = message.sender or ""
    return Posted(sender, shown, app, replaces, icon, title, body, tuple(actions), values, timeout)
