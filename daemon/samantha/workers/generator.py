"""A generative model by llama.cpp's low-level interface: tokens, batches, sequences, their states.

llama-cpp-python's own ``Llama`` class knows one sequence, evaluates every prompt of a hybrid model
anew, and crashes on grammars; here many sequences share one context and one copy of a prefix.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from samantha.workers.llama_binding import Batch, binding, opened

BATCH = 256
"""Tokens a batch. A larger one keeps a waiting user waiting; a smaller one is slower."""

Parts = Sequence[tuple[str, bool]]
"""Texts and whether they may spell control tokens; a stranger's text never may."""

Outcome = Literal["done", "aborted", "full"]

_UNKNOWN, _CONTROL, _USER_DEFINED = 1 << 1, 1 << 3, 1 << 4
_PIECE_BYTES = 16 << 10
_NO_FLASH = 0


class GeneratorError(Exception):
    """llama.cpp refused the file, a batch or a state."""


@dataclass(frozen=True, slots=True)
class Span:
    """Tokens that follow each other in one sequence; ``answer`` asks for the logits after them."""

    sequence: int
    start: int
    tokens: Sequence[int]
    answer: bool


class Generator:
    """A loaded model and its context. ``stop`` may be called from any thread, the rest from one."""

    def __init__(self, path: str, *, threads: int, cells: int, sequences: int) -> None:
        self._lib = lib = binding()
        self._model = opened(lib, path)
        if not self._model:
            raise GeneratorError("llama.cpp refuses the model file")
        trained = int(lib.llama_model_n_ctx_train(self._model))
        self.cells = min(cells, trained) if trained > 0 else cells
        self._context = lib.llama_init_from_model(
            self._model, _context(lib, threads, self.cells, sequences)
        )
        if not self._context:
            raise GeneratorError("llama.cpp cannot use the model file")
        self._memory = lib.llama_get_memory(self._context)
        self._vocab = lib.llama_model_get_vocab(self._model)
        self.size = int(lib.llama_vocab_n_tokens(self._vocab))
        self._batch = Batch(lib, BATCH)
        self._pieces: dict[int, bytes] = {}
        self._buffer = ctypes.create_string_buffer(_PIECE_BYTES)
        self._flag = ctypes.create_string_buffer(2)
        self._heed_stop()
        self.marks = self._find_marks()

    # --- what the file says ----------------------------------------------------------------

    def told(self, key: str) -> str:
        """Return a value of the file's header, '' where there is none. It is a stranger's text."""
        buffer = ctypes.create_string_buffer(256 << 10)
        size = self._lib.llama_model_meta_val_str(self._model, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace") if size >= 0 else ""

    @property
    def recurrent(self) -> bool:
        """Whether part of the state cannot be rolled back token by token."""
        lib = self._lib
        return bool(
            lib.llama_model_is_recurrent(self._model) or lib.llama_model_is_hybrid(self._model)
        )

    @property
    def bytes_held(self) -> int:
        """Size of the weights in bytes."""
        return int(self._lib.llama_model_size(self._model))

    def _find_marks(self) -> dict[str, int]:
        """Return the tokens that mean something to the template, by their text."""
        found = {}
        for token in range(self.size):
            kind = self._lib.llama_vocab_get_attr(self._vocab, token)
            if not kind & (_CONTROL | _USER_DEFINED | _UNKNOWN):
                continue
            text = self.piece(token, special=True).decode("utf-8", "replace")
            ends = text[:1] + text[-1:]
            if text and (not kind & _USER_DEFINED or ends in ("<>", "[]")):
                found[text] = token
        return found

    # --- tokens ----------------------------------------------------------------------------

    def tokens(self, parts: Parts, *, begin: bool) -> list[int]:
        """Return the tokens of a prompt; ``begin`` puts the model's own first token before it."""
        found: list[int] = []
        if begin and self._lib.llama_vocab_get_add_bos(self._vocab):
            found.append(int(self._lib.llama_vocab_bos(self._vocab)))
        for text, control in parts:
            found += self._tokenised(text, True) if control else self._plain(text)
        return found

    def _plain(self, untrusted_text: str) -> list[int]:
        """Return tokens of a text, none of which is a mark, whatever the text spells.

        llama.cpp leaves control tokens alone when told so, but not those that a conversion has
        declared as user-defined: such a mark is cut after its first character.
        """
        found = self._tokenised(untrusted_text, False)
        marks = set(self.marks.values()).intersection(found)
        if not marks:
            return found
        texts = [text for text, token in self.marks.items() if token in marks and len(text) > 1]
        mark = max((text for text in texts if text in untrusted_text), key=len, default="")
        if not mark:
            return [token for token in found if token not in marks]
        pieces = untrusted_text.split(mark)
        found = []
        for n, piece in enumerate(pieces):
            if n:
                found += self._plain(mark[:1]) + self._plain(mark[1:])
            found += self._plain(piece) if piece else []
        return found

    def _tokenised(self, text: str, control: bool) -> list[int]:
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        while True:
            buffer = (ctypes.c_int32 * room)()
            count = self._lib.llama_tokenize(
                self._vocab, data, len(data), buffer, room, False, control
            )
            if count >= 0:
                return list(buffer[:count])
            if -count <= room:
                raise GeneratorError("a text that cannot be turned into tokens")
            room = -count

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """Return the bytes that a token stands for; a control token stands for none."""
        if not special and token in self._pieces:
            return self._pieces[token]
        size = self._lib.llama_token_to_piece(
            self._vocab, token, self._buffer, _PIECE_BYTES, 0, special
        )
        found = self._buffer.raw[: max(0, size)]
        if not special:
            self._pieces[token] = found
        return found

    def ends(self, token: int) -> bool:
        """Tell whether a token ends the model's turn."""
        return bool(self._lib.llama_vocab_is_eog(self._vocab, token))

    def control(self, token: int) -> bool:
        """Tell whether a token is no text."""
        return bool(self._lib.llama_vocab_get_attr(self._vocab, token) & (_CONTROL | _UNKNOWN))

    @property
    def end_token(self) -> int:
        """The token that ends a turn."""
        lib = self._lib
        found = int(lib.llama_vocab_eot(self._vocab))
        return found if found >= 0 else int(lib.llama_vocab_eos(self._vocab))

    def tokenizer_address(self) -> tuple[Any, int]:
        """Return the vocabulary and the address of llama.cpp's tokeniser, for llguidance."""
        function = ctypes.cast(self._lib._lib.llama_tokenize, ctypes.c_void_p).value
        assert function is not None
        return self._vocab, function

    # --- evaluation ------------------------------------------------------------------------

    def decode(self, spans: Sequence[Span]) -> Outcome:
        """Evaluate spans of at most ``BATCH`` tokens in all."""
        self._fill(spans)
        code = self._lib.llama_decode(self._context, self._batch.value)
        if code == 0:
            return "done"
        if code == 1:
            return "full"
        if code == 2:
            return "aborted"
        raise GeneratorError("llama.cpp refuses a batch")

    def _fill(self, spans: Sequence[Span]) -> None:
        self._batch.clear()
        for span in spans:
            try:
                self._batch.add(
                    span.tokens,
                    sequence=span.sequence,
                    start=span.start,
                    outputs=int(span.answer),
                )
            except ValueError as problem:
                raise GeneratorError(str(problem)) from problem

    def logits(self, place: int) -> Any:
        """Return a view of the logits after the token at a place of the last batch."""
        import numpy as np

        pointer = self._lib.llama_get_logits_ith(self._context, place)
        return np.ctypeslib.as_array(pointer, shape=(self.size,))

    def stop(self) -> None:
        """Make the evaluation in progress, or the next one, end with ``aborted``."""
        self._flag[0] = b"\x01"

    def go_on(self) -> None:
        """Take ``stop`` back."""
        self._flag[0] = b"\x00"

    def _heed_stop(self) -> None:
        # strlen of the flag, not a function in Python: that would wait for the interpreter's lock
        # at every node of the graph, and an exception in it would end the process.
        strlen: Callable[..., Any] = ctypes.CDLL(None).strlen
        self._stops = ctypes.cast(strlen, self._lib.ggml_abort_callback)  # type: ignore[arg-type]
        self._lib.llama_set_abort_callback(
            self._context, self._stops, ctypes.cast(self._flag, ctypes.c_void_p)
        )

    # --- sequences -------------------------------------------------------------------------

    def copy(self, source: int, target: int) -> None:
        """Make a sequence a copy of another; attention's cells are shared, not copied."""
        self.drop(target)
        self._lib.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    def drop(self, sequence: int) -> None:
        """Forget a sequence."""
        self._lib.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def cut(self, sequence: int, length: int) -> bool:
        """Shorten a sequence; False where the model cannot, and then nothing of it is left."""
        held = self.length(sequence)
        if held == length:
            return True
        if held > length > 0 and self._lib.llama_memory_seq_rm(self._memory, sequence, length, -1):
            return True
        self.drop(sequence)
        return length == 0

    def length(self, sequence: int) -> int:
        """Return how many tokens of a sequence are evaluated."""
        return int(self._lib.llama_memory_seq_pos_max(self._memory, sequence)) + 1

    def state(self, sequence: int) -> bytes:
        """Return what is known of a sequence, for ``restore``."""
        size = self._lib.llama_state_seq_get_size(self._context, sequence)
        buffer = (ctypes.c_uint8 * size)()
        written = self._lib.llama_state_seq_get_data(self._context, buffer, size, sequence)
        return bytes(memoryview(buffer)[:written])

    def restore(self, sequence: int, state: bytes, length: int) -> bool:
        """Set a sequence to a state of so many tokens; where it is another, leave it empty."""
        self.drop(sequence)
        buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        read = self._lib.llama_state_seq_set_data(self._context, buffer, len(state), sequence)
        if read == len(state) and self.length(sequence) == length:
            return True
        self.drop(sequence)
        return False


def _context(lib: Any, threads: int, cells: int, sequences: int) -> Any:
    wanted = lib.llama_context_default_params()
    wanted.n_ctx = cells
    wanted.n_batch = wanted.n_ubatch = BATCH
    wanted.n_seq_max = sequences
    # Room for logits is needed where an answer is asked for, not at every token of a prompt.
    wanted.n_outputs_max = sequences
    wanted.n_threads = wanted.n_threads_batch = threads
    # On a processor flash attention halves the speed of speaking after a long prompt (measured at
    # 1,800 tokens: 16 ms a token against 8) and reads a prompt no faster; it saves some memory.
    wanted.flash_attn_type = _NO_FLASH
    wanted.kv_unified = True
    wanted.swa_full = True
    wanted.no_perf = True
    return wanted
