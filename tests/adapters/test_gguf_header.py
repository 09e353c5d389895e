"""What a GGUF file says of itself: read exactly, and without harm when it lies."""

from __future__ import annotations

import os
import random
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from small_gguf import TEMPLATE, write_gguf

from samantha.adapters.gguf_header import MAX_TEXT_BYTES, GgufFacts, NotGguf, read_facts


def facts(path: Path) -> GgufFacts:
    fd = os.open(path, os.O_RDONLY)
    try:
        return read_facts(fd)
    finally:
        os.close(fd)


def header(*entries: bytes, tensors: int = 0, keys: int | None = None, version: int = 3) -> bytes:
    count = len(entries) if keys is None else keys
    return b"GGUF" + struct.pack("<IQQ", version, tensors, count) + b"".join(entries)


def text(value: bytes) -> bytes:
    return struct.pack("<Q", len(value)) + value


def entry(key: str, kind: int, value: bytes) -> bytes:
    return text(key.encode()) + struct.pack("<I", kind) + value


def test_a_header_is_read_exactly(tmp_path: Path) -> None:
    """Architecture, context, parameters, quantisation and memory per token are those written."""
    found = facts(write_gguf(tmp_path / "one.gguf"))
    assert found == GgufFacts(
        untrusted_architecture="llama",
        untrusted_name="Small",
        untrusted_licence="apache-2.0",
        untrusted_chat_template=TEMPLATE,
        quantisation="F16",
        parameters=64 * 64 + 64,
        context_tokens=2048,
        kv_bytes_per_token=2 * 2 * (16 + 16) * 2,
        vocabulary=300,
    )


def test_it_agrees_with_the_reader_of_the_package(tmp_path: Path) -> None:
    """What is read here is what `gguf.GGUFReader` reads of the same file."""
    from gguf import GGUFReader

    path = write_gguf(tmp_path / "one.gguf", tokens=20)
    peer, ours = GGUFReader(path), facts(path)
    assert ours.untrusted_name == peer.fields["general.name"].contents()
    assert ours.context_tokens == peer.fields["llama.context_length"].contents()
    assert ours.parameters == sum(int(t.n_elements) for t in peer.tensors)
    assert ours.vocabulary == len(peer.fields["tokenizer.ggml.tokens"].contents())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"architecture": "bert"}, "cannot write"),
        ({"writes": False}, "cannot write"),
        ({"llama__pooling_type": 1}, "cannot write"),
        ({"split__count": 2}, "several files"),
        ({"general__type": "adapter"}, "an addition"),
        ({"general__alignment": 3}, "alignment"),
    ],
)
def test_what_is_no_model_that_writes_is_refused(
    tmp_path: Path, change: dict[str, object], told: str
) -> None:
    """A sentence model, a part, an adapter is told as what it is."""
    path = write_gguf(tmp_path / "one.gguf", **change)  # type: ignore[arg-type]
    with pytest.raises(NotGguf, match=told):
        facts(path)


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    """No length but the whole one passes: what is missing is noticed, not read as zeros."""
    path = write_gguf(tmp_path / "one.gguf", tokens=3, rows=1)
    whole = path.read_bytes()
    end = len(whole.rstrip(b"\0"))  # behind the last tensor there may be padding
    for length in [*range(0, end - 32, 7), end - 64]:
        path.write_bytes(whole[:length])
        with pytest.raises(NotGguf):
            facts(path)


