"""Who writes to whom, and who still waits: what the plugins about mail have in common.

Every function answers about values and the read-only library; nothing here writes or suggests.
Reasons are the words of a ``Silence``, '' where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo

from samantha.api.plugin import Context
from samantha.api.types import Document, Evidence, Kind, Person, Signal

FEW = 3
"""A mail to more people than these speaks to nobody in particular."""
_NEWEST = 12
"""How many of the newest mails with a person are read to see whether they wrote."""
REMEMBERED = timedelta(days=365)
"""How far back the usual answer time of a person is looked for."""

_NOT_HERE = {
    "spam": "it lies in the spam folder",
    "trash": "it lies in the trash",
    "drafts": "it is a draft",
}
_NOBODY = re.compile(
    r"(?:^|[._+-])(?:no-?_?\.?repl(?:y|ies)|do-?not-?reply|donotreply|mailer-daemon|postmaster|"
    r"bounces?|notif(?:y|ications?)|alerts?|news(?:letters?)?|announce(?:ments?)?|automat\w*|"
    r"marketing|promo(?:tions?)?|offers?|deals|digest|updates?|listserv|majordomo|"
    r"all|everyone|everybody|team|staff|root|daemon|system|webmaster|subscriptions?|"
    r"robot|bot)(?:[._+-]|$)"
)
_LEAVE = re.compile(
    r"(?i)\bunsubscribe\b|\bopt[- ]?out\b|\babbestellen\b|\bnewsletter abmelden\b|"
    r"\bremoved? from (?:this|our|the) (?:mailing )?list\b|"
    r"\b(?:receiving|received|erhalten) (?:this|diese\w*) (?:e-?mail|newsletter|message)\b"
)


# --- one mail ------------------------------------------------------------------------------


def is_own(document: Document) -> bool:
    """Tell whether the user has sent a mail."""
    return document.mail is not None and document.analysis.author == "user"


def not_here(document: Document) -> str:
    """Return why a mail is looked at by nobody: spam, trash, a draft."""
    return _NOT_HERE.get(document.mail.folder, "") if document.mail else "it is not a mail"


def impersonal(document: Document) -> str:
    """Return why no person stands behind a mail that came: a list, a machine, a newsletter."""
    mail = document.mail
    if mail is None or mail.sender is None:
        return "it names no sender"
    if mail.list_id or _NOBODY.search(mail.sender.address.partition("@")[0]):
        return "it came over a list or from an address nobody reads"
    if mail.automatic:
        return "a machine wrote it"
    if mail.list_unsubscribe or document.analysis.kind is Kind.NEWSLETTER:
        return "a newsletter"
    if _LEAVE.search(document.body()):
        return "a mass mail: it tells how to be taken off its list"
    return ""


def to_others(document: Document, context: Context) -> str:
    """Return why a mail that came does not speak to the user: cc alone, many, not named at all."""
    mail = document.mail
    if mail is None:
        return "it is not a mail"
    to = mail.to
    if not any(is_user(person, context) for person in to[: 2 * FEW]):
        if any(is_user(person, context) for person in mail.cc[: 2 * FEW]):
            return "you only have a copy"
        return "it was not sent to you by name"
    if len(to) > FEW or len(to) + len(mail.cc) > 2 * FEW:
        return f"it went to {len(to) + len(mail.cc)} people"
    return ""


def is_user(person: Person, context: Context) -> bool:
    """Tell whether an address is the user's: a configured one, or one they send from."""
    return context.library.sends_from(person.address)


def counterparts(document: Document, context: Context) -> tuple[Person, ...]:
    """Return whom the user's own mail was sent to, without themselves and addresses of machines."""
    people = document.mail.to if document.mail else ()
    return tuple(
        p
        for p in people
        if p.address
        and not _NOBODY.search(p.address.partition("@")[0])
        and (len(people) > 2 * FEW or not is_user(p, context))
    )


def went_to_list(document: Document, context: Context) -> bool:
    """Tell whether a mail went to a list: list mail has come by way of one of its addresses."""
    mail = document.mail
    if mail is None:
        return False
    if mail.list_id:
        return True
    return any(_is_list(person, context) for person in (*mail.to, *mail.cc)[: 2 * FEW])


def _is_list(person: Person, context: Context) -> bool:
    """Tell whether list mail was sent to this address alone, and it is not the user's own."""
    newest = context.library.mails_with(person.address, author="other", limit=_NEWEST)
    through = any(
        d.mail.list_id and [p.address for p in d.mail.to] == [person.address]
        for d in newest
        if d.mail is not None
    )
    return through and not is_user(person, context)


