"""The daemon's end of a plugin's host: starts the process, talks with it, bounds it, ends it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from samantha.workers.frames import FrameError, FrameTimeout, FrameTooBig
from samantha.workers.process import Worker

ANSWERS_LIMIT = 2_000
"""Answers of one plugin to one moment that are taken: of a great one, to each of its parts."""
WATCHED = "watched"
"""Tells a host that what the plugin does is noted, for a check."""
_START_S = 60.0
NEEDED = frozenset({"no_new_privs", "rlimits", "seccomp", "narrow"})
"""Layers of the jail without which no plugin is run."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one plugin may cost."""

    wall_s: float = 20.0
    """Of a moment, without the time in which the daemon answers the plugin's questions."""
    served_s: float = 20.0
    """Of the daemon's time for the questions of one moment, those to the model apart."""
    cpu_s: int = 120
    """Of the processor, for the life of the process; it is begun anew before that is used up."""
    memory_bytes: int = 512 * 2**20
    said_bytes: int = 4 * 2**20
    """Of one thing the plugin says."""
    questions: int = 5_000
    """To the library, a moment."""
    asked: int = 50
    """Questions to the model, a moment."""
    idle_s: float = 60.0
    """After which the process is ended."""


class HostFailed(Exception):
    """A plugin gave no answer; ``state`` is that of one that cannot be loaded, or ''."""

    def __init__(
        self, reason: str, *, state: str = "", untrusted: bool = False, untrusted_detail: str = ""
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.state = state
        self.untrusted = untrusted
        """Whether the reason is the plugin's own words."""
        self.untrusted_detail = untrusted_detail


Serve = Callable[[str, Any], tuple[Any, float]]
"""Answers a question of the plugin: its name and its parameters, both a stranger's.

It returns the answer and the seconds of the daemon that it cost, without those in the queue.
"""


class PluginHost:
    """One plugin's process, there while it is needed. Thread-safe, one moment at a time."""

    def __init__(
        self,
        name: str,
        files: Mapping[str, bytes],
        table: Mapping[str, Any],
        limits: Limits | None = None,
        *,
        watched: bool = False,
    ) -> None:
        self._name = name
        self._watched = watched
        self._files = dict(files)
        self._table = dict(table)
        self.limits = limits or Limits()
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._idle: threading.Timer | None = None
        self._closed = False
        self._turn = 0
        self._spent_s = 0.0
        self.untrusted_wishes: Mapping[str, Any] = {}
        """Of what the plugin said as it was loaded that it wants to be told."""
        self.layers: tuple[str, ...] = ()
        """The layers of the jail that held when it was last started."""

    @property
    def pid(self) -> int | None:
        """The process id, if one is running."""
        worker = self._worker
        return worker.pid if worker is not None and worker.alive else None

    @property
    def closed(self) -> bool:
        """Whether it was ended for good: what fails then is not the plugin's fault."""
        return self._closed

    def load(self) -> None:
        """Start the process and load the plugin in it; raises ``HostFailed``."""
        with self._lock:
            self._running()
            self._rest_later()

    def suggest(self, message: Mapping[str, Any], serve: Serve) -> Mapping[str, Any]:
        """Ask about one moment and return what was said, a stranger's; raises ``HostFailed``."""
        with self._lock:
            if self._idle is not None:
                self._idle.cancel()
            worker = self._running()
            try:
                return self._moment(worker, message, serve)
            finally:
                self._rest_later()

    def watched(self) -> Mapping[str, Any]:
        """Run the plugin's own tests where it is watched; return what was seen, a stranger's."""
        with self._lock:
            worker = self._running()
            message = {"op": "watched", "files": list(self._files)}
            said, _ = self._said(worker, message, self.limits.wall_s)
            return said

    def close(self) -> None:
        """End the process."""
        # Not under the lock: a moment in progress must not hold up the end.
        self._closed = True
        idle, worker, self._worker = self._idle, self._worker, None
        if idle is not None:
            idle.cancel()
        if worker is not None:
            worker.close()

    # --- a moment ---------------------------------------------------------------------------

    def _moment(
        self, worker: Worker, message: Mapping[str, Any], serve: Serve
    ) -> Mapping[str, Any]:
        limits, left_s = self.limits, self.limits.wall_s
        served_s, questions, asked = 0.0, 0, 0
        said, took_s = self._said(worker, {"op": "suggest", **message}, left_s)
        while isinstance(call := said.get("call"), str):
            left_s -= took_s
            asked += call == "ask"
            questions += call != "ask"
            if questions > limits.questions or asked > limits.asked or served_s > limits.served_s:
                worker.kill()
                raise HostFailed("it asked for more than a plugin may in one moment")
            try:
                answer, cost_s = serve(call, said.get("with"))
            except BaseException:
                # It still waits for this answer: what came next would be taken for it.
                worker.kill()
                raise
            served_s += cost_s if call != "ask" else 0.0
            said, took_s = self._said(worker, answer, left_s)
        if said.get("ok") is not True:
            failed = _failure(said)
            # Whether it can be loaded was found out before.
            failed.state = ""
            raise failed
        return said

    def _said(
        self, worker: Worker, message: Mapping[str, Any], left_s: float, body: bytes = b""
    ) -> tuple[dict[str, Any], float]:
        """Say one thing and return what is said to it, with the seconds it took."""
        self._turn += 1
        begun = time.monotonic()
        try:
            said, _ = worker.request({"turn": self._turn, **message}, body, max(0.0, left_s))
        except FrameTimeout:
            raise HostFailed(f"it took longer than {self.limits.wall_s:.0f} s") from None
        except FrameTooBig:
            raise HostFailed("it said more than a plugin may") from None
        except FrameError:
            raise HostFailed(_death(worker.returncode)) from None
        took_s = time.monotonic() - begun
        self._spent_s += took_s
        if said.get("turn") != self._turn:
            # Something that was said before anyone asked: the pipe is out of step.
            worker.kill()
            raise HostFailed("it spoke out of turn")
        return said, took_s

    # --- the process ------------------------------------------------------------------------

    def _running(self) -> Worker:
        if self._closed:
            raise HostFailed("samantha is ending")
        worker = self._worker
        if worker is not None and (
            not worker.alive or self._spent_s > self.limits.cpu_s - 2 * self.limits.wall_s
        ):
            worker.close()
            worker = self._worker = None
        if worker is None:
            worker = self._started()
            if self._closed:
                worker.close()
                raise HostFailed("samantha is ending")
            self._worker = worker
        return worker

    def _started(self) -> Worker:
        limits, self._spent_s = self.limits, 0.0
        worker = Worker(
            "samantha.workers.plugin_host",
            args=(str(limits.cpu_s), str(limits.memory_bytes), *([WATCHED] * self._watched)),
            max_bytes=limits.said_bytes,
        )
        try:
            said, _ = self._said(worker, {"op": "layers"}, _START_S)
            layers = said.get("layers")
            self.layers = tuple(str(one) for one in layers) if isinstance(layers, list) else ()
            if not set(self.layers) >= NEEDED:
                raise HostFailed("this system cannot keep a plugin in a jail", state=_NO_LOAD)
            files = [[path, len(data)] for path, data in self._files.items()]
            load = {"op": "load", "name": self._name, "files": files, "table": self._table}
            said, _ = self._said(worker, load, limits.wall_s, b"".join(self._files.values()))
            if said.get("ok") is not True:
                raise _failure(said)
            if self._watched:
                self._said(worker, {"op": "watch"}, limits.wall_s)
            wishes = said.get("wishes")
            self.untrusted_wishes = wishes if isinstance(wishes, dict) else {}
        except HostFailed as problem:
            worker.close()
            problem.state = problem.state or _NO_LOAD
            raise
        return worker

    def _rest_later(self) -> None:
        if self._closed:
            return
        if self._idle is not None:
            self._idle.cancel()
        self._idle = threading.Timer(self.limits.idle_s, self._rest)
        self._idle.daemon = True
        self._idle.start()

    def _rest(self) -> None:
        """End the process that nobody needed; one that is at work is left alone."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            worker, self._worker = self._worker, None
        finally:
            self._lock.release()
        if worker is not None:
            worker.close()


_NO_LOAD = "failed_to_load"
_STATES: Sequence[str] = (_NO_LOAD, "bad_config")


def _failure(said: Mapping[str, Any]) -> HostFailed:
    reason, state, detail = (said.get(key) for key in ("reason", "state", "detail"))
    return HostFailed(
        reason if isinstance(reason, str) and reason else "it answered with no proper value",
        state=state if isinstance(state, str) and state in _STATES else "",
        untrusted=True,
        untrusted_detail=detail if isinstance(detail, str) else "",
    )


def _death(code: int | None) -> str:
    if code == 12:
        return "it needs more memory than a plugin may have"
    if code in (-24, -27):
        return "it used up its time on the processor"
    return "its process ended over it"
