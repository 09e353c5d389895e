"""A document looked at as a bill: its lines, dates and figures, and which value a label has.

Text out of a PDF keeps neither columns nor cells. A value stands beside its label, below it, in
the row under a row of labels, or in a block of values beside a block of labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from samantha.signals.amounts import Money
from samantha.signals.day import Day
from samantha.signals.passages import Passages, Span

MAX_LINES = 1_500
MAX_LINE = 400

_LABEL = re.compile(
    r"\s*(?:(?:invoice|bill|due|issue|payment|order|po|customer|account|tax|sub|grand|balance"
    r"|net)\b.{0,18}"
    r"|date|amount|total|number|terms|reference|vat|tax|shipping|discount|amount paid"
    r"|(?:rechnungs?|kunden|liefer|zahlungs|auftrags|bestell|beleg)[\w-]{0,14}\.?|datum|betrag"
    r"|summe"
    r"|gesamtbetrag|fällig\w*|mwst\.?|netto|brutto"
    r"|(?:date|numéro|n°|montant|total) ?.{0,18}|échéance|factuur\w+|vervaldatum|totaal)\s*",
    re.I,
)
_DATED = re.compile(r"dat|due|fällig|échéance|verval|scaden|venc", re.I)
_SUMMED = re.compile(r"total|amount|balance|betrag|summe|tax|mwst|montant|netto|brutto", re.I)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the text and where it stands."""

    start: int
    end: int
    text: str

    @property
    def bare(self) -> str:
        """The line without white space around it."""
        return self.text.strip()


@dataclass(frozen=True, slots=True)
class Paper:
    """What the readers of a bill's fields look at."""

    text: str
    within: Passages
    lines: tuple[Line, ...]
    days: tuple[Day, ...]
    figures: tuple[Money, ...]
    currency: str
    reference: date
    language: str
    pairs: dict[int, int]
    """For a line that is a label in a block of labels: the line with its value."""

    def days_in(self, start: int, end: int) -> list[Day]:
        """Return the dates between two places."""
        return [d for d in self.days if start <= d.start and d.end <= end]

    def figures_in(self, start: int, end: int) -> list[Money]:
        """Return the amounts between two places that are no part of a date."""
        dates = self.days_in(start - 20, end + 20)
        return [
            m
            for m in self.figures
            if start <= m.start
            and m.end <= end
            and not any(d.start < m.end and m.start < d.end for d in dates)
        ]

    def line_at(self, place: int) -> int:
        """Return the number of the line that holds a place, or -1."""
        low, high = 0, len(self.lines) - 1
        while low <= high:
            middle = (low + high) // 2
            line = self.lines[middle]
            if place < line.start:
                high = middle - 1
            elif place > line.end:
                low = middle + 1
            else:
                return middle
        return -1

    def below(self, number: int, reach: int = 2) -> list[Line]:
        """Return the next lines that are not empty."""
        found = []
        for line in self.lines[number + 1 : number + 1 + reach * 2]:
            if line.bare:
                found.append(line)
                if len(found) == reach:
                    break
        return found

    def value_line(self, number: int) -> Line | None:
        """Return the line with the value of a label that stands in a block of labels."""
        at = self.pairs.get(number)
        return None if at is None else self.lines[at]


_NUMERIC = re.compile(r"(?<![\d/-])(\d{1,2})([/-])(\d{1,2})\2(?:(?:19|20)\d\d|\d\d)$")
_SURE = 0.8
"""Above this the currency has told the order; two figures of a year cost a little."""
_NEAR_BEFORE, _NEAR_AFTER = 40, 100
"""Days around the one on which a bill came: it was written shortly before, and is due soon."""


def in_order(days: tuple[Day, ...], text: str, reference: date, language: str) -> tuple[Day, ...]:
    """Return a bill's dates with 4/12/2026 read in the order that puts them near its coming.

    Only where the language leaves the order open and no other date of the bill settles it. What the
    currency says stands unless it puts every date far off.
    """
    if language not in ("", "en"):
        return days
    open_ones: dict[int, date] = {}
    for day in days:
        match = _NUMERIC.search(text, day.start, day.end)
        if match is None:
            continue
        if max(int(match[1]), int(match[3])) > 12:
            return days
        if int(match[1]) != int(match[3]):
            open_ones[day.start] = day.value.replace(month=day.value.day, day=day.value.month)
    known = any(d.confidence >= _SURE for d in days if d.start in open_ones)
    read = sum(_near(d.value, reference) for d in days if d.start in open_ones)
    swapped = sum(_near(one, reference) for one in open_ones.values())
    if read == swapped or (known and read):
        return days
    return tuple(
        replace(
            d,
            value=open_ones[d.start] if swapped > read else d.value,
            confidence=max(d.confidence, 0.85),
        )
        if d.start in open_ones
        else d
        for d in days
    )


def _near(day: date, reference: date) -> int:
    """Weigh how well a day fits: what lies ahead counts twice."""
    away = (day - reference).days
    return 2 * (0 <= away <= _NEAR_AFTER) + (-_NEAR_BEFORE <= away < 0)


def lines_of(text: str, within: Passages) -> tuple[Line, ...]:
    """Return the lines of the passages, bounded in number and length."""
    found: list[Line] = []
    for start, end in within:
        place = start
        while place < end and len(found) < MAX_LINES:
            stop = text.find("\n", place, end)
            stop = end if stop < 0 else stop
            found.append(Line(place, stop, text[place : min(stop, place + MAX_LINE)]))
            place = stop + 1
    return tuple(found)


def paired(
    lines: tuple[Line, ...], days: Iterable[Day], figures: Iterable[Money]
) -> dict[int, int]:
    """Match blocks of labels with the block of as many values above or below."""
    dated = {d.start for d in days}
    summed = {m.start for m in figures}
    pairs: dict[int, int] = {}
    at = 0
    while at < len(lines):
        stop = at
        while stop < len(lines) and _is_label(lines[stop].bare):
            stop += 1
        if stop - at >= 2:
            pairs |= _beside(lines, range(at, stop), dated, summed)
        at = max(stop, at + 1)
    return pairs


def _is_label(bare: str) -> bool:
    if not 2 <= len(bare) <= 40:
        return False
    return bare.endswith(":") or (_LABEL.fullmatch(bare) is not None and not bare[-1].isdigit())


def _beside(
    lines: tuple[Line, ...], labels: range, dated: set[int], summed: set[int]
) -> dict[int, int]:
    best: dict[int, int] = {}
    most = 0
    for first in (labels.start - len(labels), labels.stop):
        if first < 0 or first + len(labels) > len(lines):
            continue
        pairs = {label: first + i for i, label in enumerate(labels)}
        fitting = sum(_fits(lines[a], lines[b], dated, summed) for a, b in pairs.items())
        if fitting > most:
            best, most = pairs, fitting
    return best


def _fits(label: Line, value: Line, dated: set[int], summed: set[int]) -> bool:
    first = value.start + len(value.text) - len(value.text.lstrip())
    if _DATED.search(label.bare) and first in dated:
        return True
    return _SUMMED.search(label.bare) is not None and first in summed


def span_of(line: Line) -> Span:
    """Return where the bare text of a line stands."""
    lead = len(line.text) - len(line.text.lstrip())
    return line.start + lead, line.start + lead + len(line.bare)
