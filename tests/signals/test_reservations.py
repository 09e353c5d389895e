"""Reservations: markup of pages, wallet passes, and what a plain confirmation says."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from samantha.api import Document
from samantha.api.testing import document, mail
from samantha.signals.facts import facts
from samantha.workers.reading import formats

ZONE = ZoneInfo("Europe/Vienna")
DAY = datetime(2026, 4, 2, tzinfo=UTC)

FLIGHT = {
    "@context": "http://schema.org",
    "@type": "FlightReservation",
    "reservationNumber": "QX7RT2",
    "reservationStatus": "http://schema.org/Confirmed",
    "reservationFor": {
        "@type": "Flight",
        "flightNumber": "451",
        "airline": {"@type": "Airline", "iataCode": "OS"},
        "departureAirport": {"@type": "Airport", "name": "Vienna", "iataCode": "VIE"},
        "departureTime": "2026-05-03T07:10:00+02:00",
        "arrivalAirport": {"@type": "Airport", "name": "Lisbon", "iataCode": "LIS"},
        "arrivalTime": "2026-05-03T10:05:00+01:00",
    },
}
MICRODATA = """<div itemscope itemtype="http://schema.org/LodgingReservation">
<meta itemprop="reservationNumber" content="H-1"><meta itemprop="checkinDate" content="2026-05-03">
<meta itemprop="checkoutDate" content="2026-05-05">
<div itemprop="reservationFor" itemscope itemtype="http://schema.org/LodgingBusiness">
<span itemprop="name">Casa Azul</span>
<div itemprop="address" itemscope itemtype="http://schema.org/PostalAddress">
<span itemprop="streetAddress">Rua 1</span><span itemprop="addressLocality">Lisbon</span></div>
</div></div>"""


def read(name: str, data: bytes) -> Document:
    """Return a file as the reader's worker reads it."""
    media = "mail" if name.endswith(".eml") else "file"
    reading = formats.read(data, name, media)
    made = mail(reading.text, date=DAY) if media == "mail" else document(f"/h/{name}", reading.text)
    return replace(made, format=reading.format, regions=reading.regions, modified=DAY)


def booked(found: Document, language: str = "en") -> list[dict[str, Any]]:
    signals = [s for s in facts(found, ZONE, language) if s.kind == "reservation"]
    for signal in signals:
        assert found.text[signal.start : signal.end] == signal.quote
    return [dict(s.value) for s in signals]  # type: ignore[call-overload]


def page(value: object) -> bytes:
    script = f'<script type="application/ld+json">{json.dumps(value)}</script>'
    return f"<html><head>{script}</head><body><p>Thank you.</p></body></html>".encode()


WANTED = {
    "type": "FlightReservation",
    "start": "2026-05-03T07:10:00+02:00",
    "end": "2026-05-03T10:05:00+01:00",
    "from": "Vienna",
    "to": "Lisbon",
    "place": "Vienna",
    "number": "QX7RT2",
    "name": "OS 451",
    "status": "Confirmed",
}


def test_json_ld_of_a_page_is_a_reservation() -> None:
    """Type, times with their offsets, both ends and the number come from the markup."""
    assert booked(read("a.html", page(FLIGHT))) == [WANTED]


@pytest.mark.parametrize("wrap", ["[%s]", '{"@graph": [%s]}', "%s,", "%s %s"])
def test_markup_is_read_as_it_is_found(wrap: str) -> None:
    """Lists, graphs, and the damaged JSON that senders really write."""
    text = wrap.replace("%s", json.dumps(FLIGHT))
    data = f'<script type="application/ld+json">{text}</script><p>x</p>'.encode()
    found = booked(read("a.html", data))
    assert found[:1] == ([WANTED] if wrap != "%s," else found[:1])


def test_microdata_is_read_with_the_address() -> None:
    """Nested items give the hotel's name and where it is."""
    (found,) = booked(read("a.html", MICRODATA.encode()))
    assert (found["type"], found["start"], found["end"]) == (
        "LodgingReservation",
        "2026-05-03",
        "2026-05-05",
    )
    assert found["place"] == "Casa Azul, Rua 1, Lisbon" and found["number"] == "H-1"


