"""Where a domain says that its mail servers are: SRV records (RFC 6186), asked if the user agrees.

dnspython asks: Python's own library looks up no SRV records. What comes back is a stranger's word,
so it is shown to the user, and only servers with TLS are taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from samantha.adapters.autoconfig import Found
from samantha.adapters.imap_account import Server, Tls

if TYPE_CHECKING:
    import dns.resolver

LIFETIME_S = 5.0
_READ: tuple[tuple[str, Tls], ...] = (("_imaps._tcp", "tls"), ("_imap._tcp", "starttls"))
_SEND: tuple[tuple[str, Tls], ...] = (
    ("_submissions._tcp", "tls"),
    ("_submission._tcp", "starttls"),
)
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


def found_by_dns(address: str, servers: Sequence[tuple[str, int]] = ()) -> Found | None:
    """Return the servers that the address's domain names, None if it names none.

    ``servers`` are asked instead of the system's own.
    """
    import dns.resolver

    resolver = dns.resolver.Resolver(configure=not servers)
    if servers:
        resolver.nameservers = [host for host, _ in servers]
        resolver.port = servers[0][1]
    resolver.lifetime = LIFETIME_S
    domain = address.rpartition("@")[2].lower()
    imap = _first(resolver, domain, _READ)
    if imap is None:
        return None
    return Found(imap, _first(resolver, domain, _SEND), address, "the DNS of the domain")


def _first(
    resolver: dns.resolver.Resolver, domain: str, services: Sequence[tuple[str, Tls]]
) -> Server | None:
    import dns.exception

    for service, tls in services:
        try:
            answer = resolver.resolve(f"{service}.{domain}.", "SRV", search=False)
        except (dns.exception.DNSException, OSError, UnicodeError):
            continue
        for record in sorted(answer, key=lambda r: (r.priority, -r.weight)):
            host = str(record.target).rstrip(".").lower()
            # A single dot means that the service is not offered.
            if _HOST.fullmatch(host) and 0 < record.port < 65_536:
                return Server(host, record.port, tls)
    return None
