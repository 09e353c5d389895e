"""Servers that plugins are fetched from: a package index as PEP 503 has it, and git over https."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from local_ca import Authority

_PATH = os.environ["PATH"]


@contextlib.contextmanager
def serving(
    handler: type[BaseHTTPRequestHandler], authority: Authority | None = None
) -> Iterator[str]:
    """Serve, over https if there is an authority; yields the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if authority is not None:
        context = authority.server("localhost")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        scheme = "https" if authority is not None else "http"
        yield f"{scheme}://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def package_index(files: Path, authority: Authority | None = None) -> Iterator[str]:
    """Serve a folder of distributions as a package index, each file with its hash."""

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(files))  # type: ignore[arg-type]

        def do_GET(self) -> None:
            if not self.path.startswith("/simple/"):
                super().do_GET()
                return
            project = self.path.removeprefix("/simple/").strip("/")
            rows = [
                f'<a href="/{one.name}#sha256={named(one)}">{one.name}</a><br>'
                for one in sorted(files.iterdir())
                if one.name.lower().replace("_", "-").startswith(f"{project}-")
            ]
            page = f"<!DOCTYPE html><html><body>{''.join(rows)}</body></html>".encode()
            self.send_response(200 if rows else 404)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    def named(one: Path) -> str:
        told = one.with_name(f".{one.name}.sha256")
        return told.read_text() if told.exists() else hashlib.sha256(one.read_bytes()).hexdigest()

    with serving(Handler, authority) as address:
        yield f"{address}/simple/"


@contextlib.contextmanager
def git_server(repositories: Path, authority: Authority) -> Iterator[str]:
    """Serve git repositories over https by git's own program for that."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            done = subprocess.run(
                ["git", "http-backend"],
                input=self.rfile.read(length),
                capture_output=True,
                check=True,
                env={
                    "PATH": _PATH,
                    "GIT_PROJECT_ROOT": str(repositories),
                    "GIT_HTTP_EXPORT_ALL": "1",
                    "GIT_CONFIG_COUNT": "1",
                    "GIT_CONFIG_KEY_0": "safe.directory",
                    "GIT_CONFIG_VALUE_0": "*",
                    "PATH_INFO": url.path,
                    "QUERY_STRING": url.query,
                    "REQUEST_METHOD": self.command,
                    "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                    "CONTENT_LENGTH": str(length),
                    "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                    "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                    "REMOTE_ADDR": "127.0.0.1",
                },
            )
            head, _, body = done.stdout.partition(b"\r\n\r\n")
            lines = [line.partition(": ")[::2] for line in head.decode().split("\r\n")]
            status = next((int(v[:3]) for k, v in lines if k == "Status"), 200)
            self.send_response(status)
            for name, value in lines:
                if name != "Status":
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving(Handler, authority) as address:
        yield address
