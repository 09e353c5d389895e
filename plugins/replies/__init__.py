"""Somebody waits for your answer longer than they usually do: the draft of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from samantha.api import (
    Context,
    Document,
    Moment,
    MomentKind,
    Plugin,
    Quiet,
    Silence,
    Suggestion,
    Wake,
)
from samantha.api.correspondence import (
    REMEMBERED,
    impersonal,
    is_own,
    later_in_thread,
    morning_after,
    next_working_day,
    not_here,
    once,
    shown_name,
    subject_of,
    to_others,
    usual,
    working_days,
    working_days_before,
    wrote_since,
)
from samantha.api.questions import ASKING, Asked, asked_in, words_of
from samantha.api.writing import answer, in_thread

from .facts import facts_for
from .person import asks_another, called_by_name, known
from .wording import title, why

_EARLY = "your answer is not late yet"
_LOOKED_BACK = timedelta(days=45)


@dataclass(frozen=True, slots=True)
class Config:
    """``[plugins.replies]``."""

    days: int = 2
    """Working days after which an answer is late where no habit is known."""
    least_days: int = 1
    """Never earlier than this, though you usually answer within the hour."""
    most_days: int = 7
    """Never later than this, though you usually take weeks."""
    window: int = 6
    """Working days for which an answer is offered; after that it is silent for good."""
    least_sureness: float = 0.7
    """How sure it must be that a sentence waits for an answer."""


def suggest(moment: Moment, context: Context) -> Iterator[Suggestion | Silence | Wake]:
    """Offer an answer to each question that is late; take back what the user has answered."""
    if moment.kind is not MomentKind.DOCUMENTS:
        for document in once(moment.documents):
            yield from _looked_at(document, moment.now, context, told=True)
        return
    for document in moment.documents:
        if document.mail is None or not_here(document):
            continue
        if not is_own(document):
            yield from _looked_at(document, moment.now, context)
        if document.when > moment.now - _LOOKED_BACK:
            yield from _settled_by(document, context)


def _looked_at(
    document: Document, now: datetime, context: Context, *, told: bool = False
) -> Iterator[Suggestion | Silence | Wake]:
    """Yield the answer; where it is too early for this person, ask again when it is not.

    ``told``: that the thread is quiet. What comes late has been passed over by that moment.
    """
    answer = _about(document, now, context)
    yield answer
    config: Config = context.config
    passed = document.when < working_days_before(now, config.least_days, context.zone)
    if (told or passed) and isinstance(answer, Silence) and answer.reason == _EARLY:
        patience, _ = _patience(document, now, context)
        at = morning_after(document.when, patience, context.zone)
        yield Wake(at, thing_of(document), (document.id,))


def _about(document: Document, now: datetime, context: Context) -> Suggestion | Silence:
    """Return the offer, or why there is none."""
    config: Config = context.config
    silent = impersonal(document) or to_others(document, context)
    asked = None if silent else asked_in(document)
    if not silent and (asked is None or asked.sureness < config.least_sureness):
        silent = "it asks nothing that waits for your answer"
    if not silent and asked is not None:
        silent = asks_another(document, asked.evidence.quote, context)
    waited = working_days(document.when, now, context.zone)
    patience, habit = (config.days, None) if silent else _patience(document, now, context)
    if not silent and waited < patience:
        silent = _EARLY
    if not silent and waited > patience + config.window:
        silent = "it was asked long ago"
    asked_on = document.when.astimezone(context.zone).date()
    today = now.astimezone(context.zone).date()
    if not silent and asked is not None and asked.is_moot(asked_on, today):
        silent = "the day it asks about has passed"
    silent = silent or _done(document, now, context)
    if not silent and not known(document, context) and not called_by_name(document, context):
        silent = "you have never written to them, and they do not call you by name"
    if silent or asked is None:
        return Silence(document.id, silent)
    return _suggestion(document, asked, waited, habit, now, context)


def _done(document: Document, now: datetime, context: Context) -> str:
    mail = document.mail
    if mail is None or mail.sender is None:
        return "it names no sender"
    if mail.answered:
        return "your mail program has marked it as answered"
    for later in later_in_thread(document, context):
        if later.when > now:
            break
        if is_own(later):
            return "you have answered"
        if later.mail and later.mail.sender != mail.sender:
            return f"{shown_name(later.mail.sender)} has answered"
        return "there is a newer mail in the thread"
    if wrote_since(mail.sender, document.when, now, context):
        return f"you have written to {shown_name(mail.sender)} since"
    return ""


def _patience(document: Document, now: datetime, context: Context) -> tuple[int, timedelta | None]:
    """Return the working days after which an answer is late, and the user's habit if known."""
    config: Config = context.config
    sender = document.mail.sender if document.mail else None
    if sender is None:
        return config.days, None
    since = now - REMEMBERED
    habit = usual(context.library.answer_times(sender.address, by_user=True, since=since))
    if habit is None:
        return config.days, None
    days = round(habit / timedelta(days=7) * 5) + 1
    return max(config.least_days, min(days, config.most_days)), habit


