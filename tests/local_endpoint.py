"""A model server on this machine that speaks OpenAI's protocol, with the faults of real ones."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Fault = Callable[["Handler", dict[str, Any]], None]


@dataclass(slots=True)
class Seen:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass(slots=True)
class ModelServer:
    """What it says, what it does wrong, and what it was asked."""

    says: str = '{"waits": true}'
    finish: str = "stop"
    models: tuple[str, ...] = ("tiny",)
    takes: Callable[[dict[str, Any]], bool] = lambda body: True
    """Whether a body's fields are accepted; if not, 400."""
    key: str = ""
    faults: list[Fault] = field(default_factory=list)
    """What the next chats meet instead of an answer; the last one stays."""
    seen: list[Seen] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    """Ends what hangs."""
    left: threading.Event = field(default_factory=threading.Event)
    """Set when a hanging request's connection was closed by the client."""
    address: str = ""
    port: int = 0

    @property
    def url(self) -> str:
        return f"{self.address}/v1"

    @property
    def chats(self) -> list[Seen]:
        return [one for one in self.seen if one.method == "POST"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model: ModelServer

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.note({})
        if self.forbidden():
            return
        self.give(200, {"object": "list", "data": [{"id": one} for one in self.model.models]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.note(body)
        if self.forbidden():
            return
        faults = self.model.faults
        if faults:
            (faults.pop(0) if len(faults) > 1 else faults[0])(self, body)
        elif not self.model.takes(body):
            self.give(400, {"error": {"message": "an unknown field"}})
        else:
            self.stream(self.model.says)

    def forbidden(self) -> bool:
        wanted = self.model.key
        if wanted and self.headers.get("Authorization") != f"Bearer {wanted}":
            self.give(401, {"error": {"message": "no key"}})
            return True
        return False

    def note(self, body: dict[str, Any]) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.model.seen.append(Seen(self.command, self.path, headers, body))

    def give(self, status: int, told: object, **headers: str) -> None:
        data = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def open_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Set-Cookie", "canary=1; Path=/")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def event(self, text: str, finish: str | None = None) -> None:
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
        self.wfile.write(b"data: " + json.dumps({"choices": [choice]}).encode() + b"\r\n\r\n")
        self.wfile.flush()

    def stream(self, text: str) -> None:
        self.open_stream()
        self.wfile.write(b": a comment\n\n")
        for at in range(0, len(text), 3):
            self.event(text[at : at + 3])
        self.event("", self.model.finish)
        usage = {
            "prompt_tokens": 50,
            "completion_tokens": 7,
            "prompt_tokens_details": {"cached_tokens": 30},
        }
        self.wfile.write(b"data: " + json.dumps({"choices": [], "usage": usage}).encode() + b"\n\n")
        self.wfile.write(b"data: [DONE]\n\n")


def cut(handler: Handler, body: dict[str, Any]) -> None:
    """End in the middle of an answer, without a word."""
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.event('{"waits"')
    handler.close_connection = True


def hang(handler: Handler, body: dict[str, Any]) -> None:
    """Begin to answer, then say nothing more until the client leaves or the test ends."""
    handler.open_stream()
    handler.event("{")
    handler.connection.settimeout(0.05)
    while not handler.model.released.is_set():
        try:
            if not handler.connection.recv(1):
                handler.model.left.set()
                return
        except TimeoutError:
            continue
        except OSError:
            handler.model.left.set()
            return


def silent(handler: Handler, body: dict[str, Any]) -> None:
    """Not even begin to answer."""
    handler.close_connection = True
    handler.model.released.wait(30)


def status(code: int, told: object = b"", **headers: str) -> Fault:
    """Answer with a status."""
    return lambda handler, body: handler.give(code, told, **headers)


def raw(data: bytes) -> Fault:
    """Answer 200 with these bytes."""
    return lambda handler, body: handler.give(200, data)


def endless(piece: bytes) -> Fault:
    """Send a piece again and again, as long as somebody takes it."""

    def send(handler: Handler, body: dict[str, Any]) -> None:
        handler.open_stream()
        try:
            while not handler.model.released.is_set():
                handler.wfile.write(piece)
        except OSError:
            handler.model.left.set()

    return send


@contextmanager
def model_server(
    host: str = "127.0.0.1", port: int = 0, *, tls: ssl.SSLContext | None = None
) -> Iterator[ModelServer]:
    """A server that answers every chat; with a certificate over TLS."""
    model = ModelServer()
    kind = type("Bound", (Handler,), {"model": model})
    server = ThreadingHTTPServer((host, port), kind)
    server.daemon_threads = True
    if tls is not None:
        # The handshake waits for the thread of the connection: one that fails stops no other.
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    model.port = server.server_address[1]
    model.address = f"{'http' if tls is None else 'https'}://{host}:{model.port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield model
    finally:
        model.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
