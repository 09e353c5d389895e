"""A plugin in a host: what the daemon does for it, and what it takes from it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from samantha.adapters.plugin_guard import Failure
from samantha.adapters.plugin_host import ANSWERS_LIMIT, HostFailed, Limits, PluginHost
from samantha.adapters.plugin_host_values import Misfit, free, valued
from samantha.api.plugin import Answer, Context, Moment, Quiet
from samantha.api.types import Kind
from samantha.app.plugin_desk import Desk, Thinking
from samantha.app.plugin_files import Snapshot
from samantha.app.plugin_serving import Serving, message, moments
from samantha.app.plugin_troubles import REASON_LIMIT, Troubles
from samantha.app.plugins import Listed, Manifest, PluginState, about_of
from samantha.app.running import Begun, ContextOf, Running
from samantha.core.moments import is_wish
from samantha.core.text import inert

_ERROR = re.compile(r"[A-Za-z_]\w{0,59}( in [\w./-]{1,80} line \d{1,6})?", re.ASCII)


MOST_WAITING = 8
"""Moments that may wait for a plugin which takes long: with more, it is waited for."""
_IN_A_ROW = 2
"""Failures after which what waited behind them is given up: a plugin that hangs does so again."""


@dataclass(slots=True)
class _Asked:
    """What a host said about the parts of one moment, and what it failed with."""

    said: list[Mapping[str, Any]] = field(default_factory=list)
    failed: HostFailed | None = None
    given_up: bool = False
    """It was not asked, because of what it failed with over the moments before."""


class Hosted(Running):
    """A plugin in a process of its own, which it cannot leave."""

    def __init__(
        self,
        manifest: Manifest,
        files: Snapshot,
        table: Mapping[str, Any],
        troubles: Troubles,
        limits: Limits | None = None,
        desk: Desk | None = None,
        *,
        watched: bool = False,
    ) -> None:
        super().__init__(manifest, troubles, about_of(manifest, files, table))
        self._desk = desk or Desk()
        self._last: Thinking | None = None
        self._open = 0
        """Questions whose outcome was not looked at yet."""
        self._in_a_row = 0
        self._wished: tuple[object, tuple[Quiet | None, tuple[Kind, ...]]] | None = None
        # TOML has dates, JSON has not: they travel as text.
        values = {key: free(one) for key, one in table.items() if key != "enabled"}
        self.host = PluginHost(manifest.name, files.files, values, limits, watched=watched)

    def check(self) -> Listed:
        """Start the host and load the plugin: whether it could run, and why not."""
        manifest = self.manifest
        try:
            self.host.load()
        except HostFailed as problem:
            self._note_state(problem)
            self.detail = inert(problem.untrusted_detail, lines=True)
            return Listed(manifest.name, self.state, self._told(problem), manifest)
        self.state = PluginState.ENABLED
        return Listed(manifest.name, PluginState.ENABLED, "", manifest)

    @property
    def quiet(self) -> Quiet | None:
        """Of which quiet threads it wants to be told; it is known once it was loaded."""
        return self._wishes()[0]

    @property
    def collections(self) -> tuple[Kind, ...]:
        """Of which kinds of finished work it wants to be told; known once it was loaded."""
        return self._wishes()[1]

    def _wishes(self) -> tuple[Quiet | None, tuple[Kind, ...]]:
        """Return what it wants to be told of: looked at once for each start, as it may be long."""
        raw, wishes = self.host.untrusted_wishes, self._wished
        if wishes is None or wishes[0] is not raw:
            quiet = _valued_or_none(raw.get("quiet"), Quiet)
            kinds = _valued_or_none(raw.get("collections"), tuple[Kind, ...]) or ()
            wishes = (raw, (quiet if is_wish(quiet) else None, tuple(dict.fromkeys(kinds))))
            self._wished = wishes
        return wishes[1]

    def close(self) -> None:
        """End the process."""
        self.host.close()

    def _begin(self, moment: Moment, context_of: ContextOf) -> Begun:
        last = self._last
        while last is not None and last.before >= MOST_WAITING:
            self._desk.work(lambda: last.before < MOST_WAITING, None)
        if not self._open:
            # All it failed with is known by now, and it is not left alone: so it is tried again.
            self._in_a_row = 0
        asked, permissions = _Asked(), self.manifest.permissions
        parts = [
            (part, context_of(permissions, None)) for part in moments(moment, permissions.media())
        ]
        thinking = Thinking(partial(self._ask, parts, asked), self._desk, last)
        self._last = thinking
        self._open += 1
        return Begun(partial(self._said, moment, thinking, asked), thinking.ready)

    def _ask(self, parts: Sequence[tuple[Moment, Context]], asked: _Asked) -> None:
        """Ask in a thread that waits: nothing of the daemon but the desk is touched here."""
        if self._in_a_row >= _IN_A_ROW:
            asked.given_up = True
            return
        for part, context in parts:
            serving = Serving(context, part.documents)

            def serve(name: str, raw: Any, serving: Serving = serving) -> tuple[Any, float]:
                return self._desk.served(partial(serving, name, raw))

            try:
                asked.said.append(self.host.suggest(message(part, context), serve))
            except HostFailed as problem:
                asked.failed = problem
                self._in_a_row += 1
                return
        self._in_a_row = 0

    def _said(self, moment: Moment, thinking: Thinking, asked: _Asked) -> Sequence[Answer] | None:
        outcome = thinking.outcome()
        self._open -= 1
        if asked.given_up:
            return None
        answers: list[Answer] = []
        for said in asked.said:
            self.state = PluginState.ENABLED
            answers += self._valued(said, moment)
        problem = asked.failed
        if isinstance(outcome, Failure):
            self._failed(moment, outcome.told(), outcome.detail)
        elif problem is not None and not self.host.closed:
            self._note_state(problem)
            self._failed(moment, self._told(problem), problem.untrusted_detail)
        return answers

    def _valued(self, said: Mapping[str, Any], moment: Moment) -> list[Answer]:
        """Return the answers that are values; the others are told as a failure."""
        raw, wrong = said.get("answers"), said.get("wrong")
        detail = wrong if isinstance(wrong, str) else ""
        answers: list[Answer] = []
        for one in raw[:ANSWERS_LIMIT] if isinstance(raw, list) else ():
            try:
                answers.append(valued(one, Answer, "answer"))
            except Misfit as problem:
                detail = detail or str(problem)
        if detail or not isinstance(raw, list):
            self._failed(moment, "an answer that is no proper value", detail)
        return answers

    def _note_state(self, problem: HostFailed) -> None:
        self.state = PluginState(problem.state) if problem.state else PluginState.ENABLED

    def _told(self, problem: HostFailed) -> str:
        # After a moment the plugin knows documents: of its own words only the name of an error
        # and a line of its code are kept. Before the first one it knows nothing.
        if problem.untrusted and not problem.state and not _ERROR.fullmatch(problem.reason):
            return "it failed"
        where = f"[plugins.{self.manifest.name}]: "
        return inert(
            (where if problem.state == "bad_config" else "") + problem.reason, REASON_LIMIT
        )


def _valued_or_none(raw: Any, hint: Any) -> Any:
    try:
        return valued(raw, hint) if raw is not None else None
    except Misfit:
        return None


def first_load(row: Listed, table: Mapping[str, Any], troubles: Troubles, now: datetime) -> str:
    """Load a plugin that was just agreed to, and keep and return why it cannot be, or ''."""
    if row.manifest is None or row.files is None:
        return ""
    one = Hosted(row.manifest, row.files, table, troubles)
    try:
        found = one.check()
    finally:
        one.close()
    if found.state is PluginState.ENABLED:
        return ""
    about = about_of(row.manifest, row.files, table)
    troubles.failed(row.name, found.reason, now, state=str(found.state), about=about)
    return found.reason


def hosted(
    manifest: Manifest,
    files: Snapshot,
    table: Mapping[str, Any],
    limits: Limits | None = None,
    *,
    watched: bool = False,
) -> Hosted:
    """Return a plugin to be tried: nobody needs to have agreed to it, and no failure is kept.

    ``watched``: what it reads, asks and makes is noted.
    """
    return Hosted(manifest, files, table, Troubles(Passing()), limits, watched=watched)


class Passing:
    """Settings that end with the trial."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def setting(self, key: str) -> str:
        """Return a value, '' where there is none."""
        return self._kept.get(key, "")

    def set_setting(self, key: str, value: str) -> None:
        """Keep a value."""
        self._kept[key] = value
