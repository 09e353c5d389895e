"""Speed, memory and reuse of a generative model, beside plain llama-cpp-python, in one run.

Without a model file, one of random weights is made: its speed is that of a true model of its
dimensions, what it says means nothing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from samantha.app.model_bench import CANDIDATES, bench

SIZES = {
    "tiny": dict[str, int](),
    "30M": {"dim": 512, "layers": 8, "feed": 1_536, "heads": 8, "kv_heads": 4},
    "0.1B": {"dim": 768, "layers": 12, "feed": 2_048, "heads": 12, "kv_heads": 4},
    "0.6B": {"dim": 1_024, "layers": 28, "feed": 3_072, "heads": 16, "kv_heads": 8},
}
FILLERS = {"tiny": 0, "30M": 8_000 - 273, "0.1B": 32_000 - 273, "0.6B": 151_936 - 273}
"""A whole number of 64 tokens in all, as true models have: llama.cpp's repacking dies of others."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", type=Path, help="a GGUF file")
    parser.add_argument("--size", choices=SIZES, default="0.1B", help="of a random model")
    parser.add_argument("--threads", type=int, default=0, help="default: the cores but one")
    parser.add_argument("--candidates", type=int, default=CANDIDATES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = options.model or made(Path(folder), options.size)
        print(f"{model.name}, {model.stat().st_size / 2**20:.0f} MB")
        print(f"{'':44}{'samantha':>12}{'plain':>12}")
        for row in bench(model, threads=options.threads, candidates=options.candidates):
            peer = "" if row.peer is None else f"{row.peer:.2f}"
            print(f"{row.what:44}{row.ours:12.2f}{peer:>12} {row.unit:9} {row.note}")


def made(folder: Path, size: str) -> Path:
    """Return a random model, its weights in eight bits."""
    from tiny_gguf import tiny

    shape = SIZES[size]
    path = folder / f"random-{size}.gguf"
    return tiny(path, fillers=FILLERS[size], quantised=size != "tiny", **shape)


if __name__ == "__main__":
    main()
