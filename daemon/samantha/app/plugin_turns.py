"""The plugins' turns at one moment: asked at the same time, and none waits for one that hangs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from samantha.api.asking import Choice
from samantha.api.plugin import Answer, Context, Moment
from samantha.api.types import Document, Evidence, Suggestion
from samantha.app.chosen_model import ChosenModel
from samantha.app.plugin_desk import Desk
from samantha.app.running import Begun, ContextOf, Running
from samantha.core.admit import Permissions
from samantha.core.engine import LoadedPlugin
from samantha.core.ports import Offer
from samantha.core.shape import misshapen

PATIENCE_S = 3.0
"""How long the daemon waits for hosts before it goes on with what the others answered."""
T = TypeVar("T")
Happened = Callable[[Moment, Sequence[LoadedPlugin], str], list[Offer]]


@dataclass(slots=True)
class _Model:
    """The model as one plugin asks it at one moment: remembers whether it answered."""

    chosen: ChosenModel
    answered: bool = False

    def ask(
        self,
        question: str,
        about: Document | Sequence[Document],
        answer: type[T],
        *,
        choices: Mapping[str, Sequence[Choice]] = {},
        near: Sequence[Evidence] = (),
    ) -> T | None:
        value = self.chosen.ask(question, about, answer, choices=choices, near=near)
        self.answered = self.answered or value is not None
        return value


@dataclass(slots=True)
class Turn:
    """One plugin's turn at one moment."""

    running: Running
    turns: Turns
    trace: str
    _model: _Model = field(init=False)
    _begun: Begun | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._model = _Model(self.turns.chosen)

    def loaded(self) -> LoadedPlugin:
        """Return the plugin as the engine calls it."""
        manifest = self.running.manifest
        return LoadedPlugin(
            manifest.name, manifest.permissions, self._call, self._begin, self.failures
        )

    def failures(self) -> int:
        """Return how many moments the plugin has given no answer to so far."""
        return self.running.unanswered

    def ready(self) -> bool:
        """Tell whether there is an answer by now."""
        return self._begun is not None and self._begun.ready(0.0)

    def said(self, moment: Moment) -> Sequence[Answer]:
        """Return the answers; what was written with a model says so, and where its text went."""
        if self._begun is None:
            self._begin(moment)
        assert self._begun is not None
        chosen = self.turns.chosen
        chosen.fresh()
        answers = [marked(one, chosen) for one in self._begun.answers() or ()]
        left = chosen.where() if self._model.answered else ""
        if not left:
            return answers
        return [
            replace(one, why=f"{one.why} {left}") if isinstance(one, Suggestion) else one
            for one in answers
        ]

    def _begin(self, moment: Moment) -> None:
        self._begun = self.running.begin(moment, self._context)

    def _call(self, moment: Moment) -> Sequence[Answer] | None:
        begun = self._begun
        if begun is not None and not begun.ready(self.turns.until()):
            self.turns.late.append((self, moment))
            return None
        return self.said(moment)

    def _context(self, permissions: Permissions, config: Any) -> Context:
        return replace(self.turns.context(permissions, config), ask=self._model.ask)


@dataclass(slots=True)
class Turns:
    """All plugins at one moment after the other."""

    running: Sequence[Running]
    context: ContextOf
    chosen: ChosenModel
    desk: Desk
    patience_s: float = PATIENCE_S
    late: list[tuple[Turn, Moment]] = field(default_factory=list)
    """Turns that were not over when the engine went on."""
    _until: float | None = None

    def loaded(self, trace: str) -> list[LoadedPlugin]:
        """Return the plugins as the engine calls them at one moment."""
        self._until = None
        return [Turn(one, self, trace).loaded() for one in self.running]

    def until(self) -> float | None:
        """Return until when hosts are waited for: without end where no loop comes back."""
        if self.desk.woken is None:
            return None
        if self._until is None:
            self._until = time.monotonic() + self.patience_s
        return self._until

    def arrived(self, happened: Happened) -> list[Offer]:
        """Answer what hosts ask by now, and let the engine have what they have answered."""
        self.desk.turn()
        made: list[Offer] = []
        for turn, moment in [one for one in self.late if one[0].ready()]:
            # One by one: what breaks off over an answer, a full disk say, loses none of the others.
            self.late.remove((turn, moment))
            manifest = turn.running.manifest
            answered = LoadedPlugin(
                manifest.name, manifest.permissions, turn.said, failures=turn.failures
            )
            made += happened(moment, [answered], turn.trace)
        return made


def marked(answer: Answer, chosen: ChosenModel) -> Answer:
    """Say which words of an action are the local model's draft, whatever the plugin says."""
    if not isinstance(answer, Suggestion) or misshapen(answer):
        return answer
    drafted = chosen.drafted(answer.action)
    why = answer.why
    if drafted and "local model" not in why:
        why = f"{why} The local model drafted a part of it: read it."
    return replace(answer, why=why, drafted=drafted)
