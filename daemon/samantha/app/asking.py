"""``ask``: a typed question to the local model, joined of prompt, model and strict reading."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import TypeVar

from samantha.adapters.chat import LlamaChat
from samantha.adapters.chat_request import ChatModel, Reply
from samantha.adapters.endpoint import EndpointChat
from samantha.api.asking import Choice, Shape, shape_of
from samantha.api.types import Document, Evidence
from samantha.core.answers import Unanswerable, longest, value_of
from samantha.core.prompting import MARK_CHARACTERS, Prompt, prompt_of
from samantha.core.templates import Family, family_of, thoughtless

T = TypeVar("T")

DOCUMENT_TOKENS = 1_500
"""Of documents a question; a laptop reads some 40 tokens a second with a model of 2.5 GB."""

_ANSWER_TOKENS = 1_024
_SPARE_TOKENS = 64
_SEEN_BEFORE_KEPT = 3
_TRIES = 3
_SAMPLE = 20_000


class Asker:
    """Asks one model. Thread-safe."""

    def __init__(
        self,
        chat: LlamaChat | EndpointChat,
        *,
        urgent: bool = False,
        deadline_s: float = 120.0,
        document_tokens: int = DOCUMENT_TOKENS,
    ) -> None:
        self._chat = chat
        self._urgent = urgent
        self._deadline_s = deadline_s
        self._document_tokens = document_tokens
        self._seen: dict[str, set[str]] = {}

    def ask(
        self,
        question: str,
        about: Document | Sequence[Document],
        answer: type[T],
        *,
        choices: Mapping[str, Sequence[Choice]] = {},
        near: Sequence[Evidence] = (),
    ) -> T | None:
        """Return a value of the type, or None: see ``samantha.api.asking.Ask``."""
        shape = shape_of(answer)
        documents = [about] if isinstance(about, Document) else list(about)
        model = self._chat.model(deadline_s=self._deadline_s, urgent=self._urgent)
        if model is None or not documents:
            return None
        reply = self._reply(question, shape, documents, model, choices, near)
        if reply is None or reply.ended != "stop":
            return None
        value: T | None = value_of(reply.text, shape, documents, choices)
        return value

    def _reply(
        self,
        question: str,
        shape: Shape,
        documents: Sequence[Document],
        model: ChatModel,
        choices: Mapping[str, Sequence[Choice]],
        near: Sequence[Evidence],
    ) -> Reply | None:
        room = min(_ANSWER_TOKENS, longest(shape) + _SPARE_TOKENS)
        tokens = min(self._document_tokens, model.cells // 2)
        characters = self._characters(documents, tokens)
        family, begins = _manner(model)
        reply = None
        for _ in range(_TRIES if characters else 0):
            try:
                prompt = prompt_of(
                    question,
                    shape,
                    documents,
                    family=family,
                    draw=lambda: secrets.token_hex(MARK_CHARACTERS // 2),
                    characters=characters,
                    choices=choices,
                    near=near,
                    answer_begins=begins,
                )
            except Unanswerable:
                return None
            reply = self._sent(prompt, room, self._often(question, documents))
            if reply.ended != "overflow":
                break
            characters //= 2
        return reply

    def _sent(self, prompt: Prompt, room: int, keep: bool) -> Reply:
        return self._chat.start(
            prompt.rest,
            prefix=prompt.prefix,
            keep=keep,
            schema=prompt.schema,
            max_tokens=room,
            deadline_s=self._deadline_s,
            urgent=self._urgent,
        ).wait()

    def _characters(self, documents: Sequence[Document], tokens: int) -> int:
        """Return how many characters of these documents make so many tokens; 0 without a model."""
        sample = "\n".join(one.text[:_SAMPLE] for one in documents)[: 4 * _SAMPLE]
        counted = self._chat.count([sample], deadline_s=self._deadline_s, urgent=self._urgent)
        if not counted:
            return 0
        return max(200, int(tokens * max(1, len(sample)) / max(1, counted[0])))

    def _often(self, question: str, documents: Sequence[Document]) -> bool:
        """Tell whether a question is asked about many documents, so that it holds none of them.

        Only then may its evaluated prefix be kept on disk.
        """
        if len(self._seen) > 1_000:
            self._seen.clear()
        seen = self._seen.setdefault(question, set())
        if len(seen) < _SEEN_BEFORE_KEPT:
            seen.update(str(one.id) for one in documents)
        return len(seen) >= _SEEN_BEFORE_KEPT


def _manner(model: ChatModel) -> tuple[Family, str]:
    marks = model.marks
    family = family_of(model.untrusted_architecture, marks)
    return family, thoughtless(model.untrusted_template, marks)
