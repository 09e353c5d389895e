"""The process that reads ahead of a replay: what is asked for later is read and looked at now.

It does what the replay would do when a document's turn comes: read it in a jail, and see what the
rules see in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from samantha.adapters.index_codec import packed
from samantha.adapters.kitinerary import KItinerary, installed
from samantha.adapters.reader_bookings import BookingReader
from samantha.api.types import Identity
from samantha.core.ports import Reader, Unreadable
from samantha.signals.analyze import analyze
from samantha.signals.reservations import worth_extracting
from samantha.workers.frames import FrameError, read_frame, write_frame
from samantha.workers.process import begin_worker


def main() -> None:
    """Serve until the replay closes the pipe."""
    source, sink = begin_worker()
    reader = BookingReader(KItinerary(installed()), worth_extracting)
    try:
        while True:
            header, _ = read_frame(source)
            write_frame(sink, *_read(reader, header))
    except FrameError:
        # The replay has ended, or no longer listens.
        return
    finally:
        reader.close()


def _read(reader: Reader, header: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    identity = Identity(tuple(header["names"]), tuple(header["addresses"]))
    zone = ZoneInfo(header["zone"])
    found = [_one(reader, wanted, identity, zone) for wanted in header["wanted"]]
    return {"found": [answer for answer, _ in found]}, b"".join(text for _, text in found)


def _one(
    reader: Reader, wanted: Sequence[str], identity: Identity, zone: ZoneInfo
) -> tuple[dict[str, Any], bytes]:
    try:
        document = reader.read(*wanted)
    except Unreadable as problem:
        return {"reason": problem.reason, "again": problem.again}, b""
    values, text = packed(replace(document, analysis=analyze(document, identity, zone, None)))
    return {"values": values, "length": len(text)}, text


if __name__ == "__main__":
    main()
