"""What all readers of bookings share: a booking as a value, times as tickets write them, vehicles.

On a ticket times are of the 24-hour clock unless they say am or pm, and they stand close to their
day and place; so they are read here, not by the reader of prose (``times``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice

from samantha.signals.day import Day, nearest, real_date
from samantha.signals.passages import Span

FLIGHT = "FlightReservation"
TRAIN = "TrainReservation"
BUS = "BusReservation"
BOAT = "BoatReservation"
STAY = "LodgingReservation"
CAR = "RentalCarReservation"
TABLE = "FoodEstablishmentReservation"
EVENT = "EventReservation"
JOURNEYS = (FLIGHT, TRAIN, BUS, BOAT)

_EMPTY = {
    "from": "", "to": "", "place": "", "number": "", "name": "", "status": "", "traveller": "",
}  # fmt: skip

Told = tuple[dict[str, object], Span]
"""A booking's value and where the text says it."""


def value_of(kind: str, start: str, end: str = "", **more: str) -> dict[str, object]:
    """Return a booking with all its keys."""
    return {"type": kind, "start": start, "end": end, **_EMPTY, **more}


def moment(day: date, at: time | None) -> str:
    """Return a day, or its wall clock time, in ISO 8601."""
    return datetime.combine(day, at).isoformat() if at else day.isoformat()


def year_of_ticket(near: date, month: int, day: int, *, to_come: bool) -> date | None:
    """Return the day of a ticket that names no year.

    ``to_come``: of a ticket that came by mail at that time, so the journey lies before it.
    """
    if not to_come:
        return nearest(near, month, day)
    years = (near.year - 1, near.year, near.year + 1)
    days = (d for y in years if (d := real_date(y, month, day)) is not None)
    return next((d for d in days if d >= near - timedelta(days=7)), None)


_CLOCK = re.compile(
    r"(?<![\d:.,/])(?P<hour>[01]?\d|2[0-4])(?:[:.]| ?[hH] ?)(?P<minute>[0-5]\d)(?::[0-5]\d)?"
    r"(?![\d/]|[:.,]\d)(?: ?(?P<half>[AaPp])\.?[Mm]\b)?"
    r"|(?<![\d:.,/])(?P<full>[01]?\d|2[0-4])(?: ?(?P<part>[AaPp])\.?[Mm]\b| ?(?:Uhr|[hH]|heures)\b)"
)
_PLUS = re.compile(r"[ \t]{0,3}\(?\+ ?(?P<days>[1-3])(?: ?(?:day|tag|d\b|T\b)s?)?\)?(?![\d:])")


@dataclass(frozen=True, slots=True)
class At:
    """A time of day on a ticket; ``later`` days after the day of departure."""

    time: time
    start: int
    end: int
    later: int = 0


def clocks(text: str, low: int, high: int) -> list[At]:
    """Return the times in a stretch of text.

    Where some are written with a colon, "12.05" is a day.
    """
    found: list[At] = []
    read = list(islice(_CLOCK.finditer(text, low, high), 200))
    dotted = all("." in m[0][:3] for m in read)
    for match in read:
        if "." in match[0][:3] and (not dotted or text[match.end() : match.end() + 1] == "."):
            continue
        hour, half = int(match["hour"] or match["full"]), match["half"] or match["part"]
        if half:
            if hour > 12:
                continue
            hour = hour % 12 + 12 * (half.lower() == "p")
        plus = _PLUS.match(text, match.end())
        later = (hour == 24) + int(plus["days"] if plus else 0)
        found.append(At(time(hour % 24, int(match["minute"] or 0)), *match.span(), later))
    return found


def last_day(days: Sequence[Day], before: int) -> date | None:
    """Return the last day that is named up to a place in the text."""
    earlier = [d for d in days if d.start <= before]
    return earlier[-1].value if earlier else None


def arrival(leave: date, at: At | None, own: date | None, left: time | None) -> str:
    """Return when a journey ends: on its own day, else the next where the clock has gone round."""
    if at is None:
        return ""
    if own is not None:
        return moment(own, at.time)
    over = at.later or int(left is not None and at.time < left)
    return moment(leave + timedelta(days=over), at.time)


BOOKED = re.compile(
    r"(?i)(?:buchung|reservierung|bestätigung|bestellung|fahrschein)|\b(?:bookings?|booked"
    r"|reserv(?:ation|ed)|confirm(?:ed|s|ing|ation)|to confirm|itinerary|e-?tickets?|boarding"
    r"|tickets?|pnr|trip|journey|gebucht|reiseplan|reiseroute|bestätigt|bestätigen|reserviert"
    r"|fahrkarte|flugschein|check[- ]?in|jízdenk\w+|letenk\w+|billets?|e-billet|bigliett[oi]"
    r"|prenotazione|billetes?|reserva|réservations?|réservée?s?|confirmée?s?|confirmons"
    r"|commande|your order|order (?:no|nr|number|id|confirm\w+)|order ?#|voucher|boeking"
    r"|kaartje|bilet|auftragsn\w+|ihre (?:fahrt|reise)|votre (?:voyage|séjour|table)"
    r"|your (?:stay|table)|rezerwacja|rezervace|biljett|bokning|bestilling|billett)\b"
)
"""Words of a confirmation in the languages that dates are read in, and some of their neighbours."""

