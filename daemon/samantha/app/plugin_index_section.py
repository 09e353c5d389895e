"""``[[indexes]]`` of config.toml: lists of plugins that the user wants to install from."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

if TYPE_CHECKING:
    from samantha.app.plugin_index import KnownIndex


class IndexSection(BaseModel):
    """One index: where it lies, and the key that its keeper signs it with."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][\w.-]*$")
    place: str = Field(max_length=1_000)
    key: str
    ca: Path | None = None

    @field_validator("place")
    @classmethod
    def _path_or_https(cls, value: str) -> str:
        parts = urlsplit(value)
        if "://" not in value and not value.startswith(("/", "~")):
            raise ValueError(f"'{value}' must begin with https://, / or ~")
        if "://" in value and (parts.scheme != "https" or not parts.hostname or parts.username):
            raise ValueError(f"'{value}' must begin with https:// and a host's name")
        return value

    @field_validator("key")
    @classmethod
    def _ed25519(cls, value: str) -> str:
        try:
            found = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            found = b""
        if len(found) != 32:
            raise ValueError("must be the key that the keeper of the index tells, 44 characters")
        return value

    @field_validator("ca")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        if value is not None and not value.expanduser().is_absolute():
            raise ValueError(f"'{value}' must begin with / or ~")
        return value

    def index(self) -> KnownIndex:
        """Return the index as it is asked."""
        from samantha.app.plugin_index import KnownIndex

        place = self.place if "://" in self.place else str(Path(self.place).expanduser())
        return KnownIndex(
            self.name, place, self.key, str(self.ca.expanduser()) if self.ca is not None else ""
        )
