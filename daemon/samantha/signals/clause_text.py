"""A contract's text as sentences, with its dates, whatever lines the page was broken into."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from samantha.signals.calendar_words import MONTHS, alternatives
from samantha.signals.dates import find_days
from samantha.signals.passages import Passages, Span

MAX_SENTENCES = 4_000
QUOTE = 600

_WRAPPED = re.compile(r"\s")
_END = re.compile(
    r"[.;!?][\"”’)]{0,2}\s+(?=[A-ZÄÖÜ0-9(\"“„•§–-])|\n[ \t]*\n\s*|\n(?=[ \t]*(?:[-*•–§]"
    r"|\d{1,2}[.)]\s))"
)
_NOT_AN_END = re.compile(
    r"(?:\b(?:\w|No|Nos|Nr|Inc|Ltd|Co|Corp|Sec|Art|St|Mr|Mrs|Ms|Dr|vs|approx|ca|bzw|Abs|inkl|ggf"
    r"|Ziff|i\.e|e\.g|z\.B|u\.a|Jan\w*|Feb\w*|Mar\w*|Apr\w*|Jun\w*"
    r"|Jul\w*|Aug\w*|Sept?\w*|O[ck]t\w*|Nov\w*|De[cz]\w*)|(?<![\d,])\b\d{1,2})\.$"
)
_LONG = re.compile(
    rf"(?<!\w)(?:(?P<month>{alternatives(MONTHS)})\.?\s{{1,4}}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?"
    rf"\s{{0,3}},?\s{{0,4}}(?P<year>(?:19|20)\d\d)"
    rf"|(?P<first>\d{{1,2}})(?:st|nd|rd|th|\.)?\s{{1,4}}(?:day\s{{1,4}})?(?:of[\s_-]{{1,90}})?"
    rf"(?P<second>{alternatives(MONTHS)})\.?\s{{0,2}},?\s{{1,4}}(?P<third>(?:19|20)\d\d))(?!\d)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """A date that a contract names, and where."""

    value: date
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Clauses:
    """A contract as the readers of its clauses look at it.

    ``flat`` is the text with every white space made a blank, so that offsets stay.
    """

    text: str
    flat: str
    sentences: tuple[Span, ...]
    days: tuple[Said, ...]
    language: str

    def days_in(self, start: int, end: int) -> list[Said]:
        """Return the dates between two places."""
        return [d for d in self.days if start <= d.start and d.end <= end]

    def said(self, span: Span) -> str:
        """Return a sentence on one line."""
        return self.flat[span[0] : span[1]]

    def quote(self, span: Span, start: int, end: int) -> Span:
        """Return a sentence, cut to 600 characters around what matters in it."""
        first, last = span
        if last - first > QUOTE:
            first = max(first, min(start, end - QUOTE))
            last = min(last, first + QUOTE)
        return first, last


def clauses_of(text: str, within: Passages, reference: date, language: str) -> Clauses:
    """Return the sentences of the passages and the dates in them."""
    flat = _WRAPPED.sub(" ", text)
    sentences: list[Span] = []
    for start, end in within:
        sentences += list(_sentences(text, start, end))[: MAX_SENTENCES - len(sentences)]
    return Clauses(text, flat, tuple(sentences), _days(flat, within, reference, language), language)


def _sentences(text: str, start: int, end: int) -> Iterator[Span]:
    first = start
    for match in _END.finditer(text, start, end):
        before = text[max(start, match.start() - 12) : match.start() + 1]
        if match[0].lstrip().startswith(".") and _NOT_AN_END.search(before):
            continue
        yield from _trimmed(text, first, match.end())
        first = match.end()
    yield from _trimmed(text, first, end)


def _trimmed(text: str, first: int, last: int) -> Iterator[Span]:
    while first < last and text[first].isspace():
        first += 1
    while last > first and text[last - 1].isspace():
        last -= 1
    if last - first >= 8:
        yield first, last


def _days(flat: str, within: Passages, reference: date, language: str) -> tuple[Said, ...]:
    found = [
        Said(d.value, d.start, d.end)
        for d in find_days(flat, within, reference, language)
        if not d.relative
    ]
    taken = [(d.start, d.end) for d in found]
    for start, end in within:
        for match in _LONG.finditer(flat, start, end):
            span = match.span()
            if any(a < span[1] and span[0] < b and b - a >= span[1] - span[0] for a, b in taken):
                continue
            value = _long(match)
            if value is not None:
                found.append(Said(value, *span))
    return tuple(sorted(found, key=lambda d: d.start))


def _long(match: re.Match[str]) -> date | None:
    month = MONTHS[(match["month"] or match["second"]).lower()]
    try:
        return date(
            int(match["year"] or match["third"]), month, int(match["day"] or match["first"])
        )
    except ValueError:
        return None
