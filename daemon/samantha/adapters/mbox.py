"""A watched mbox: one file that holds many mails, or a folder of such files.

To the rest of samantha each mail has a path of its own below the file's, as if that were a folder:
``Inbox/1f3a…``. The last part is a hash of the mail without the lines in which mail programs keep
their flags, so that it stays when mails are added, flagged, or moved by compacting. Nothing is ever
written. A mail that Thunderbird has marked as deleted, but not yet taken out, is not there.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_tz

from samantha.adapters.mail_sniff import head_of, is_mbox
from samantha.adapters.maildir import role_of
from samantha.adapters.tree_or_file import TreeOrFile
from samantha.core.ports import SourceKind, Stat

_KEY = re.compile(r"[0-9a-f]{32}")
_DATED = re.compile(
    rb"From [^\r\n]{0,200}\d\d:\d\d[^\r\n]{0,100}\r?\n(?=[!-9;-~]{1,100}[ \t]*:|>From )"
)
_UNDATED = re.compile(rb"From [^\r\n]{1,200}\r?\n(?=[!-9;-~]{1,100}[ \t]*:)")
_FLAGS = re.compile(
    rb"(?im)^(?:status|x-status|x-mozilla-[a-z0-9-]+|x-keywords|x-uid|x-imap|x-imapbase)[ \t]*:"
    rb"[^\n]*\n(?:[ \t][^\n]*\n)*"
)
_MOZILLA = re.compile(rb"(?im)^x-mozilla-status[ \t]*:[ \t]*([0-9a-f]{4})")
_QUOTED = re.compile(rb"(?m)^>(>*From )")
_EXPUNGED = 0x0008
_HEAD = 4_096
_OPEN_TABLES = 64


@dataclass(frozen=True, slots=True)
class Placed:
    """Where one mail lies in its file, in bytes, and when it was delivered."""

    start: int
    length: int
    delivered: float
    """Seconds since 1970 from the postmark; 0 where it does not say."""


_Table = Mapping[str, Placed]
_Seen = Mapping[tuple[int, int, bytes], str]
_tables: OrderedDict[str, tuple[tuple[int, int, int], _Table, _Seen]] = OrderedDict()


def message_at(path: str) -> tuple[bytes, float] | None:
    """Return the bytes of the mail at such a path and when it was delivered; None if not there.

    Raises ``OSError`` when the file cannot be read.
    """
    file, _, key = path.rpartition("/")
    if not _KEY.fullmatch(key):
        return None
    fd = _open(file)
    if fd is None:
        return None
    try:
        placed = _table(file, fd).get(key)
        if placed is None:
            return None
        data = os.pread(fd, placed.length, placed.start)
    finally:
        os.close(fd)
    return _QUOTED.sub(rb"\1", _plain(data)), placed.delivered


def stat_at(path: str) -> Stat | None:
    """Return what tells one version of such a mail from another: it has only one."""
    file, _, key = path.rpartition("/")
    if not _KEY.fullmatch(key):
        return None
    with suppress(OSError):
        return messages(file).get(key)
    return None


def messages(file: str) -> dict[str, Stat]:
    """Return key → stat of all mails in a file; raises ``OSError`` when it cannot be read."""
    fd = _open(file)
    if fd is None:
        return {}
    try:
        table = _table(file, fd)
    finally:
        os.close(fd)
    # What a flag adds to its length is no change; nor is where in the file it lies now.
    return {k: Stat(0, int(one.delivered * 1e9), int(k[:15], 16)) for k, one in table.items()}


def _open(file: str) -> int | None:
    flags = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0) | os.O_NONBLOCK
    try:
        return os.open(os.fsencode(file), flags)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None


def _table(file: str, fd: int) -> _Table:
    """Return where each mail lies; what was hashed before and lies unchanged is not hashed again.

    A mail is taken for unchanged when its place, its length and its first bytes are the same.
    """
    found = os.fstat(fd)
    version = (found.st_size, found.st_mtime_ns, found.st_ino)
    known = _tables.get(file)
    if known is not None and known[0] == version:
        _tables.move_to_end(file)
        return known[1]
    table, seen = _read_table(fd, found.st_size, known[2] if known is not None else {})
    _tables[file] = (version, table, seen)
    _tables.move_to_end(file)
    while len(_tables) > _OPEN_TABLES:
        _tables.popitem(last=False)
    return table


def _read_table(fd: int, size: int, before: _Seen) -> tuple[_Table, _Seen]:
    table: dict[str, Placed] = {}
    seen: dict[tuple[int, int, bytes], str] = {}
    if size == 0:
        return table, seen
    with mmap.mmap(fd, 0, access=mmap.ACCESS_READ) as data:
        marks = list(_postmarks(data))
        for at, (_, start, postmark) in enumerate(marks):
            end = marks[at + 1][0] if at + 1 < len(marks) else len(data)
            head = bytes(data[start : min(end, start + _HEAD)])
            flags = _MOZILLA.search(head)
            if flags and int(flags[1], 16) & _EXPUNGED:
                continue
            mark = (start, end - start, hashlib.blake2b(head, digest_size=16).digest())
            key = before.get(mark) or _key(bytes(data[start:end]))
            seen[mark] = key
            table.setdefault(key, Placed(start, end - start, _delivered(postmark)))
    return table, seen


def _postmarks(data: mmap.mmap) -> Iterator[tuple[int, int, bytes]]:
    """Yield (start, end, text) of the lines that begin a mail.

    Text may have a line that begins so too: a header must follow, and without a time of day in it
    the line before must be empty.
    """
    at = 0 if data[:5] == b"From " else data.find(b"\nFrom ") + 1
    while at > 0 or data[:5] == b"From ":
        alone = at == 0 or data[at - 2 : at] == b"\n\n" or data[at - 3 : at] == b"\n\r\n"
        found = _DATED.match(data, at) or (_UNDATED.match(data, at) if alone else None)
        if found:
            yield at, found.end(), bytes(found[0])
        at = data.find(b"\nFrom ", at) + 1
        if at == 0:
            return


def _plain(message: bytes) -> bytes:
    """Return a mail without the header lines that programs change while it lies there."""
    split = re.search(rb"\r?\n\r?\n", message)
    end = split.end() if split else len(message)
    return _FLAGS.sub(b"", message[:end]) + message[end:].rstrip(b"\r\n") + b"\n"


def _key(message: bytes) -> str:
    return hashlib.sha256(_plain(message)).hexdigest()[:32]


def _delivered(postmark: bytes) -> float:
    """Return the time of a postmark, ``From anna@x Fri Jul  8 12:08:34 2011``, taken as UTC."""
    words = postmark.decode("latin-1").split()
    for at in range(1, len(words)):
        parsed = parsedate_tz(" ".join(words[at:]))
        if parsed is None or not 1970 <= parsed[0] <= 2200:
            continue
        with suppress(ValueError, OverflowError):
            moment = datetime(*parsed[:6], tzinfo=UTC).timestamp() - (parsed[9] or 0)
            return max(0.0, moment)
    return 0.0


class MboxSource(TreeOrFile):
    """One mbox file, or a folder of them (as Thunderbird keeps: ``Inbox``, ``Inbox.sbd/Work``)."""

    kind: SourceKind = "mbox"

    def folder_role(self, path: str) -> str:
        """Return what the file of a mail is: inbox, sent, drafts, archive, spam, trash or ''."""
        file = path.rpartition("/")[0]
        return role_of(_mailbox(file[len(self._prefix) :]))

    def key(self, path: str) -> str:
        """Return what names a mail, whichever file it lies in."""
        return path.rpartition("/")[2]

    def scan(self) -> Iterator[tuple[str, Stat]]:
        """Look through every mbox below the root; a file that cannot be read now is not gone."""
        unlisted: set[str] = set()
        for file, _ in self._walk(self.root, unlisted):
            if not is_mbox(head_of(file)):
                continue
            try:
                found = messages(file)
            except OSError:
                unlisted.add(file)
                continue
            for key, stat in found.items():
                yield f"{file}/{key}", stat
        self._unlisted = frozenset(unlisted)

    def wanted(self, path: str) -> bool:
        """Tell whether a mail's path, or the file it lies in, belongs to this source."""
        if not path.startswith(self._prefix):
            return False
        relative = path[len(self._prefix) :]
        file, _, key = relative.rpartition("/")
        return self._takes(file if file and _KEY.fullmatch(key) else relative)

    def _enters(self, relative: str) -> bool:
        if self._only or relative.rpartition("/")[2].startswith("."):
            return False
        mailbox = _mailbox(relative)
        if role_of(mailbox) in ("spam", "trash"):
            return False
        return not self._excluded(mailbox)

    def _takes(self, relative: str) -> bool:
        if self._only:
            return relative == self._only
        name = relative.rpartition("/")[2]
        if name.startswith(".") or name.endswith((".msf", ".lock", ".dat", ".sqlite", "~")):
            return False
        parts = relative.split("/")
        return all(self._enters("/".join(parts[: n + 1])) for n in range(len(parts)))

    def _tell(self, path: str, kind: str) -> None:
        # Which mails came and went is seen by looking: the watcher only knows the file.
        self._missed()


def _mailbox(relative: str) -> str:
    """Return the mailbox of a file: without the endings that programs give to it."""
    return re.sub(r"\.(?:sbd|mbox|mbx|mboxrd)(?=/|$)", "", relative)
