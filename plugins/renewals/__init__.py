"""Before a contract, subscription, warranty or return window runs out: the last safe day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from samantha.api import (
    Action,
    Context,
    DocumentId,
    DraftMail,
    Kind,
    Moment,
    MomentKind,
    Plugin,
    Remind,
    Silence,
    Suggestion,
    Wake,
)

from .deadline import Deadline, deadline_of
from .ending import Ending, read_ending
from .silence import domains_of, settled, settles, why_silent
from .wording import letter, reminder, title, why

_REMEMBERED = timedelta(days=6 * 366)
_SOON = timedelta(hours=2)
_MORNING = time(4)
"""When a day is looked at on which there may be more to say: before the user's own day begins."""
_SHORT = ("trial", "return")
_BY_LETTER = ("contract", "membership", "insurance", "subscription")
"""What is called off by a letter, which is there to paste."""
_SAME_END = timedelta(days=3)
_SAME_TERM = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Config:
    """``[plugins.renewals]``."""

    days_before: tuple[int, ...] = (30, 7, 0)
    """Days before the last safe day on which the reminder comes; then there is silence."""
    days_before_short: tuple[int, ...] = (3, 0)
    """The same for trials and return windows, which last only weeks."""
    hour: int = 9
    """Hour of the reminder, local time."""
    warranty_days: int = 60
    """A warranty is spoken of only when it ends within so many days."""
    cancellations: bool = True
    """Whether a cancellation is drafted to a correspondent you have written to before."""
    least_confidence: float = 0.6
    """Silent where the day was read less surely."""


def suggest(moment: Moment, context: Context) -> Iterator[Suggestion | Silence | Wake]:
    """Offer one reminder, or one cancellation, for each thing that runs out, or say why not."""
    offered: set[str] = set()
    for document in sorted(moment.documents, key=lambda d: (d.when, d.id)):
        ending = read_ending(document, context)
        if ending is None:
            continue
        for answer in _answers(ending, moment, context):
            if not isinstance(answer, Suggestion):
                yield answer
            elif answer.thing in offered:
                yield Silence(document.id, "the same as in another document")
            else:
                offered.add(answer.thing)
                yield answer
    if moment.kind is MomentKind.DOCUMENTS:
        yield from _settled_since(moment, context)
        yield from _unread(moment)


def _days_before(ending: Ending, config: Config) -> tuple[int, ...]:
    chosen = config.days_before_short if ending.what in _SHORT else config.days_before
    return tuple(sorted({d for d in chosen if d >= 0}, reverse=True))


def _answers(
    ending: Ending, moment: Moment, context: Context
) -> Iterator[Suggestion | Silence | Wake]:
    config: Config = context.config
    today = context.today(moment)
    silent = why_silent(ending, context, config.least_confidence)
    due = None if silent else deadline_of(ending, today)
    if due is None:
        yield _silence(ending, silent or "it does not say when it ends")
        return
    again = _next_look(ending, due, today, config)
    silent = _too_late(ending, due, today, config)
    if not silent:
        silent = _superseded(ending, context, moment) or settled(ending, context)
        again = None if silent else again
    if again is not None:
        # Each document by itself: mail and file of one contract are looked at together again.
        at = _moment(again, _MORNING, context)
        yield Wake(at, str(ending.document.id), (ending.document.id,))
    if silent:
        yield _silence(ending, silent)
    else:
        yield _suggestion(ending, due, moment, context)


def _next_look(ending: Ending, due: Deadline, today: date, config: Config) -> date | None:
    """Return the next day on which there may be more to say: a step of this term, or the next."""
    before = _days_before(ending, config)
    days = [due.last - timedelta(days=d) for d in before]
    later = deadline_of(ending, due.last + timedelta(days=1))
    if later is not None and later.last > due.last:
        days.append(later.last - timedelta(days=max(before, default=0)))
    return min((day for day in days if day > today), default=None)


def _silence(ending: Ending, reason: str) -> Silence:
    over = ("you have called it off", "it was called off", "it was renewed already")
    return Silence(ending.document.id, reason, ending.thing if reason in over else "")


def _too_late(ending: Ending, due: Deadline, today: date, config: Config) -> str:
    if due.last < today:
        if ending.renews and due.end >= today:
            return f"the last day to cancel was {due.last.isoformat()}"
        return f"it ended on {due.end.isoformat()}"
    if ending.what == "warranty" and (due.last - today).days > config.warranty_days:
        return f"the warranty runs until {due.last.isoformat()}: there is time"
    return ""


