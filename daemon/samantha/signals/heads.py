"""Small heads on the embedding: one opinion about a document's kind, from shipped weights."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from samantha.api.types import Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIMENSIONS = 384
KINDS_HEAD = "kinds.json"


@dataclass(frozen=True, slots=True)
class Head:
    """A linear head: one row of weights and one bias a kind."""

    kinds: tuple[Kind, ...]
    weights: NDArray[np.float32]
    """float32[kinds, 384]"""
    bias: NDArray[np.float32]

    def probabilities(self, vector: bytes) -> Mapping[Kind, float]:
        """Return the probability of each kind for a unit vector (little-endian float32[384])."""
        import numpy as np

        row = np.frombuffer(vector, dtype="<f4")
        if row.size != DIMENSIONS or not np.isfinite(row).all():
            return {}
        scores = self.weights @ row + self.bias
        top = float(scores.max())
        grown = [math.exp(float(s) - top) for s in scores]
        total = sum(grown)
        return {kind: g / total for kind, g in zip(self.kinds, grown, strict=True)}


@cache
def kinds_head() -> Head | None:
    """Return the shipped head for kinds, or None when it is not there."""
    place = files("samantha.signals") / "heads" / KINDS_HEAD
    if not place.is_file():
        return None
    import numpy as np

    stored = json.loads(place.read_text(encoding="utf-8"))
    return Head(
        tuple(Kind(k) for k in stored["kinds"]),
        np.asarray(stored["weights"], dtype=np.float32),
        np.asarray(stored["bias"], dtype=np.float32),
    )


def opinion(vector: bytes | None) -> Mapping[Kind, float]:
    """Return the head's probabilities for a document's vector; nothing without a model."""
    head = kinds_head() if vector else None
    return head.probabilities(vector) if head is not None and vector else {}
