"""Bookings in a page's markup (JSON-LD, microdata) and in wallet passes, as plain lines.

The vocabulary is schema.org's; what was booked is written below the text, a few lines each, so
that it can be quoted like anything else that was read.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from samantha.core.ports import Unreadable
from samantha.workers.reading.reading import Reading, one_line, tidy

REGION = "schema.org/Reservation"
"""Name of the region that holds them; no attached file can have it, for its slash."""
MOST = 30
_DEPTH = 12
_MAX_JSON = 512 * 1024
_MAX_PASS = 2**20
_WHERE = {
    "departure": (
        "departureAirport",
        "departureStation",
        "departureBusStop",
        "departureBoatTerminal",
    ),
    "arrival": ("arrivalAirport", "arrivalStation", "arrivalBusStop", "arrivalBoatTerminal"),
}


def bookings_of(tree: Any) -> list[str]:
    """Return the bookings in a parsed page, one block of lines each."""
    things = [*_json_things(tree), *_micro_things(tree)]
    blocks = [block for thing in things for block in _blocks(thing, 0)]
    return list(dict.fromkeys(blocks))[:MOST]


# --- finding ---------------------------------------------------------------------------------


def _json_things(tree: Any) -> Iterator[dict[str, Any]]:
    for node in tree.css('script[type="application/ld+json"]')[:20]:
        text = (node.text() or "")[:_MAX_JSON]
        for value in _parsed(text):
            yield from _flat(value, 0)


def _parsed(text: str) -> Iterator[Any]:
    text = re.sub(r"^\s*(?:<!--|//<!\[CDATA\[)|(?:-->|//\]\]>)\s*$", "", text.strip())
    joined = re.sub(r"}\s*{", "},{", text)
    for candidate in (text, f"[{text}]", re.sub(r",(\s*[\]}])", r"\1", text), f"[{joined}]"):
        try:
            yield json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
        return


def _flat(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEPTH:
        return
    if isinstance(value, list):
        for one in value[:200]:
            yield from _flat(one, depth + 1)
    elif isinstance(value, dict):
        yield value
        yield from _flat(value.get("@graph", []), depth + 1)


def _micro_things(tree: Any) -> Iterator[dict[str, Any]]:
    for node in tree.css("[itemscope]")[:400]:
        if "itemprop" not in node.attributes and _reservation(_type_of(node)):
            yield _item(node, 0)


def _type_of(node: Any) -> str:
    return (node.attributes.get("itemtype") or "").rstrip("/").rpartition("/")[2]


def _item(node: Any, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {"@type": _type_of(node)}
    if depth < _DEPTH:
        _properties(node, found, depth)
    return found


def _properties(node: Any, found: dict[str, Any], depth: int, steps: int = 0) -> None:
    child = node.child
    while child is not None and steps < 5_000:
        steps += 1
        if child.tag not in ("-text", "-comment"):
            attributes = child.attributes
            name = attributes.get("itemprop")
            scope = "itemscope" in attributes
            if name:
                found.setdefault(name, _item(child, depth + 1) if scope else _value(child))
            if not scope and depth < 40:
                _properties(child, found, depth + 1, steps)
        child = child.next


def _value(node: Any) -> str:
    attributes = node.attributes
    for name in ("content", "datetime", "href", "src"):
        if attributes.get(name):
            return str(attributes[name])
    return str(node.text(deep=True) or "").strip()


# --- telling ---------------------------------------------------------------------------------


def _reservation(kind: str) -> bool:
    return kind.endswith("Reservation") or kind in ("ReservationPackage", "Event")


def _kind(thing: dict[str, Any]) -> str:
    kind = thing.get("@type")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    return str(kind or "").rstrip("/").rpartition("/")[2]


def _blocks(thing: dict[str, Any], depth: int) -> Iterator[str]:
    kind = _kind(thing)
    if depth > 3 or not _reservation(kind):
        return
    for part in _flat(thing.get("subReservation", []), 0):
        yield from _blocks({"@type": kind, **part}, depth + 1)
    subject = thing if kind == "Event" else thing.get("reservationFor")
    for one in _flat(subject, 0):
        fields = _fields(kind, thing, one)
        lines = [f"{name}: {one_line(text, 200)}" for name, text in fields.items() if text]
        if len(lines) > 1 and ("Start" in fields or "Number" in fields):
            yield "\n".join(lines)


def _fields(kind: str, thing: dict[str, Any], about: dict[str, Any]) -> dict[str, str]:
    start = _first(about, "departureTime", "startDate", "departureDate") or _first(
        thing, "checkinTime", "checkinDate", "startTime", "pickupTime"
    )
    end = _first(about, "arrivalTime", "endDate") or _first(
        thing, "checkoutTime", "checkoutDate", "endTime", "dropoffTime"
    )
    come, go = (_first(about, *_WHERE[which]) for which in ("departure", "arrival"))
    place = _place(_first(about, "location") or _first(thing, "pickupLocation"))
    if kind in ("LodgingReservation", "FoodEstablishmentReservation"):
        place = _place(about)
    return {
        "Reservation": kind,
        "Start": _time(start) or _time(_first(about, "departureDay")),
        "End": _time(end),
        "From": _name(come),
        "To": _name(go),
        "Place": place or _name(come),
        "Number": _name(_first(thing, "reservationNumber", "reservationId")),
        "Name": _title(about),
        "Status": _name(_first(thing, "reservationStatus", "eventStatus")).rpartition("/")[2],
    }


def _title(about: dict[str, Any]) -> str:
    number = _name(_first(about, "flightNumber", "trainNumber", "busNumber"))
    if not number:
        return _name(about)
    line = about.get("airline") or about.get("provider")
    code = str(line.get("iataCode") or "") if isinstance(line, dict) else ""
    train = _name(about.get("trainName")) if about.get("trainName") else ""
    return f"{code} {number}".strip() if code or not train else f"{train} {number}"


def _first(thing: dict[str, Any], *names: str) -> Any:
    return next((thing[n] for n in names if thing.get(n)), None)


def _name(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value") or value.get("iataCode") or ""
    return one_line(str(value), 160) if isinstance(value, str | int | float) else ""


def _place(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if not isinstance(value, dict):
        return _name(value)
    address = value.get("address")
    parts = [_name(value)]
    if isinstance(address, dict):
        parts += [_name(address.get(n)) for n in ("streetAddress", "postalCode", "addressLocality")]
    elif isinstance(address, str):
        parts.append(one_line(address, 160))
    return ", ".join(p for p in parts if p)


_US = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4}) (\d{1,2}):(\d\d)")


def _time(value: Any) -> str:
    """Return a time in ISO 8601; ``strptime`` would load a module, which the jail forbids."""
    text = _name(value)
    match = _US.fullmatch(text)
    if match:
        month, day, year, hour, minute = (int(g) for g in match.groups())
        text = f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}"
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return text if len(text) == 10 else found.isoformat()


# --- wallet passes -------------------------------------------------------------------------------

_TRANSIT = {
    "Air": "FlightReservation",
    "Train": "TrainReservation",
    "Bus": "BusReservation",
    "Boat": "BoatReservation",
}


def read_pkpass(untrusted_bytes: bytes) -> Reading:
    """Read a wallet pass (a zip with ``pass.json``): its fields as lines, its booking below."""
    with zipfile.ZipFile(io.BytesIO(untrusted_bytes)) as bundle:
        inner = next((n for n in bundle.namelist()[:20] if n.endswith(".pkpass")), "")
        if "pass.json" not in bundle.namelist() and inner:
            with bundle.open(inner) as nested:
                return read_pkpass(nested.read(20 * _MAX_PASS))
        if "pass.json" not in bundle.namelist():
            raise Unreadable("damaged: no pass inside")
        with bundle.open("pass.json") as stream:
            raw = stream.read(_MAX_PASS)
    value = json.loads(raw.decode("utf-8-sig", "replace"), strict=False)
    if not isinstance(value, dict):
        raise Unreadable("damaged: no pass inside")
    style = next(
        (
            s
            for s in ("boardingPass", "eventTicket", "generic", "coupon", "storeCard")
            if isinstance(value.get(s), dict)
        ),
        "",
    )
    fields = list(_pass_fields(value.get(style) or {}))
    lines = [f"{label}: {text}" for _, label, text in fields if text]
    block = _pass_block(style, value, fields)
    head = [_name(value.get("organizationName")), _name(value.get("description")), *lines]
    text = tidy("\n".join(h for h in head if h) + (f"\n\n{block}" if block else ""))
    return Reading(text=text, title=one_line(_name(value.get("description")) or "Pass"))


def _pass_fields(style: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for group in (
        "headerFields",
        "primaryFields",
        "secondaryFields",
        "auxiliaryFields",
        "backFields",
    ):
        items = style.get(group)
        for field in items[:30] if isinstance(items, list) else []:
            if isinstance(field, dict):
                key = one_line(str(field.get("key", "")), 60)
                label = one_line(str(field.get("label") or key), 60)
                yield key, label, one_line(str(field.get("value", "")), 200)


def _pass_block(style: str, value: dict[str, Any], fields: list[tuple[str, str, str]]) -> str:
    semantics = value.get("semantics") if isinstance(value.get("semantics"), dict) else {}
    assert isinstance(semantics, dict)
    kept = value.get(style) if isinstance(value.get(style), dict) else {}
    assert isinstance(kept, dict)
    transit = str(kept.get("transitType", "")).removeprefix("PKTransitType")
    kind = {
        "boardingPass": _TRANSIT.get(transit, "Reservation"),
        "eventTicket": "EventReservation",
    }.get(style, "")

    def field(pattern: str) -> str:
        return next((t for k, la, t in fields if re.search(pattern, f"{k} {la}", re.I) and t), "")

    check_in, check_out = (
        field(r"check.?in|arrival|anreise"),
        field(r"check.?out|departure|abreise"),
    )
    if style != "boardingPass" and check_in and check_out:
        kind = "LodgingReservation"
    if not kind:
        return ""
    begins = semantics.get("eventStartDateInfo")
    start = (
        _first(semantics, "currentDepartureDate", "originalDepartureDate", "eventStartDate")
        or (begins.get("date") if isinstance(begins, dict) else None)
        or value.get("relevantDate")
    )
    end = _first(semantics, "currentArrivalDate", "originalArrivalDate", "eventEndDate")
    if kind == "LodgingReservation":
        start, end = check_in, check_out
    primary = [t for t in kept.get("primaryFields") or [] if isinstance(t, dict)]
    told = [_name(p.get("label")) or _name(p.get("value")) for p in primary]
    trip = style == "boardingPass" and len(told) > 1
    come = _name(_first(semantics, "departureAirportName", "departureStationName")) or (
        told[0] if trip else ""
    )
    go = _name(_first(semantics, "destinationAirportName", "destinationStationName")) or (
        told[1] if trip else ""
    )
    venue = _name(semantics.get("venueName")) or field(r"venue|location|place|ort\b")
    names = {
        "LodgingReservation": _name(value.get("organizationName")),
        "EventReservation": _name(semantics.get("eventName"))
        or (_name(primary[0].get("value")) if primary else ""),
    }
    pairs = {
        "Reservation": kind,
        "Start": _time(start) or _day(start),
        "End": _time(end) or _day(end),
        "From": come,
        "To": go,
        "Place": come or venue or names.get(kind, ""),
        "Number": field(r"\bpnr|booking|confirmation|record|locator|reserv|buchung")
        or _name(value.get("serialNumber")),
        "Name": names.get(kind) or field(r"flight|train|zug|flug"),
    }
    return "\n".join(f"{name}: {text}" for name, text in pairs.items() if text)


def _day(value: Any) -> str:
    match = re.search(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", str(value or ""))
    return f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}" if match else ""
