"""An OAuth 2 authorisation server of the test's own: PKCE, refresh, rotation, expiry."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import secrets
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from mail_servers import Authority

CLIENT = "samantha-test"
KEY = b"a key that dovecot knows"


def dovecot_oauth(root: str) -> str:
    """Return dovecot's configuration for tokens signed with ``KEY``."""
    return f"""
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {root}/oauth.conf
}}
"""


OAUTH_CONF = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={keys}/
username_attribute = sub
"""


class AuthServer:
    """Gives tokens for one user; everything it was asked is kept in ``asked``."""

    def __init__(self, trust: Authority, user: str) -> None:
        self.user = user
        self.lasts_s = 3600
        self.rotates = False
        self.withdrawn = False
        self.declines = False
        self.asked: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}
        self.refresh_tokens: set[str] = set()
        server = self

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                words = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
                self.send_response(302)
                self.send_header("Location", server.authorize(words))
                self.end_headers()

            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                words = {k: v[0] for k, v in parse_qs(self.rfile.read(size).decode()).items()}
                code, said = server.token(words)
                body = json.dumps(said).encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self._server.socket = trust.server_context().wrap_socket(
            self._server.socket, server_side=True
        )
        self.address = f"https://localhost:{self._server.server_address[1]}"
        self._context = trust.client_context()

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def authorize(self, words: dict[str, str]) -> str:
        """Return where the browser goes after the user said yes (or no)."""
        assert words["response_type"] == "code" and words["code_challenge_method"] == "S256"
        assert words["redirect_uri"].startswith("http://127.0.0.1:")
        if self.declines:
            said = {"error": "access_denied", "state": words["state"]}
        else:
            code = secrets.token_urlsafe(16)
            self._codes[code] = words
            said = {"code": code, "state": words["state"]}
        return f"{words['redirect_uri']}?{urlencode(said)}"

    def token(self, words: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Answer a request for a token."""
        self.asked.append(words)
        if words.get("client_id") != CLIENT or self.withdrawn:
            return 400, {"error": "invalid_grant"}
        if words["grant_type"] == "authorization_code":
            known = self._codes.pop(words["code"], None)
            digest = hashlib.sha256(words["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if known is None or not hmac.compare_digest(challenge, known["code_challenge"]):
                return 400, {"error": "invalid_grant"}
            return 200, self._tokens(fresh=True)
        if words.get("refresh_token") not in self.refresh_tokens:
            return 400, {"error": "invalid_grant"}
        if self.rotates:
            self.refresh_tokens.discard(words["refresh_token"])
        return 200, self._tokens(fresh=self.rotates)

    def _tokens(self, *, fresh: bool) -> dict[str, Any]:
        said = {
            "access_token": jwt(self.user, self.lasts_s),
            "token_type": "Bearer",
            "expires_in": max(self.lasts_s, 3600),
        }
        if fresh:
            said["refresh_token"] = secrets.token_urlsafe(24)
            self.refresh_tokens.add(said["refresh_token"])
        return said

    def browser(self, url: str) -> None:
        """Be the user's browser: follow the page to where it leads, in a thread of its own."""

        def follow() -> None:
            class Stay(urllib.request.HTTPRedirectHandler):
                def redirect_request(self, *args: Any) -> None:
                    return None

            https = urllib.request.HTTPSHandler(context=self._context)
            opener = urllib.request.build_opener(https, Stay)
            try:
                opener.open(url, timeout=10)
            except urllib.error.HTTPError as answer:
                urllib.request.urlopen(answer.headers["Location"], timeout=10).read()

        threading.Thread(target=follow, daemon=True).start()


def jwt(user: str, lasts_s: int) -> str:
    """Return a signed token for a user; ``lasts_s`` may be negative: it has expired."""

    def part(value: object) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    now = int(time.time())
    claims = {"sub": user, "iat": now - 7200, "exp": now + lasts_s, "jti": secrets.token_hex(4)}
    text = part({"alg": "HS256", "typ": "JWT"}) + b"." + part(claims)
    mark = base64.urlsafe_b64encode(hmac.new(KEY, text, hashlib.sha256).digest()).rstrip(b"=")
    return (text + b"." + mark).decode()


@contextlib.contextmanager
def auth_server(trust: Authority, user: str) -> Iterator[AuthServer]:
    """A running authorisation server."""
    one = AuthServer(trust, user)
    one.start()
    try:
        yield one
    finally:
        one.stop()
