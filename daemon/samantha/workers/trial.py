"""Which kind of weights this processor is fastest with, tried in a process that may die of it.

llama.cpp can be compiled so that a kind ends the process: GCC before 12.4 and 13.3 drops the stores
that the set-up of a processor's tiles rests on (GCC bug 114098), and the first product of eight-bit
weights is then an illegal instruction.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from samantha.workers.encoder import BATCH, Encoder, EncoderError

REPACKED = frozenset({"q8"})
"""Kinds whose weights are laid out anew for the processor when they are loaded."""
_GAIN = 0.9
_ROUNDS = 5
_LONGEST_S = 120


def fastest(trials: Mapping[str, Path]) -> str:
    """Return the kind to use: float16, which is small, unless another is clearly faster here.

    Measured by the time of the processor: by the clock, whatever else runs would choose. Processors
    differ: one with AVX512-BF16 did best with bfloat16, another one with float32, one with tiles
    with eight bits. A kind that does not work here is out.
    """
    plain = {kind: path for kind, path in trials.items() if kind not in REPACKED}
    seconds = spent(trials) or spent(plain)
    if not seconds:
        return "f16"
    best = min(seconds, key=seconds.__getitem__)
    return best if seconds[best] < seconds["f16"] * _GAIN else "f16"


def spent(trials: Mapping[str, Path]) -> dict[str, float]:
    """Return the seconds of each kind, from a process of its own; nothing if that process died."""
    words = [f"{kind}={path}" for kind, path in trials.items()]
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "samantha.workers.trial", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_LONGEST_S,
            check=True,
        )
        return {str(kind): float(one) for kind, one in json.loads(done.stdout).items()}
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}


def main() -> None:
    """Print the best time of each ``KIND=FILE`` of the arguments as JSON."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        # A death that is expected leaves no image of the memory behind.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    files = dict(word.split("=", 1) for word in sys.argv[1:])
    encoders = {kind: Encoder(path, 1, repacked=kind in REPACKED) for kind, path in files.items()}
    sequences = [[101, *range(200, 326), 102]] * (BATCH // 128)
    best = dict.fromkeys(encoders, float("inf"))
    for _ in range(_ROUNDS):
        for kind, encoder in encoders.items():
            start = time.process_time()
            encoder.vectors(sequences)
            best[kind] = min(best[kind], time.process_time() - start)
    sys.stdout.write(json.dumps(best))


if __name__ == "__main__":
    with contextlib.suppress(EncoderError):
        main()
