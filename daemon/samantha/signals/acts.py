"""What a sentence does: it asks, it promises, it speaks of a meeting; cues and words, weighed.

The weights are trained by benchmarks/heads/train_sentences.py and calibrated there: a probability
of .8 was right in about eight cases of ten, on groups of examples that were held out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Literal, get_args

from samantha.signals.speech import words_of

Act = Literal["request", "commitment", "question", "event_sentence"]
ACTS: tuple[Act, ...] = get_args(Act)
ALONE = "request_alone"
"""The head for requests in a mail of one sentence, which is there for a reason."""
HEAD = "speech.json"

Cues = Mapping[str, str]

_OTHERS = frozenset(
    ["claim", "no_claim", "closes", "off", "not_off", "quoted", "price", "header", "q_wh_bare"]
)
"""Cues that speak of the mail and not of the act."""
_NEIGHBOUR, _AROUND, _SUBJECT = 1.2, 1.0, 1.0
_TRACE = 0.03
_BRIEF, _NAMED, _UNDER_NAME = 4, 0.6, 3.2


@dataclass(frozen=True, slots=True)
class ActHead:
    """A linear head over named traits; ``scale`` and ``shift`` make its sum a probability."""

    bias: float
    scale: float
    shift: float
    weights: Mapping[str, float]

    def score(self, traits: Sequence[str]) -> float:
        """Return the calibrated log odds."""
        total = self.bias + sum(filter(None, map(self.weights.get, traits)))
        return self.scale * total + self.shift

    def weight(self, trait: str) -> float:
        """Return what a trait adds to the log odds."""
        return self.scale * self.weights.get(trait, 0.0)


@cache
def act_heads() -> Mapping[str, ActHead]:
    """Return the shipped heads by act."""
    place = files("samantha.signals") / "heads" / HEAD
    stored = json.loads(place.read_text(encoding="utf-8"))
    return {
        act: ActHead(made["bias"], made["scale"], made["shift"], made["weights"])
        for act, made in stored.items()
    }


def traits_of(sentence: str, found: Cues) -> tuple[str, ...]:
    """Return what the heads weigh: cues, forms of the question mark, length, words."""
    named = (
        f"{name}_bare" if name.startswith("q_") and "mark" not in found else name for name in found
    )
    traits = {name for name in named if name not in _OTHERS}
    if "mark" in found:
        if "mark_end" not in found:
            traits.add("mark_inside")
        elif not any(name.startswith("q_") for name in found):
            traits.add("mark_flat")
        if "if_clause" in found:
            traits.add("if_mark")
    number = len(sentence.split())
    if number <= 8 or number > 25:
        traits.add("n3" if number <= 3 else "n8" if number <= 8 else "n25")
    return (*sorted(traits), *word_traits(sentence))


def word_traits(sentence: str) -> list[str]:
    """Return the words and pairs of words of a sentence, marked with ``=``."""
    words = ["^", *words_of(sentence.lower()), "?" if "?" in sentence else "."]
    pairs = (f"={one} {two}" for one, two in pairwise(words))
    return sorted({*(f"={word}" for word in words), *pairs})


def chance(log_odds: float) -> float:
    """Return the probability of log odds."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


def among(scores: Sequence[float], subject: float) -> list[float]:
    """Return log odds of meetings with their neighbours in mind.

    A sentence between two that arrange a meeting speaks of it too ("Any time is fine with me"),
    and so does one under a subject that names it; but not without a trace of it in its own words,
    unless the mail is brief ("I'm in.").
    """
    if len(scores) <= _BRIEF and subject >= _NAMED:
        return [score + _UNDER_NAME for score in scores]
    chances = [chance(score) for score in scores]
    total = sum(chances)
    moved = []
    for at, score in enumerate(scores):
        before = chances[at - 1] if at else 0.0
        after = chances[at + 1] if at + 1 < len(chances) else 0.0
        rest = (total - chances[at]) / max(1, len(chances) - 1)
        near = _NEIGHBOUR * (before + after) + _AROUND * rest + _SUBJECT * subject
        moved.append(score + near if chances[at] >= _TRACE else score)
    return moved
