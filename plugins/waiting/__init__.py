"""A mail of yours asked something and nobody answered: a follow-up draft in its thread."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from samantha.api import (
    Context,
    Document,
    Moment,
    MomentKind,
    Person,
    Plugin,
    Quiet,
    Silence,
    Suggestion,
    Wake,
)
from samantha.api.correspondence import (
    REMEMBERED,
    counterparts,
    heard_since,
    impersonal,
    is_own,
    later_in_thread,
    morning_after,
    next_working_day,
    not_here,
    once,
    shown_name,
    subject_of,
    usual,
    went_to_list,
    working_days,
    working_days_before,
)
from samantha.api.questions import ASKING, Asked, asked_in, words_of
from samantha.api.writing import follow_up, in_thread

from .wording import title, why

_EARLY = "an answer may still come: you asked only a few days ago"
_FIRST_WORD = re.compile(r"\W*(?:(?:hi|hey|hello|hallo|liebe[rs]?) )?([^\W\d_]+)\s?[,:–-]")
_ANYBODY = re.compile(
    r"(?i)\b(?:any|some)(?:one|body)\b|\b(?:jemand|wer von euch|irgendwer|quelqu['’]un|alguien)\b"
)
_TALK = re.compile(
    r"(?i)\blet['’]?s (?:talk|discuss|speak|chat)\b|\bwe(?: can|['’]ll| will"
    r"| should)? (?:talk|speak)"
    r" (?:about (?:it|this) )?(?:in|on|at|later|tomorrow|soon|then)\b"
    r"|\bi(?:['’]ll| will| am going to|['’]m going to) (?:call|ring|phone|stop by|drop by"
    r"|come by|see) "
    r"(?:you|u)\b|\b(?:give|gave) (?:you|u) a (?:call|buzz|ring)\b|\bich (?:rufe|komme"
    r"|melde mich)\b"
    r"[^.!?\n]{0,30}\b(?:an|vorbei|telefonisch)\b|\b(?:lass|lasst|lassen sie) uns "
    r"[^.!?\n]{0,30}\b(?:reden|sprechen|telefonieren|treffen)\b"
)
"""Says that they will talk: what is asked beside it is settled then."""
_WHEN = re.compile(
    r"(?i)\b(?:when|where|what (?:time|day)|which day|free|available|suits?|works? for|wann|wo"
    r"|passt|zeit)\b"
)
"""Asks for the talk itself."""
_TO_ALL = re.compile(
    r"(?i)^\W*(?:(?:hi|hello|hey|dear|hallo|liebe|guten (?:tag|morgen)|bonjour|hola) )?"
    r"(?:all|everyone|everybody|folks|friends|team|zusammen|alle|leute|kolleg\w*|mitglieder"
    r"|freunde|"
    r"ihr lieben|à tous|a todos)\b"
)
"""How a mail to a circle greets."""
_CALLED = re.compile(r"[^,:;.?!–—-]{2,40}(?=\s?[,:–—-])")
"""What stands before the first pause: “Bert, could you …”, “Cora and Bert: is …”."""
_LOOKED_BACK = timedelta(days=45)
"""An answer later than this settles nothing that could still be open."""


@dataclass(frozen=True, slots=True)
class Config:
    """``[plugins.waiting]``."""

    days: int = 4
    """Working days without an answer after which a follow-up is offered."""
    window: int = 8
    """Working days for which it is offered; after that it is silent for good."""
    most_people: int = 2
    """A mail to more people than these is not followed up: somebody else may have answered."""
    least_sureness: float = 0.7
    """How sure it must be that a sentence waits for an answer."""


def suggest(moment: Moment, context: Context) -> Iterator[Suggestion | Silence | Wake]:
    """Offer a follow-up for each question that has gone quiet; take back what was answered."""
    if moment.kind is not MomentKind.DOCUMENTS:
        for document in once(moment.documents):
            yield from _looked_at(document, moment.now, context, told=True)
        return
    for document in moment.documents:
        if document.mail is None or not_here(document):
            continue
        if is_own(document):
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
    passed = document.when < working_days_before(now, config.days, context.zone)
    if (told or passed) and isinstance(answer, Silence) and answer.reason == _EARLY:
        patience = _patience(counterparts(document, context)[0], now, context)
        at = morning_after(document.when, patience, context.zone)
        yield Wake(at, thing_of(document), (document.id,))


def _about(document: Document, now: datetime, context: Context) -> Suggestion | Silence:
    """Return the offer, or why there is none."""
    config: Config = context.config
    asked = asked_in(document)
    if asked is None or asked.sureness < config.least_sureness:
        return Silence(document.id, "it asks nothing that waits for an answer")
    people = counterparts(document, context)
    waited = working_days(document.when, now, context.zone)
    silent = _to_nobody(document, people, config)
    if not silent and went_to_list(document, context):
        silent = "it went to a list"
    patience = config.days if silent else _patience(people[0], now, context)
    if not silent and waited < patience:
        silent = _EARLY
    if not silent and waited > patience + config.window:
        silent = "it was asked long ago"
    talk = _TALK.search(" ".join(document.body().split())) and not _WHEN.search(
        asked.evidence.quote
    )
    if not silent and talk:
        silent = "you said that you would talk about it"
    silent = silent or _asks_another(document, people, asked)
    asked_on = document.when.astimezone(context.zone).date()
    if not silent and asked.is_moot(asked_on, now.astimezone(context.zone).date()):
        silent = "the day it asks about has passed"
    silent = silent or _answered(document, people, now, context)
    if silent:
        return Silence(document.id, silent)
    return _suggestion(document, asked, _called_first(people, asked), waited, now, context)


def _called_first(people: tuple[Person, ...], asked: Asked) -> tuple[Person, ...]:
    """Return the people, first the one whom the sentence calls by name: “Bert, could you …”."""
    word = _FIRST_WORD.match(asked.evidence.quote)
    called = word[1].casefold() if word else ""
    return tuple(sorted(people, key=lambda person: called not in _names(person)))


def _asks_another(document: Document, people: tuple[Person, ...], asked: Asked) -> str:
    """Tell why a sentence is put to none of those the mail went to: by the names it holds."""
    said = asked.evidence.quote
    called = _CALLED.match(said)
    words = set(re.findall(r"[^\W\d_]+", called[0].casefold())) if called else set()
    if words and not any(words & set(_names(person)) for person in people):
        copied = document.mail.cc if document.mail else ()
        for person in copied:
            if words & set(_names(person)):
                return f"it asks {shown_name(person)}, who only has a copy"
    if _ANYBODY.search(said) and _TO_ALL.search(document.body()[:200]):
        return "it asks a circle of people, and nobody in particular"
    if all(_spoken_of(person, said) for person in people):
        return "it speaks of who has it, and asks somebody else"
    return ""


def _spoken_of(person: Person, said: str) -> bool:
    """Tell whether a sentence speaks of a person by their first name, and does not call them."""
    first = shown_name(person).partition(" ")[0]
    if len(first) < 3 or not first.isalpha():
        return False
    return re.search(rf"[^\W\d_] {re.escape(first)}(?:'s)?(?: [^\W\d_]|[?.]|$)", said) is not None


def _names(person: Person) -> list[str]:
    return re.findall(r"[^\W\d_]+", f"{person.name} {person.address.partition('@')[0]}".casefold())


def _to_nobody(document: Document, people: tuple[Person, ...], config: Config) -> str:
    mail = document.mail
    if mail is None or not people:
        return "it went to no person but you"
    if mail.automatic:
        return "a machine wrote it for you"
    if len(people) > config.most_people or len(mail.to) + len(mail.cc) > 2 * config.most_people + 1:
        return f"it went to {len(mail.to) + len(mail.cc)} people"
    return ""


def _answered(
    document: Document, people: tuple[Person, ...], now: datetime, context: Context
) -> str:
    for later in later_in_thread(document, context):
        if later.when > now:
            break
        return "you have written in the thread since" if is_own(later) else "it was answered"
    for person in people:
        if heard_since(person, document.when, now, context):
            return f"{shown_name(person)} has written to you since"
    return ""


def _patience(person: Person, now: datetime, context: Context) -> int:
    """Return the working days to wait: more for somebody whose answers usually take long."""
    config: Config = context.config
    times = context.library.answer_times(person.address, by_user=False, since=now - REMEMBERED)
    slow = usual(times)
    days = 0 if slow is None else round(slow / timedelta(days=7) * 5) + 1
    return max(config.days, min(days, config.days + config.window - 1))


def _suggestion(
    document: Document,
    asked: Asked,
    people: tuple[Person, ...],
    waited: int,
    now: datetime,
    context: Context,
) -> Suggestion:
    config: Config = context.config
    first = people[0]
    written = follow_up(context, document, asked.evidence, to=first)
    answers = len(
        context.library.answer_times(first.address, by_user=False, since=now - REMEMBERED)
    )
    return Suggestion(
        kind="follow_up",
        thing=thing_of(document),
        title=title(shown_name(first), document, waited),
        why=why(shown_name(first), document, context.zone, answers),
        evidence=(asked.evidence, *written.quotes),
        action=in_thread(document, [p.address for p in people], written),
        confidence=_confidence(asked, answers, people),
        expires=next_working_day(now, config.window, context.zone, hour=20),
        sources=(document.id,),
    )


def _confidence(asked: Asked, answers: int, people: tuple[Person, ...]) -> float:
    """Return how sure it is that the user wants to ask again.

    A question outweighs a request; somebody who has answered before is somebody who answers.
    """
    score = 0.25 + 0.5 * asked.sureness
    score += 0.05 if asked.is_question else -0.05
    score += 0.1 if answers else 0.0
    return round(max(0.05, min(0.95, score - 0.05 * (len(people) - 1))), 3)


def thing_of(document: Document) -> str:
    """Name a question that waits, the same for all copies of its mail and for one sent again."""
    to = document.mail.to[0].address if document.mail and document.mail.to else ""
    return f"{to} {document.when:%Y} {subject_of(document)} {words_of(document)}"


def _settled_by(document: Document, context: Context) -> Iterator[Silence]:
    """Name the questions that a mail settles: in its thread, or of whoever wrote it."""
    config: Config = context.config
    sender = document.mail.sender if document.mail else None
    earlier = {d.id: d for d in context.library.thread(document.id) if is_own(d)}
    if sender is not None and not is_own(document) and not impersonal(document):
        since = document.when - _LOOKED_BACK
        asked = context.library.mails_with(
            sender.address, since=since, author="user", signals=ASKING
        )
        earlier |= {d.id: d for d in asked}
    # What is younger than that was not offered yet.
    until = working_days_before(document.when, config.days, context.zone)
    for own in earlier.values():
        found = asked_in(own) if own.when < until else None
        if found is not None and found.sureness >= config.least_sureness:
            yield Silence(document.id, "it may settle what you asked", thing_of(own))


def quiet(config: Config) -> Quiet:
    """Return of which threads it is told: those that a question of the user's has ended."""
    return Quiet("user", ASKING, config.days)


plugin = Plugin(Config, suggest, quiet)
