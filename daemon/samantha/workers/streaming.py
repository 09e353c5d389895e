"""Text out of a model's bytes: decoded as they come, and ended where a stop text begins."""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TextOut:
    """Collects bytes; hands out text that is certain. Time is linear in what was said."""

    def __init__(self, stops: Sequence[str] = ()) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self._parts: list[str] = []
        self.stopped = False
        """Whether a stop text was said; nothing more comes then."""

    def feed(self, untrusted_bytes: bytes) -> str:
        """Take bytes and return the text that is certain by now."""
        return self._take(self._decoder.decode(untrusted_bytes))

    def end(self) -> str:
        """Return the rest. An unfinished character becomes a replacement character."""
        rest = self._take(self._decoder.decode(b"", True))
        if self.stopped:
            return rest
        held, self._held = self._held, ""
        self._parts.append(held)
        return rest + held

    @property
    def text(self) -> str:
        """All text handed out so far."""
        return "".join(self._parts)

    def _take(self, text: str) -> str:
        if self.stopped:
            return ""
        self._held += text
        places = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if places:
            self.stopped = True
            out, self._held = self._held[: min(places)], ""
        else:
            keep = max((_begun(self._held, stop) for stop in self._stops), default=0)
            cut = len(self._held) - keep
            out, self._held = self._held[:cut], self._held[cut:]
        self._parts.append(out)
        return out


def _begun(text: str, stop: str) -> int:
    """Return how long a beginning of the stop text the text ends in."""
    for size in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:size]):
            return size
    return 0