CANCELLED = re.compile(
    r"(?i)\b(?:has been|was|is|wurde|ist) (?:cancel(?:l?ed)|storniert)"
    r"|\bcancel(?:l)?ation confirm|stornierungsbestätigung"
    r"|stornobestätigung|booking cancel(?:l)?ed"
)
NUMBER = re.compile(
    r"(?i)\b(?:booking|confirmation|reservation|record|pnr|buchungs?|reservierungs?"
    r"|bestätigungs?|auftrags?|order|ticket|transaction|transaktion|dossier(?: voyage)?|réservation"
    r"|reserva|localizador|prenotazione|codice|transakce|rezervace|boekings?|boknings?)"
    r"[ -]?(?:no\.?|nr\.?|n[°º]|number|code|kód|nummer|id|ref(?:erence)?|locator)?"
    r"(?: ?\([^)\n]{1,20}\))?[ \t]*[:#]?\s{0,12}\*?(?P<number>(?-i:(?=[A-Z0-9-]*\d"
    r"|[A-Z]{6}\b)[A-Z0-9][A-Z0-9-]{4,19}))\b"
)
_FLIGHT_WORDS = re.compile(
    r"(?i)\b(?:flights?|\w*flug|\w*fl[üu]ge|airports?|\w*flughafen|boarding|vuelos?|vols?|voli|volo"
    r"|airlines?|airways|aéroport|aeropuerto|aeroporto|lot|let|flyg|vlucht|terminal|cabin bag\w*"
    r"|handgepäck)\b|✈"
)
_TRAIN_WORDS = re.compile(
    r"(?i)\b(?:trains?|zug|züge|bahn\w*|\w+bahn|rail\w*|wagen|coach [A-Z\d]\b|voiture|carrozza"
    r"|sitzplatz"
    r"|tren|treno|trein|vlak|pociąg|tåg|tog|(?!\w*busbahnhof)\w*bahnhof|gare(?! routière)|hbf"
    r"|zugtickets?|zugfahrt|zugreise"
    r"|stazione|estación)\b"
)
_BUS_WORDS = re.compile(
    r"(?i)\b(?:\w*bus(?:ses|fahrt|bahnhof)?|coach(?:es)?(?! [A-Z\d]\b)|autocar|autobus\w*"
    r"|gare routière|zob)\b"
)
_BOAT_WORDS = re.compile(
    r"(?i)\b(?:ferry|ferries|\w*fähr\w+|überfahrt|schiff|traghetto|sailings?|hafen|cruise|traversée"
    r"|bateau|navire|crossing)\b"
)
FLIGHT_NUMBER = re.compile(r"(?<![\w-])(?P<code>[A-Z]{2}|[A-Z]\d|\d[A-Z]) ?(?P<number>\d{2,4})\b")
TRAIN_NUMBER = re.compile(
    r"(?<![\w-])(?P<kind>ICE?|EC|ECE|RJX?|rjx?|RE|RB|TGV|R|Os|Sp|EN|NJ|IR|TER|AVE|FR|IRE|WB|TLK|EIP"
    r"|EIC|Ex|SC|LE|Bus|THA|EST) ?(?P<number>\d{1,6})\b"
)


@dataclass(frozen=True, slots=True)
class Travel:
    """What the words of a whole text say about how its journeys are made."""

    flown: bool
    railway: bool
    trains: bool
    """Whether it names a train by kind and number."""
    kind: str

    @classmethod
    def of(cls, text: str) -> Travel:
        """Look at a text once."""
        named = (m["kind"] for m in TRAIN_NUMBER.finditer(text, 0, 20_000))
        trains = any(kind not in ("Bus", "R", "FR", "SC", "LE", "EST") for kind in named)
        flown = bool(_FLIGHT_WORDS.search(text, 0, 20_000))
        railway = bool(_TRAIN_WORDS.search(text, 0, 20_000))
        return cls(flown, railway, trains, kind_by_words(text))

    def vehicle(self, near: str) -> tuple[str, str]:
        """Return what carries the traveller and its number, by the words beside and in the text."""
        train = TRAIN_NUMBER.search(near)
        if train and not (self.flown and not self.railway):
            # A bus on the ticket of a railway is a leg of the journey by train.
            road = train["kind"] == "Bus" and not (self.railway or self.trains)
            return (BUS if road else TRAIN), f"{train['kind']} {train['number']}"
        flight = FLIGHT_NUMBER.search(near)
        if flight and self.flown:
            return FLIGHT, f"{flight['code']} {flight['number']}"
        return self.kind, ""


def kind_by_words(text: str) -> str:
    """Return the kind of a journey that its words speak of most, '' for none."""
    low = text[:20_000]
    # Of as many the first: a bus and a ferry leave from a station, too.
    found = {
        FLIGHT: len(_FLIGHT_WORDS.findall(low)),
        BUS: len(_BUS_WORDS.findall(low)),
        BOAT: len(_BOAT_WORDS.findall(low)),
        TRAIN: len(_TRAIN_WORDS.findall(low)),
    }
    best = max(found, key=lambda kind: found[kind])
    return best if found[best] else ""


def flight_number(text: str) -> str:
    """Return the first flight number in a text, written with a blank, or ''."""
    found = FLIGHT_NUMBER.search(text)
    return f"{found['code']} {found['number']}" if found else ""
