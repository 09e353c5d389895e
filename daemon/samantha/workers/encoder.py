"""Sentence vectors by llama.cpp's low-level interface: packed batches, flash attention on.

Many sequences share one batch of at most ``BATCH`` tokens, sorted by length, so that nothing is
padded. A larger batch is slower and needs more memory: attention is masked between sequences, but
the mask is walked over the whole batch (measured 256 against 512: 4 % faster, 35 MB less).
"""

from __future__ import annotations

import ctypes
import math
import sys
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from samantha.workers.llama_binding import Batch, binding, opened

BATCH = 256
SEQUENCES = 64
SIZE = 384
_MEAN_POOLING = 1
_FLASH = 1


class EncoderError(Exception):
    """llama.cpp refused the file or a batch."""


class Encoder:
    """A loaded model. Not thread-safe. ``repacked`` is for weights of eight bits."""

    def __init__(self, path: str, threads: int, *, repacked: bool = False) -> None:
        self._lib = lib = binding()
        self._model = opened(lib, path, repacked=repacked)
        if not self._model:
            raise EncoderError("llama.cpp refuses the model file")
        self._context = lib.llama_init_from_model(self._model, _context(lib, threads))
        if not self._context or lib.llama_model_n_embd(self._model) != SIZE:
            raise EncoderError("llama.cpp cannot use the model file")
        self._batch = Batch(lib, BATCH)

    def vocabulary(self) -> list[str]:
        """Return the text of every token, as the file holds it."""
        lib, words = self._lib, self._lib.llama_model_get_vocab(self._model)
        count = lib.llama_vocab_n_tokens(words)
        return [lib.llama_vocab_get_text(words, n).decode("utf-8", "replace") for n in range(count)]

    def vectors(self, sequences: Sequence[Sequence[int]]) -> list[bytes]:
        """Return a unit vector for each sequence of ids, in order, as little-endian float32."""
        found = [b""] * len(sequences)
        for places in packed([len(ids) for ids in sequences]):
            self._fill([sequences[at] for at in places])
            if self._lib.llama_encode(self._context, self._batch.value) != 0:
                raise EncoderError("llama.cpp refuses a batch")
            for n, at in enumerate(places):
                found[at] = _unit(self._lib.llama_get_embeddings_seq(self._context, n))
        return found

    def _fill(self, sequences: Sequence[Sequence[int]]) -> None:
        self._batch.clear()
        for n, ids in enumerate(sequences):
            self._batch.add(ids, sequence=n, start=0, outputs=len(ids))

    def close(self) -> None:
        """Give the memory back."""
        self._lib.llama_free(self._context)
        self._lib.llama_model_free(self._model)


def packed(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the places of sequences that share a batch, longest first."""
    places: list[int] = []
    tokens = 0
    for at in sorted(range(len(lengths)), key=lambda n: -lengths[n]):
        if not 0 < lengths[at] <= BATCH:
            raise EncoderError(f"a sequence of {lengths[at]} tokens")
        if tokens + lengths[at] > BATCH or len(places) == SEQUENCES:
            yield places
            places, tokens = [], 0
        places.append(at)
        tokens += lengths[at]
    if places:
        yield places


def _context(lib: Any, threads: int) -> Any:
    wanted = lib.llama_context_default_params()
    wanted.n_ctx = wanted.n_batch = wanted.n_ubatch = BATCH
    wanted.n_seq_max = SEQUENCES
    wanted.n_threads = wanted.n_threads_batch = threads
    wanted.embeddings = True
    wanted.pooling_type = _MEAN_POOLING
    wanted.flash_attn_type = _FLASH
    return wanted


def _unit(pointer: Any) -> bytes:
    values = array("f", ctypes.string_at(pointer, 4 * SIZE))
    length = math.sqrt(sum(value * value for value in values))
    if not (length > 0 and math.isfinite(length)):
        raise EncoderError("a vector without a direction")
    unit = array("f", [value / length for value in values])
    if sys.byteorder == "big":
        unit.byteswap()
    return unit.tobytes()
