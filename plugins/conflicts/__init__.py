"""Two documents that cannot both be right: both lines side by side, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from samantha.api import (
    Context,
    Document,
    DraftMail,
    Evidence,
    Moment,
    MomentKind,
    MoveFile,
    Plugin,
    Remind,
    Silence,
    Suggestion,
)
from samantha.api.correspondence import impersonal, is_own, not_here
from samantha.api.writing import answer_subject

from .appointments import other_time
from .copies import Copy, needless_copy
from .papers import Difference, difference, earlier_order
from .wording import asks_which, copy_title, difference_title, order_title, reminder, told


@dataclass(frozen=True, slots=True)
class Config:
    """``[plugins.conflicts]``."""

    days: int = 120
    """Two papers further apart than these days are not compared."""
    order_days: int = 3
    """Two like orders within these days may be one that went out twice."""


def suggest(moment: Moment, context: Context) -> Iterator[Suggestion | Silence]:
    """Compare each document that comes with those that speak of the same thing."""
    if moment.kind is not MomentKind.DOCUMENTS:
        return
    offered: set[str] = set()
    for document in moment.documents:
        if document.mail is not None and (not_here(document) or is_own(document)):
            continue
        for found in _about(document, moment.now, context):
            if isinstance(found, Silence):
                yield found
            elif found.thing not in offered:
                offered.add(found.thing)
                yield found


def _about(document: Document, now: datetime, context: Context) -> Iterator[Suggestion | Silence]:
    config: Config = context.config
    if document.media == "file":
        copy = needless_copy(document, context)
        if isinstance(copy, Copy):
            yield _copy(copy, now)
        elif copy:
            yield Silence(document.id, copy)
    found = difference(document, context, timedelta(days=config.days))
    if isinstance(found, Difference):
        yield _difference(found, now)
    elif found:
        yield Silence(document.id, found)
    moved = other_time(document, context, now, timedelta(days=config.days))
    if isinstance(moved, Difference):
        yield _difference(moved, now)
    elif moved:
        yield Silence(document.id, moved)
    order = earlier_order(document, context, timedelta(days=config.order_days))
    if order is not None:
        yield _order(order, now)


def _quote(document: Document, start: int, end: int) -> Evidence:
    return Evidence(document.id, document.text[start:end], start, end)


def _copy(copy: Copy, now: datetime) -> Suggestion:
    kept, spare = copy.kept, copy.spare
    folder, _, name = spare.path.rpartition("/")
    line = next((text for text in spare.text.splitlines() if text.strip()), "")
    at = spare.text.find(line)
    end = at + min(len(line), 200)
    return Suggestion(
        kind="same_file",
        thing=f"{spare.fingerprint[:16]} {name}",
        title=copy_title(name),
        why=f"{spare.path} and {kept.path} are the same, byte for byte. Undo moves it back.",
        evidence=(_quote(spare, at, end), _quote(kept, at, end)),
        action=MoveFile(path=spare.id, folder=f"{folder}/Duplicates", name=name),
        confidence=0.7,
        expires=now + timedelta(days=7),
        sources=(spare.id, kept.id),
    )


def _difference(found: Difference, now: datetime) -> Suggestion:
    one, other = found.earlier, found.later
    return Suggestion(
        kind=f"{found.what}_differs",
        thing=f"{found.what} {found.key}",
        title=difference_title(found),
        why=told(found),
        evidence=(
            _quote(one.document, one.signal.start, one.signal.end),
            _quote(other.document, other.signal.start, other.signal.end),
        ),
        action=_ask_or_remind(found, now),
        confidence=round(min(0.9, 0.9 * min(one.signal.confidence, other.signal.confidence)), 3),
        expires=now + timedelta(days=14),
        sources=tuple(dict.fromkeys((one.document.id, other.document.id))),
    )


def _ask_or_remind(found: Difference, now: datetime) -> DraftMail | Remind:
    """Ask whoever sent the later paper, where a person did; else remind the user to."""
    document = found.later.document
    mail = document.mail
    if mail is None or mail.sender is None or impersonal(document):
        return Remind(at=now + timedelta(hours=2), text=reminder(found))
    language = "de" if document.analysis.language == "de" else "en"
    return DraftMail(
        to=(mail.sender.address,),
        subject=answer_subject(mail.subject, language),
        body=asks_which(found, language),
        in_reply_to=mail.message_id,
        references=tuple(dict.fromkeys((*mail.references, mail.message_id))),
    )


def _order(found: Difference, now: datetime) -> Suggestion:
    one, other = found.earlier, found.later
    return Suggestion(
        kind="double_order",
        thing=f"orders {found.key}",
        title=order_title(found),
        why=told(found),
        evidence=(
            _quote(one.document, one.signal.start, one.signal.end),
            _quote(other.document, other.signal.start, other.signal.end),
        ),
        action=Remind(at=now + timedelta(hours=1), text=reminder(found)),
        confidence=0.62,
        expires=now + timedelta(days=5),
        urgent=True,
        sources=(one.document.id, other.document.id),
    )


plugin = Plugin(Config, suggest)
