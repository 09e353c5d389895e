"""Where something is booked: the name of a house, a restaurant or a venue in a confirmation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from samantha.signals.passages import Span
from samantha.signals.reservation_names import NAME, trimmed
from samantha.signals.reservation_words import BOOKED

_LOOK = 30_000
_HOUSE = (
    r"(?:[\w-]*H[oô]tel|Hostel|Hostal|Inn|Resort|Pension|Guest ?[Hh]ouse|Gasthof|Gasthaus|Gästehaus"
    r"|Auberge|Albergo|Apartments?|Appartements?|Motel|Lodge|Camping(?:platz)?|Campsite|Cottage"
    r"|Ferienwohnung|Ferienhaus|Ferienpark|Landhaus|Chalet|G[îi]te|B&B|R[ée]sidence|Riad|Berghütte"
    r"|Ostello|Posada|Finca|Suites|\w*[Hh]erberge|Agriturismo|Domaine|Villa|Aparthotel)"
)
_RESTAURANT = (
    r"(?:Restaurant|Ristorante|Restaurante|Gasthaus|Gasthof|Wirtshaus|Gasthausbrauerei|Bistrot?|Bar"
    r"|Brasserie|Trattoria|Osteria|Pizzeria|Caf[ée]|Tavern[ae]?|Steakhouse|Grill|Kitchen|Diner"
    r"|Cantina|Eatery|Weinstube|Taverne|Bodega|Izakaya|Table)"
)
_VENUE = (
    r"(?:[\w-]*[Tt]heat(?:er|re)|Théâtre|[\w-]*[Hh]alle?|Arena|Aréna|[\w-]*[Oo]per(?:nhaus)?|Opera"
    r"|Opéra|Stadium|[\w-]*[Ss]tadion|Stade|[\w-]*Museum|Musée|Galerie|Gallery|Cinema|Cinéma"
    r"|Kino|Club"
    r"|Auditorium|[\w-]*[Pp]hilharmonie|[\w-]*[Ss]aal|Salle|Zénith|Playhouse|Pavilion|Coliseum"
    r"|Kulturhaus|Stadthalle|Konzerthaus|Schauspielhaus|Amphitheat(?:er|re)|Cathedral|Castle|Zoo"
    r"|Château|Schloss|Palace|Palais|Abbey|Abbaye)"
)
_GREETING = re.compile(
    r"(?i)^(?:hi|hello|hey|dear|hallo|liebe[rs]?|sehr|guten?|bonjour|bonsoir|cher|chère|madame"
    r"|monsieur|thanks?|thank|danke|vielen|merci|we|wir|nous|you|you're|your|ihr|ihre|votre|vos|see"
    r"|kind|best|regards|herzliche|freundliche|mit|cordialement|à bientôt|view|manage|add|get|order"
    r"|check|guests?|gäste|rooms?|zimmer|details|map|directions|phone|tel|e-?mail|adresse|address"
    r"|party|total|price|seats?|parkett|reihe|row|entire|hosted|dinner|lunch|date|time|when)\b"
)
_LINE = re.compile(r"(?m)^[ \t*]*(?P<name>[^\W\d_][^\n@<>|]{2,70}?)[ \t*]*$")


def _with(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w@.])(?=[^\n]{{0,60}}\b(?i:{words})\b){NAME}")


_KINDS = {"house": _HOUSE, "restaurant": _RESTAURANT, "venue": _VENUE}
_NAMED = {kind: _with(words) for kind, words in _KINDS.items()}
_BEHIND = {kind: re.compile(rf"(?i:\b{words}) (?P<name>{NAME})") for kind, words in _KINDS.items()}
_WHOLE = {kind: re.compile(rf"(?i:\b{words}\b)") for kind, words in _KINDS.items()}
_AT = re.compile(
    r"(?i:\b(?:at|choosing|to|in|im|in der|bei|beim|vom|von|chez|à|au|aux|en)) "
    rf"(?:(?:the|our|unserem|den|der) )?(?P<name>{NAME})"
)
_STAY_AT = re.compile(
    r"(?i:\b(?:stay(?:ing)?|nights?|bookings?|booked|reservation|reserved|room|welcom\w+|aufenthalt"
    r"|buchung|reservierung|zimmer|séjour|réservation|table|tisch|visit|dinner|lunch)\b)"
    r"[^.!?\n]{0,48}?" + _AT.pattern
)


def named(text: str, kind: str) -> str:
    """Return the first name that says itself that it is a house, a restaurant or a venue."""
    for match in _NAMED[kind].finditer(text, 0, _LOOK):
        name = trimmed(match[0])
        # "Hotel Booking" is what the message is, not where; "Restaurant" alone is no name.
        if " " in name and _WHOLE[kind].search(name) and not BOOKED.search(name):
            return _line_of(text, match.start(), name)
    behind = _BEHIND[kind].search(text, 0, _LOOK)
    name = trimmed(behind["name"]) if behind else ""
    return "" if BOOKED.search(name) or _GREETING.match(name) else name


def _line_of(text: str, at: int, name: str) -> str:
    """Return the whole line that a name stands on, where it is a line of names alone."""
    low, high = text.rfind("\n", 0, at) + 1, text.find("\n", at)
    line = " ".join(text[low : high if high >= 0 else len(text)].split()).strip(" *")
    whole = len(line) <= 60 and not re.search(r"[\d:.!?@<>]", line)
    return line if whole and not (BOOKED.search(line) or _GREETING.match(line)) else name


def booked_at(text: str, taken: Sequence[Span], *, loose: bool = False) -> str:
    """Return the name behind "your table at" or "séjour à", '' where there is none.

    ``loose``: behind any "at".
    """
    for match in (_AT if loose else _STAY_AT).finditer(text, 0, _LOOK):
        name = trimmed(match["name"])
        start = match.start("name")
        free = not any(a <= start < b for a, b in taken)
        if free and len(name) > 2 and not BOOKED.search(name) and not _GREETING.match(name):
            return name
    return ""


def above(text: str, at: int) -> str:
    """Return the first line that may be a name of the paragraphs above a place in the text."""
    paragraphs = re.split(r"\n[ \t]*\n", text[max(0, at - 1_200) : at])
    for paragraph in reversed(paragraphs[-4:]):
        name = next(_name_lines(paragraph), "")
        if name:
            return name
    return ""


def below(text: str, at: int) -> str:
    """Return the next line below a place in the text, if it may be a name."""
    line_end = text.find("\n", at)
    if line_end < 0:
        return ""
    lines = [one for one in text[line_end + 1 : line_end + 300].split("\n") if one.strip()]
    # Of "Riverside Park, 1 Embankment" the name.
    return next(_name_lines(re.split(r",? \d", lines[0])[0]), "") if lines else ""


def _name_lines(paragraph: str) -> Iterator[str]:
    for match in _LINE.finditer(paragraph):
        name = " ".join(match["name"].split())
        plain = not re.search(r"\d|[:!?]|[.,]$", name) and name[0].isupper()
        known = _GREETING.match(name) or BOOKED.search(name)
        if plain and not known and len(trimmed(name)) > 2:
            yield name
