"""Who speaks at a place of a mail: its sender, or whoever wrote what was passed on in it.

The name and address come from header lines in the text, which anybody can write: they name an
outlet or an issuer, and are never written to.
"""

from __future__ import annotations

import re

from samantha.api.types import FORWARDED, Document, Person

_FROM = re.compile(
    r"^[ \t>*_]{0,4}(?:from|von|de|da|van|från|fra|od)[ \u00a0]?\*?:[ \t*]*(?P<who>[^\n]{1,300})",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,5}[A-Za-z]{2,24}")


def passed_on(document: Document, place: int) -> bool:
    """Tell whether a place of a document's text lies in what somebody passed on."""
    return any(
        r.role == "attachment" and r.name == FORWARDED and r.start <= place < r.end
        for r in document.regions
    )


def speaker(document: Document, place: int) -> Person | None:
    """Return who wrote the text at a place, as far as it is said; None where it is not."""
    if not passed_on(document, place):
        return document.mail.sender if document.mail else None
    for region in reversed(document.regions):
        if region.role == "quote" and region.end <= place:
            found = _FROM.search(document.text, region.start, min(region.end, region.start + 3_000))
            if found is not None:
                return _person(found["who"])
    return None


def _person(who: str) -> Person:
    address = _ADDRESS.search(who)
    name = re.split(r"[<\[(]|mailto:", who)[0].strip(" \t\"'*;,")
    if "@" in name:
        name = ""
    return Person(name[:120], address[0].lower() if address else "")
