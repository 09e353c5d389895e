"""Built-in plugins as tests load them: from their folder, under a name of their own."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

from samantha.api import Document, Moment, Silence, Suggestion, Wake
from samantha.api.testing import ME, MemoryLibrary, context, moment

ROOT = Path(__file__).parents[1] / "plugins"


def plugin_named(name: str) -> Any:
    """Return the module of a built-in plugin."""
    key = f"{name}_under_test"
    if key not in sys.modules:
        folder = ROOT / name
        spec = importlib.util.spec_from_file_location(
            key, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec is not None and spec.loader is not None
        sys.modules[key] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[key])
    return sys.modules[key]


def woken(
    plugin: Any, about: Document, known: list[Document], asked: Any, **more: Any
) -> list[Moment]:
    """Return the moments for which a plugin leaves wakes as a document comes, earliest first."""
    config = plugin.config()
    everything = [*known, *([about] if about not in known else [])]
    answers = plugin.suggest(moment([about], now=asked), context(everything, config, **more))
    wakes = sorted((a for a in answers if isinstance(a, Wake)), key=lambda one: one.at)
    found = {one.id: one for one in everything}
    return [
        moment([found[d] for d in w.documents], now=w.at, kind="time_reached", thing=w.thing)
        for w in wakes
    ]


def quiet(plugin: Any, config: Any, known: list[Document], now: Any) -> Moment:
    """Return the moment at which a plugin is told of the threads that were left at a mail."""
    wish = plugin.quiet(config)
    library = MemoryLibrary(known, identity=ME)
    left = [
        one
        for one in sorted(known, key=lambda d: d.when)
        if one.media == "mail"
        and one.analysis.author == wish.author
        and any(one.signals(kind) for kind in wish.signals)
        and not any(
            other.when > one.when and other.analysis.author != wish.author
            for other in library.thread(one.id)
        )
    ]
    return moment(left, now=now, kind="thread_quiet")


def ask(
    plugin: Any, about: Document | None, known: list[Document], now: Any, **more: Any
) -> tuple[list[Suggestion], list[Silence]]:
    """Return what a plugin suggests and leaves unsaid; ``about`` None tells it of quiet threads."""
    config = more.pop("config", None) or plugin.config()
    occasion = moment([about], now=now) if about is not None else quiet(plugin, config, known, now)
    everything = [*known, *([about] if about is not None and about not in known else [])]
    answers = list(plugin.suggest(occasion, context(everything, config, **more)))
    said = [a for a in answers if isinstance(a, Suggestion)]
    return said, [a for a in answers if isinstance(a, Silence)]
