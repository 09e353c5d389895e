"""KItinerary's extractor, where it is installed: a program of KDE's that reads tickets.

It parses what strangers send with code that is not ours, so it runs in a worker that can do nothing
but run it (``workers.extractor``). What goes wrong there costs its own answer alone.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime
from pathlib import Path

from samantha.workers.frames import FrameError
from samantha.workers.process import Worker

WALL_S = 20.0
CPU_S = 10
MEMORY_BYTES = 1024 * 2**20
MOST_BYTES = 2**20
IN_A_ROW = 3
"""After so many failures in a row it is left alone …"""
REST_S = 3_600.0
"""… for so long."""
_START_S = 30.0
_LOOK_S = 0.05
_PLACES = (
    "usr/lib/*/libexec/kf[56]/kitinerary-extractor",
    "usr/libexec/kf[56]/kitinerary-extractor",
    "usr/lib/libexec/kf[56]/kitinerary-extractor",
    "usr/lib64/libexec/kf[56]/kitinerary-extractor",
    "usr/lib/kf[56]/kitinerary-extractor",
    "run/current-system/sw/libexec/kf[56]/kitinerary-extractor",
)
"""Where distributions put it; it is not meant to be found in the PATH."""
NEEDED = frozenset(("no_new_privs", "landlock", "seccomp"))
"""The layers without which the worker starts no program (``workers.extractor_jail``)."""
log = logging.getLogger(__name__)


def installed() -> str:
    """Return the path of the extractor, or '' where there is none."""
    found = (sorted(Path("/").glob(place)) for place in _PLACES)
    return next((str(paths[-1]) for paths in found if paths), "")


class KItinerary:
    """The extractor: one worker process, started when first needed and again after it died."""

    def __init__(
        self,
        program: str,
        *,
        wall_s: float = WALL_S,
        cpu_s: int = CPU_S,
        memory_bytes: int = MEMORY_BYTES,
        most_bytes: int = MOST_BYTES,
        rest_s: float = REST_S,
    ) -> None:
        self._program = program
        self._bounds = {
            "wall_s": wall_s,
            "cpu_s": cpu_s,
            "memory_bytes": memory_bytes,
            "most_bytes": most_bytes,
        }
        self._wall_s = wall_s
        self._most = most_bytes
        self._rest_s = rest_s
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._reason = ""
        self._failures = 0
        self._rests_until = 0.0
        self._told: set[str] = set()
        self._closed = False

    def extract(self, untrusted_bytes: bytes, received: datetime) -> bytes:
        """Return what the program says of a document as JSON-LD, b'' where it says nothing."""
        with self._lock:
            if not self._program or self._closed or time.monotonic() < self._rests_until:
                return b""
            arguments = ["-o", "JsonLd", "-c", received.isoformat(timespec="seconds")]
            header = {"op": "extract", "arguments": arguments, **self._bounds}
            try:
                worker = self._running()
                # The worker keeps the deadline; this one is for a worker that does not.
                answer, said = worker.request(header, untrusted_bytes, self._wall_s + _START_S)
            except FrameError:
                self._end_worker()
                answer, said = {"ok": False, "reason": "its worker died"}, b""
            if answer.get("ok") is True:
                self._failures, self._reason = 0, ""
                return said
            self._failed(str(answer.get("reason") or "it gave no answer")[:100])
            return b""

    def state(self) -> tuple[str, str]:
        """Return (state, reason): ready, failing, absent."""
        if not self._program:
            return "absent", "KItinerary's extractor is not installed; own rules read them"
        if time.monotonic() < self._rests_until:
            return "failing", f"{self._reason}; it is left alone for a while"
        return ("failing", self._reason) if self._reason else ("ready", self._program)

    def checked(self) -> tuple[str, str]:
        """Return how it is, as `samantha doctor` tells: (ok or limited, reason)."""
        if not self._program:
            return "ok", "own rules alone; KItinerary's extractor is not installed"
        if not NEEDED.issubset(self.layers()):
            return "limited", "own rules alone; this kernel cannot lock KItinerary's extractor in"
        return "ok", f"own rules, and KItinerary's extractor: {self._program}"

    def layers(self) -> tuple[str, ...]:
        """Return the layers of the worker's jail that hold here."""
        with self._lock:
            try:
                answer, _ = self._running().request({"op": "layers"}, timeout_s=_START_S)
            except FrameError:
                self._end_worker()
                return ()
        return tuple(str(one) for one in answer.get("layers", ()))

    def close(self) -> None:
        """End the worker, whatever the program is doing."""
        self._closed = True
        while not self._lock.acquire(timeout=_LOOK_S):
            # Who holds it waits for a worker, and may have started one just now.
            worker = self._worker
            if worker is not None:
                worker.kill()
        try:
            self._end_worker()
        finally:
            self._lock.release()

    def _running(self) -> Worker:
        if self._worker is None or not self._worker.alive:
            self._end_worker()
            most = self._most + 2**20
            worker = Worker("samantha.workers.extractor", args=(self._program,), max_bytes=most)
            self._worker = worker
            worker.request({"op": "layers"}, timeout_s=_START_S)
        return self._worker

    def _end_worker(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def _failed(self, reason: str) -> None:
        self._reason = reason
        self._failures += 1
        if self._failures >= IN_A_ROW:
            self._rests_until = time.monotonic() + self._rest_s
            self._failures = 0
        if reason not in self._told:
            self._told.add(reason)
            log.warning("KItinerary's extractor: %s; bookings are read without it", reason)
