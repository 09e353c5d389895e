"""Trains the sentence heads: request, commitment, question, meeting; says what they are worth.

    python benchmarks/heads/train_sentences.py --parakweet FILE            print the scores
    python benchmarks/heads/train_sentences.py --parakweet FILE --write    write the shipped heads

The examples in sentences/ were written for this purpose, in ten worlds, en and de. FILE is
src/resources/Ask0729-fixed.txt of github.com/ParakweetLabs/EmailIntentDataSet (Apache-2.0), commit
055f62857b3214c1682a0b18a2c5fc2c9f0c00e6: sentences of mails, Yes where one asks or proposes; it
teaches requests alone. Scores hold whole worlds, and whole clusters of like sentences, out.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samantha.signals.acts import ALONE, Act, traits_of
from samantha.signals.speech import cues

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE / "sentences"
HEAD = HERE.parents[1] / "daemon" / "samantha" / "signals" / "heads" / "speech.json"
LETTERS: dict[Act, str] = {
    "request": "r",
    "commitment": "c",
    "question": "q",
    "event_sentence": "m",
}
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one head is trained."""

    act: Act
    strength: float = 1.0
    """Inverse of the regularisation."""
    public: bool = False
    """The public sentences are among its examples."""
    own_weight: float = 1.0
    """How many public examples an own one counts for."""
    word_scale: float = 0.0
    """What a word weighs beside a cue; none: no words. They tell sources apart more than acts."""
    least_seen: int = 8
    """Examples that a word has to be in."""
    digits: int = 3
    """Digits of a weight: of thousands the third is not the same on every machine."""


RECIPES = {
    # The labels of the public sentences are loose where there is more of a mail to look at.
    "request": Recipe("request", 0.3, True, own_weight=10.0, word_scale=0.3),
    ALONE: Recipe("request", 0.4, True, word_scale=0.5, least_seen=5, digits=2),
    "commitment": Recipe("commitment"),
    "question": Recipe("question"),
    "event_sentence": Recipe("event_sentence"),
}

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence, the letters of what it does, and the group it is held out with."""

    text: str
    does: str
    group: str
    public: bool = False


def own_examples() -> list[Example]:
    """Return the examples written for this purpose, in a stable order."""
    found = []
    for path in sorted(EXAMPLES.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            does, text = line.split("|", 1)
            found.append(Example(text, does, path.stem))
    return found


def public_examples(path: Path) -> list[Example]:
    """Return Parakweet's sentences; the group is their first two words: templates stay together."""
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        label, _, text = line.partition("\t")
        words = " ".join(text.replace("’", "'").replace("`", "'").split())
        if words:
            group = " ".join(words.lower().split()[:2])
            found.append(Example(words, "r" if label == "Yes" else "-", group, True))
    return found


@dataclass(frozen=True, slots=True)
class Table:
    """Examples as numbers: float64[examples, names]."""

    names: tuple[str, ...]
    rows: Floats
    weights: Floats


def table(examples: Sequence[Example], recipe: Recipe) -> Table:
    """Return the traits of the examples; words only where they are common enough."""
    least, scale = recipe.least_seen, recipe.word_scale
    traits = [traits_of(e.text, cues(e.text)) for e in examples]
    seen = Counter(name for one in traits for name in one)
    names = sorted(n for n, c in seen.items() if not n.startswith("=") or (scale and c >= least))
    place = {name: at for at, name in enumerate(names)}
    rows = np.zeros((len(examples), len(names)))
    for at, one in enumerate(traits):
        for name in one:
            if name in place:
                rows[at, place[name]] = scale if name.startswith("=") else 1.0
    weights = np.array([1.0 if e.public else recipe.own_weight for e in examples])
    return Table(tuple(names), rows, weights)


