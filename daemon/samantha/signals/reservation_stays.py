"""What is booked from one time to another at one place: rooms, rental cars, and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from itertools import pairwise

from samantha.signals.day import Day
from samantha.signals.passages import Span
from samantha.signals.reservation_words import (
    BOOKED,
    CAR,
    STAY,
    TABLE,
    At,
    Told,
    clocks,
    moment,
    value_of,
)

_IN = re.compile(
    r"(?i)(?<![\w-])(?:check[- ]?in|arrival|arriving|anreise|ankunft|from|arrivée|date d['’]arrivée"
    r"|llegada|entrada|arrivo|aankomst|inchecken|příjezd|przyjazd|zameldowanie|ankomst"
    r"|incheckning|chegada)\b(?:[- ]?(?: date| day|tag|datum|sdatum))?"
)
_OUT = re.compile(
    r"(?i)(?<![\w-])(?:check[- ]?out|departure|departing|abreise|to|until|départ|date de départ"
    r"|salida|partenza|vertrek|uitchecken|odjezd|wyjazd|wymeldowanie|avresa|utcheckning"
    r"|saída)\b(?:[- ]?(?: date| day|tag|datum|sdatum))?"
)
_LODGING = re.compile(
    r"(?i)\b(?:hotel|hostel|inn|guest ?house|pension|apartment|b&b|resort|unterkunft"
    r"|ferienwohnung|nights?|nächte?|nuits?|noches?|notti|notte|nachten|noclegi|nocí"
    r"|übernachtung(?:en)?|single room|double room|einzelzimmer|doppelzimmer|chambre"
    r"|habitaci[óo]n|camera|kamer|pokoj|pokój|rum|quarto|auberge|albergo|ostello)\b"
)
_HOUSE = re.compile(
    r"(?m)(?:^[ \t*]*(?P<name>[^\n:@<>]{0,60}\b(?:H[oô]tel|Hostel|Inn|Resort|Pension|Guesthouse"
    r"|Gasthof|Auberge|Albergo"
    r"|Apartments?)\b[^\n:@<>]{0,60})$|^[ \t*]*(?:(?:your )?(?:booked )?(?:house|property|hotel"
    r"|accommodation|unterkunft|hostel|haus|hôtel|alojamiento|struttura|établissement))"
    r"(?::[ \t]*|[ \t]{2,})(?P<told>[^\n]{3,80})$)",
    re.IGNORECASE,
)
_STAYED = re.compile(
    r"(?i)\b(?:at|in|im|bei|beim|für das|at the)\s+(?P<name>(?-i:[A-Z][^\n.,;!?]{2,50}))"
)
NIGHTS = re.compile(r"(?i)\b(?P<n>\d{1,2}) ?(?:nights?|nächte?|nuits?|noches?|notti|nachten)\b")
_HOUR_ALONE = re.compile(
    r"\n[ \t]*(\d{1,2}[:.h]\d\d(?: ?[AaPp]\.?[Mm]\.?)?(?: Uhr)?)[ \t]*(?=\n|$)"
)
_JOINT = re.compile(r"\s{0,3}(?:-|–|—|to|until|bis|au|al|t/m|do|→)\s{0,3}", re.IGNORECASE)

_PICK_UP = re.compile(
    r"(?i)(?<![\w-])(?:pick(?:ing)?[- ]?up|collection|abhol(?:ung|zeit|datum|station)|anmietung"
    r"|prise en charge|retrait|départ|recogida|ritiro|ophalen)\b"
)
_BRING_BACK = re.compile(
    r"(?i)(?<![\w-])(?:drop(?:ping)?[- ]?off|returning|return|rückgabe|abgabe|restitution|retour"
    r"|devolución|riconsegna|inleveren)\b"
)
_CAR = re.compile(
    r"(?i)\b(?:rental (?:car|agreement|vehicle|reservation)|car (?:rental|hire)|hire car|rent a car"
    r"|mietwagen|autovermietung|voiture de location|location de voiture|coche de alquiler"
    r"|alquiler de (?:coches?|vehículos?)|autonoleggio|noleggio|huurauto)\b"
)
_CAR_PLACE = re.compile(
    r"(?i)\b(?:pick[- ]?up (?:location|station|point|at|from|office|branch)|collection (?:location|"
    r"point)|abhol(?:station|ort)|anmietstation|lieu de (?:prise en charge|retrait)|lugar de"
    r" recogida|luogo di ritiro|(?:rental )?(?:station|location))[ \t]*:?[ \t]*\n?[ \t]*"
    r"(?P<name>[^\n]{3,80})"
)

_TABLE = re.compile(
    r"(?i)\b(?:(?:a |your )?table (?:for|reservation|booking)|dinner reservation|lunch reservation"
    r"|reservation (?:at|for) [^\n]{0,40}\b(?:guests|people|persons|party)|party (?:of|size)"
    r"|tisch(?:reservierung)?|restaurant reservation"
    r"|mesa (?:para|reservada)|table pour|tavolo per|tafel voor)\b"
)
_AT_TABLE = re.compile(
    r"(?im)(?:^[ \t*]*restaurant(?:name)?[ \t]*:[ \t]*(?P<told>[^\n]{2,60})$"
    r"|\b(?:at|im|in der|in dem|bei|chez|en|da|bij)(?: the| restaurant)?\s+"
    r"(?P<name>(?-i:(?:[A-ZÀ-ÖØ-Þ]|\d)[\w’'&.À-ÿ-]*(?: (?:[A-ZÀ-ÖØ-Þ&][\w’'&.À-ÿ-]*"
    r"|de|la|le|zum|zur|am|the|of|del|da)){0,5})))"
)


def stays(text: str, days: Sequence[Day]) -> Iterator[Told]:
    """Return what was booked for a stretch of time, each kind at most once."""
    if _CAR.search(text, 0, 20_000):
        yield from _car(text, days)
    elif _TABLE.search(text, 0, 20_000):
        yield from _table(text, days)
    elif _LODGING.search(text):
        yield from _room(text, days)


def _room(text: str, days: Sequence[Day]) -> Iterator[Told]:
    """Return a stay: a day after "check-in" and a later one after "check-out"; or two joined."""
    found = _labelled(text, days) or _joined(text, days) or _counted(text, days)
    if found is None:
        return
    come, go, last = found
    name = _house(text)
    low, high = min(come.start, go.start), max(come.end, go.end)
    span = (low, high) if high - low <= 600 else come.span
    start = moment(come.value, _near(text, come, days) or _hour(text, _IN))
    end = moment(last, _near(text, go, days) or _hour(text, _OUT))
    yield value_of(STAY, start, end, place=name, name=name), span


def _labelled(text: str, days: Sequence[Day]) -> tuple[Day, Day, date] | None:
    come, go = _after(text, _IN, days), _after(text, _OUT, days)
    if come is not None and go is not None and 0 < (go.value - come.value).days <= 60:
        return come, go, go.value
    return None


def _joined(text: str, days: Sequence[Day]) -> tuple[Day, Day, date] | None:
    for come, go in pairwise(days):
        joined = _JOINT.fullmatch(text, come.end, go.start)
        if joined and 0 < (go.value - come.value).days <= 60:
            return come, go, go.value
    return None


def _counted(text: str, days: Sequence[Day]) -> tuple[Day, Day, date] | None:
    nights, come = NIGHTS.search(text), _after(text, _IN, days)
    if nights is None or come is None or not 0 < int(nights["n"]) <= 60:
        return None
    return come, come, come.value + timedelta(days=int(nights["n"]))


def _house(text: str) -> str:
    for house in _HOUSE.finditer(text, 0, 60_000):
        name = " ".join((house["told"] or house["name"]).split()).strip(" *")
        # "Hotel booking confirmation" is what the message is, not where.
        if house["told"] or not BOOKED.search(name):
            return name
    stayed = _STAYED.search(text, 0, 20_000)
    return " ".join(stayed["name"].split()) if stayed else ""


def _after(text: str, label: re.Pattern[str], days: Sequence[Day]) -> Day | None:
    """Return the day that follows a label most closely."""
    for match in label.finditer(text, 0, 60_000):
        near = [d for d in days if 0 <= d.start - match.end() <= 60]
        if near:
            return near[0]
    return None


def _near(text: str, day: Day, days: Sequence[Day]) -> time | None:
    """Return the hour that stands beside a day on its line, before the next one."""
    after = min((d.start for d in days if d.start >= day.end), default=len(text))
    line_end = text.find("\n", day.end)
    line_end = line_end if line_end >= 0 else len(text)
    found = clocks(text, day.end, min(after, day.end + 40, line_end))
    if not found and not text[day.end : line_end].strip(" ,.;"):
        below = _HOUR_ALONE.match(text, line_end)
        found = clocks(text, below.start(1), below.end()) if below else []
    return found[0].time if found else None


def _hour(text: str, label: re.Pattern[str]) -> time | None:
    """Return the hour that stands right after a label, as in "Check-in: from 15:00"."""
    for match in label.finditer(text, 0, 60_000):
        found = clocks(text, match.end(), min(match.end() + 24, len(text)))
        if found and "\n\n" not in text[match.end() : found[0].start]:
            return found[0].time
    return None


def _car(text: str, days: Sequence[Day]) -> Iterator[Told]:
    come, go = _after_label(text, _PICK_UP, days), _after_label(text, _BRING_BACK, days)
    if come is None or go is None or not 0 <= (go[0].value - come[0].value).days <= 120:
        return
    place = _CAR_PLACE.search(text)
    name = " ".join(place["name"].split()).strip(" *") if place else _line_beside(text, come[0])
    span: Span = come[0].span
    start = moment(come[0].value, come[1].time if come[1] else None)
    end = moment(go[0].value, go[1].time if go[1] else None)
    yield value_of(CAR, start, end, place=name, name=name), span


def _after_label(
    text: str, label: re.Pattern[str], days: Sequence[Day]
) -> tuple[Day, At | None] | None:
    for match in label.finditer(text, 0, 60_000):
        near = [d for d in days if 0 <= d.start - match.end() <= 160]
        if near:
            found = clocks(text, max(match.end(), near[0].start - 12), near[0].start)
            found = clocks(text, near[0].end, min(near[0].end + 40, len(text))) or found
            return near[0], found[0] if found else None
    return None


def _line_beside(text: str, day: Day) -> str:
    """Return the line below a day, if it has no figures but a name."""
    below = text[day.end : day.end + 200].split("\n")[1:3]
    return next((" ".join(one.split()) for one in below if _NAME.fullmatch(one.strip())), "")


_NAME = re.compile(r"[^\W\d_][^\n\d:]{2,60}")


def _table(text: str, days: Sequence[Day]) -> Iterator[Told]:
    for day in days:
        at = _near(text, day, days)
        if at is None:
            before = clocks(text, max(0, day.start - 24), day.start)
            at = before[-1].time if before else None
        if at is None:
            continue
        found = _AT_TABLE.search(text, 0, 20_000)
        name = (found["told"] or found["name"] or "").strip(" .") if found else ""
        yield value_of(TABLE, moment(day.value, at), place=name, name=name), day.span
        return
