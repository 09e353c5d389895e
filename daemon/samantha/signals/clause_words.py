"""Lengths of time in the words of contracts: "twenty-four (24) months", "drei Monaten"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from samantha.signals.calendar_words import NUMBERS, UNITS, Names, alternatives
from samantha.signals.day import later
from samantha.signals.passages import Span

_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}
_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_MORE = {
    "thirteen": 13,
    "sixteen": 16,
    "eighteen": 18,
    "twenty": 20,
    "forty": 40,
    "forty-five": 45,
    "fifty": 50,
    "sixty": 60,
    "seventy-five": 75,
    "ninety": 90,
    "one hundred twenty": 120,
    "one hundred and twenty": 120,
    "one hundred eighty": 180,
    "one hundred and eighty": 180,
    "achtzehn": 18,
    "vierundzwanzig": 24,
    "sechsunddreißig": 36,
    "neunzig": 90,
} | {f"{ten}-{one}": n + at for ten, n in _TENS.items() for at, one in enumerate(_ONES, 1)}
WORDS = NUMBERS | _MORE
_UNITS = Names(
    UNITS
    | {
        "jahres": "year",
        "monats": "month",
        "kalendermonate": "month",
        "kalendermonaten": "month",
        "werktage": "day",
        "werktagen": "day",
        "kalendertage": "day",
        "kalendertagen": "day",
        "quartal": "quarter",
        "quartale": "quarter",
        "quartalen": "quarter",
        "quarter": "quarter",
        "quarters": "quarter",
        "kalenderjahr": "year",
        "jahreszeitraum": "year",
    }
)
_BETWEEN = (
    r"(?:calendar|consecutive|additional|successive|further|business|working|full|contract|more"
    r"|weitere[nrs]?|volle[nrs]?|aufeinanderfolgende[nrs]?)"
)
_NUMBER = rf"(?:\d{{1,3}}|{alternatives(w.replace('-', '[- ]') for w in WORDS)})"
LENGTH = re.compile(
    rf"(?<![\w.,/-])(?P<number>{_NUMBER})(?:[\s-]{{0,3}}\(\s?(?P<figure>\d{{1,3}})\s?\)?)?\)?"
    rf"[\s~-]{{1,3}}(?:{_BETWEEN}[\s-]{{1,2}}){{0,2}}(?P<unit>{alternatives(_UNITS)})"
    r"(?![^\W\d_])(?! of )",
    re.IGNORECASE,
)
_ADVERBS = re.compile(
    r"(?<![^\W\d_])(?:(?P<year>annual(?:ly)?|yearly|year[- ]to[- ]year|jährlich(?:e[rnms]?)?)"
    r"|(?P<month>month[- ]to[- ]month|monthly|monatlich(?:e[rnms]?)?)"
    r"|(?P<quarter>quarterly|vierteljährlich(?:e[rnms]?)?)"
    r"|(?P<other>(?:um|for) (?:jeweils )?(?:an(?:other)?|ein(?:en)?|the) (?:additional |further "
    r"|weitere[nrs]? |same )?(?P<unit>year|month|jahr|monat)))(?![^\W\d_])",
    re.IGNORECASE,
)
_LETTER = {"day": "D", "week": "W", "month": "M", "quarter": "M", "year": "Y"}


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time and where it is said."""

    number: int
    unit: str
    """``day``, ``week``, ``month`` or ``year``."""
    span: Span

    @property
    def iso(self) -> str:
        """The length as an ISO 8601 duration in the unit that was said."""
        return f"P{self.number}{_LETTER[self.unit]}"

    def after(self, start: date) -> date | None:
        """Return the day that lies this length after another; None beyond a lifetime."""
        years = self.number if self.unit == "year" else self.number / 12 * (self.unit == "month")
        if years > 99:
            return None
        if years > 9:
            return _years_on(start, self)
        return later(start, self.number, self.unit)


def _years_on(start: date, length: Length) -> date | None:
    months = length.number * (12 if length.unit == "year" else 1)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    for day in (start.day, 28):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    return None


def lengths(text: str, start: int, end: int) -> Iterator[Length]:
    """Find the lengths of time between two places, in their order."""
    for match in LENGTH.finditer(text, start, end):
        number = _number(match["figure"] or match["number"])
        unit = _UNITS[match["unit"].lower()]
        if number and unit == "quarter":
            yield Length(3 * number, "month", match.span())
        elif number:
            yield Length(number, unit, match.span())


def adverbs(text: str, start: int, end: int) -> Iterator[Length]:
    """Find lengths that are said without a number: "annual", "month to month", "another year"."""
    for match in _ADVERBS.finditer(text, start, end):
        if match["quarter"]:
            yield Length(3, "month", match.span())
        elif match["other"]:
            unit = "year" if match["unit"].lower() in ("year", "jahr") else "month"
            yield Length(1, unit, match.span())
        else:
            yield Length(1, "year" if match["year"] else "month", match.span())


def _number(written: str) -> int:
    low = re.sub(r"\s+", " ", written.lower())
    if low.isdigit():
        return int(low)
    return WORDS.get(low) or WORDS.get(low.replace(" ", "-"), 0)