HOSTILE = {
    "nothing": b"",
    "html": b"<html>Not found</html>" * 100,
    "other version": header(version=99),
    "other byte order": b"GGUF" + struct.pack(">IQQ", 3, 0, 0),
    "endless keys": header(keys=2**64 - 1),
    "endless tensors": header(tensors=2**64 - 1),
    "text without end": header(entry("general.name", 8, struct.pack("<Q", 2**63))),
    "key without end": header(struct.pack("<Q", 2**64 - 1)),
    "array without end": header(entry("a", 9, struct.pack("<IQ", 4, 2**63))),
    "texts without end": header(entry("a", 9, struct.pack("<IQ", 8, 2**63))),
    "array of arrays": header(entry("a", 9, struct.pack("<IQ", 9, 1))),
    "unknown kind": header(entry("a", 77, b"")),
    "no weights": header(),
    "many dimensions": header(text(b"t") + struct.pack("<I", 2**31), tensors=1, keys=0),
    "huge tensor": header(
        text(b"t") + struct.pack("<IQQIQ", 2, 2**63, 2**63, 0, 0), tensors=1, keys=0
    ),
    "unknown numbers": header(text(b"t") + struct.pack("<IQIQ", 1, 8, 999, 0), tensors=1, keys=0),
    "tensor far away": header(text(b"t") + struct.pack("<IQIQ", 1, 8, 0, 2**63), tensors=1, keys=0),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_forged_header_is_refused(tmp_path: Path, name: str) -> None:
    """Counts, lengths and places that no file has are refused, each with a reason."""
    path = tmp_path / "one.gguf"
    path.write_bytes(HOSTILE[name])
    with pytest.raises(NotGguf, match=r"it|makes no sense"):
        facts(path)


@pytest.mark.parametrize("counts", [{"keys": 2**40}, {"tensors": 2**40}])
def test_a_forged_count_is_refused_at_once(tmp_path: Path, counts: dict[str, int]) -> None:
    """A file of zeros reads as endlessly many empty entries: the count alone is refused."""
    path = tmp_path / "one.gguf"
    path.write_bytes(header(**counts))
    os.truncate(path, 1 << 40)
    with pytest.raises(NotGguf, match="more parts than any model"):
        facts(path)


def test_a_forged_header_costs_little(tmp_path: Path) -> None:
    """A sparse file of a terabyte whose header claims to fill it takes neither time nor memory."""
    path = tmp_path / "one.gguf"
    path.write_bytes(header(entry("a", 9, struct.pack("<IQ", 8, 2**36))))
    os.truncate(path, 1 << 40)
    code = (
        "import os; from samantha.adapters.gguf_header import *\n"
        "import resource; resource.setrlimit(resource.RLIMIT_CPU, (20, 20))\n"
        "def peak_kib():\n"
        "    return int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])\n"
        f"fd = os.open({str(path)!r}, os.O_RDONLY)\n"
        "before = peak_kib()\n"
        "try: read_facts(fd)\n"
        "except NotGguf: print(peak_kib() - before)\n"
    )
    # Not ru_maxrss: a child inherits that of the process it was started from.
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert int(done.stdout) < 8 * 1024


def test_a_long_template_is_left_out(tmp_path: Path) -> None:
    """The template is text that is kept up to a bound, and never executed."""
    path = write_gguf(tmp_path / "one.gguf", general__organization="x" * (MAX_TEXT_BYTES + 1))
    assert facts(path).untrusted_chat_template == TEMPLATE
    whole = path.read_bytes()
    long = text(TEMPLATE.encode())
    assert long in whole
    longer = whole.replace(long, text(b"{" * (MAX_TEXT_BYTES + 1)))
    (tmp_path / "two.gguf").write_bytes(longer + bytes(32))  # the weights begin later now
    assert facts(tmp_path / "two.gguf").untrusted_chat_template == ""


def test_random_damage_is_read_or_refused(tmp_path: Path) -> None:
    """Of 3,000 headers with flipped bytes none does anything but be read or be refused."""
    path = write_gguf(tmp_path / "one.gguf", tokens=30, rows=2)
    whole = path.read_bytes()
    dice = random.Random(7)
    refused = 0
    for _ in range(3_000):
        damaged = bytearray(whole)
        for _ in range(dice.randint(1, 8)):
            damaged[dice.randrange(1200)] = dice.randrange(256)
        path.write_bytes(damaged)
        try:
            found = facts(path)
        except NotGguf:
            refused += 1
        else:
            assert found.parameters > 0 and found.kv_bytes_per_token >= 0
    assert 0 < refused < 3_000
