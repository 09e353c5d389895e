"""IBANs in text: found, written without spaces, and checked.

ISO 13616 is a length for each country and a remainder of 97; that is all that is checked, so no
library of number formats is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from samantha.signals.passages import Passages, Span, matches

_LENGTHS = {
    length: countries.split()
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FO GL NL",
        19: "MK SI",
        20: "AT BA EE KZ LT LU XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "PT",
        26: "IS TR",
        27: "FR GR IT MC MR SM",
        28: "AL AZ CY DO GT HU LB PL BY",
        29: "BR PS QA UA",
        30: "JO KW MU",
        31: "MT",
    }.items()
}
LENGTHS = {country: length for length, found in _LENGTHS.items() for country in found}
_HEAD = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?=[ \u00a0\n]{0,3}[A-Z0-9])")
_BODY = re.compile("(?:[ \u00a0\n]{0,3}[A-Z0-9]){15,34}")


def find_ibans(text: str, within: Passages) -> Iterator[tuple[str, Span]]:
    """Find the valid IBANs, normalised, with their spans."""
    for match in matches(_HEAD, text, within, 60):
        length = LENGTHS.get(match[0][:2])
        # A VAT number begins like an IBAN and must not swallow the one behind it.
        body = _BODY.match(text, match.start())
        if length is None or body is None:
            continue
        end = _end(body[0], length)
        iban = re.sub(r"\s", "", body[0][:end])
        if valid_iban(iban):
            yield iban, (match.start(), match.start() + end)


def _end(written: str, length: int) -> int:
    seen = 0
    for at, character in enumerate(written):
        seen += not character.isspace()
        if seen == length:
            return at + 1
    return len(written)


def valid_iban(iban: str) -> bool:
    """Tell whether an IBAN without spaces has its country's length and the right check digits."""
    if len(iban) != LENGTHS.get(iban[:2]) or not (iban.isascii() and iban.isalnum()):
        return False
    return int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 == 1
