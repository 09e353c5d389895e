"""Where a model server may be: on this machine or its network; elsewhere only if told twice.

Rules about texts and addresses alone: nothing here resolves a name or opens a connection.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal

Place = Literal["machine", "network", "public", "none"]
"""``none`` is an address at which no server can be."""

_NETWORKS = tuple(
    ipaddress.ip_network(one)
    for one in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "fc00::/7",
        "fe80::/10",
    )
)
_NOWHERE = ipaddress.ip_network("0.0.0.0/8")
_PORTS = {False: 80, True: 443}
_LONGEST = 500
# One grammar for the whole address, so that no two readers can take it for two things.
_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)(?:%25(?P<zone>[\w.-]{1,15}))?\]|(?P<name>[\w.-]{1,253}))"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>(?:/[\w.~-]*)*)",
    re.ASCII,
)
_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*", re.ASCII)
_EXAMPLE = "http://192.168.1.5:8080/v1"
_TWICE = "if you mean it, set endpoint_public = true under [model] too"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model server's address, taken apart. ``public``: it may be outside the user's network."""

    tls: bool
    host: str
    """A name in lower case, or an IP address without brackets, with its zone if it has one."""
    port: int
    path: str
    public: bool = False

    @property
    def origin(self) -> str:
        """Scheme, host and port, as a user would write them."""
        host = f"[{self.host.replace('%', '%25')}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.tls] else f":{self.port}"
        return f"{'https' if self.tls else 'http'}://{host}{port}"

    @property
    def host_header(self) -> str:
        """What the server is told it was called: a zone means something on this machine alone."""
        host = f"[{self.host.partition('%')[0]}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.tls] else f"{host}:{self.port}"


def endpoint_of(url: str, public: bool = False) -> Endpoint:
    """Return an address taken apart; raises ``ValueError`` with words for the user."""
    if not url.isascii() or not url.isprintable():
        raise ValueError(f"it may hold plain letters, numbers and signs only, as in {_EXAMPLE}")
    if "@" in url:
        raise ValueError("no user or password belongs in it; a key is kept in the keyring")
    if len(url) > _LONGEST or (found := _URL.fullmatch(url)) is None:
        raise ValueError(f"'{url[:80]}' is not an address such as {_EXAMPLE}")
    tls = found["scheme"] == "https"
    port = int(found["port"] or _PORTS[tls])
    if not 0 < port < 65_536:
        raise ValueError(f"{port} is no port; it is a number from 1 to 65535")
    path = found["path"].rstrip("/")
    if ".." in path.split("/") or path.endswith("/chat/completions"):
        raise ValueError(f"it ends before /chat/completions, as in {_EXAMPLE}")
    host = _six(found["six"], found["zone"]) if found["six"] else _name(found["name"])
    made = Endpoint(tls, host, port, path, public)
    if reason := "" if place_of(host) is None else address_refused(made, host):
        raise ValueError(reason)
    return made


def refused(url: str, public_allowed: bool) -> str:
    """Return why an address may not be used, in words for the user, or ''.

    A name is judged only when its address is known: see ``address_refused``.
    """
    try:
        endpoint_of(url, public_allowed)
    except ValueError as problem:
        return str(problem)
    return ""


def _six(text: str, zone: str | None) -> str:
    try:
        plain = ipaddress.IPv6Address(text).compressed
    except ValueError as problem:
        raise ValueError(f"[{text}] is no IPv6 address") from problem
    return f"{plain}%{zone}" if zone else plain


def _name(text: str) -> str:
    labels = text.lower().split(".")
    if not all(_LABEL.fullmatch(one) for one in labels):
        raise ValueError(f"'{text[:80]}' is no name of a host")
    # Resolvers take 3232235777, 0xc0a80101 and 127.1 for addresses, each in its own way.
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(text))
        except ValueError as problem:
            raise ValueError(
                f"'{text[:80]}' is no IP address; write four plain numbers, as in 192.168.1.5"
            ) from problem
    return ".".join(labels)


def place_of(address: str) -> Place | None:
    """Return where an IP address leads; None if it is none (but a name)."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if ip.is_loopback:
        return "machine"
    if any(ip in network for network in _NETWORKS):
        return "network"
    if ip.is_unspecified or ip.is_multicast or ip.is_reserved or ip in _NOWHERE:
        return "none"
    return "public"


def address_refused(endpoint: Endpoint, address: str) -> str:
    """Return why no connection may be made to this address of an endpoint, or ''."""
    place = place_of(address)
    at = address if address == endpoint.host else f"{endpoint.host} ({address})"
    if place in ("machine", "network"):
        return ""
    if place != "public":
        return f"at {address} no server can be"
    if not endpoint.public:
        return f"{at} is outside your network; {_TWICE}"
    if not endpoint.tls:
        return f"{at} is outside your network; text goes there by https only"
    return ""


def where(endpoint: Endpoint, address: str = "") -> str:
    """Return in words where text goes; ``address`` is the one that was last connected to."""
    place = place_of(address or endpoint.host)
    if place is None and endpoint.host.rpartition(".")[2] == "localhost":
        place = "machine"
    if place is None:
        place = "public" if endpoint.public else "network"
    words = {"machine": "on this machine", "network": "on your network"}
    return f"Text goes to {endpoint.origin} {words.get(place, 'outside your network')}."


# --- what is said there --------------------------------------------------------------------

_CONTROL = re.compile(
    r"<(?=[|｜]|/?(?:s|bos|eos|pad|unk|think|tool_call|tool_response|[a-z]{2,20}_of_[a-z]{2,20})>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\])",
    re.IGNORECASE,
)
_FENCE = re.compile(r"```[a-z]*", re.ASCII)


def unmarked(untrusted_text: str) -> str:
    """Return a text that spells no control token: a server would take it for one.

    Whoever relies on it is wrong; it makes an injection harder, no more.
    """
    return _CONTROL.sub(lambda found: found[0] + " ", untrusted_text)


def bare(untrusted_reply: str) -> str:
    """Return a reply without thoughts before it and a code fence around it."""
    text = untrusted_reply.strip()
    if text.startswith("<think>") and "</think>" in text:
        text = text.partition("</think>")[2].strip()
    first, _, rest = text.partition("\n")
    if _FENCE.fullmatch(first.rstrip()) and rest.endswith("```"):
        text = rest.removesuffix("```").strip()
    return text