def _superseded(ending: Ending, context: Context, moment: Moment) -> str:
    """Tell that a later document gives the same thing another, later end."""
    if ending.brought_by is None or ending.expiry is None:
        return ""
    for other in context.library.documents(signal="term", since=ending.document.when):
        if other.id == ending.document.id or not ending.document.when < other.when <= moment.now:
            continue
        newer = read_ending(other, context)
        if newer is None or (newer.key, newer.what) != (ending.key, ending.what):
            continue
        if newer.expiry is not None and newer.expiry > ending.expiry:
            return f"a later document says {newer.expiry.isoformat()}"
    return ""


def _thing(ending: Ending, context: Context) -> str:
    """Name what runs out as the first document about it did.

    "In 3 days", "on Friday" and the date in full may differ by a day or two; and the letter of
    cancellation is about the same thing as the reminder, which has it to paste: one thing is
    offered once.
    """
    if ending.brought_by is None or ending.expiry is None:
        return ending.thing
    since = ending.document.when - _SAME_TERM
    for other in sorted(
        context.library.documents(signal="term", since=since), key=lambda d: (d.when, d.id)
    ):
        if other.when >= ending.document.when:
            break
        told = read_ending(other, context)
        if told is None or (told.key, told.what) != (ending.key, ending.what):
            continue
        if told.expiry is not None and abs(told.expiry - ending.expiry) <= _SAME_END:
            return told.thing
    return ending.thing


def _settled_since(moment: Moment, context: Context) -> Iterator[Silence]:
    """Tell what the mails that have come now call off or renew: offers and reminders are over."""
    news = [(d, reason) for d in moment.documents if (reason := settles(d, context))]
    if not news:
        return
    known = context.library.documents(signal="term", since=moment.now - _REMEMBERED)
    for document in known:
        ending = read_ending(document, context)
        if ending is None or ending.brought_by is None:
            continue
        for mail, reason in news:
            if mail.when > document.when and ending.key in domains_of(mail):
                yield Silence(document.id, reason, ending.thing)
                break


def _unread(moment: Moment) -> Iterator[Silence]:
    for document in moment.documents:
        read = document.signals("expiry") or document.signals("term")
        if (
            document.analysis.kind is Kind.CONTRACT
            and not read
            and not document.signals("notice_period")
        ):
            yield Silence(document.id, "it does not say when it ends")


def _suggestion(ending: Ending, due: Deadline, moment: Moment, context: Context) -> Suggestion:
    today = context.today(moment)
    drafted = _cancellation(ending, due, today, context)
    sources: tuple[DocumentId, ...] = (ending.document.id,)
    if drafted is not None and ending.brought_by is not None:
        sources = tuple(dict.fromkeys((ending.document.id, ending.brought_by.id)))
    action: Action = drafted or _reminder(ending, due, moment, context)
    return Suggestion(
        kind="cancellation" if drafted else "renewal",
        thing=_thing(ending, context),
        title=title(ending, due, today, letter=drafted is not None),
        why=why(ending, due, today),
        evidence=ending.evidence,
        action=action,
        confidence=round(min(0.95, ending.confidence), 3),
        expires=_moment(due.last, time(23, 59, 59), context),
        urgent=(due.last - today).days <= 2,
        sources=sources,
    )


def _reminder(ending: Ending, due: Deadline, moment: Moment, context: Context) -> Remind:
    config: Config = context.config
    soon = (moment.now + _SOON).replace(minute=0, second=0, microsecond=0)
    days = (due.last - timedelta(days=d) for d in _days_before(ending, config))
    times = [_moment(d, time(config.hour), context) for d in days]
    ahead = [t for t in times if t >= soon] or [soon]
    pasted = ""
    if ending.what in _BY_LETTER and (ending.renews or ending.notice):
        pasted = letter(ending, due, _name(context))[1]
    today = context.today(moment)
    return Remind(ahead[0], reminder(ending, due, today), pasted, again=tuple(ahead[1:]))


def _cancellation(ending: Ending, due: Deadline, today: date, context: Context) -> DraftMail | None:
    """Return the letter once its time has come, if there is somebody known to write to."""
    config: Config = context.config
    mail = ending.brought_by.mail if ending.brought_by else None
    wanted = config.cancellations and ending.what == "contract" and ending.renews
    if not wanted or mail is None or mail.sender is None or mail.automatic:
        return None
    near = (due.last - today).days <= max(_days_before(ending, config), default=0)
    if not near or not context.library.written_to(mail.sender.address):
        return None
    subject, body = letter(ending, due, _name(context))
    references = (*mail.references, mail.message_id)[-20:]
    return DraftMail(
        to=(mail.sender.address,),
        subject=subject,
        body=body,
        in_reply_to=mail.message_id,
        references=references,
    )


def _name(context: Context) -> str:
    return context.identity.names[0] if context.identity.names else ""


def _moment(value: date, clock: time, context: Context) -> datetime:
    return datetime.combine(value, clock, context.zone).astimezone(UTC)


plugin = Plugin(Config, suggest)
