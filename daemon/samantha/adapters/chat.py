"""The user's generative model through its process: started when first needed, ended when idle.

Many threads may ask at once; a request can be cancelled while it runs, has a deadline, and goes
before others if a user waits for it. A model that is missing, broken, killed or hanging costs its
own answers: they are None, and ``state`` says why and what to type.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from samantha.adapters.chat_open import OpenRequests
from samantha.adapters.chat_process import ChatProcess, FrameError, death
from samantha.adapters.chat_request import Chat, ChatModel, Counters, Parts, Request, Wish
from samantha.adapters.file_mark import Pin
from samantha.adapters.prefix_store import PrefixStore, key_of

CELLS = 4_096
"""Tokens that all requests together may hold; 150 KB each with a model of four billion weights."""

_START_S = 180.0
_DEATHS = 3
_FORMAT = "2"


@dataclass(slots=True)
class _Settings:
    model: Path
    pin: Pin | None
    idle_s: float
    cells: int
    threads: int
    forced: bool
    waits: tuple[float, float]
    patience_s: float
    enabled: bool = field(default=True)


class LlamaChat(Chat):
    """A GGUF model that writes, from a process of its own. Thread-safe."""

    def __init__(
        self,
        model: Path,
        *,
        cache: Path,
        idle_s: float,
        pin: Pin | None = None,
        cells: int = CELLS,
        threads: int = 0,
        forced: bool = True,
        first_wait_s: float = 1.0,
        longest_wait_s: float = 300.0,
        patience_s: float = 10.0,
    ) -> None:
        """``pin``: what the file must be, looked at by the process itself whenever it loads it.

        ``threads`` 0: the physical cores but one.

        ``forced``: tokens that the schema leaves no choice about are not asked of the model.
        """
        waits = (first_wait_s, longest_wait_s)
        self._set = _Settings(model, pin, idle_s, cells, threads, forced, waits, patience_s)
        self._store = PrefixStore(cache / "prefixes")
        self._lock = threading.Lock()
        self._open = OpenRequests()
        self._next = 1
        self._keeper: threading.Thread | None = None
        self._process: ChatProcess | None = None
        self._model: ChatModel | None = None
        self._given: set[str] = set()
        self._loaded = False
        self._closed = False
        self._deaths = self._failures = 0
        self._not_before = 0.0
        self._reason = ""
        self._pipe: tuple[int, ...] = os.pipe()
        for fd in self._pipe:
            os.set_blocking(fd, False)
        self.counters = Counters()

    # --- asking ----------------------------------------------------------------------------

    def _begin(self, wish: Wish) -> Request:
        header = {
            "op": "ask",
            "prefix": [list(one) for one in wish.prefix],
            "parts": [list(one) for one in wish.parts],
            "schema": wish.schema,
            "max_tokens": wish.max_tokens,
            "urgent": wish.urgent,
            "stops": list(wish.stops),
            "heat": wish.heat,
            "seed": wish.seed,
            "stream": wish.on_piece is not None,
            "forced": self._set.forced,
        }
        kept = self._prefix_key(wish.prefix) if wish.prefix and wish.keep else ""
        return self._enqueue(header, wish.deadline_s, kept, wish.on_piece)

    def count(
        self, texts: Sequence[str], *, deadline_s: float = 120.0, urgent: bool = False
    ) -> Sequence[int] | None:
        """Return how many tokens each text is, or None when the model is away."""
        header = {"op": "count", "parts": [[text, False] for text in texts], "urgent": urgent}
        request = self._enqueue(header, deadline_s, "", None)
        request.wait()
        found = request.answer.get("tokens")
        return [int(n) for n in found] if isinstance(found, list) else None

    def model(self, *, deadline_s: float = 120.0, urgent: bool = False) -> ChatModel | None:
        """Return what the model says of itself; loads it if it never was."""
        if self._model is None:
            self.count((), deadline_s=deadline_s, urgent=urgent)
        return self._model

    def state(self) -> tuple[str, str]:
        """Return (state, reason): ready, idle, unavailable. Never waits."""
        if self._closed:
            return "unavailable", "closed"
        if self._reason:
            return "unavailable", self._reason
        if self.pid is not None:
            return ("ready", "") if self._loaded else ("idle", "it is being loaded")
        return "idle", "not in memory; it starts when it is needed"

    @property
    def pid(self) -> int | None:
        """The process id, if one is running."""
        process = self._process
        return process.pid if process is not None and process.alive else None

    def close(self) -> None:
        """End the process and every request, at once."""
        with self._lock:
            self._closed = True
            keeper = self._keeper
        self._wake()
        if keeper is not None and keeper is not threading.current_thread():
            keeper.join()
        self._end_all("failed")
        with self._lock:
            for fd in self._pipe:
                os.close(fd)
            self._pipe = ()

    # --- the queue -------------------------------------------------------------------------

    def _enqueue(
        self,
        header: dict[str, Any],
        deadline_s: float,
        keep: str,
        on_piece: Callable[[str], None] | None,
    ) -> Request:
        deadline = time.monotonic() + deadline_s
        request = Request(header, deadline, keep, on_piece, lambda _: self._wake())
        with self._lock:
            header["id"] = self._next
            self._next += 1
            self.counters.asked += 1
            if self._closed or time.monotonic() < self._not_before:
                request.end({"ended": "failed"})
                return request
            self._open[self._next - 1] = request
            if self._keeper is None:
                self._loaded = False
                self._keeper = threading.Thread(target=self._keep, name="model-chat", daemon=True)
                self._keeper.start()
        self._wake()
        return request

    def _prefix_key(self, prefix: Parts) -> str:
        from importlib.metadata import version

        key = self._set.pin.sha256 if self._set.pin is not None else ""
        if not key:
            with contextlib.suppress(OSError):
                stat = self._set.model.stat()
                key = f"{stat.st_dev} {stat.st_ino} {stat.st_size} {stat.st_mtime_ns}"
        texts = (f"{int(control)}{text}" for text, control in prefix)
        return key_of((_FORMAT, version("llama-cpp-python"), key, str(self._set.cells), *texts))

    def _wake(self) -> None:
        with self._lock, contextlib.suppress(BlockingIOError):
            if self._pipe:
                os.write(self._pipe[1], b"x")

    # --- the keeper's thread ---------------------------------------------------------------

    def _keep(self) -> None:
        """Run processes until there is nothing to do."""
        try:
            while True:
                try:
                    self._run()
                except OSError as problem:
                    words = os.strerror(problem.errno or 0)
                    self._back_off(f"no process can be started for the model ({words})")
                with self._lock:
                    if self._closed or not self._open:
                        self._keeper = None
                        return
        finally:
            with self._lock:
                failed = self._keeper is threading.current_thread()
                if failed:
                    self._keeper = None
            # An error in a caller's own ``on_piece`` ends every request, and is seen.
            if failed:
                self._end_all("failed")

    def _run(self) -> None:
        """Run one process to its end."""
        self._loaded = False
        process = ChatProcess(
            str(self._set.model), self._set.cells, self._set.threads, self._set.pin
        )
        self._process = process
        self.counters.starts += 1
        try:
            self._attend(process)
        except FrameError:
            process.kill()
            self._died(death(process.returncode))
        finally:
            self._process = None
            process.close()

    def _attend(self, process: ChatProcess) -> None:
        """Talk to one process until it is idle for long enough, or closed, or fails."""
        begun = used = time.monotonic()
        while not self._closed:
            wait = self._next_look(used if self._loaded else begun)
            frame = process.receive(self._pipe[0], wait)
            now = time.monotonic()
            if frame is not None:
                used = now
                if not self._heard(*frame):
                    return
            if self._loaded:
                self._feed(process)
            elif now - begun > _START_S:
                raise FrameError("it does not start")
            self._expire(now)
            with self._lock:
                if not self._open and self._loaded and now - used >= self._set.idle_s:
                    return

    def _next_look(self, used: float) -> float:
        """Return how long to wait for a frame, in seconds."""
        now = time.monotonic()
        with self._lock:
            if not self._open:
                return max(0.0, used + self._set.idle_s - now)
            nearest = self._open.nearest()
            late = nearest if not self._loaded else nearest + self._set.patience_s
            return max(0.01, late - now)

    def _expire(self, now: float) -> None:
        """End what is past its deadline; raise if the process should have done so by itself."""
        with self._lock:
            hangs = self._open.expire(now, self._set.patience_s)
        if hangs:
            raise FrameError("it hangs")

    def _feed(self, process: ChatProcess) -> None:
        """Send what has not been sent, and what is to be cancelled."""
        with self._lock:
            new, cancelled = self._open.due()
        for number in cancelled:
            process.send({"op": "cancel", "id": number})
        for one in new:
            left = max(0.0, one.deadline - time.monotonic())
            state = self._store.get(one.keep) if self._unseen(one.keep) else b""
            process.send({**one.header, "deadline_s": left, "prefix_key": one.keep}, state)

    def _unseen(self, key: str) -> bool:
        """Tell whether this process was not given a prefix yet, and note that it is now."""
        if not key or key in self._given:
            return False
        self._given.add(key)
        return True

    def _heard(self, header: dict[str, Any], body: bytes) -> bool:
        """Take a frame; False when there will be no model."""
        if "ready" in header:
            return self._begun(header)
        if "prefix" in header:
            self._store.put(str(header["prefix"]), body)
            return True
        with self._lock:
            request = self._open.get(int(header.get("id", 0)))
            if request is not None and "piece" not in header:
                del self._open[int(header["id"])]
        if request is None:
            return True
        if "piece" in header:
            if request.on_piece is not None:
                request.on_piece(str(header["piece"]))
            return True
        self._count(header)
        self._deaths = self._failures = 0
        self._reason = ""
        request.end(header)
        return True

    def _count(self, header: Mapping[str, Any]) -> None:
        mine = self.counters
        mine.answered += 1
        mine.evaluated += int(header.get("evaluated", 0))
        mine.reused += int(header.get("reused", 0))
        mine.generated += len(header.get("said", ()))

    def _begun(self, header: Mapping[str, Any]) -> bool:
        if header["ready"] is not True:
            self._back_off(str(header.get("reason", "the model does not start")))
            return False
        self._given.clear()
        self._model = ChatModel(
            untrusted_architecture=str(header["untrusted_architecture"]),
            untrusted_template=str(header["untrusted_template"]),
            marks=frozenset(str(one) for one in header["marks"]),
            cells=int(header["cells"]),
            recurrent=bool(header["recurrent"]),
            threads=int(header["threads"]),
            layers=tuple(str(one) for one in header["layers"]),
        )
        self._loaded = True
        self._reason = ""
        return True

    def _died(self, reason: str) -> None:
        """Keep what may be asked again of a new process; end the rest."""
        if not self._loaded or self._deaths + 1 >= _DEATHS:
            self._back_off(reason)
            return
        self._deaths += 1
        with self._lock:
            again, left = self._open.died()
        self.counters.retried += again
        if left:
            # Before the end: whoever waited for it may ask why at once.
            self._reason = reason
        for one in left:
            one.end({"ended": "failed"})

    def _back_off(self, reason: str) -> None:
        first, longest = self._set.waits
        wait = min(longest, first * 2 ** min(self._failures, 30))
        self._failures += 1
        self._deaths = 0
        self._reason = reason
        with self._lock:
            self._not_before = time.monotonic() + wait
        self._end_all("failed")

    def _end_all(self, how: str) -> None:
        with self._lock:
            self._open.end_all(how)
