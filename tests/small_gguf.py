"""GGUF files of a few kilobytes: true headers, weights that mean nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

TEMPLATE = "{{ messages }}"


def write_gguf(
    path: Path,
    *,
    architecture: str = "llama",
    tokens: int = 300,
    rows: int = 64,
    seed: int = 0,
    writes: bool = True,
    **extra: Any,
) -> Path:
    """Write a file that describes a model of 2 layers, 64 wide; ``extra`` adds plain values."""
    import gguf
    import numpy as np

    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name("Small")
    writer.add_license("apache-2.0")
    writer.add_context_length(2048)
    writer.add_block_count(2)
    writer.add_embedding_length(64)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    if writes:
        writer.add_tokenizer_model("gpt2")
        writer.add_token_list([f"token{n}" for n in range(tokens)])
        writer.add_token_scores([0.0] * tokens)
        writer.add_chat_template(TEMPLATE)
    for name, value in extra.items():
        key = name.replace("__", ".")
        add = writer.add_uint32 if isinstance(value, int) else writer.add_string
        add(key, value)
    numbers = np.random.default_rng(seed)
    writer.add_tensor("token_embd.weight", numbers.random((rows, 64)).astype(np.float16))
    writer.add_tensor("output_norm.weight", numbers.random(64).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
