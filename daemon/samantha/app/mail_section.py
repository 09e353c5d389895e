"""``[[accounts]]`` of config.toml: mail accounts, as the user writes them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from samantha.adapters.imap_account import Account, OAuth, Server

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


class AccountSection(BaseModel):
    """One mail account. Its password lies in the keyring, never here."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][\w.-]*$")
    address: str
    user: str = Field(default="", max_length=250, pattern=r"^[^\x00-\x1f\x7f]*$")
    imap: str
    imap_port: int = Field(default=993, ge=1, le=65_535)
    imap_tls: Literal["tls", "starttls"] = "tls"
    smtp: str = ""
    smtp_port: int = Field(default=465, ge=1, le=65_535)
    smtp_tls: Literal["tls", "starttls"] = "tls"
    accept: Literal["send", "draft"] = "send"
    auth: Literal["password", "oauth2"] = "password"
    client_id: str = ""
    authorize_url: str = ""
    token_url: str = ""
    scope: str = ""
    ca: Path | None = None
    folders: tuple[str, ...] = ()
    watch: tuple[str, ...] = ("inbox", "sent")
    days: int = Field(default=365, ge=0)

    @field_validator("address")
    @classmethod
    def _one_address(cls, value: str) -> str:
        if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", value):
            raise ValueError(f"'{value}' is not a mail address such as anna@example.org")
        return value.lower()

    @field_validator("imap", "smtp")
    @classmethod
    def _host(cls, value: str) -> str:
        if value and not _HOST.fullmatch(value):
            raise ValueError(f"'{value}' is not the name of a server such as imap.example.org")
        return value.lower()

    @field_validator("authorize_url", "token_url")
    @classmethod
    def _https(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme != "https" or not parts.hostname):
            raise ValueError(f"'{value}' must begin with https://")
        return value

    @field_validator("ca")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        if value is None:
            return None
        path = value.expanduser()
        if not path.is_absolute():
            raise ValueError(f"'{value}' must begin with / or ~")
        return path

    @model_validator(mode="after")
    def _whole(self) -> Self:
        needed = ("client_id", "authorize_url", "token_url", "scope")
        absent = [name for name in needed if not getattr(self, name)]
        if self.auth == "oauth2" and absent:
            raise ValueError(f'with auth = "oauth2" it needs {", ".join(absent)}')
        return self

    def account(self) -> Account:
        """Return the account as the mail worker is told of it."""
        oauth = OAuth(self.authorize_url, self.token_url, self.client_id, self.scope)
        return Account(
            name=self.name,
            address=self.address,
            user=self.user or self.address,
            imap=Server(self.imap, self.imap_port, self.imap_tls),
            smtp=Server(self.smtp, self.smtp_port, self.smtp_tls) if self.smtp else None,
            auth=self.auth,
            oauth=oauth if self.auth == "oauth2" else None,
            ca=str(self.ca or ""),
            folders=self.folders,
            watch=self.watch,
            days=self.days,
        )
