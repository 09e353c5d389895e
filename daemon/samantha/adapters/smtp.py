"""Handing a mail to an SMTP server in two steps: all but the last byte, then the last byte.

Whatever goes wrong in the first step, nothing was sent and it may be tried again. After the second
began, only the server's answer tells. Python's smtplib does it; its TLS is given a context that
verifies, because by itself it does not.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence

from samantha.adapters.imap_account import Account, MailTrouble
from samantha.adapters.imap_session import Secret, again, tls_context
from samantha.adapters.secrets import SecretsUnavailable
from samantha.core.ports import NotYet, Refused

CONNECT_S = 15.0
_OUR_NAME = "[127.0.0.1]"
"""What is said in EHLO: nothing about this computer."""


class Sending:
    """One mail, handed over but for its last dot."""

    def __init__(self, account: Account, secret: Secret) -> None:
        self._account = account
        self._secret = secret
        self._smtp: smtplib.SMTP | None = None

    def greet(self) -> None:
        """Log in and leave again. Raises ``NotYet`` or ``Refused``."""
        with self._told_in_words():
            self._log_in()
        self.close()

    def prepare(self, data: bytes, envelope: Sequence[str]) -> None:
        """Hand all over but the final dot; ``NotYet`` or ``Refused`` mean that nothing was sent."""
        with self._told_in_words():
            self._hand_over(data, envelope)

    @contextlib.contextmanager
    def _told_in_words(self) -> Iterator[None]:
        """Turn what goes wrong before anything is sent into a reason, and end the session."""
        try:
            yield
        except (NotYet, Refused):
            self.close()
            raise
        except MailTrouble as problem:
            self.close()
            raise NotYet(_with_remedy(problem)) from problem
        except SecretsUnavailable as problem:
            self.close()
            raise NotYet(problem.reason) from problem
        except ssl.SSLCertVerificationError as problem:
            self.close()
            reason = f"the certificate of {self._host()} is not valid: {problem.verify_message}"
            raise NotYet(reason) from problem
        except smtplib.SMTPResponseException as problem:
            self.close()
            raise self._told(problem.smtp_code, problem.smtp_error) from problem
        except (smtplib.SMTPException, OSError) as problem:
            self.close()
            raise NotYet(f"{self._host()} cannot be reached to send") from problem

    def commit(self) -> str:
        """Send the final dot and return the server's answer.

        Raises ``Refused`` when the server says no, ``OSError`` when it cannot be told.
        """
        assert self._smtp is not None
        try:
            self._smtp.send(b".\r\n")
            code, said = self._smtp.getreply()
        except (smtplib.SMTPException, OSError) as problem:
            self._smtp = None
            raise OSError(self._unsure()) from problem
        self.close()
        if code not in range(400, 600) and code != 250:
            raise OSError(self._unsure())
        if code != 250:
            raise Refused(f"{self._host()} did not take the mail: {_inert(said)} ({code})")
        return _inert(said)

    def close(self) -> None:
        """End the session; a mail without its dot is dropped by the server."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                smtp.close()

    def _hand_over(self, data: bytes, envelope: Sequence[str]) -> None:
        smtp = self._log_in()
        options = [f"SIZE={len(data)}"] if smtp.has_extn("size") else []
        self._expect(smtp.mail(self._account.address, options), (250,))
        for address in envelope:
            self._expect(smtp.rcpt(address), (250, 251))
        self._expect(smtp.docmd("DATA"), (354,))
        smtp.send(_stuffed(data))

    def _log_in(self) -> smtplib.SMTP:
        """Connect and log in; with a fresh password or token if the known one is refused."""
        word = self._secret(self._account, False)
        try:
            return self._connect(word)
        except smtplib.SMTPAuthenticationError as problem:
            self.close()
            fresh = self._secret(self._account, True)
            if fresh == word:
                raise NotYet(self._refused_login()) from problem
        try:
            return self._connect(fresh)
        except smtplib.SMTPAuthenticationError as problem:
            raise NotYet(self._refused_login()) from problem

    def _connect(self, word: str) -> smtplib.SMTP:
        server = self._account.smtp
        if server is None:
            raise Refused("the account has no server to send through")
        context, wait_s = tls_context(self._account), min(CONNECT_S, self._account.patience_s)
        if server.tls == "tls":
            self._smtp = smtplib.SMTP_SSL(
                server.host, server.port, _OUR_NAME, timeout=wait_s, context=context
            )
        else:
            self._smtp = smtplib.SMTP(server.host, server.port, _OUR_NAME, timeout=wait_s)
            self._smtp.starttls(context=context)
        self._smtp.ehlo_or_helo_if_needed()
        assert isinstance(self._smtp.sock, socket.socket)
        self._smtp.sock.settimeout(self._account.patience_s)
        self._login(self._smtp, word)
        return self._smtp

    def _login(self, smtp: smtplib.SMTP, word: str) -> None:
        user = self._account.user
        if self._account.auth == "oauth2":
            token = f"user={user}\1auth=Bearer {word}\1\1"
            # After a refusal the server waits for an empty line to say why.
            smtp.auth("XOAUTH2", lambda challenge=None: "" if challenge else token)
        else:
            smtp.login(user, word, initial_response_ok=True)

    def _expect(self, answer: tuple[int, bytes], good: Sequence[int]) -> None:
        if answer[0] not in good:
            raise self._told(*answer)

    def _told(self, code: int, said: bytes | str) -> NotYet | Refused:
        words = f"{self._host()} says: {_inert(said)} ({code})"
        return Refused(words) if code >= 500 else NotYet(words)

    def _host(self) -> str:
        return self._account.smtp.host if self._account.smtp else ""

    def _unsure(self) -> str:
        return (
            f"the connection to {self._host()} broke while it took the mail, so it may have been "
            "sent: look in Sent, or ask, before you send it again"
        )

    def _refused_login(self) -> str:
        return f"{self._host()} refused the log-in. Type: {again(self._account)}"


def _stuffed(data: bytes) -> bytes:
    """Return the text with dots doubled at the beginning of lines (RFC 5321)."""
    doubled = data.replace(b"\r\n.", b"\r\n..")
    return b"." + doubled if doubled.startswith(b".") else doubled


def _with_remedy(problem: MailTrouble) -> str:
    return f"{problem.reason}. Type: {problem.type_this}" if problem.type_this else problem.reason


def _inert(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]
