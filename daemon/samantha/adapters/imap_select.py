"""Opening a folder to look at it, and what the server tells of changes since the last look.

Where it can (QRESYNC, RFC 7162) the server tells changed flags and vanished mails in its answer to
EXAMINE itself: one question for all that happened. IMAPClient has no call for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from samantha.adapters.imap_mirror import FolderState, flag_letters

if TYPE_CHECKING:
    from imapclient import IMAPClient


@dataclass(frozen=True, slots=True)
class Selected:
    """A folder as the server says it is."""

    uidvalidity: int
    uidnext: int
    exists: int
    modseq: int
    """0 where the server does not count changes."""
    told: bool = False
    """Whether the server told all changes since the last look; they are in the next two."""
    flags: dict[int, str] = field(default_factory=dict)
    vanished: frozenset[int] = frozenset()

    def state(self) -> FolderState:
        """Return what is noted when all of it is here."""
        return FolderState(self.uidvalidity, self.uidnext, self.exists, self.modseq)


def examine(client: IMAPClient, name: str, before: FolderState | None = None) -> Selected:
    """Open a folder without the right to change it. ``before`` is how it was at the last look."""
    counts = client.has_capability("CONDSTORE") or client.has_capability("QRESYNC")
    resync = before is not None and before.modseq and client.has_capability("QRESYNC")
    if resync and before is not None:
        found, flags, vanished = _resync(client, name, before)
    else:
        found, flags, vanished = client.select_folder(name, readonly=True), {}, set()

    def number(key: bytes) -> int:
        value: Any = found.get(key)
        first: Any = value[0] if isinstance(value, list | tuple) and value else value
        return int(first) if first is not None else 0

    modseq = number(b"HIGHESTMODSEQ") if counts else 0
    return Selected(
        number(b"UIDVALIDITY"),
        number(b"UIDNEXT"),
        number(b"EXISTS"),
        modseq,
        bool(resync and modseq),
        flags,
        frozenset(vanished),
    )


def _resync(
    client: IMAPClient, name: str, before: FolderState
) -> tuple[dict[bytes, Any], dict[int, str], set[int]]:
    from imapclient.response_parser import parse_fetch_response

    imap: Any = client._imap
    # As imaplib's own select does: what was told of another folder does not belong here.
    imap.untagged_responses = {}
    imap.is_readonly = True
    since = f"(QRESYNC ({before.uidvalidity} {before.modseq}))"
    kind, said = imap._simple_command("EXAMINE", client._normalise_folder(name), since)
    imap.state = "SELECTED" if kind == "OK" else "AUTH"
    client._checkok("examine", kind, said)
    lines = imap.untagged_responses.pop("FETCH", [])
    gone = imap.untagged_responses.pop("VANISHED", [])
    changed = parse_fetch_response(lines, False, True) if lines else {}
    flags = {int(u): flag_letters(f[b"FLAGS"]) for u, f in changed.items() if b"FLAGS" in f}
    # Without EARLIER it is of the folder that was open before.
    earlier = (line for line in gone if line and b"(EARLIER)" in line)
    found: dict[bytes, Any] = client._process_select_response(imap.untagged_responses)
    return found, flags, set(_numbers(earlier))


def _numbers(lines: Iterable[bytes]) -> Iterator[int]:
    """Return the numbers of sets such as ``(EARLIER) 4:6,9``, ranges bounded."""
    for line in lines:
        for low, high in re.findall(rb"(\d+)(?::(\d+))?", line):
            first, last = sorted((int(low), int(high or low)))
            yield from range(first, min(last, first + 10_000_000) + 1)
