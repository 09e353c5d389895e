"""The embedded model through its worker: started when first needed, ended when idle.

A model that is missing, broken, killed or hanging costs its own answers and nothing else: ``embed``
then returns None, and ``state`` says why and what to type.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from samantha.workers.frames import FrameError, FrameTimeout
from samantha.workers.process import Worker

VECTOR_BYTES = 4 * 384
MAX_CHARACTERS = 64_000
"""Longer texts are cut before they travel; the model reads the first 256 tokens of it."""

_TEXTS = 64
_START_S = 120.0
_TOKENS_PER_S = 100.0
_MAX_TOKENS = 256
_ENVIRONMENT = {
    # Threads that spin while they wait make everything else on the machine slow.
    "OMP_WAIT_POLICY": "passive",
    "GGML_NO_BACKTRACE": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
_OFF = "switched off; type: samantha config path, and set enabled = true under [model]"


class _Failed(Exception):
    """The model gave no answer; the text is for the user. ``again``: it may if asked anew."""

    def __init__(self, reason: str, *, again: bool = False) -> None:
        super().__init__(reason)
        self.again = again


class LlamaEmbedder:
    """Unit vectors of 384 float32 by all-MiniLM-L6-v2, from a process of its own. Thread-safe."""

    def __init__(
        self,
        cache: Path,
        *,
        idle_s: float,
        enabled: bool = True,
        first_wait_s: float = 1.0,
        longest_wait_s: float = 300.0,
        patience_s: float = 20.0,
    ) -> None:
        self._cache = cache
        self._idle_s = idle_s
        self._enabled = enabled
        self._waits = (first_wait_s, longest_wait_s)
        self._patience_s = patience_s
        self._turn = threading.Condition()
        self._worker: Worker | None = None
        self._about: dict[str, Any] = {}
        self._closed = False
        self._used = 0.0
        self._failures = 0
        self._not_before = 0.0
        self._reason = ""

    def embed(self, texts: Sequence[str]) -> Sequence[bytes] | None:
        """Return one little-endian float32[384] blob a text, or None when the model is away."""
        found: list[bytes] = []
        for part in _parts(texts):
            with self._turn:
                vectors = self._guarded(part)
            if vectors is None:
                return None
            found += vectors
        return found

    def state(self) -> tuple[str, str]:
        """Return (state, reason): ready, idle, unavailable. Never waits."""
        if not self._enabled:
            return "unavailable", _OFF
        if self._closed:
            return "unavailable", "closed"
        if self._reason:
            return "unavailable", self._reason
        worker = self._worker
        if worker is not None and worker.alive:
            return ("ready", "") if self._about else ("idle", "it is being loaded")
        return "idle", "not in memory; it starts when it is needed"

    def about(self) -> dict[str, Any]:
        """Return what the running worker says of itself: jail layers, kind of weights, threads."""
        return dict(self._about) if self.pid is not None else {}

    @property
    def pid(self) -> int | None:
        """The worker's process id, if one is running."""
        worker = self._worker
        return worker.pid if worker is not None and worker.alive else None

    def close(self) -> None:
        """End the worker."""
        # Not under the lock: a batch in progress must not hold up the end.
        self._closed = True
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()
        with self._turn:
            self._turn.notify_all()

    def _guarded(self, texts: Sequence[str]) -> list[bytes] | None:
        if not self._enabled or self._closed or time.monotonic() < self._not_before:
            return None
        try:
            try:
                vectors = self._ask(texts)
            except _Failed as problem:
                if not problem.again or self._closed:
                    raise
                # It was killed from outside, most likely: once more, with a new process.
                vectors = self._ask(texts)
        except _Failed as problem:
            self._failed(str(problem))
            return None
        self._failures, self._reason = 0, ""
        return vectors

    def _failed(self, reason: str) -> None:
        first, longest = self._waits
        wait = min(longest, first * 2 ** min(self._failures, 30))
        self._failures += 1
        self._not_before = time.monotonic() + wait
        self._reason = reason

    def _ask(self, texts: Sequence[str]) -> list[bytes]:
        worker = self._running()
        header = {"op": "embed", "texts": texts}
        try:
            answer, body = worker.request(header, timeout_s=self._deadline_s(texts))
        except FrameTimeout as problem:
            raise _Failed("the model process did not answer in time") from problem
        except FrameError as problem:
            raise _Failed(_death(worker.returncode), again=True) from problem
        finally:
            self._used = time.monotonic()
            self._reap(worker)
        if answer.get("ok") is not True or len(body) != VECTOR_BYTES * len(texts):
            raise _Failed("the model gave an answer that makes no sense; type: samantha doctor")
        return [body[at : at + VECTOR_BYTES] for at in range(0, len(body), VECTOR_BYTES)]

    def _deadline_s(self, texts: Sequence[str]) -> float:
        tokens = sum(min(_MAX_TOKENS, len(text)) for text in texts)
        return self._patience_s + tokens / _TOKENS_PER_S

    def _running(self) -> Worker:
        if self._worker is not None and self._worker.alive:
            return self._worker
        worker = Worker("samantha.workers.model", args=[str(self._cache)], env=_ENVIRONMENT)
        # Known from now on, so that close() ends it while it starts.
        self._about, self._worker = {}, worker
        if self._closed:
            worker.close()
            raise _Failed("closed")
        try:
            about, _ = worker.request({"op": "about"}, timeout_s=_START_S)
        except FrameTimeout as problem:
            raise _Failed("the model process does not start; type: samantha doctor") from problem
        except FrameError as problem:
            raise _Failed(_death(worker.returncode)) from problem
        finally:
            self._reap(worker)
        if about.get("ok") is not True:
            worker.close()
            self._worker = None
            raise _Failed(str(about.get("reason", "the model process does not start")))
        self._about = about
        self._used = time.monotonic()
        threading.Thread(
            target=self._end_when_idle, args=(worker,), name="model-idle", daemon=True
        ).start()
        return worker

    def _reap(self, worker: Worker) -> None:
        if not worker.alive:
            worker.close()
            if self._worker is worker:
                self._worker = None

    def _end_when_idle(self, worker: Worker) -> None:
        """Wait until the worker was idle for long enough, then end it; its memory goes with it."""
        with self._turn:
            while self._worker is worker and not self._closed:
                left = self._used + self._idle_s - time.monotonic()
                if left <= 0:
                    self._worker = None
                    worker.close()
                    return
                self._turn.wait(left)


def _parts(texts: Sequence[str]) -> Iterator[list[str]]:
    """Yield the texts in requests of a bounded size, so that callers take turns."""
    for at in range(0, len(texts), _TEXTS):
        yield [text[:MAX_CHARACTERS] for text in texts[at : at + _TEXTS]]


def _death(code: int | None) -> str:
    if code == -4:
        return (
            "llama-cpp-python was compiled for another processor; type: "
            "pip install --force-reinstall --no-deps --no-cache-dir llama-cpp-python"
        )
    if code == 12:
        return "the model process needs too much memory"
    return "the model process died; it is started again by itself"
