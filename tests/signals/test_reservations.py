"""Reservations: markup of pages, wallet passes, and what a plain confirmation says."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from samantha.api import Document
from samantha.api.testing import document, mail
from samantha.core.ports import Unreadable
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
    "traveller": "",
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


def test_a_calendar_file_of_kitinerary_tells_each_travellers_booking() -> None:
    """The property holds JSON-LD with the commas of calendars escaped; the entry stays an event."""
    two = [{**FLIGHT, "underName": {"@type": "Person", "name": n}} for n in ("Ada", "Ben")]
    value = json.dumps(two).replace(",", "\\,")
    folded = "\r\n ".join(value[n : n + 60] for n in range(0, len(value), 60))
    data = (
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Flight OS 451\r\nDTSTART:20260503T051000Z\r\n"
        f"X-KDE-KITINERARY-RESERVATION:{folded}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    found = read("a.ics", data.encode())
    assert booked(found) == [{**WANTED, "traveller": "Ada"}, {**WANTED, "traveller": "Ben"}]
    events = [s for s in facts(found, ZONE, "en") if s.kind == "event"]
    assert [s.value["title"] for s in events] == ["Flight OS 451"]  # type: ignore[index]
    mailed = (
        "From: a@x.example\nSubject: Trip\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nSee file.'
        f"\n--b\nContent-Type: text/calendar; name=t.ics\n\n{data}\n--b--\n"
    )
    assert len(booked(read("a.eml", mailed.encode()))) == 2


def test_what_a_block_pushed_out_of_its_booking_is_found() -> None:
    """A block ends the paragraph that opened the booking; its subject stands behind it."""
    text = (
        '<p itemscope itemtype="http://schema.org/EventReservation">'
        '<span itemprop="reservationNumber">E-100200</span>'
        '<div itemprop="reservationFor" itemscope itemtype="http://schema.org/Event">'
        '<span itemprop="name">Choir night</span>'
        '<time itemprop="startDate" datetime="2026-05-03T20:00:00+02:00">Sunday</time>'
        '<span itemprop="location" itemscope itemtype="http://schema.org/Place">'
        '<span itemprop="name">Town Hall</span></span></div></p>'
    )
    (found,) = booked(read("a.html", text.encode()))
    assert (found["type"], found["start"], found["place"], found["number"]) == (
        "EventReservation",
        "2026-05-03T20:00:00+02:00",
        "Town Hall",
        "E-100200",
    )


def wallet(**value: Any) -> bytes:
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w") as writer:
        writer.writestr("pass.json", json.dumps({"organizationName": "Acme", **value}))
    return bundle.getvalue()


def boarding(start: str, *fields: tuple[str, str], code: str = "", **more: Any) -> bytes:
    """Return a boarding pass with fields of label and value."""
    named = [{"key": f"k{n}", "label": la, "value": v} for n, (la, v) in enumerate(fields)]
    ends = [{"label": "ALTON", "value": "ALN"}, {"label": "BEXLEY", "value": "BXY"}]
    style = {
        "transitType": "PKTransitTypeAir", "primaryFields": ends, "auxiliaryFields": named,
    }  # fmt: skip
    return wallet(relevantDate=start, boardingPass=style, barcode={"message": code}, **more)


CODE = "M1MOOR/ADA            EQX7RT2 ALNBXYQA 0512 123Y015D0049 100"


@pytest.mark.parametrize(
    ("data", "start", "end"),
    [
        # The instant is in the airline's zone; day and hour of boarding tell the airport's.
        (
            boarding("2026-05-04T00:20+02:00", ("DATE", "03MAY26"), ("BOARDING", "18:20")),
            "2026-05-03T18:20:00-04:00",
            "",
        ),
        (
            boarding(
                "2026-05-04T00:20+02:00", ("BOARDING", "18:20"), ("DEPARTS", "19:05"), code=CODE
            ),
            "2026-05-03T19:05:00-04:00",
            "",
        ),
        # Without an hour that fits, the day alone is sure.
        (boarding("2026-05-04T00:20+02:00", code=CODE), "2026-05-03", ""),
        (boarding("", ("BOARDING", "6:20 PM"), code=CODE), "2026-05-03T18:20:00", ""),
        (
            boarding(
                "2026-05-03T22:20Z",
                semantics={
                    "originalDepartureDate": "2026-05-03T22:20:00Z",
                    "departureLocationTimeZone": "America/Chicago",
                    "currentArrivalDate": "2026-05-04T06:00:00Z",
                    "destinationLocationTimeZone": "Europe/Paris",
                },
            ),
            "2026-05-03T17:20:00-05:00",
            "2026-05-04T08:00:00+02:00",
        ),
    ],
)
def test_a_boarding_pass_departs_on_the_clocks_of_its_airport(
    data: bytes, start: str, end: str
) -> None:
    """Instant, day, hours and zones of a pass are joined to the local wall clock time."""
    (found,) = booked(read("a.pkpass", data))
    assert (found["start"], found["end"]) == (start, end)
    assert (found["from"], found["to"]) == ("ALTON", "BEXLEY")


def test_a_pass_of_a_hotel_is_a_stay() -> None:
    """Two joined days beside the words of a hotel; the hours stand elsewhere on the pass."""
    fields = [
        {"key": "h", "label": "HOTEL", "value": "Seeblick"},
        {"key": "s", "label": "AUFENTHALT", "value": "03.05.26 - 05.05.26"},
        {"key": "t", "label": "Zeiten", "value": "Check-in: ab 15:00 Uhr Check-out: bis 12:00 Uhr"},
        {"key": "n", "label": "BUCHUNGSNUMMER", "value": "998877"},
    ]
    data = wallet(eventTicket={"auxiliaryFields": fields}, relevantDate="2026-05-03T15:00+02:00")
    (found,) = booked(read("a.pkpass", data))
    assert {k: found[k] for k in ("type", "start", "end", "place", "number")} == {
        "type": "LodgingReservation",
        "start": "2026-05-03T15:00:00",
        "end": "2026-05-05T12:00:00",
        "place": "Seeblick",
        "number": "998877",
    }


def record(name: str, content: str) -> bytes:
    return f"{name}01{len(content.encode()) + 12:04}{content}".encode()


def uic(*records: bytes, version: str = "01") -> bytes:
    """Return the code of a railway ticket: envelope, signature, deflated records."""
    body = zlib.compress(b"".join(records))
    signature = b"\0" * (50 if version == "01" else 64)
    return f"#UT{version}9999KEY01".encode() + signature + f"{len(body):04}".encode() + body


def layout(*fields: tuple[int, int, str], in_bytes: bool = True) -> bytes:
    sized = [(place, t, len(t.encode() if in_bytes else t)) for *place, t in fields]
    told = "".join(f"{line:02}{column:02}01400{n:04}{t}" for (line, column), t, n in sized)
    return record("U_TLAY", f"RCT2{len(fields):04}{told}")


HEAD = record("U_HEAD", f"9999{'QX7RT2-001':20}020420261015" + "0DEDE")


@pytest.mark.parametrize(("version", "in_bytes"), [("01", True), ("02", True), ("01", False)])
def test_the_code_of_a_railway_ticket_is_read_as_it_is_printed(
    version: str, in_bytes: bool
) -> None:
    """UIC 918.3: the fields of the layout stand in lines and columns, so the rules read them."""
    code = uic(
        HEAD,
        layout(
            (0, 0, "Fahrkarte, Zug RJ 62"), (6, 1, "Königsfeld Hbf"), (6, 24, "03.05. ab 07:30"),
            (7, 1, "Seestadt"), (7, 24, "03.05. an 10:05"), in_bytes=in_bytes,
        ),
        version=version,
    )  # fmt: skip
    found = read("ticket.bin", code)
    assert "Ticket number: QX7RT2-001\nIssued: 2026-04-02 10:15" in found.text
    (value,) = booked(found, "de")
    assert (value["start"], value["end"], value["from"], value["to"], value["number"]) == (
        "2026-05-03T07:30:00",
        "2026-05-03T10:05:00",
        "Königsfeld Hbf",
        "Seestadt",
        "QX7RT2-001",
    )


@pytest.mark.parametrize(
    "damage",
    [
        b"#UT019999KEY01",
        b"#UT019999KEY01" + b"\0" * 50 + b"0010" + b"no deflate",
        b"#UT019999KEY01" + b"\0" * 50 + b"9999" + zlib.compress(b"\0" * 10_000_000)[:9999],
        uic(record("U_TLAY", "RCT29999" + "0101014009999x")),
        uic(b"U_TLAY010004"),
        uic(b"U_TLAY01xxxx"),
    ],
)
def test_a_damaged_code_is_refused_with_a_reason(damage: bytes) -> None:
    """Cut, not deflated, a bomb, fields and records that lie about their length."""
    try:
        assert len(formats.read(damage, "t.bin", "file").text) < 70_000
    except Unreadable as error:
        assert error.reason.startswith("damaged")
