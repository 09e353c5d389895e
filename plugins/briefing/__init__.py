"""A page about tomorrow's meeting, offered as the day begins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from samantha.api import (
    Appointment,
    Context,
    Document,
    Evidence,
    Moment,
    MomentKind,
    Person,
    Plugin,
    Silence,
    Suggestion,
    WriteDocument,
)

from .page import FILES, MAILS, Known, body, points

_WORD = re.compile(r"[^\W\d_]{4,}")
_COMMON = frozenset(("meeting", "call", "with", "about", "termin", "besprechung", "mail", "review"))


@dataclass(frozen=True, slots=True)
class Config:
    """``[plugins.briefing]``."""

    days: int = 120
    """A person counts as known if they wrote, or were written to, within so many days."""
    most_people: int = 8
    """Meetings of more people are not prepared."""


def suggest(moment: Moment, context: Context) -> Iterator[Suggestion | Silence]:
    """Offer a page for each of tomorrow's meetings that are worth one."""
    if moment.kind is not MomentKind.DAY:
        return
    tomorrow = context.today(moment) + timedelta(days=1)
    since = datetime.combine(tomorrow, time(), context.zone)
    for meeting in context.library.events(since, since + timedelta(days=1)):
        if meeting.start < since:
            continue
        known = _known(meeting, moment, context)
        silent = _silent(meeting, known, context)
        if silent:
            yield Silence(meeting.document, silent)
            continue
        suggestion = _suggestion(meeting, known, moment, context)
        if suggestion is not None:
            yield suggestion


def _others(meeting: Appointment, context: Context) -> list[str]:
    own = {a.lower() for a in context.identity.addresses}
    return [p for p in meeting.people if p not in own]


def _silent(meeting: Appointment, known: Sequence[Known], context: Context) -> str:
    config: Config = context.config
    if meeting.repeats:
        return "a routine meeting: it repeats"
    if meeting.all_day:
        return "a whole day, not a meeting"
    others = _others(meeting, context)
    if not others:
        return "nobody else is invited"
    if len(others) > config.most_people:
        return f"a meeting of {len(others)} people"
    return "" if known else "nobody of it wrote to you or heard from you lately"


def _known(meeting: Appointment, moment: Moment, context: Context) -> list[Known]:
    config: Config = context.config
    since = moment.now - timedelta(days=config.days)
    found = []
    for address in _others(meeting, context)[: config.most_people]:
        mails = [m for m in context.library.mails_with(address) if _counts(m, since)]
        if not any(_between(m) for m in mails):
            continue
        found.append(Known(_person(address, mails), tuple(mails[:MAILS])))
    return found


def _counts(mail: Document, since: datetime) -> bool:
    header = mail.mail
    wanted = header is not None and header.folder not in ("spam", "trash", "drafts")
    return bool(
        wanted and header and not header.list_id and mail.when >= since and mail.body().strip()
    )


def _between(mail: Document) -> bool:
    """Tell whether a mail went between few, rather than to a crowd."""
    header = mail.mail
    if header is None or header.automatic:
        return False
    return len(header.to) + len(header.cc) <= 8


def _person(address: str, mails: Sequence[Document]) -> Person:
    for mail in mails:
        people = (mail.mail.sender, *mail.mail.to, *mail.mail.cc) if mail.mail else ()
        named = next((p for p in people if p and p.name and p.address.lower() == address), None)
        if named:
            return named
    return Person("", address)


def _files(
    meeting: Appointment, known: Sequence[Known], moment: Moment, context: Context
) -> list[Document]:
    """Return the user's files that changed lately and speak of the meeting by their name."""
    since = moment.now - timedelta(days=21)
    told = " ".join([meeting.title, *(m.title for k in known for m in k.mails)])
    words = {w.lower() for w in _WORD.findall(told)} - _COMMON
    changed = context.library.documents(media="file", since=since)
    return [
        d
        for d in changed
        if d.format != "ics"
        and words & {w.lower() for w in _WORD.findall(d.path.rpartition("/")[2])}
    ][:FILES]


def _suggestion(
    meeting: Appointment, known: Sequence[Known], moment: Moment, context: Context
) -> Suggestion | None:
    evidence = _evidence(meeting, known, context)
    if not evidence:
        return None
    german = any(m.analysis.language == "de" for k in known for m in k.mails[:1])
    files = _files(meeting, known, moment, context)
    who = ", ".join((k.person.name or k.person.address) for k in known[:3])
    local = meeting.start.astimezone(context.zone)
    title = (
        f"{'Blatt für morgen' if german else 'A page for tomorrow'} {local:%H:%M}: {meeting.title}"
    )
    open_points = len(points(known))
    if german:
        why = (
            f"Mit {who}: letzte Mails, {open_points} offene Punkte, {len(files)} geänderte Dateien."
        )
    else:
        why = f"With {who}: last mails, {open_points} open points, {len(files)} changed files."
    return Suggestion(
        kind="briefing",
        thing=f"brief {meeting.uid} {meeting.start:%Y-%m-%dT%H:%M}",
        title=title if len(title) <= 80 else title[:79] + "…",
        why=why,
        evidence=evidence,
        action=WriteDocument(
            f"{local:%Y-%m-%d} {meeting.title}"[:100],
            body(meeting, known, files, context.zone, german),
            "Briefs",
        ),
        confidence=0.65 + (0.1 if open_points else 0.0),
        expires=meeting.start,
        sources=tuple(dict.fromkeys(e.document for e in evidence)),
    )


def _evidence(
    meeting: Appointment, known: Sequence[Known], context: Context
) -> tuple[Evidence, ...]:
    """Quote the calendar's own line, the open points, and how the newest mails begin."""
    found = []
    calendar = context.library.document(meeting.document)
    if calendar is not None:
        line = f"Summary: {meeting.title}"
        at = calendar.text.find(line)
        if at >= 0:
            found.append(Evidence(calendar.id, line, at, at + len(line)))
    found += [Evidence(d.id, s.quote, s.start, s.end) for d, s in points(known)]
    for one in known:
        mail = one.mails[0]
        start = next((r.start for r in mail.regions if r.role == "body"), 0)
        quote = mail.text[start : start + 160]
        if quote.strip():
            found.append(Evidence(mail.id, quote, start, start + len(quote)))
    return tuple(found)


plugin = Plugin(Config, suggest)
