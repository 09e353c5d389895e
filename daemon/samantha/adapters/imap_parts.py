"""Which parts of a mail are fetched, and a mail made of them: the rest stays on the server, marked.

The text is fetched, what is attached is not: its part keeps its header, so that it is known by
name, type and size, with one line more that says where it is to be had. When it is asked for, the
bytes take that line's place.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TEXT_BYTES = 1 * 2**20
"""Longer texts are cut where a mail is nothing else, and left out where it is more."""
SMALL_BYTES = 256 * 2**10
"""Invitations, notices and mails passed on up to this size are text, however they are attached."""
DOCUMENT_BYTES = 14 * 2**20
"""As they are coded for the mail: ten MiB is the most that is read of a document."""
AT_ONCE_BYTES = 32 * 2**20
MOST_BROUGHT = 10
MAX_PARTS = 100
_READ_TYPES = ("pdf", "calendar", "ics", "pkpass", "officedocument.wordprocessing", "opendocument.")
_READ_NAMES = re.compile(r"\.(pdf|docx?|docm|odt|rtf|ics|pkpass|txt|md|html?|eml|vcf)$", re.I)
_DROPPED = (
    b"content-type:",
    b"content-transfer-encoding:",
    b"content-disposition:",
    b"x-samantha-",
)
_TOKEN = re.compile(r"[a-z0-9.+-]{1,60}")
_MARK = rb"X-Samantha-Left-Out: part=([\d.]+); octets=(\d+); read=(yes|no); mark=%s\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part without parts."""

    number: str
    kind: str
    size: int
    attached: bool
    name: str

    @property
    def fetched(self) -> bool:
        """Whether it comes with the mail."""
        main, _, sub = self.kind.partition("/")
        if self.size == 0:
            return True
        if main == "message" or sub in ("calendar", "ics"):
            return self.size <= SMALL_BYTES
        return main == "text" and not self.attached and self.size <= TEXT_BYTES

    @property
    def read(self) -> bool:
        """Whether it can be read at all, so that it may be asked for later."""
        by_type = any(word in self.kind for word in _READ_TYPES)
        return (by_type or bool(_READ_NAMES.search(self.name))) and self.size <= DOCUMENT_BYTES


@dataclass(frozen=True, slots=True)
class Branch:
    """A part made of parts."""

    number: str
    subtype: str
    parts: tuple[Leaf | Branch, ...]


Tree = Leaf | Branch


def tree_of(structure: Any) -> Tree | None:
    """Return what BODYSTRUCTURE says of a mail; None when that makes no sense."""
    try:
        found = _tree(structure, "", [0])
    except (TypeError, ValueError, IndexError, AttributeError, RecursionError):
        return None
    if isinstance(found, Branch):
        return found
    # A text that is all there is of a mail is its text, whatever name it has.
    attached = found.attached and not found.kind.startswith("text/")
    return Leaf("1", found.kind, found.size, attached, found.name)


def _tree(structure: Any, number: str, count: list[int]) -> Tree:
    if isinstance(structure[0], list):
        parts = []
        for at, one in enumerate(structure[0], 1):
            if count[0] < MAX_PARTS:
                parts.append(_tree(one, f"{number}.{at}" if number else str(at), count))
        sub = _word(structure[1])
        return Branch(number, sub if _TOKEN.fullmatch(sub) else "mixed", tuple(parts))
    count[0] += 1
    kind = f"{_word(structure[0])}/{_word(structure[1])}"
    how, about = _disposition(structure)
    name = about.get("filename") or about.get("filename*") or _pairs(structure[2]).get("name", "")
    attached = how == "attachment" or bool(name)
    size = structure[6] if isinstance(structure[6], int) else 0
    return Leaf(number, kind, size, attached, name)


def _word(value: Any) -> str:
    return value.decode("ascii", "replace").lower() if isinstance(value, bytes) else ""


def _pairs(value: Any) -> dict[str, str]:
    if not isinstance(value, tuple):
        return {}
    words = [bytes(v).decode("utf-8", "replace") if isinstance(v, bytes) else "" for v in value]
    return {k.lower(): v for k, v in zip(words[::2], words[1::2], strict=False)}


def _disposition(structure: Any) -> tuple[str, dict[str, str]]:
    for one in structure[7:]:
        if isinstance(one, tuple) and len(one) == 2 and isinstance(one[0], bytes):
            how = one[0].lower()
            if how in (b"attachment", b"inline"):
                return how.decode(), _pairs(one[1])
    return "", {}


