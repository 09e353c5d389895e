"""The control socket: how the command line talks to the running daemon of the same user.

One request and one answer a connection, each one frame. Whoever connects must have the same user
id (SO_PEERCRED) on both sides, and the socket lies in a folder that nobody else can enter.
"""

from __future__ import annotations

import logging
import os
import socket
import stat
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from samantha.api.errors import UserError
from samantha.workers.frames import FrameClosed, FrameError, read_frame, write_frame

log = logging.getLogger(__name__)

REQUEST_BYTES = 64 * 1024
ANSWER_BYTES = 4 * 2**20
CLIENT_S = 2.0
"""How long one client may take to send its request, and to fetch its answer."""
CLIENTS = 16
"""How many are served at once; one more is told that the daemon is busy."""
_DRAIN_S = 1.0
_PAUSE_S = 0.1

Handle = Callable[[Mapping[str, Any]], dict[str, Any]]


class ControlServer:
    """Answers requests of the same user on a Unix socket, each in a thread of its own.

    ``handle`` may be called from several threads at once and must return soon. An existing socket
    file is replaced, so only the holder of the instance lock may start a server.
    """

    def __init__(self, path: Path, handle: Handle) -> None:
        self._path = path
        self._handle = handle
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._slots = threading.BoundedSemaphore(CLIENTS)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._mark: tuple[int, int] | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Bind the socket and answer from now on; raises ``UserError`` if it cannot be bound."""
        self._listener = listener = _bind(self._path)
        found = os.lstat(self._path)
        self._mark = (found.st_dev, found.st_ino)
        self._thread = threading.Thread(
            target=self._accept, args=(listener,), name="control", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests, let those under way have their answer, remove the socket."""
        listener, self._listener = self._listener, None
        if listener is None or self._thread is None:
            return
        self._stopped.set()
        self._unlink()
        # Wakes the accepting thread; closing alone would leave it asleep in the kernel.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        listener.close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RD)
        until = time.monotonic() + _DRAIN_S
        for _ in range(CLIENTS):
            self._slots.acquire(timeout=max(0.0, until - time.monotonic()))

    def _unlink(self) -> None:
        with suppress(OSError):
            found = os.lstat(self._path)
            if (found.st_dev, found.st_ino) == self._mark:
                self._path.unlink()

    def _accept(self, listener: socket.socket) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                # Shut down by stop(); or no descriptor is left, and then one comes back.
                self._stopped.wait(_PAUSE_S)
                continue
            connection.setblocking(False)
            if not _same_user(connection):
                log.warning("another user was refused at the control socket")
                connection.close()
            elif not self._slots.acquire(blocking=False):
                _answer(connection, {"ok": False, "error": "busy"})
                connection.close()
            else:
                self._begin(connection)

    def _begin(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)
        threading.Thread(
            target=self._serve, args=(connection,), name="control-client", daemon=True
        ).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection:
                request = _request(connection)
                if request is not None:
                    self._reply(connection, request)
        finally:
            with self._lock:
                self._open.discard(connection)
            self._slots.release()

    def _reply(self, connection: socket.socket, request: Mapping[str, Any]) -> None:
        # Sent also when the handler breaks: its problem ends this thread, and is printed by it.
        answer: dict[str, Any] = {"ok": False, "error": "the daemon failed over this request"}
        try:
            answer = self._handle(request)
        except UserError as problem:
            answer = {
                "ok": False,
                "error": problem.what,
                "means": problem.means,
                "type": problem.type_this,
            }
        finally:
            _answer(connection, answer)


def call(
    path: Path, request: Mapping[str, Any], timeout_s: float = CLIENT_S
) -> dict[str, Any] | None:
    """Ask the daemon behind a socket; None when there is none.

    A daemon that is there but does not answer in time gives ``{"ok": False, "error": …}``.
    """
    try:
        connection = _connect(path, timeout_s)
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        return None
    except OSError as problem:
        return {"ok": False, "error": f"the daemon cannot be reached: {problem.strerror}"}
    with connection:
        if not _same_user(connection):
            return {"ok": False, "error": "the control socket belongs to another user"}
        try:
            # A daemon that refuses may have answered and closed before it read.
            with suppress(FrameClosed):
                write_frame(connection.fileno(), request, timeout_s=timeout_s)
            answer, _ = read_frame(connection.fileno(), timeout_s, ANSWER_BYTES)
        except FrameClosed:
            return {"ok": False, "error": "the daemon ended before it answered"}
        except FrameError:
            return {"ok": False, "error": f"the daemon gave no answer within {timeout_s:g} s"}
    return answer


def _connect(path: Path, timeout_s: float) -> socket.socket:
    with ExitStack() as undo:
        connection = undo.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        # A blocking connect waits while the queue of the daemon is full; the kernel applies the
        # send timeout to it, whereas a non-blocking one would fail at once.
        seconds = int(timeout_s)
        limit = struct.pack("ll", seconds, int((timeout_s - seconds) * 1e6))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        with _address(path) as address:
            connection.connect(address)
        connection.setblocking(False)
        undo.pop_all()
    return connection


def _request(connection: socket.socket) -> dict[str, Any] | None:
    try:
        return read_frame(connection.fileno(), CLIENT_S, REQUEST_BYTES)[0]
    except FrameClosed:
        return None
    except FrameError as problem:
        _answer(connection, {"ok": False, "error": str(problem)})
        return None


def _answer(connection: socket.socket, answer: Mapping[str, Any]) -> None:
    # A client that went away or does not fetch its answer costs nobody else anything.
    with suppress(FrameError):
        write_frame(connection.fileno(), answer, timeout_s=CLIENT_S)


def _same_user(connection: socket.socket) -> bool:
    if not hasattr(socket, "SO_PEERCRED"):
        # Elsewhere the private folder alone keeps others out.
        return True
    size = struct.calcsize("3i")
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    _, uid, _ = struct.unpack("3i", credentials)
    return bool(uid == os.geteuid())


def _bind(path: Path) -> socket.socket:
    _private_folder(path.parent)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        if sys.platform.startswith("linux"):
            # The file takes its mode from here; a umask would hold for all threads.
            os.fchmod(listener.fileno(), 0o600)
        with _address(path) as address:
            listener.bind(address)
        listener.listen(64)
    except OSError as problem:
        listener.close()
        raise _unusable(path, problem.strerror or str(problem)) from problem
    except UserError:
        listener.close()
        raise
    return listener


def _private_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = folder.stat()
        if found.st_uid != os.geteuid():
            raise _unusable(folder, "the folder belongs to another user")
        if stat.S_IMODE(found.st_mode) & 0o077:
            folder.chmod(0o700)
    except OSError as problem:
        raise _unusable(folder, problem.strerror or str(problem)) from problem


def _remove_stale(path: Path) -> None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise _unusable(path, "something else than a socket lies there")
    path.unlink()


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """Give a short address of a socket: the kernel takes 107 bytes only, paths are longer."""
    if not sys.platform.startswith("linux"):
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _unusable(path: Path, reason: str) -> UserError:
    return UserError(
        f"The control socket {path} cannot be used: {reason}.",
        "Without it the command line cannot talk to the daemon, so it does not start.",
        f"ls -ld {path.parent} {path}",
    )
