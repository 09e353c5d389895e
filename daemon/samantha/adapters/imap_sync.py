"""Bringing one folder's copy up to date: what is new is fetched once, what left is dropped.

The folder is only examined, and texts are peeked at: nothing here can mark a mail as read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from samantha.adapters.imap_mirror import FolderState, MirrorFolder, content_key, flag_letters
from samantha.adapters.imap_parts import reduced

if TYPE_CHECKING:
    from imapclient import IMAPClient

BATCH = 100
"""Mails whose sizes are asked for at once."""
BATCH_BYTES = 4 * 2**20
"""Bytes of mail that are fetched at once, at most by one mail more."""
WHOLE = 2 * 2**20
"""Mails up to this size are fetched whole; of larger ones only what is read."""
WINDOW = 50_000
"""UIDs that one search covers, so that no answer is a line too long to read."""

Tell = Callable[[int, int], None]
"""Told after each batch: how many of how many new mails are here."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What one look at a folder did."""

    fetched: int = 0
    linked: int = 0
    """Mails whose bytes were here already, in another folder or under another number."""
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class _Selected:
    uidvalidity: int
    uidnext: int
    exists: int
    modseq: int

    def state(self) -> FolderState:
        return FolderState(self.uidvalidity, self.uidnext, self.exists, self.modseq)


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
    selected = _examine(client, name)
    before = folder.state()
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
    fetched, linked = _bring(client, selected.uidvalidity, folder, new, tell)
    # What did not come left meanwhile, or the server held it back: it is asked for once more.
    for uid in sorted(set(new) - folder.uids(selected.uidvalidity)):
        fetched += _bring(client, selected.uidvalidity, folder, [uid], lambda done, total: None)[0]
    dropped = folder.drop((selected.uidvalidity, uid) for uid in gone)
    folder.drop_others(selected.uidvalidity)
    folder.save(selected.state())
    return Synced(fetched, linked, dropped)


def _examine(client: IMAPClient, name: str) -> _Selected:
    found = client.select_folder(name, readonly=True)

    def number(key: bytes) -> int:
        value = found.get(key)
        first = value[0] if isinstance(value, list | tuple) and value else value
        return int(first) if first is not None else 0

    return _Selected(
        number(b"UIDVALIDITY"), number(b"UIDNEXT"), number(b"EXISTS"), number(b"HIGHESTMODSEQ")
    )


# --- what is there ---------------------------------------------------------------------------


def _all_uids(client: IMAPClient, selected: _Selected) -> Iterator[int]:
    if selected.exists:
        yield from _search_from(client, 1, selected)


def _search_from(client: IMAPClient, first: int, selected: _Selected) -> Iterator[int]:
    last = max(selected.uidnext, first)
    for low in range(first, last, WINDOW):
        high = low + WINDOW - 1
        # A server answers `n:*` with its last mail even when that is below n.
        span = f"{low}:{high}" if high < last else f"{low}:*"
        yield from (int(u) for u in client.search(["UID", span]) if int(u) >= low)
    if first >= last:
        yield from (int(u) for u in client.search(["UID", f"{first}:*"]) if int(u) >= first)


def _recent(
    client: IMAPClient, selected: _Selected, days: int, now: datetime | None
) -> Iterator[int]:
    since = ((now or datetime.now(UTC)) - timedelta(days=days)).date()
    for low in range(1, max(selected.uidnext, 2), WINDOW):
        span = f"{low}:{low + WINDOW - 1}"
        yield from (int(u) for u in client.search(["UID", span, "SINCE", since]))


def _changes(
    client: IMAPClient,
    selected: _Selected,
    before: FolderState,
    folder: MirrorFolder,
    came: int,
    have: set[int],
) -> set[int]:
    """Note flags that changed, and return the UIDs that are here but no longer there."""
    validity = selected.uidvalidity
    counted = bool(before.modseq and selected.modseq)
    if counted and client.has_capability("QRESYNC"):
        flags, vanished = _since(client, before.modseq)
        for uid, letters in flags:
            folder.set_flags((validity, uid), letters)
        return vanished & have
    if counted and selected.modseq != before.modseq:
        changed = [int(u) for u in client.search(["MODSEQ", str(before.modseq + 1)])]
        for some in _pieces([u for u in changed if u in have], BATCH * 5):
            for uid, found in client.fetch(some, ["FLAGS"]).items():
                folder.set_flags((validity, int(uid)), flag_letters(found.get(b"FLAGS", ())))
    if selected.exists == before.exists + came:
        return set()
    return have - set(_all_uids(client, selected))


