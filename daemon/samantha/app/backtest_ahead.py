"""Reading ahead: a replay knows what will come, so other processes read it meanwhile.

Nothing else is different: a document is handed over when its turn comes, and whatever goes wrong
on the way is answered by reading it then, as without them.
"""

from __future__ import annotations

import os
import queue
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from samantha.adapters.index_codec import unpacked
from samantha.api.types import Analysis, Document, Identity
from samantha.core.intake import Analyze, Event
from samantha.core.ports import Reader, Unreadable
from samantha.workers.frames import FrameClosed, FrameError
from samantha.workers.process import Worker

FEW = 300
"""So few documents are read as fast without a process that has to start first."""
MOST_HANDS = 4
BATCH = 16
BATCH_BYTES = 4 * 2**20
AHEAD = 24
"""Batches that are read or wait for their turn."""
_WAIT_S = 120.0
_TRIES = 3
"""A process that failed so often in a row is not started again."""
_UNSEEN = Analysis()

Found = Document | Unreadable


@dataclass(slots=True)
class _Batch:
    """Events that are read together, and what was found."""

    events: Sequence[Event]
    found: Future[list[Found]] | None = None
    left: int = 0


class AheadReader:
    """A reader that has read already what it is asked for next; implements ``core.ports.Reader``.

    What it reads carries what the rules see in it, so that this is not looked for again.
    """

    def __init__(
        self,
        reader: Reader,
        planned: Sequence[Event],
        identity: Identity,
        zone: str,
        *,
        hands: int | None = None,
    ) -> None:
        """``reader`` reads all that is not ``planned``, which is in the order of asking.

        ``zone`` is the name of one; ``hands``: how many processes read, by default as fit.
        """
        self._reader = reader
        self._who = {"names": identity.names, "addresses": identity.addresses, "zone": zone}
        wanted = _hands(len(planned)) if hands is None else hands
        self._hands = [_Hand() for _ in range(wanted if zone else 0)]
        self._batches = list(_batches(planned)) if self._hands else []
        self._place = {
            (event.source, event.path): (number, at)
            for number, batch in enumerate(self._batches)
            for at, event in enumerate(batch.events)
        }
        self._asked = 0
        self._idle: queue.SimpleQueue[_Hand] = queue.SimpleQueue()
        for hand in self._hands:
            self._idle.put(hand)
        self._threads = ThreadPoolExecutor(max(1, len(self._hands)), "read-ahead")

    def read(self, path: str, source: str, media: str, folder: str = "") -> Document:
        """Return the document, as if it were read now, or raise ``Unreadable``."""
        found = self._taken(source, path)
        if found is None:
            return self._reader.read(path, source, media, folder)
        if isinstance(found, Unreadable):
            raise found
        return found

    @staticmethod
    def analyzed(analyze: Analyze) -> Analyze:
        """Return ``analyze`` without the work that was done ahead; a vector is looked at still."""

        def analyzed(document: Document, vector: bytes | None) -> Analysis:
            done = vector is None and document.analysis != _UNSEEN
            return document.analysis if done else analyze(document, vector)

        return analyzed

    def processes(self) -> list[int]:
        """Return the numbers of the processes that read."""
        return [number for hand in self._hands if (number := hand.number()) is not None]

    def close(self) -> None:
        """End the processes, whatever they are at; the other reader stays."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for hand in self._hands:
            hand.end()
        self._threads.shutdown(wait=True)

    def _taken(self, source: str, path: str) -> Found | None:
        """Return what was read ahead; None if it was not, or if that went wrong."""
        place = self._place.pop((source, path), None)
        if place is None:
            return None
        number, at = place
        self._ask_until(number + AHEAD)
        batch = self._batches[number]
        assert batch.found is not None
        try:
            return batch.found.result()[at]
        except (CancelledError, FrameError, ValueError, TypeError, KeyError, IndexError):
            return None
        finally:
            batch.left -= 1
            if not batch.left:
                batch.found = None

    def _ask_until(self, number: int) -> None:
        while self._asked < min(number + 1, len(self._batches)):
            batch = self._batches[self._asked]
            batch.left = len(batch.events)
            batch.found = self._threads.submit(self._look, batch.events)
            self._asked += 1

    def _look(self, events: Sequence[Event]) -> list[Found]:
        hand = self._idle.get()
        try:
            return hand.read(self._who, events)
        finally:
            self._idle.put(hand)


class _Hand:
    """One process that reads, started when it is first needed and again after it died."""

    def __init__(self) -> None:
        self._worker: Worker | None = None
        self._busy = self._ended = False
        self._failed = 0

    def read(self, who: Mapping[str, Any], events: Sequence[Event]) -> list[Found]:
        """Ask for a batch; raises ``FrameError``, or what comes of a senseless answer."""
        if self._failed >= _TRIES:
            raise FrameClosed("it has failed too often")
        self._failed += 1
        if self._worker is None or not self._worker.alive:
            self._worker = Worker("samantha.app.backtest_reading")
        if self._ended:
            self._worker.kill()
            raise FrameClosed("the replay has ended")
        wanted = [[e.path, e.source, e.media, e.folder] for e in events]
        self._busy = True
        try:
            answer, texts = self._worker.request({**who, "wanted": wanted}, timeout_s=_WAIT_S)
        finally:
            self._busy = False
        found = list(_found(answer["found"], texts))
        self._failed = 0
        return found

    def number(self) -> int | None:
        """Return the process's number while it runs."""
        worker = self._worker
        return worker.pid if worker is not None and worker.alive else None

    def end(self) -> None:
        """End the process: in order where it has nothing to do, at once in the midst of work."""
        self._ended = True
        if self._worker is not None:
            if self._busy:
                self._worker.kill()
            self._worker.close()


def _found(answers: Iterable[Mapping[str, Any]], texts: bytes) -> Iterator[Found]:
    at = 0
    for answer in answers:
        if "reason" in answer:
            yield Unreadable(answer["reason"], again=answer["again"])
            continue
        yield unpacked(answer["values"], texts[at : at + answer["length"]])
        at += answer["length"]


def _hands(planned: int) -> int:
    return min(MOST_HANDS, os.cpu_count() or 1, planned // FEW)


def _batches(planned: Sequence[Event]) -> Iterator[_Batch]:
    part: list[Event] = []
    size = 0
    for event in planned:
        part.append(event)
        size += event.stat.size if event.stat is not None else 0
        if len(part) >= BATCH or size >= BATCH_BYTES:
            yield _Batch(part)
            part, size = [], 0
    if part:
        yield _Batch(part)
