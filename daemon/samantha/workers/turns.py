"""Many requests to one model: who is evaluated next, in which batch, on which copy of a prefix.

A request for which a user waits is evaluated alone; those of the background share batches. A
prefix (instructions, schema, examples) is evaluated once and copied to each request; a request
that is pushed out, or whose evaluation was broken off, begins again from that copy.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from samantha.workers.generator import BATCH, Generator, GeneratorError, Outcome, Span
from samantha.workers.jobs import Job
from samantha.workers.masks import MaskError, Masks

RUNNING = 8
"""Requests that share a batch."""
PREFIXES = 4
SEQUENCES = RUNNING + PREFIXES
SHORTEST_PREFIX = 16
READ_TOGETHER = 64
"""Tokens of prompts in a batch from which on no further prompt is begun in it.

More of them are read no faster, and every token looks at the cells of all that is being read: eight
short documents behind one long prefix took a quarter longer together than one after the other.
"""

Send = Callable[[Mapping[str, Any], bytes], None]
Hand = Callable[[bool, Callable[[], Outcome]], Outcome]
"""Runs a piece of work with the priority of a waiting user (True) or of the background."""


@dataclass(slots=True)
class Prefix:
    """A prefix that is kept: its tokens, and how many of them are evaluated."""

    tokens: tuple[int, ...]
    key: str
    sequence: int
    done: int = 0
    used: float = 0.0
    stored: bool = False
    """Whether the other side has its state."""

    @property
    def ready(self) -> bool:
        """Whether it can be copied."""
        return self.done == len(self.tokens)


@dataclass(slots=True)
class _Plan:
    """What one batch holds: spans, and whose they are."""

    spans: list[Span] = field(default_factory=list)
    jobs: list[tuple[Job, int]] = field(default_factory=list)
    prefix: tuple[Prefix, Job, int] | None = None

    @property
    def room(self) -> int:
        return BATCH - sum(len(span.tokens) for span in self.spans)

    @property
    def full(self) -> bool:
        """Whether enough of prompts is read in it; those that speak still get their token."""
        return sum(len(span.tokens) for span in self.spans if len(span.tokens) > 1) >= READ_TOGETHER


class Turns:
    """All requests. ``add`` and ``cancel`` may be called from any thread, ``step`` from one."""

    def __init__(self, generator: Generator, send: Send, hand: Hand) -> None:
        self._generator = generator
        self._masks = Masks(generator)
        self._send = send
        self._hand = hand
        self._change = threading.Condition()
        self._waiting: list[Job] = []
        self._running: list[Job] = []
        self._batch: list[Job] = []
        self._prefixes: dict[tuple[int, ...], Prefix] = {}
        self._closed = False
        self.evaluated = 0
        self.reused = 0

    # --- from any thread -------------------------------------------------------------------

    def add(self, job: Job) -> None:
        """Queue a request; one for which a user waits breaks off what the background does."""
        with self._change:
            job.started = time.monotonic()
            self._waiting.append(job)
            self._waiting.sort(key=lambda one: not one.urgent)
            if job.urgent and self._batch and not any(one.urgent for one in self._batch):
                self._generator.stop()
            self._change.notify()

    def cancel(self, job_id: int) -> None:
        """End a request, while it runs too."""
        self._end(lambda job: job.id == job_id, "cancelled")

    def expire(self) -> float | None:
        """End what is past its deadline; return the seconds until the next one."""
        now = time.monotonic()
        self._end(lambda job: job.deadline <= now, "deadline")
        with self._change:
            every = [
                job.deadline - now for job in (*self._waiting, *self._running) if not job.ended
            ]
            return max(0.0, min(every)) if every else None

    def close(self) -> None:
        """Make ``step`` return False, at once."""
        with self._change:
            self._closed = True
            self._generator.stop()
            self._change.notify()

    def _end(self, which: Callable[[Job], bool], how: Any) -> None:
        with self._change:
            for job in (*self._waiting, *self._running):
                if which(job) and not job.ended:
                    job.ended = how
                    if job in self._batch:
                        self._generator.stop()
                    self._change.notify()

    # --- from the one thread ---------------------------------------------------------------

    def step(self) -> bool:
        """Wait for work and evaluate one batch of it; False when it is over."""
        with self._change:
            while not self._closed and not self._waiting and not self._running:
                self._change.wait()
            if self._closed:
                return False
            new = [job for job in self._waiting if job.schema and not job.mask and not job.ended]
        self._constrain(new)
        with self._change:
            self._sweep()
            self._admit()
            plan = self._planned()
            self._batch = [job for job, _ in plan.jobs]
            if plan.prefix is not None:
                self._batch.append(plan.prefix[1])
            self._generator.go_on()
        if plan.spans:
            self._evaluate(plan)
        with self._change:
            self._batch = []
            self._sweep()
        return True

    def _constrain(self, jobs: list[Job]) -> None:
        """Make masks; not under the lock, since the first takes a second."""
        for job in jobs:
            try:
                job.mask = self._masks.of(job.schema or {})
            except MaskError:
                job.ended = "refused"

    def _sweep(self) -> None:
        """Send off what has ended, and free its place."""
        for job in [one for one in (*self._waiting, *self._running) if one.ended]:
            if job in self._running:
                self._running.remove(job)
                self._generator.drop(job.sequence)
            else:
                self._waiting.remove(job)
            if job.ended in ("cancelled", "deadline"):
                job.out.end()
            self._send(job.report(), b"")

    def _admit(self) -> None:
        """Give waiting requests a sequence, as long as there are cells for all they may say."""
        for job in list(self._waiting):
            if len(job.prefix) + len(job.rest) + 1 >= self._generator.cells:
                job.ended = "overflow"
                continue
            job.limit = min(job.limit, self._generator.cells - len(job.prefix) - len(job.rest))
            while not self._fits(job) and self._make_room(job):
                pass
            if not self._fits(job):
                break
            self._waiting.remove(job)
            self._running.append(job)
            job.sequence = self._free(range(RUNNING), [one.sequence for one in self._running])
            job.done = 0
            self._generator.drop(job.sequence)
            self._recall(job)
        self._sweep()

    def _fits(self, job: Job) -> bool:
        if len(self._running) >= RUNNING:
            return False
        taken = sum(len(one.tokens) for one in self._prefixes.values())
        for one in self._running:
            taken += one.cells + (0 if one.prefix in self._prefixes else len(one.prefix))
        more = 0 if job.prefix in self._prefixes else len(job.prefix)
        return taken + more + job.cells <= self._generator.cells

    def _make_room(self, job: Job) -> bool:
        """Forget the prefix that was unused the longest; for a user, put off the background."""
        used = {one.prefix for one in self._running} | {job.prefix}
        idle = [one for one in self._prefixes.values() if one.tokens not in used]
        if idle and len(self._running) < RUNNING:
            self._forget(min(idle, key=lambda one: one.used))
            return True
        patient = [one for one in self._running if not one.urgent]
        if job.urgent and patient:
            self._put_off(patient[-1])
            return True
        return False

    def _put_off(self, job: Job) -> None:
        self._running.remove(job)
        self._generator.drop(job.sequence)
        job.sequence, job.done = -1, 0
        self._waiting.append(job)

    def _forget(self, prefix: Prefix) -> None:
        self._generator.drop(prefix.sequence)
        del self._prefixes[prefix.tokens]

    def _kept(self, job: Job) -> Prefix | None:
        """Return the kept prefix of a job, a new one if need be; None where it is not worth it."""
        if len(job.prefix) < SHORTEST_PREFIX:
            return None
        prefix = self._prefixes.get(job.prefix)
        if prefix is None:
            if len(self._prefixes) == PREFIXES:
                used = {one.prefix for one in self._running}
                idle = [one for one in self._prefixes.values() if one.tokens not in used]
                if not idle:
                    return None
                self._forget(min(idle, key=lambda one: one.used))
            taken = [one.sequence for one in self._prefixes.values()]
            sequence = self._free(range(RUNNING, SEQUENCES), taken)
            self._generator.drop(sequence)
            prefix = self._prefixes[job.prefix] = Prefix(job.prefix, job.prefix_key, sequence)
        prefix.used = time.monotonic()
        return prefix

    def _recall(self, job: Job) -> None:
        """Keep the job's prefix, and take its saved state if it is that of this very prefix."""
        prefix = self._kept(job)
        state, job.state = job.state, b""
        if prefix is None:
            return
        prefix.key = prefix.key or job.prefix_key
        self._offer(prefix)
        if prefix.done or not state:
            return
        if self._generator.restore(prefix.sequence, state, len(prefix.tokens)):
            prefix.done, prefix.stored = len(prefix.tokens), True

    @staticmethod
    def _free(numbers: range, taken: list[int]) -> int:
        return next(n for n in numbers if n not in taken)

    # --- one batch -------------------------------------------------------------------------

    def _planned(self) -> _Plan:
        plan = _Plan()
        urgent = [job for job in self._running if job.urgent]
        # Those that are speaking first: one token each, so that none waits for a long prompt.
        chosen = sorted(urgent or self._running, key=lambda job: job.length - job.done)
        for job in chosen:
            if plan.full and job.length - job.done > 1:
                continue
            prefix = self._prefixes.get(job.prefix)
            if job.done == 0 and prefix is not None:
                if not prefix.ready:
                    self._plan_prefix(plan, prefix, job)
                    continue
                self._generator.copy(prefix.sequence, job.sequence)
                job.done = prefix.done
                job.reused += prefix.done
                self.reused += prefix.done
            tokens = job.pending(plan.room)
            if tokens:
                last = job.done + len(tokens) == job.length
                plan.spans.append(Span(job.sequence, job.done, tokens, last))
                plan.jobs.append((job, len(tokens)))
        return plan

    @staticmethod
    def _plan_prefix(plan: _Plan, prefix: Prefix, job: Job) -> None:
        if plan.prefix is not None or not plan.room:
            return
        tokens = prefix.tokens[prefix.done : prefix.done + plan.room]
        plan.spans.append(Span(prefix.sequence, prefix.done, tokens, False))
        plan.prefix = (prefix, job, len(tokens))

    def _evaluate(self, plan: _Plan) -> None:
        urgent = any(job.urgent for job in self._batch)
        outcome = self._hand(urgent, lambda: self._generator.decode(plan.spans))
        if outcome == "aborted":
            self._mend(plan)
        elif outcome == "full":
            self._relieve(plan)
        else:
            self._done(plan)

    def _done(self, plan: _Plan) -> None:
        if plan.prefix is not None:
            prefix, job, count = plan.prefix
            prefix.done += count
            job.evaluated += count
            # The first to need it has not reused it.
            job.reused -= count
            self.evaluated += count
            self.reused -= count
            self._offer(prefix)
        place = -1
        told = {span.sequence: span for span in plan.spans}
        places = {}
        for span in plan.spans:
            place += len(span.tokens)
            places[span.sequence] = place
        for job, count in plan.jobs:
            job.done += count
            job.evaluated += count
            self.evaluated += count
            if told[job.sequence].answer and not job.ended:
                self._say(job, self._generator.logits(places[job.sequence]))

    def _say(self, job: Job, logits: Any) -> None:
        if not job.first:
            job.first = time.monotonic()
        text = job.says(self._generator, logits)
        if job.stream and text:
            self._send({"id": job.id, "piece": text}, b"")

    def _offer(self, prefix: Prefix) -> None:
        """Hand the state of a new prefix over, to be kept on disk."""
        if prefix.ready and prefix.key and not prefix.stored:
            prefix.stored = True
            head = {"prefix": prefix.key, "tokens": len(prefix.tokens)}
            self._send(head, self._generator.state(prefix.sequence))

    def _mend(self, plan: _Plan) -> None:
        """After an evaluation that was broken off: begin where it began, or from the prefix."""
        for job, _ in plan.jobs:
            if not job.ended and not self._generator.cut(job.sequence, job.done):
                job.done = 0
        if plan.prefix is not None:
            prefix = plan.prefix[0]
            if not self._generator.cut(prefix.sequence, prefix.done):
                prefix.done = 0

    def _relieve(self, plan: _Plan) -> None:
        """Nothing was evaluated for want of cells: fewer requests at a time, or an end."""
        with self._change:
            used = {one.prefix for one in self._running}
            idle = [one for one in self._prefixes.values() if one.tokens not in used]
            if idle:
                self._forget(min(idle, key=lambda one: one.used))
            elif len(self._running) > 1:
                self._put_off(self._running[-1])
            elif self._running:
                self._running[0].ended = "overflow"
            else:
                raise GeneratorError("llama.cpp finds no room for nothing")
