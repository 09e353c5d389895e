"""What a GGUF file says of itself, read as hostile data: bounded, nothing executed, nothing mapped.

The reader of the ``gguf`` package maps the file and builds an object for every entry, so a forged
count costs it unbounded time and memory. This one walks the header with ``pread``: it keeps a few
named values, steps over everything else, and refuses what passes a limit or does not lie inside the
file. Only the package's tables of types and block sizes are used.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAX_HEADER_BYTES = 32 << 20
MAX_KEYS = 4_096
MAX_TENSORS = 16_384
MAX_TEXT_BYTES = 256 << 10
_MAX_KEPT_NUMBERS = 1_024
_MAX_DIMENSIONS = 4
_SHOWN = 200
_MAX_ELEMENTS = 1 << 42
_BLOCK = 1 << 20

_FORMATS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_STRING, _ARRAY = 8, 9
_KEPT = (
    "general.architecture",
    "general.name",
    "general.type",
    "general.license",
    "general.file_type",
    "general.alignment",
    "split.count",
    "tokenizer.chat_template",
    "tokenizer.ggml.model",
)
_KEPT_ENDS = (
    ".context_length",
    ".block_count",
    ".embedding_length",
    ".attention.head_count",
    ".attention.head_count_kv",
    ".attention.key_length",
    ".attention.value_length",
    ".pooling_type",
)
# Models that turn text into vectors, images into tokens and the like: they cannot write.
_SILENT = ("bert", "nomic-bert", "jina-bert-v2", "t5encoder", "clip", "wavtokenizer-dec", "")


class NotGguf(Exception):
    """The file is no GGUF file that can be used; the text is for the user."""


@dataclass(frozen=True, slots=True)
class GgufFacts:
    """What the header says. All texts are a stranger's."""

    untrusted_architecture: str
    untrusted_name: str
    untrusted_licence: str
    untrusted_chat_template: str
    """The file's template, as text; it is never executed. Empty where it is too long."""
    quantisation: str
    parameters: int
    context_tokens: int
    kv_bytes_per_token: int
    """16-bit keys and values of one token; 0 where the header does not tell."""
    vocabulary: int


Value = str | int | float | bool | tuple[int | float | bool, ...]


def read_facts(fd: int) -> GgufFacts:
    """Read the header of an open file; raises ``NotGguf``."""
    cursor = _Cursor(fd)
    tensors, kept, counts = _entries(cursor)
    elements, quantisation = _tensors(cursor, tensors, _number(kept, "general.alignment") or 32)
    _usable(kept)
    architecture = _text(kept, "general.architecture")
    return GgufFacts(
        untrusted_architecture=architecture[:_SHOWN],
        untrusted_name=_text(kept, "general.name")[:_SHOWN],
        untrusted_licence=_text(kept, "general.license")[:_SHOWN],
        untrusted_chat_template=_text(kept, "tokenizer.chat_template"),
        quantisation=_file_type(_number(kept, "general.file_type")) or quantisation,
        parameters=elements,
        context_tokens=_number(kept, f"{architecture}.context_length"),
        kv_bytes_per_token=_kv_bytes(kept, architecture),
        vocabulary=counts.get("tokenizer.ggml.tokens", 0),
    )


def _entries(cursor: _Cursor) -> tuple[int, dict[str, Value], dict[str, int]]:
    """Return the number of tensors, the values kept, and how long arrays are."""
    if cursor.take(4) != b"GGUF":
        raise NotGguf("it is not in the GGUF format")
    version = cursor.unpack("I")
    if version not in (2, 3):
        raise NotGguf(
            "its GGUF version is not known here (it may be for another kind of processor)"
        )
    tensors, keys = cursor.unpack("Q"), cursor.unpack("Q")
    if tensors > MAX_TENSORS or keys > MAX_KEYS:
        raise NotGguf("its header names more parts than any model has")
    kept: dict[str, Value] = {}
    counts: dict[str, int] = {}
    for _ in range(keys):
        key = cursor.text(MAX_TEXT_BYTES)
        kind = cursor.unpack("I")
        wanted = key in _KEPT or key.endswith(_KEPT_ENDS)
        value: Value | None
        if kind == _ARRAY:
            value, counts[key] = cursor.array(wanted)
        elif kind == _STRING:
            value = cursor.text(MAX_TEXT_BYTES)
        else:
            value = cursor.scalar(kind)
        if wanted and value is not None:
            kept[key] = value
    return tensors, kept, counts


