"""What is booked from one time to another at one place: rooms, and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from itertools import islice, pairwise

from samantha.signals.calendar_words import WEEKDAYS, alternatives
from samantha.signals.day import Day, real_date
from samantha.signals.passages import Span
from samantha.signals.reservation_places import above, below, booked_at, named
from samantha.signals.reservation_words import (
    STAY,
    TABLE,
    Told,
    clocks,
    kind_by_words,
    moment,
    value_of,
)

_IN = re.compile(
    r"(?i)(?<![\w-])(?:check[- ]?in|arrival|arriving|arrives?|begins?|starts?|anreise(?:tag"
    r"|datum)?|ankunft"
    r"|from|arrivée|date d['’]arrivée"
    r"|llegada|entrada|arrivo|aankomst|inchecken|příjezd|przyjazd|zameldowanie|ankomst"
    r"|incheckning|chegada)\b(?:[- ]?(?: date| day|tag|datum|sdatum))?"
)
_CHECK_IN = re.compile(
    r"(?i)(?<![\w-])(?:check[- ]?in|anreise(?:tag|datum)?)\b(?:[- ]?(?: date|tag|datum))?"
)
_CHECK_OUT = re.compile(
    r"(?i)(?<![\w-])(?:check[- ]?out|abreise(?:tag|datum)?)\b(?:[- ]?(?: date|tag|datum))?"
)
_OUT = re.compile(
    r"(?i)(?<![\w-])(?:check[- ]?out|departure|departing|departs?|leaving|ends?|abreise(?:tag"
    r"|datum)?|to|until"
    r"|départ"
    r"|date de départ"
    r"|salida|partenza|vertrek|uitchecken|odjezd|wyjazd|wymeldowanie|avresa|utcheckning"
    r"|saída)\b(?:[- ]?(?: date| day|tag|datum|sdatum))?"
)
_LODGING = re.compile(
    r"(?i)\b(?:\w*h[oô]tel|hostel|inn|guest ?house|motel|gasthof|camping\w*|campsite|stellplatz"
    r"|emplacement|loft|cottage|chalet|gîte|villa|ferienhaus|hébergement|logement|séjour|zimmer"
    r"|check[- ]?out|your stay|ihr aufenthalt|pension|apartment|b&b|resort|unterkunft"
    r"|ferienwohnung|nights?|nächte?|nuits?|noches?|notti|notte|nachten|noclegi|nocí"
    r"|übernachtung(?:en)?|single room|double room|einzelzimmer|doppelzimmer|chambre"
    r"|habitaci[óo]n|camera|kamer|pokoj|pokój|rum|quarto|auberge|albergo|ostello)\b"
)
_HOUSE = re.compile(
    r"(?im)^[ \t*]*(?:your )?(?:booked )?(?:house|property(?: name)?|hotel(?: name)?|accommodation"
    r"|unterkunft|hostel|haus|hôtel|alojamiento|struttura|établissement|hébergement|objekt)"
    r"(?::[ \t]*|[ \t]{2,}| :[ \t]*)(?P<told>[^\n]{3,80})$"
)
NIGHTS = re.compile(
    r"(?i)\b(?:nights: ?(?=\d))?(?P<n>\d{1,2}) ?(?:nights?|nächte?|nuits?|noches?|notti|nachten)\b"
)
_HOUR_ALONE = re.compile(
    r"\n[ \t]*(\d{1,2}[:.h]\d\d(?: ?[AaPp]\.?[Mm]\.?)?(?: Uhr)?)[ \t]*(?=\n|$)"
)
_FIRST_OF_TWO = re.compile(
    r"(?<![\d.:/])(?P<day>[0-3]?\d)(?:\.|st|nd|rd|th|er)?[ \t]{0,3}(?:-|–|—|to|bis(?: zum)?|au|al)"
    r"[ \t]{0,3}(?:(?:the|dem|den) )?(?:[^\W\d_]{2,10}\.?,? )?$",
    re.IGNORECASE,
)
_COLUMNS = re.compile(
    r"(?im)^[ \t*|]*(?:check[- ]?in|arrival|anreise(?:tag|datum)?|arrivée)[^\n\d]{1,24}?"
    r"(?:check[- ]?out|departure|abreise(?:tag|datum)?|départ)[ \t*|]*$"
)
_JOINT = re.compile(
    r"\s{0,3}(?:-|–|—|to|until|bis(?: zum)?|au|al|t/m|do|→)\s{0,3}"
    rf"(?:(?:{alternatives(WEEKDAYS)})\.?,?\s{{1,3}})?(?:(?:the|dem|den|le) )?",
    re.IGNORECASE,
)

_TABLE = re.compile(
    r"(?i)\b(?:(?:a |your )?table (?:for|reservation|booking)|(?:your|the) table"
    r"|dinner reservation|lunch reservation"
    r"|reservation (?:at|for) [^\n]{0,40}\b(?:guests|people|persons|party)|party (?:of|size)"
    r"|tisch(?:reservierung)?|votre table|couverts|(?:ihre )?reservierung (?:im|in der"
    r"|bei) [^\n]{0,60}"
    r"\b(?:uhr|personen|gäste)\b|restaurant reservation"
    r"|mesa (?:para|reservada)|table pour|tavolo per|tafel voor)\b"
)
_GUESTS = re.compile(
    r"(?i)\b\d{1,2} (?:guests|people|persons|personen|gäste|personnes|couverts|covers|pax|pers)\b"
)
_AT_TABLE = re.compile(r"(?im)^[ \t*]*restaurant(?:name)?[ \t]*:[ \t]*(?P<told>[^\n]{2,60})$")


def stays(text: str, days: Sequence[Day]) -> Iterator[Told]:
    """Return what was booked for a stretch of time, each kind at most once."""
    head = text[:20_000]
    if _TABLE.search(head):
        yield from _table(text, days)
        return
    found = list(_room(text, days)) if _LODGING.search(text) else []
    found = found or (list(_table(text, days)) if _GUESTS.search(head) else [])
    # Days to arrive and to leave, and nothing that moves: a stay, whatever the house is called.
    yield from found or (() if kind_by_words(text) else _room(text, days))


def _room(text: str, days: Sequence[Day]) -> Iterator[Told]:
    """Return a stay: a day after "check-in" and a later one after "check-out"; or two joined."""
    found = _labelled(text, days) or _joined(text, days) or _ranged(text, days)
    found = found or _counted(text, days) or _side_by_side(text, days)
    if found is None:
        return
    come, go, last = found
    name = _house(text, come, [d.span for d in days])
    low, high = min(come.start, go.start), max(come.end, go.end)
    span = (low, high) if high - low <= 600 else come.span
    hours = _hours_below(text, go)
    left, right = hours if len(hours) == 2 else (None, None)
    start = moment(come.value, left or _near(text, come, days) or _hour(text, _IN))
    end = moment(last, right or _near(text, go, days, last=True) or _hour(text, _OUT))
    yield value_of(STAY, start, end, place=name, name=name), span


def _labelled(text: str, days: Sequence[Day]) -> tuple[Day, Day, date] | None:
    # "Arrive" is said of a flight in the same mail, too.
    for begins, ends in ((_CHECK_IN, _CHECK_OUT), (_IN, _OUT)):
        leaves = _after(text, ends, days)
        for come in _after(text, begins, days):
            for go in leaves:
                if 0 < (go.value - come.value).days <= 60:
                    return come, go, go.value
    return None


def _joined(text: str, days: Sequence[Day]) -> tuple[Day, Day, date] | None:
    for come, go in pairwise(days):
        joined = _JOINT.fullmatch(text, come.end, go.start)
        if joined and 0 < (go.value - come.value).days <= 60:
            return come, go, go.value
    return None


def _ranged(text: str, days: Sequence[Day]) -> tuple[Day, Day, date] | None:
    """Read "du 12 au 15 mai 2026" and "12.–15. Mai": the first day has no month of its own."""
    for go in days:
        match = _FIRST_OF_TWO.search(text, max(0, go.start - 40), go.start)
        if match is None:
            continue
        come = real_date(go.value.year, go.value.month, int(match["day"]))
        if come is not None and 0 < (go.value - come).days <= 30:
            return replace(go, value=come, start=match.start("day")), go, go.value
    return None


def _side_by_side(text: str, days: Sequence[Day]) -> tuple[Day, Day, date] | None:
    """Read a table of two columns: "Check-in  Checkout", and both days on a line below."""
    head = _COLUMNS.search(text, 0, 60_000)
    if head is None:
        return None
    near = [d for d in days if 0 <= d.start - head.end() <= 80][:2]
    if len(near) == 2 and 0 < (near[1].value - near[0].value).days <= 60:
        return near[0], near[1], near[1].value
    return None


def _counted(text: str, days: Sequence[Day]) -> tuple[Day, Day, date] | None:
    nights, come = NIGHTS.search(text), next(iter(_after(text, _IN, days)), None)
    if nights is None or come is None or not 0 < int(nights["n"]) <= 60:
        return None
    return come, come, come.value + timedelta(days=int(nights["n"]))


def _house(text: str, come: Day, taken: Sequence[Span]) -> str:
    told = _HOUSE.search(text, 0, 60_000)
    if told:
        return " ".join(told["told"].split()).strip(" *")
    return (
        named(text, "house")
        or booked_at(text, taken)
        or above(text, come.start)
        or booked_at(text, taken, loose=True)
    )


def _after(text: str, label: re.Pattern[str], days: Sequence[Day]) -> list[Day]:
    """Return the days that follow a label most closely, each once."""
    found: dict[int, Day] = {}
    for match in islice(label.finditer(text, 0, 60_000), 40):
        near = next((d for d in days if 0 <= d.start - match.end() <= 60), None)
        if near is not None:
            found.setdefault(near.start, near)
    return list(found.values())


def _near(text: str, day: Day, days: Sequence[Day], *, last: bool = False) -> time | None:
    """Return the hour that stands beside a day on its line, before the next one.

    ``last``: of a stretch of hours ("08:00 - 11:00") the one that ends it.
    """
    after = min((d.start for d in days if d.start >= day.end), default=len(text))
    line_end = text.find("\n", day.end)
    line_end = line_end if line_end >= 0 else len(text)
    # "… to 14 May. Check-in is from 3 pm": an hour of another sentence.
    close = text.find(". ", day.end, line_end)
    high = min(after, day.end + 40, line_end, close if close >= 0 else line_end)
    found = clocks(text, day.end, max(high, day.end))
    if not found and not text[day.end : line_end].strip(" ,.;"):
        below = _HOUR_ALONE.match(text, line_end)
        found = clocks(text, below.start(1), below.end()) if below else []
    if last and len(found) > 1 and _JOINT.fullmatch(text, found[0].end, found[1].start):
        return found[1].time
    return found[0].time if found else None


def _hours_below(text: str, day: Day) -> list[time]:
    """Return the two hours that stand side by side on the line below a day."""
    line_end = text.find("\n", day.end)
    if line_end < 0 or text[day.end : line_end].strip(" ,.|"):
        return []
    close = text.find("\n", line_end + 1)
    found = clocks(text, line_end, close if close >= 0 else len(text))
    return [at.time for at in found] if len(found) == 2 else []


def _hour(text: str, label: re.Pattern[str]) -> time | None:
    """Return the hour that stands right after a label, as in "Check-in: from 15:00"."""
    for match in label.finditer(text, 0, 60_000):
        found = clocks(text, match.end(), min(match.end() + 24, len(text)))
        if match[0].lower().rstrip("s") in ("arrive", "depart", "begin", "start", "end"):
            continue
        if found and "\n\n" not in text[match.end() : found[0].start]:
            return found[0].time
    return None


def _table(text: str, days: Sequence[Day]) -> Iterator[Told]:
    for day in days:
        at = _near(text, day, days)
        if at is None:
            before = clocks(text, max(0, day.start - 24), day.start)
            at = before[-1].time if before else None
        if at is None:
            # "Date: …", and below "Time: …".
            after = clocks(text, day.end, min(day.end + 60, len(text)))
            at = after[0].time if after else None
        if at is None:
            continue
        name = _restaurant(text, day, days)
        yield value_of(TABLE, moment(day.value, at), place=name, name=name), day.span
        return


def _restaurant(text: str, day: Day, days: Sequence[Day]) -> str:
    told = _AT_TABLE.search(text, 0, 20_000)
    if told:
        return str(told["told"]).strip(" .*")
    hours = clocks(text, 0, min(len(text), 20_000))
    taken = [*(d.span for d in days), *((c.start, c.end) for c in hours)]
    return (
        named(text, "restaurant")
        or booked_at(text, taken)
        or above(text, day.start)
        or below(text, day.end)
        or booked_at(text, taken, loose=True)
    )
