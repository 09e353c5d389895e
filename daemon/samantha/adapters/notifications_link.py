"""One connection to a session bus, and the notification server that answers there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samantha.adapters.notifications_wire import Desktop

if TYPE_CHECKING:
    from dbus_fast.aio import MessageBus
    from dbus_fast.message import Message

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
_BUS, _BUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"


class CallFailed(Exception):
    """A call got an error; the text is the error's D-Bus name."""


class NoBus(Exception):
    """No session bus is named by the environment."""


def bus_address() -> str:
    """Return where the session bus is now; a service started before the login finds it later."""
    named = os.environ.get("DBUS_SESSION_BUS_ADDRESS", "")
    if named:
        return named
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    socket = Path(runtime) / "bus"
    if runtime and socket.exists():
        return f"unix:path={socket}"
    raise NoBus


class Link:
    """A connected bus. All methods run in its event loop.

    ``on_action(id, token)`` and ``on_closed(id, reason)`` are called for signals of the server
    alone, ``on_owner()`` when another server, or none, has taken its place.
    """

    def __init__(
        self,
        bus: MessageBus,
        on_owner: Callable[[], None],
        on_action: Callable[[int, str], None],
        on_closed: Callable[[int, int], None],
    ) -> None:
        self._bus = bus
        self._on_owner = on_owner
        self._on_action = on_action
        self._on_closed = on_closed
        self.owner = ""
        """The unique name of the server's connection, given by the bus and never reused."""
        self.desktop: Desktop | None = None
        self.met = ""
        """The server that was asked what it can do and is listened to."""
        self.where = ""
        """That server on this bus, as a name that no other server on no other bus will have."""
        self._bus_id = ""
        self._rule = ""
        self._heard = False

    async def open(self) -> None:
        """Begin to follow who owns the notification service's name."""
        self._bus.add_message_handler(self._receive)
        rule = f"type='signal',sender='{_BUS}',path='{_BUS_PATH}',interface='{_BUS}'"
        await self._ask_bus("AddMatch", "s", [f"{rule},member='NameOwnerChanged',arg0='{NAME}'"])
        (self._bus_id,) = await self._ask_bus("GetId", "", [])
        # A signal is newer than an answer it has overtaken.
        with contextlib.suppress(CallFailed):
            (owner,) = await self._ask_bus("GetNameOwner", "s", [NAME])
            if not self._heard:
                self.owner = owner

    async def start_server(self) -> None:
        """Have the bus start a server, where one is installed for that; else ``CallFailed``.

        The signal that tells its owner comes before the answer.
        """
        await self._ask_bus("StartServiceByName", "su", [NAME, 0])

    async def meet(self) -> Desktop | None:
        """Learn what the present server can do, and listen to it; None if there is none."""
        while self.owner and self.met != self.owner:
            await self._meet(self.owner)
        return self.desktop if self.owner else None

    async def _meet(self, owner: str) -> None:
        if self._rule:
            await self._ask_bus("RemoveMatch", "s", [self._rule])
        self._rule = f"type='signal',sender='{owner}',path='{PATH}',interface='{NAME}'"
        await self._ask_bus("AddMatch", "s", [self._rule])
        (capabilities,) = await self._call(owner, PATH, NAME, "GetCapabilities")
        name, _, version, _ = await self._call(owner, PATH, NAME, "GetServerInformation")
        self.desktop = Desktop(name, version, frozenset(capabilities))
        self.where = f"{self._bus_id} {owner}"
        self.met = owner

    async def notify(self, body: Sequence[object]) -> int:
        """Show a card; return the server's id for it."""
        (shown,) = await self._call(self.met, PATH, NAME, "Notify", "susssasa{sv}i", body)
        return int(shown)

    async def close_card(self, shown: int) -> None:
        """Take a card off the screen."""
        await self._call(self.met, PATH, NAME, "CloseNotification", "u", [shown])

    async def _ask_bus(self, member: str, signature: str, body: Sequence[object]) -> list[Any]:
        return await self._call(_BUS, _BUS_PATH, _BUS, member, signature, body)

    async def _call(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        body: Sequence[object] = (),
    ) -> list[Any]:
        from dbus_fast import Message, MessageType

        message = Message(
            destination=destination,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
        # No time limit: a server that hangs would show the card when it wakes, and again for
        # each further try. The bus answers with an error as soon as the server is gone.
        reply = await self._bus.call(message)
        if reply is None:
            raise ConnectionResetError
        if reply.message_type is MessageType.ERROR:
            raise CallFailed(reply.error_name or "error")
        return list(reply.body)

    def _receive(self, message: Message) -> None:
        """Take a signal if it comes from whom it must come from (I10).

        Match rules keep forged broadcasts away, but a signal sent straight to our connection needs
        no rule to arrive, so the sender, which the bus itself writes, is compared here.
        """
        match (message.sender, message.interface, message.member, message.signature):
            case (sender, "org.freedesktop.DBus", "NameOwnerChanged", "sss") if sender == _BUS:
                if message.body[0] == NAME:
                    self._owned_by(message.body[2])
            case (sender, "org.freedesktop.Notifications", "ActionInvoked", "us"):
                if sender == self.owner and self.owner:
                    self._on_action(message.body[0], message.body[1])
            case (sender, "org.freedesktop.Notifications", "NotificationClosed", "uu"):
                if sender == self.owner and self.owner:
                    self._on_closed(message.body[0], message.body[1])

    def _owned_by(self, owner: str) -> None:
        self._heard = True
        if owner != self.owner:
            self.owner = owner
            self._on_owner()
