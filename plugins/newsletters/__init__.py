"""A newsletter that is never opened: the mail that unsubscribes, after a review."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from samantha.api import (
    Context,
    Document,
    DraftMail,
    Evidence,
    Kind,
    Moment,
    MomentKind,
    Plugin,
    Silence,
    Suggestion,
)
from samantha.api.correspondence import is_own, not_here, shown_name

_NEEDED = (Kind.INVOICE, Kind.RECEIPT, Kind.TICKET, Kind.CONTRACT, Kind.INVITATION)
"""What comes with a way to unsubscribe and is no newsletter all the same."""
_WAY_OUT = re.compile(r"(?im)^.*\b(?:unsubscribe|opt[- ]?out|abbestellen|abmelden|austragen)\b.*$")
_FIRST_LINE = re.compile(r"(?m)^.*\S.*$")
_MOST_READ = 80


@dataclass(frozen=True, slots=True)
class Config:
    """``[plugins.newsletters]``."""

    least_unread: int = 8
    """So many in a row must lie unopened."""
    least_days: int = 28
    """They must have come over at least so many days."""
    days: int = 180
    """What came longer ago is not counted."""


def suggest(moment: Moment, context: Context) -> Iterator[Suggestion | Silence]:
    """Count, for each newsletter that comes, how many before it lie unopened."""
    if moment.kind is not MomentKind.DOCUMENTS:
        return
    newest: dict[str, Document] = {}
    for document in sorted(moment.documents, key=lambda d: d.when):
        mail = document.mail
        if mail and mail.sender and mail.list_unsubscribe and not is_own(document):
            newest[mail.sender.address] = document
    for document in newest.values():
        yield _about(document, moment, context)


def _about(document: Document, moment: Moment, context: Context) -> Suggestion | Silence:
    config: Config = context.config
    mail = document.mail
    assert mail is not None and mail.sender is not None
    if not_here(document):
        return Silence(document.id, not_here(document))
    if not mail.unsubscribe_to:
        # Asked first: to look at all issues of a newsletter takes far longer.
        return Silence(document.id, "it names no mail address for leaving", thing_of(document))
    since = moment.now - timedelta(days=config.days)
    found = context.library.mails_with(
        mail.sender.address, since=since, author="other", limit=_MOST_READ
    )
    issues = [d for d in found if _from(d, document)]
    silent = _needed(document, issues, context) or _opened(issues, config)
    if silent:
        return Silence(document.id, silent, thing_of(document))
    return _suggestion(issues, moment, context)


def _from(one: Document, newest: Document) -> bool:
    """Tell whether two mails are issues of one newsletter."""
    mail, wanted = one.mail, newest.mail
    if mail is None or wanted is None or not mail.list_unsubscribe:
        return False
    same = mail.sender and wanted.sender and mail.sender.address == wanted.sender.address
    return bool(same) and mail.list_id == wanted.list_id


def _needed(document: Document, issues: list[Document], context: Context) -> str:
    mail = document.mail
    if any(d.analysis.kind in _NEEDED or d.signals("amount_due") for d in issues):
        return "bills, tickets or the like come from there"
    if mail and mail.sender and context.library.written_to(mail.sender.address):
        return "you have written to them"
    return ""


def _opened(issues: list[Document], config: Config) -> str:
    """Return why the newsletter does not count as unread; ``issues`` are newest first."""
    if any(d.mail is None or d.mail.seen is None for d in issues):
        return "nothing says whether you open it"
    unread = _unread(issues)
    if unread < len(issues) and unread < 2 * config.least_unread:
        return "you have opened it"
    if unread < config.least_unread:
        return f"{unread} unopened of {config.least_unread}"
    if issues[0].when - issues[unread - 1].when < timedelta(days=config.least_days):
        return f"it has come for less than {config.least_days} days"
    return ""


def _unread(issues: list[Document]) -> int:
    """Return how many of the newest lie unopened in a row."""
    opened = (at for at, d in enumerate(issues) if d.mail is not None and d.mail.seen)
    return next(opened, len(issues))


def _suggestion(issues: list[Document], moment: Moment, context: Context) -> Suggestion:
    config: Config = context.config
    newest = issues[0]
    mail = newest.mail
    assert mail is not None and mail.sender is not None
    name, unread = shown_name(mail.sender), _unread(issues)
    days = (newest.when - issues[unread - 1].when).days
    return Suggestion(
        kind="unsubscribe",
        thing=thing_of(newest),
        title=f"Unsubscribe from {name}? {unread} unopened"[:80],
        why=(
            f"The last {unread} mails of {name} lie unopened; they came over {days} days. "
            f"The mail that unsubscribes goes to {mail.unsubscribe_to}, as their header asks."
        ),
        evidence=(_quote(newest),),
        action=DraftMail(
            to=(mail.unsubscribe_to,),
            subject=mail.unsubscribe_subject or "unsubscribe",
            body="unsubscribe\n",
        ),
        confidence=round(min(0.9, 0.6 + 0.02 * (unread - config.least_unread)), 3),
        expires=moment.now + timedelta(days=14),
        sources=(newest.id,),
    )


def _quote(document: Document) -> Evidence:
    """Return the line that speaks of leaving, or the first one."""
    text = document.text
    found = _WAY_OUT.search(text) or _FIRST_LINE.search(text)
    start, end = (found.start(), min(found.end(), found.start() + 300)) if found else (0, 1)
    return Evidence(document.id, text[start:end], start, end)


def thing_of(document: Document) -> str:
    """Name a newsletter."""
    mail = document.mail
    return f"newsletter {mail.sender.address if mail and mail.sender else ''}"


plugin = Plugin(Config, suggest)
