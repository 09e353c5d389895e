"""Where something takes place: a labelled line, a room and its house, a named building."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from samantha.signals.calendar_words import MONTHS, WEEKDAYS
from samantha.signals.passages import Passages, Span, matches

MAX_PLACE = 160

_LABEL = re.compile(
    r"(?im)^[ \t>*|]*(?:place|location|where|venue|room|site|ort|wo|raum|treffpunkt"
    r"|veranstaltungsort)"
    r"[ \t]*(?::|=|\t| - )[ \t]*(?P<place>\S[^\n]{1,160})"
)
_KIND = (
    r"(?:Rooms?|Rm|Hall|Auditorium|Building|Bldg|Center|Centre|Lounge|Theat(?:er|re)|Library|Wing"
    r"|Suite|Gallery|Chapel|Caf[eé]|Cafeteria|Restaurant|Hotel|Club|Church|Court|Stadium|House"
    r"|Annex"
    r"|Institute|Lab(?:oratory)?|Ballroom|Pavilion|Park|Tower|Plaza|Museum|Arena|Boardroom|Atrium"
    r"|Raum|Saal|Zimmer|Haus|Gebäude|Hörsaal|Aula|Bibliothek|Rathaus|Halle|Seminarraum"
    r"|Konferenzraum|Besprechungsraum|Gasthaus|Café|Bar)"
)
_CAP = r"(?:[A-Z][\w'’&.-]*|\d{1,5}[A-Za-z]?|of|the|and)"
_NAME = r"(?:[A-Z][\w'’&-]*\.?)"
_NUMBER = r"(?:[A-Z]{0,3}-?\d{1,5}(?:\.\d{1,3})?(?:[A-Z]\d{1,2}|[A-Za-z])?)"
_ROOM = re.compile(
    # "Wean Hall 5409", "Carnegie Conference Room", "Room 2224 of EDRC", "Raum 3.12"
    rf"(?<![\w/@.-])(?:{_NUMBER} )?(?:{_NAME} ){{0,4}}(?<!\w){_KIND}\b\.?(?: (?:#|No\.?"
    rf" )?{_NUMBER}(?!\w|:\d))?"
    rf"(?: \([^()\n]{{2,50}}\)?)?"
    rf"(?:(?:,? (?:in|of|at|im)(?: the)?|,)\s{{1,30}}(?:{_NUMBER} )?(?:{_NAME} ){{0,4}}{_NAME}"
    rf"(?: {_NUMBER}(?!\w|:\d|,? ?\d))?"
    rf"(?=[\s,.;)!?]|$)){{0,2}}"
)
_CODE = re.compile(
    # "DH 2315", "GSIA 259", "WeH 4623", "2224 EDRC", "EB 3267"
    rf"(?<![\w/@.:$-])(?:[A-Z][A-Za-z]{{0,5}}[A-Z]|[A-Z]{{2,6}}"
    rf"|[A-Z][a-z]{{1,3}}H)\.?[ -]?\d{{3,5}}[A-Z]?(?![\w:]|[/-]\d)"
    rf"|(?<![\w/@.:$-])\d{{3,4}}[A-Z]? (?:[A-Z][A-Za-z]{{0,5}}[A-Z]|[A-Z]{{2,5}})(?!\w)"
    rf"|(?<![\w/@.:$-])\d{{3,4}}[A-Z]? {_NAME} {_KIND}(?!\w)"
)
_SHORT = re.compile(r"(?<=\bin )(?P<place>[A-Z]{0,3}\d{1,3}[A-Z]\d{1,3})(?![\w:-])")
_HOUSE = re.compile(
    # "Wean 5409", "8220 Wean": a house by its short name beside a room's number
    r"(?:(?<=in )|(?<=at )|(?<=, )|(?<=\n)|(?<=\n[ \t])|(?<=[ \t]{3}))"
    r"(?P<place>(?P<name>[A-Z][a-z]{2,12}) \d{3,4}[A-Z]?|\d{3,4}[A-Z]? "
    r"(?P<other>[A-Z][a-z]{2,12})(?: [A-Z][a-z]{2,12})?)"
    r"(?=[\s,.;)!?]|$)"
)
_SMALL = re.compile(
    rf"(?i)(?<!\w)(?:conference |conf\.? |meeting )?(?:rooms?|rm\.?|raum|zimmer|suite|hörsaal)"
    rf" (?:#|no\.? ?)?{_NUMBER}(?!\w|:\d)"
    r"(?:,? (?:in |of )?(?:the )?[A-Z][a-z]+ (?:Hall|Building|Center|Centre|House|Tower))?"
)
_YEARLIKE = re.compile(r"(?:19|20)\d\d\b")
_NO_CODE = re.compile(
    r"^(?:AM|PM|CST|EST|PST|CDT|EDT|PDT|GMT|UTC|USD|EUR|GBP|RFC|ISO|PO|BOX|TEL|FAX|EXT|PIN|ID"
    r"|NO|VOL|PA|TX"
    r"|NY|CA|MA|DC|UK|US|USA|CS|ZIP|MHZ|KB|MB|GB|IBM|HP|DEC|MIT|JAN|FEB|MAR|APR|JUN|JUL|AUG"
    r"|SEP|OCT|NOV"
    r"|DEC|Q|CVE|WIN|SUN|MON|TUE|WED|THU|FRI|SAT|LINUX|PHD)\b",
    re.IGNORECASE,
)
_ALONE = re.compile(r"(?:Auditorium|Atrium|Boardroom|Cafeteria|Hörsaal|Aula|Rathaus)\.?|.*\d.*")
_AFTER = re.compile(
    r"(?:\b(?:in|at|im|in der|in the|at the|@|bei|beim)\s+(?:the |der |dem |room )?)$", re.I
)
_HOME = re.compile(
    r"(?i)\b(?:at|@|in|to|by|bei|im)\s+(?P<place>(?:my|our|your|his|her|the|\w+['’]s)\s+"
    r"(?:place|house|apartment|apt"
    r"|office|pad|desk|cube|cubicle|lobby|cafeteria|kitchen|gym|bar|restaurant)|meinem büro|"
    r"(?:bei )?mir"
    r"(?: zu hause)?|der lobby|der kantine|ihrem büro)\b"
)
_AT_NAME = re.compile(
    rf"(?:\bat|@|\bim|\bbeim)\s+(?P<place>(?:the )?{_NAME}(?:(?: of| the| and| &)?"
    rf" {_NAME}){{0,4}})(?=[\s,.;)!?]|$)"
)
_NOT_NAMES = re.compile(
    r"(?:Enron|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March"
    r"|April|May|June"
    r"|July|August|September|October|November|December|I|Your|The|This|That|Noon|UC|University"
    r"|It|We|AM|PM"
    r"|Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonntag|Mo|Di|Mi|Do|Fr|Uhr|Ext|x)\b"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place as it is written, where, and how sure it is one."""

    name: str
    span: Span
    confidence: float
    labelled: bool = False