def leaves(tree: Tree) -> Iterator[Leaf]:
    """Return the parts without parts, in order."""
    if isinstance(tree, Leaf):
        yield tree
    else:
        for part in tree.parts:
            yield from leaves(part)


# --- asking ----------------------------------------------------------------------------------


def asked(tree: Tree) -> tuple[str, ...]:
    """Return the items to fetch of a mail that is not fetched whole."""
    if isinstance(tree, Leaf):
        text = (f"BODY.PEEK[TEXT]<0.{TEXT_BYTES}>",) if tree.kind.startswith("text/") else ()
        return ("BODY.PEEK[HEADER]", *text)
    mine = list(leaves(tree))
    heads = [f"BODY.PEEK[{leaf.number}.MIME]" for leaf in mine]
    bodies = [f"BODY.PEEK[{leaf.number}]" for leaf in mine if leaf.fetched]
    return ("BODY.PEEK[HEADER]", *heads, *bodies)


def cost(tree: Tree) -> int:
    """Return about how many bytes that is."""
    return 4_000 + sum(leaf.size if leaf.fetched else 200 for leaf in leaves(tree))


def made_of(tree: Tree, got: Mapping[bytes, Any]) -> bytes | None:
    """Return the mail made of what was fetched; None when it is gone."""
    header = got.get(b"BODY[HEADER]")
    if not isinstance(header, bytes):
        return None
    mark = _mark(header)
    if isinstance(tree, Leaf):
        start = got.get(b"BODY[TEXT]<0>")
        if isinstance(start, bytes):
            return header + start
        return header.rstrip(b"\r\n") + b"\r\n" + _left_out(tree, mark) + b"\r\n"
    lines = [*_without(header), *_branch(tree, mark, got), b""]
    return b"\r\n".join(lines)


def _branch(branch: Branch, mark: bytes, got: Mapping[bytes, Any]) -> Iterator[bytes]:
    edge = b"=_" + mark + (f".{branch.number}".encode() if branch.number else b"")
    yield f"Content-Type: multipart/{branch.subtype}".encode() + b'; boundary="' + edge + b'"'
    yield b""
    for part in branch.parts:
        yield b"--" + edge
        if isinstance(part, Branch):
            yield from _branch(part, mark, got)
            continue
        head = got.get(f"BODY[{part.number}.MIME]".encode()) or b""
        yield b"\r\n".join(_without(head, (b"x-samantha-",)))
        if not part.fetched:
            yield _left_out(part, mark)
        else:
            yield b""
            yield (got.get(f"BODY[{part.number}]".encode()) or b"").rstrip(b"\r\n")
    yield b"--" + edge + b"--"


def _left_out(leaf: Leaf, mark: bytes) -> bytes:
    read = "yes" if leaf.read else "no"
    line = f"X-Samantha-Left-Out: part={leaf.number}; octets={leaf.size}; read={read}; mark="
    return line.encode() + mark + b"\r\n"


def _mark(header: bytes) -> bytes:
    """Return what no sender can foresee: servers on the way wrote into the header too."""
    return hashlib.sha256(b"\r\n".join(_without(header))).hexdigest()[:40].encode()


def _without(header: bytes, dropped: Sequence[bytes] = _DROPPED) -> list[bytes]:
    """Return a header's lines but for those that begin so."""
    kept: list[bytes] = []
    dropping = False
    for line in header.rstrip(b"\r\n").split(b"\r\n"):
        if line[:1] not in (b" ", b"\t"):
            dropping = line.lower().startswith(tuple(dropped))
        if not dropping:
            kept.append(line)
    return kept


# --- bringing the rest -----------------------------------------------------------------------


def left_out(data: bytes) -> list[str]:
    """Return the numbers of the parts that were left out of a mail and can be read.

    Not more than are read of one mail, and not more bytes than go into memory at once.
    """
    numbers: list[str] = []
    room = AT_ONCE_BYTES
    for found in re.finditer(_MARK % _mark(data.partition(b"\r\n\r\n")[0]), data):
        size = int(found[2])
        if found[3] == b"yes" and size <= room and len(numbers) < MOST_BROUGHT:
            numbers.append(found[1].decode())
            room -= size
    return numbers


def completed(data: bytes, got: Mapping[str, bytes]) -> bytes:
    """Return a mail with parts, by number, in their places."""
    mark = _MARK % _mark(data.partition(b"\r\n\r\n")[0])

    def put(found: re.Match[bytes]) -> bytes:
        body = got.get(found[1].decode())
        return found[0] if body is None else b"\r\n" + body.rstrip(b"\r\n") + b"\r\n"

    return re.sub(mark, put, data)
