"""Where sent mail arrives in the tests, and a proxy that gets in the way of a connection."""

from __future__ import annotations

import base64
import contextlib
import random
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from mail_servers import PASSWORD, Authority, free_port


@dataclass(frozen=True)
class Arrived:
    """One mail that the sink took: the envelope, and the bytes as they came over the wire."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes


class Sink:
    """An SMTP server with TLS that keeps what it got; it can be told to refuse."""

    def __init__(self, trust: Authority) -> None:
        self.arrived: list[Arrived] = []
        self.running = False
        self.data_answer = "250 2.0.0 taken"
        self.rcpt_answer = "250 ok"
        self.password = PASSWORD
        self.token = ""
        """The access token that XOAUTH2 takes."""
        self.before_answer: Callable[[], None] = lambda: None
        self.port = free_port()
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            ssl_context=trust.server_context(),
            authenticator=self._check,
            auth_require_tls=False,
            data_size_limit=50 * 2**20,
            decode_data=False,
        )

    def _check(self, server: Any, session: Any, envelope: Any, kind: str, data: Any) -> AuthResult:
        known = isinstance(data, LoginPassword) and data.password.decode() == self.password
        return AuthResult(success=known, handled=False)

    async def auth_XOAUTH2(self, server: Any, args: list[str]) -> AuthResult:
        """Take a token; a wrong one is answered as the large providers do: a challenge first."""
        said = base64.b64decode(args[1]).decode() if len(args) > 1 else ""
        if self.token and f"auth=Bearer {self.token}\1" in said:
            return AuthResult(success=True)
        await server.challenge_auth(b'{"status":"400"}')
        return AuthResult(success=False, handled=False)

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if not session.authenticated:
            return "530 log in first"
        if self.rcpt_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt_answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.data_answer.startswith("250"):
            told = Arrived(
                envelope.mail_from, tuple(envelope.rcpt_tos), bytes(envelope.original_content)
            )
            self.arrived.append(told)
        self.before_answer()
        return self.data_answer

    def start(self) -> None:
        self._controller.start()
        self.running = True

    def stop(self) -> None:
        if self.running:
            self.running = False
            self._controller.stop(no_assert=True)


@contextlib.contextmanager
def sink(trust: Authority) -> Iterator[Sink]:
    """A running sink."""
    one = Sink(trust)
    one.start()
    try:
        yield one
    finally:
        one.stop()


Kind = Literal["none", "cut", "hang", "slow", "duplicate", "garble"]


@dataclass(frozen=True)
class Fault:
    """What happens to one connection: after so many bytes in one direction."""

    kind: Kind = "none"
    after: int = 0
    towards: Literal["server", "client"] = "client"
    raw: bool = False
    hang_s: float = 20.0


class Proxy:
    """Stands between a client and a server and does harm as planned.

    Inside of their TLS, so that a cut can be between any two bytes; a duplicate towards a client is
    what a server said twice there. ``raw`` faults happen to the encrypted bytes, as on a network.
    """

    def __init__(self, trust: Authority, port: int, plan: Callable[[int], Fault]) -> None:
        self._trust, self._upstream, self._plan = trust, port, plan
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self.connections = 0
        self.hanging = threading.Event()
        """Set when a connection hangs."""
        self._closing = threading.Event()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []

    def start(self) -> None:
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._closing.set()
        self._listener.close()
        for pair in self._pairs:
            _end(*pair)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            number, self.connections = self.connections, self.connections + 1
            threading.Thread(target=self._serve, args=(client, number), daemon=True).start()

    def _serve(self, raw: socket.socket, number: int) -> None:
        fault = self._plan(number)
        client = raw
        try:
            server = socket.create_connection(("127.0.0.1", self._upstream), 10)
            server.settimeout(None)
            if not fault.raw:
                client = self._trust.server_context().wrap_socket(raw, server_side=True)
                context = self._trust.client_context()
                server = context.wrap_socket(server, server_hostname="localhost")
        except OSError:
            raw.close()
            return
        self._pairs.append((client, server))
        there = threading.Thread(
            target=self._pump, args=(client, server, fault, "server"), daemon=True
        )
        there.start()
        self._pump(server, client, fault, "client")
        there.join()

    def _pump(self, come: socket.socket, go: socket.socket, fault: Fault, towards: str) -> None:
        mine = fault.kind != "none" and fault.towards == towards
        count = 0
        try:
            while data := come.recv(4096):
                count += len(data)
                if mine and count > fault.after:
                    keep = max(0, len(data) - (count - fault.after))
                    if fault.kind == "cut":
                        go.sendall(data[:keep])
                        break
                    if fault.kind == "hang":
                        go.sendall(data[:keep])
                        self.hanging.set()
                        self._closing.wait(fault.hang_s)
                        break
                    if fault.kind == "duplicate":
                        go.sendall(data)
                    if fault.kind == "garble":
                        data = garbled(data, fault.after + count)
                    elif fault.kind == "slow":
                        for at in range(0, len(data), 512):
                            self._closing.wait(0.001)
                            go.sendall(data[at : at + 512])
                        continue
                go.sendall(data)
        except OSError:
            pass
        _end(come, go)


def garbled(data: bytes, seed: int) -> bytes:
    """Return what a server says, changed as an attacker or a defect might change it."""
    chance = random.Random(seed)
    found = bytearray(data)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(found))
        match chance.randrange(4):
            case 0:
                found[at] = chance.randrange(256)
            case 1:
                found[at:at] = chance.choice(
                    (b"(" * 3_000, b"{99999999999}\r\n", b"{5}\r\n", b"\r\n* BYE\r\n", b'"', b")")
                )
            case 2:
                del found[at : at + chance.randrange(1, 40)]
            case _:
                found[at:at] = b"* 1 FETCH (UID 999999999999999999999 FLAGS (\xff))\r\n"
        found = found or bytearray(b"\r\n")
    return bytes(found)


def _end(*sockets: socket.socket) -> None:
    for one in sockets:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            one.close()


@contextlib.contextmanager
def proxy(trust: Authority, port: int, plan: Callable[[int], Fault]) -> Iterator[Proxy]:
    """A running proxy in front of a server with TLS."""
    one = Proxy(trust, port, plan)
    one.start()
    try:
        yield one
    finally:
        one.stop()