def find_places(text: str, within: Passages) -> tuple[Place, ...]:
    """Return the places named in the passages, in their order."""
    found = [*_labelled(text, within), *_rooms(text, within), *_named(text, within)]
    found.sort(key=lambda p: (p.span[0], -p.span[1]))
    kept: list[Place] = []
    for place in found:
        if kept and place.span[0] < kept[-1].span[1]:
            if place.confidence > kept[-1].confidence:
                kept[-1] = place
            continue
        kept.append(place)
    return tuple(kept[:60])


def _place(text: str, start: int, end: int, sure: float, labelled: bool = False) -> Place | None:
    raw = text[start:end]
    end -= len(raw) - len(raw.rstrip(" \t\n.,;:!?-*>"))
    name = " ".join(text[start:end].split())[:MAX_PLACE]
    if name.count("(") > name.count(")"):
        name += ")"
    if len(name) < 2 or not any(c.isalnum() for c in name):
        return None
    return Place(name, (start, end), sure, labelled)


def _labelled(text: str, within: Passages) -> Iterator[Place]:
    for match in matches(_LABEL, text, within, 20):
        start, end = match.span("place")
        # A second column or another label on the same line ends it.
        cut = re.search(r"\s{3,}|\t|\s(?:Time|Date|When|Zeit|Datum)\s*:|\s\|", text[start:end])
        end = start + cut.start() if cut else end
        if re.match(
            r"(?i)(?:tba|tbd|to be (?:announced|determined)|see below|\?)", text[start:end]
        ):
            continue
        found = _place(text, start, end, 0.95, labelled=True)
        if found is not None:
            yield found


def _rooms(text: str, within: Passages) -> Iterator[Place]:
    for match in matches(_ROOM, text, within, 200):
        words = match[0].split()
        if len(words) < 2 and not _ALONE.fullmatch(match[0]):
            continue
        if re.match(r"(?:The|This|A|An|In|At|Our|Your|My|New|Each|Der|Die|Das)\s", match[0]):
            start = match.start() + len(words[0]) + 1
        else:
            start = match.start()
        told = _AFTER.search(text[max(0, start - 14) : start]) is not None
        number = any(c.isdigit() for c in match[0])
        alone = not text[text.rfind("\n", 0, start) + 1 : start].strip(" \t>*")
        sure = 0.45 + 0.2 * told + 0.2 * number + 0.1 * alone
        found = _place(text, start, match.end(), sure)
        if found is not None:
            yield found
    for match in matches(_SHORT, text, within, 40):
        found = _place(text, *match.span("place"), 0.7)
        if found is not None:
            yield found
    for match in matches(_SMALL, text, within, 60):
        found = _place(text, *match.span(), 0.75)
        if found is not None:
            yield found
    for match in matches(_HOUSE, text, within, 60):
        name = match["name"] or match["other"]
        if name.lower() in MONTHS or name.lower() in WEEKDAYS or _YEARLIKE.search(match[0]):
            continue
        found = _place(text, *match.span("place"), 0.65)
        if found is not None:
            yield found
    for match in matches(_CODE, text, within, 100):
        if _NO_CODE.match(match[0]) or _NO_CODE.match(match[0].partition(" ")[2]):
            continue
        told = _AFTER.search(text[max(0, match.start() - 14) : match.start()]) is not None
        found = _place(text, match.start(), match.end(), 0.6 + 0.2 * told)
        if found is not None:
            yield found


def _named(text: str, within: Passages) -> Iterator[Place]:
    for match in matches(_HOME, text, within, 40):
        found = _place(text, *match.span("place"), 0.6)
        if found is not None:
            yield found
    for match in matches(_AT_NAME, text, within, 60):
        if _NOT_NAMES.match(match["place"].removeprefix("the ")) or "@" in match[0][1:]:
            continue
        found = _place(text, *match.span("place"), 0.5)
        if found is not None:
            yield found