def _since(client: IMAPClient, modseq: int) -> tuple[list[tuple[int, str]], set[int]]:
    """Ask for all changes since one (RFC 7162): flags by UID, and what vanished.

    IMAPClient's own ``fetch`` takes no open range since its version 4, nor gives what vanished.
    """
    from imapclient.response_parser import parse_fetch_response

    imap: Any = client._imap
    imap.response("VANISHED")
    tag = imap._command("UID", "FETCH", "1:*", "(FLAGS)", f"(CHANGEDSINCE {modseq} VANISHED)")
    kind, answer = imap._command_complete("FETCH", tag)
    client._checkok("fetch", kind, answer)
    lines = imap.untagged_responses.pop("FETCH", [])
    found = parse_fetch_response(lines, False, True) if lines else {}
    flags = [(int(u), flag_letters(f[b"FLAGS"])) for u, f in found.items() if b"FLAGS" in f]
    vanished: set[int] = set()
    for line in imap.response("VANISHED")[1] or ():
        vanished.update(_numbers(line or b""))
    return flags, vanished


def _numbers(line: bytes) -> Iterator[int]:
    """Return the numbers of a set such as ``(EARLIER) 4:6,9``, ranges bounded."""
    for low, high in re.findall(rb"(\d+)(?::(\d+))?", line.replace(b"(EARLIER)", b"")):
        first, last = sorted((int(low), int(high or low)))
        yield from range(first, min(last, first + 10_000_000) + 1)


# --- bringing --------------------------------------------------------------------------------


def _bring(
    client: IMAPClient, validity: int, folder: MirrorFolder, new: Sequence[int], tell: Tell
) -> tuple[int, int]:
    fetched = linked = 0
    for at in range(0, len(new), BATCH):
        waiting: list[tuple[int, tuple[str, int] | None, dict[bytes, Any]]] = []
        size = 0
        for uid, key, head in _heads(client, new[at : at + BATCH]):
            same = folder.same(key)
            if same is not None:
                letters = flag_letters(head.get(b"FLAGS", ()))
                folder.keep((validity, uid), key, _size(head), letters, None, same)
                linked += 1
            elif _size(head) > WHOLE:
                data = reduced(client, uid)
                fetched += _store(folder, validity, uid, key, head, data)
            else:
                waiting.append((uid, key, head))
                size += _size(head)
            if size > BATCH_BYTES:
                fetched += _fetch(client, folder, validity, waiting)
                waiting, size = [], 0
        fetched += _fetch(client, folder, validity, waiting)
        tell(min(at + BATCH, len(new)), len(new))
    return fetched, linked


_HEAD = ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"]


def _heads(
    client: IMAPClient, uids: Sequence[int]
) -> Iterator[tuple[int, tuple[str, int] | None, dict[bytes, Any]]]:
    found = client.fetch(uids, _HEAD)
    for uid in uids:
        head = found.get(uid)
        if head is not None:
            line = head.get(b"BODY[HEADER.FIELDS (MESSAGE-ID)]") or b""
            text = line.decode("utf-8", "replace").partition(":")[2]
            yield uid, content_key(" ".join(text.split()), _size(head)), dict(head)


def _size(head: dict[bytes, Any]) -> int:
    return int(head.get(b"RFC822.SIZE") or 0)


def _fetch(
    client: IMAPClient,
    folder: MirrorFolder,
    validity: int,
    waiting: Iterable[tuple[int, tuple[str, int] | None, dict[bytes, Any]]],
) -> int:
    by_uid = {uid: (key, head) for uid, key, head in waiting}
    if not by_uid:
        return 0
    found = client.fetch(list(by_uid), ["BODY.PEEK[]"])
    count = 0
    for uid, (key, head) in by_uid.items():
        count += _store(folder, validity, uid, key, head, (found.get(uid) or {}).get(b"BODY[]"))
    return count


def _store(
    folder: MirrorFolder,
    validity: int,
    uid: int,
    key: tuple[str, int] | None,
    head: dict[bytes, Any],
    data: bytes | None,
) -> int:
    if data is None:
        return 0  # it left between two questions
    received = head.get(b"INTERNALDATE")
    letters = flag_letters(head.get(b"FLAGS", ()))
    folder.keep((validity, uid), key, _size(head), letters, received, data)
    return 1


def _pieces(numbers: Sequence[int], size: int) -> Iterator[list[int]]:
    for at in range(0, len(numbers), size):
        yield list(numbers[at : at + size])
