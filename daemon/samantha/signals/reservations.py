"""Reservations: what a page's markup or a wallet pass says, else own rules over the text.

Markup is written below the text by the reader (``workers.reading.bookings``) in lines of its own;
here they become values. The rules know hotels by check-in and check-out, and journeys by a line of
departure and one of arrival.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from samantha.api.types import Document, Signal
from samantha.signals.calendar_words import WEEKDAYS
from samantha.signals.day import Day, real_date
from samantha.signals.passages import Passages, Span, seen
from samantha.signals.times import Clock, find_times

REGION = "schema.org/Reservation"
SHOWN = 12
_LINE = re.compile(
    r"(?m)^(?P<name>Reservation|Start|End|From|To|Place|Number|Name"
    r"|Status): (?P<value>[^\n]{1,220})$"
)
_BLOCK = re.compile(r"(?m)^Reservation: [^\n]+(?:\n[A-Z][a-z]+: [^\n]+)*")
_KEYS = {"Start": "start", "End": "end", "From": "from", "To": "to", "Place": "place"}
_KEYS |= {"Number": "number", "Name": "name"}

_NUMBER = re.compile(
    r"(?i)\b(?:booking|confirmation|reservation|record|pnr|buchungs?|reservierungs?"
    r"|bestätigungs?|auftrags?"
    r"|order|ticket|transaction|transaktion)[ -]?(?:no\.?|nr\.?|number|code|nummer|id"
    r"|ref(?:erence)?|locator)?"
    r"(?: ?\([^)\n]{1,20}\))?[ \t]*[:#]?\s{0,12}\*?(?P<number>(?-i:(?=[A-Z0-9-]*\d"
    r"|[A-Z]{6}\b)[A-Z0-9][A-Z0-9-]{4,19}))\b"
)
_IN = re.compile(r"(?i)\b(?:check[- ]?in|arrival|anreise|ankunft|from)\b(?: date| day|tag|datum)?")
_OUT = re.compile(r"(?i)\b(?:check[- ]?out|departure|abreise|to|until)\b(?: date| day|tag|datum)?")
_LODGING = re.compile(
    r"(?i)\b(?:hotel|hostel|inn|guest ?house|pension|apartment|b&b|resort|unterkunft"
    r"|ferienwohnung|nights?|nächte?"
    r"|übernachtung(?:en)?|single room|double room|einzelzimmer|doppelzimmer)\b"
)
_BOOKED = re.compile(
    r"(?i)\b(?:booking|reservation|confirm(?:ed|ation)|itinerary|e-?ticket|boarding|ticket"
    r"|buchung|reservierung"
    r"|bestätigung|fahrkarte|fahrschein|flugschein|check[- ]?in|jízdenka|billet|biglietto"
    r"|billete|réservation)"
)
_HOUSE = re.compile(
    r"(?m)(?:^[ \t*]*(?P<name>[^\n:@<>]{0,60}\b(?:Hotel|Hostel|Inn|Resort|Pension|Guesthouse"
    r"|Gasthof"
    r"|Apartments?)\b[^\n:@<>]{0,60})$|^[ \t*]*(?:(?:your )?(?:booked )?(?:house|property|hotel"
    r"|accommodation|unterkunft|hostel))(?::[ \t]*|[ \t]{2,})(?P<told>[^\n]{3,80})$)",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"(?m)^[ \t]*(?:(?P<label>from|to|depart(?:ure|s)?|arriv(?:al|es?)|von|nach|ab|an|abfahrt"
    r"|ankunft|abflug)\b:?[ \t]+)?"
    r"(?P<name>[^\W\d][^\n\d:]{2,48}?)[ \t,]{1,40}(?=\d)"
)
_ABOVE = re.compile(
    # A place alone on its line, day and time on the next: what a table of a page becomes.
    r"(?m)^[ \t]*(?P<name>[^\W\d][^\n\d:]{2,60}?)[ \t]*\n(?=[^\n]{0,40}\d{1,2}[:.]\d\d)"
)
_AT_END = re.compile(r"(?: +(?:ab|an|um|at|dep|arr|departs?|arrives?|le|à))+$")
_FLIGHT = re.compile(r"\b(?P<code>[A-Z]{2}|[A-Z]\d|\d[A-Z]) ?(?P<number>\d{2,4})\b")
_TRAIN = re.compile(
    r"\b(?P<kind>ICE|IC|EC|RJX?|RE|RB|TGV|R|Os|Sp|EN|NJ|IR|TER|AVE|Bus) ?(?P<number>\d{1,6})\b"
)
_CANCELLED = re.compile(
    r"(?i)\b(?:has been|was|is|wurde|ist) (?:cancel(?:l?ed)|storniert)"
    r"|\bcancel(?:l)?ation confirm|stornierungsbestätigung"
    r"|stornobestätigung|booking cancel(?:l)?ed"
)


def reservations(
    document: Document, within: Passages, days: Sequence[Day], language: str
) -> Iterator[Signal]:
    """Return what was booked, from markup if there is any, else as the text says."""
    told = list(_marked(document))
    if told:
        yield from told[:SHOWN]
        return
    text = document.text
    low = text[:20_000]
    if not days or not _BOOKED.search(low):
        return
    days = _with_years(text, days)
    cancelled = bool(_CANCELLED.search(f"{document.title}\n{low}"))
    number = _NUMBER.search(text)
    for value, span in [*_stay(text, days, within), *_journeys(text, days, within, language)][
        :SHOWN
    ]:
        value["number"] = number["number"] if number else ""
        if cancelled:
            value["status"] = "ReservationCancelled"
        yield seen(text, "reservation", value, span, 0.75 if number else 0.55)


_FULL = re.compile(r"(?:19|20)\d\d")


def _with_years(text: str, days: Sequence[Day]) -> list[Day]:
    """Give days without a year the one that follows from a date written in full."""
    full = [d.value for d in days if _FULL.search(text[d.start : d.end])]
    if not full:
        return list(days)
    first = min(full)

    def dated(day: Day) -> Day:
        if _FULL.search(text[day.start : day.end]) or day.relative:
            return day
        month, number = day.value.month, day.value.day
        ahead = [real_date(first.year + y, month, number) for y in (0, 1)]
        value = next((d for d in ahead if d is not None and d >= first), day.value)
        return replace(day, value=value)

    return [dated(d) for d in days]


def _marked(document: Document) -> Iterator[Signal]:
    for start, end in _spans(document):
        for block in _BLOCK.finditer(document.text, start, end):
            fields = {m["name"]: m["value"] for m in _LINE.finditer(block[0])}
            value: dict[str, object] = {"type": fields["Reservation"]}
            value |= {key: fields.get(name, "") for name, key in _KEYS.items()}
            value["status"] = fields.get("Status", "")
            kind = "event" if fields["Reservation"] == "Event" else "reservation"
            if kind == "event":
                value = {
                    "start": value["start"],
                    "end": value["end"] or None,
                    "location": value["place"],
                    "title": value["name"],
                }
            span = (block.start(), min(block.end(), block.start() + 600))
            yield seen(document.text, kind, value, span, 0.95)


def _spans(document: Document) -> list[Span]:
    if document.format == "pkpass":
        return [(0, len(document.text))]
    return [
        (r.start, r.end)
        for r in document.regions
        if r.role == "attachment" and (r.name == REGION or r.name.lower().endswith(".pkpass"))
    ]


# --- own rules -------------------------------------------------------------------------------


def _value(kind: str, start: str, end: str, **more: str) -> dict[str, object]:
    empty = {"from": "", "to": "", "place": "", "number": "", "name": "", "status": ""}
    return {"type": kind, "start": start, "end": end, **empty, **more}


def _stay(
    text: str, days: Sequence[Day], within: Passages
) -> Iterator[tuple[dict[str, object], Span]]:
    """Return a stay: a day after "check-in" and a later one after "check-out"."""
    if not _LODGING.search(text):
        return
    come, go = _after(text, _IN, days), _after(text, _OUT, days)
    if come is None or go is None or not 0 < (go.value - come.value).days <= 60:
        return
    house = _HOUSE.search(text)
    name = " ".join((house["told"] or house["name"]).split()).strip(" *") if house else ""
    low, high = min(come.start, go.start), max(come.end, go.end)
    span = (low, high) if high - low <= 600 else come.span
    clocks = find_times(text, ((max(0, low - 40), high + 60),))
    first = _near(clocks, come)
    yield (
        _value(
            "LodgingReservation",
            _moment(come.value, first),
            _moment(go.value, _near(clocks, go)),
            place=name,
            name=name,
        ),
        span,
    )


def _after(text: str, label: re.Pattern[str], days: Sequence[Day]) -> Day | None:
    for match in label.finditer(text, 0, 60_000):
        near = [d for d in days if 0 <= d.start - match.end() <= 60]
        if near and near[0].start - match.end() <= 60:
            return near[0]
    return None


def _near(clocks: Sequence[Clock], day: Day) -> time | None:
    found = [c for c in clocks if 0 <= c.span[0] - day.end <= 40]
    return found[0].start if found else None


def _moment(day: date, at: time | None) -> str:
    return datetime.combine(day, at).isoformat() if at else day.isoformat()


@dataclass(frozen=True, slots=True)
class _Stop:
    """One line of a timetable: a place, a time, and the day where it says one."""

    name: str
    at: time
    day: date | None
    span: Span


def _journeys(
    text: str, days: Sequence[Day], within: Passages, language: str
) -> Iterator[tuple[dict[str, object], Span]]:
    """Return journeys: two lines, each with a place and a time, the later one the arrival."""
    stops = _stops(text, days, within)
    at = 0
    while at + 1 < len(stops):
        start, end = stops[at], stops[at + 1]
        day = start.day or _last_day(days, start.span[0])
        apart = text.count("\n", start.span[1], end.span[0])
        if day is None or apart > 3 or start.name == end.name:
            at += 1
            continue
        arrival = end.day or day
        between = text[start.span[0] : end.span[1] + 80]
        kind, name = _vehicle(between, text)
        if kind:
            span = (start.span[0], min(end.span[1], start.span[0] + 600))
            yield (
                _value(
                    kind,
                    datetime.combine(day, start.at).isoformat(),
                    datetime.combine(arrival, end.at).isoformat(),
                    **{"from": start.name, "to": end.name, "place": start.name, "name": name},
                ),
                span,
            )
        at += 2


def _stops(text: str, days: Sequence[Day], within: Passages) -> list[_Stop]:
    clocks = find_times(text, within, "de")
    found: list[_Stop] = []
    lines = [*_STOP.finditer(text, 0, 60_000), *_ABOVE.finditer(text, 0, 60_000)]
    for match in sorted(lines, key=lambda m: m.start())[:400]:
        line_end = text.find("\n", match.end())
        line_end = line_end if line_end >= 0 else len(text)
        reach = min(line_end, match.end() + 40)
        own = [c for c in clocks if match.end() <= c.span[0] <= reach]
        if not own:
            continue
        day = next((d.value for d in days if match.end() - 1 <= d.start <= own[0].span[0]), None)
        name = _AT_END.sub("", " ".join(match["name"].split()).strip(" .,-"))
        if name.lower() in WEEKDAYS or any(s.span[1] == own[0].span[1] for s in found):
            continue
        found.append(_Stop(name, own[0].start, day, (match.start("name"), own[0].span[1])))
    return found


def _last_day(days: Sequence[Day], before: int) -> date | None:
    earlier = [d for d in days if d.start <= before]
    return earlier[-1].value if earlier else None


def _vehicle(between: str, text: str) -> tuple[str, str]:
    train = _TRAIN.search(between)
    if train:
        kind = "BusReservation" if train["kind"] == "Bus" else "TrainReservation"
        return kind, f"{train['kind']} {train['number']}"
    flight = _FLIGHT.search(between)
    if flight and re.search(r"(?i)\b(?:flight|flug|airport|flughafen|boarding|vuelo|vol)\b", text):
        return "FlightReservation", f"{flight['code']} {flight['number']}"
    if re.search(r"(?i)\b(?:train|zug|bahn|rail|wagen|coach \d|seat|sitzplatz)\b", text):
        return "TrainReservation", ""
    return "", ""
