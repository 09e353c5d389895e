"""The moments that no document brings: a time for which a plugin has left a wake."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from samantha.api.plugin import Answer, Moment, MomentKind, Silence, Wake
from samantha.api.types import Document, DocumentId, Suggestion
from samantha.core.ports import Index
from samantha.core.shape import misshapen_wake
from samantha.core.text import thing_key

MOST_WAKES = 1_000
"""Of one plugin; beyond them the furthest away are given up."""
MOST_DOCUMENTS = 20
"""Of one wake."""
AT_ONCE = 100
"""Wakes of one plugin in one moment; the next look brings more."""
SOONEST = timedelta(minutes=15)
"""A wake before that is put off until then: a plugin cannot keep the machine busy by itself."""
_TRIED = timedelta(days=7)
"""For so long a plugin that fails over a moment gets its wakes again."""


class Wakes:
    """The wishes of plugins to be asked again; they lie in the index, with their documents."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._asked: set[tuple[str, Wake]] = set()
        """Those that a plugin was asked about and has not answered yet."""

    # --- what is asked ----------------------------------------------------------------------

    def due(self, now: datetime, plugins: Collection[str]) -> dict[str, Moment]:
        """Return the moment of each of these plugins that has a wake whose time has come."""
        wakes: dict[str, list[Wake]] = {}
        for plugin, wake in self._index.wakes(now, plugins):
            some = wakes.setdefault(plugin, [])
            if len(some) < AT_ONCE and (plugin, wake) not in self._asked:
                some.append(wake)
        self._asked |= {(name, wake) for name, some in wakes.items() for wake in some}
        return {name: self._moment(some, now) for name, some in wakes.items() if some}

    def _moment(self, wakes: Sequence[Wake], now: datetime) -> Moment:
        names = dict.fromkeys(name for wake in wakes for name in wake.documents)
        found = (self._index.document(name) for name in names)
        documents = tuple(one for one in found if one is not None)
        return Moment(MomentKind.TIME_REACHED, now, documents, tuple(wakes))

    # --- what is answered -------------------------------------------------------------------

    def answered(
        self, plugin: str, moment: Moment, answers: Sequence[Answer], media: Collection[str]
    ) -> tuple[list[Suggestion | Silence], list[str]]:
        """Keep and take back the wakes among a plugin's answers, in their order.

        Returns the other answers, and why a wake was not kept.
        """
        rest: list[Suggestion | Silence] = []
        refused: list[str] = []
        for answer in answers:
            if isinstance(answer, Wake):
                reason = self._wished(plugin, answer, moment.now, media)
                refused += [reason] if reason else []
                continue
            if isinstance(answer, Silence) and isinstance(answer.thing, str) and answer.thing:
                self._index.cancel_wake(plugin, thing_key(answer.thing))
            rest.append(answer)
        return rest, list(dict.fromkeys(refused))

    def over(self, plugin: str, moment: Moment, *, failed: bool = False) -> None:
        """Take the wakes of a moment as done; those of a plugin that failed come again."""
        self._asked -= {(plugin, wake) for wake in moment.wakes}
        wakes = [w for w in moment.wakes if not failed or w.at < moment.now - _TRIED]
        if wakes:
            self._index.woken(plugin, wakes)

    def _wished(self, plugin: str, wake: Wake, now: datetime, media: Collection[str]) -> str:
        """Keep a wake, or return why not."""
        if reason := not_kept(wake, now, self._index.document, media):
            return f"a wake was not kept: {reason}"
        at = max(wake.at, now + SOONEST)
        kept = replace(wake, at=at, thing=thing_key(wake.thing))
        given_up = self._index.keep_wake(plugin, kept, MOST_WAKES)
        return f"more than {MOST_WAKES} wakes: the furthest away was given up" if given_up else ""


def not_kept(
    wake: Wake,
    now: datetime,
    find: Callable[[DocumentId], Document | None],
    media: Collection[str],
) -> str:
    """Return why a plugin that sees these media cannot leave a wake, or ''."""
    if field := misshapen_wake(wake):
        return f"its {field} is not a proper value"
    if not wake.thing.strip() or not 0 < len(wake.documents) <= MOST_DOCUMENTS:
        return f"it has to name a thing and one to {MOST_DOCUMENTS} documents"
    if wake.at <= now:
        return "its time does not lie ahead"
    documents = [find(one) for one in wake.documents]
    if any(one is None or one.media not in media for one in documents):
        return "it names a document that the plugin cannot read"
    return ""
