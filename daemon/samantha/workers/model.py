"""The embedded model's process: texts in, unit vectors out.

It makes the model file if there is none, loads it, and enters the jail before the first text: from
then on it can open no file and no socket and start no program. The kernel's filter holds for the
thread that asks for it and those it starts, so llama.cpp's own threads are first started inside.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from samantha.adapters import gguf_file
from samantha.workers.encoder import Encoder, EncoderError
from samantha.workers.frames import FrameClosed, FrameError, read_frame, write_frame
from samantha.workers.jail import enter
from samantha.workers.process import begin_worker
from samantha.workers.trial import REPACKED, fastest
from samantha.workers.wordpiece import WordPiece

NICE = 5
_MEMORY_BYTES = 1 << 30
_THREAD_BYTES = 128 << 20
_MADE = "SAMANTHA_MODEL_MADE"
_LIBRARY = "llama-cpp-python"


class _Away(Exception):
    """There will be no model; the text is for the user and says what to type."""


def main() -> None:
    """Serve until the parent closes the pipe. The one argument is the cache folder."""
    source, sink = begin_worker()
    os.umask(0o077)
    with contextlib.suppress(OSError):
        # Not os.nice: it adds, and this program may begin twice in one process.
        here = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, 0, max(here, NICE))
    try:
        encoder, about = _load(gguf_file.folder_in(Path(sys.argv[1])), source, sink)
    except _Away as problem:
        with contextlib.suppress(FrameError):
            read_frame(source)
            write_frame(sink, {"ok": False, "reason": str(problem)})
        return
    words = WordPiece(encoder.vocabulary())
    threads = int(about["threads"])
    layers = enter(memory_bytes=_MEMORY_BYTES + threads * _THREAD_BYTES)
    encoder.vectors([words.ids("warm")])
    _serve(source, sink, encoder, words, {"ok": True, "layers": layers, **about})


def _serve(
    source: int, sink: int, encoder: Encoder, words: WordPiece, about: Mapping[str, Any]
) -> None:
    while True:
        try:
            header, _ = read_frame(source)
        except FrameClosed:
            return
        except FrameError:
            raise SystemExit(2) from None
        if header.get("op") != "embed":
            write_frame(sink, about)
            continue
        try:
            untrusted_texts = [str(one) for one in header["texts"]]
            vectors = encoder.vectors([words.ids(text) for text in untrusted_texts])
        except EncoderError as problem:
            write_frame(sink, {"ok": False, "reason": str(problem)})
            continue
        except MemoryError:
            # os._exit: an orderly end may need the memory that is gone.
            os._exit(12)
        write_frame(sink, {"ok": True}, b"".join(vectors))


def _load(folder: Path, source: int, sink: int) -> tuple[Encoder, dict[str, Any]]:
    threads = _threads()
    file = gguf_file.open_checked(folder)
    try:
        if file is None:
            if os.environ.get(_MADE):
                raise _Away(f"the model file changes after it is made; type: rm -r {folder}")
            gguf_file.make(folder, fastest)
            _begin_again(source, sink)
        encoder = Encoder(file.openable(), threads, repacked=file.kind in REPACKED)
        os.close(file.fd)
    except gguf_file.Unmade as problem:
        raise _Away(str(problem)) from problem
    except (ImportError, OSError, RuntimeError) as problem:
        again = f"pip install --force-reinstall --no-deps {_LIBRARY}"
        raise _Away(f"{_LIBRARY} does not load; type: {again}") from problem
    except EncoderError as problem:
        raise _Away(f"{problem}; type: rm -r {folder}") from problem
    return encoder, {"kind": file.kind, "threads": threads}


def _begin_again(source: int, sink: int) -> NoReturn:
    """Start this program anew in the same process: conversion leaves libraries and threads."""
    os.dup2(source, 0)
    os.dup2(sink, 1)
    os.environ[_MADE] = "1"
    os.execv(sys.executable, sys.orig_argv)  # noqa: S606


def _threads() -> int:
    """Return the physical cores that this process may use, less one for the user."""
    if not hasattr(os, "sched_getaffinity"):
        return max(1, (os.cpu_count() or 2) // 2 - 1)
    cores: set[str] = set()
    for cpu in os.sched_getaffinity(0):
        place = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        try:
            cores.add(place.read_text())
        except OSError:
            cores.add(str(cpu))
    return max(1, len(cores) - 1)


if __name__ == "__main__":
    main()
