"""Trains the kinds head from the examples beside it, and says what it is worth on held-out groups.

    python benchmarks/heads/train.py            train from the stored vectors, print the scores
    python benchmarks/heads/train.py --embed    embed the examples anew first
    python benchmarks/heads/train.py --write    write the head that is shipped

The examples were written for this purpose: sixteen a kind, in four worlds (sea, city, farm, music),
half English, half German. Scores hold whole worlds out, because the embedding tells worlds apart
more easily than kinds. The vectors are stored so that the head can be trained again to the last
digit on any machine, whatever precision its model runs in. It reads English: with a whole language
held out it is worth little.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE / "examples"
VECTORS = HERE / "vectors.npz"
HEAD = HERE.parents[1] / "daemon" / "samantha" / "signals" / "heads" / "kinds.json"
STRENGTH = 5.0
"""Inverse of the regularisation; on held-out worlds 1, 5, 20 and 100 are worth the same."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text."""

    kind: str
    theme: str
    language: str
    text: str


def examples() -> list[Example]:
    """Return all examples, in a stable order."""
    return list(_read())


def _read() -> Iterator[Example]:
    for path in sorted(EXAMPLES.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield Example(path.stem, row["theme"], row["language"], row["text"])


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return float32[texts, 384] from the embedded model; raises SystemExit without one."""
    from samantha.adapters.llama import LlamaEmbedder
    from samantha.app.places import Places

    model = LlamaEmbedder(Places.of_user().cache, idle_s=60.0)
    try:
        blobs = model.embed(list(texts))
    finally:
        model.close()
    if blobs is None:
        raise SystemExit("the embedded model is not there")
    return np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(blobs), -1)


def stored() -> NDArray[np.float32]:
    """Return the stored vectors of the examples, float32[examples, 384]."""
    with np.load(VECTORS) as kept:
        return np.asarray(kept["vectors"], dtype=np.float32)


def fit(vectors: NDArray[np.float32], labels: Sequence[str]) -> dict[str, Any]:
    """Return a head as it is shipped: kinds, weights and bias, rounded."""
    from sklearn.linear_model import LogisticRegression

    # Doubles and a tight tolerance: the optimum is unique, so every machine finds the same one.
    model = LogisticRegression(C=STRENGTH, tol=1e-10, max_iter=5000)
    model.fit(vectors.astype(np.float64), list(labels))
    return {
        "kinds": [str(k) for k in model.classes_],
        "weights": [[round(float(x), 4) for x in row] for row in model.coef_],
        "bias": [round(float(x), 4) for x in model.intercept_],
    }


def predict(head: dict[str, Any], vectors: NDArray[np.float32]) -> list[str]:
    """Return the kind the head finds likeliest for each vector."""
    scores = vectors @ np.asarray(head["weights"]).T + np.asarray(head["bias"])
    return [head["kinds"][i] for i in scores.argmax(axis=1)]


def held_out(found: Sequence[Example], vectors: NDArray[np.float32], group: str) -> float:
    """Return the accuracy with each group (theme or language) held out in turn."""
    right = 0
    groups = np.array([getattr(e, group) for e in found])
    labels = np.array([e.kind for e in found])
    for one in sorted(set(groups)):
        head = fit(vectors[groups != one], labels[groups != one].tolist())
        right += sum(predict(head, vectors[groups == one]) == labels[groups == one])
    return right / len(found)


def main() -> None:
    """Embed if asked, train, print the scores, write if asked."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--embed", action="store_true", help="embed the examples anew")
    options.add_argument("--write", action="store_true", help="write the shipped head")
    asked = options.parse_args()
    found = examples()
    if asked.embed:
        np.savez_compressed(VECTORS, vectors=embed([e.text for e in found]).astype(np.float16))
    vectors = stored()
    head = fit(vectors, [e.kind for e in found])
    for group in ("theme", "language"):
        print(f"accuracy with each {group} held out: {held_out(found, vectors, group):.3f}")
    if asked.write:
        HEAD.parent.mkdir(exist_ok=True)
        rows = ",\n".join(json.dumps(row) for row in head["weights"])
        HEAD.write_text(
            f'{{"kinds": {json.dumps(head["kinds"])},\n"bias": {json.dumps(head["bias"])},\n'
            f'"weights": [\n{rows}\n]}}\n',
            encoding="utf-8",
        )
        print(f"wrote {HEAD}")


if __name__ == "__main__":
    main()
