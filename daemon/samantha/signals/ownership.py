"""Whose a file is and what it is, once its neighbours are known."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from samantha.api.types import Document, DocumentId, Kind
from samantha.signals.finished import WRITTEN, finished_of
from samantha.signals.letterform import letter_form
from samantha.signals.names import tokens
from samantha.signals.places import body_folder
from samantha.signals.shape import path_words, shape_of
from samantha.signals.vocabulary import NAMES
from samantha.signals.wording import words

_PROSE = frozenset((Kind.STORY, Kind.ESSAY, Kind.MANUSCRIPT, Kind.OTHER))
_WRITTEN_IN = frozenset(("txt", "md", "rst", "tex", "docx", "odt", "rtf"))
"""Formats people write in. An unsigned pdf or web page on its own is nobody's piece."""
_MANY = 3


@dataclass(frozen=True, slots=True)
class Judged:
    """What a file is taken for; ``reason`` says why it cannot be a piece, or is empty."""

    kind: Kind
    reason: str
    finished: bool
    why: str
    """Why it is finished or not."""


_Sort = tuple[Kind, str]
"""Kind and language: what others wrote in one language says little of another."""


@dataclass(slots=True)
class _Folder:
    kinds: Counter[Kind] = field(default_factory=Counter)
    own: Counter[_Sort] = field(default_factory=Counter)
    other: Counter[_Sort] = field(default_factory=Counter)
    told: set[str] = field(default_factory=set)
    """Words of whom the user's own letters here are addressed to."""


def judge(documents: Sequence[Document]) -> dict[DocumentId, Judged]:
    """Judge every file by itself and by what lies beside it."""
    folders: dict[str, _Folder] = defaultdict(_Folder)
    kinds: dict[DocumentId, Kind] = {}
    for document in documents:
        _count(folders[_parent(document)], document, document.analysis.kind)
    for document in documents:
        kinds[document.id] = _kind(document, folders[_parent(document)])
    bodies: dict[str, _Folder] = defaultdict(_Folder)
    for document in documents:
        kind = kinds[document.id]
        _count(bodies[body_folder(document.path, kind)], document, kind)
    return {
        d.id: _judged(d, kinds[d.id], _reason(d, kinds[d.id], folders, bodies, documents))
        for d in documents
    }


def _judged(document: Document, kind: Kind, reason: str) -> Judged:
    analysis = document.analysis
    if kind is analysis.kind or reason:
        return Judged(kind, reason, analysis.finished, analysis.finished_reason)
    shape = shape_of(document)
    return Judged(kind, reason, *finished_of(document, shape, letter_form(shape), kind))


def _parent(document: Document) -> str:
    return document.path.rpartition("/")[0]


def _count(folder: _Folder, document: Document, kind: Kind) -> None:
    if kind in WRITTEN:
        folder.kinds[kind] += 1
        if document.analysis.author == "user":
            folder.own[(kind, document.analysis.language)] += 1
        elif document.analysis.author == "other":
            folder.other[(kind, document.analysis.language)] += 1


def _kind(document: Document, folder: _Folder) -> Kind:
    """Return the kind, or the folder's own kind for a doubtful odd one out."""
    kind = document.analysis.kind
    if (kind not in WRITTEN and kind is not Kind.OTHER) or not folder.kinds:
        return kind
    main = min(folder.kinds, key=lambda k: (-folder.kinds[k], k))
    if main is kind:
        return kind
    every = sum(folder.kinds.values()) + (kind not in WRITTEN)
    share = folder.kinds[main] / every
    named = bool(
        NAMES.get(main, frozenset()) & set(path_words(_parent(document).rpartition("/")[2]))
    )
    many = folder.kinds[main] >= _MANY and share >= 0.75
    if not many and not (named and share >= 0.5 and folder.kinds[main] > folder.kinds[kind]):
        return kind
    if main is Kind.LETTER:
        return main if _like_a_letter(document) else kind
    return main if main in _PROSE and kind in _PROSE and document.words >= 60 else kind


def _like_a_letter(document: Document) -> bool:
    form = letter_form(shape_of(document))
    marks = (form.salutation, form.heading, form.dateline, form.closing, form.signatures)
    return sum(map(bool, marks)) >= 1 and document.analysis.kind_confidence < 0.97


def _reason(
    document: Document,
    kind: Kind,
    folders: dict[str, _Folder],
    bodies: dict[str, _Folder],
    documents: Sequence[Document],
) -> str:
    """Return why a file cannot be a piece of the user's, or ''."""
    analysis = document.analysis
    if kind not in WRITTEN:
        return _OTHER_KINDS.get(kind, f"a document of another kind ({kind})")
    if analysis.author == "user":
        return ""
    if analysis.author == "other":
        return f"by somebody else: {analysis.author_reason}"
    for place in (folders[_parent(document)], bodies[body_folder(document.path, kind)]):
        own, other = place.own[(kind, analysis.language)], place.other[(kind, analysis.language)]
        if own and own >= 2 * other:
            return ""
        if own and other:
            told = kind is Kind.LETTER and _same_recipient(document, place, documents)
            return "" if told else "its author is unclear, and others' work lies beside it"
        if other:
            return "its author is unclear, and all beside it is by others"
    if document.format in _WRITTEN_IN:
        return ""
    return f"its author is unclear ({analysis.author_reason})"


_OTHER_KINDS = {
    Kind.NOTES: "notes",
    Kind.CODE: "code or a log",
    Kind.OTHER: "no piece of writing",
}


def _same_recipient(document: Document, folder: _Folder, documents: Sequence[Document]) -> bool:
    """Tell whether a letter goes to somebody whom the user's own letters beside it go to."""
    if not folder.told:
        parent = _parent(document)
        for other in documents:
            if other.analysis.author == "user" and _parent(other) == parent:
                folder.told |= _recipient(other)
        folder.told.add("")
    return bool(_recipient(document) & folder.told)


def _recipient(document: Document) -> set[str]:
    form = letter_form(shape_of(document))
    words = {t.rstrip(".") for t in (*tokens(form.addressed), *tokens(form.heading))}
    return {w for w in words if len(w) > 2} - _ANYBODY


_ANYBODY = words(
    "friend freund freundin sir madam the his her der die das den brother bruder sister "
    "schwester all alle mutter vater mother father liebe dear letter brief"
)
