"""Conversion of all-MiniLM-L6-v2 from safetensors to GGUF; the same input makes the same bytes.

Names and keys follow llama.cpp's own converter for its architecture ``bert``. Matrices take the
wanted type; vectors, positions and token types stay float32. ``q8`` is a mixture: eight bits where
most of the work is and little is lost by it, more where the vectors would suffer.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

_LAYERS = 6
_VOCABULARY = 30_522
_TRIAL_VOCABULARY = 1_024
_PAD, _UNK, _CLS, _SEP, _MASK = 0, 100, 101, 102, 103
_CONTROL, _NORMAL = 3, 1
_OUTER = {
    "embeddings.word_embeddings": "token_embd",
    "embeddings.position_embeddings": "position_embd",
    "embeddings.token_type_embeddings": "token_types",
    "embeddings.LayerNorm": "token_embd_norm",
}
_INNER = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
_EIGHT_BITS = re.compile(r"blk\.\d+\.(ffn_up|ffn_down|attn_q|attn_k)\.weight")
"""With values and attention's output in eight bits too, the worst cosine fell below 0.999."""
_IN_LAYER = re.compile(r"encoder\.layer\.(\d+)\.(.+)")


def convert(source: Path, target: Path, kind: str, *, trial: bool = False) -> None:
    """Write a GGUF file; ``trial`` makes a small one, of one layer, to measure speed with."""
    import gguf

    # The library opens by name, with the process's own mask.
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
    writer = gguf.GGUFWriter(target, "bert")
    try:
        _describe(writer, gguf.PoolingType.MEAN, 1 if trial else _LAYERS)
        words = (source / "vocab.txt").read_text("utf-8").split("\n")[:_VOCABULARY]
        _vocabulary(writer, words[:_TRIAL_VOCABULARY] if trial else words)
        _tensors(writer, source / "model.safetensors", kind, trial)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def _describe(writer: Any, pooling: Any, layers: int) -> None:
    writer.add_name("all-MiniLM-L6-v2")
    writer.add_block_count(layers)
    writer.add_context_length(512)
    writer.add_embedding_length(384)
    writer.add_feed_forward_length(1536)
    writer.add_head_count(12)
    writer.add_layer_norm_eps(1e-12)
    writer.add_causal_attention(False)
    writer.add_pooling_type(pooling)


def _vocabulary(writer: Any, words: list[str]) -> None:
    special = {_PAD, _UNK, _CLS, _SEP, _MASK}
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_type_count(2)
    writer.add_token_list([w if n in special else _marked(w) for n, w in enumerate(words)])
    writer.add_token_types([_CONTROL if n in special else _NORMAL for n in range(len(words))])
    writer.add_pad_token_id(_PAD)
    writer.add_unk_token_id(_UNK)
    writer.add_bos_token_id(_CLS)
    writer.add_sep_token_id(_SEP)
    writer.add_mask_token_id(_MASK)


def _marked(word: str) -> str:
    return word[2:] if word.startswith("##") else "\u2581" + word


def _tensors(writer: Any, weights: Path, kind: str, trial: bool) -> None:
    import gguf
    from safetensors import safe_open

    with safe_open(weights, "numpy") as file:
        for key in sorted(file.keys()):
            name = _name(key)
            if not name or (trial and name.startswith("blk.") and not name.startswith("blk.0.")):
                continue
            tensor = file.get_tensor(key)
            if trial and name == "token_embd.weight":
                tensor = tensor[:_TRIAL_VOCABULARY]
            if tensor.ndim == 1 or name.startswith(("position_embd", "token_types")):
                writer.add_tensor(name, tensor)
            else:
                wanted = gguf.GGMLQuantizationType[_type(kind, name)]
                writer.add_tensor(name, gguf.quantize(tensor, wanted), raw_dtype=wanted)


def _type(kind: str, name: str) -> str:
    """Return the type of a matrix in a file of this kind."""
    if kind != "q8":
        return kind.upper()
    if name == "token_embd.weight":
        return "F16"
    return "Q8_0" if _EIGHT_BITS.fullmatch(name) else "F32"


def _name(key: str) -> str:
    """Return llama.cpp's name of a tensor; empty for what is not used (the pooler)."""
    stem, _, leaf = key.rpartition(".")
    inside = _IN_LAYER.fullmatch(stem)
    if inside is not None:
        return f"blk.{inside[1]}.{_INNER[inside[2]]}.{leaf}"
    return f"{_OUTER[stem]}.{leaf}" if stem in _OUTER else ""
