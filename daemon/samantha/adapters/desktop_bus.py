"""What a desktop tells over D-Bus of its user: do not disturb, locked, idle.

Only services that run are asked: nothing is started for a question. Whoever answers can do no more
than keep samantha quiet.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samantha.adapters.notifications_link import NAME, PATH, NoBus, bus_address

if TYPE_CHECKING:
    from dbus_fast.aio import MessageBus

_PROPERTIES = "org.freedesktop.DBus.Properties"
_LOGIN, _SESSION = "org.freedesktop.login1", "/org/freedesktop/login1/session/auto"
_SAVERS = (
    ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"),
    ("org.gnome.ScreenSaver", "/org/gnome/ScreenSaver"),
    ("org.cinnamon.ScreenSaver", "/org/cinnamon/ScreenSaver"),
    ("org.mate.ScreenSaver", "/org/mate/ScreenSaver"),
    ("org.xfce.ScreenSaver", "/org/xfce/ScreenSaver"),
)

Answers = dict[str, Any]
"""``quiet``, ``locked`` as truth values, ``idle`` as a length; what nobody told is missing."""


async def session_answers(deadline_s: float) -> Answers:
    """Ask the notification server and the screen saver of the session."""
    return await _asked(bus_address, (_quiet, _locked, _idle), deadline_s)


async def system_answers(deadline_s: float) -> Answers:
    """Ask logind how the user's session is."""
    return await _asked(_system_bus, (_session,), deadline_s)


def _system_bus() -> str:
    named = os.environ.get("DBUS_SYSTEM_BUS_ADDRESS", "")
    if named:
        return named
    socket = Path("/run/dbus/system_bus_socket")
    if socket.exists():
        return f"unix:path={socket}"
    raise NoBus


Question = Callable[["MessageBus", Answers], Awaitable[None]]


async def _asked(
    address: Callable[[], str], questions: Sequence[Question], deadline_s: float
) -> Answers:
    """Put all questions at once; what is not answered at the deadline is not known."""
    from dbus_fast.aio import MessageBus

    answers: Answers = {}
    bus: MessageBus | None = None
    try:
        async with asyncio.timeout(deadline_s):
            bus = await MessageBus(bus_address=address()).connect()
            await asyncio.gather(*(question(bus, answers) for question in questions))
    except (NoBus, TimeoutError, OSError, EOFError, ValueError):
        pass
    finally:
        if bus is not None:
            bus.disconnect()
    return answers


async def _call(
    bus: MessageBus,
    name: str,
    path: str,
    interface: str,
    member: str,
    signature: str = "",
    body: Sequence[object] = (),
) -> Any:
    """Return the first value of an answer; None for an error, and where the service is absent."""
    from dbus_fast import Message, MessageFlag, MessageType, Variant

    message = Message(
        destination=name,
        path=path,
        interface=interface,
        member=member,
        signature=signature,
        body=list(body),
        flags=MessageFlag.NO_AUTOSTART,
    )
    reply = await bus.call(message)
    if reply is None or reply.message_type is MessageType.ERROR or not reply.body:
        return None
    value = reply.body[0]
    return value.value if isinstance(value, Variant) else value


async def _property(bus: MessageBus, name: str, path: str, interface: str, wanted: str) -> Any:
    return await _call(bus, name, path, _PROPERTIES, "Get", "ss", [interface, wanted])


async def _quiet(bus: MessageBus, answers: Answers) -> None:
    """Ask as Plasma defines it, which sets it while the screen is shared too; then dunst's way."""
    for interface, wanted in ((NAME, "Inhibited"), ("org.dunstproject.cmd0", "paused")):
        told = await _property(bus, NAME, PATH, interface, wanted)
        if isinstance(told, bool):
            answers["quiet"] = told
            return


async def _locked(bus: MessageBus, answers: Answers) -> None:
    for name, path in _SAVERS:
        told = await _call(bus, name, path, name, "GetActive")
        if isinstance(told, bool):
            answers["locked"] = told
            return


async def _idle(bus: MessageBus, answers: Answers) -> None:
    name = "org.gnome.Mutter.IdleMonitor"
    told = await _call(bus, name, "/org/gnome/Mutter/IdleMonitor/Core", name, "GetIdletime")
    if told is None:
        # Plasma answers in milliseconds, where the old specification says seconds. Taken for
        # seconds its answer would call everybody away; the other mistake only misses an absence.
        told = await _call(bus, *_SAVERS[0], _SAVERS[0][0], "GetSessionIdleTime")
    if isinstance(told, int):
        answers["idle"] = timedelta(milliseconds=told)


async def _session(bus: MessageBus, answers: Answers) -> None:
    interface = f"{_LOGIN}.Session"
    told = await _call(bus, _LOGIN, _SESSION, _PROPERTIES, "GetAll", "s", [interface])
    if not isinstance(told, dict):
        return
    values = {name: variant.value for name, variant in told.items()}
    if values.get("Type") in (None, "tty", "unspecified"):
        return
    if isinstance(values.get("LockedHint"), bool):
        answers["locked"] = values["LockedHint"]
    since = values.get("IdleSinceHint")
    if values.get("IdleHint") is True and isinstance(since, int) and since > 0:
        began = datetime.fromtimestamp(since / 1_000_000, UTC)
        answers["idle"] = max(datetime.now(UTC) - began, timedelta())
