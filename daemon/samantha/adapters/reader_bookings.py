"""The reader, with KItinerary's word on tickets: its bookings below the text, to be quoted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from samantha.adapters.reader import JailedReader
from samantha.api.types import Document, Region
from samantha.core.ports import Extractor, Unreadable

REGION = "KItinerary/Reservation"
"""Name of the region that holds them; no attached file can have it, for its slash."""
MAX_BYTES = 20 * 2**20
_MAX_CHARACTERS = 60_000


class BookingReader(JailedReader):
    """A reader that asks the extractor about documents that are likely to be bookings."""

    def __init__(self, extractor: Extractor, likely: Callable[[Document], bool]) -> None:
        super().__init__()
        self._extractor = extractor
        self._likely = likely

    def state(self) -> tuple[str, str]:
        """Return how the extractor is: ready, failing or absent, and why."""
        return self._extractor.state()

    def close(self) -> None:
        """End both workers."""
        super().close()
        self._extractor.close()

    def _more(self, document: Document, untrusted_bytes: bytes) -> Document:
        if len(untrusted_bytes) > MAX_BYTES or not self._likely(document):
            return document
        said = self._extractor.extract(untrusted_bytes, document.when)
        if not said:
            return document
        try:
            with self._lock:
                answer, body = self._ask({"op": "bookings", "cpu_s": self._cpu_s}, said)
        except Unreadable:
            # What the mail itself says was read, and that is enough.
            return document
        block = body.decode("utf-8", "replace")[:_MAX_CHARACTERS]
        if answer.get("ok") is not True or not block:
            return document
        text = f"{document.text}\n\n{block}" if document.text else block
        own = document.regions or (
            (Region("body", 0, len(document.text)),) if document.text else ()
        )
        here = Region("attachment", len(text) - len(block), len(text), REGION)
        return replace(document, text=text, regions=(*own, here))
