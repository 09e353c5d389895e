"""Where the likes of a file live: files of one issuer and kind, or that read nearly the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from samantha.api import Context, Document, Kind

CANDIDATES = 40
NEAR = 0.82
"""Cosine similarity from which two files read nearly the same."""
_TELLING = (Kind.INVOICE, Kind.RECEIPT, Kind.CONTRACT, Kind.TICKET)
"""Kinds of which an issuer keeps sending more."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder in which most likes of a file live."""

    folder: str
    likes: tuple[Document, ...]
    """Those in the folder, newest first."""
    share: float
    """Their part of all likes."""
    sureness: float
    reason: str
    common: str
    """Words that they have in common, or ''."""


def home_of(document: Document, context: Context, arrives: Callable[[str], bool]) -> Home | None:
    """Return where most likes of a file live; places where files arrive are no home."""
    issuer = issuer_of(document)
    found = _by_issuer(document, issuer, context)
    reason = f"they are {document.analysis.kind}s of {issuer}, too"
    if not found:
        found, issuer, reason = _by_reading(document, context), "", "they read nearly the same"
    settled = [d for d in found if not arrives(parent(d.path)) and d.id != document.id]
    if not settled:
        return None
    counts = Counter(parent(d.path) for d in settled)
    folder, number = counts.most_common(1)[0]
    likes = sorted((d for d in settled if parent(d.path) == folder), key=lambda d: -_age(d))
    share = number / len(settled)
    sure = (0.62 if issuer else 0.5) + 0.05 * min(number, 5) + 0.1 * (share - 0.7)
    return Home(folder, tuple(likes), share, min(0.95, sure), reason, issuer)


def _age(document: Document) -> float:
    return document.modified.timestamp()


def issuer_of(document: Document) -> str:
    """Return who issued a bill, a receipt or a contract, as the text has it; '' otherwise."""
    if document.analysis.kind not in _TELLING:
        return ""
    found = document.signals("issuer")
    return str(found[0].quote) if found and isinstance(found[0].value, str) else ""


def _key(issuer: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in issuer.casefold()).split())


def _by_issuer(document: Document, issuer: str, context: Context) -> list[Document]:
    if not _key(issuer):
        return []
    known = context.library.documents([document.analysis.kind], media="file", signal="issuer")
    return [d for d in known if _key(issuer_of(d)) == _key(issuer)]


def _by_reading(document: Document, context: Context) -> list[Document]:
    near = context.library.similar(document.id, CANDIDATES)
    return [
        d
        for d, likeness in near
        if likeness >= NEAR and d.media == "file" and d.analysis.kind is document.analysis.kind
    ]


def alike(one: Document, other: Document) -> bool:
    """Tell whether two files are of one kind, and of one issuer where they name one."""
    if one.analysis.kind is not other.analysis.kind:
        return False
    return _key(issuer_of(one)) == _key(issuer_of(other))


def parent(path: str) -> str:
    """Return the folder of a path."""
    return path.rpartition("/")[0]


def leaf(path: str) -> str:
    """Return the name at the end of a path."""
    return path.rpartition("/")[2]
