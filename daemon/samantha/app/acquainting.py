"""A plugin that is new here looks at what was read before it came: only its wakes are kept.

Without this the contract that was read in spring would not be spoken of by a plugin that was
switched on in summer. What it would suggest of the past is not shown: nobody wants a hundred offers
for having switched something on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from samantha.adapters.index import SqliteIndex
from samantha.api.plugin import Context, Moment, MomentKind, no_model
from samantha.api.types import Document
from samantha.app.running import ContextOf, Running
from samantha.core.admit import Permissions
from samantha.core.moments import Wakes

_PART = 500
"""Documents in one moment."""


def acquaint(
    running: Sequence[Running],
    index: SqliteIndex,
    wakes: Wakes,
    context_of: ContextOf,
    wanted: Callable[[Document], bool],
    now: Callable[[], datetime],
) -> Iterator[None]:
    """Let each plugin that does not know this index look at it once, without the model.

    Each step is a part: whoever has a button to answer or an end to come to does so in between.
    """

    def context(permissions: Permissions, config: Any) -> Context:
        return replace(context_of(permissions, config), ask=no_model)

    new = index.unacquainted([one.manifest.name for one in running])
    for one in running:
        if one.manifest.name not in new or one.rests(now()):
            continue
        failures, at = one.failures, 0
        media = one.manifest.permissions.media()
        while one.failures == failures and (found := index.asked_about(at, _PART)):
            at += _PART
            documents = tuple(d for d in found if d.media in media and wanted(d))
            if documents:
                moment = Moment(MomentKind.DOCUMENTS, now(), documents)
                wakes.answered(one.manifest.name, moment, one.call(moment, context), media)
                yield
        if one.failures == failures:
            index.acquainted(one.manifest.name)
