"""One request to the generative model, from its prompt to its end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from samantha.workers.generator import Generator
from samantha.workers.masks import Mask, MaskError
from samantha.workers.streaming import TextOut

Ended = Literal["", "stop", "length", "cancelled", "deadline", "overflow", "refused"]

MAX_TOKENS = 8_192
_TOP = 40


@dataclass(slots=True)
class Job:
    """A request: what is to be evaluated, what was said. ``done`` tokens of it are evaluated."""

    id: int
    urgent: bool
    """A user waits for it."""
    prefix: tuple[int, ...]
    prefix_key: str
    rest: list[int]
    limit: int
    deadline: float
    stream: bool
    forced: bool
    heat: float
    out: TextOut
    schema: Mapping[str, Any] | None = None
    state: bytes = b""
    """The saved state of its prefix, if the other side has it."""
    mask: Mask | None = None
    chance: Any = None
    sequence: int = -1
    done: int = 0
    said: list[int] = field(default_factory=list)
    ended: Ended = ""
    evaluated: int = 0
    reused: int = 0
    started: float = 0.0
    first: float = 0.0

    @property
    def length(self) -> int:
        """Tokens of the prompt and of what was said."""
        return len(self.prefix) + len(self.rest) + len(self.said)

    @property
    def cells(self) -> int:
        """Tokens that it may come to, without its prefix."""
        return len(self.rest) + self.limit

    def pending(self, room: int) -> list[int]:
        """Return the next tokens to evaluate, at most so many."""
        return self.between(self.done, min(self.length, self.done + room))

    def between(self, start: int, end: int) -> list[int]:
        """Return tokens by their positions."""
        found: list[int] = []
        at = 0
        for part in (self.prefix, self.rest, self.said):
            low, high = max(start - at, 0), min(end - at, len(part))
            if low < high:
                found += part[low:high]
            at += len(part)
        return found

    def says(self, generator: Generator, logits: Any) -> str:
        """Choose the next token and return the text that is certain by it; may end the job."""
        try:
            if self.mask is not None:
                logits = self.mask.apply(logits)
            token = _chosen(logits, self.heat, self.chance)
            if generator.ends(token):
                self.ended = "stop"
                return self.out.end()
            if self.mask is not None:
                self.mask.take(token)
            text = self._say(generator, token)
            if self.mask is not None and self.forced and not self.ended:
                for one in self.mask.forced():
                    text += self._say(generator, one)
        except MaskError:
            self.ended = "refused"
            return ""
        if self.mask is not None and self.mask.finished and self.ended != "length":
            self.ended = "stop"
        return text + self.out.end() if self.ended else text

    def _say(self, generator: Generator, token: int) -> str:
        if self.ended:
            return ""
        self.said.append(token)
        text = self.out.feed(generator.piece(token))
        if self.out.stopped:
            self.ended = "stop"
        elif len(self.said) >= self.limit:
            self.ended = "length"
        return text

    def report(self) -> dict[str, Any]:
        """Return how it ended, as it is sent."""
        now = time.monotonic()
        return {
            "id": self.id,
            "ended": self.ended,
            "text": self.out.text,
            "said": self.said,
            "prompt": len(self.prefix) + len(self.rest),
            "evaluated": self.evaluated,
            "reused": self.reused,
            "first_s": self.first - self.started if self.first else 0.0,
            "all_s": now - self.started if self.started else 0.0,
        }


def job_of(header: Mapping[str, Any], state: bytes, generator: Generator) -> Job:
    """Return the job that a request describes; its mask is still to be made."""
    prefix = [(str(text), bool(control)) for text, control in header["prefix"]]
    rest = [(str(text), bool(control)) for text, control in header["parts"]]
    heat = float(header.get("heat", 0.0))
    return Job(
        id=int(header["id"]),
        urgent=bool(header.get("urgent")),
        prefix=tuple(generator.tokens(prefix, begin=True)) if prefix else (),
        prefix_key=str(header.get("prefix_key", "")),
        rest=generator.tokens(rest, begin=not prefix),
        limit=max(1, min(MAX_TOKENS, int(header["max_tokens"]))),
        deadline=time.monotonic() + float(header["deadline_s"]),
        stream=bool(header.get("stream")),
        forced=bool(header.get("forced", True)),
        heat=heat,
        out=TextOut([str(one) for one in header.get("stops", ())]),
        schema=header.get("schema"),
        state=state,
        chance=_chance(int(header.get("seed", 0))) if heat > 0 else None,
    )


def _chance(seed: int) -> Any:
    import numpy as np

    return np.random.default_rng(seed)


def _chosen(logits: Any, heat: float, chance: Any) -> int:
    """Return the likeliest token, or by chance one of the likeliest, at that temperature."""
    import numpy as np

    if heat <= 0:
        return int(np.argmax(logits))
    places = (
        np.argpartition(logits, -_TOP)[-_TOP:] if len(logits) > _TOP else np.arange(len(logits))
    )
    values = logits[places].astype(np.float64) / heat
    weights = np.exp(values - values.max())
    return int(chance.choice(places, p=weights / weights.sum()))
