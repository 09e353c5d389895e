"""You wrote “I will send it by Friday”: a reminder, and on the day the draft with the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from samantha.api import (
    Context,
    Document,
    Moment,
    MomentKind,
    Plugin,
    Remind,
    Silence,
    Suggestion,
    Wake,
)
from samantha.api.correspondence import (
    counterparts,
    evidence,
    is_own,
    not_here,
    shown_name,
    subject_of,
    went_to_list,
)
from samantha.api.likely_files import Likely, likely_file, sensitive
from samantha.api.writing import delivery, in_thread

from .promise import Promise, cancelled, kept, promise_in, settles
from .wording import delivery_title, reminder, reminder_title, why

_LOOKED_BACK = timedelta(days=60)
_MORNING = time(4)
"""When the day of a promise is looked at: before the user's own day begins."""


@dataclass(frozen=True, slots=True)
class Config:
    """``[plugins.promises]``."""

    hour: int = 9
    """Hour of the reminder on the promised day, local time."""
    least_confidence: float = 0.7
    """How sure it must be that a sentence promises something."""
    most_people: int = 4
    """What is said to more people than these is an announcement."""


def suggest(moment: Moment, context: Context) -> Iterator[Suggestion | Silence | Wake]:
    """Offer a reminder with the mail that promises, and a draft on the day; settle what is kept."""
    if moment.kind is MomentKind.TIME_REACHED:
        yield from _due_today(moment, context)
        return
    for document in moment.documents:
        if document.mail is None or not_here(document):
            continue
        if is_own(document):
            yield _about(document, moment.now, context)
            yield from _on_the_day(document, moment.now, context)
        if document.when > moment.now - _LOOKED_BACK:
            yield from settles(document, context, thing_of)


def _about(document: Document, now: datetime, context: Context) -> Suggestion | Silence:
    config: Config = context.config
    promise = promise_in(document, config.least_confidence)
    people = counterparts(document, context)
    if promise is None:
        return Silence(document.id, "it promises nothing by a day")
    silent = ""
    if not people or len(people) > config.most_people:
        silent = f"it went to {len(people)} people" if people else "it went to no person but you"
    if not silent and went_to_list(document, context):
        silent = "it went to a list"
    at = datetime.combine(promise.due, time(config.hour), context.zone).astimezone(UTC)
    if not silent and at <= now + timedelta(hours=2):
        silent = "the day is here or past"
    silent = silent or kept(document, promise, now, context) or cancelled(document, now, context)
    if silent:
        return Silence(document.id, silent)
    name = shown_name(people[0])
    return Suggestion(
        kind="promise",
        thing=thing_of(document),
        title=reminder_title(name, promise, context.zone, now),
        why=why(name, document, promise, context.zone),
        evidence=(evidence(document, promise.signal),),
        action=Remind(at=at, text=reminder(name, promise)),
        confidence=_confidence(promise),
        expires=at,
        sources=(document.id,),
    )


def _confidence(promise: Promise) -> float:
    return round(min(0.95, 0.25 + 0.65 * promise.signal.confidence + 0.1 * promise.delivers), 3)


def _on_the_day(document: Document, now: datetime, context: Context) -> Iterator[Wake]:
    """Ask to look again on the day on which something is to be sent."""
    promise = promise_in(document, context.config.least_confidence)
    if promise is not None and promise.delivers and counterparts(document, context):
        at = datetime.combine(promise.due, _MORNING, context.zone).astimezone(UTC)
        if at > now:
            yield Wake(at, f"{thing_of(document)} file", (document.id,))


def _due_today(moment: Moment, context: Context) -> Iterator[Suggestion]:
    config: Config = context.config
    today, offered = context.today(moment), set()
    for document in moment.documents:
        promise = promise_in(document, config.least_confidence)
        if promise is None or not promise.delivers or promise.due != today:
            continue
        thing = f"{thing_of(document)} file"
        if thing in offered or not_here(document) or not counterparts(document, context):
            continue
        if kept(document, promise, moment.now, context) or cancelled(document, moment.now, context):
            continue
        found = _finished_file(document, promise, moment.now, context)
        if found is not None:
            offered.add(thing)
            yield _delivery(document, promise, found, thing, moment.now, context)


def _finished_file(
    document: Document, promise: Promise, now: datetime, context: Context
) -> Likely | None:
    subject = document.mail.subject if document.mail else ""
    found = likely_file([promise.signal.quote, subject], context, at=now)
    if found is None or sensitive(found.document):
        return None
    written = found.document.format in ("txt", "md", "docx", "odt", "rtf")
    return found if found.document.analysis.finished or not written else None


def _delivery(
    document: Document,
    promise: Promise,
    found: Likely,
    thing: str,
    now: datetime,
    context: Context,
) -> Suggestion:
    people = counterparts(document, context)
    name = found.document.path.rpartition("/")[2]
    quote = evidence(document, promise.signal)
    written = delivery(context, document, quote, [name])
    end = datetime.combine(promise.due, time(23, 59), context.zone).astimezone(UTC)
    return Suggestion(
        kind="delivery",
        thing=thing,
        title=delivery_title(shown_name(people[0]), name),
        why=why(shown_name(people[0]), document, promise, context.zone, name),
        evidence=(quote, *written.quotes),
        action=in_thread(
            document, [p.address for p in people], written, attachments=[found.document.id]
        ),
        confidence=round(min(0.95, _confidence(promise) * (0.7 + 0.3 * found.score)), 3),
        expires=max(end, now + timedelta(hours=6)),
        urgent=True,
        sources=(document.id, found.document.id),
    )


def thing_of(document: Document) -> str:
    """Name a promise, the same for all copies of its mail."""
    to = document.mail.to[0].address if document.mail and document.mail.to else ""
    promise = promise_in(document, 0.0)
    words = " ".join(promise.signal.quote.casefold().split())[:60] if promise else ""
    return f"{to} {document.when:%Y} {subject_of(document)} {words}"


plugin = Plugin(Config, suggest)
