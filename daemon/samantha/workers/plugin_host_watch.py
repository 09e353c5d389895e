"""What a plugin does with what it is given, noted in its host while it is being checked.

It is for the plugin's author, and guards nothing: a plugin could hide what it does from this.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from samantha.adapters.plugin_guard import Failure, guarded
from samantha.adapters.plugin_host_calls import calls
from samantha.api.actions import ACTION_TYPES
from samantha.api.plugin import Context, Moment, Plugin
from samantha.api.types import Document

PRELOADED = ("samantha.api.testing",)
"""What a plugin's own tests import."""
_TOLD_ALREADY = frozenset({"id", "source", "media"})
_TESTS = re.compile(r"tests/(test_\w+)\.py")


class Watch:
    """Notes of which media a plugin looks into documents, what it asks, and what it makes."""

    def __init__(self, plugin: Plugin) -> None:
        self.read: set[str] = set()
        self.asked: set[str] = set()
        self.made: set[str] = set()
        self._depth = 0
        object.__setattr__(plugin, "suggest", self._watched(plugin.suggest))
        self._note_documents()
        for kind, action in ACTION_TYPES.items():
            self._note_made(kind, action)
        memory = sys.modules["samantha.api.testing"].MemoryLibrary
        for name in calls():
            setattr(memory, name, self.question(name, getattr(memory, name)))

    def question(self, name: str, answer: Callable[..., Any]) -> Callable[..., Any]:
        """Return a question of the library that is noted; how it is answered is not."""

        def noted(*args: Any, **named: Any) -> Any:
            if self._depth:
                self.asked.add(name)
            depth, self._depth = self._depth, 0
            try:
                return answer(*args, **named)
            finally:
                self._depth = depth

        return noted

    def own_tests(self, package: str, files: Iterable[str]) -> tuple[int, int]:
        """Run the plugin's own tests; return how many passed, and how many did not."""
        ran = left = 0
        for path in files:
            if not (found := _TESTS.fullmatch(path)):
                continue
            module = guarded(lambda: importlib.import_module(f"{package}.tests.{found[1]}"))
            if isinstance(module, Failure):
                left += 1
                continue
            for test in _tests_in(module):
                failed = isinstance(guarded(test), Failure)
                ran, left = ran + (not failed), left + failed
        return ran, left

    def _watched(self, suggest: Callable[..., Iterable[Any]]) -> Callable[..., Iterable[Any]]:
        @functools.wraps(suggest)
        def watched(moment: Moment, context: Context) -> Iterator[Any]:
            answers = self._inside(lambda: iter(suggest(moment, context)))
            while True:
                try:
                    one = self._inside(lambda: next(answers))
                except StopIteration:
                    return
                yield one

        return watched

    def _inside(self, call: Callable[[], Any]) -> Any:
        self._depth += 1
        try:
            return call()
        finally:
            self._depth -= 1

    def _note_documents(self) -> None:
        plain: Callable[[object, str], Any] = object.__getattribute__

        def noting(document: Document, name: str) -> Any:
            value = plain(document, name)
            looked_into = name not in _TOLD_ALREADY and not name.startswith("__")
            # `document.mail is None` asks what it is, not what is in it.
            if self._depth and looked_into and not (name == "mail" and value is None):
                self.read.add(plain(document, "media"))
            return value

        Document.__getattribute__ = noting  # type: ignore[method-assign, assignment]

    def _note_made(self, kind: str, action: Any) -> None:
        plain = action.__init__

        def noting(one: Any, *args: Any, **named: Any) -> None:
            plain(one, *args, **named)
            if self._depth:
                self.made.add(kind)

        action.__init__ = noting


def _tests_in(module: Any) -> Iterator[Callable[[], Any]]:
    """Yield the tests of a module that need nothing of pytest."""
    for name, one in list(vars(module).items()):
        if name.startswith("test") and inspect.isfunction(one):
            if not inspect.signature(one).parameters:
                yield one
        elif name.startswith("Test") and inspect.isclass(one):
            for method in dir(one):
                test = inspect.getattr_static(one, method)
                # What else is called so, a list of cases say, is none; nor is it looked into.
                made = method.startswith("test") and inspect.isfunction(test)
                if made and len(inspect.signature(test).parameters) == 1:
                    yield functools.partial(_tried, one, method)


def _tried(kind: Callable[[], Any], method: str) -> None:
    """Run a test of a class in an object of its own, as pytest does."""
    getattr(kind(), method)()
