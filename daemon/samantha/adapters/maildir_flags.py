"""What a Maildir file's name and place say about a mail: whether it was seen and answered.

The flags lie in the path alone, so they are read from it each time: opening a mail renames it,
and nothing else about it has changed.
"""

from __future__ import annotations

import re
from dataclasses import replace

from samantha.api.types import Mail

_NAMED = re.compile(r"/(?:cur|new)/[^/]+$")
_FLAGS = re.compile(r"[:;!]2,(?P<flags>[^/]*)$")


def with_flags(mail: Mail, path: str) -> Mail:
    """Return the mail as its path has it; one that lies in no Maildir stays as it is."""
    if _NAMED.search(path) is None:
        return mail
    found = _FLAGS.search(path)
    flags = found["flags"] if found else ""
    return replace(mail, seen="S" in flags, answered="R" in flags)
