"""Wallet passes (a zip with ``pass.json``): their fields as lines, what was booked below.

The keys are those of Apple's Wallet: ``relevantDate`` and the semantic tags are instants, the
fields are what the holder reads. What cannot be said without knowing the day (the zone of an
airport, the year of a boarding pass) is left to ``signals.reservation_marked``; the lines
``Boarding``, ``Day``, ``Zone`` and ``Code`` are for it.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from samantha.core.ports import Unreadable
from samantha.workers.reading.bookings import first, lines, moment, name_of
from samantha.workers.reading.railway_ticket import printed_on_ticket
from samantha.workers.reading.reading import Reading, one_line, tidy

_MAX_PASS = 2**20
_STYLES = ("boardingPass", "eventTicket", "generic", "coupon", "storeCard")
_GROUPS = ("headerFields", "primaryFields", "secondaryFields", "auxiliaryFields", "backFields")
_TRANSIT = {
    "Air": "FlightReservation",
    "Train": "TrainReservation",
    "Bus": "BusReservation",
    "Boat": "BoatReservation",
}
_FLIGHT_CODE = re.compile(r"M[1-4][A-Z][A-Z/ .'-]{19}")
_TAG = re.compile(r"<[^<>]{0,300}>")
_DATE = r"\d{1,2}\.\d{1,2}\.(?:\d{4}|\d\d)|\d{4}-\d\d-\d\d"
_DATES = re.compile(rf"(?P<come>{_DATE})\s?(?:-|–|bis|to|until|→)\s?(?P<go>{_DATE})")
_LODGING = re.compile(
    r"(?i)\b(?:hotel|hostel|room|zimmer|nights?|nächte?|stay|aufenthalt|check.?out|unterkunft"
    r"|chambre|séjour|camera|soggiorno|habitación|estancia)"
)
_CLOCK = r"\D{0,14}?\b(\d{1,2})[:.](\d\d)\b(?: ?([ap])\.?m)?"

Field = tuple[str, str, str]
"""Key, label and value."""


def read_pkpass(untrusted_bytes: bytes) -> Reading:
    """Read a wallet pass, or the first of a bundle of passes."""
    value = _pass_json(untrusted_bytes)
    style = next((s for s in _STYLES if isinstance(value.get(s), dict)), "")
    fields = list(_fields(value.get(style) or {}))
    told = [f"{label}: {text}" if label else text for _, label, text in fields if text]
    code = _code(value)
    ticket = printed_on_ticket(code.encode("latin-1", "replace"))
    head = [name_of(value.get("organizationName")), name_of(value.get("description"))]
    block = _Pass(style, value, fields).block(code)
    parts = ["\n".join(h for h in (*head, *told) if h), ticket, block]
    text = tidy("\n\n".join(p for p in parts if p))
    return Reading(text=text, title=one_line(name_of(value.get("description")) or "Pass"))


def _pass_json(untrusted_bytes: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(untrusted_bytes)) as bundle:
        inner = next((n for n in bundle.namelist()[:20] if n.endswith(".pkpass")), "")
        if "pass.json" not in bundle.namelist() and inner:
            with bundle.open(inner) as nested:
                untrusted_bytes = nested.read(20 * _MAX_PASS)
    with zipfile.ZipFile(io.BytesIO(untrusted_bytes)) as bundle:
        if "pass.json" not in bundle.namelist():
            raise Unreadable("damaged: no pass inside")
        with bundle.open("pass.json") as stream:
            raw = stream.read(_MAX_PASS)
    value = json.loads(raw.decode("utf-8-sig", "replace"), strict=False)
    if not isinstance(value, dict):
        raise Unreadable("damaged: no pass inside")
    return value


def _fields(style: Mapping[str, Any]) -> Iterator[Field]:
    for group in _GROUPS:
        items = style.get(group)
        for field in items[:30] if isinstance(items, list) else []:
            if isinstance(field, dict):
                key = one_line(str(field.get("key", "")), 60)
                label = one_line(str(field.get("label") or key), 60).rstrip(":")
                value = _TAG.sub(" ", str(field.get("value", ""))[:2_000])
                yield key, label, one_line(value, 400)


def _code(value: Mapping[str, Any]) -> str:
    several = value.get("barcodes")
    one = several[0] if isinstance(several, list) and several else value.get("barcode")
    message = one.get("message") if isinstance(one, dict) else ""
    return message[:4_096] if isinstance(message, str) else ""


class _Pass:
    """One pass: its style, the whole of it, and its fields."""

    def __init__(self, style: str, value: Mapping[str, Any], fields: list[Field]) -> None:
        self._style = style
        self._value = value
        self._fields = fields
        kept, told = value.get(style), value.get("semantics")
        self._kept: dict[str, Any] = kept if isinstance(kept, dict) else {}
        self._told: dict[str, Any] = told if isinstance(told, dict) else {}

    def block(self, code: str) -> str:
        """Return the lines of what was booked, '' where nothing was."""
        stay = self._stay()
        transit = str(self._kept.get("transitType", "")).removeprefix("PKTransitType")
        if stay is not None:
            return lines(stay)
        if self._style == "boardingPass":
            return lines(self._journey(_TRANSIT.get(transit, "Reservation"), code))
        if self._style == "eventTicket":
            return lines(self._event())
        return ""

    def _field(self, pattern: str) -> str:
        known = re.compile(pattern, re.IGNORECASE)
        return next((t for k, la, t in self._fields if t and known.search(f"{k} {la}")), "")

    def _stay(self) -> dict[str, str] | None:
        if self._style == "boardingPass":
            return None
        come = _day_only(self._field(r"check.?in|arrival|anreise|arrivée|llegada"))
        go = _day_only(self._field(r"check.?out|departure|abreise|départ|salida"))
        every = " \n".join(f"{label}: {text}" for _, label, text in self._fields)
        span = _DATES.search(every) if _LODGING.search(every) else None
        if span and not (come and go):
            come, go = moment(span["come"]), moment(span["go"])
        if not come or not go or come >= go:
            return None
        primary = self._primary("value")
        house = self._field(r"\b(?:hotel|hostel|house|property|haus)") or (*primary, "")[0]
        name = house or name_of(self._value.get("organizationName"))
        return {
            "Reservation": "LodgingReservation",
            "Start": come + _clock(every, r"check.?in"),
            "End": go + _clock(every, r"check.?out"),
            "Place": name,
            "Number": self._number(),
            "Name": name,
        }

    def _journey(self, kind: str, code: str) -> dict[str, str]:
        come, go, *_ = (*self._primary("label"), "", "")
        told = self._told
        start = first(told, "currentDepartureDate", "originalDepartureDate")
        end = first(told, "currentArrivalDate", "originalArrivalDate")
        names = ("AirportName", "StationName", "AirportCode")
        return {
            "Reservation": kind,
            "Start": moment(start or self._value.get("relevantDate")),
            "End": moment(end),
            "From": name_of(first(told, *(f"departure{n}" for n in names))) or come,
            "To": name_of(first(told, *(f"destination{n}" for n in names))) or go,
            "Zone": name_of(told.get("departureLocationTimeZone")),
            "Zone there": name_of(told.get("destinationLocationTimeZone")),
            "Departing": self._field(r"\bdep(?:art)|abflug|abfahrt|départ|salida|partenza"),
            "Boarding": self._field(r"boarding|boards"),
            "Day": self._field(r"\b(?:date|datum|fecha|data|day|tag)\b|flightdate"),
            "Number": self._number() or name_of(told.get("confirmationNumber")),
            "Name": self._field(r"\b(?:flight|train|zug|flug|vol|vuelo|volo)(?!.?date)\w*"),
            "Traveller": self._field(r"passenger|traveller|passagier|fahrgast|reisender"),
            # Its items have fixed widths: blanks would not outlast a line of text.
            "Code": code[:200].replace(" ", "_") if _FLIGHT_CODE.match(code) else "",
        }

    def _event(self) -> dict[str, str]:
        told = self._told
        begins = told.get("eventStartDateInfo")
        start = told.get("eventStartDate")
        start = start or (begins.get("date") if isinstance(begins, dict) else None)
        primary = (*self._primary("value"), "")[0]
        name = name_of(told.get("eventName")) or primary
        place = name_of(told.get("venueName"))
        place = place or self._field(r"venue|location|place|\bort\b|veranstaltungsort|lieu")
        return {
            "Reservation": "EventReservation",
            "Start": moment(start or self._value.get("relevantDate")),
            "End": moment(told.get("eventEndDate")),
            "Place": place or name,
            "Number": self._number(),
            "Name": name,
        }

    def _primary(self, part: str) -> list[str]:
        items = self._kept.get("primaryFields")
        fields = [f for f in items if isinstance(f, dict)] if isinstance(items, list) else []
        return [name_of(f.get(part)) or name_of(f.get("value")) for f in fields]

    def _number(self) -> str:
        told = self._field(
            r"\bpnr|booking.?(?:nr|no|num|ref|code|id)|confirmation|record|locator|reserv"
            r"|buchung(?!.?(?:link|dat|typ|type))|auftrag|file.?key|dossier"
        )
        found = re.search(r"[A-Z0-9][A-Z0-9-]{3,24}", told) if len(told) > 30 else None
        return found[0] if found else told if told and len(told) <= 30 else ""


def _day_only(text: str) -> str:
    found = re.search(_DATE, text)
    return moment(found[0])[:10] if found else ""


def _clock(text: str, label: str) -> str:
    found = re.search(f"(?i){label}{_CLOCK}", text)
    if found is None or not int(found[1]) < 24 or not int(found[2]) < 60:
        return ""
    hour = int(found[1]) % 12 + 12 * (found[3].lower() == "p") if found[3] else int(found[1])
    return f"T{hour:02}:{found[2]}:00"