def _suggestion(
    document: Document,
    asked: Asked,
    waited: int,
    habit: timedelta | None,
    now: datetime,
    context: Context,
) -> Suggestion:
    config: Config = context.config
    assert document.mail is not None and document.mail.sender is not None
    sender = document.mail.sender
    # What stands in the user's files is for people they know.
    facts = facts_for(asked.evidence.quote, context) if known(document, context) else ()
    written = answer(context, document, asked.evidence, facts=facts)
    return Suggestion(
        kind="answer",
        thing=thing_of(document),
        title=title(shown_name(sender), document, waited),
        why=why(shown_name(sender), document, context.zone, habit),
        evidence=(asked.evidence, *written.quotes),
        action=in_thread(document, [sender.address], written),
        confidence=_confidence(document, asked, habit, context),
        expires=next_working_day(now, config.window, context.zone, hour=20),
        sources=(document.id, *dict.fromkeys(fact.document for fact in written.quotes)),
    )


def _confidence(
    document: Document, asked: Asked, habit: timedelta | None, context: Context
) -> float:
    """Return how sure it is that the user owes an answer.

    The question of a stranger who knows the user's name stays below what is shown, unless a model
    finds it worth a word.
    """
    score = 0.25 + 0.45 * asked.sureness + (0.05 if asked.is_question else -0.05)
    score += 0.1 * known(document, context) + (0.1 if habit is not None else 0.0)
    score += 0.05 * called_by_name(document, context)
    alone = document.mail is not None and len(document.mail.to) + len(document.mail.cc) == 1
    score += 0.05 if alone else -0.05
    most = 0.95 if known(document, context) else 0.45
    return round(max(0.05, min(most, score)), 3)


def thing_of(document: Document) -> str:
    """Name a question that was put to the user, the same for all copies of its mail."""
    sender = document.mail.sender.address if document.mail and document.mail.sender else ""
    return f"{sender} {document.when:%Y} {subject_of(document)} {words_of(document)}"


def _settled_by(document: Document, context: Context) -> Iterator[Silence]:
    """Name the questions that a mail of the user, or of somebody else in the thread, settles."""
    config: Config = context.config
    zone = context.zone
    since = working_days_before(document.when, config.most_days + config.window + 10, zone)
    # What is younger than that was not offered yet.
    until = working_days_before(document.when, config.least_days, zone)
    earlier = {d.id: d for d in context.library.thread(document.id) if not is_own(d)}
    if is_own(document) and document.mail is not None:
        for person in document.mail.to[:5]:
            theirs = context.library.mails_with(
                person.address, since=since, author="other", signals=ASKING
            )
            earlier |= {d.id: d for d in theirs}
    for one in earlier.values():
        if since <= one.when < until and _may_be_open(one, context):
            yield Silence(document.id, "it may settle a question", thing_of(one))


def _may_be_open(document: Document, context: Context) -> bool:
    config: Config = context.config
    asked = asked_in(document)
    sure = asked is not None and asked.sureness >= config.least_sureness
    return sure and not impersonal(document) and not to_others(document, context)


def quiet(config: Config) -> Quiet:
    """Return of which threads it is told: those that a question to the user has ended."""
    return Quiet("other", ASKING, config.least_days)


plugin = Plugin(Config, suggest, quiet)
