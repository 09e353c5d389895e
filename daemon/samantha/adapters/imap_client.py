"""IMAPClient with a bound and a meter: no announced text is read into memory if it is too long."""

from __future__ import annotations

from typing import Any

from imapclient import IMAPClient
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.tls import IMAP4_TLS

from samantha.adapters.imap_session import Meter

MAX_LITERAL = 64 * 2**20
"""The longest text that a server may announce, in bytes."""


class _Metered:
    """The reading end of a connection; from the greeting on."""

    meter: Meter
    abort: Any
    # imaplib's log of every line costs much, and lines hold mail.
    debug = 0

    def __init__(self, meter: Meter, *words: Any) -> None:
        self.meter = meter
        super().__init__(*words)

    def read(self, size: int) -> bytes:
        """Read that many bytes, if they are not too many."""
        if not 0 <= size <= MAX_LITERAL:
            raise self.abort("the server announced too long a text")
        data: bytes = super().read(size)  # type: ignore[misc]
        self.meter.fetched += len(data)
        return data

    def readline(self) -> bytes:
        """Read a line; imaplib bounds it."""
        line: bytes = super().readline()  # type: ignore[misc]
        self.meter.fetched += len(line)
        return line


class _MeteredTls(_Metered, IMAP4_TLS):  # type: ignore[misc]
    """TLS from the start."""


class _MeteredPlain(_Metered, IMAP4WithTimeout):  # type: ignore[misc]
    """A connection that STARTTLS is to make safe."""


class Client(IMAPClient):  # type: ignore[misc]
    """An IMAPClient whose connection is metered."""

    def __init__(self, meter: Meter, *words: Any, **named: Any) -> None:
        self._meter = meter
        super().__init__(*words, **named)
        self._imap.debug = 0

    def _create_IMAP4(self) -> Any:
        timeout = getattr(self._timeout, "connect", None)
        if self.ssl:
            return _MeteredTls(self._meter, self.host, self.port, self.ssl_context, timeout)
        return _MeteredPlain(self._meter, self.host, self.port, timeout)
