"""Things of schema.org that were booked, as plain lines.

Pages carry them as JSON-LD or microdata, calendar files of KItinerary in a property. What was
booked is written below the text, a few lines each, so that it can be quoted like anything else
that was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from samantha.api.types import Region
from samantha.workers.reading.reading import Reading, one_line

REGION = "schema.org/Reservation"
"""Name of the region that holds them; no attached file can have it, for its slash."""
MOST = 30
_DEPTH = 12
_WHERE = {
    "departure": (
        "departureAirport",
        "departureStation",
        "departureBusStop",
        "departureBusStation",
        "departureBoatTerminal",
    ),
    "arrival": (
        "arrivalAirport",
        "arrivalStation",
        "arrivalBusStop",
        "arrivalBusStation",
        "arrivalBoatTerminal",
    ),
}
_STARTS = ("checkinTime", "checkinDate", "startTime", "pickupTime")
_ENDS = ("checkoutTime", "checkoutDate", "endTime", "dropoffTime")


def booked(things: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return a block of lines for each booking among the things, each once."""
    blocks = (block for thing in things for block in _blocks(dict(thing), 0))
    return list(dict.fromkeys(blocks))


def with_bookings(reading: Reading) -> Reading:
    """Write the bookings that were found below the text, in a region of their own."""
    if reading.bookings:
        body, block = reading.text, "\n\n".join(reading.bookings)
        reading.text = f"{body}\n\n{block}" if body else block
        start = len(reading.text) - len(block)
        own = (Region("body", 0, len(body)),) if body else ()
        reading.regions = (*own, Region("attachment", start, len(reading.text), REGION))
    return reading


def lines(pairs: Mapping[str, str]) -> str:
    """Return one booking as its lines; what it does not say has none."""
    return "\n".join(f"{name}: {one_line(text, 200)}" for name, text in pairs.items() if text)


def flat(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Return the things of a JSON value: of lists, and of a graph."""
    if depth > _DEPTH:
        return
    if isinstance(value, list):
        for one in value[:200]:
            yield from flat(one, depth + 1)
    elif isinstance(value, dict):
        yield value
        yield from flat(value.get("@graph", []), depth + 1)


def is_booking(kind: str) -> bool:
    """Tell whether a type of schema.org is a booking, or an event with its own day."""
    return kind.endswith("Reservation") or kind in ("ReservationPackage", "Event")


def kind_of(thing: Mapping[str, Any]) -> str:
    """Return the type of a thing without its vocabulary."""
    kind = thing.get("@type")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    return str(kind or "").rstrip("/").rpartition("/")[2]


def _blocks(thing: dict[str, Any], depth: int) -> Iterator[str]:
    kind = kind_of(thing)
    if depth > 3 or not is_booking(kind):
        return
    for part in flat(thing.get("subReservation", [])):
        yield from _blocks({"@type": kind, **part}, depth + 1)
    subject = thing if kind == "Event" else thing.get("reservationFor")
    for one in flat(subject):
        fields = _fields(kind, thing, one)
        if fields["Start"] or fields["Number"]:
            yield lines(fields)


def _fields(kind: str, thing: dict[str, Any], about: dict[str, Any]) -> dict[str, str]:
    start = first(about, "departureTime", "startDate", "departureDate") or first(thing, *_STARTS)
    end = first(about, "arrivalTime", "endDate") or first(thing, *_ENDS)
    come, go = (first(about, *_WHERE[which]) for which in ("departure", "arrival"))
    place = _place(first(about, "location") or first(thing, "pickupLocation"))
    if kind in ("LodgingReservation", "FoodEstablishmentReservation"):
        place = _place(about)
        start = start or first(about, *_STARTS)
        end = end or first(about, *_ENDS)
    day = first(about, "departureDay", "boardingTime", "doorTime")
    return {
        "Reservation": kind,
        "Start": moment(start) or moment(day),
        "End": moment(end),
        "From": name_of(come),
        "To": name_of(go),
        "Place": place or name_of(come),
        "Number": name_of(first(thing, "reservationNumber", "reservationId")),
        "Name": _title(about),
        "Status": name_of(first(thing, "reservationStatus", "eventStatus")).rpartition("/")[2],
        "Traveller": _person(thing.get("underName")),
    }


def _title(about: dict[str, Any]) -> str:
    number = name_of(first(about, "flightNumber", "trainNumber", "busNumber"))
    if not number:
        return name_of(about)
    line = about.get("airline") or about.get("provider")
    code = str(line.get("iataCode") or "") if isinstance(line, dict) else ""
    train = name_of(about.get("trainName")) if about.get("trainName") else ""
    return f"{code} {number}".strip() if code or not train else f"{train} {number}"


def _person(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict) and not value.get("name"):
        parts = (name_of(value.get("givenName")), name_of(value.get("familyName")))
        return " ".join(p for p in parts if p)
    return name_of(value)


def first(thing: Mapping[str, Any], *names: str) -> Any:
    """Return the first property that a thing has, or None."""
    return next((thing[n] for n in names if thing.get(n)), None)


def name_of(value: Any) -> str:
    """Return a text, or a thing's name, as one line."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value") or value.get("iataCode") or ""
    return one_line(str(value), 160) if isinstance(value, str | int | float) else ""


def _place(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if not isinstance(value, dict):
        return name_of(value)
    address = value.get("address")
    parts = [name_of(value)]
    if isinstance(address, dict):
        named = ("streetAddress", "postalCode", "addressLocality")
        parts += [name_of(address.get(n)) for n in named]
    elif isinstance(address, str):
        parts.append(one_line(address, 160))
    return ", ".join(p for p in parts if p)


_US = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4}) (\d{1,2}):(\d\d)")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d\d)(?:,? (?:um )?(\d{1,2}):(\d\d)(?: Uhr)?)?")


def moment(value: Any) -> str:
    """Return a time in ISO 8601; ``strptime`` would load a module, which the jail forbids."""
    text = name_of(value)
    american, dotted = _US.fullmatch(text), _DOTTED.fullmatch(text)
    if american:
        month, day, year, hour, minute = (int(g) for g in american.groups())
        text = f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}"
    elif dotted:
        day, month, year = (int(dotted[n]) for n in (1, 2, 3))
        text = f"{year if year > 99 else 2000 + year}-{month:02}-{day:02}"
        text += f"T{int(dotted[4]):02}:{dotted[5]}" if dotted[4] else ""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return text if len(text) == 10 else found.isoformat()
