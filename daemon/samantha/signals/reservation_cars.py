"""Rental cars: from a day of "pick-up" to one of "return", and the place of the first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from samantha.signals.day import Day
from samantha.signals.passages import Span
from samantha.signals.reservation_names import names_in
from samantha.signals.reservation_words import CAR, At, Told, clocks, moment, value_of

_PICK_UP = re.compile(
    r"(?i)(?<![\w-])(?:pick(?:ing)?[- ]?up|collection|renting from|abhol\w*|anmietung"
    r"|prise en charge|retrait|départ|recogida|ritiro|ophalen)\b"
)
_BRING_BACK = re.compile(
    r"(?i)(?<![\w-])(?:drop(?:ping)?[- ]?off|returning|return|rückgabe\w*|abgabe\w*|restitution"
    r"|retour"
    r"|devolución|riconsegna|inleveren)\b"
)
_CAR = re.compile(
    r"(?i)\b(?:rental (?:car|agreement|vehicle|reservation)|car (?:rental|hire)|hire car|rent a car"
    r"|mietwagen\w*|autovermietung|leihwagen|véhicule de location|renting|voiture de location"
    r"|location de (?:voitures?|véhicules?)|coche de alquiler"
    r"|alquiler de (?:coches?|vehículos?)|autonoleggio|noleggio|huurauto)\b"
)
_CAR_COLUMNS = re.compile(
    r"(?im)^[ \t*|]*(?:pick[- ]?up|collection|abholung|anmietung|retrait"
    r"|départ)[^\n\d]{0,12}?[ \t|]"
    r"(?:drop[- ]?off|return|rückgabe|abgabe|restitution|retour)[ \t*|]*$"
)
_CAR_PLACE = re.compile(
    r"(?i)\b(?:pick[- ]?up (?:location|station|point|at|from|office|branch)|collection (?:location|"
    r"point)|abhol(?:station|ort)|anmietstation|lieu de (?:prise en charge|retrait)|lugar de"
    r" recogida|luogo di ritiro|(?m:^[ \t]*)(?:rental )?(?:station"
    r"|location)(?=[ \t]*:))[ \t]*:?[ \t]*\n?[ \t]*"
    r"(?P<name>[^\n]{3,80})"
)


def cars(text: str, days: Sequence[Day]) -> Iterator[Told]:
    """Return the car that was rented, from "pick-up" to "return"."""
    if not _CAR.search(text, 0, 20_000):
        return
    come, go = _after_label(text, _PICK_UP, days), _after_label(text, _BRING_BACK, days)
    columns = _CAR_COLUMNS.search(text)
    if columns is not None:
        both = [_with_hour(text, d) for d in days if 0 <= d.start - columns.end() <= 240][:2]
        come, go = both if len(both) == 2 else (come, go)
    if come is None or go is None or not 0 <= (go[0].value - come[0].value).days <= 120:
        return
    place = _CAR_PLACE.search(text)
    name = " ".join(place["name"].split()).strip(" *") if place else _car_place(text, come, days)
    span: Span = come[0].span
    start = moment(come[0].value, come[1].time if come[1] else None)
    end = moment(go[0].value, go[1].time if go[1] else None)
    yield value_of(CAR, start, end, place=name, name=name), span


def _car_place(text: str, come: tuple[Day, At | None], days: Sequence[Day]) -> str:
    """Return the name between "pick-up" and "return"."""
    label = [m.end() for m in _PICK_UP.finditer(text, 0, come[0].start)]
    back = _BRING_BACK.search(text, come[0].end)
    low, high = (label[-1] if label else come[0].end), (back.start() if back else len(text))
    low, high = max(low, come[0].start - 160), min(high, come[0].end + 160)
    taken = [*(d.span for d in days), *((c.start, c.end) for c in clocks(text, low, high))]
    found = names_in(text, low, high, taken)
    return found[0].name if found else ""


def _after_label(
    text: str, label: re.Pattern[str], days: Sequence[Day]
) -> tuple[Day, At | None] | None:
    for match in label.finditer(text, 0, 60_000):
        near = [d for d in days if 0 <= d.start - match.end() <= 160]
        if near:
            return _with_hour(text, near[0], match.end())
    return None


def _with_hour(text: str, day: Day, low: int = 0) -> tuple[Day, At | None]:
    """Return a day and the hour beside it."""
    before = clocks(text, max(low, day.start - 12), day.start)
    found = clocks(text, day.end, min(day.end + 40, len(text))) or before
    return day, found[0] if found else None
