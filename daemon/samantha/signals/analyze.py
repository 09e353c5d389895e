"""Joins what can be seen in a document: language, facts, kind, author, finished."""

from __future__ import annotations

from datetime import tzinfo

from samantha.api.types import Analysis, Document, Identity
from samantha.signals.authorship import author_of
from samantha.signals.books import Book, book_of
from samantha.signals.facts import facts
from samantha.signals.finished import finished_of
from samantha.signals.heads import opinion
from samantha.signals.kinds import Seen, kind_of
from samantha.signals.language import language_of
from samantha.signals.letterform import letter_form
from samantha.signals.names import names_of
from samantha.signals.prose import prose_of
from samantha.signals.shape import shape_of

_NO_BOOK = Book("", 0, False)


def analyze(document: Document, identity: Identity, zone: tzinfo, vector: bytes | None) -> Analysis:
    """Return what is seen in a document. ``vector`` is its embedding, None without a model.

    A document that was looked at before without its vector keeps the signals that were found.
    """
    shape = shape_of(document)
    language = language_of(shape.head or document.title)
    signals = document.analysis.signals or facts(document, zone, language, identity)
    form = letter_form(shape)
    is_file = document.mail is None
    book = book_of(document, shape, names_of(identity.names)) if is_file else _NO_BOOK
    seen = Seen(document, shape, form, prose_of(shape), book, signals)
    kind, confidence = kind_of(seen, opinion(vector))
    author, author_reason = author_of(document, shape, form, book, identity, kind)
    finished, finished_reason = finished_of(document, shape, form, kind)
    return Analysis(
        kind=kind,
        kind_confidence=confidence,
        author=author,
        author_reason=author_reason,
        finished=finished,
        finished_reason=finished_reason,
        language=language,
        signals=signals,
    )
