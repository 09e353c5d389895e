"""Outlets that are open now: configured ones, and open calls found in mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo

from samantha.api import Context, Document, Evidence, Kind, Outlet, Signal

_UNWANTED = ("spam", "trash", "drafts", "sent")
_ROUND = timedelta(days=120)
_PUT_OFF = timedelta(days=45)


@dataclass(frozen=True, slots=True)
class Call:
    """An outlet, when it closes, and the mail that says so."""

    outlet: Outlet
    deadline: datetime | None
    """The last moment of the last day, aware."""
    document: Document | None = None
    sentence: str = ""
    since: datetime | None = None

    key: str = ""
    """Names outlet and round, the same in every mail about it."""


def calls_of(context: Context, now: datetime) -> list[Call]:
    """Return all calls, each once, closed ones too; they are told apart when matching."""
    found: list[Call] = []
    for outlet in context.outlets:
        _add(found, Call(outlet, _last_moment(outlet.deadline, context.zone)))
    documents = context.library.documents(media="mail", signal="open_call")
    for document in sorted(documents, key=lambda d: d.when):
        mail = document.mail
        if mail is None or mail.folder in _UNWANTED or _own(document, context):
            continue
        for signal in document.signals("open_call"):
            read = _from_mail(document, signal, context.zone)
            if read is not None and document.when <= now + timedelta(days=1):
                _add(found, read)
    return found


def _add(found: list[Call], read: Call) -> None:
    """Add a call, or take it for a reminder of one that is known."""
    for at, known in enumerate(found):
        if _same_outlet(known.outlet, read.outlet) and _same_round(known, read):
            found[at] = _merged(known, read)
            return
    closing = read.deadline.date().isoformat() if read.deadline else "open"
    name = (read.outlet.address or read.outlet.name).casefold()
    found.append(replace(read, key=f"{name} {closing}"))


def _same_outlet(one: Outlet, other: Outlet) -> bool:
    if one.address and other.address:
        return one.address.casefold() == other.address.casefold()
    return one.name.casefold() == other.name.casefold()


def _same_round(known: Call, read: Call) -> bool:
    if known.deadline is None or read.deadline is None:
        late = known.since is not None and read.since is not None
        return not late or abs(_gap(read.since, known.since)) <= _ROUND
    # A deadline that was put off by some weeks is the same call.
    return abs(_gap(read.deadline, known.deadline)) <= _PUT_OFF


def _gap(one: datetime | None, other: datetime | None) -> timedelta:
    return one - other if one and other else timedelta(0)


def _merged(known: Call, read: Call) -> Call:
    """Keep the first mail of a call and its key; a later deadline or a missing part is added."""
    if known.document is None:
        outlet = replace(read.outlet, origin="config", address=known.outlet.address)
        if not known.outlet.address:
            outlet = replace(outlet, address=read.outlet.address)
        return replace(read, outlet=outlet, deadline=read.deadline or known.deadline, key=known.key)
    if read.deadline is None or read.deadline == known.deadline:
        return known
    outlet = replace(known.outlet, evidence=(*known.outlet.evidence, *read.outlet.evidence))
    return replace(known, outlet=outlet, deadline=read.deadline)


def _own(document: Document, context: Context) -> bool:
    mail = document.mail
    sender = mail.sender.address if mail and mail.sender else ""
    return sender in context.identity.addresses


def _from_mail(document: Document, signal: Signal, zone: tzinfo) -> Call | None:
    value = signal.value
    if not isinstance(value, Mapping):
        return None
    name = str(value.get("name") or "").strip() or _sender(document)
    if not name:
        return None
    # A limit for each piece is told as both, for readers that know the total alone.
    each = _number(value.get("max_words_each"))
    outlet = Outlet(
        name=name[:120],
        address=str(value.get("address") or "").strip().lower(),
        deadline=_last_moment(_day(value.get("deadline")), zone),
        genres=tuple(Kind(g) for g in _texts(value.get("genres")) if g in set(Kind)),
        themes=str(value.get("themes") or ""),
        max_words=None if each else _number(value.get("max_words")),
        max_words_each=each,
        min_words=_number(value.get("min_words")),
        max_pages=_number(value.get("max_pages")),
        min_pieces=_number(value.get("min_pieces")),
        max_pieces=_number(value.get("max_pieces")),
        formats=_texts(value.get("formats")),
        subject=str(value.get("subject") or ""),
        anonymous=bool(value.get("anonymous")),
        language=str(value.get("language") or document.analysis.language or ""),
        origin="mail",
        evidence=_quotes(document, signal, value),
    )
    return Call(outlet, outlet.deadline, document, signal.quote, document.when)


def _sender(document: Document) -> str:
    sender = document.mail.sender if document.mail else None
    return sender.name if sender else ""


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(str(one).lower() for one in value)
    return ()


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _day(value: object) -> datetime | date | None:
    if isinstance(value, datetime | date):
        return value
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def _last_moment(value: datetime | date | None, zone: tzinfo) -> datetime | None:
    """Return when a closing day ends: a day without a time counts to its midnight."""
    if value is None:
        return None
    if isinstance(value, datetime):
        local = value.astimezone(zone) if value.tzinfo else value.replace(tzinfo=zone)
        if local.time() != time(0):
            return local
        value = local.date()
    start = datetime.combine(value, time(0), zone)
    return start + timedelta(days=1) - timedelta(seconds=1)


def _quotes(
    document: Document, signal: Signal, value: Mapping[str, object]
) -> tuple[Evidence, ...]:
    """Return the sentence of the call, then where each limit is said; exact spans only."""
    found = [Evidence(document.id, signal.quote, signal.start, signal.end)]
    spans = value.get("quotes")
    for span in spans.values() if isinstance(spans, Mapping) else ():
        if not isinstance(span, list | tuple) or len(span) != 2:
            continue
        start, end = span
        if not isinstance(start, int) or not isinstance(end, int):
            continue
        inside = any(e.start <= start and end <= e.end for e in found)
        if 0 <= start < end <= len(document.text) and end - start <= 600 and not inside:
            found.append(Evidence(document.id, document.text[start:end], start, end))
    return tuple(found)
