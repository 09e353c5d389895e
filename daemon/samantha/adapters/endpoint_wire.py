"""The way to one model server: its address checked as it is connected to, and no other host ever.

No proxy of the environment, no redirect, no cookie, no compressed answer; TLS is verified.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from samantha.core.endpoints import Endpoint, address_refused, place_of

if TYPE_CHECKING:
    import httpcore2

CONNECT_S = 10.0
MOST_BYTES = 4_000_000
"""Of an answer as it travels: some 300 bytes a token where it is streamed."""

_IDLE_S = 30.0
_CONNECTIONS = 16

T = TypeVar("T")
Resolve = Callable[[str, int], Sequence[str]]
"""Returns the IP addresses of a name; may block, and raises ``OSError``."""


class Away(Exception):
    """The server cannot be used now; the text is for the user."""


class Cut(Exception):
    """The connection ended before the answer did."""


def addresses(host: str, port: int) -> Sequence[str]:
    """Return the IP addresses of a name, as the system resolves it."""
    import socket

    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(_scoped(one[4]) for one in found))


def _scoped(address: Sequence[Any]) -> str:
    """Return the address with the interface that a link-local one needs."""
    text = str(address[0])
    if len(address) == 4 and address[3] and "%" not in text:
        text += f"%{address[3]}"
    return text


async def in_thread(function: Callable[[], T], deadline_s: float) -> T:
    """Run what may block for ever; raises ``TimeoutError`` and leaves it behind if it does."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def give(outcome: Callable[[T], None] | Callable[[BaseException], None], what: Any) -> None:
        if not future.done():
            outcome(what)

    def run() -> None:
        # The loop may have ended meanwhile.
        with contextlib.suppress(RuntimeError):
            try:
                found = function()
            except OSError as problem:
                loop.call_soon_threadsafe(give, future.set_exception, problem)
            else:
                loop.call_soon_threadsafe(give, future.set_result, found)

    threading.Thread(target=run, name="model-endpoint-wait", daemon=True).start()
    async with asyncio.timeout(deadline_s):
        return await future


@dataclass(slots=True)
class Wire:
    """Connections to one server. All of it belongs to one event loop."""

    endpoint: Endpoint
    resolve: Resolve = addresses
    address: str = ""
    """The one that was connected to last."""
    _pool: httpcore2.AsyncConnectionPool | None = field(default=None)

    @asynccontextmanager
    async def exchange(
        self, method: str, path: str, body: bytes = b"", key: str = ""
    ) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        """Send a request; yield status and body. Raises ``Away`` or ``Cut``."""
        import httpcore2

        headers = [("Host", self.endpoint.host_header), ("Accept-Encoding", "identity")]
        headers.append(("Accept", "application/json, text/event-stream"))
        if body:
            headers += [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        if key:
            headers.append(("Authorization", f"Bearer {key}"))
        url = httpcore2.URL(
            scheme="https" if self.endpoint.tls else "http",
            host=self.endpoint.host,
            port=self.endpoint.port,
            target=self.endpoint.path + path,
        )
        options: Any = {"timeout": {"connect": CONNECT_S}}
        with _told(self.endpoint):
            async with self._connections().stream(
                method, url, headers=headers, content=body or None, extensions=options
            ) as response:
                yield response.status, _bounded(response)

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            await self._pool.aclose()

    def _connections(self) -> httpcore2.AsyncConnectionPool:
        import httpcore2

        if self._pool is None:
            self._pool = httpcore2.AsyncConnectionPool(
                ssl_context=ssl.create_default_context() if self.endpoint.tls else None,
                max_connections=_CONNECTIONS,
                keepalive_expiry=_IDLE_S,
                network_backend=_checked(self),
            )
        return self._pool


async def _bounded(response: httpcore2.Response) -> AsyncIterator[bytes]:
    size = 0
    async for piece in response.aiter_stream():
        size += len(piece)
        if size > MOST_BYTES:
            raise Away("its answer has no end")
        yield piece


@contextlib.contextmanager
def _told(endpoint: Endpoint) -> Iterator[None]:
    """Turn the library's errors into ours."""
    import httpcore2

    try:
        yield
    except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as problem:
        if "CERTIFICATE_VERIFY" in str(problem):
            raise Away(_distrusted(endpoint, str(problem))) from problem
        raise Away(f"nothing answers at {endpoint.origin}") from problem
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as problem:
        raise Cut(f"{endpoint.origin} cut the connection") from problem


def _distrusted(endpoint: Endpoint, problem: str) -> str:
    """Return in words why a certificate was refused; nothing was sent by then."""
    if "mismatch" in problem:
        return f"the certificate at {endpoint.origin} is another host's; nothing was sent"
    if "expired" in problem or "not yet valid" in problem:
        return f"the certificate of {endpoint.origin} is not valid at this date; nothing was sent"
    return (
        f"the certificate of {endpoint.origin} is none that this machine trusts; nothing was sent. "
        "If it is your own, install its CA, or name the CA's file in SSL_CERT_FILE"
    )


def _checked(wire: Wire) -> httpcore2.AsyncNetworkBackend:
    """Return what makes connections: to the very address that was checked."""
    import httpcore2

    class Checked(httpcore2.AnyIOBackend):
        async def connect_tcp(
            self,
            host: str,
            port: int,
            timeout: float | None = None,
            local_address: str | None = None,
            socket_options: Iterable[Any] | None = None,
        ) -> httpcore2.AsyncNetworkStream:
            failed: Exception = httpcore2.ConnectError("no address")
            # A name may have several addresses; only those that may be used are tried.
            for address in await _usable(wire, host, port):
                try:
                    stream = await super().connect_tcp(address, port, timeout, None, None)
                except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as problem:
                    failed = problem
                else:
                    wire.address = address
                    return stream
            raise failed

    return Checked()


async def _usable(wire: Wire, host: str, port: int) -> list[str]:
    """Return the addresses of the host that a connection may be made to; raises ``Away``."""
    found: Sequence[str] = [host]
    if place_of(host) is None:
        try:
            found = await in_thread(lambda: wire.resolve(host, port), CONNECT_S)
        except (OSError, TimeoutError) as problem:
            raise Away(f"no host is called {host} on your network") from problem
    reasons = {one: address_refused(wire.endpoint, one) for one in found}
    usable = [one for one, reason in reasons.items() if not reason]
    if found and not usable:
        raise Away(f"{next(iter(reasons.values()))}; nothing was sent")
    return usable
