"""The names of places in a stretch of a confirmation: what is left beside days and labels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from samantha.signals.calendar_words import MONTHS, WEEKDAYS
from samantha.signals.passages import Span

_WORD = r"(?:[A-ZÀ-ÖØ-Þ][\w’'&.-]*|[A-Z](?:[’'])[A-ZÀ-Þ][\w’'-]*|d[’'][A-ZÀ-Þ][\w’'-]*)"
_SMALL = (
    r"(?:de la|de los|de l[’']|an der|am|a\.d\.|auf|de|du|des|del|della|di|da|la|le|les|los|las|of"
    r"|the|sur|upon|on the|en|aux|zum|zur|y|und|and|et|&)"
)
NAME = (
    rf"{_WORD}(?:[ ](?:{_WORD}|(?:routière|maritime)(?![\w])|{_SMALL}(?=[ ]?[A-ZÀ-ÖØ-Þ]))){{0,6}}"
)
"""A name: capitalised words, and small ones between them."""
_NAME = re.compile(rf"(?<![\w@.]){NAME}")
_NOT_NAMES = (
    "dep depart departs departure departing arr arrive arrives arrival arriving from to via "
    "date time ab an um am von nach bis at dem your ihr ihre ihren votre vos outbound inbound "
    "outward return returning one way single sailing crossing leg direct change duration "
    "class standard first economy second adult adults seat seats coach carriage platform "
    "terminal gate operated flight flights flug flüge flugnummer train zug bus ferry fähre "
    "überfahrt hinflug rückflug hinfahrt rückfahrt hinreise rückreise abfahrt ankunft abflug "
    "aller retour départ arrivée vol tgv ter ic ice inoui ouigo traversée navire billet voie "
    "quai gleis gl wagen platz uhr klasse sitzplatz umstieg umsteigen fernbus reise fahrt "
    "trip journey booking buchung reservierung réservation reservation ticket tickets confirmed "
    "confirmation bestätigung pnr ref reference no nr pm h est cet cest gmt bst utc pt et mt "
    "ct pick-up pickup drop-off dropoff collection abholung rückgabe anmietung prise charge "
    "restitution retrait renting rental pick up drop off trajet strecke route verbindung heure "
    "reiseverbindung uhrzeit zeit"
)
_SHORT_DAYS = "mo di mi do fr sa so mon tue tues wed thu thur thurs fri sat sun lun jeu ven sam dim"
_NO_NAME = frozenset(f"{_NOT_NAMES} {_SHORT_DAYS}".split())
_ARTICLES = frozenset(["the", "la", "le", "les", "los", "las", "das", "der", "die", "den", "on"])
_ENDS = ("routière", "maritime")
_EDGE = " \t.,;:–—-()*|/→>"


_BESIDE = r"(?:,? [A-Z]{2}\b)?(?: ?\([^()\n]{1,30}\))?"
_ROUTE = re.compile(
    rf"(?:\b(?:from|von|ab|de|depuis|da|desde|van) (?P<come>{NAME}){_BESIDE},?"
    rf" (?:to|nach|à|vers|a|bis|naar|till) (?P<go>{NAME}))"
    rf"|(?P<first>{NAME}){_BESIDE}(?: ?(?:→|->|➔|➜|⟶|⇒|»|►) ?| (?:–|—|-|to|TO|nach|vers) )"
    rf"(?P<second>{NAME})"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A place as the text writes it."""

    name: str
    span: Span

    @property
    def code(self) -> bool:
        """Whether it is but the three letters of a place."""
        return len(self.name) == 3 and self.name.isupper()


def trimmed(name: str) -> str:
    """Return a name without labels, days and vehicles at its edges; '' where nothing is left."""
    words = name.strip(_EDGE).split(" ")
    while words and _empty(words[0]):
        words = words[1:]
    while words and (_empty(words[-1]) or (words[-1].islower() and words[-1] not in _ENDS)):
        words = words[:-1]
    return " ".join(words).strip(_EDGE)[:80]


def names_in(text: str, low: int, high: int, taken: Sequence[Span]) -> list[Name]:
    """Return the names in a stretch of text that hold none of the stretches taken."""
    found: list[Name] = []
    edges = sorted((max(low, a), min(high, b)) for a, b in taken if a < high and b > low)
    for first, last in _gaps(low, high, edges):
        for match in _NAME.finditer(text, first, last):
            name = trimmed(match[0])
            if len(name) > 2:
                found.append(Name(name, match.span()))
    return found


def _gaps(low: int, high: int, taken: Sequence[Span]) -> list[Span]:
    gaps: list[Span] = []
    at = low
    for start, end in taken:
        if start > at:
            gaps.append((at, start))
        at = max(at, end)
    return [*gaps, (at, high)] if at < high else gaps


def _empty(word: str) -> bool:
    low = word.strip(_EDGE).lower()
    if low in _ARTICLES:
        # "The Grand", but "the Grand".
        return word.islower()
    return not low or low in _NO_NAME or low in WEEKDAYS or low in MONTHS


def named_routes(text: str) -> list[tuple[str, str, Span]]:
    """Return the places that are joined by an arrow or "to", and where they stand."""
    found: list[tuple[str, str, Span]] = []
    for match in _ROUTE.finditer(text, 0, 30_000):
        come = trimmed(match["come"] or match["first"])
        go = trimmed(match["go"] or match["second"])
        if len(come) > 2 and len(go) > 2 and come.lower() != go.lower():
            found.append((come, go, match.span()))
        if len(found) >= 40:
            break
    return found
