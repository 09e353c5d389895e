"""The curated instruct models for rung 2, and which of them suits a machine.

The table is ``catalogue.toml`` beside this file: a handful of GGUF files with permissive licences,
each pinned to a revision and a sha256.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from samantha.adapters.machine import Machine

WINDOW_TOKENS = 4096
"""The context for which the memory need is given: instructions, a cut document, an answer."""

BESIDE_BYTES = 400 << 20
"""What llama.cpp takes beside weights and keys and values: buffers of a batch, the vocabulary."""

_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """One file that can be pulled by name: where it lies, what it must be, and what it needs."""

    name: str
    title: str
    repo: str
    file: str
    revision: str
    size_bytes: int
    sha256: str
    licence: str
    languages: tuple[str, ...]
    context_tokens: int
    kv_bytes_per_token: int
    cores: int
    shape: Literal["dense", "hybrid"]
    """Hybrid models keep a running state: what they have read can be taken up only as a whole."""
    summary: str
    taken: date
    not_confirmed: tuple[str, ...]

    @property
    def memory_bytes(self) -> int:
        """Memory needed with a window of ``WINDOW_TOKENS``, computed."""
        return memory_bytes(self.size_bytes, self.kv_bytes_per_token)


@dataclass(frozen=True, slots=True)
class Advice:
    """The model that suits a machine, or None, and why in words."""

    model: CatalogueModel | None
    reason: str


def memory_bytes(size_bytes: int, kv_bytes_per_token: int, tokens: int = WINDOW_TOKENS) -> int:
    """Return the memory a model file needs while it is loaded."""
    return size_bytes + kv_bytes_per_token * tokens + BESIDE_BYTES


@functools.cache
def catalogue() -> tuple[CatalogueModel, ...]:
    """Return the models, strongest first."""
    with Path(__file__).with_suffix(".toml").open("rb") as stream:
        table = tomllib.load(stream)
    general = table["not_confirmed"]
    return tuple(_model(row, table["taken"], general) for row in table["models"])


def _model(row: dict[str, Any], taken: date, not_confirmed: Sequence[str]) -> CatalogueModel:
    own = row.pop("not_confirmed", [])
    languages = tuple(row.pop("languages"))
    return CatalogueModel(
        **row, languages=languages, taken=taken, not_confirmed=(*own, *not_confirmed)
    )


def find(name: str) -> CatalogueModel | None:
    """Return the model of that name."""
    return next((one for one in catalogue() if one.name == name), None)


def recommend(models: Sequence[CatalogueModel], machine: Machine) -> Advice:
    """Return the first model that fits.

    It fits where it leaves half of the memory to everything else, what is free now is enough, and
    there are the cores to answer in good time.
    """
    has = (
        f"{_gb(machine.memory_bytes)} of memory, {_gb(machine.available_bytes)} of it free, "
        f"{_count(machine.cores)}"
    )
    missed = ""
    for model in models:
        lacks = _lacks(model, machine)
        if not lacks:
            return Advice(
                model,
                f"{has}: {model.name} takes {_gb(model.memory_bytes)} while it works.{missed}",
            )
        missed = f" {model.name} {lacks}."
    return Advice(None, f"{has}: no model fits beside your other programs.{missed}")


def _lacks(model: CatalogueModel, machine: Machine) -> str:
    """Return why a model does not fit, or ''."""
    need = model.memory_bytes
    if need > machine.memory_bytes * _SHARE:
        return f"would take more than half of the memory ({_gb(need)})"
    if need > machine.available_bytes:
        return f"would need {_gb(need)} free"
    if machine.cores < model.cores:
        return f"would answer slowly with fewer than {_count(model.cores)}"
    return ""


def _gb(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"


def _count(cores: int) -> str:
    return "1 core" if cores == 1 else f"{cores} cores"