def fit(rows: Floats, labels: Floats, weights: Floats, strength: float) -> Any:
    """Return a logistic regression; the optimum is unique, every machine finds the same one."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, tol=1e-8, max_iter=5000)
    return model.fit(rows, labels, sample_weight=weights)


def held_out(made: Table, labels: Floats, groups: Sequence[str], strength: float) -> Floats:
    """Return each example's log odds by a head that has not seen its group."""
    from sklearn.model_selection import GroupKFold

    scores = np.zeros(len(labels))
    for known, unknown in GroupKFold(FOLDS).split(made.rows, groups=list(groups)):
        model = fit(made.rows[known], labels[known], made.weights[known], strength)
        scores[unknown] = model.decision_function(made.rows[unknown])
    return scores


def platt(scores: Floats, labels: Floats, weights: Floats) -> tuple[float, float]:
    """Return the scale and shift that make held-out log odds honest probabilities."""
    model = fit(scores.reshape(-1, 1), labels, weights, 1e6)
    return round(float(model.coef_[0, 0]), 3), round(float(model.intercept_[0]), 3)


def quality(chances: Floats, labels: Floats, least: float = 0.5) -> tuple[float, float, float]:
    """Return precision, recall and F1 at a threshold."""
    said, true = chances >= least, labels > 0
    both = float((said & true).sum())
    precision, recall = both / max(1, said.sum()), both / max(1, true.sum())
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def reliability(chances: Floats, labels: Floats) -> None:
    """Print how often what was said with a certainty was true."""
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = (chances >= low) & (chances < low + 0.2 + 1e-9 * (low == 0.8))
        if inside.any():
            said, true = chances[inside].mean(), labels[inside].mean()
            print(f"    said {said:.2f}   true {true:.2f}   of {inside.sum()}")


def train(name: str, own: list[Example], public: list[Example]) -> dict[str, Any]:
    """Return one head as it is shipped, and print what it is worth."""
    recipe = RECIPES[name]
    examples = own + (public if recipe.public else [])
    made = table(examples, recipe)
    labels = np.array([float(LETTERS[recipe.act] in e.does) for e in examples])
    scores = held_out(made, labels, [e.group for e in examples], recipe.strength)
    scale, shift = platt(scores, labels, made.weights)
    chances = 1 / (1 + np.exp(-(scale * scores + shift)))
    for whose, wanted in (("own", False), ("public", True)):
        inside = np.array([e.public is wanted for e in examples])
        if inside.any():
            p, r, f = quality(chances[inside], labels[inside])
            print(f"{name}, {whose} ({inside.sum()}), held out: P {p:.3f} R {r:.3f} F1 {f:.3f}")
            reliability(chances[inside], labels[inside])
    model = fit(made.rows, labels, made.weights, recipe.strength)
    weights = {}
    for trait, weight in zip(made.names, model.coef_[0], strict=True):
        scaled = float(weight) * (recipe.word_scale if trait.startswith("=") else 1.0)
        value = round(scaled, recipe.digits)
        if abs(value) >= 0.005:
            weights[trait] = value
    bias = round(float(model.intercept_[0]), 3)
    return {"bias": bias, "scale": scale, "shift": shift, "weights": weights}


def as_text(heads: Mapping[str, Any]) -> str:
    """Return the heads as they are stored: one line a trait, so that a change can be read."""
    return json.dumps(heads, indent=0, ensure_ascii=False, sort_keys=True) + "\n"


def main() -> None:
    """Train all heads, print the scores, write if asked."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--parakweet", type=Path, required=True, help="Ask0729-fixed.txt")
    options.add_argument("--write", action="store_true", help="write the shipped heads")
    asked = options.parse_args()
    own, public = own_examples(), public_examples(asked.parakweet)
    heads = {name: train(name, own, public) for name in RECIPES}
    if asked.write:
        HEAD.write_text(as_text(heads), encoding="utf-8")
        print(f"wrote {HEAD}, {HEAD.stat().st_size} bytes")


if __name__ == "__main__":
    main()
