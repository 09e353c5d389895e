"""Which files are the same piece: copies, exports, backups, older and newer versions."""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from samantha.api.types import Document, DocumentId
from samantha.signals.shape import path_words, stem_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

SHINGLE = 4
MAX_WORDS = 20_000
_SAMPLE = 4
_COMMON = 50
_WORD = re.compile(r"\w+")
_VERSION_WORD = re.compile(
    r"(?:v|ver|version|rev|revision|fassung)?\d{0,3}|final|finale?r?|endfassung|letzte|fertig|copy|"
    r"kopie|copia|copie|draft|entwurf|new|neu|old|alt|bak|backup|sicherung|edit|edited|revised|"
    r"überarbeitet|korrigiert|corrected|clean|reinschrift|export|print"
)
_BACKUP = re.compile(
    r"\.(?:bak|old|orig|save|tmp|\d{1,2}~?)$|~$|\(\d{1,2}\)|[ _-](?:copy|kopie|copia|copie|backup|"
    r"sicherung|old|alt|bak)\b|\bcopy of\b|\bkopie von\b|/(?:backups?|sicherung(?:en)?|old|alt|"
    r"archive?|archiv)/",
    re.IGNORECASE,
)
_EDITABLE = {
    "docx": 0,
    "odt": 1,
    "md": 2,
    "tex": 2,
    "rst": 2,
    "txt": 3,
    "rtf": 4,
    "html": 5,
    "pdf": 6,
}
_RANK = re.compile(r"(?:^|[^a-z])(?:v|ver|version|rev|fassung)[ ._-]?(\d{1,3})", re.IGNORECASE)
_FINAL = re.compile(r"final|endfassung|reinschrift|fertig", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Text:
    """What is compared of a document."""

    document: Document
    words: int
    digest: int
    shingles: Hashes
    """Sorted, unique."""
    base: tuple[str, ...]
    """Its name without what tells one version from another."""


def texts(documents: Sequence[Document]) -> list[Text]:
    """Prepare documents for comparison."""
    known: dict[str, int] = {}
    return [_text(d, known) for d in documents]


def _text(document: Document, known: dict[str, int]) -> Text:
    import numpy as np

    words = _WORD.findall(document.text[: MAX_WORDS * 8].casefold())[:MAX_WORDS]
    for word in set(words).difference(known):
        known[word] = zlib.crc32(word.encode("utf-8", "replace")) * 2654435761 % 2**61
    row = np.fromiter((known[w] for w in words), dtype=np.uint64, count=len(words))
    size = min(SHINGLE, max(len(words), 1))
    mixed = np.zeros(max(len(words) - size + 1, 0), dtype=np.uint64)
    for at in range(size if len(words) else 0):
        # Wraps around on purpose: a hash of the words in their order.
        mixed = mixed * np.uint64(1_000_003) ^ row[at : len(row) - size + 1 + at]
    digest = zlib.crc32(row.tobytes())
    return Text(document, len(words), digest, np.unique(mixed), base_name(document.path))


def base_name(path: str) -> tuple[str, ...]:
    """Return the words of a name that all versions of a piece share."""
    name = re.sub(r"\(\d{1,2}\)", " ", stem_of(path))
    words = path_words(name)
    kept = tuple(w for w in words if not _VERSION_WORD.fullmatch(w) or w.isdigit())
    return kept or words


def overlap(left: Text, right: Text) -> tuple[float, float]:
    """Return (Jaccard, share of the shorter that is contained in the longer)."""
    import numpy as np

    if not len(left.shingles) or not len(right.shingles):
        return 0.0, 0.0
    both = len(np.intersect1d(left.shingles, right.shingles, assume_unique=True))
    every = len(left.shingles) + len(right.shingles) - both
    return both / every, both / min(len(left.shingles), len(right.shingles))


def families(
    found: Sequence[Text], vector: Callable[[DocumentId], bytes | None]
) -> tuple[list[list[int]], dict[int, set[int]]]:
    """Return families of versions (indices), and what longer texts contain as a part.

    The second value maps the index of a text to the indices that stand in it whole.
    """
    parent = list(range(len(found)))
    within: dict[int, set[int]] = defaultdict(set)
    for left, right in _pairs(found):
        jaccard, contained = overlap(found[left], found[right])
        short, long = sorted((left, right), key=lambda i: len(found[i].shingles))
        ratio = len(found[long].shingles) / max(len(found[short].shingles), 1)
        if _same(found[left], found[right], jaccard, contained, ratio, vector):
            _join(parent, left, right)
        elif contained >= 0.7 and ratio > 1.5:
            within[long].add(short)
    groups: dict[int, list[int]] = defaultdict(list)
    for at in range(len(found)):
        groups[_root(parent, at)].append(at)
    return list(groups.values()), within


def _same(
    left: Text,
    right: Text,
    jaccard: float,
    contained: float,
    ratio: float,
    vector: Callable[[DocumentId], bytes | None],
) -> bool:
    if jaccard >= 0.5 or (contained >= 0.8 and ratio <= 2.0):
        return True
    if left.base != right.base or ratio > 8:
        return False
    if jaccard >= 0.15 or contained >= 0.4:
        return True
    return jaccard >= 0.05 and _cosine(vector(left.document.id), vector(right.document.id)) >= 0.85


def _cosine(left: bytes | None, right: bytes | None) -> float:
    import numpy as np

    if not left or not right or len(left) != len(right):
        return 0.0
    found = float(np.frombuffer(left, dtype="<f4") @ np.frombuffer(right, dtype="<f4"))
    return found if math.isfinite(found) else 0.0


def _pairs(found: Sequence[Text]) -> list[tuple[int, int]]:
    """Return pairs worth comparing: equal texts, shared samples of shingles, equal names."""
    import numpy as np

    shared: Counter[tuple[int, int]] = Counter()
    holders: dict[int, list[int]] = defaultdict(list)
    firsts: dict[tuple[int, int], int] = {}
    pairs: set[tuple[int, int]] = set()
    for at, text in enumerate(found):
        first = firsts.setdefault((text.digest, text.words), at)
        if first != at:
            # An exact copy: what holds of the first holds of it.
            pairs.add((first, at))
            continue
        sample = text.shingles[text.shingles % np.uint64(_SAMPLE) == 0]
        for value in (sample if len(text.shingles) > 40 else text.shingles).tolist():
            holders[value].append(at)
    for owners in holders.values():
        if 1 < len(owners) <= _COMMON:
            shared.update(_two(owners))
    for pair, count in shared.items():
        smaller = min(len(found[i].shingles) for i in pair)
        if count >= max(1, smaller // (_SAMPLE * 12)):
            pairs.add(pair)
    return sorted(pairs | _by_name(found))


def _two(owners: Sequence[int]) -> Iterable[tuple[int, int]]:
    return ((a, b) for n, a in enumerate(owners) for b in owners[n + 1 :])


def _by_name(found: Sequence[Text]) -> set[tuple[int, int]]:
    names: dict[tuple[str, tuple[str, ...]], list[int]] = defaultdict(list)
    for at, text in enumerate(found):
        names[(text.document.path.rpartition("/")[0], text.base)].append(at)
    return {pair for same in names.values() if len(same) <= 12 for pair in _two(same)}


def _root(parent: list[int], at: int) -> int:
    while parent[at] != at:
        parent[at] = parent[parent[at]]
        at = parent[at]
    return at


def _join(parent: list[int], left: int, right: int) -> None:
    low, high = sorted((_root(parent, left), _root(parent, right)))
    parent[high] = low


def best_version(family: Sequence[Text], finished: Mapping[DocumentId, bool]) -> Text:
    """Return the version that stands for a piece: the newest finished one, best as a source."""
    done = [t for t in family if finished.get(t.document.id)] or list(family)
    fresh = [t for t in done if not is_backup(t.document)] or done
    newest = max(fresh, key=lambda t: (t.document.modified, _rank(t.document), t.document.path))
    # An export or a copy of the newest text is that text: take the one that can be edited.
    same = [t for t in done if t is newest or overlap(t, newest)[0] >= 0.9]
    return min(
        same,
        key=lambda t: (
            is_backup(t.document),
            _EDITABLE.get(t.document.format, 7),
            -t.document.modified.timestamp(),
            -_rank(t.document),
            t.document.path,
        ),
    )


def is_backup(document: Document) -> bool:
    """Tell whether a file's name says that it is a copy or a backup."""
    return bool(_BACKUP.search(document.path[-200:]))


def _rank(document: Document) -> int:
    name = document.path.rpartition("/")[2]
    number = _RANK.search(name)
    return (int(number.group(1)) if number else 0) + 1000 * bool(_FINAL.search(name))
