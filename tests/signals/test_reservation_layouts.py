"""Bookings without markup: tickets as carriers, hotels and booking systems lay them out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from samantha.api import Document
from samantha.api.testing import document, mail
from samantha.signals.facts import facts

ZONE = ZoneInfo("Europe/Vienna")
DAY = datetime(2026, 4, 2, tzinfo=UTC)


def booked(found: Document, language: str = "en") -> list[dict[str, Any]]:
    """Return the reservations of a document, each quote an exact span of it."""
    signals = [s for s in facts(found, ZONE, language) if s.kind == "reservation"]
    for signal in signals:
        assert found.text[signal.start : signal.end] == signal.quote
    return [dict(s.value) for s in signals]  # type: ignore[call-overload]


def told(text: str, language: str = "en") -> list[tuple[str, str, str, str, str]]:
    """Return type, start, end, place (or origin) and destination of what a mail books."""
    return [
        (v["type"].removesuffix("Reservation"), v["start"], v["end"], v["place"], v["to"])
        for v in booked(mail(text, date=DAY), language)
    ]


TIMETABLES = {
    "day, ab and an on the line": (
        "Online-Ticket, Auftragsnummer QX7RT2\n"
        "Halt              Datum   Zeit       Gleis  Produkte\n"
        "Königsfeld Hbf    03.05.  ab 10:30   4      ICE 714\n"
        "Seestadt          03.05.  an 14:12   7\n",
        "de",
        [("Train", "2026-05-03T10:30:00", "2026-05-03T14:12:00", "Königsfeld Hbf", "Seestadt")],
    ),
    "French hours, the day by figures": (
        "VOTRE CONFIRMATION E-BILLET\nDOSSIER VOYAGE : QX7RT2\nDépart / Arrivée   Date / Heure\n"
        "   MONTCLAIR CENTRE      12/05 à 17h50    VOITURE 3 - PLACE 31\n"
        "                                          TRAIN N° 6812\n"
        "   BELLERIVE ST-JEAN     12/05 à 19h08\n",
        "fr",
        [("Train", "2026-05-12T17:50:00", "2026-05-12T19:08:00",
          "MONTCLAIR CENTRE", "BELLERIVE ST-JEAN")],
    ),
    "the time before the place": (
        "Your booking QX7RT2 is confirmed\nBus line 014\nSunday, 3 May 2026\n"
        "12:30  Northport Bus Station\n17:40  Southfield Central Bus Station\n",
        "en",
        [("Bus", "2026-05-03T12:30:00", "2026-05-03T17:40:00",
          "Northport Bus Station", "Southfield Central Bus Station")],
    ),
    "over midnight": (
        "Buchung QX7RT2, Nachtzug am 03.05.2026\n"
        "Königsfeld Hbf   ab 22:40  NJ 471\nSeestadt   an 06:15\n",
        "de",
        [("Train", "2026-05-03T22:40:00", "2026-05-04T06:15:00", "Königsfeld Hbf", "Seestadt")],
    ),
    "a bus on a railway's ticket": (
        "Jízdenka, kód QX7RT2\n"
        "Horní Lhota   06.05. 17:50 EC 283\nDolní Lhota   06.05. 18:46\n"
        "Dolní Lhota   06.05. 19:03 Bus 501\nLhotka   06.05. 19:23\n",
        "cs",
        [
            ("Train", "2026-05-06T17:50:00", "2026-05-06T18:46:00", "Horní Lhota", "Dolní Lhota"),
            ("Train", "2026-05-06T19:03:00", "2026-05-06T19:23:00", "Dolní Lhota", "Lhotka"),
        ],
    ),
}  # fmt: skip

FLIGHTS = {
    "columns of two languages": (
        "E-Ticket und Reiseroute\nBuchungsnummer /Booking code\n                 QX7RT2\n"
        " Von /From      QA512     20-Jul       20-Jul    Vor dem /Before\n"
        " Alton (ALN)              12:25        15:35     20-Jul\n"
        " Nach /To                              Terminal 4\n"
        " Bexley (BXL)\n"
        " Von /From      QA513     28-Jul       28-Jul    Vor dem /Before\n"
        " Bexley (BXL)             17:50        19:00     28-Jul\n"
        " Nach /To\n"
        " Alton (ALN)\n",
        [
            ("Flight", "2026-07-20T12:25:00", "2026-07-20T15:35:00", "Alton", "Bexley"),
            ("Flight", "2026-07-28T17:50:00", "2026-07-28T19:00:00", "Bexley", "Alton"),
        ],
    ),
    "a line of a booking system": (
        "ELECTRONIC TICKET - PASSENGER ITINERARY\nBOOKING REF: QX7RT2\n"
        " 1  QA 2461 Y 20JUL 1 ALNBXY HK1  1225 1535\n"
        " 2  QA 2462 Y 28JUL 2 BXYALN HK1  2250 0115+1\n",
        [
            ("Flight", "2026-07-20T12:25:00", "2026-07-20T15:35:00", "ALN", "BXY"),
            ("Flight", "2026-07-28T22:50:00", "2026-07-29T01:15:00", "BXY", "ALN"),
        ],
    ),
    "both places on a line, hours below": (
        "Your flight booking QX7RT2\nSunday, 3 May 2026\nAlton (ALN) to Bexley (BXY)\n"
        "Flight QA 512\nDeparts 07:10\nArrives 10:05\n",
        [("Flight", "2026-05-03T07:10:00", "2026-05-03T10:05:00", "Alton", "Bexley")],
    ),
    "numbers behind the flights": (
        "Ihre Buchung QX7RT2\nHinflug: Mo, 04.05.2026\n"
        "Alton (ALN) 09:30 Uhr - Bexley (BXY) 11:45 Uhr\nFlugnummer QA 512\n"
        "Rückflug: Fr, 08.05.2026\nBexley (BXY) 18:30 Uhr - Alton (ALN) 20:45 Uhr\n"
        "Flugnummer QA 513\n",
        [
            ("Flight", "2026-05-04T09:30:00", "2026-05-04T11:45:00", "Alton", "Bexley"),
            ("Flight", "2026-05-08T18:30:00", "2026-05-08T20:45:00", "Bexley", "Alton"),
        ],
    ),
    "codes with their hours": (
        "Your e-ticket QX7RT2, flight\nQA 512  Mon 04 May  ALN 07:10  BXY 10:05  Confirmed\n",
        [("Flight", "2026-05-04T07:10:00", "2026-05-04T10:05:00", "ALN", "BXY")],
    ),
    "stations have codes too": (
        "Booking reference QX7RT2, train ticket\nMon 4 May 2026\n"
        "Alton Central (ALC)  09:30 - 11:45  Bexley (BEX)\nCoach B Seat 12\n",
        [("Train", "2026-05-04T09:30:00", "2026-05-04T11:45:00", "Alton Central", "Bexley")],
    ),
    "a stop a block": (
        "Flight confirmation, record locator QX7RT2\nQA 512\n"
        "Departure: Alton (ALN), Terminal 1\nSun 3 May 2026 11:40 PM\n"
        "Arrival: Bexley (BXY)\nMon 4 May 2026 6:05 AM\n",
        [("Flight", "2026-05-03T23:40:00", "2026-05-04T06:05:00", "Alton", "Bexley")],
    ),
}

FIELDS = {
    "field by field": (
        "Booking confirmation QX7RT2\nFlight: QA 512\nFrom: Alton International\n"
        "To: Bexley Field\nDeparture: 3 May 2026, 07:10\nArrival: 3 May 2026, 10:05\n",
        "en",
        ("Flight", "2026-05-03T07:10:00", "2026-05-03T10:05:00",
         "Alton International", "Bexley Field"),
    ),
    "a short message": (
        "PNR:4438941616,TRAIN:12138,DOJ:25-08-2026,TIME:05:15,SL,ALTN TO BXLY,FARE:140",
        "en",
        ("Train", "2026-08-25T05:15:00", "", "ALTN", "BXLY"),
    ),
    "boarded later than the train begins": (
        "PNR No.:9876543210,\nPassenger Name:Ada Moor,\nTrain No.:12345,\nTrain Name:HILL EXP,\n"
        "Scheduled Departure:08:15 02-May-2026,\nDate Of Journey:02-May-2026,\n"
        "Boarding Station:MIDWAY - MDW,\nFrom:ALTON - ALT,\nTo:BEXLEY JUNCTION - BXL,\n",
        "en",
        ("Train", "2026-05-02T08:15:00", "", "MIDWAY - MDW", "BEXLEY JUNCTION - BXL"),
    ),
    "German": (
        "Reservierungsbestätigung Nr. 998877\nZug: RJ 62\nVon: Königsfeld Hbf\nNach: Seestadt\n"
        "Datum: 03.05.2026\nAbfahrt: 07:30\nAnkunft: 10:05\n",
        "de",
        ("Train", "2026-05-03T07:30:00", "2026-05-03T10:05:00", "Königsfeld Hbf", "Seestadt"),
    ),
    "Spanish": (
        "Billete de tren, localizador QX7RT2\nOrigen: Montalba\nDestino: Riofrío\n"
        "Fecha: 04/05/2026\nSalida: 09:30\nLlegada: 11:45\nTren: AVE 1234\n",
        "es",
        ("Train", "2026-05-04T09:30:00", "2026-05-04T11:45:00", "Montalba", "Riofrío"),
    ),
    "Polish": (
        "Bilet nr 1234567\nStacja początkowa: Nowa Góra\nStacja końcowa: Zielone Pole\n"
        "Odjazd: 04.05.2026 09:30\nPrzyjazd: 04.05.2026 11:45\nPociąg: IC 5310\n",
        "pl",
        ("Train", "2026-05-04T09:30:00", "2026-05-04T11:45:00", "Nowa Góra", "Zielone Pole"),
    ),
    "a ferry over night": (
        "Ferry booking 998877\nDeparting: Port Alton, 4 May 2026 at 21:30\n"
        "Arriving: Bexley Harbour, 5 May 2026 at 07:15\n",
        "en",
        ("Boat", "2026-05-04T21:30:00", "2026-05-05T07:15:00", "Port Alton", "Bexley Harbour"),
    ),
    "places behind departure and arrival": (
        "Prenotazione QX7RT2, treno\nPartenza: Montebello, 03/05/2026 ore 07:30\n"
        "Arrivo: Riva Alta, 03/05/2026 ore 10:05\nTreno: 9512\n",
        "it",
        ("Train", "2026-05-03T07:30:00", "2026-05-03T10:05:00", "Montebello", "Riva Alta"),
    ),
}  # fmt: skip

STAYS = {
    "a stretch of days": (
        "Booking confirmation AB-12345\nHotel Lakeview\nYour stay: 3 May 2026 - 5 May 2026\n"
        "Check-in: from 15:00\nCheck-out: until 11:00\n",
        "en",
        ("Lodging", "2026-05-03T15:00:00", "2026-05-05T11:00:00", "Hotel Lakeview", ""),
    ),
    "hours below the days": (
        "Reservation confirmed, code QX7RT2\nThe Kettle Inn\nCheck-in\n"
        "Monday, May 4, 2026\n3:00 PM\n"
        "Checkout\nThursday, May 7, 2026\n11:00 AM\n",
        "en",
        ("Lodging", "2026-05-04T15:00:00", "2026-05-07T11:00:00", "The Kettle Inn", ""),
    ),
    "French": (
        "Hotel booking confirmation / Confirmation de réservation 998877\nHôtel du Moulin\n"
        "Arrivée : 4 mai 2026 à partir de 15h00\nDépart : 7 mai 2026 avant 11h00\n3 nuits\n",
        "fr",
        ("Lodging", "2026-05-04T15:00:00", "2026-05-07T11:00:00", "Hôtel du Moulin", ""),
    ),
    "nights are counted": (
        "Reservierungsbestätigung 998877\nPension Alpenblick\nAnreise: 03.05.2026, 3 Nächte\n",
        "de",
        ("Lodging", "2026-05-03", "2026-05-06", "Pension Alpenblick", ""),
    ),
    "Spanish": (
        "Confirmación de reserva 998877\nHotel Miramar Azul\nLlegada: 3 de mayo de 2026\n"
        "Salida: 5 de mayo de 2026\n2 noches\n",
        "es",
        ("Lodging", "2026-05-03", "2026-05-05", "Hotel Miramar Azul", ""),
    ),
    "a car": (
        "Your car rental booking 998877\nPick-up: Sun 3 May 2026 10:00\n"
        "Pick-up location: Alton Airport, Hall B\nReturn: Wed 6 May 2026 18:30\n",
        "en",
        ("RentalCar", "2026-05-03T10:00:00", "2026-05-06T18:30:00", "Alton Airport, Hall B", ""),
    ),
    "a table": (
        "Your reservation is confirmed\nTable for 4 at Blue Heron Kitchen\n"
        "Friday, 8 May 2026 at 7:30 pm\nConfirmation number 998877\n",
        "en",
        ("FoodEstablishment", "2026-05-08T19:30:00", "", "Blue Heron Kitchen", ""),
    ),
    "a ticket to a show": (
        "Ticket order 998877\nEvent: The Lighthouse Choir\nVenue: Alton Town Hall\n"
        "Date: 8 May 2026, 20:00\n",
        "en",
        ("Event", "2026-05-08T20:00:00", "", "Alton Town Hall", ""),
    ),
}


@pytest.mark.parametrize(("text", "language", "wanted"), TIMETABLES.values(), ids=TIMETABLES.keys())
def test_two_stops_of_a_timetable_are_a_journey(
    text: str, language: str, wanted: list[tuple[str, str, str, str, str]]
) -> None:
    """Place, day and hour stand on a line, in any order; the later stop is the arrival."""
    assert told(text, language) == wanted


@pytest.mark.parametrize(("text", "wanted"), FLIGHTS.values(), ids=FLIGHTS.keys())
def test_flights_are_read_by_the_codes_of_their_places(
    text: str, wanted: list[tuple[str, str, str, str, str]]
) -> None:
    """Two places with codes and what stands around them, or a booking system's line."""
    assert told(text) == wanted