def shown_name(person: Person | None) -> str:
    """Return how a person is called in a title: their name, or the readable part of the address."""
    if person is None:
        return "somebody"
    name = " ".join(person.name.replace('"', " ").split())
    if "," in name and name.count(",") == 1:
        # “Berg, Anna” is a name as directories write it.
        last, _, first = name.partition(",")
        name = f"{first.strip()} {last.strip()}".strip()
    if name and "@" not in name:
        return name[:40]
    local = person.address.partition("@")[0]
    words = [w for w in re.split(r"[._-]+", local) if w]
    if len(words) > 1 and all(w.isalpha() for w in words):
        return " ".join(w.capitalize() for w in words)[:40]
    return person.address[:40]


def subject_of(document: Document) -> str:
    """Return what the subjects of a thread have in common: no Re:, no Fwd:, one case."""
    text = document.mail.subject if document.mail else document.title
    plain = re.sub(r"(?i)^(?:\s*(?:re|aw|fwd?|wg|antw|sv)(?:\[\d+\])?\s*:)+", "", text)
    return " ".join(plain.casefold().split())[:120]


def evidence(document: Document, signal: Signal) -> Evidence:
    """Return a signal's words as evidence."""
    return Evidence(document.id, signal.quote, signal.start, signal.end)


# --- time ----------------------------------------------------------------------------------


def working_days(start: datetime, end: datetime, zone: tzinfo) -> int:
    """Return how many working days (Monday to Friday) have passed since ``start``.

    The day it was on does not count; a day counts once its hour of ``start`` has come, so that
    Friday evening to Monday noon is no day yet.
    """
    if end <= start:
        return 0
    first, last = start.astimezone(zone), end.astimezone(zone)
    whole = (last.date() - first.date()).days
    weeks, rest = divmod(whole, 7)
    days = 5 * weeks + sum((first.weekday() + n) % 7 < 5 for n in range(1, rest + 1))
    if days and last.weekday() < 5 and last.time() < first.time():
        days -= 1
    return days


def working_days_before(moment: datetime, days: int, zone: tzinfo) -> datetime:
    """Return the newest time from which ``days`` working days have passed at ``moment``."""
    at = moment.astimezone(zone)
    while days > 0:
        at -= timedelta(days=1)
        # Back from a Monday over the weekend: what came on Saturday is no younger than Friday's.
        if (at + timedelta(days=1)).weekday() < 5:
            days -= 1
    return at.astimezone(UTC)


def next_working_day(moment: datetime, days: int, zone: tzinfo, hour: int = 9) -> datetime:
    """Return the time ``days`` working days later, at an hour of the user's day; aware UTC."""
    day = moment.astimezone(zone).date()
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < 5:
            days -= 1
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


def morning_after(moment: datetime, days: int, zone: tzinfo, hour: int = 4) -> datetime:
    """Return the first working morning by which so many working days have passed; aware UTC."""
    at = next_working_day(moment, days, zone, hour)
    return at if working_days(moment, at, zone) >= days else next_working_day(at, 1, zone, hour)


def usual(times: Sequence[timedelta]) -> timedelta | None:
    """Return the time within which three answers of four came; None for fewer than three."""
    if len(times) < 3:
        return None
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, (3 * len(ordered)) // 4)]


# --- threads -------------------------------------------------------------------------------


def later_in_thread(document: Document, context: Context) -> list[Document]:
    """Return the mails of the thread after this one, oldest first; copies of it are left out."""
    thread = context.library.thread(document.id)
    return [d for d in thread if d.when > document.when and not same_mail(d, document)]


def same_mail(one: Document, other: Document) -> bool:
    """Tell copies of one mail that lie in several folders under ids of their own."""
    if one.mail is None or other.mail is None:
        return False
    return (
        one.mail.sender == other.mail.sender
        and abs(one.when - other.when) < timedelta(minutes=2)
        and subject_of(one) == subject_of(other)
    )


def once(documents: Iterable[Document]) -> Iterator[Document]:
    """Yield each mail once, though copies of it lie in several folders; spam and the like never."""
    known: set[object] = set()
    for document in documents:
        key = (subject_of(document), document.when)
        if key not in known and not not_here(document):
            known.add(key)
            yield document


def heard_since(person: Person, since: datetime, until: datetime, context: Context) -> bool:
    """Tell whether a person has written to the user, by name, between two times."""
    for document in context.library.mails_with(
        person.address, since=since, author="other", limit=_NEWEST
    ):
        mail = document.mail
        if mail is None or mail.sender is None or not since < document.when <= until:
            continue
        theirs = mail.sender.address == person.address
        if theirs and any(is_user(p, context) for p in mail.to[: 2 * FEW]):
            return True
    return False


def wrote_since(person: Person, since: datetime, until: datetime, context: Context) -> bool:
    """Tell whether the user has written to a person between two times."""
    return any(
        is_own(d) and since < d.when <= until and d.mail is not None and d.mail.folder != "drafts"
        for d in context.library.mails_with(
            person.address, since=since, author="user", limit=_NEWEST
        )
        if d.mail and any(p.address == person.address for p in (*d.mail.to, *d.mail.cc))
    )
