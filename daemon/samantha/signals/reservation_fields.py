"""Journeys that are told field by field: "From: …", "Departure: …", "Train no.: …".

A label is a few words before a colon. What they mean is looked up in the languages of tickets;
labels in two languages ("Von / From") are looked up word by word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time

from samantha.signals.dates import find_days
from samantha.signals.day import Day
from samantha.signals.passages import Span
from samantha.signals.reservation_names import named_routes
from samantha.signals.reservation_words import (
    FLIGHT,
    TRAIN,
    At,
    Told,
    arrival,
    clocks,
    flight_number,
    kind_by_words,
    last_day,
    moment,
    value_of,
)

_FIELD = re.compile(
    r"(?m)(?:^[ \t*]*|(?<=[,;|\t])[ *]{0,8}|(?<=  )(?! ))(?P<label>[^\W\d_][^\n:;,|]{0,38}?)"
    r"[ \t*]{0,20}(?:\([^()\n]{0,14}\)[ \t]{0,20})?[:：]\*?[ \t]*(?P<value>[^\n]*)"
)
_MOST = 200
_MEANING = {
    "from": (
        "from von de da desde van från fra z od origin origine origen start startbahnhof"
        " abfahrtsort abfahrtsbahnhof abflughafen startort"
    ),
    "to": (
        "to nach à a al hasta till til naar do destination ziel zielbahnhof zielflughafen zielort"
        " destino destinazione bestemming bestemmelse"
    ),
    "leaves": (
        "departure departs depart dep departing leaves"
        " abfahrt abfahrtszeit abflug abflugzeit départ"
        " salida partenza vertrek odjezd odlet wyjazd odjazd avgång afgang doj reisedatum reisetag"
        " hinfahrt outbound rückfahrt hinreise rückreise hinflug rückflug inbound outward"
    ),
    "when": "date datum fecha data day tag time uhrzeit zeit heure hora ora tid dátum",
    "arrives": (
        "arrival arrives arrive arr arriving"
        " ankunft ankunftszeit arrivée llegada arrivo aankomst příjezd"
        " přílet przyjazd ankomst"
    ),
    "vehicle": (
        "train zug zugnummer flight flug flugnummer vol vuelo volo treno tren vlak pociąg bus tåg"
        " tog trein vlucht let lot ferry"
    ),
    "traveller": "passenger traveller traveler passagier reisender fahrgast voyageur pasajero",
    "venue": (
        "venue location ort veranstaltungsort spielort lieu lugar luogo where wo place cinema"
        " kino cinéma"
        " theatre theater théâtre saal salle hall venue"
    ),
    "event": (
        "event veranstaltung show concert konzert vorstellung stück événement spectacle"
        " représentation"
        " evento film movie performance exhibition ausstellung exposition match tour"
    ),
}
_MEANS = {word: role for role, words in _MEANING.items() for word in words.split()}
_SAID = {
    "boards": ("boarding station", "boarding point", "einstieg", "zustieg"),
    "from": (
        "departure station", "departure airport", "departure city", "departing from",
        "departure from", "gare de départ", "stazione di partenza", "aeroporto di partenza",
        "aéroport de départ", "estación de salida", "aeropuerto de salida", "nástupní stanice",
        "stacja początkowa", "leaving from", "travelling from", "abfahrt von", "abflug von",
    ),
    "to": (
        "arrival station", "arrival airport", "arrival city", "arriving at", "going to",
        "gare d'arrivée", "stazione di arrivo", "aeroporto di arrivo", "aéroport d'arrivée",
        "estación de llegada", "aeropuerto de llegada", "cílová stanice", "stacja końcowa",
        "travelling to", "arrival at", "ankunft in",
    ),
    "leaves": (
        "date of journey", "journey date", "travel date", "date of travel", "date de voyage",
        "scheduled departure", "departure time", "departure date", "departure day",
        "heure de départ", "date de départ", "fecha de salida", "hora de salida",
        "data di partenza", "ora di partenza",
    ),
    "arrives": (
        "scheduled arrival", "arrival time", "arrival date", "heure d'arrivée", "hora de llegada",
        "ora di arrivo",
    ),
    "boarding": ("boarding time", "boarding", "boardingzeit", "einsteigezeit", "embarquement"),
}  # fmt: skip
_PHRASES = {phrase: role for role, phrases in _SAID.items() for phrase in phrases}
_NUMBERED = re.compile(r"(?:[ .-]+(?:no|nr|number|nummer|n°|code|name|\#))+\.?$")
_MINOR = re.compile(r"^(?:your|ihr|ihre|the|planned|plan|scheduled)\s+")
_NAME = re.compile(r"[^\W\d_]{2,}")


@dataclass(slots=True)
class _Leg:
    """What the fields have told of one journey so far."""

    first: Span = (0, 0)
    last: int = 0
    names: dict[str, str] = field(default_factory=dict)
    day: date | None = None
    at: time | None = None
    there: date | None = None
    lands: At | None = None

    def told(self, role: str) -> bool:
        """Tell whether a field of this meaning would begin another journey."""
        if role == "leaves":
            return self.day is not None and "to" in self.names and self.at is not None
        return role in self.names and role in ("from", "to") and self.day is not None


def journeys_by_fields(
    text: str, days: Sequence[Day], reference: date, language: str
) -> Iterator[Told]:
    """Return the journeys that fields tell, one for each traveller that is named."""
    legs, travellers = _legs(text, reference, language)
    whole = kind_by_words(text)
    for leg in legs:
        named = leg.names.get("label", "")
        kind = _kind(named, leg.names.get("vehicle", "")) or whole
        # A day on a line of its own has no label.
        if leg.day is None and leg.at is not None:
            leg.day = last_day(days, leg.first[0]) or _only(days)
        if not kind or leg.day is None:
            continue
        come = leg.names.get("boards") or leg.names.get("from", "")
        go = leg.names.get("to", "")
        if not (come and go):
            route = next(iter(named_routes(text)), None)
            come, go = route[:2] if route else ("", "")
        if not (come and go):
            continue
        name = leg.names.get("vehicle", "")
        name = (flight_number(name) or name) if kind == FLIGHT else name
        value = value_of(
            kind,
            moment(leg.day, leg.at),
            arrival(leg.day, leg.lands, leg.there, leg.at),
            **{"from": come, "to": go, "place": come, "name": name[:40]},
        )
        span = (leg.first[0], max(leg.first[1], min(leg.last, leg.first[0] + 600)))
        for who in travellers or ("",):
            yield {**value, "traveller": who}, span


def _only(days: Sequence[Day]) -> date | None:
    found = {d.value for d in days}
    return found.pop() if len(found) == 1 else None


def _kind(label: str, value: str) -> str:
    kind = kind_by_words(label)
    return kind or (TRAIN if re.match(r"(?i)(?:ICE?|RJX?|TGV|EC) ?\d", value) else "")


def _legs(text: str, reference: date, language: str) -> tuple[list[_Leg], list[str]]:
    legs, leg = [], _Leg()
    travellers: list[str] = []
    for role, label, value, span in fields(text):
        if role == "traveller":
            who = value.strip(" .")[:60]
            if _NAME.search(who) and who not in travellers and len(travellers) < 9:
                travellers.append(who)
            continue
        if leg.told(role):
            legs.append(leg)
            leg = _Leg()
        leg.first = leg.first if leg.last else span
        leg.last = span[1]
        _tell(leg, role, label, value, reference, language)
    legs.append(leg)
    return legs[:20], travellers


def fields(text: str) -> Iterator[tuple[str, str, str, Span]]:
    """Return meaning, label, value and place of the fields in a text, in their order."""
    at, count = 0, 0
    while count < _MOST:
        match = _FIELD.search(text, at, 60_000)
        if match is None:
            return
        count += 1
        value, end = match["value"], match.end()
        inner = _FIELD.search(text, match.start("value"), match.end())
        if inner is not None and inner.start() > match.start("value"):
            value, end = text[match.start("value") : inner.start()], inner.start()
        at = max(end, match.start("value"))
        if not value.strip() and text[end : end + 1] == "\n":
            below = text[end + 1 : end + 80].split("\n")[0]
            value = "" if ":" in below and not re.search(r"\d[:.]\d\d", below) else below
        role = _role(match["label"])
        if role:
            span = (match.start("label"), max(match.end("label"), end))
            yield role, match["label"], value.strip(" ,*\t"), span


def _role(label: str) -> str:
    low = _MINOR.sub("", " ".join(label.lower().replace("’", "'").split()))
    for part in (low, *(p.strip() for p in low.split("/"))):
        bare = _NUMBERED.sub("", part).strip(" .-")
        role = _PHRASES.get(part) or _PHRASES.get(bare) or _MEANS.get(bare)
        if role == "vehicle" and "name" in part:
            return ""
        if role:
            return role
    return ""


def _tell(leg: _Leg, role: str, label: str, value: str, reference: date, language: str) -> None:
    if role in ("from", "to", "boards"):
        place = re.split(
            r"\s{3,}|,? (?:terminal|bay|stand|platform|gate|steig|gleis)\b|[,(]? ?(?=\d)",
            value,
            maxsplit=1,
            flags=re.I,
        )[0]
        if "@" not in value and _NAME.search(place):
            leg.names.setdefault(role, place.strip(" ,-–")[:60])
    elif role == "vehicle":
        leg.names.setdefault("vehicle", value[:40])
        leg.names.setdefault("label", label)
    if role in ("leaves", "when", "arrives", "from", "to"):
        days = find_days(value, ((0, len(value)),), reference, language)
        hours = clocks(value, 0, len(value))
        if role in ("arrives", "to"):
            leg.lands = leg.lands or (hours[0] if hours else None)
            leg.there = leg.there or (days[0].value if days else None)
        elif hours or days:
            leg.at = leg.at or (hours[0].time if hours else None)
            leg.day = leg.day or (days[0].value if days else None)
        if role in ("leaves", "arrives"):
            low = min([len(value), *(d.start for d in days), *(h.start for h in hours)])
            rest = value[:low].strip(" ,-–(")
            if len(rest) > 2 and _NAME.search(rest):
                leg.names.setdefault("from" if role == "leaves" else "to", rest[:60])