@pytest.mark.parametrize(("text", "language", "wanted"), FIELDS.values(), ids=FIELDS.keys())
def test_a_journey_is_read_field_by_field(
    text: str, language: str, wanted: tuple[str, str, str, str, str]
) -> None:
    """Labels in the languages of tickets, on lines of their own or on one."""
    assert told(text, language) == [wanted]


@pytest.mark.parametrize(("text", "language", "wanted"), STAYS.values(), ids=STAYS.keys())
def test_what_is_booked_at_one_place_is_read(
    text: str, language: str, wanted: tuple[str, str, str, str, str]
) -> None:
    """Rooms, cars, tables and shows: where, from when, until when."""
    assert told(text, language) == [wanted]


def test_each_flight_has_its_own_number() -> None:
    """Whether numbers stand before or behind the flights, each gets its own."""
    for name in ("numbers behind the flights", "columns of two languages"):
        found = booked(mail(FLIGHTS[name][0], date=DAY))
        assert [v["name"] for v in found] == ["QA 512", "QA 513"]


def test_each_traveller_has_a_reservation() -> None:
    """Two names on a ticket are two reservations of one journey."""
    text = FIELDS["boarded later than the train begins"][0].replace(
        "Train No", "Passenger Name:Ben Moor,\nTrain No"
    )
    assert [v["traveller"] for v in booked(mail(text, date=DAY))] == ["Ada Moor", "Ben Moor"]


