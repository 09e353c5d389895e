"""Events with a ticket: told by fields, or by a day with its hour and the name of a venue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from samantha.signals.dates import find_days
from samantha.signals.day import Day
from samantha.signals.reservation_fields import fields
from samantha.signals.reservation_places import above, below, named
from samantha.signals.reservation_words import EVENT, At, Told, arrival, clocks, moment, value_of

_LOOK = 20_000
_STARTS = re.compile(r"(?i)\b(?:beginn|begins?|starts?|doors?|einlass|début|inizio|comienzo)\b")
_TICKET = re.compile(
    r"(?i)ticket|eintritt|theaterkarte|\b(?:admission"
    r"|billets?|billetterie|entradas?|biglietti|entry)\b"
)
_SEATED = re.compile(
    r"(?i)\b(?:doors?|einlass|ouverture des portes|admission|eintritt\w*|parkett|balkon|loge|rang"
    r"|reihe|row|stalls|balcony|standing|stehplatz|freie platzwahl|placement libre|orchestre"
    r"|fauteuil"
    r"|concert|konzert|show|spectacle|opera|oper|festival|exhibition|ausstellung|exposition|gig"
    r"|musical|screening|vorstellung|représentation|performance|match|tour|you(?:'|’)re going"
    r"|places?|catégorie|seats?|visite|führung|guided)\b"
)
_UNTIL = re.compile(r"\s{0,2}(?:-|–|—|to|until|bis|à)\s{0,2}")
_BY = re.compile(r"(?i)(?:doors?|einlass|ouverture des portes)[^\d\n]{0,20}$")


def ticketed(
    text: str, title: str, days: Sequence[Day], reference: date, language: str
) -> Iterator[Told]:
    """Return the event of a ticket, told by fields or by a day, an hour and a venue."""
    found = list(_by_fields(text, title, days, reference, language))
    if not found and _TICKET.search(text, 0, _LOOK) and _SEATED.search(text, 0, _LOOK):
        found = list(_by_day(text, title, days))
    yield from found[:1]


def _by_fields(
    text: str, title: str, days: Sequence[Day], reference: date, language: str
) -> Iterator[Told]:
    told: dict[str, str] = {}
    whens: list[str] = []
    for role, _, value, _ in fields(text):
        told.setdefault(role, value)
        if role == "when":
            whens.append(value)
    place, name = told.get("venue", ""), told.get("event", "") or title
    if not place or not (told.get("event") or _STARTS.search(text, 0, _LOOK)):
        return
    for role, _, value, span in fields(text):
        if role not in ("when", "leaves", "event", "venue"):
            continue
        own = find_days(value, ((0, len(value)),), reference, language)
        if own:
            near = (clocks(one, 0, 60) for one in (value, *whens))
            hours = next((found for found in near if found), [])
            hours = hours or _beginning(text, span[1], min(span[1] + 80, len(text)))
            start = moment(own[0].value, hours[0].time if hours else None)
            yield value_of(EVENT, start, place=place[:80], name=name[:80]), span
            return
    # The day stands on a line of its own.
    for day in days:
        at = _hour(text, day)
        if at is not None:
            start = moment(day.value, at.time)
            yield value_of(EVENT, start, place=place[:80], name=name[:80]), day.span
            return


def _by_day(text: str, title: str, days: Sequence[Day]) -> Iterator[Told]:
    """Read a day with its hour; the venue says that it is one, or stands on the next line."""
    for day in days:
        at = _hour(text, day)
        if at is None:
            continue
        place = named(text, "venue") or below(text, max(day.end, at.end)) or below(text, day.end)
        if place:
            name = above(text, day.start) or title
            span = (min(day.start, at.start), max(day.end, at.end))
            till = clocks(text, at.end, min(at.end + 16, len(text)))
            joined = bool(till) and _UNTIL.fullmatch(text, at.end, till[0].start)
            end = arrival(day.value, till[0], None, at.time) if joined else ""
            start = moment(day.value, at.time)
            yield value_of(EVENT, start, end, place=place, name=name[:80]), span
            return


def _hour(text: str, day: Day) -> At | None:
    """Return when it begins, else when the doors open: on the line of the day or the next."""
    low = text.rfind("\n", 0, day.start) + 1
    line_end = text.find("\n", day.end)
    below_end = text.find("\n", line_end + 1) if line_end >= 0 else -1
    high = min(day.end + 120, below_end if below_end >= 0 else len(text))
    return next(iter(_beginning(text, low, max(high, day.end))), None)


def _beginning(text: str, low: int, high: int) -> list[At]:
    """Return the hours of a stretch, those of the doors only where there is no other."""
    found = clocks(text, low, high)
    return [c for c in found if not _BY.search(text, max(0, c.start - 40), c.start)] or found
