"""How a list says that it is left: the mail address in List-Unsubscribe (RFC 2369, RFC 6068)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote, urlsplit

from samantha.workers.reading.reading import one_line

MAX_SUBJECT = 200
_MAILTO = re.compile(r"<\s*(mailto:[^<>\s]{3,900})\s*>", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s@,;<>\"()]{1,64}@[A-Za-z0-9.-]{3,189}")


def unsubscription(untrusted_values: Iterable[str]) -> tuple[str, str]:
    """Return (address, subject) of the first mailto link, or two empty texts.

    Links to pages are passed over: samantha opens none. A link with more than one address, or
    with fields other than subject and body, says more than that one wants to leave: no answer.
    """
    for match in _MAILTO.finditer(" ".join(list(untrusted_values)[:5])[:16_000]):
        try:
            parts = urlsplit(match[1])
            fields = parse_qsl(parts.query, max_num_fields=4)
        except ValueError:
            continue
        address = unquote(parts.path).strip().lower()
        named = {name.lower(): value for name, value in fields}
        plain = len(named) == len(fields) and set(named) <= {"subject", "body"}
        if plain and _ADDRESS.fullmatch(address):
            return address, one_line(named.get("subject", ""), MAX_SUBJECT)
    return "", ""
