"""A plugin's process: moments in, suggestions out, nothing else within reach.

It enters the jail before it has seen a byte of the plugin. What the plugin asks of the library and
of the model is asked of the daemon over the same pipe; nothing in here is trusted by the daemon.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from samantha.adapters.plugin_guard import Failure, guarded
from samantha.adapters.plugin_host import ANSWERS_LIMIT, WATCHED
from samantha.adapters.plugin_host_calls import calls
from samantha.adapters.plugin_host_questions import answer_value, shape_plain, token
from samantha.adapters.plugin_host_values import fields_of, plain, valued
from samantha.api.asking import Choice, shape_of
from samantha.api.plugin import Answer, Context, Moment, Plugin, Quiet, Silence, Wake
from samantha.api.types import (
    Analysis,
    Document,
    Evidence,
    Identity,
    Kind,
    Mail,
    Outlet,
    Signal,
    Suggestion,
)
from samantha.workers import plugin_host_jail, plugin_host_modules
from samantha.workers.frames import FrameClosed, FrameError, read_frame, write_frame
from samantha.workers.process import begin_worker

if TYPE_CHECKING:
    from samantha.workers.plugin_host_watch import Watch

_ANSWERS = (Suggestion, Silence, Wake)


class Host:
    """Serves one plugin over one pipe."""

    def __init__(self, source: int, sink: int, layers: Sequence[str]) -> None:
        self._source = source
        self._sink = sink
        self._layers = layers
        self._plugin: Plugin | None = None
        self._config: Any = None
        self._own = ""
        self._turn = 0
        self._seen: Watch | None = None

    def serve(self) -> None:
        """Answer until the daemon closes the pipe."""
        while True:
            header, body = self._read()
            self._turn = header["turn"]
            operation = {"layers": self._tell, "load": self._load, "suggest": self._suggest}
            operation |= {"watch": self._watch, "watched": self._watched}
            self._write(operation[header["op"]](header, body))

    def _read(self) -> tuple[dict[str, Any], bytes]:
        try:
            return read_frame(self._source)
        except FrameClosed:
            raise SystemExit(0) from None
        except FrameError:
            raise SystemExit(2) from None

    def _write(self, header: Mapping[str, Any]) -> None:
        try:
            write_frame(self._sink, {"turn": self._turn, **header})
        except FrameClosed:
            raise SystemExit(0) from None

    def _tell(self, header: Mapping[str, Any], body: bytes) -> dict[str, Any]:
        return {"ok": True, "layers": list(self._layers)}

    # --- loading ----------------------------------------------------------------------------

    def _load(self, header: Mapping[str, Any], body: bytes) -> dict[str, Any]:
        files, at = {}, 0
        for path, size in header["files"]:
            files[path] = body[at : at + size]
            at += size
        name = header["name"]
        self._own = f"samantha_own_{name}/"
        module = guarded(lambda: plugin_host_modules.import_plugin(name, files), self._own)
        if isinstance(module, Failure):
            told = f"{module.told()} while importing: {module.words}"
            return _refusal("failed_to_load", told, module.detail)
        plugin = getattr(module, "plugin", None)
        if type(plugin) is not Plugin:
            told = "the module does not end in plugin = Plugin(Config, suggest)"
            return _refusal("failed_to_load", told)
        if not (isinstance(plugin.config, type) and is_dataclass(plugin.config)):
            return _refusal("failed_to_load", "its configuration class is no dataclass")
        config = guarded(lambda: valued(header["table"], plugin.config, name), self._own)
        if isinstance(config, Failure):
            return _refusal("bad_config", config.words, config.detail)
        wish = guarded(partial(_wishes, plugin, config), self._own)
        if isinstance(wish, Failure):
            return _refusal(
                "failed_to_load", f"what it wants to be told of: {wish.words}", wish.detail
            )
        self._plugin, self._config = plugin, config
        return {"ok": True, "wishes": wish}

    # --- a moment ---------------------------------------------------------------------------

    def _suggest(self, header: Mapping[str, Any], body: bytes) -> dict[str, Any]:
        plugin = self._plugin
        if plugin is None:
            return _refusal("failed_to_load", "it is not loaded")
        moment = valued(header["moment"], Moment, "moment")
        context = Context(
            library=_Library(self),
            config=self._config,
            identity=valued(header["identity"], Identity, "identity"),
            zone=ZoneInfo(header["zone"]),
            outlets=valued(header["outlets"], tuple[Outlet, ...], "outlets"),
            ask=partial(_ask, self),
        )

        def said() -> list[Any]:
            return list(islice(plugin.suggest(moment, context), ANSWERS_LIMIT))

        answers = guarded(said, self._own)
        if isinstance(answers, Failure):
            return {"ok": False, "reason": answers.told(), "detail": answers.detail}
        values, wrong = [], ""
        for answer in answers:
            made = guarded(partial(plain, answer, Answer), self._own)
            if isinstance(made, Failure):
                wrong = wrong or f"an answer that is no proper value: {made.words}"
            else:
                values.append(made)
        return {"ok": True, "answers": values, "wrong": wrong}

    # --- a check ----------------------------------------------------------------------------

    def _watch(self, header: Mapping[str, Any], body: bytes) -> dict[str, Any]:
        from samantha.workers.plugin_host_watch import Watch

        assert self._plugin is not None
        self._seen = Watch(self._plugin)
        return {"ok": True}

    def _watched(self, header: Mapping[str, Any], body: bytes) -> dict[str, Any]:
        seen = self._seen
        assert seen is not None
        ran, left = seen.own_tests(self._own.rstrip("/"), header["files"])
        noted = {name: sorted(getattr(seen, name)) for name in ("read", "asked", "made")}
        return {"ok": True, "ran": ran, "left": left, **noted}

    def noted(self, name: str, question: Callable[..., Any]) -> Callable[..., Any]:
        """Return a question of the library, noted if the plugin is being checked."""
        return question if self._seen is None else self._seen.question(name, question)

    def ask_daemon(self, call: str, parameters: Mapping[str, Any]) -> Any:
        """Put a question to the daemon and return its answer."""
        self._write({"call": call, "with": parameters})
        answer, _ = self._read()
        self._turn = answer["turn"]
        if not answer.get("ok"):
            raise RuntimeError(answer.get("reason", "the daemon did not answer"))
        return answer.get("value")


class _Library:
    """``context.library``: every question is the daemon's to answer."""

    __slots__ = ("_host",)

    def __init__(self, host: Host) -> None:
        self._host = host

    def __getattr__(self, name: str) -> Any:
        call = calls().get(name)
        if call is None:
            raise AttributeError(f"the library has no question {name!r}")

        def question(*args: Any, **named: Any) -> Any:
            raw = self._host.ask_daemon(name, call.plain(args, named))
            return valued(raw, call.result, name)

        return self._host.noted(name, question)


