"""Plugins at work: what they have in common, and those that are built in and run in the daemon."""

from __future__ import annotations

import importlib.util
import logging
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from types import ModuleType
from typing import Any

from samantha.adapters.plugin_guard import Failure, guarded
from samantha.adapters.plugin_host import ANSWERS_LIMIT
from samantha.adapters.plugin_host_values import Misfit, valued
from samantha.api.plugin import Answer, Context, Moment, Plugin, Quiet
from samantha.api.types import Kind
from samantha.app.plugin_serving import DOCUMENTS_AT_ONCE
from samantha.app.plugin_troubles import REASON_LIMIT, Troubles
from samantha.app.plugins import Listed, Manifest, PluginState, about_of
from samantha.core.admit import Permissions
from samantha.core.text import inert

log = logging.getLogger(__name__)
ContextOf = Callable[[Permissions, Any], Context]


@dataclass(frozen=True, slots=True)
class Begun:
    """A question that was put to a plugin."""

    answers: Callable[[], Sequence[Answer] | None]
    """Waits for the answers and returns them; None: it was not asked in the end."""
    ready: Callable[[float | None], bool] = lambda until: True
    """Waits until a time of the monotonic clock, or without end; tells whether there are any."""


class Running(ABC):
    """An enabled plugin. One that fails costs its own answer, and is left alone for a while."""

    def __init__(self, manifest: Manifest, troubles: Troubles, about: str) -> None:
        self.manifest = manifest
        self.failures = 0
        self.last_failure = ""
        self.state = PluginState.ENABLED
        """``failed_to_load`` or ``bad_config`` where that is what it failed with."""
        self.detail = ""
        """The last traceback, for the plugin's author; it may quote a document."""
        self._troubles = troubles
        self._given_up = 0
        self._untroubled = False
        """Whether nothing is kept against it; looked up once, as this is asked all the time."""
        self._about = about

    def call(self, moment: Moment, context_of: ContextOf) -> Sequence[Answer]:
        """Ask the plugin; never raises."""
        return self.begin(moment, context_of).answers() or ()

    def begin(self, moment: Moment, context_of: ContextOf) -> Begun:
        """Put a question whose answer need not be waited for at once; nothing of it raises."""
        trouble = self._troubles.of(self.manifest.name, self._about)
        if trouble is not None and trouble.rests(moment.now):
            # Whoever looks at a document by hand is told why this one has nothing to say.
            self.last_failure = trouble.reason
            return Begun(tuple)
        begun = self._begin(moment, context_of)
        return replace(begun, answers=partial(self._answers, moment, begun, trouble is not None))

    def _answers(self, moment: Moment, begun: Begun, troubled: bool) -> Sequence[Answer]:
        before = self.failures
        outcome = guarded(begun.answers)
        if isinstance(outcome, Failure):
            self._failed(moment, outcome.told(), outcome.detail)
            return ()
        if outcome is None:
            self._given_up += 1
            return ()
        # One that failed over an earlier moment may have done so after this one was begun.
        if self.failures == before and (troubled or self.failures):
            self._troubles.over(self.manifest.name)
        answers: Sequence[Answer] = outcome
        return answers

    @property
    def unanswered(self) -> int:
        """How many moments it has given no answer to: over which it failed, or given up behind."""
        return self.failures + self._given_up

    def rests(self, now: datetime) -> bool:
        """Tell whether it is left alone because of what it failed with."""
        if self._untroubled:
            return False
        trouble = self._troubles.of(self.manifest.name, self._about)
        self._untroubled = trouble is None
        return trouble is not None and trouble.rests(now)

    def close(self) -> None:  # noqa: B027 - one that runs in the daemon has nothing to end
        """End what it runs in."""

    @property
    @abstractmethod
    def quiet(self) -> Quiet | None:
        """Of which quiet threads it wants to be told, as far as that is known."""

    @property
    @abstractmethod
    def collections(self) -> tuple[Kind, ...]:
        """Of which kinds of finished work it wants to be told, as far as that is known."""

    @abstractmethod
    def _begin(self, moment: Moment, context_of: ContextOf) -> Begun:
        """Ask the plugin where it runs; whatever its answers raise is its failure."""

    def _failed(self, moment: Moment, reason: str, detail: str = "") -> None:
        self._untroubled = False
        self.failures += 1
        self.last_failure = inert(reason, REASON_LIMIT)
        self.detail = inert(detail, lines=True)
        name = self.manifest.name
        state = "" if self.state is PluginState.ENABLED else str(self.state)
        self._troubles.failed(name, self.last_failure, moment.now, state=state, about=self._about)
        # What a stranger's plugin fails with are its words, and it has read documents: they are
        # kept beside the documents, and not in a log.
        log.info("plugin %s failed; samantha plugins info %s says over what", name, name)


