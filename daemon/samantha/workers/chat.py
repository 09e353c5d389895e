"""The generative model's process: prompts in, text out, several at a time, each can be cancelled.

It loads the model file, and enters the jail before the first prompt: from then on it can open no
file and no socket and start no program. One thread listens to the parent and watches deadlines;
llama.cpp is called from two others in turn: the main one for a waiting user, and one that is nice,
since a process without privileges cannot take its niceness back.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import platform
import select
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from samantha.adapters.file_mark import Mark, Pin, open_regular, pinned
from samantha.adapters.machine import this_machine
from samantha.api.errors import UserError
from samantha.workers.frames import FrameClosed, FrameError, read_frame, write_frame
from samantha.workers.generator import Generator, GeneratorError, Outcome
from samantha.workers.jail import enter
from samantha.workers.jobs import job_of
from samantha.workers.process import begin_worker
from samantha.workers.turns import SEQUENCES, Turns

NICE = 10
MAX_STATE = 512 << 20
_SPARE_BYTES = 4 << 30
_IDLE_IO = 3 << 13
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30}


def main() -> None:
    """Serve until the parent closes the pipe.

    Arguments: model file, cells, threads (0: choose), what the file must be ('': whatever it is).
    """
    source, sink = begin_worker()
    os.umask(0o077)
    path, cells, threads, pin = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    threads = threads or max(1, this_machine().cores - 1)
    try:
        generator = _load(path, cells, threads, _pin(pin))
    except (ImportError, OSError, RuntimeError, GeneratorError, UserError) as problem:
        with contextlib.suppress(FrameError):
            write_frame(sink, {"ready": False, "reason": _reason(problem)})
        return
    layers = enter(memory_bytes=generator.bytes_held * 2 + _SPARE_BYTES)
    hands = Hands()
    about = {
        "ready": True,
        "layers": layers,
        "threads": threads,
        "cells": generator.cells,
        "vocabulary": generator.size,
        "recurrent": generator.recurrent,
        "untrusted_architecture": generator.told("general.architecture"),
        "untrusted_template": generator.told("tokenizer.chat_template"),
        "marks": list(generator.marks),
    }
    Desk(source, sink, generator, hands).serve(about)


def _pin(told: str) -> Pin | None:
    if not told:
        return None
    found = json.loads(told)
    mark = found["mark"]
    return Pin(found["sha256"], Mark(**mark) if mark is not None else None)


def _load(path: str, cells: int, threads: int, pin: Pin | None = None) -> Generator:
    # Before the jail, in which nothing can be imported.
    import llguidance  # noqa: F401
    import numpy as np

    np.random.default_rng(0)
    np.ctypeslib.as_array((ctypes.c_float * 1)())
    fd = open_regular(path)
    try:
        # What is loaded is what this descriptor leads to, whatever the path leads to by then.
        if pin is not None and pinned(fd, pin) is None:
            raise GeneratorError("the file of the model does not have its sha256 any more")
        held = f"/proc/self/fd/{fd}"
        return Generator(
            held if os.path.exists(held) else path,  # noqa: PTH110
            threads=threads,
            cells=cells,
            sequences=SEQUENCES,
        )
    finally:
        os.close(fd)


class Hands:
    """Who calls llama.cpp: the main thread for a user, and a thread that is nice for the rest.

    Never at once; and a user's tokens are not handed from thread to thread, which on a busy machine
    costs more than they do.
    """

    def __init__(self) -> None:
        self._patient = ThreadPoolExecutor(1, "patient", initializer=_be_patient)
        # A thread starts with its first work.
        self._patient.submit(bool).result()

    def run(self, urgent: bool, work: Callable[[], Outcome]) -> Outcome:
        """Run the work and return what it returns."""
        return work() if urgent else self._patient.submit(work).result()


def _be_patient() -> None:
    with contextlib.suppress(OSError, AttributeError):
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(NICE, os.getpriority(os.PRIO_PROCESS, 0)))
    number = _IOPRIO_SET.get(platform.machine())
    if number is not None and sys.platform.startswith("linux"):
        ctypes.CDLL(None).syscall(number, 1, 0, _IDLE_IO)


class Desk:
    """Where requests come in and answers go out."""

    def __init__(self, source: int, sink: int, generator: Generator, hands: Hands) -> None:
        self._source = source
        self._sink = sink
        self._generator = generator
        self._turns = Turns(generator, self._send, hands.run)
        self._sending = threading.Lock()

    def serve(self, about: Mapping[str, Any]) -> None:
        """Serve until the parent closes its end."""
        self._send(about, b"")
        listener = threading.Thread(target=self._listen, name="listener", daemon=True)
        listener.start()
        try:
            while self._turns.step():
                pass
        except (FrameError, MemoryError):
            os._exit(12)
        # Not an orderly end: nothing here is worth the time that freeing it takes.
        os._exit(0)

    def _listen(self) -> None:
        poller = select.poll()
        poller.register(self._source, select.POLLIN)
        while True:
            left = self._turns.expire()
            if not poller.poll(None if left is None else left * 1000 + 1):
                continue
            try:
                header, body = read_frame(self._source, max_bytes=MAX_STATE)
            except FrameClosed:
                self._turns.close()
                return
            except FrameError:
                os._exit(2)
            self._take(header, body)

    def _take(self, header: dict[str, Any], body: bytes) -> None:
        operation = header.get("op")
        if operation == "cancel":
            self._turns.cancel(int(header["id"]))
        elif operation == "count":
            parts = [(str(text), bool(control)) for text, control in header["parts"]]
            tokens = [len(self._generator.tokens([part], begin=False)) for part in parts]
            self._send({"id": header["id"], "tokens": tokens}, b"")
        else:
            self._ask(header, body)

    def _ask(self, header: dict[str, Any], body: bytes) -> None:
        try:
            job = job_of(header, body, self._generator)
        except GeneratorError:
            self._send({"id": header["id"], "ended": "refused", "text": ""}, b"")
            return
        self._turns.add(job)

    def _send(self, header: Mapping[str, Any], body: bytes) -> None:
        with self._sending:
            write_frame(self._sink, header, body)


def _reason(problem: BaseException) -> str:
    if isinstance(problem, UserError):
        return problem.what
    if isinstance(problem, GeneratorError):
        return f"{problem}; type: samantha model list"
    if isinstance(problem, OSError) and problem.errno is not None:
        return f"the model file cannot be opened ({os.strerror(problem.errno)})"
    return (
        "llama-cpp-python or llguidance does not load; type: "
        "pip install --force-reinstall --no-deps llama-cpp-python llguidance"
    )


if __name__ == "__main__":
    main()