CODE = "M1MOOR/ADA            EQX7RT2 ALNBXYQA 0512 123Y015D0049 100"
TWO = CODE.replace("M1", "M2") + "QX7RT2 BXYCRDQA 0077 124Y002A0031 100"


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        (CODE, [("2026-05-03", "ALN", "BXY", "QA 512")]),
        (TWO, [("2026-05-03", "ALN", "BXY", "QA 512"), ("2026-05-04", "BXY", "CRD", "QA 77")]),
        (f"[)>{CODE}\n", [("2026-05-03", "ALN", "BXY", "QA 512")]),
    ],
)
def test_the_code_of_a_boarding_pass_is_read(
    code: str, wanted: list[tuple[str, str, str, str]]
) -> None:
    """Day, both airports and the number; its year is the next, for a pass that came by mail."""
    found = booked(mail(code, date=DAY))
    assert [(v["start"], v["from"], v["to"], v["name"]) for v in found] == wanted
    assert {v["number"] for v in found} == {"QX7RT2"}
    assert {v["traveller"] for v in found} == {"ADA MOOR"}


def test_the_code_of_a_french_ticket_is_read() -> None:
    """Two trains of a day, with the codes of their stations."""
    code = (
        "i0CVQX7RT2987654321121102/03/1980FRABCFRDEF0431231/05"
        "0123456789012345678               MOOR                ADA2    1FRDEFFRGHI04321"
    )
    found = booked(mail(code, date=DAY), "fr")
    assert [(v["start"], v["from"], v["to"], v["name"]) for v in found] == [
        ("2026-05-31", "FRABC", "FRDEF", "4312"),
        ("2026-05-31", "FRDEF", "FRGHI", "4321"),
    ]


