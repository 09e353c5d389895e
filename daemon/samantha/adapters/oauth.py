"""Passwords and access tokens for mail: from the keyring, renewed at the provider when they end.

OAuth 2 as native programs do it (RFC 8252): the browser, a loopback address, PKCE. Written over the
HTTP client that is here anyway, as authlib and requests-oauthlib would bring far more than the two
requests that are made. Only the refresh token is kept, and only in the keyring.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from samantha.adapters.imap_account import Account, MailTrouble, OAuth
from samantha.adapters.imap_session import tls_context
from samantha.adapters.secrets import SecretsUnavailable, get_secret, put_secret

SIGN_IN_S = 300.0
_REQUEST_S = 20.0
_EARLY_S = 60.0
"""A token is renewed this long before it ends."""
_KEPT_S = 600.0
"""How long a password read from the keyring is remembered."""
_MAX_ANSWER = 65_536


def token_place(oauth: OAuth) -> tuple[str, int]:
    """Return host and port of the place that gives tokens, which must be reached by https."""
    parts = urlsplit(oauth.token_url)
    if parts.scheme != "https" or not parts.hostname:
        raise MailTrouble("refused", "the token_url does not begin with https://")
    return parts.hostname, parts.port or 443


class Credentials:
    """The words that log in, remembered for a while; may be asked from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._words: dict[str, tuple[str, float]] = {}

    def word(self, account: Account, fresh: bool) -> str:
        """Return the password or access token; ``fresh`` when the last one was refused."""
        with self._lock:
            word, ends = self._words.get(account.name, ("", 0.0))
            if fresh or time.monotonic() >= ends:
                word, lasts_s = self._new(account)
                self._words[account.name] = word, time.monotonic() + lasts_s
            return word

    def _new(self, account: Account) -> tuple[str, float]:
        kept = _kept(account, account.secret_name)
        if not kept:
            verb, what = ("login", "sign-in") if account.oauth else ("password", "password")
            raise MailTrouble(
                "refused", f"no {what} is kept for it", f"samantha mail {verb} {account.name}"
            )
        return _renewed(account, kept) if account.oauth else (kept, _KEPT_S)


def _kept(account: Account, name: str) -> str:
    try:
        return get_secret(name) or ""
    except SecretsUnavailable as problem:
        type_this = problem.type_this or f"samantha mail test {account.name}"
        raise MailTrouble("locked", problem.reason, type_this) from problem


def _renewed(account: Account, refresh_token: str) -> tuple[str, float]:
    """Ask for a new access token; keep the refresh token that may come with it."""
    assert account.oauth is not None
    asked = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    said = _token_request(account, account.oauth, asked)
    again = said.get("refresh_token")
    if isinstance(again, str) and again and again != refresh_token:
        put_secret(account.secret_name, again)
    return _access(account, said)


def _access(account: Account, said: Mapping[str, Any]) -> tuple[str, float]:
    token, lasts = said.get("access_token"), said.get("expires_in")
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise MailTrouble("broken", "the provider's answer holds no token", _login(account))
    seconds = float(lasts) if isinstance(lasts, int | float) else 300.0
    return token, max(0.0, seconds - _EARLY_S)


def _token_request(account: Account, oauth: OAuth, asked: Mapping[str, str]) -> dict[str, Any]:
    import httpx2

    host, _ = token_place(oauth)
    form = {**asked, "client_id": oauth.client_id}
    client_secret = _kept(account, account.client_secret_name)
    if client_secret:
        form["client_secret"] = client_secret
    context: ssl.SSLContext = tls_context(account)
    try:
        with httpx2.Client(verify=context, timeout=_REQUEST_S, trust_env=False) as client:
            answer = client.post(oauth.token_url, data=form)
    except httpx2.HTTPError as problem:
        reason = f"{host}, which gives the tokens, cannot be reached"
        raise MailTrouble("offline", reason, f"samantha mail test {account.name}") from problem
    try:
        said = json.loads(answer.content[:_MAX_ANSWER])
    except ValueError:
        said = {}
    if answer.status_code == 200 and isinstance(said, dict):
        return said
    if answer.status_code in (400, 401):
        raise MailTrouble("refused", "the sign-in has expired or was withdrawn", _login(account))
    raise MailTrouble("offline", f"{host} gives no tokens now ({answer.status_code})")


def _login(account: Account) -> str:
    return f"samantha mail login {account.name}"


# --- signing in --------------------------------------------------------------------------------


def sign_in(
    account: Account, open_browser: Callable[[str], object], wait_s: float = SIGN_IN_S
) -> str:
    """Let the user sign in with the browser; return the refresh token. Raises ``MailTrouble``."""
    oauth = account.oauth
    assert oauth is not None
    verifier, state = secrets.token_urlsafe(64), secrets.token_urlsafe(32)
    with _Landing(state) as landing:
        asked = {
            "response_type": "code",
            "client_id": oauth.client_id,
            "redirect_uri": landing.address,
            "scope": oauth.scope,
            "state": state,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
            "login_hint": account.user,
            "access_type": "offline",
            "prompt": "consent",
        }
        mark = "&" if "?" in oauth.authorize_url else "?"
        open_browser(f"{oauth.authorize_url}{mark}{urlencode(asked)}")
        code = landing.code(wait_s)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": landing.address,
            "code_verifier": verifier,
        }
    said = _token_request(account, oauth, form)
    token = said.get("refresh_token")
    if not isinstance(token, str) or not token:
        raise MailTrouble("refused", "the provider gave no lasting token", _login(account))
    return token


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class _Landing:
    """A page on loopback that the browser comes back to, for one sign-in."""

    def __init__(self, state: str) -> None:
        landing = self
        self._came = threading.Event()
        self._code = self._error = ""

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                words = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
                # Another program on this machine may knock here too: only our own state counts.
                known = hmac.compare_digest(words.get("state", "").encode(), state.encode())
                if known and not landing._came.is_set():
                    landing._code = words.get("code", "")
                    landing._error = words.get("error", "")
                text = "You can close this page." if known else "This page is not for you."
                self.send_response(200 if known else 403)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", "default-src 'none'")
                self.end_headers()
                self.wfile.write(
                    f"<!doctype html><title>samantha</title>{html.escape(text)}".encode()
                )
                if known:
                    landing._came.set()

            def log_message(self, *args: object) -> None:
                """Log nothing: the request line holds the code."""

        self._server = HTTPServer(("127.0.0.1", 0), Page)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> _Landing:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def code(self, wait_s: float) -> str:
        """Return the code that the browser brought."""
        if not self._came.wait(wait_s):
            raise MailTrouble("refused", "nobody signed in within five minutes")
        if not self._code:
            raise MailTrouble("refused", "the sign-in was declined")
        return self._code