def test_a_mail_keeps_the_markup_of_the_page_it_does_not_show() -> None:
    """The plain part is read, the booking in the other part is not lost."""
    body = page(FLIGHT).decode()
    data = (
        "From: a@x.example\nSubject: Trip\nMIME-Version: 1.0\n"
        'Content-Type: multipart/alternative; boundary="b"\n\n--b\nContent-Type: text/plain\n\n'
        f"Thank you for your booking, all is well.\n--b\nContent-Type: text/html\n\n{body}\n--b--\n"
    )
    found = read("a.eml", data.encode())
    assert booked(found) == [WANTED]
    assert "Thank you" in found.body() and "QX7RT2" not in found.body()


def test_a_text_cannot_pass_for_markup() -> None:
    """The lines of a booking count only where markup was read."""
    text = "Reservation: FlightReservation\nStart: 2026-05-03T07:10:00\nNumber: X1"
    assert booked(mail(text, date=DAY)) == []


def test_a_wallet_pass_is_read() -> None:
    """Both ends, the time and the record locator of a boarding pass."""
    value = {
        "organizationName": "Air",
        "relevantDate": "2026-05-03T07:10:00+02:00",
        "boardingPass": {
            "transitType": "PKTransitTypeAir",
            "primaryFields": [
                {"key": "origin", "label": "Vienna", "value": "VIE"},
                {"key": "destination", "label": "Lisbon", "value": "LIS"},
            ],
            "auxiliaryFields": [
                {"key": "flight", "label": "Flight", "value": "OS 451"},
                {"key": "pnr", "label": "Booking", "value": "QX7RT2"},
            ],
        },
    }
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w") as writer:
        writer.writestr("pass.json", json.dumps(value))
    (found,) = booked(read("a.pkpass", bundle.getvalue()))
    assert {k: found[k] for k in ("type", "start", "from", "to", "number", "name")} == {
        "type": "FlightReservation",
        "start": "2026-05-03T07:10:00+02:00",
        "from": "Vienna",
        "to": "Lisbon",
        "number": "QX7RT2",
        "name": "OS 451",
    }


PLAIN = (
    (
        "Booking reference: QX7RT2\nFlight details\n\nDeparture\n\nHarbour Airport, AT\n"
        "Sun, 03 May 2026, 18:25\nHill Airport, PT\nSun, 03 May 2026, 19:45\nOS 258\n",
        "en",
        ("FlightReservation", "2026-05-03T18:25:00", "2026-05-03T19:45:00", "Harbour Airport, AT"),
    ),
    (
        "Booking confirmation\nBooking no. AB-12345\nHotel Seeblick\n"
        "Check-in: 3 May 2026 15:00\nCheck-out: 5 May 2026 11:00\n2 nights",
        "en",
        ("LodgingReservation", "2026-05-03T15:00:00", "2026-05-05T11:00:00", "Hotel Seeblick"),
    ),
    (
        "Reservierungsbestätigung, Buchungsnummer 998877\nPension Alpenrose\n"
        "Anreise: 03.05.2026\nAbreise: 05.05.2026\n2 Nächte im Doppelzimmer",
        "de",
        ("LodgingReservation", "2026-05-03", "2026-05-05", "Pension Alpenrose"),
    ),
    (
        "Ihre Buchung, Auftragsnummer ABC123\nFahrt am 03.05.2026\n"
        "Wien Hbf    ab 07:30  RJ 62\nGraz Hbf    an 10:05\n",
        "de",
        ("TrainReservation", "2026-05-03T07:30:00", "2026-05-03T10:05:00", "Wien Hbf"),
    ),
)


@pytest.mark.parametrize(("text", "language", "wanted"), PLAIN)
def test_a_plain_confirmation_is_understood(
    text: str, language: str, wanted: tuple[str, str, str, str]
) -> None:
    """Stays by check-in and check-out, journeys by a line of departure and one of arrival."""
    (found,) = booked(mail(text, date=DAY), language)
    assert (found["type"], found["start"], found["end"], found["place"]) == wanted


def test_a_cancelled_booking_says_so() -> None:
    """A confirmation of a cancellation is not a journey."""
    text = PLAIN[0][0] + "\nYour booking has been cancelled."
    assert booked(mail(text, date=DAY))[0]["status"] == "ReservationCancelled"


def test_a_mail_about_travelling_is_no_booking() -> None:
    """Dates, a hotel and a train in a letter are not a reservation."""
    text = "We stayed at the Hotel Post from 3 May 2026 to 5 May 2026. The train left at 7:30."
    assert booked(mail(text, date=DAY)) == []
