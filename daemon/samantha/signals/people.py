"""People named in a text: in salutations, under closings, and in the mail's own header."""

from __future__ import annotations

import re
from collections.abc import Iterator

from samantha.api.types import Document, Signal
from samantha.signals.passages import Passages, Span, matches, seen

LIMIT = 20

_NAME = r"[^\W\d_a-zß-ÿ][^\W\d_]+(?:[-'’][^\W\d_]+)?"
_FULL = rf"{_NAME}(?: (?:van|von|de|der|den|di|da|le|la|zu)){{0,2}}(?: {_NAME}){{0,2}}"
_TITLE = (
    r"(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sir|Madame|Monsieur|Mme|Frau|Herrn?|Señora?|Signora?)\.? ){0,2}"
)
_SALUTATION = re.compile(
    r"(?:^|\n)[ \t]*(?:Dear|Hello|Hi|Hey|Good (?:morning|evening|afternoon)|Sehr geehrte[r]?"
    r"|Liebe[rs]?|Hallo|Guten Tag|Cher|Chère"
    rf"|Bonjour|Querid[oa]|Estimad[oa]|Car[oa]|Gentile|Beste"
    rf"|Geachte),? {_TITLE}(?P<name>{_FULL})(?=[ \t]*[,!:.\n–-])"
)
_CLOSING = re.compile(
    r"\n[ \t]*(?:(?:Kind|Best|Warm(?:est)?|With best|With kind) regards|Regards|Best wishes"
    r"|All the best|Best|Yours(?: \w+)?|Sincerely(?: yours)?|Love"
    r"|Warmly|Cheers|Thanks|Many thanks|Mit (?:freundlichen|besten|herzlichen|lieben) Grüßen"
    r"|(?:Viele|Liebe|Herzliche|Beste|Freundliche) Grüße|Herzlich(?:st)?"
    rf"|Cordialement|Bien à vous|Saludos|Cordiali saluti"
    rf"|Met vriendelijke groet),?[ \t]*\n{{1,2}}[ \t]*(?P<name>{_FULL})(?=[ \t]*(?:[,\n]|$))"
)
_NOBODY = frozenset(
    [
        "Sir",
        "Madam",
        "All",
        "Everyone",
        "Everybody",
        "Team",
        "Friends",
        "Friend",
        "Customer",
        "Colleagues",
        "Folks",
        "There",
        "Damen",
        "Herren",
        "Kunde",
        "Kundin",
        "Kollegen",
        "Kolleginnen",
        "Freunde",
        "Freundinnen",
        "Leser",
        "Mitglieder",
        "Members",
        "Reader",
        "Readers",
        "User",
        "Sirs",
    ]
)


def people(document: Document, within: Passages) -> tuple[Signal, ...]:
    """Return the people who are named, each once, where the text names them first."""
    found: dict[str, Signal] = {}
    for name, span, confidence in _named(document, within):
        words = name.split()
        if words[0] in _NOBODY or name in found or len(found) >= LIMIT:
            continue
        found[name] = seen(document.text, "person", name, span, confidence)
    return tuple(found.values())


def _named(document: Document, within: Passages) -> Iterator[tuple[str, Span, float]]:
    for match in matches(_SALUTATION, document.text, within, 10):
        yield match["name"], match.span("name"), 0.85
    for match in matches(_CLOSING, document.text, within, 10):
        yield match["name"], match.span("name"), 0.8
    yield from _of_header(document, within)


def _of_header(document: Document, within: Passages) -> Iterator[tuple[str, Span, float]]:
    mail = document.mail
    if mail is None:
        return
    known = (*((mail.sender,) if mail.sender else ()), *mail.to[:20], *mail.cc[:20])
    for person in known:
        if len(person.name) < 3 or "@" in person.name:
            continue
        for start, end in within:
            at = document.text.find(person.name, start, end)
            if at >= 0:
                yield person.name, (at, at + len(person.name)), 0.9
                break
