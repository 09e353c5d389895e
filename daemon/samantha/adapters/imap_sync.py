"""Bringing one folder's copy up to date: what is new is fetched once, what left is dropped.

The folder is only examined, and texts are peeked at: nothing here can mark a mail as read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from samantha.adapters.imap_fetch import Bringing, Tell
from samantha.adapters.imap_mirror import FolderState, MirrorFolder, flag_letters
from samantha.adapters.imap_select import Selected, examine

if TYPE_CHECKING:
    from imapclient import IMAPClient

WINDOW = 50_000
"""UIDs that one search covers, so that no answer is a line too long to read."""
FLAGS_AT_ONCE = 500
RECENT = 200
"""Mails whose flags are asked for at each look where the server does not count changes."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What one look at a folder did."""

    fetched: int = 0
    linked: int = 0
    """Mails whose bytes were here already, in another folder or under another number."""
    dropped: int = 0


def sync_folder(
    client: IMAPClient,
    name: str,
    folder: MirrorFolder,
    days: int,
    tell: Tell = lambda done, total: None,
    now: datetime | None = None,
) -> Synced:
    """Make a folder's copy equal to the server's; resumes what was begun. Raises what IMAP raises.

    ``days`` limits how far back the first look goes (0: not at all).
    """
    before = folder.state()
    selected = examine(client, name, before)
    if before is not None and before.uidvalidity != selected.uidvalidity:
        before = None
    if before == selected.state() and selected.modseq:
        return Synced()
    have = folder.uids(selected.uidvalidity)
    if before is None:
        there = set(_all_uids(client, selected))
        wanted = set(_recent(client, selected, days, now)) if days else there
        gone = have - there
    else:
        wanted = {u for u in _search_from(client, before.uidnext, selected) if u >= before.uidnext}
        gone = _changes(client, selected, before, folder, len(wanted), have)
    new = sorted((wanted - have), reverse=True)
    bringing = Bringing(client, folder, selected.uidvalidity)
    bringing.bring(new, tell)
    # What did not come left meanwhile, or the server held it back: it is asked for once more.
    for uid in sorted(set(new) - folder.uids(selected.uidvalidity)):
        bringing.bring([uid])
    dropped = folder.drop((selected.uidvalidity, uid) for uid in gone)
    folder.drop_others(selected.uidvalidity)
    folder.save(selected.state())
    return Synced(bringing.fetched, bringing.linked, dropped)


def _all_uids(client: IMAPClient, selected: Selected) -> Iterator[int]:
    if selected.exists:
        yield from _search_from(client, 1, selected)


def _search_from(client: IMAPClient, first: int, selected: Selected) -> Iterator[int]:
    last = max(selected.uidnext, first)
    for low in range(first, last, WINDOW):
        high = low + WINDOW - 1
        # A server answers `n:*` with its last mail even when that is below n.
        span = f"{low}:{high}" if high < last else f"{low}:*"
        yield from (int(u) for u in client.search(["UID", span]) if int(u) >= low)
    if first >= last and not selected.modseq:
        # Where changes are counted, UIDNEXT is to be believed.
        yield from (int(u) for u in client.search(["UID", f"{first}:*"]) if int(u) >= first)


def _recent(
    client: IMAPClient, selected: Selected, days: int, now: datetime | None
) -> Iterator[int]:
    since = ((now or datetime.now(UTC)) - timedelta(days=days)).date()
    for low in range(1, max(selected.uidnext, 2), WINDOW):
        span = f"{low}:{low + WINDOW - 1}"
        yield from (int(u) for u in client.search(["UID", span, "SINCE", since]))


def _changes(
    client: IMAPClient,
    selected: Selected,
    before: FolderState,
    folder: MirrorFolder,
    came: int,
    have: set[int],
) -> set[int]:
    """Note flags that changed, and return the UIDs that are here but no longer there."""
    validity = selected.uidvalidity
    if selected.told:
        for uid, letters in selected.flags.items():
            folder.set_flags((validity, uid), letters)
        return set(selected.vanished) & have
    if before.modseq and selected.modseq:
        changed: list[int] = []
        if selected.modseq != before.modseq:
            found = client.search(["MODSEQ", str(before.modseq + 1)])
            changed = [int(u) for u in found if int(u) in have]
    else:
        changed = sorted(have)[-RECENT:]
    for at in range(0, len(changed), FLAGS_AT_ONCE):
        some = changed[at : at + FLAGS_AT_ONCE]
        for uid, told in client.fetch(some, ["FLAGS"]).items():
            folder.set_flags((validity, int(uid)), flag_letters(told.get(b"FLAGS", ())))
    if selected.exists == before.exists + came:
        return set()
    return have - set(_all_uids(client, selected))
