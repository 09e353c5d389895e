"""The processes that may use the network reach the configured hosts, and no others (I20)."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

PROBE = """
import socket, sys
from samantha.workers.network import only
mine = int(sys.argv[1])
only([("localhost", mine)])
def tries(name, call):
    try:
        call()
        print(name, "reached")
    except PermissionError:
        print(name, "refused")
    except OSError:
        print(name, "tried")
tries("mine", lambda: socket.create_connection(("localhost", mine), 5).close())
tries("port", lambda: socket.create_connection(("localhost", mine + 1), 5))
tries("name", lambda: socket.create_connection(("evil.example", mine), 5))
tries("look-up", lambda: socket.getaddrinfo("evil.example", 80))
tries("address", lambda: socket.socket().connect(("127.0.0.1", 9)))
tries("old look-up", lambda: socket.gethostbyname("evil.example"))
tries("datagram", lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 53)))
tries("bus", lambda: socket.socket(socket.AF_UNIX).connect("/no/such/bus"))
only([])
tries("mine, taken out", lambda: socket.create_connection(("localhost", mine), 5))
"""


def test_hosts_that_are_not_configured_are_refused_before_anything_is_sent() -> None:
    """Names are not even looked up; Unix sockets stay; a later list replaces the first."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-c", PROBE, port], capture_output=True, text=True, timeout=60
        )
    assert done.stderr == ""
    told = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines())
    assert told == {
        "mine": "reached",
        "port": "refused",
        "name": "refused",
        "look-up": "refused",
        "address": "refused",
        "old look-up": "refused",
        "datagram": "refused",
        "bus": "tried",
        "mine, taken out": "refused",
    }


@pytest.mark.parametrize("worker", ["mail", "executor"])
def test_the_workers_shut_the_door_before_they_act(worker: str) -> None:
    """Both put the list in force as soon as they know the accounts."""
    text = Path(__file__).parents[2] / f"daemon/samantha/workers/{worker}.py"
    assert "only(hosts_of(accounts))" in text.read_text()
