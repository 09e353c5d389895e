"""Reservations: what KItinerary's own tests expect, found without its extractor and with it.

Each input that is a text, page, mail, calendar, pass or PDF is read as it lies there; where a
mail is said to be its context, as the body of that mail. For every expected
reservation the ``reservation`` signal that agrees with it most is taken, each once. Type must be
the same; start and end must agree in the minutes that both state, or in the day where the gold has
no more; the place (arrival and departure, or the name of house or venue) when the letters and
digits of one are part of the other's. A field that the gold does not have is right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from benchmarks.quality.figures import Figure, found_share, share
from benchmarks.quality.product import Product, letters_and_digits, product

from samantha.adapters.kitinerary import installed
from samantha.api.types import Document

NAME = "kitinerary"
_WITH = ", with KItinerary"
READ = (".txt", ".html", ".eml", ".ics", ".pdf", ".pkpass", ".pkpasses", ".bin")
TYPES = {
    "FlightReservation": "flight",
    "TrainReservation": "train",
    "BusReservation": "bus",
    "BoatReservation": "boat",
    "LodgingReservation": "hotel",
    "FoodEstablishmentReservation": "restaurant",
    "RentalCarReservation": "car",
    "EventReservation": "event",
    "TaxiReservation": "taxi",
}
_STOPS = [
    f"{end}{stop}"
    for stop in ("Airport", "Station", "BusStop", "BoatTerminal")
    for end in ("departure", "arrival")
]
_SAME = {
    "hotel": ("hotel", "lodging", "accommodation"),
    "car": ("car", "rental_car", "rentalcar", "rental"),
    "restaurant": ("restaurant", "food", "table"),
}


def measure(data: Path) -> list[Figure]:
    """Return the share of expected reservations that are right, by field and in all of them.

    The target is for own rules alone; beside it stands the figure with KItinerary's extractor,
    where it is installed.
    """
    figures = _measured(data, "")
    if program := installed():
        figures += _measured(data, program)
    else:
        nothing = "KItinerary's extractor is not installed"
        figures.append(Figure(NAME, f"all{_WITH}", note=nothing))
    return figures


def _measured(data: Path, extractor: str) -> list[Figure]:
    right = dict.fromkeys(("type", "start", "end", "place", "all"), 0)
    total = found = said = 0
    with product(zone="Europe/Berlin", extractor=extractor) as home:
        for path, expected in _cases(data / NAME):
            document = _read(home, path)
            left = _said(document)
            said += len(left)
            for gold in expected:
                total += 1
                scored = [(_agreed(gold, one), number) for number, one in enumerate(left)]
                if not scored:
                    continue
                found += 1
                agreed, number = max(scored, key=lambda s: (sum(s[0].values()), -s[1]))
                left.pop(number)
                for field, ok in agreed.items():
                    right[field] += ok
                right["all"] += all(agreed.values())
    mode, target = (_WITH, "") if extractor else ("", "≥ 90 %")
    figures = [
        found_share(
            NAME, f"{field}{mode}", count, found, total, target="" if field != "all" else target
        )
        for field, count in right.items()
    ]
    more = share(NAME, f"of those told, expected{mode}", found, said)
    return [*(f for f in figures if not mode or f.what.startswith("all")), more]


def _cases(folder: Path) -> Iterator[tuple[Path, list[dict[str, Any]]]]:
    for path in sorted(p for p in folder.rglob("*") if p.suffix in READ):
        gold = path.with_name(path.name + ".json")
        gold = gold if gold.is_file() else path.with_suffix(".json")
        if not gold.is_file():
            continue
        try:
            loaded = json.loads(gold.read_text(encoding="utf-8"))
        except ValueError:
            continue
        entries = loaded if isinstance(loaded, list) else [loaded]
        wanted = [e for e in entries if isinstance(e, dict) and e.get("@type") in TYPES]
        # Expected output of a stage that has not looked for times yet is no expectation of ours.
        wanted = [w for w in wanted if _gold(w)["start"]]
        if wanted:
            yield path, wanted


def _read(home: Product, path: Path) -> Document | None:
    """Read an input; a text whose ``context.eml`` says when it came, as the body of that mail."""
    context = path.with_name("context.eml")
    if path.suffix in (".txt", ".html") and context.is_file():
        headers = message_from_bytes(context.read_bytes())
        if headers["Date"]:
            path = home.mail_file(
                path.read_text(encoding="utf-8", errors="replace"),
                subject="",
                sender=str(headers["From"]),
                to="Anna Berg <anna@berg.example>",
                date=parsedate_to_datetime(headers["Date"]),
                html=path.suffix == ".html",
            )
    return home.read(path, "mail" if path.suffix == ".eml" else "file")


def _said(document: Document | None) -> list[Mapping[str, Any]]:
    signals = document.signals("reservation") if document is not None else ()
    return [s.value for s in signals if isinstance(s.value, Mapping)]


def _gold(reservation: Mapping[str, Any]) -> dict[str, Any]:
    """Return type, start, end and places of an expected reservation."""
    about = reservation.get("reservationFor") or {}
    kind = TYPES[str(reservation["@type"])]

    def first(*names: str) -> str:
        for source in (reservation, about):
            for name in names:
                if source.get(name):
                    return _moment(source[name])
        return ""

    start = first(
        "departureTime", "checkinTime", "startTime", "startDate", "pickupTime", "doorTime"
    )
    if kind == "flight" and not start:
        start = first("departureDay", "boardingTime")
    if kind == "train" and not start:
        start = first("departureDay")
    end = first("arrivalTime", "checkoutTime", "endTime", "endDate", "dropoffTime")
    places = [_names(about.get(key)) for key in _STOPS]
    places = [one for one in places if one]
    if not places:
        place = about if kind in ("hotel", "restaurant") else about.get("location") or about
        if kind == "car":
            place = reservation.get("pickupLocation") or {}
        places = [one for one in (_names(place),) if one]
    return {"type": kind, "start": start, "end": end, "places": places}


def _moment(value: object) -> str:
    """Return the wall-clock time of a gold time: some are objects with a zone."""
    if isinstance(value, Mapping):
        value = value.get("@value") or ""
    american = re.fullmatch(r"(\d\d)-(\d\d)-(\d{4}) (\d\d:\d\d)", str(value))
    if american:
        # The gold of a stage that repeats what the markup says.
        month, day, year, clock = american.groups()
        return f"{year}-{month}-{day}T{clock}"
    return str(value)[:16]


def _names(place: object) -> list[str]:
    if not isinstance(place, Mapping):
        return []
    return [str(place[key]) for key in ("name", "iataCode") if place.get(key)]


def _agreed(reservation: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, bool]:
    gold = _gold(reservation)
    kind = str(said.get("type") or "").lower().replace("reservation", "")
    ours = [str(said.get(k)) for k in ("from", "to", "place", "name") if said.get(k)]
    return {
        "type": kind in _SAME.get(gold["type"], (gold["type"],)),
        "start": _same_time(gold["start"], said.get("start")),
        "end": _same_time(gold["end"], said.get("end")),
        "place": all(any(_part(g, o) for g in names for o in ours) for names in gold["places"]),
    }


def _same_time(gold: str, said: object) -> bool:
    if not gold:
        return True
    ours = str(said or "")[:16]
    shared = min(len(gold), len(ours))
    return shared >= 10 and gold[:shared] == ours[:shared]


def _part(gold: str, said: str) -> bool:
    one, other = letters_and_digits(gold), letters_and_digits(said)
    return bool(one) and bool(other) and (one in other or other in one)
