"""Built-in plugins as tests load them: from their folder, under a name of their own."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

from samantha.api import Document, Moment, Silence, Suggestion, Wake
from samantha.api.testing import context, moment

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


def ask(
    plugin: Any, about: Document | None, known: list[Document], now: Any, **more: Any
) -> tuple[list[Suggestion], list[Silence]]:
    """Return what a plugin suggests and keeps silent about; ``about`` None asks as a day begins."""
    config = more.pop("config", None) or plugin.config()
    kind = "day" if about is None else "documents"
    occasion = moment([about] if about is not None else [], now=now, kind=kind)
    everything = [*known, *([about] if about is not None and about not in known else [])]
    answers = list(plugin.suggest(occasion, context(everything, config, **more)))
    said = [a for a in answers if isinstance(a, Suggestion)]
    return said, [a for a in answers if isinstance(a, Silence)]
