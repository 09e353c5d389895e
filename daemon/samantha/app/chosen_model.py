"""The instruct model that the user chose, if any: follows the choice, and answers each once."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from samantha.adapters.model_files import ModelFiles, folder_in
from samantha.api.asking import Choice
from samantha.api.errors import UserError
from samantha.api.types import Document, Evidence
from samantha.app.config import Model
from samantha.app.places import Places
from samantha.core.endpoints import endpoint_of, where
from samantha.core.ports import State
from samantha.core.text import inert

if TYPE_CHECKING:
    from samantha.adapters.chat import LlamaChat
    from samantha.adapters.endpoint import EndpointChat
    from samantha.app.asking import Asker

CHOICE = "model/chat"
"""The setting that names the model in use; '' for none."""
REMEMBERED = 256
PATIENCE_S = 120.0
"""What new answers may take in one turn. A first look at a full mailbox has many candidates, and a
laptop's model may take half a minute for each: the others keep their templates."""
LEAST_TEXT = 20
"""Characters of a text that is taken for somebody's; a shorter one may be anybody's."""
T = TypeVar("T")


def texts_in(value: object, least: int = LEAST_TEXT) -> Iterator[str]:
    """Yield the texts of a value, on one line each; those of quotes and choices are not its own."""
    if isinstance(value, str) and len(value) >= least:
        yield " ".join(value.split())
    elif isinstance(value, tuple):
        for one in value:
            yield from texts_in(one, least)
    elif is_dataclass(value) and not isinstance(value, Evidence | Choice | type):
        for one in fields(value):
            yield from texts_in(getattr(value, one.name), least)


def _still_given(value: object, choices: Mapping[str, Sequence[Choice]]) -> bool:
    """Tell whether all that an answer points at is among the choices of today.

    Two choices may have one label and differ in what they stand for.
    """
    if isinstance(value, Choice):
        return any(value == one for some in choices.values() for one in some)
    if isinstance(value, tuple):
        return all(_still_given(one, choices) for one in value)
    if is_dataclass(value) and not isinstance(value, Evidence | type):
        return all(_still_given(getattr(value, one.name), choices) for one in fields(value))
    return True


class ChosenModel:
    """Asks the model that is chosen at this moment. Nothing is loaded before the first question."""

    def __init__(
        self, places: Places, state: State, model: Model, *, patience_s: float = PATIENCE_S
    ) -> None:
        self._patience_s = patience_s
        self._places = places
        self._state = state
        self._model = model
        self._turn = threading.Lock()
        self._name = ""
        self._reason = ""
        self._chat: LlamaChat | EndpointChat | None = None
        self._asker: Asker | None = None
        self._answers: OrderedDict[object, object] = OrderedDict()
        self._texts: OrderedDict[str, None] = OrderedDict()
        self._declined: OrderedDict[object, None] = OrderedDict()
        self._spent_s = 0.0

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
        labels = tuple((name, tuple(c.label for c in some)) for name, some in choices.items())
        key = (self._name, question, answer, texts, labels)
        with self._turn:
            known = self._answers.get(key)
        if isinstance(known, answer) and _still_given(known, choices):
            return known
        if self._declines(key):
            return None
        begun = time.monotonic()
        value = asker.ask(question, documents, answer, choices=choices, near=near)
        self._spent_s += time.monotonic() - begun
        if value is not None:
            self._note(texts_in(value))
            with self._turn:
                self._answers[key] = value
                while len(self._answers) > REMEMBERED:
                    self._answers.popitem(last=False)
        return value

    def fresh(self) -> None:
        """Begin a turn: one call of a plugin, one judgement, one offer's words."""
        self._spent_s = 0.0

    def _declines(self, key: object) -> bool:
        """Tell whether there is no time for a question; what was declined once stays so.

        Else a draft would change from template to model at some later look, for no reason of its.
        """
        with self._turn:
            if self._spent_s > self._patience_s:
                self._declined[key] = None
            while len(self._declined) > 4 * REMEMBERED:
                self._declined.popitem(last=False)
            return key in self._declined

    def _note(self, texts: Iterable[str]) -> None:
        with self._turn:
            for text in texts:
                self._texts[text] = None
            while len(self._texts) > REMEMBERED:
                self._texts.popitem(last=False)

    def drafted(self, value: object) -> tuple[str, ...]:
        """Return the texts by the model that stand in a value: in any text of it, in any field.

        Found by comparing, so that no plugin has to be trusted to say so.
        """
        whole = [" ".join(text.split()) for text in texts_in(value, 1)]
        with self._turn:
            known = list(self._texts)
        return tuple(one for one in known if any(one in text for text in whole))

    def state(self) -> tuple[str, str]:
        """Return (state, reason): none, ready, idle, unavailable. Never waits, loads nothing."""
        name = self._chosen()
        if not name:
            return "none", "rules and templates alone; to change that: samantha model list"
        if name == self._name and self._reason:
            return "unavailable", self._reason
        if name == self._name and self._chat is not None:
            state, reason = self._chat.state()
            told = " ".join(part for part in (name, inert(reason, 200), self.where()) if part)
            return state, told
        return "idle", " ".join(part for part in (name, self.where()) if part)

    def where(self) -> str:
        """Return a sentence that says where text goes; '' if it stays on this machine."""
        if not self._model.enabled or not self._model.endpoint:
            return ""
        return where(endpoint_of(self._model.endpoint, self._model.endpoint_public))

    def close(self) -> None:
        """End the process of the model."""
        with self._turn:
            self._drop()

    def _follow(self) -> Asker | None:
        name = self._chosen()
        with self._turn:
            if name != self._name:
                self._drop()
                self._name, self._reason = name, ""
                if name:
                    self._take(name)
            return self._asker

    def _chosen(self) -> str:
        """Return the name of what is asked: a server that is configured goes before a file."""
        if not self._model.enabled:
            return ""
        return self._model.endpoint or self._state.setting(CHOICE)

    def _take(self, name: str) -> None:
        from samantha.adapters.chat import LlamaChat
        from samantha.adapters.endpoint import EndpointChat
        from samantha.app.asking import Asker

        if self._model.endpoint:
            self._chat = EndpointChat(
                self._model.endpoint,
                model=self._model.endpoint_model,
                public=self._model.endpoint_public,
            )
            self._asker = Asker(self._chat)
            return
        try:
            checked = ModelFiles(folder_in(self._places.data)).open_checked(name)
        except UserError as problem:
            self._reason = f"{problem.what} Type: {problem.type_this}"
            return
        os.close(checked.fd)
        self._chat = LlamaChat(
            Path(checked.model.path),
            cache=self._places.cache,
            idle_s=self._model.idle_minutes * 60,
            pin=checked.model.pin,
        )
        self._asker = Asker(self._chat)

    def _drop(self) -> None:
        chat, self._chat, self._asker = self._chat, None, None
        self._answers.clear()
        self._declined.clear()
        if chat is not None:
            chat.close()
