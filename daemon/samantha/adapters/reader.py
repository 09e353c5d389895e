"""Reads files through the jailed worker: opens them, sends their bytes, checks what comes back."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast

from samantha.adapters.maildir_flags import with_flags
from samantha.adapters.mbox import message_at
from samantha.api.types import Attachment, Document, DocumentId, Mail, Media, Person, Region
from samantha.core.ports import Unreadable
from samantha.workers.frames import FrameError, FrameTimeout
from samantha.workers.process import Worker

MAX_FILE = 50 * 2**20
HEAD_BYTES = 256 * 2**10
WALL_S = 20.0
CPU_S = 10.0
_START_S = 30.0
_ROLES = ("body", "quote", "signature", "attachment")
_REASONS = {
    errno.ENOENT: "it is no longer there",
    errno.EACCES: "no permission to read it",
    errno.EPERM: "no permission to read it",
    errno.ELOOP: "a symbolic link",
    errno.ENXIO: "not an ordinary file",
    errno.EISDIR: "a folder",
    errno.EIO: "the disk reports an error",
}


@dataclass(frozen=True, slots=True)
class Head:
    """What the header of a mail says of when and who."""

    date: datetime | None
    """From ``Date``, else from the newest ``Received``; aware UTC."""
    sender: Person | None


class JailedReader:
    """The reader: one worker process, started when first needed and again after it died."""

    def __init__(self, *, wall_s: float = WALL_S, cpu_s: float = CPU_S) -> None:
        self._wall_s = wall_s
        self._cpu_s = cpu_s
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._closed = False

    def read(self, path: str, source: str, media: str, folder: str = "") -> Document:
        """Return the document or raise ``Unreadable``. ``folder`` is the mail folder's role."""
        untrusted_bytes, modified = _load(path)
        name = os.fsencode(Path(path).name).decode("utf-8", "replace")
        header = {"op": "read", "name": name, "media": media, "cpu_s": self._cpu_s}
        with self._lock:
            answer, body = self._ask(header, untrusted_bytes)
        if answer.get("ok") is not True:
            raise Unreadable(
                _text(answer, "reason", 300) or "it cannot be read", again=bool(answer.get("again"))
            )
        try:
            document = _document(
                answer, body, path, source, media, folder, untrusted_bytes, modified
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Unreadable("the reader gave an answer that makes no sense") from error
        return self._more(document, untrusted_bytes)

    def _more(self, document: Document, untrusted_bytes: bytes) -> Document:
        """Return the document with what another program can read of it (``BookingReader``)."""
        return document

    def heads(self, paths: Sequence[str]) -> list[Head | None]:
        """Return date and sender of many mails, in one go; None for one that has no header."""
        loaded = [_load_head(path) for path in paths]
        header = {"op": "heads", "sizes": [len(one) for one in loaded], "cpu_s": self._cpu_s}
        with self._lock:
            answer, _ = self._ask(header, b"".join(loaded))
        found = answer.get("heads")
        if not isinstance(found, list) or len(found) != len(paths):
            raise Unreadable("the reader gave an answer that makes no sense")
        return [_head(one) for one in found]

    def begin(self) -> None:
        """Start the process before there is something to read; if it fails, the reading tells."""
        with self._lock, contextlib.suppress(Unreadable):
            self._running()

    def layers(self) -> tuple[str, ...]:
        """Return the layers of the jail that hold here."""
        with self._lock:
            answer, _ = self._ask({"op": "layers"}, b"")
        found = answer.get("layers")
        return tuple(str(one) for one in found) if isinstance(found, list) else ()

    @property
    def pid(self) -> int | None:
        """The worker's process id, if one is running."""
        worker = self._worker
        return worker.pid if worker is not None and worker.alive else None

    def close(self) -> None:
        """End the worker."""
        # Not under the lock: a read in progress must not hold up the end.
        self._closed = True
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def _ask(self, header: Mapping[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        worker = self._running()
        try:
            return worker.request(header, body, self._wall_s)
        except FrameTimeout as error:
            raise Unreadable("it took too long to read", again=True) from error
        except FrameError as error:
            raise Unreadable(_death(worker.returncode), again=True) from error
        finally:
            if not worker.alive:
                worker.close()
                self._worker = None

    def _running(self) -> Worker:
        if self._closed:
            raise Unreadable("the reader is closed", again=True)
        if self._worker is None or not self._worker.alive:
            worker = Worker("samantha.workers.reader")
            try:
                # Its start is not on the first document's time.
                worker.request({"op": "layers"}, timeout_s=_START_S)
            except FrameError as error:
                worker.close()
                raise Unreadable("the reader does not start", again=True) from error
            if self._closed:
                worker.close()
                raise Unreadable("the reader is closed", again=True)
            self._worker = worker
        return self._worker


def _death(code: int | None) -> str:
    if code == 12:
        return "it needs too much memory to read"
    if code == -27:
        return "it took too long to read"
    return "the reader died over it"


def _load(path: str) -> tuple[bytes, float]:
    """Read a regular file whole, never through a link at its end, never waiting on a pipe.

    Returns its bytes and when it was modified. A path below a file is that of a mail in an mbox.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0) | os.O_NONBLOCK
    try:
        fd = os.open(path, flags)
    except NotADirectoryError:
        return _load_message(path)
    except (OSError, ValueError) as error:
        number = getattr(error, "errno", None) or 0
        raise Unreadable(_REASONS.get(number, "it cannot be opened"), again=number == 5) from error
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable("not an ordinary file")
        if found.st_size > MAX_FILE:
            raise Unreadable("larger than 50 MiB")
        data = _all(fd)
        after = os.fstat(fd)
    except OSError as error:
        raise Unreadable(_REASONS.get(error.errno or 0, "it cannot be read"), again=True) from error
    finally:
        os.close(fd)
    if (found.st_size, found.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise Unreadable("it changed while it was read", again=True)
    return data, found.st_mtime


def _load_message(path: str) -> tuple[bytes, float]:
    try:
        found = message_at(path)
    except OSError as error:
        raise Unreadable(_REASONS.get(error.errno or 0, "it cannot be read"), again=True) from error
    if found is None:
        raise Unreadable("it is no longer there")
    if len(found[0]) > MAX_FILE:
        raise Unreadable("larger than 50 MiB")
    return found


def _load_head(path: str) -> bytes:
    """Return the beginning of a mail; b'' where there is none to be had."""
    try:
        return _load(path)[0][:HEAD_BYTES]
    except Unreadable:
        return b""


def _head(raw: Any) -> Head | None:
    if not isinstance(raw, dict):
        return None
    date = _text(raw, "date", 40)
    try:
        moment = datetime.fromisoformat(date).astimezone(UTC) if date else None
    except ValueError:
        moment = None
    sender = raw.get("sender")
    return Head(moment, _person(sender) if isinstance(sender, dict) else None)


def _all(fd: int) -> bytes:
    parts: list[bytes] = []
    left = MAX_FILE + 1
    while left > 0 and (part := os.read(fd, min(left, 2**20))):
        parts.append(part)
        left -= len(part)
    if left <= 0:
        raise Unreadable("larger than 50 MiB")
    return b"".join(parts)


def _document(
    answer: Mapping[str, Any],
    body: bytes,
    path: str,
    source: str,
    media: str,
    folder: str,
    untrusted_bytes: bytes,
    modified: float,
) -> Document:
    text = body.decode("utf-8", "replace")
    fingerprint = hashlib.sha256(untrusted_bytes).hexdigest()
    mail = with_flags(_mail(answer["mail"], folder, fingerprint), path) if media == "mail" else None
    if media != "mail" and isinstance(answer.get("mail"), dict):
        mail = _mail(answer["mail"], "", fingerprint)
    identity = mail.message_id if mail is not None and media == "mail" else path
    regions = tuple(_region(one, len(text)) for one in answer.get("regions", ())[:10_000])
    meta = answer.get("meta") or {}
    document = Document(
        id=DocumentId(identity),
        source=source,
        path=path,
        media=cast(Media, media),
        format=_text(answer, "format", 20),
        title=_text(answer, "title", 300),
        text=text,
        fingerprint=fingerprint,
        size_bytes=len(untrusted_bytes),
        modified=datetime.fromtimestamp(modified, UTC),
        regions=regions,
        mail=mail,
        meta={str(k)[:40]: _clean(str(v), 500) for k, v in list(meta.items())[:40]},
    )
    words = len(document.body().split())
    return _with_words(document, words)


def _with_words(document: Document, words: int) -> Document:
    from dataclasses import replace

    return replace(document, words=words)


def _region(raw: Any, size: int) -> Region:
    role, start, end, name = raw
    if role not in _ROLES or not (0 <= int(start) <= int(end) <= size):
        raise ValueError("a region outside the text")
    known = cast(Literal["body", "quote", "signature", "attachment"], role)
    return Region(known, int(start), int(end), _clean(str(name), 200))


def _mail(raw: Any, folder: str, fingerprint: str) -> Mail:
    date = raw.get("date")
    return Mail(
        message_id=_text(raw, "message_id", 260) or f"<{fingerprint[:32]}@local.invalid>",
        sender=_person(raw["sender"]) if raw.get("sender") else None,
        to=_people(raw, "to"),
        cc=_people(raw, "cc"),
        reply_to=_people(raw, "reply_to"),
        subject=_text(raw, "subject", 300),
        date=datetime.fromisoformat(date).astimezone(UTC) if date else None,
        in_reply_to=_text(raw, "in_reply_to", 260),
        references=tuple(_clean(str(one), 260) for one in raw.get("references", ())[:100]),
        list_id=_text(raw, "list_id", 260),
        list_unsubscribe=bool(raw.get("list_unsubscribe")),
        automatic=bool(raw.get("automatic")),
        folder=folder,
        unsubscribe_to=_text(raw, "unsubscribe_to", 254),
        unsubscribe_subject=_text(raw, "unsubscribe_subject", 200),
        attachments=tuple(
            Attachment(
                _text(one, "name", 200), _text(one, "media_type", 100), int(one["size_bytes"])
            )
            for one in raw.get("attachments", ())[:100]
        ),
    )


def _people(raw: Mapping[str, Any], name: str) -> tuple[Person, ...]:
    return tuple(_person(one) for one in raw.get(name, ())[:200])


def _person(raw: Mapping[str, Any]) -> Person:
    return Person(_text(raw, "name", 200), _text(raw, "address", 330))


def _text(raw: Mapping[str, Any], name: str, limit: int) -> str:
    value = raw.get(name)
    return _clean(value, limit) if isinstance(value, str) else ""


def _clean(value: str, limit: int) -> str:
    """Bound a value of the worker's and take what a database or terminal chokes on."""
    kept = value[:limit].encode("utf-8", "replace").decode("utf-8")
    return "".join(c for c in kept if c.isprintable())
