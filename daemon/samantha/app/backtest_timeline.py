"""When everything came: each mail at its date, each file at its modification time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from samantha.adapters.reader import Head, JailedReader
from samantha.adapters.tree import TreeSource
from samantha.api.types import Person
from samantha.core.intake import Event
from samantha.core.ports import Stat, Unreadable

HEADS = 64
LONG_EMPTY = timedelta(days=180)
STRAGGLERS = 0.02
"""At most this share of what came may lie outside of the years that are replayed."""
Progress = Callable[[str, int, int], None]
"""Told (what is done, how far, of how many)."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that came, changed or went, and when; None: it was there from the start."""

    at: datetime | None
    name: str
    """Orders what came at the same moment."""
    bring: Callable[[], Sequence[Event]]
    """Puts it in its place, where that has to be done, and returns what then settles."""
    there: Event | None = None
    """What settles, where nothing has to be put in its place: it can be read before its time."""


def arrivals_of(
    sources: Iterable[TreeSource],
    reader: JailedReader,
    now: datetime,
    progress: Progress,
    owns: Callable[[str], bool] = lambda address: False,
) -> tuple[list[Arrival], Counter[Person]]:
    """Return all that the sources hold, and who sent the sent mail how often.

    A mail of an address that the user ``owns`` counts as sent where its folder has no name: an
    export lays all mails into one. What is dated after ``now`` says nothing of when it came, and
    counts as undated.
    """
    found: list[Arrival] = []
    senders: Counter[Person] = Counter()
    for source in sources:
        entries = list(source.scan())
        if source.media == "file":
            moments = [datetime.fromtimestamp(s.mtime_ns / 1e9, UTC) for _, s in entries]
            found += [
                _arrival(_sane(at, now), _event(source, path, stat))
                for at, (path, stat) in zip(moments, entries, strict=True)
            ]
            continue
        for at in range(0, len(entries), HEADS):
            progress("Looking at dates", at, len(entries))
            part = entries[at : at + HEADS]
            heads = _heads(reader, [path for path, _ in part])
            for (path, stat), head in zip(part, heads, strict=True):
                event = _event(source, path, stat)
                sender = head.sender if head else None
                if not event.folder and sender is not None and owns(sender.address):
                    event = replace(event, folder="sent")
                found.append(_arrival(_sane(head.date if head else None, now), event))
                if event.folder == "sent" and head is not None and head.sender is not None:
                    senders[head.sender] += 1
    return found, senders


def in_order(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """Return arrivals as they came, the undated first."""
    start = datetime.min.replace(tzinfo=UTC)
    return sorted(arrivals, key=lambda a: (a.at or start, a.name))


def _arrival(at: datetime | None, event: Event) -> Arrival:
    return Arrival(at, event.path, lambda: (event,), event)


def _sane(at: datetime | None, now: datetime) -> datetime | None:
    return at if at is not None and at <= now + timedelta(days=1) else None


def _event(source: TreeSource, path: str, stat: Stat) -> Event:
    return Event(source.name, path, source.media, stat, source.folder_role(path))


def _heads(reader: JailedReader, paths: Sequence[str]) -> list[Head | None]:
    try:
        return reader.heads(paths)
    except Unreadable:
        if len(paths) == 1:
            return [None]
        # One of them broke the reader: each alone, so that the others keep their dates.
        return [one for path in paths for one in _heads(reader, [path])]


def span_of(arrivals: Sequence[Arrival]) -> tuple[datetime, datetime] | None:
    """Return first and last moment of a past, without a few stragglers far outside of it.

    Mailboxes hold some mails dated 1979 or 2036; years in which nothing came are not lived through.
    """
    moments = [a.at for a in arrivals if a.at is not None]
    if not moments:
        return None
    allowed = int(len(moments) * STRAGGLERS)
    first, last = 0, len(moments) - 1
    for at in range(allowed):
        if moments[at + 1] - moments[at] > LONG_EMPTY:
            first = at + 1
    for at in range(len(moments) - 1, len(moments) - 1 - allowed, -1):
        if moments[at] - moments[at - 1] > LONG_EMPTY:
            last = at - 1
    return moments[first], moments[max(first, last)]
