"""Bytes of a plugin index and of its wheels: from a folder, or over https from its one host."""

from __future__ import annotations

import os
import ssl
import stat
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from samantha.api.errors import UserError

TIMEOUT_S = 20.0
_HEADERS = {"user-agent": "samantha", "accept-encoding": "identity"}


class Unreachable(UserError):
    """The place of an index cannot be reached."""


def beside(place: str, name: str) -> str:
    """Return where a file that lies beside an index is."""
    return urljoin(place, name) if is_url(place) else str(Path(place).parent / name)


def is_url(place: str) -> bool:
    """Tell whether a place is an address rather than a path."""
    return "://" in place


def fetch(place: str, most_bytes: int, *, ca: str = "") -> bytes:
    """Return the bytes of a file or of an https address; more than ``most_bytes`` are refused.

    Nothing is asked but this address: a redirect is not followed, and nothing is sent along.
    """
    if not is_url(place):
        return _from_disk(Path(place).expanduser(), most_bytes)
    parts = urlsplit(place)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        raise UserError(
            f"The address {place} does not begin with https://.",
            "Without TLS anyone on the way could read what you look for.",
            "samantha config check",
        )
    return _over_https(place, parts.netloc, most_bytes, ca)


def _from_disk(path: Path, most_bytes: int) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as stream:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise Unreachable(f"{path} is no file.", "", f"ls -l {path}")
            data = stream.read(most_bytes + 1)
    except OSError as problem:
        raise Unreachable(f"{path}: {problem.strerror}.", "", f"ls -l {path.parent}") from problem
    return _bounded(data, str(path), most_bytes)


def _over_https(place: str, host: str, most_bytes: int, ca: str) -> bytes:
    import httpx2

    received = bytearray()
    try:
        with (
            # No proxy, no netrc: the environment has no say in where it goes and what goes along.
            httpx2.Client(verify=_trust(ca), timeout=TIMEOUT_S, trust_env=False) as client,
            client.stream("GET", place, headers=_HEADERS, follow_redirects=False) as answer,
        ):
            if answer.status_code != 200:
                raise Unreachable(
                    f"{host} answers with {answer.status_code}.",
                    "The index is not where config.toml says.",
                    "samantha config path",
                )
            for untrusted_block in answer.iter_raw():
                received += untrusted_block
                if len(received) > most_bytes:
                    break
    except (httpx2.HTTPError, httpx2.InvalidURL) as problem:
        raise Unreachable(
            f"{host} cannot be reached.",
            "A plugin's folder or wheel can be installed without it.",
            "samantha plugins install FOLDER",
        ) from problem
    return _bounded(bytes(received), place, most_bytes)


def _trust(ca: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca or None)
    except OSError as problem:
        raise UserError(
            f"The certificates in {ca} cannot be read.", "Nothing was asked.", f"ls -l {ca}"
        ) from problem


def _bounded(data: bytes, place: str, most_bytes: int) -> bytes:
    if len(data) > most_bytes:
        raise UserError(f"{place} is larger than {most_bytes >> 10} KiB.", "It was not used.", "")
    return data
