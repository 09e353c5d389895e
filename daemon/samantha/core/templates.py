"""How each family of models wants a conversation written; the file's own template is only data.

A template is texts with control tokens in them, around texts without: a model's file that asks for
something else is served by the nearest family, and no code of it runs.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

Parts = tuple[tuple[str, bool], ...]
"""Texts of a prompt and whether they may spell control tokens."""


@dataclass(frozen=True, slots=True)
class Family:
    """A way to write a conversation. ``marks`` are control tokens that the model must have."""

    name: str
    marks: tuple[str, ...]
    begin: str
    """Before the instructions."""
    between: str
    """Between instructions and what the user says."""
    answer: str
    """After what the user says: the model's turn begins."""


_FAMILIES = (
    Family(
        "phi-4",
        ("<|im_start|>", "<|im_sep|>", "<|im_end|>"),
        "<|im_start|>system<|im_sep|>",
        "<|im_end|><|im_start|>user<|im_sep|>",
        "<|im_end|><|im_start|>assistant<|im_sep|>",
    ),
    Family(
        "chatml",
        ("<|im_start|>", "<|im_end|>"),
        "<|im_start|>system\n",
        "<|im_end|>\n<|im_start|>user\n",
        "<|im_end|>\n<|im_start|>assistant\n",
    ),
    Family(
        "llama-3",
        ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
        "<|start_header_id|>system<|end_header_id|>\n\n",
        "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n",
        "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    ),
    Family(
        "granite",
        ("<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"),
        "<|start_of_role|>system<|end_of_role|>",
        "<|end_of_text|>\n<|start_of_role|>user<|end_of_role|>",
        "<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>",
    ),
    Family(
        "gemma",
        ("<start_of_turn>", "<end_of_turn>"),
        # It knows no instructions apart from what the user says.
        "<start_of_turn>user\n",
        "\n\n",
        "<end_of_turn>\n<start_of_turn>model\n",
    ),
    Family(
        "mistral-7",
        ("[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[INST]", "[/INST]"),
        "[SYSTEM_PROMPT]",
        "[/SYSTEM_PROMPT][INST]",
        "[/INST]",
    ),
    Family("mistral", ("[INST]", "[/INST]"), "[INST]", "\n\n", "[/INST]"),
    Family(
        "phi",
        ("<|user|>", "<|assistant|>", "<|end|>"),
        "<|system|>\n",
        "<|end|>\n<|user|>\n",
        "<|end|>\n<|assistant|>\n",
    ),
)
_PLAIN = Family("plain", (), "### Instructions\n\n", "\n\n### Question\n\n", "\n\n### Answer\n\n")
_NO_THOUGHTS = "<think>\n\n</think>\n\n"


def family_of(untrusted_architecture: str, marks: Collection[str]) -> Family:
    """Return how to talk to a model, by its control tokens; the architecture settles a tie."""
    some = [one for one in _FAMILIES if set(one.marks) <= set(marks)]
    near = [one for one in some if one.name.split("-")[0] in untrusted_architecture.lower()]
    return (near or some or [_PLAIN])[0]


def thoughtless(untrusted_template: str, marks: Collection[str]) -> str:
    """Return what begins the answer of a model that would otherwise think aloud for a while."""
    switch = "enable_thinking" in untrusted_template
    return _NO_THOUGHTS if switch and {"<think>", "</think>"} <= set(marks) else ""


def conversation(
    family: Family, instructions: str, said: Parts, answer_begins: str = ""
) -> tuple[Parts, Parts]:
    """Return (prefix, rest): the prefix is the same whatever is said."""
    prefix = ((family.begin, True), (instructions, False), (family.between, True))
    return prefix, (*said, (family.answer + answer_begins, True))
