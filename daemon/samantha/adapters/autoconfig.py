"""Where the servers of an address are: a table, files that mail programs left here, nothing else.

The network is not asked. A table of well-known providers comes along; a file in Mozilla's
autoconfig format is used where Thunderbird, a company or the user put one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from samantha.adapters.imap_account import Server, Tls

LOCAL_COPIES = (
    "/usr/share/thunderbird/isp",
    "/usr/lib/thunderbird/isp",
    "/usr/lib64/thunderbird/isp",
    "/etc/thunderbird/isp",
    "~/.thunderbird/isp",
)
MAX_FILE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Found:
    """The servers of an address, and how they came to be known."""

    imap: Server
    smtp: Server | None
    user: str
    origin: str
    hint: str = ""


def found_for(address: str, copies: Sequence[str] = LOCAL_COPIES) -> Found | None:
    """Return the servers of an address, from a local copy or from the table; None if unknown."""
    domain = address.rpartition("@")[2].lower()
    if "/" in domain or not domain:
        return None
    for folder in copies:
        path = Path(folder).expanduser() / f"{domain}.xml"
        found = from_file(path, address)
        if found is not None:
            return found
    return _from_table(address, domain)


def server_of(text: str, default_port: int) -> Server:
    """Return a server from ``host`` or ``host:port``; 143 and 587 begin with STARTTLS."""
    host, _, port = text.partition(":")
    number = int(port) if port.isdecimal() else default_port
    tls: Tls = "starttls" if number in (143, 587, 25) else "tls"
    return Server(host.lower(), number, tls)


def _from_table(address: str, domain: str) -> Found | None:
    table = resources.files("samantha.adapters").joinpath("autoconfig.toml").read_text("utf-8")
    for row in tomllib.loads(table)["providers"]:
        if domain in row["domains"]:
            imap, smtp = server_of(row["imap"], 993), server_of(row["smtp"], 465)
            return Found(imap, smtp, address, f"the table, {row['name']}", row.get("hint", ""))
    return None


# --- Mozilla's autoconfig files --------------------------------------------------------------


def from_file(path: Path, address: str) -> Found | None:
    """Return what a file in Mozilla's format says; None when it is absent or says nothing safe."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE + 1)
    except OSError:
        return None
    found = from_xml(data, address) if len(data) <= MAX_FILE else None
    return replace(found, origin=str(path)) if found is not None else None


def from_xml(data: bytes, address: str) -> Found | None:
    """Return the first IMAP and SMTP servers with TLS that an autoconfig text names."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return None
    imap = next(_servers(root, "incomingServer", "imap", address), None)
    smtp = next(_servers(root, "outgoingServer", "smtp", address), None)
    if imap is None:
        return None
    return Found(imap[0], smtp[0] if smtp else None, imap[1], "an autoconfig text")


def _servers(root: Any, tag: str, kind: str, address: str) -> Iterator[tuple[Server, str]]:
    for one in root.iter(tag):
        host, port = _text(one, "hostname", address), _text(one, "port", address)
        safe: dict[str, Tls] = {"SSL": "tls", "STARTTLS": "starttls"}
        tls = safe.get(_text(one, "socketType", address))
        if one.get("type") == kind and host and port.isdecimal() and tls:
            user = _text(one, "username", address) or address
            yield Server(host.lower(), int(port), tls), user


def _text(one: Any, tag: str, address: str) -> str:
    local, _, domain = address.partition("@")
    text = (one.findtext(tag) or "").strip()[:250]
    for name, value in (
        ("%EMAILADDRESS%", address),
        ("%EMAILLOCALPART%", local),
        ("%EMAILDOMAIN%", domain),
    ):
        text = text.replace(name, value)
    return text if text.isprintable() else ""
