"""Somebody the user knows asks for a document: an answer draft with that file attached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from samantha.api import (
    Context,
    Document,
    Moment,
    MomentKind,
    Plugin,
    Signal,
    Silence,
    Suggestion,
)
from samantha.api.correspondence import (
    evidence,
    impersonal,
    is_own,
    later_in_thread,
    next_working_day,
    not_here,
    shown_name,
    subject_of,
    to_others,
    working_days,
)
from samantha.api.likely_files import Likely, likely_file, sensitive
from samantha.api.writing import answer, in_thread

from .asking import asks_for_document, thing_in
from .wording import title, why


@dataclass(frozen=True, slots=True)
class Config:
    """``[plugins.requested]``."""

    days: int = 5
    """Working days for which the answer is offered."""
    least_confidence: float = 0.6
    """How sure it must be that a sentence asks for something."""
    least_likeness: float = 0.65
    """How well a file's name must fit what is asked for, from 0 to 1."""


def suggest(moment: Moment, context: Context) -> Iterator[Suggestion | Silence]:
    """Look at each mail that comes; an answer of the user's takes the offer back."""
    if moment.kind is not MomentKind.DOCUMENTS:
        return
    for document in moment.documents:
        if document.mail is None or not_here(document):
            continue
        if is_own(document):
            yield from _answered_by(document, context)
        else:
            yield _about(document, moment.now, context)


def _about(document: Document, now: datetime, context: Context) -> Suggestion | Silence:
    config: Config = context.config
    request = asks_for_document(document, config.least_confidence)
    if request is None:
        return Silence(document.id, "it asks for no document")
    silent = impersonal(document) or to_others(document, context) or _stranger(document, context)
    if not silent and working_days(document.when, now, context.zone) > config.days:
        silent = "it was asked long ago"
    if not silent and any(d.when <= now for d in later_in_thread(document, context)):
        silent = "the thread has gone on since"
    if silent:
        return Silence(document.id, silent)
    found = _meant(document, request, now, context)
    if found is None:
        return Silence(document.id, "none of your files is clearly the one that is asked for")
    if reason := sensitive(found.document):
        return Silence(document.id, f"the file that is asked for looks private: {reason}")
    return _suggestion(document, request, found, now, context)


def _stranger(document: Document, context: Context) -> str:
    mail = document.mail
    sender = mail.sender if mail else None
    if sender is None or not context.library.written_to(sender.address):
        return "you have never written to them"
    return ""


def _meant(document: Document, request: Signal, now: datetime, context: Context) -> Likely | None:
    config: Config = context.config
    subject = document.mail.subject if document.mail else ""
    found = likely_file([thing_in(request.quote), subject], context, at=now)
    return found if found is not None and found.score >= config.least_likeness else None


def _suggestion(
    document: Document, request: Signal, found: Likely, now: datetime, context: Context
) -> Suggestion:
    config: Config = context.config
    assert document.mail is not None and document.mail.sender is not None
    sender = document.mail.sender
    name = found.document.path.rpartition("/")[2]
    quote = evidence(document, request)
    written = answer(context, document, quote, files=[name])
    sure = 0.3 + 0.3 * request.confidence + 0.35 * found.score
    return Suggestion(
        kind="document",
        thing=thing_of(document),
        title=title(shown_name(sender), name),
        why=why(shown_name(sender), found),
        evidence=(quote, *written.quotes),
        action=in_thread(document, [sender.address], written, attachments=[found.document.id]),
        confidence=round(min(0.95, sure), 3),
        expires=next_working_day(now, config.days, context.zone, hour=20),
        sources=(document.id, found.document.id),
    )


def thing_of(document: Document) -> str:
    """Name a request, the same for all copies of its mail."""
    sender = document.mail.sender.address if document.mail and document.mail.sender else ""
    return f"{sender} {subject_of(document)} {document.when:%Y-%m-%d}"


def _answered_by(document: Document, context: Context) -> Iterator[Silence]:
    for earlier in context.library.thread(document.id):
        theirs = not is_own(earlier) and earlier.when < document.when
        if theirs and asks_for_document(earlier, 0.0) is not None:
            yield Silence(document.id, "you have answered", thing_of(earlier))


plugin = Plugin(Config, suggest)