def _tensors(cursor: _Cursor, count: int, alignment: int) -> tuple[int, str]:
    """Return (elements, the type most bytes have); refuse tensors that do not lie in the file."""
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    if alignment > _BLOCK or alignment & (alignment - 1):
        raise NotGguf("its alignment makes no sense")
    elements, end = 0, 0
    by_type: dict[str, int] = {}
    for one, kind, offset in _descriptions(cursor, count):
        if kind not in GGMLQuantizationType._value2member_map_:
            raise NotGguf("it uses a kind of numbers that is not known here")
        block, size = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
        if one % block:
            raise NotGguf("the shape of its tensors makes no sense")
        taken = one // block * size
        name = GGMLQuantizationType(kind).name
        by_type[name] = by_type.get(name, 0) + taken
        elements, end = elements + one, max(end, offset + taken)
    if not elements:
        raise NotGguf("it holds no weights")
    start = -(-cursor.at // alignment) * alignment
    if start + end > cursor.size:
        raise NotGguf("its end is missing: it was not copied or downloaded wholly")
    return elements, max(by_type, key=lambda name: by_type[name])


def _descriptions(cursor: _Cursor, count: int) -> Iterator[tuple[int, int, int]]:
    """Yield (elements, type, offset) of each tensor."""
    for _ in range(count):
        cursor.skip(cursor.unpack("Q"))
        dimensions = cursor.unpack("I")
        if dimensions > _MAX_DIMENSIONS:
            raise NotGguf("the shape of its tensors makes no sense")
        elements = 1
        for _ in range(dimensions):
            elements *= cursor.unpack("Q")
        if elements > _MAX_ELEMENTS:
            raise NotGguf("the shape of its tensors makes no sense")
        yield elements, cursor.unpack("I"), cursor.unpack("Q")


def _usable(kept: dict[str, Value]) -> None:
    """Refuse what is a GGUF file but no model that writes."""
    if _number(kept, "split.count") > 1:
        raise NotGguf("it is one part of a model in several files; one that is whole is needed")
    kind = _text(kept, "general.type")
    if kind not in ("", "model"):
        raise NotGguf("it is an addition to a model, no model")
    architecture = _text(kept, "general.architecture")
    pooled = f"{architecture}.pooling_type" in kept
    if architecture in _SILENT or pooled or not _text(kept, "tokenizer.ggml.model"):
        raise NotGguf("it holds a model that cannot write text")


def _kv_bytes(kept: dict[str, Value], architecture: str) -> int:
    layers = _number(kept, f"{architecture}.block_count")
    heads = _number(kept, f"{architecture}.attention.head_count")
    width = _number(kept, f"{architecture}.embedding_length") // heads if heads else 0
    key = _number(kept, f"{architecture}.attention.key_length") or width
    value = _number(kept, f"{architecture}.attention.value_length") or width
    per_layer = kept.get(f"{architecture}.attention.head_count_kv", heads)
    if isinstance(per_layer, tuple):
        kv_heads = sum(int(n) for n in per_layer)
    else:
        kv_heads = layers * int(per_layer) if isinstance(per_layer, int) else 0
    found = 2 * kv_heads * (key + value)
    return found if 0 < found <= _BLOCK * 64 else 0


def _file_type(number: int) -> str:
    from gguf.constants import LlamaFileType

    try:
        return LlamaFileType(number).name.removeprefix("MOSTLY_") if number else ""
    except ValueError:
        return ""


def _text(kept: dict[str, Value], key: str) -> str:
    value = kept.get(key, "")
    return value if isinstance(value, str) else ""


def _number(kept: dict[str, Value], key: str) -> int:
    value = kept.get(key, 0)
    return value if isinstance(value, int) and 0 <= value < 1 << 32 else 0


class _Cursor:
    """A place in the header; it never reads past the file's end or ``MAX_HEADER_BYTES``."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.size = os.fstat(fd).st_size
        self._end = min(self.size, MAX_HEADER_BYTES)
        self.at = 0
        self._block = b""
        self._block_at = 0

    def take(self, count: int) -> bytes:
        """Return the next bytes."""
        begin = self.at - self._block_at
        if not 0 <= begin <= len(self._block) - count:
            self._room(count)
            self._block_at, begin = self.at, 0
            self._block = os.pread(self._fd, max(count, _BLOCK), self.at)[: self._end - self.at]
            if len(self._block) < count:
                raise NotGguf("its end is missing: it was not copied or downloaded wholly")
        self.at += count
        return self._block[begin : begin + count]

    def skip(self, count: int) -> None:
        """Step over bytes."""
        self._room(count)
        self.at += count

    def _room(self, count: int) -> None:
        if self.at + count > self._end:
            if self.at + count <= self.size:
                raise NotGguf("its header is longer than any model's")
            raise NotGguf("its end is missing: it was not copied or downloaded wholly")

    def unpack(self, code: str) -> int:
        """Return the next number of a fixed-size type."""
        (value,) = struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))
        return int(value)

    def text(self, limit: int) -> str:
        """Return the next string; '' where it is longer than the limit, which is stepped over."""
        count = self.unpack("Q")
        if count > limit:
            self.skip(count)
            return ""
        return self.take(count).decode("utf-8", "replace")

    def scalar(self, kind: int) -> int | float | bool:
        """Return the next number."""
        code = _code(kind)
        found: tuple[int | float | bool] = struct.unpack(
            "<" + code, self.take(struct.calcsize("<" + code))
        )
        return found[0]

    def array(self, wanted: bool) -> tuple[tuple[int | float | bool, ...] | None, int]:
        """Step over the next array; return its numbers, if wanted and few, and its length."""
        kind, count = self.unpack("I"), self.unpack("Q")
        if kind == _STRING:
            self._room(8 * count)
            for _ in range(count):
                self.skip(self.unpack("Q"))
            return None, count
        code = _code(kind)
        size = struct.calcsize("<" + code) * count
        if wanted and count <= _MAX_KEPT_NUMBERS:
            return struct.unpack(f"<{count}{code}", self.take(size)), count
        self.skip(size)
        return None, count


def _code(kind: int) -> str:
    code = _FORMATS.get(kind)
    if code is None:
        raise NotGguf("its header makes no sense")
    return code
