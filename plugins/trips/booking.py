"""A booking as a value: one reservation of a document, its times aware."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from samantha.api import Document, Signal

_EXTRACTED = "KItinerary/Reservation"
"""Name of the region that holds what KItinerary's extractor told."""
JOURNEYS = ("Flight", "Train", "Bus", "Boat")
_NAMES = {
    "en": {
        "Flight": "Flight", "Train": "Train", "Bus": "Bus", "Boat": "Ferry", "Lodging": "Stay",
        "RentalCar": "Rental car", "FoodEstablishment": "Table", "Taxi": "Taxi",
    },
    "de": {
        "Flight": "Flug", "Train": "Zug", "Bus": "Bus", "Boat": "Fähre", "Lodging": "Unterkunft",
        "RentalCar": "Mietwagen", "FoodEstablishment": "Tisch", "Taxi": "Taxi",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Booking:
    """What one reservation says; parts that it does not say are empty."""

    document: Document
    signal: Signal
    kind: str
    """Flight, Train, Bus, Boat, Lodging, Event, RentalCar …"""
    start: datetime
    end: datetime | None
    whole_day: bool
    come: str
    go: str
    place: str
    number: str
    name: str
    cancelled: bool
    unwritten: bool = False
    """No text says it: KItinerary's extractor read it from a picture in the ticket."""

    def title(self, tongue: str) -> str:
        """Return what the calendar calls it: ``Flight OS 451 Vienna – Lisbon``."""
        what = _NAMES[tongue].get(self.kind, "")
        if self.kind in JOURNEYS:
            ends = " – ".join(p for p in (self.come, self.go) if p)
            # The bus of a railway's ticket is a leg by train, but called what it is.
            what = "" if self.name.split(" ")[0] in _NAMES[tongue].values() else what
            return " ".join(p for p in (what, self.name, ends) if p)[:160]
        named = self.name or self.place
        return f"{what}: {named}"[:160] if what and named else (named or what or "Booking")[:160]

    @property
    def last(self) -> datetime:
        """When it is over."""
        return self.end or self.start + timedelta(hours=2)


def read(document: Document, zone: tzinfo) -> list[Booking]:
    """Return the bookings of a document, earliest first."""
    found = [b for s in document.signals("reservation") if (b := _booking(document, s, zone))]
    # Each traveller has a reservation; the journey is one.
    once = {(b.kind, b.start, b.come or b.name, b.go, b.cancelled): b for b in reversed(found)}
    return sorted(once.values(), key=lambda b: b.start)


def _booking(document: Document, signal: Signal, zone: tzinfo) -> Booking | None:
    value = signal.value
    if not isinstance(value, Mapping):
        return None

    def text(key: str) -> str:
        return " ".join(str(value.get(key) or "").split())[:160]

    start, end = _moment(text("start"), zone), _moment(text("end"), zone)
    if start is None:
        return None
    kind = text("type").removesuffix("Reservation")
    return Booking(
        document=document,
        signal=signal,
        kind=kind,
        start=start,
        end=end if end and end > start else None,
        whole_day=kind == "Lodging" or len(text("start")) == 10,
        come=text("from"),
        go=text("to"),
        place=text("place"),
        number=text("number"),
        name=text("name"),
        cancelled="cancel" in text("status").lower(),
        unwritten=any(
            r.name == _EXTRACTED and r.start <= signal.start < r.end for r in document.regions
        ),
    )


def _moment(written: str, zone: tzinfo) -> datetime | None:
    try:
        if len(written) == 10:
            return datetime.combine(datetime.fromisoformat(written), time(), zone)
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def number_key(number: str) -> str:
    """Return a booking's number without case and punctuation."""
    return re.sub(r"[\W_]", "", number).lower()


def thing_of(bookings: list[Booking]) -> str:
    """Name a trip, the same for its confirmation, its updates and its tickets."""
    number = next((key for b in bookings if len(key := number_key(b.number)) >= 4), "")
    if number:
        return f"trip {number}"
    first = bookings[0]
    return f"trip {first.kind} {first.start:%Y-%m-%dT%H:%M} {first.come or first.name}".lower()