def test_a_birthday_gives_a_ticket_no_year() -> None:
    """Days without a year follow the mail, not a date of long ago; a day just past is last."""
    text = (
        "Buchung QX7RT2, geboren 02.03.1980\n"
        "Königsfeld Hbf   03.05.  ab 10:30   ICE 714\nSeestadt   03.05.  an 14:12\n"
    )
    assert booked(mail(text, date=DAY), "de")[0]["start"] == "2026-05-03T10:30:00"


def test_an_old_file_is_dated_by_itself() -> None:
    """A ticket on the disk tells the year of its days by its day of issue."""
    text = (
        "Ticket QX7RT2, ausgestellt am 31.07.2019\n"
        "Königsfeld Hbf   06.08.  ab 10:30   ICE 714\nSeestadt   06.08.  an 14:12\n"
    )
    file = replace(document("/h/t.txt", text), modified=DAY)
    assert booked(file, "de")[0]["start"] == "2019-08-06T10:30:00"


NONE = [
    "From: Ada Moor <ada@x.example>\nTo: Ben\nDate: 3 May 2026 10:15\nI booked the train, see you.",
    "Flights from Alton to Bexley from 29 EUR! Book until 3 May 2026. Tickets sell fast.",
    "The ticket office opens at 9:00 on 3 May 2026. Hotel guests may use the pool from 7:30.",
    "We confirm: minutes of 3 May 2026\nBudget   10:30\nStaff   11:15\nLunch   12:00\n",
    "Your order is confirmed. Delivery: 3 May 2026, 10:00 - 12:00. Order number 998877.",
    "Ticket #4711: the build of 3 May 2026 fails.\nStart: 10:15\nEnd: 10:20\nHost: alpha",
]


@pytest.mark.parametrize("text", NONE)
def test_what_only_sounds_like_a_booking_is_none(text: str) -> None:
    """Mail headers, offers, opening hours, minutes, parcels and tickets of a tracker."""
    assert booked(mail(text, date=DAY)) == []


HOSTILE = [
    "From: x\n",
    "  ",
    "\t",
    "a:",
    "Abc (ABC) ",
    "Departure: Abc 3 May 2026 12:30\nArrival: D 1:40\n",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_long_text_of_one_piece_ends(piece: str) -> None:
    """What repeats for sixty thousand characters gives a dozen bookings at most, and an answer."""
    text = "Booking confirmation, ticket, flight, train, hotel, rental car, 2 nights\n"
    assert len(booked(mail(text + piece * (60_000 // len(piece)), date=DAY))) <= 12
