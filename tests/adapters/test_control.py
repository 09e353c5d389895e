from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samantha.adapters.control import CLIENTS, REQUEST_BYTES, ControlServer, call
from samantha.api.errors import UserError
from samantha.workers.frames import read_frame, write_frame

Handle = Callable[[Mapping[str, Any]], dict[str, Any]]


def echo(request: Mapping[str, Any]) -> dict[str, Any]:
    return {"ok": True, "heard": dict(request)}


@contextmanager
def serving(path: Path, handle: Handle = echo) -> Iterator[ControlServer]:
    server = ControlServer(path, handle)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "control.sock"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("control") / "run" / "control.sock"
    with serving(path):
        yield path


def connected(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(10)
    connection.connect(str(path))
    return connection


def test_a_request_gets_its_answer(path: Path) -> None:
    """What is asked comes to the handler, and what it returns comes back."""
    with serving(path):
        assert call(path, {"command": "zeig", "ü": [1, None]}) == {
            "ok": True,
            "heard": {"command": "zeig", "ü": [1, None]},
        }


def test_without_a_daemon_there_is_no_answer(path: Path) -> None:
    """No folder, no socket, and a socket that a killed daemon left: all mean that none runs."""
    assert call(path, {}) is None
    path.parent.mkdir()
    assert call(path, {}) is None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(path))
    assert path.exists()
    assert call(path, {}) is None


def test_a_socket_left_behind_is_replaced(path: Path) -> None:
    """The next daemon takes the place of one that was killed."""
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(path))
    with serving(path):
        assert call(path, {}) == {"ok": True, "heard": {}}


def test_a_file_of_the_user_is_not_replaced(path: Path) -> None:
    """What is no socket is left alone, and the refusal names it."""
    path.parent.mkdir()
    path.write_text("words")
    with pytest.raises(UserError, match=r"control\.sock"):
        ControlServer(path, echo).start()
    assert path.read_text() == "words"


def test_others_can_enter_neither_folder_nor_socket(path: Path) -> None:
    """The folder is 0700, even if it was wider before, and the socket 0600."""
    path.parent.mkdir(mode=0o755)
    with serving(path):
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_stopped_server_leaves_no_socket(path: Path) -> None:
    """After stop the file is gone; stopping twice, or before the start, is no harm."""
    server = ControlServer(path, echo)
    server.stop()
    server.start()
    server.stop()
    server.stop()
    assert not path.exists()
    assert call(path, {}) is None


def test_a_successor_keeps_its_socket(path: Path) -> None:
    """A server that stops late does not remove the socket of the one that came after it."""
    first, second = ControlServer(path, echo), ControlServer(path, echo)
    first.start()
    second.start()
    first.stop()
    assert call(path, {}) == {"ok": True, "heard": {}}
    second.stop()


def test_a_path_longer_than_the_kernel_takes_works(tmp_path: Path) -> None:
    """A deep state folder is no obstacle, though an address has 108 bytes."""
    path = tmp_path / ("d" * 120) / ("e" * 120) / "control.sock"
    with serving(path):
        assert call(path, {"n": 1}) == {"ok": True, "heard": {"n": 1}}
    assert not path.exists()


