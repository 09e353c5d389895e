"""Which hosts a process may talk to: names and ports are compared before anything is sent."""

from __future__ import annotations

import sys
from collections.abc import Iterable

_allowed: list[frozenset[tuple[str, int]]] = []


def only(places: Iterable[tuple[str, int]]) -> None:
    """From now on this process resolves and connects to these hosts and ports alone (I20).

    Unix sockets (the session's bus) stay as they are. It holds for every library in the process,
    but not for code that means harm: it guards against what a server's words could lead to.
    """
    first = not _allowed
    _allowed[:] = [frozenset((host.lower(), port) for host, port in places)]
    if first:
        sys.addaudithook(_look)


def _look(event: str, args: tuple[object, ...]) -> None:
    if event == "socket.getaddrinfo":
        host, port = args[0], args[1]
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
        if (name.lower(), _number(port)) not in _allowed[0]:
            raise PermissionError("this host is not configured")
    elif event in ("socket.connect", "socket.sendto"):
        address = args[1]
        if isinstance(address, tuple) and _number(address[1]) not in {p for _, p in _allowed[0]}:
            raise PermissionError("this port is not configured")
    elif event in ("socket.gethostbyname", "socket.gethostbyaddr"):
        raise PermissionError("names are looked up through getaddrinfo alone")


def _number(port: object) -> int:
    try:
        return int(str(port))
    except ValueError:
        return -1
