"""What is known of a mail account: values that travel to the worker, no secret among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Tls = Literal["tls", "starttls"]


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is and how the connection is made safe: from the start, or by STARTTLS."""

    host: str
    port: int
    tls: Tls = "tls"

    def __str__(self) -> str:
        return f"{self.host}:{self.port} ({self.tls})"


@dataclass(frozen=True, slots=True)
class OAuth:
    """Where tokens come from, and as which client.

    What a provider calls a client's secret lies in the keyring, beside the token.
    """

    authorize_url: str
    token_url: str
    client_id: str
    scope: str


@dataclass(frozen=True, slots=True)
class Account:
    """One mail account. Passwords and tokens lie in the keyring under ``secret_name``."""

    name: str
    address: str
    user: str
    imap: Server
    smtp: Server | None = None
    auth: Literal["password", "oauth2"] = "password"
    oauth: OAuth | None = None
    ca: str = ""
    """A file of certificates that are trusted besides the system's, for a server of one's own."""
    folders: tuple[str, ...] = ()
    """Folders that are read; empty for all but spam, trash and the one that holds all."""
    watch: tuple[str, ...] = ("inbox", "sent")
    """Roles or names of the folders whose new mail is told at once."""
    days: int = 365
    """How far back the first look goes; 0 for everything."""
    patience_s: float = 60.0
    """How long a server may take for one answer."""

    @property
    def secret_name(self) -> str:
        """The name of its password, or of its refresh token, in the keyring."""
        return f"mail/{self.name}"

    @property
    def client_secret_name(self) -> str:
        """The name of its client's secret in the keyring; many providers give none."""
        return f"mail/{self.name}/client"

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def account_of(value: Mapping[str, Any]) -> Account:
    """Return the account that ``Account.plain`` described."""
    smtp, oauth = value.get("smtp"), value.get("oauth")
    return Account(
        **{
            **value,
            "imap": Server(**value["imap"]),
            "smtp": Server(**smtp) if smtp else None,
            "oauth": OAuth(**oauth) if oauth else None,
            "folders": tuple(value.get("folders", ())),
            "watch": tuple(value.get("watch", ())),
        }
    )


class MailTrouble(Exception):
    """An account cannot be used now: in which state it is, why, and what the user may type."""

    def __init__(self, state: str, reason: str, type_this: str = "") -> None:
        super().__init__(reason)
        self.state = state
        """offline, certificate, refused, locked, full, gone or broken."""
        self.reason = reason
        self.type_this = type_this

    @property
    def lasting(self) -> bool:
        """Whether only the user can mend it: trying again soon would be no use, or do harm."""
        return self.state in ("certificate", "refused", "locked")
