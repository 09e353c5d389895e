"""A hub on this machine, as `huggingface_hub` knows one, with the faults that real ones have."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REVISION = "a" * 40


@dataclass(slots=True)
class Hub:
    """What the hub holds, what it does wrong, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    """By ``owner/repository/file``."""
    licences: dict[str, str] = field(default_factory=dict)
    address: str = ""
    cuts: list[int] = field(default_factory=list)
    """How many bytes of the next answers arrive before the connection is cut."""
    statuses: list[int] = field(default_factory=list)
    """What the next requests for a file's bytes are answered with, instead of the file."""
    holding: threading.Event = field(default_factory=threading.Event)
    """Set when an answer is held back."""
    held_after: int = 0
    """Send so many bytes, then nothing more, with the connection open."""
    payload: bytes | None = None
    """Send these bytes, whatever the headers say."""
    no_ranges: bool = False
    shifted_range: bool = False
    no_sha256: bool = False
    told_sha256: str = ""
    gated: bool = False
    login_page: bool = False
    files_alone: bool = False
    """Hold the files but say nothing of repositories, as simple mirrors do."""
    redirects: bool = False
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def ranges(self) -> list[str]:
        """Return the Range headers of the requests for bytes, '' where there was none."""
        return [headers.get("range", "") for method, path, headers in self.requests
                if method == "GET" and "/api/" not in path and "/cdn/" not in path]  # fmt: skip


@contextmanager
def local_hub() -> Iterator[Hub]:
    """Serve a hub until the block ends."""
    hub = Hub()

    class Handler(_Handler):
        at = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    at: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.at.requests.append((self.command, self.path, headers))
        if self.at.login_page:
            self._send(200, b"<html>Please log in</html>", {"Content-Type": "text/html"})
            return
        if found := re.fullmatch(r"/api/models/([^/]+/[^/?]+).*", self.path):
            self._repository(found[1])
        elif found := re.fullmatch(r"/(?:cdn/)?([^/]+/[^/]+)/resolve/([^/]+)/([^?]+).*", self.path):
            self._file(found[1], found[3])
        else:
            self._send(404, b"", {})

    def _repository(self, repo: str) -> None:
        names = [n.removeprefix(f"{repo}/") for n in self.at.files if n.startswith(f"{repo}/")]
        if not names or self.at.files_alone:
            self._send(404, b"", {"X-Error-Code": "RepoNotFound"})
            return
        licence = self.at.licences.get(repo)
        told = {
            "id": repo,
            "sha": REVISION,
            "tags": ["gguf", *([f"license:{licence}"] if licence else [])],
            "siblings": [{"rfilename": name} for name in [*names, "README.md"]],
        }
        self._send(200, json.dumps(told).encode(), {"Content-Type": "application/json"})

    def _file(self, repo: str, file: str) -> None:
        if self.at.gated:
            self._send(403, b"", {"X-Error-Code": "GatedRepo"})
            return
        if not any(name.startswith(f"{repo}/") for name in self.at.files):
            self._send(401, b"", {"X-Error-Code": "RepoNotFound"})
            return
        data = self.at.files.get(f"{repo}/{file}")
        if data is None:
            self._send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": REVISION})
            return
        if self.command == "GET" and self.at.statuses:
            self._send(self.at.statuses.pop(0), b"", {})
            return
        digest = self.at.told_sha256 or hashlib.sha256(data).hexdigest()
        linked = {"X-Linked-Size": str(len(data)), "X-Linked-Etag": f'"{digest}"'}
        told = {"X-Repo-Commit": REVISION, "ETag": '"0123456789abcdef"', **linked}
        if self.at.no_sha256:
            del told["X-Linked-Etag"]
        if self.at.redirects and not self.path.startswith("/cdn/"):
            elsewhere = self.at.address.replace("127.0.0.1", "localhost") + "/cdn" + self.path
            self._send(302, b"", {**told, "Location": elsewhere})
            return
        self._bytes(data if self.at.payload is None else self.at.payload, told)

    def _bytes(self, data: bytes, told: dict[str, str]) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if wanted and self.at.no_ranges:
            self._send(200, data, told)
        elif wanted:
            begin = int(wanted[1]) - (10 if self.at.shifted_range else 0)
            span = f"bytes {begin}-{len(data) - 1}/{len(data)}"
            self._send(206, data[begin:], {**told, "Content-Range": span})
        else:
            self._send(200, data, told)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        weights = "/resolve/" in self.path and status in (200, 206)
        if self.at.cuts and weights:
            self.wfile.write(body[: self.at.cuts.pop(0)])
            self.close_connection = True
        elif self.at.held_after and weights:
            self.wfile.write(body[: self.at.held_after])
            self.wfile.flush()
            self.at.holding.set()
            self.at.released.wait()
            self.close_connection = True
        else:
            self.wfile.write(body)
