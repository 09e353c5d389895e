"""A session with an IMAP server: connected with verified TLS, logged in, its bytes counted.

Of the libraries IMAPClient was chosen: kept up since 2008, BSD, verifies certificates by default,
speaks IDLE, ENABLE, CONDSTORE and XOAUTH2. aioimaplib is GPL, imap-tools has no CONDSTORE, and
imaplib alone would mean a response parser of our own.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from samantha.adapters.imap_account import Account, MailTrouble
from samantha.adapters.secrets import SecretsUnavailable

if TYPE_CHECKING:
    from imapclient import IMAPClient

CONNECT_S = 20.0
_NONSENSE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
    OverflowError,
    MemoryError,
)
"""The parser's ways to say that an answer was none; the account goes on at the next try."""
Secret = Callable[[Account, bool], str]
"""Returns the password or access token of an account, a fresh one if so asked because the last one
was refused; raises ``MailTrouble``."""


class Meter:
    """Counts what was fetched."""

    def __init__(self) -> None:
        self.fetched = 0


def tls_context(account: Account) -> ssl.SSLContext:
    """Return a context that verifies; with the account's own certificates if it names any."""
    context = ssl.create_default_context()
    if account.ca:
        try:
            context.load_verify_locations(cafile=account.ca)
        except (OSError, ssl.SSLError) as problem:
            raise MailTrouble(
                "certificate", f"the file {account.ca} holds no certificates", f"ls -l {account.ca}"
            ) from problem
    return context


@contextlib.contextmanager
def session(account: Account, secret: Secret, meter: Meter) -> Iterator[IMAPClient]:
    """Log in for the length of a block; every failure in it comes out as ``MailTrouble``."""
    with told(account):
        client = _connected(account, meter)
        try:
            _login(client, account, secret)
            _enable(client)
            yield client
        finally:
            with contextlib.suppress(OSError, client.Error):
                client.shutdown()


def _connected(account: Account, meter: Meter) -> IMAPClient:
    from imapclient import SocketTimeout

    from samantha.adapters.imap_client import Client

    context, server = tls_context(account), account.imap
    client = Client(
        meter,
        server.host,
        server.port,
        ssl=server.tls == "tls",
        ssl_context=context,
        timeout=SocketTimeout(min(CONNECT_S, account.patience_s), account.patience_s),
    )
    client.normalise_times = False
    if server.tls == "starttls":
        client.starttls(context)
    _watch_link(client.socket())
    return client


def _watch_link(sock: Any) -> None:
    """Let the kernel notice a peer that is gone without a word within some minutes."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 120), ("TCP_KEEPINTVL", 30), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _login(client: IMAPClient, account: Account, secret: Secret) -> None:
    from imapclient.exceptions import LoginError

    word = secret(account, False)
    try:
        _authenticate(client, account, word)
    except LoginError:
        fresh = secret(account, True)
        if fresh == word:
            raise
        _authenticate(client, account, fresh)


def _authenticate(client: IMAPClient, account: Account, word: str) -> None:
    if account.auth == "oauth2":
        client.oauth2_login(account.user, word)
    elif client.has_capability("LOGINDISABLED"):
        raise MailTrouble("refused", "the server takes no passwords", again(account))
    elif client.has_capability("AUTH=PLAIN"):
        client.plain_login(account.user, word)
    else:
        client.login(account.user, word)


def _enable(client: IMAPClient) -> None:
    if client.has_capability("QRESYNC") and client.has_capability("ENABLE"):
        client.enable("QRESYNC")
    elif client.has_capability("CONDSTORE") and client.has_capability("ENABLE"):
        client.enable("CONDSTORE")


def again(account: Account) -> str:
    """Return what to type to give new credentials."""
    verb = "login" if account.auth == "oauth2" else "password"
    return f"samantha mail {verb} {account.name}"


@contextlib.contextmanager
def told(account: Account) -> Iterator[None]:
    """Turn what libraries raise into ``MailTrouble`` with a reason and what to type."""
    import imaplib

    from imapclient.exceptions import LoginError

    test = f"samantha mail test {account.name}"
    host = account.imap.host
    try:
        yield
    except SecretsUnavailable as problem:
        raise MailTrouble("locked", problem.reason, problem.type_this or test) from problem
    except ssl.SSLCertVerificationError as problem:
        reason = f"the certificate of {host} is not valid: {problem.verify_message}"
        raise MailTrouble("certificate", reason, test) from problem
    except LoginError as problem:
        raise _refused(account, str(problem)) from problem
    except (imaplib.IMAP4.abort, ssl.SSLError) as problem:
        raise MailTrouble("offline", f"the connection to {host} broke", test) from problem
    except imaplib.IMAP4.error as problem:
        if "OVERQUOTA" in str(problem):
            raise MailTrouble("full", "the mailbox is full; delete something there") from problem
        raise MailTrouble("broken", f"{host} did not understand a request", test) from problem
    except socket.gaierror as problem:
        raise MailTrouble("offline", f"{host} is not found; is there a network?", test) from problem
    except TimeoutError as problem:
        raise MailTrouble("offline", f"{host} does not answer", test) from problem
    except _NONSENSE as problem:
        raise MailTrouble("broken", f"{host} gave an answer that makes no sense", test) from problem
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise MailTrouble(
                "broken", "this disk is full, so no mail can be kept", "df -h ~"
            ) from (problem)
        if problem.errno == errno.EAFNOSUPPORT:
            # The unit was installed before there was an account.
            reason = "the service may not use the network"
            raise MailTrouble("broken", reason, "samantha service install") from problem
        reason = f"{host} cannot be reached: {problem.strerror or type(problem).__name__}"
        raise MailTrouble("offline", reason, test) from problem


def _refused(account: Account, said: str) -> MailTrouble:
    if any(word in said.upper() for word in ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]")):
        return MailTrouble("offline", "the server is busy and takes no log-in now")
    what = "the token has expired" if account.auth == "oauth2" else "user name or password is wrong"
    return MailTrouble("refused", f"{account.imap.host} refused the log-in: {what}", again(account))
