"""The one place where a plugin's own errors are caught: in its import and in its answer."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any

DETAIL_LIMIT = 4_000
WORDS_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Failure:
    """What a plugin failed with."""

    kind: str
    """The name of the exception's class."""
    where: str = ""
    """The plugin's own file and line, where it is known."""
    words: str = ""
    """The text of the exception: it may quote a document."""
    detail: str = ""
    """The traceback, for the author of the plugin; it may quote a document."""

    def told(self) -> str:
        """Return what may be kept and shown: no word that could come out of a document."""
        return f"{self.kind} in {self.where}" if self.where else self.kind


def guarded(call: Callable[[], Any], own: str = "") -> Any:
    """Return what the call returns, or a ``Failure``; ``own`` begins the names of own files."""
    try:
        return call()
    except Exception as problem:  # noqa: BLE001
        trace = traceback.format_exception(
            type(problem), problem, _from_own(problem.__traceback__, own), limit=-12
        )
        return Failure(
            kind=type(problem).__name__[:60],
            where=_where(problem.__traceback__, own),
            words=str(problem)[:WORDS_LIMIT],
            detail="".join(trace)[-DETAIL_LIMIT:],
        )


def _from_own(trace: TracebackType | None, own: str) -> TracebackType | None:
    """Return the part of a trace that begins in the plugin's own code: the rest is ours."""
    while own and trace is not None and not trace.tb_frame.f_code.co_filename.startswith(own):
        trace = trace.tb_next
    return trace


def _where(trace: TracebackType | None, own: str) -> str:
    """Return the innermost line of the plugin's own."""
    found = ""
    for name, line in _lines(trace):
        if own and name.startswith(own):
            found = f"{name.removeprefix(own).lstrip('/')} line {line}"
    return found


def _lines(trace: TracebackType | None) -> Iterator[tuple[str, int]]:
    while trace is not None:
        yield trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