class InDaemon(Running):
    """A built-in plugin, imported into this process."""

    def __init__(
        self, manifest: Manifest, plugin: Plugin, config: Any, troubles: Troubles, about: str
    ) -> None:
        super().__init__(manifest, troubles, about)
        self.plugin = plugin
        self.config = config
        self._quiet = plugin.quiet(config) if plugin.quiet is not None else None

    @property
    def quiet(self) -> Quiet | None:
        """Of which quiet threads it wants to be told."""
        return self._quiet

    @property
    def collections(self) -> tuple[Kind, ...]:
        """Of which kinds of finished work it wants to be told."""
        return self.plugin.collections

    def _begin(self, moment: Moment, context_of: ContextOf) -> Begun:
        return Begun(partial(self._suggested, moment, context_of))

    def _suggested(self, moment: Moment, context_of: ContextOf) -> Sequence[Answer]:
        context = context_of(self.manifest.permissions, self.config)
        # As many as from a host, which is asked about a great moment in parts: a first run brings
        # thousands of mails, the newest last, and each has its answer.
        parts = max(1, -(-len(moment.documents) // DOCUMENTS_AT_ONCE))
        said = islice(self.plugin.suggest(moment, context), parts * ANSWERS_LIMIT)
        return [one for one in said if isinstance(one, Answer)]


def load(manifest: Manifest, table: Mapping[str, Any], troubles: Troubles) -> Running | Listed:
    """Import a built-in plugin into this process and read its configuration."""
    module = guarded(lambda: _module(manifest))
    if isinstance(module, Failure):
        # No document has been read here: the words are the plugin's own.
        reason = inert(f"{module.kind} while importing: {module.words}", REASON_LIMIT)
        return Listed(manifest.name, PluginState.FAILED_TO_LOAD, reason, manifest)
    plugin = getattr(module, "plugin", None)
    if not isinstance(plugin, Plugin):
        reason = "the module does not end in plugin = Plugin(Config, suggest)"
        return Listed(manifest.name, PluginState.FAILED_TO_LOAD, reason, manifest)
    values = {key: one for key, one in table.items() if key != "enabled"}
    try:
        config = valued(values, plugin.config, manifest.name)
    except Misfit as problem:
        reason = f"[plugins.{manifest.name}]: {problem}"
        return Listed(manifest.name, PluginState.BAD_CONFIG, inert(reason, REASON_LIMIT), manifest)
    about = about_of(manifest, None, table)
    made = guarded(lambda: InDaemon(manifest, plugin, config, troubles, about))
    if isinstance(made, Failure):
        reason = inert(f"what it wants to be told of: {made.words}", REASON_LIMIT)
        return Listed(manifest.name, PluginState.FAILED_TO_LOAD, reason, manifest)
    running: InDaemon = made
    return running


def _module(manifest: Manifest) -> ModuleType:
    name = f"samantha_plugins.{manifest.name}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(
        name,
        manifest.folder / "__init__.py",
        submodule_search_locations=[str(manifest.folder)],
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"no __init__.py in {manifest.folder}")
    module = importlib.util.module_from_spec(spec)
    with ExitStack() as undo:
        sys.modules[name] = module
        undo.callback(sys.modules.pop, name, None)
        spec.loader.exec_module(module)
        undo.pop_all()
    return module


def troubled(rows: Iterable[Listed], running: Iterable[Running]) -> list[tuple[str, str]]:
    """Return (name, why) of the plugins that the user may think are at work, and that are not."""
    fine = (PluginState.ENABLED, PluginState.DISABLED, PluginState.NEEDS_CONSENT)
    failed = {one.manifest.name: one for one in running if one.failures}
    found = [
        (row.name, f"{row.state}: {row.reason}")
        for row in rows
        if row.state not in fine and row.name not in failed
    ]
    for name, one in failed.items():
        often = f"it failed {one.failures}×, last over"
        found.append(
            (name, f"{often if one.state in fine else f'{one.state}:'} {one.last_failure}")
        )
    return found