ASK = """
import os, sys
from pathlib import Path
from samantha.adapters.control import call
os.setgroups([]); os.setgid(65534); os.setuid(65534)
print(call(Path(sys.argv[1]), {"command": "status"}))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_is_refused(path: Path) -> None:
    """Another user gets no answer, even where the modes of folder and socket let them in."""
    heard: list[object] = []

    def handle(request: Mapping[str, Any]) -> dict[str, Any]:
        heard.append(request)
        return {"ok": True}

    with serving(path, handle):
        for folder in path.parents:
            if folder.stat().st_uid == os.geteuid() and folder != Path(folder.anchor):
                folder.chmod(folder.stat().st_mode | 0o055)
        path.chmod(0o666)
        raw = (
            "import os, socket, sys\n"
            "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
            "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
            "try:\n"
            "    s.sendall(bytes([0, 0, 0, 2, 0, 0, 0, 0]) + b'{}')\n"
            "    print('got', s.recv(100))\n"
            "except OSError: print('got', b'')\n"
        )
        said = [
            subprocess.run(
                [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
            ).stdout.strip()
            for code in (raw, ASK)
        ]
        assert said[0] == "got b''"
        assert "another user" in said[1]
        assert heard == []
        assert call(path, {}) == {"ok": True}


@given(junk=st.binary(max_size=300), half=st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_bytes_end_the_server(shared: Path, junk: bytes, half: bool) -> None:
    """Whatever a client sends, the server answers the next one."""
    with connected(shared) as rude:
        rude.sendall(junk)
        if half:
            rude.shutdown(socket.SHUT_WR)
    assert call(shared, {"still": "there"}) == {"ok": True, "heard": {"still": "there"}}


@given(body=st.binary(max_size=200))
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_frame_that_is_no_request_is_answered_with_a_reason(shared: Path, body: bytes) -> None:
    """A well-formed frame around anything but an object gets an error, in a frame."""
    try:
        is_object = isinstance(json.loads(body.decode("utf-8", "surrogatepass")), dict)
    except (ValueError, RecursionError):
        is_object = False
    with connected(shared) as client:
        client.sendall(len(body).to_bytes(4, "big") + bytes(4) + body)
        answer, _ = read_frame(client.fileno(), 10)
    assert answer["ok"] is is_object


@pytest.mark.parametrize(
    "head", [b"[" * 60_000, b'{"a":' * 10_000, b"9" * 60_000, b'{"a":1e999}', b"\xff\xfe"]
)
def test_hostile_json_is_answered(shared: Path, head: bytes) -> None:
    """Deep nesting, huge numbers and broken text cost one answer."""
    with connected(shared) as client:
        client.sendall(len(head).to_bytes(4, "big") + bytes(4) + head)
        answer, _ = read_frame(client.fileno(), 10)
    assert answer["ok"] is (head == b'{"a":1e999}')
    assert call(shared, {}) == {"ok": True, "heard": {}}


def test_a_frame_that_is_too_big_is_refused_unread(shared: Path) -> None:
    """The announced size alone is enough for a refusal."""
    with connected(shared) as client:
        client.sendall((REQUEST_BYTES + 1).to_bytes(4, "big") + bytes(4))
        answer, _ = read_frame(client.fileno(), 10)
    assert answer["ok"] is False and str(REQUEST_BYTES + 1) in answer["error"]


def test_slow_clients_block_nobody(path: Path) -> None:
    """With all but one place taken by clients that send nothing, a request is answered."""
    with serving(path):
        slow = [connected(path) for _ in range(CLIENTS - 1)]
        for client in slow:
            client.sendall(b"\0\0")
        assert call(path, {"n": 1}) == {"ok": True, "heard": {"n": 1}}
        for client in slow:
            client.close()


def test_a_client_that_stalls_is_let_go(shared: Path) -> None:
    """Half a request holds its place for a bounded time, then it is answered with the reason."""
    with connected(shared) as client:
        client.sendall(b"\0\0")
        answer, _ = read_frame(client.fileno(), 30)
        assert answer["ok"] is False and "deadline" in answer["error"]
        assert client.recv(1) == b""


def test_one_client_too_many_is_told_so(path: Path) -> None:
    """When all places are taken by requests under way, the next client hears that it is busy."""
    inside, release = threading.Semaphore(0), threading.Event()

    def handle(request: Mapping[str, Any]) -> dict[str, Any]:
        inside.release()
        release.wait(30)
        return {"ok": True}

    with serving(path, handle):
        clients = [connected(path) for _ in range(CLIENTS)]
        for client in clients:
            write_frame(client.fileno(), {})
        for _ in clients:
            assert inside.acquire(timeout=30)
        assert call(path, {}) == {"ok": False, "error": "busy"}
        release.set()
        for client in clients:
            with client:
                assert read_frame(client.fileno(), 10)[0] == {"ok": True}
        assert call(path, {}) == {"ok": True}


def test_stopping_lets_a_request_have_its_answer(path: Path) -> None:
    """`stop` is asked through the socket itself, so its own answer must still go out."""
    inside, release = threading.Event(), threading.Event()

    def handle(request: Mapping[str, Any]) -> dict[str, Any]:
        inside.set()
        release.wait(30)
        return {"ok": True}

    server = ControlServer(path, handle)
    server.start()
    with connected(path) as client, connected(path) as idle:
        write_frame(client.fileno(), {"command": "stop"})
        assert inside.wait(30)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        release.set()
        assert read_frame(client.fileno(), 10)[0] == {"ok": True}
        stopping.join(30)
        assert not stopping.is_alive()
        assert idle.recv(1) == b""


def test_a_problem_of_the_user_is_answered_in_three_parts(path: Path) -> None:
    """A UserError of the handler reaches the command line with what it means and what to type."""

    def handle(request: Mapping[str, Any]) -> dict[str, Any]:
        raise UserError("No offer 7.", "It was never made.", "samantha offers")

    with serving(path, handle):
        assert call(path, {}) == {
            "ok": False,
            "error": "No offer 7.",
            "means": "It was never made.",
            "type": "samantha offers",
        }


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_request_that_breaks_the_handler_costs_only_itself(path: Path) -> None:
    """A defect in the handler is answered as one, and the next request is served."""

    def handle(request: Mapping[str, Any]) -> dict[str, Any]:
        return {"ok": True, "length": len(request["words"])}

    with serving(path, handle):
        for _ in range(CLIENTS + 1):
            answer = call(path, {})
            assert answer is not None and answer["ok"] is False and "failed" in answer["error"]
        assert call(path, {"words": "abc"}) == {"ok": True, "length": 3}


def test_a_daemon_that_hangs_is_not_taken_for_none(path: Path) -> None:
    """A daemon that does not answer in time is reported as such."""
    release = threading.Event()

    def handle(request: Mapping[str, Any]) -> dict[str, Any]:
        release.wait(30)
        return {}

    with serving(path, handle):
        answer = call(path, {}, timeout_s=0.2)
        release.set()
    assert answer is not None and answer["ok"] is False and "0.2 s" in answer["error"]
