"""Signing in with the browser, and tokens that are renewed, against a server of the test's own."""

from __future__ import annotations

import base64
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import auth_server
import desktop
import keyrings
import mail_servers
import pytest
from auth_server import CLIENT, KEY, OAUTH_CONF, AuthServer
from mail_servers import Authority, Dovecot

from samantha.adapters.imap_account import Account, MailTrouble, OAuth, Server
from samantha.adapters.imap_session import Meter, session
from samantha.adapters.oauth import Credentials, sign_in, token_place
from samantha.adapters.secrets import get_secret, put_secret

pytestmark = pytest.mark.skipif(bool(keyrings.missing()), reason=keyrings.missing())


@pytest.fixture(scope="module")
def tokens(trust: Authority) -> Iterator[Dovecot]:
    """A dovecot that takes tokens alone."""
    # Not below pytest's own folder: dovecot's user may not enter it, and whenever another pytest
    # begins, its rights are taken back.
    with tempfile.TemporaryDirectory(prefix="oauth") as folder:
        root = Path(folder)
        place = root / "keys" / "default" / "HS256"
        place.mkdir(parents=True)
        (place / "default").write_bytes(base64.b64encode(KEY))
        (root / "oauth.conf").write_text(OAUTH_CONF.format(keys=root / "keys"))
        for path in (root, *root.rglob("*")):
            path.chmod(path.stat().st_mode | 0o055)
        extra = auth_server.dovecot_oauth(str(root))
        with mail_servers.dovecot(trust, extra, " xoauth2 oauthbearer") as one:
            yield one


@pytest.fixture
def provider(trust: Authority) -> Iterator[AuthServer]:
    with auth_server.auth_server(trust, "anna") as one:
        yield one


@pytest.fixture
def account(
    tokens: Dovecot,
    provider: AuthServer,
    session_bus: desktop.Bus,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Account]:
    """An account that signs in with the provider; the keyring is open."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    places = (f"{provider.address}/authorize", f"{provider.address}/token")
    with keyrings.gnome_keyring(session_bus.address, tmp_path / "keys"):
        yield Account(
            name="anna",
            address="anna@berg.example",
            user="anna",
            imap=Server("localhost", tokens.tls_port),
            auth="oauth2",
            oauth=OAuth(*places, CLIENT, "mail offline_access"),
            ca=str(tokens.trust.ca),
        )


def log_in(account: Account, credentials: Credentials) -> None:
    with session(account, credentials.word, Meter()) as client:
        client.noop()


def test_a_sign_in_leads_to_an_open_mailbox(account: Account, provider: AuthServer) -> None:
    """The browser comes back, PKCE holds, the refresh token is kept, the server lets us in."""
    token = sign_in(account, provider.browser, wait_s=20)
    put_secret(account.secret_name, token)
    log_in(account, Credentials())
    first, second = provider.asked
    assert first["grant_type"] == "authorization_code" and len(first["code_verifier"]) >= 43
    assert second == {
        "grant_type": "refresh_token",
        "refresh_token": token,
        "client_id": CLIENT,
    }


def test_a_token_is_asked_for_once_while_it_lasts(account: Account, provider: AuthServer) -> None:
    """Many sessions, one request."""
    provider.refresh_tokens.add("r1")
    put_secret(account.secret_name, "r1")
    credentials = Credentials()
    for _ in range(3):
        log_in(account, credentials)
    assert len(provider.asked) == 1


def test_an_expired_token_is_renewed_at_once(account: Account, provider: AuthServer) -> None:
    """A token that the server refuses before its time is renewed in the same session."""
    provider.refresh_tokens.add("r1")
    put_secret(account.secret_name, "r1")
    credentials = Credentials()
    provider.lasts_s = -600
    credentials.word(account, False)
    provider.lasts_s = 3600
    log_in(account, credentials)
    assert len(provider.asked) == 2


def test_a_refresh_token_that_rotates_is_kept(account: Account, provider: AuthServer) -> None:
    """The old one is worth nothing after its use, so the new one must be in the keyring."""
    provider.rotates = True
    provider.refresh_tokens.add("r1")
    put_secret(account.secret_name, "r1")
    for _ in range(3):
        log_in(account, Credentials())
    assert get_secret(account.secret_name) in provider.refresh_tokens


@pytest.mark.parametrize(
    ("harm", "state", "word"),
    [
        ("withdrawn", "refused", "withdrawn"),
        ("stopped", "offline", "cannot be reached"),
        ("expired", "refused", "token has expired"),
        ("nothing kept", "refused", "no sign-in"),
    ],
)
def test_trouble_is_told(
    account: Account, provider: AuthServer, harm: str, state: str, word: str
) -> None:
    """What is wrong with a sign-in, and what to type."""
    if harm != "nothing kept":
        provider.refresh_tokens.add("r1")
        put_secret(account.secret_name, "r1")
    provider.withdrawn = harm == "withdrawn"
    if harm == "expired":
        provider.lasts_s = -600
    if harm == "stopped":
        assert account.oauth is not None
        account = replace(
            account, oauth=replace(account.oauth, token_url="https://localhost:1/token")
        )
    with pytest.raises(MailTrouble, match=word) as told:
        log_in(account, Credentials())
    assert told.value.state == state and "samantha mail" in told.value.type_this


def test_a_declined_sign_in_is_told(account: Account, provider: AuthServer) -> None:
    """The user may say no at the provider."""
    provider.declines = True
    with pytest.raises(MailTrouble, match="declined"):
        sign_in(account, provider.browser, wait_s=20)


def test_another_program_cannot_bring_its_own_code(account: Account, provider: AuthServer) -> None:
    """Only what carries the state of this very sign-in counts."""

    def forge(url: str) -> None:
        words = {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}
        for state in ("", "guess"):
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(f"{words['redirect_uri']}?code=evil&state={state}")
        provider.browser(url)

    assert sign_in(account, forge, wait_s=20) in provider.refresh_tokens
    assert [one.get("code") for one in provider.asked].count("evil") == 0


def test_tokens_come_by_https_alone() -> None:
    """A token is worth as much as a password."""
    with pytest.raises(MailTrouble, match="https"):
        token_place(OAuth("https://x.example/a", "http://x.example/t", "c", "s"))
