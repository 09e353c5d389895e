"""The instruct model that the user chose, if any: follows the choice, and answers each once."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from samantha.adapters.model_files import ModelFiles, folder_in
from samantha.api.asking import Choice
from samantha.api.errors import UserError
from samantha.api.types import Document, Evidence
from samantha.app.places import Places
from samantha.core.ports import State

if TYPE_CHECKING:
    from samantha.adapters.chat import LlamaChat
    from samantha.app.asking import Asker

CHOICE = "model/chat"
"""The setting that names the model in use; '' for none."""
REMEMBERED = 256
T = TypeVar("T")


class ChosenModel:
    """Asks the model that is chosen at this moment. Nothing is loaded before the first question."""

    def __init__(self, places: Places, state: State, *, idle_s: float, enabled: bool) -> None:
        self._places = places
        self._state = state
        self._idle_s = idle_s
        self._enabled = enabled
        self._turn = threading.Lock()
        self._name = ""
        self._reason = ""
        self._chat: LlamaChat | None = None
        self._asker: Asker | None = None
        self._answers: OrderedDict[object, object] = OrderedDict()

    def ask(
        self,
        question: str,
        about: Document | Sequence[Document],
        answer: type[T],
        *,
        choices: Mapping[str, Sequence[Choice]] = {},
        near: Sequence[Evidence] = (),
    ) -> T | None:
        """Return a value of the type, or None: see ``samantha.api.asking.Ask``.

        The same question about the same bytes is answered from memory: a suggestion that is looked
        at again tomorrow must not come out in other words.
        """
        asker = self._follow()
        if asker is None:
            return None
        documents = [about] if isinstance(about, Document) else list(about)
        texts = tuple((str(d.id), d.fingerprint or d.text) for d in documents)
        key = (self._name, question, answer, texts) if not choices else None
        with self._turn:
            known = self._answers.get(key) if key is not None else None
        if isinstance(known, answer):
            return known
        value = asker.ask(question, documents, answer, choices=choices, near=near)
        if value is not None and key is not None:
            with self._turn:
                self._answers[key] = value
                while len(self._answers) > REMEMBERED:
                    self._answers.popitem(last=False)
        return value

    def state(self) -> tuple[str, str]:
        """Return (state, reason): none, ready, idle, unavailable. Never waits, loads nothing."""
        name = self._state.setting(CHOICE) if self._enabled else ""
        if not name:
            return "none", "rules and templates alone; to change that: samantha model list"
        if name == self._name and self._reason:
            return "unavailable", self._reason
        if name == self._name and self._chat is not None:
            state, reason = self._chat.state()
            return state, f"{name}; {reason}" if reason else name
        return "idle", name

    def close(self) -> None:
        """End the process of the model."""
        with self._turn:
            self._drop()

    def _follow(self) -> Asker | None:
        name = self._state.setting(CHOICE) if self._enabled else ""
        with self._turn:
            if name != self._name:
                self._drop()
                self._name, self._reason = name, ""
                if name:
                    self._take(name)
            return self._asker

    def _take(self, name: str) -> None:
        from samantha.adapters.chat import LlamaChat
        from samantha.app.asking import Asker

        try:
            checked = ModelFiles(folder_in(self._places.data)).open_checked(name)
        except UserError as problem:
            self._reason = f"{problem.what} Type: {problem.type_this}"
            return
        os.close(checked.fd)
        self._chat = LlamaChat(
            Path(checked.model.path),
            cache=self._places.cache,
            idle_s=self._idle_s,
            key=checked.model.sha256,
        )
        self._asker = Asker(self._chat)

    def _drop(self) -> None:
        chat, self._chat, self._asker = self._chat, None, None
        self._answers.clear()
        if chat is not None:
            chat.close()