def _ask(
    host: Host,
    question: str,
    about: Document | Sequence[Document],
    answer: type[Any],
    *,
    choices: Mapping[str, Sequence[Choice]] = {},
    near: Sequence[Evidence] = (),
) -> Any:
    shape = shape_of(answer)
    documents = [about] if isinstance(about, Document) else list(about)
    raw = host.ask_daemon(
        "ask",
        {
            "question": str(question),
            "about": [str(one.id) for one in documents],
            "answer": shape_plain(shape),
            "choices": {n: [[c.label, token(c)] for c in some] for n, some in choices.items()},
            "near": plain(near, Sequence[Evidence]),
        },
    )
    return answer_value(raw, shape, choices)


def _wishes(plugin: Plugin, config: Any) -> dict[str, Any]:
    """Return of which threads and bodies of work a plugin wants to be told, as JSON has it."""
    quiet = plain(plugin.quiet(config), Quiet) if plugin.quiet is not None else None
    return {"quiet": quiet, "collections": plain(plugin.collections, tuple[Kind, ...])}


def _refusal(state: str, reason: str, detail: str = "") -> dict[str, Any]:
    return {"ok": False, "state": state, "reason": reason, "detail": detail}


def _warm_up() -> None:
    """Look at all declared types once: the first moment need not wait for it."""
    for made in (Moment, *_ANSWERS, Identity, Outlet, Document, Mail, Analysis, Signal):
        fields_of(made)
    calls()


def main() -> None:
    """Serve one plugin until the daemon closes the pipe."""
    source, sink = begin_worker()
    plugin_host_jail.close_all_but(source, sink)
    cpu_s, memory_bytes = (int(one) for one in sys.argv[1:3])
    plugin_host_modules.preload()
    if sys.argv[3:] == [WATCHED]:
        from samantha.workers import plugin_host_watch

        for name in plugin_host_watch.PRELOADED:
            importlib.import_module(name)
    _warm_up()
    os.environ.clear()
    # Without a zone of its own the C library would look for one, at every local time anew.
    os.putenv("TZ", "UTC0")
    time.tzset()
    layers = plugin_host_jail.enter(cpu_s, memory_bytes)
    try:
        Host(source, sink, layers).serve()
    except MemoryError:
        # os._exit: an orderly end may need the memory that is gone.
        os._exit(12)


if __name__ == "__main__":
    main()
