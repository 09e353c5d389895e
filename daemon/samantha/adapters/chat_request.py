"""A request to the generative model on its way, and what comes of it."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Parts = Sequence[tuple[str, bool]]
"""Texts of a prompt, and whether they may spell control tokens: a stranger's text never may."""


@dataclass(frozen=True, slots=True)
class Reply:
    """How a request ended, what was said, and what it cost in tokens and seconds."""

    ended: str
    """stop, length, cancelled, deadline, overflow, refused or failed."""
    text: str = ""
    said: tuple[int, ...] = ()
    prompt: int = 0
    evaluated: int = 0
    reused: int = 0
    first_s: float = 0.0
    all_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ChatModel:
    """What the loaded model says of itself. Its texts are a stranger's."""

    untrusted_architecture: str
    untrusted_template: str
    marks: frozenset[str]
    """Texts of its control tokens."""
    cells: int
    recurrent: bool
    threads: int
    layers: tuple[str, ...]
    """Layers of the jail that hold."""


@dataclass(slots=True)
class Counters:
    """What the model has done since the start."""

    asked: int = 0
    answered: int = 0
    retried: int = 0
    starts: int = 0
    evaluated: int = 0
    reused: int = 0
    generated: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of the model: a prompt, the form of the reply, and how long it may take."""

    prefix: Parts
    parts: Parts
    keep: bool
    schema: Mapping[str, Any] | None
    max_tokens: int
    deadline_s: float
    urgent: bool
    stops: Sequence[str]
    heat: float
    seed: int
    on_piece: Callable[[str], None] | None


class Chat(ABC):
    """Asking a model that writes, wherever it runs."""

    def complete(
        self,
        parts: Parts,
        *,
        prefix: Parts = (),
        schema: Mapping[str, Any] | None = None,
        max_tokens: int = 512,
        deadline_s: float = 120.0,
        urgent: bool = False,
    ) -> str | None:
        """Return what the model says after a prompt, or None: see ``start``."""
        reply = self.start(
            parts,
            prefix=prefix,
            schema=schema,
            max_tokens=max_tokens,
            deadline_s=deadline_s,
            urgent=urgent,
        ).wait()
        return reply.text if reply.ended in ("stop", "length") else None

    def start(
        self,
        parts: Parts,
        *,
        prefix: Parts = (),
        keep: bool = True,
        schema: Mapping[str, Any] | None = None,
        max_tokens: int = 512,
        deadline_s: float = 120.0,
        urgent: bool = False,
        stops: Sequence[str] = (),
        heat: float = 0.0,
        seed: int = 0,
        on_piece: Callable[[str], None] | None = None,
    ) -> Request:
        """Ask for the continuation of ``prefix`` and ``parts``; never raises, never waits.

        The prefix is evaluated once for all requests that share it; ``keep`` it on disk only if it
        holds nothing of a document. ``schema``: the reply is JSON of it. ``urgent``: a user waits.
        ``heat`` 0 takes the likeliest tokens. ``on_piece`` gets text as it comes, in a thread of
        this object, and anew from the start if the request has to be sent again.
        """
        return self._begin(
            Wish(
                prefix=prefix,
                parts=parts,
                keep=keep,
                schema=schema,
                max_tokens=max_tokens,
                deadline_s=deadline_s,
                urgent=urgent,
                stops=stops,
                heat=heat,
                seed=seed,
                on_piece=on_piece,
            )
        )

    @abstractmethod
    def _begin(self, wish: Wish) -> Request:
        """Put a wish on its way."""


class Request:
    """One request on its way. ``cancel`` and ``wait`` may be called from any thread."""

    def __init__(
        self,
        header: dict[str, Any],
        deadline: float,
        keep: str,
        on_piece: Callable[[str], None] | None,
        cancelled: Callable[[Request], None],
    ) -> None:
        self.header = header
        self.deadline = deadline
        self.keep = keep
        self.on_piece = on_piece
        self.sent = self.given_up = False
        self.tries = 0
        self.answer: dict[str, Any] = {}
        self._cancelled = cancelled
        self._ended = threading.Event()

    def cancel(self) -> None:
        """Ask for its end; ``wait`` returns soon."""
        self.given_up = True
        self._cancelled(self)

    def wait(self) -> Reply:
        """Wait for the end, which comes by the deadline at the latest, and a little for a hang."""
        self._ended.wait()
        told = self.answer
        return Reply(
            ended=str(told.get("ended", "failed")),
            text=str(told.get("text", "")),
            said=tuple(told.get("said", ())),
            prompt=int(told.get("prompt", 0)),
            evaluated=int(told.get("evaluated", 0)),
            reused=int(told.get("reused", 0)),
            first_s=float(told.get("first_s", 0.0)),
            all_s=float(told.get("all_s", 0.0)),
        )

    def end(self, answer: Mapping[str, Any]) -> None:
        """Set the answer; the first one holds."""
        if not self._ended.is_set():
            self.answer = dict(answer)
            self._ended.set()
