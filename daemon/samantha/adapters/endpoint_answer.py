"""What is asked of a model server, in the ways that servers take it, and how its answer is read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from samantha.adapters.chat_request import Parts
from samantha.core.endpoints import unmarked

MOST_CHARACTERS = 64_000
_OVERFLOW = (
    "exceed_context_size",
    "context_length_exceeded",
    "context length",
    "context size",
    "context window",
)
_QUIET: dict[str, Any] = {"chat_template_kwargs": {"enable_thinking": False}}
# Ollama knows the first alone, vLLM and an older llama-server the second alone.
_MANNERS: tuple[dict[str, Any], ...] = ({"reasoning_effort": "none"} | _QUIET, _QUIET, {})


class Unreadable(Exception):
    """It is no answer; the text says why."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, whatever the server's way to put it."""

    messages: tuple[dict[str, str], ...]
    schema: Mapping[str, Any] | None
    max_tokens: int
    stops: Sequence[str] = ()
    heat: float = 0.0
    seed: int = 0

    def ways(self) -> tuple[dict[str, Any], ...]:
        """Return the fields that hold the reply to the schema, the best way first."""
        if self.schema is None:
            return _MANNERS
        named = {"name": "answer", "strict": True, "schema": self.schema}
        held = {"type": "json_schema", "json_schema": named}
        return (
            *({**manner, "response_format": held} for manner in _MANNERS),
            # llama-cpp-python and older servers of llama.cpp have it so.
            {"response_format": {"type": "json_object", "schema": self.schema}},
            {"response_format": {"type": "json_object"}},
            {},
        )

    def body(self, model: str, way: Mapping[str, Any]) -> bytes:
        """Return the request's bytes."""
        asked: dict[str, Any] = {
            "messages": self.messages,
            "max_tokens": self.max_tokens,
            "temperature": self.heat,
            "seed": self.seed,
            # Only from a streamed answer does every server notice that nobody waits any more.
            "stream": True,
            **way,
        }
        if model:
            asked["model"] = model
        if self.stops:
            asked["stop"] = list(self.stops)
        return json.dumps(asked).encode()


def delicate(way: Mapping[str, Any]) -> bool:
    """Tell whether a server has been seen to die of this way: it compiles the schema unchecked."""
    return "schema" in way.get("response_format", {})


def messages(prefix: Parts, parts: Parts) -> tuple[dict[str, str], ...]:
    """Return a prompt's texts as messages.

    Parts that may spell control tokens are a template's; the server has its own. Texts of
    documents are broken up where they spell some, since a server would take them for such.
    """
    made = []
    for role, some in (("system", prefix), ("user", parts)):
        text = "".join(unmarked(text) for text, control in some if not control)
        if text.strip():
            made.append({"role": role, "content": text})
    return tuple(made)


def overflowed(untrusted_body: bytes) -> bool:
    """Tell whether a refusal is for want of room in the model's context."""
    words = untrusted_body.decode("utf-8", "replace").lower()
    return any(one in words for one in _OVERFLOW)


@dataclass(slots=True)
class Answer:
    """An answer as it comes, streamed or whole."""

    text: str = ""
    ended: str = ""
    prompt: int = 0
    reused: int = 0
    said: int = 0
    empty: bool = True
    """Nothing came at all: servers of llama-cpp-python end so when a prompt is too long."""
    _left: bytearray = field(default_factory=bytearray)
    _streamed: bool | None = None

    def feed(self, untrusted_bytes: bytes) -> str:
        """Take bytes, return the text that came with them; raises ``Unreadable``."""
        self._left += untrusted_bytes
        self.empty = self.empty and not untrusted_bytes.strip()
        if self._streamed is None and (start := bytes(self._left).lstrip()):
            self._streamed = not start.startswith(b"{")
        before = len(self.text)
        if self._streamed and b"\n" in untrusted_bytes:
            *lines, rest = bytes(self._left).split(b"\n")
            self._left = bytearray(rest)
            for line in lines:
                self._line(line.strip())
        return self.text[before:]

    def finish(self) -> None:
        """Take the end of the bytes; raises ``Unreadable`` if the answer is not whole."""
        if self._left.strip():
            left = bytes(self._left).strip()
            self._line(left) if self._streamed else self._take(left, "message")
            self._left.clear()
        if not self.ended:
            raise Unreadable("its answer has no end")

    def _line(self, untrusted_line: bytes) -> None:
        name, _, value = untrusted_line.partition(b":")
        if name == b"error":
            raise Unreadable("it reports an error")
        if name != b"data":
            return
        value = value.strip()
        if value == b"[DONE]":
            self.ended = self.ended or "stop"
        elif value:
            self._take(value, "delta")

    def _take(self, untrusted_value: bytes, field_name: str) -> None:
        try:
            told = json.loads(untrusted_value)
        except (ValueError, RecursionError) as problem:
            raise Unreadable("its answer is no JSON") from problem
        if not isinstance(told, dict) or told.get("error"):
            raise Unreadable("it reports an error")
        self._count(told.get("usage"))
        choices = told.get("choices")
        first = choices[0] if isinstance(choices, list) and choices else {}
        if not isinstance(first, dict):
            raise Unreadable("its answer is none of a chat")
        inner = first.get(field_name)
        piece = inner.get("content") if isinstance(inner, dict) else None
        if isinstance(piece, str):
            self.text += piece
        if len(self.text) > MOST_CHARACTERS:
            raise Unreadable("its answer is too long")
        if reason := first.get("finish_reason"):
            self.ended = reason if reason in ("stop", "length") else "failed"

    def _count(self, usage: object) -> None:
        if isinstance(usage, dict):
            self.prompt = _number(usage.get("prompt_tokens"))
            self.said = _number(usage.get("completion_tokens"))
            details = usage.get("prompt_tokens_details")
            if isinstance(details, dict):
                self.reused = min(self.prompt, _number(details.get("cached_tokens")))


def _number(told: object) -> int:
    return told if type(told) is int and 0 <= told < 10_000_000 else 0
