"""The model's process: ids as the reference makes them, packed batches, the jail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from adapters.minilm_reference import Reference, package
from adapters.minilm_texts import TEXTS

from samantha.adapters import gguf_file
from samantha.adapters.gguf_convert import convert
from samantha.workers import trial
from samantha.workers.encoder import BATCH, SEQUENCES, Encoder, EncoderError, packed
from samantha.workers.jail import LAYERS
from samantha.workers.wordpiece import MAX_TOKENS, WordPiece

SOURCE = package()
pytestmark = pytest.mark.skipif(SOURCE is None, reason="the embedded model's package is missing")

# Two threads, the jail entered between loading and the first batch, as the worker does.
PROBE = """
import json, os, sys
from samantha.workers.encoder import Encoder
from samantha.workers.jail import enter
encoder = Encoder(sys.argv[1], 2)
layers = enter(memory_bytes=2 << 30)
vectors = encoder.vectors([[101, *range(2000, 2200), 102]])
os.write(1, json.dumps({"layers": layers, "bytes": len(vectors[0])}).encode() + b"\\n")
os.read(0, 1)
"""


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert SOURCE is not None
    path = tmp_path_factory.mktemp("gguf") / "model.gguf"
    convert(SOURCE, path, "f16")
    return path


@pytest.fixture(scope="module")
def encoder(gguf: Path) -> Encoder:
    return Encoder(str(gguf), 1)


@pytest.fixture(scope="module")
def words(encoder: Encoder) -> WordPiece:
    return WordPiece(encoder.vocabulary())


@pytest.fixture(scope="module")
def reference() -> Reference:
    assert SOURCE is not None
    return Reference(SOURCE)


@pytest.mark.parametrize("group", TEXTS)
def test_ids_are_those_of_the_reference(words: WordPiece, reference: Reference, group: str) -> None:
    """The tokeniser agrees with BERT's own, token by token, in every script."""
    for text in TEXTS[group]:
        wanted = [reference.vocabulary[token] for token in reference.tokens(text)]
        assert words.ids(text) == wanted, text[:40]


def test_a_long_text_keeps_its_end_mark(words: WordPiece) -> None:
    """Cut at the model's length, with [SEP] last."""
    ids = words.ids("rain and slate " * 1_000)
    assert (len(ids), ids[0], ids[-1]) == (MAX_TOKENS, 101, 102)


def test_special_tokens_cannot_be_written(words: WordPiece) -> None:
    """A text that spells [SEP] or [CLS] gets no special token from it."""
    inside = words.ids("[SEP] a [CLS] b [PAD] [MASK] [UNK]")[1:-1]
    assert not {0, 100, 101, 102, 103} & set(inside)


def test_any_character_makes_ids(words: WordPiece) -> None:
    """Every code point there is, lone surrogates too, is taken without an error."""
    for start in range(0, 0x110000, 0x1000):
        ids = words.ids(" ".join(map(chr, range(start, start + 0x1000))), 10_000)
        assert all(0 <= one < 30_522 for one in ids)


def test_batches_are_full_but_never_over() -> None:
    """Packing loses no sequence and keeps to both bounds."""
    lengths = [2 + (n * 37) % 255 for n in range(300)] + [2] * 300
    batches = list(packed(lengths))
    assert sorted(at for places in batches for at in places) == list(range(600))
    assert all(sum(lengths[at] for at in places) <= BATCH for places in batches)
    assert all(len(places) <= SEQUENCES for places in batches)
    assert len(batches) <= sum(lengths) / BATCH * 1.4 + 300 / SEQUENCES + 1


def test_a_sequence_that_fits_no_batch_is_refused(encoder: Encoder) -> None:
    """An empty one and one too long are errors before llama.cpp sees them."""
    for ids in ([], [101] * (BATCH + 1)):
        with pytest.raises(EncoderError):
            encoder.vectors([ids])


def test_sequences_in_one_batch_do_not_see_each_other(encoder: Encoder, words: WordPiece) -> None:
    """A text has the same vector alone and packed with others, and comes back in its place."""
    texts = [text for group in TEXTS.values() for text in group]
    ids = [words.ids(text) for text in texts]
    together = np.array([np.frombuffer(v, "<f4") for v in encoder.vectors(ids)])
    for at, one in enumerate(ids):
        alone = np.frombuffer(encoder.vectors([one])[0], "<f4")
        assert np.abs(together[at] - alone).max() < 1e-3


def test_vectors_have_length_one(encoder: Encoder, words: WordPiece) -> None:
    """Cosine similarity is a plain product."""
    for vector in encoder.vectors([words.ids(text) for text in ("", "a", "rain " * 300)]):
        assert abs(np.linalg.norm(np.frombuffer(vector, "<f4")) - 1) < 1e-5


def test_every_kind_of_weights_agrees_with_the_reference(tmp_path: Path) -> None:
    """Whichever kind the trial chooses, heads trained on another keep their meaning."""
    assert SOURCE is not None
    reference = Reference(SOURCE)
    for kind in gguf_file.KINDS:
        convert(SOURCE, tmp_path / kind, kind)
        if not trial.spent({kind: tmp_path / kind}):
            assert kind in trial.REPACKED, "only these may be more than a build of llama.cpp can do"
            continue
        encoder = Encoder(str(tmp_path / kind), 1, repacked=kind in trial.REPACKED)
        words = WordPiece(encoder.vocabulary())
        for text in (*TEXTS["english"], *TEXTS["hangul"]):
            ours = np.frombuffer(encoder.vectors([words.ids(text)])[0], "<f4")
            assert ours @ reference.vector(text) > 0.999
        encoder.close()


def test_a_kind_that_does_not_work_here_is_not_chosen(tmp_path: Path) -> None:
    """A file that llama.cpp dies of, or refuses, costs the trial and nothing else."""
    assert SOURCE is not None
    convert(SOURCE, tmp_path / "f16", "f16", trial=True)
    (tmp_path / "q8").write_bytes(b"no model")
    trials = {kind: tmp_path / kind for kind in ("f16", "q8")}
    assert not trial.spent(trials)
    assert trial.fastest(trials) == "f16"
    assert trial.fastest({"q8": tmp_path / "q8"}) == "f16"


def test_conversion_makes_the_same_bytes_again(gguf: Path, tmp_path: Path) -> None:
    """The same weights make the same file."""
    assert SOURCE is not None
    convert(SOURCE, tmp_path / "again", "f16")
    assert (tmp_path / "again").read_bytes() == gguf.read_bytes()


def test_every_thread_of_the_model_is_in_the_jail(gguf: Path) -> None:
    """Threads that llama.cpp starts inside inherit the filter, and it works with all layers."""
    import json

    with subprocess.Popen(
        [sys.executable, "-c", PROBE, str(gguf)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        said = json.loads(process.stdout.readline())
        tasks = [p.read_text() for p in Path(f"/proc/{process.pid}/task").glob("*/status")]
        process.stdin.write(b"x")
    assert set(said["layers"]) <= set(LAYERS) and said["bytes"] == 1536
    if "seccomp" not in said["layers"]:
        pytest.skip("this kernel has no seccomp filter")
    assert len(tasks) == 2
    assert all("Seccomp:\t2" in task and "NoNewPrivs:\t1" in task for task in tasks)


def test_the_binding_brings_no_heavy_library() -> None:
    """The process stays small: neither numpy nor the package's high-level interface is loaded."""
    code = (
        "import sys; from samantha.workers import model, llama_binding; llama_binding.binding();"
        "print([m for m in ('numpy', 'jinja2', 'llama_cpp.llama', 'gguf') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert out.stdout.strip() == "[]"
