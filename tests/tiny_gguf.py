"""GGUF models of some kilobytes that run: random ones, ones that say a given text, a hybrid one.

Every vocabulary holds all 256 bytes, so that any text can be read and any byte can be said.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

CONTROL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
END = 258
PAIRS = ("he", "er", "in", "th", "an", "on", "en", "ou", "is", "st", "ei", "ch", "nd", "or")
_CONTROL, _NORMAL, _MERGED = 3, 1, 1


def letters() -> list[str]:
    """Return the printable stand-in of each byte, as GPT-2's vocabulary has them."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    spare = iter(range(256, 512))
    return [chr(b) if b in plain else chr(next(spare)) for b in range(256)]


def spelled(untrusted_text: str) -> str:
    table = letters()
    return "".join(table[b] for b in untrusted_text.encode())


def tiny(
    path: Path,
    *,
    seed: int = 0,
    layers: int = 2,
    dim: int = 64,
    feed: int = 128,
    heads: int = 4,
    kv_heads: int = 2,
    context: int = 4096,
    fillers: int = 0,
    quantised: bool = False,
    plain_ends: bool = False,
) -> Path:
    """Write a random llama with ChatML's tokens; ``fillers`` adds tokens, to weigh as true ones.

    ``plain_ends`` gives the ends of turns the type of a word, as some conversions do.
    """
    chance = np.random.default_rng(seed)
    tokens = [*letters(), *CONTROL, *(spelled(p) for p in PAIRS)]
    tokens += [f"filler{n}" for n in range(fillers)]
    writer = _writer(path, "llama", tokens, plain_ends=plain_ends)
    _shape(writer, layers, dim, feed, heads, kv_heads, context)
    writer.add_rope_dimension_count(dim // heads)

    def matrix(*shape: int) -> Any:
        return chance.standard_normal(shape, dtype=np.float32) / np.float32(np.sqrt(shape[-1]))

    _tensor(writer, "token_embd.weight", matrix(len(tokens), dim), quantised)
    _ones(writer, "output_norm.weight", dim)
    _tensor(writer, "output.weight", matrix(len(tokens), dim) * 4, quantised)
    for n in range(layers):
        _attention(writer, n, dim, dim // heads * kv_heads, matrix, quantised)
        _feed(writer, n, dim, feed, matrix, quantised)
    return _written(writer, path)


def scripted(path: Path, said: str, *, context: int = 4096, after: str = "\n") -> Path:
    """Write a llama that answers any ChatML prompt with this very text and the end of its turn.

    Each token of the text occurs in it once; embeddings are one-hot, attention adds nothing, and
    the output matrix leads from each token to the next, the first following ``after``, one byte.
    """
    table = letters()
    chunks = _chunks(said)
    tokens = [*table, *CONTROL, *(spelled(chunk) for chunk in chunks)]
    first = len(table) + len(CONTROL)
    chain = [table.index(spelled(after)), *range(first, first + len(chunks)), END]
    dim = -(-(len(chain) + 1) // 64) * 64
    embedded = np.full((len(tokens), dim), 0, np.float32)
    embedded[:, -1] = 1
    wanted = np.zeros((len(tokens), dim), np.float32)
    for at, (one, following) in enumerate(pairwise(chain)):
        embedded[one] = 0
        embedded[one, at] = 1
        wanted[following, at] = 4
    writer = _writer(path, "llama", tokens)
    _shape(writer, 1, dim, 64, dim // 64, dim // 64, context)
    writer.add_rope_dimension_count(64)
    writer.add_tensor("token_embd.weight", embedded)
    _ones(writer, "output_norm.weight", dim)
    writer.add_tensor("output.weight", wanted)

    def nothing(*shape: int) -> Any:
        return np.zeros(shape, np.float32)

    _attention(writer, 0, dim, dim, nothing, False)
    _feed(writer, 0, dim, 64, nothing, False)
    return _written(writer, path)


def timed(path: Path, said: str, prompt_tokens: int, *, context: int = 4096) -> Path:
    """Write a gpt2 that says this text, byte by byte, after any prompt of so many tokens.

    Only the position counts, so it goes on rightly after tokens that a schema forced.
    """
    steps = [*said.encode(), END]
    tokens = [*letters(), *CONTROL]
    dim = -(-(len(steps) + 1) // 64) * 64
    places = np.zeros((context, dim), np.float32)
    wanted = np.zeros((len(tokens), dim), np.float32)
    for at, step in enumerate(steps):
        places[prompt_tokens - 1 + at, at] = 1
        wanted[step, at] = 4
    writer = _writer(path, "gpt2", tokens)
    writer.add_context_length(context)
    writer.add_embedding_length(dim)
    writer.add_block_count(1)
    writer.add_feed_forward_length(64)
    writer.add_head_count(dim // 64)
    writer.add_layer_norm_eps(1e-5)
    writer.add_tensor("token_embd.weight", np.zeros((len(tokens), dim), np.float32))
    writer.add_tensor("position_embd.weight", places)
    writer.add_tensor("output.weight", wanted)
    for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        _ones(writer, f"{name}.weight", dim)
        writer.add_tensor(f"{name}.bias", np.zeros(dim, np.float32))
    shapes = {"attn_qkv": (3 * dim, dim), "attn_output": (dim, dim)}
    for name, shape in {**shapes, "ffn_up": (64, dim), "ffn_down": (dim, 64)}.items():
        writer.add_tensor(f"blk.0.{name}.weight", np.zeros(shape, np.float32))
        writer.add_tensor(f"blk.0.{name}.bias", np.zeros(shape[0], np.float32))
    return _written(writer, path)


def hybrid(path: Path, *, seed: int = 0, dim: int = 64, context: int = 4096) -> Path:
    """Write a random model of two convolutions and an attention layer (lfm2): state is not KV."""
    chance = np.random.default_rng(seed)
    tokens = [*letters(), *CONTROL]
    writer = _writer(path, "lfm2", tokens)
    writer.add_context_length(context)
    writer.add_embedding_length(dim)
    writer.add_block_count(3)
    writer.add_feed_forward_length(128)
    writer.add_head_count(4)
    writer.add_head_count_kv([0, 2, 0])
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_shortconv_l_cache(3)
    writer.add_rope_freq_base(10000.0)

    def matrix(*shape: int) -> Any:
        return chance.standard_normal(shape, dtype=np.float32) / np.float32(np.sqrt(shape[-1]))

    writer.add_tensor("token_embd.weight", matrix(len(tokens), dim))
    _ones(writer, "token_embd_norm.weight", dim)
    for n in range(3):
        if n == 1:
            _attention(writer, n, dim, dim // 2, matrix, False)
            _ones(writer, f"blk.{n}.attn_q_norm.weight", dim // 4)
            _ones(writer, f"blk.{n}.attn_k_norm.weight", dim // 4)
        else:
            _ones(writer, f"blk.{n}.attn_norm.weight", dim)
            writer.add_tensor(f"blk.{n}.shortconv.conv.weight", matrix(dim, 3))
            writer.add_tensor(f"blk.{n}.shortconv.in_proj.weight", matrix(3 * dim, dim))
            writer.add_tensor(f"blk.{n}.shortconv.out_proj.weight", matrix(dim, dim))
        _feed(writer, n, dim, 128, matrix, False)
    return _written(writer, path)


def _chunks(said: str) -> list[str]:
    """Cut a text into pieces of two or more characters, each of which occurs once."""
    chunks: list[str] = []
    at = 0
    while at < len(said):
        end = at + 2
        while said[at:end] in chunks and end < len(said):
            end += 1
        if len(said) - end < 2:
            end = len(said)
        chunks.append(said[at:end])
        at = end
    if len(set(chunks)) != len(chunks):
        raise ValueError("the end of the text repeats what was said before")
    return chunks


def _writer(
    path: Path, architecture: str, tokens: Sequence[str], *, plain_ends: bool = False
) -> Any:
    import gguf

    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name("Tiny")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(list(tokens))
    kinds = [_CONTROL if token in CONTROL else _NORMAL for token in tokens]
    if plain_ends:
        kinds[END] = 4
    writer.add_token_types(kinds)
    known = set(tokens)
    pairs = [" ".join(spelled(c) for c in p) for p in PAIRS if spelled(p) in known]
    writer.add_token_merges(pairs or ["a a"])
    writer.add_eos_token_id(END)
    writer.add_bos_token_id(256)
    writer.add_add_bos_token(False)
    return writer


def _shape(
    writer: Any, layers: int, dim: int, feed: int, heads: int, kv_heads: int, context: int
) -> None:
    writer.add_context_length(context)
    writer.add_embedding_length(dim)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(feed)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)


def _attention(writer: Any, n: int, dim: int, kv_dim: int, matrix: Any, quantised: bool) -> None:
    _ones(writer, f"blk.{n}.attn_norm.weight", dim)
    for name, rows in (("q", dim), ("k", kv_dim), ("v", kv_dim), ("output", dim)):
        _tensor(writer, f"blk.{n}.attn_{name}.weight", matrix(rows, dim), quantised)


def _feed(writer: Any, n: int, dim: int, feed: int, matrix: Any, quantised: bool) -> None:
    _ones(writer, f"blk.{n}.ffn_norm.weight", dim)
    _tensor(writer, f"blk.{n}.ffn_gate.weight", matrix(feed, dim), quantised)
    _tensor(writer, f"blk.{n}.ffn_up.weight", matrix(feed, dim), quantised)
    _tensor(writer, f"blk.{n}.ffn_down.weight", matrix(dim, feed), quantised)


def _ones(writer: Any, name: str, dim: int) -> None:
    writer.add_tensor(name, np.ones(dim, np.float32))


def _tensor(writer: Any, name: str, values: Any, quantised: bool) -> None:
    import gguf

    if quantised:
        kind = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
    else:
        writer.add_tensor(name, values.astype(np.float32))


def _written(writer: Any, path: Path) -> Path:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
