"""llama.cpp's plain binding as both models use it: loaded light, silent, a file, a batch."""

from __future__ import annotations

import ctypes
import importlib.util
import sys
import types
from collections.abc import Sequence
from functools import cache
from typing import Any


def binding() -> Any:
    """Return llama-cpp-python's plain binding without the package's high-level interface.

    Importing the package itself brings numpy, jinja2 and more: 0.1 s and 20 MB for nothing.
    """
    if "llama_cpp" not in sys.modules:
        spec = importlib.util.find_spec("llama_cpp")
        if spec is None or spec.submodule_search_locations is None:
            raise ImportError("llama_cpp")
        package = types.ModuleType("llama_cpp")
        package.__path__ = list(spec.submodule_search_locations)
        sys.modules["llama_cpp"] = package
    return importlib.import_module("llama_cpp.llama_cpp")


def opened(lib: Any, path: str, *, repacked: bool = False) -> Any:
    """Return the model of a file on the processor alone; null where llama.cpp refuses it.

    ``repacked`` lays weights of eight bits and less out anew, as a processor's tiles want them.
    """
    _silence(lib)
    lib.llama_backend_init()
    wanted = lib.llama_model_default_params()
    wanted.n_gpu_layers = 0
    # Repacked weights of a large model load five times slower and take twice the memory.
    wanted.use_extra_bufts = repacked
    return lib.llama_model_load_from_file(path.encode(), wanted)


class Batch:
    """The arrays of a llama_batch for so many tokens, made once and filled by slices."""

    def __init__(self, lib: Any, size: int) -> None:
        self._size = size
        self._token = (ctypes.c_int32 * size)()
        self._pos = (ctypes.c_int32 * size)()
        self._ones = (ctypes.c_int32 * size)(*[1] * size)
        self._numbers = (ctypes.c_int32 * size)()
        start = ctypes.addressof(self._numbers)
        self._sequence = (ctypes.c_void_p * size)(*[start + 4 * n for n in range(size)])
        self._output = (ctypes.c_int8 * size)()
        self.value = value = lib.llama_batch()
        value.token = ctypes.cast(self._token, type(value.token))
        value.pos = ctypes.cast(self._pos, type(value.pos))
        value.n_seq_id = ctypes.cast(self._ones, type(value.n_seq_id))
        value.seq_id = ctypes.cast(self._sequence, type(value.seq_id))
        value.logits = ctypes.cast(self._output, type(value.logits))

    def clear(self) -> None:
        """Leave nothing in it."""
        self.value.n_tokens = 0

    def add(self, tokens: Sequence[int], *, sequence: int, start: int, outputs: int) -> None:
        """Put tokens of one sequence in, from a position on; the last ``outputs`` give a result.

        Raises ``ValueError`` for none, or for more than there is room.
        """
        at, count = self.value.n_tokens, len(tokens)
        end = at + count
        if not count or end > self._size:
            raise ValueError(f"a batch of {end} tokens")
        self._token[at:end] = list(tokens)
        self._pos[at:end] = list(range(start, start + count))
        self._numbers[at:end] = [sequence] * count
        self._output[at : end - outputs] = [0] * (count - outputs)
        self._output[end - outputs : end] = [1] * outputs
        self.value.n_tokens = end


@cache
def _silence(lib: Any) -> Any:
    """Drop what llama.cpp logs. The callback is kept: the library may call it until the end."""
    callback = lib.llama_log_callback(_drop)
    lib.llama_log_set(callback, None)
    return callback


def _drop(level: int, text: bytes, data: object) -> None:
    """Take a line of the log and leave it."""
