"""When a bill is due: said as a date, or as terms that count from the bill's own date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from samantha.signals.bill_paper import Line, Paper
from samantha.signals.calendar_words import NUMBERS, UNITS, alternatives, count
from samantha.signals.day import Day, later
from samantha.signals.passages import Span, matches

_BY = r"(?:by|before|until|till|on or before|no later than|not later than)"
_LABEL = re.compile(
    r"(?<![^\W\d_])(?:"
    rf"(?<![a-z] )date due|due date|payment (?:date|deadline)|due (?:on|by|before)|due"
    rf"|payable {_BY}|last (?:date|day) (?:to pay|for payment)|pay(?:ment)? before"
    rf"|payment (?:is |must be )?(?:required|needed|requested|expected|made|received) {_BY}"
    rf"|payment {_BY}"
    rf"|pay {_BY}|(?:please |kindly |must be |to be )?(?:pay|paid|remit|transfer|settle"
    rf"|submit payment|make payment)\b[^.\n]{{0,60}}?\b{_BY}"
    r"|fälligkeit(?:sdatum|stag|stermin)?|fällig(?:e[rsn]?)?(?: am| bis(?: zum)?| zum| ist am)?"
    r"|zahlbar (?:[^.\n]{0,60}? )?(?:bis|am)(?: zum)?|zahlungs(?:ziel|frist|termin)|zahlung bis"
    r"|zu zahlen bis"
    r"|bis spätestens"
    r"|bitte bis(?: zum| am)?(?=[^\n]{2,24}?\d[^\n]{0,60}\b(?:überweisen|einzahlen|zahlen"
    r"|begleichen"
    r"|entrichten)\b)"
    r"|(?<!wir )(?:überweisen|überweisung|zahlen|bezahlen|begleichen"
    r"|einzahlen)\b[^.\n]{0,80}?\bbis(?: spätestens)?(?: zum| am)?"
    r"|(?:date d['’])?échéance|date limite de paiement|à (?:payer|régler) (?:avant|au plus tard)"
    r"|vencimiento|pagar antes|scadenza(?: pagamento)?|pagare entro|pagamento entro"
    r"|verval(?:datum|dag)|uiterste betaaldatum|(?:betalen|voldoen"
    r"|over te maken)\b[^.\n]{0,60}?\b(?:voor|vóór|uiterlijk)"
    r")(?![^\W\d_])",
    re.I,
)
_BETWEEN = re.compile(
    r"[\s:.\-–=|(]*(?:(?:is|on|by|am|zum|bis|den|the|le|el|il|op|del?|:) ){0,2}[\s:]*"
)
_DUE_AFTER = re.compile(
    r"[\s,]{0,3}(?:(?:ist |wird |is )?(?:zur zahlung )?(?:fällig|due)(?! ?(?:date|on|by|:))"
    r"|(?:rein )?netto|ohne abzug|net"
    r"|zu (?:entrichten|(?:be)?zahlen|überweisen|begleichen))(?![^\W\d_])",
    re.I,
)
_OWED = re.compile(
    r"(?<![^\W\d_])(?:due|payable|to pay|owed|zu zahlen|fällig|zahlbar)[\s:]{0,3}$", re.I
)
_ON = re.compile(r"[\s,]{0,3}(?:is |due ){0,2}(?:on|by|before|until|am|bis(?: zum)?)\s", re.I)
_NUMBER = r"\d{1,3}|" + alternatives(NUMBERS)
_UNIT = alternatives(UNITS)
_TERMS = re.compile(
    rf"(?<!\w)(?:net (?P<net>\d{{1,3}})(?: days)?(?!\w|[.,%]\d)"
    rf"|(?P<plain>{_NUMBER}) (?P<plain_unit>days|tagen?|jours|dagen|giorni|días) (?:net(?:to"
    rf"|s)?\b|rein\b|ohne abzug|fin de mois)"
    rf"|(?:within|innerhalb(?: von)?|innert|binnen|sous|dans(?: les)?|entro|dentro de"
    rf"|in) (?P<n>{_NUMBER}) (?P<unit>{_UNIT})"
    rf"|(?:terms|payment terms|zahlungsziel|zahlungsbedingungen|conditions de paiement"
    rf"|betalingstermijn)\s?:?\s{{1,3}}(?P<t>{_NUMBER}) (?P<t_unit>{_UNIT}))(?!\w)",
    re.I,
)
_AT_ONCE = re.compile(
    r"(?<!\w)(?:(?:due|payable)(?: immediately|(?: up)?on receipt)|sofort (?:fällig|zahlbar)"
    r"|zahlbar sofort"
    r"|paiement (?:immédiat|à réception|comptant)|per direct te betalen)(?!\w)",
    re.I,
)
_PAYING = re.compile(
    r"\bpay|settle|remit|transfer|zahl(?!reich)|überweis|begleich|netto|\bnet\b|\bdue\b|fällig"
    r"|règl|paie|\bbetal|voldoen|pagar|pagament",
    re.I,
)
_ISSUED = re.compile(
    r"(?<![^\W\d_])(?:(?:invoice|bill|billing|issue|statement) date|tax point|date of (?:issue"
    r"|invoice)"
    r"|issued (?:on|at)"
    r"|rechnungsdatum|beleg-?datum|datum|date de (?:la )?facture|facture .{0,30}du|factuurdatum"
    r"|data fattura|fecha de factura"
    r"|(?:rechnung|invoice|facture|factuur)\b.{0,40}? (?:vom|von|dated|du|van)|date)(?![^\W\d_])",
    re.I,
)
_DOUBTFUL = re.compile(
    r"würde|wenn|falls|sofern|\bif\b|\bwould\b|objection|einwände|widerspruch|kündig|cancel"
    r"|return|umtausch|skonto|discount|\bregister\b|% off|early[- ]bird|\bsave\b|frühbucher|anmeld",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Due:
    """A due date, what says so, and how sure it is."""

    value: date
    span: Span
    confidence: float


def find_due(paper: Paper) -> Due | None:
    """Return the best due date, or None."""
    said = [*_labelled(paper), *_said_after(paper), *_after_amount(paper)]
    return max(said, key=lambda d: _order(d, paper), default=None) or next(_terms(paper), None)


def _order(due: Due, paper: Paper) -> tuple[float, int]:
    """Put the surest first; a reminder names the old day and the new one, and means the new."""
    ahead = 0.05 if due.value >= paper.reference else 0.0
    return due.confidence + ahead, -due.span[0]


def _labelled(paper: Paper) -> Iterator[Due]:
    for match in matches(_LABEL, paper.text, paper.within, 80):
        place = _BETWEEN.match(paper.text, match.end())
        reach = place.end() if place else match.end()
        near = [d for d in paper.days_in(match.end(), reach + 40) if d.start <= reach + 2]
        if near and near[0].relative and _TERMS.match(paper.text, near[0].start):
            # "Within 30 days" counts from the bill's own date.
            continue
        if near:
            yield _due(paper, match, near[0].value, near[0].end, near[0].confidence)
            continue
        yield from _in_columns(paper, match)


def _due(
    paper: Paper, match: re.Match[str], value: date, end: int, confidence: float, trust: float = 1
) -> Due:
    around = paper.text[max(0, match.start() - 120) : end + 60]
    if _DOUBTFUL.search(around):
        trust *= 0.8
    if match[0].lower() in ("due", "date due") or "\n" in paper.text[match.end() : end]:
        trust *= 0.97
    return Due(value, (match.start(), end), round(confidence * trust, 3))


def _in_columns(paper: Paper, match: re.Match[str]) -> Iterator[Due]:
    """Read a label whose date is in another line: below it, or in a block of values."""
    number = paper.line_at(match.start())
    if number < 0:
        return
    line = paper.lines[number]
    beside = paper.value_line(number)
    if beside is not None:
        for day in paper.days_in(beside.start, beside.end)[:1]:
            yield Due(day.value, day.span, round(day.confidence * 0.95, 3))
        return
    if len(line.bare) > 120 or any(c.isdigit() for c in line.text[match.end() - line.start :]):
        return
    for below in paper.below(number):
        days = paper.days_in(below.start, below.end)
        if days:
            yield _below(line, match, days)
            return
        if len(below.bare) > 60:
            return


def _below(line: Line, match: re.Match[str], days: list[Day]) -> Due:
    """Take the date in the row under a row of labels: the one in the label's own place."""
    before = line.text[: match.start() - line.start].lower()
    earlier = len(re.findall(r"dat(?:e|um)\b|échéance|scadenza", before))
    day = days[min(earlier, len(days) - 1)]
    return Due(day.value, day.span, round(day.confidence * 0.9, 3))


def _said_after(paper: Paper) -> Iterator[Due]:
    for day in paper.days:
        after = _DUE_AFTER.match(paper.text, day.end, min(len(paper.text), day.end + 40))
        if after is not None and not day.relative:
            yield Due(day.value, (day.start, after.end()), day.confidence)


def _after_amount(paper: Paper) -> Iterator[Due]:
    """Read "amount due £178.00 on 1 December": the label, the amount, then the day."""
    for money in paper.figures:
        label = _OWED.search(paper.text, max(0, money.start - 30), money.start)
        place = _ON.match(paper.text, money.end, min(len(paper.text), money.end + 30))
        if label is None or place is None:
            continue
        for day in paper.days_in(place.start(), place.end() + 40):
            if day.start <= place.end() + 2:
                yield Due(day.value, (label.start(), day.end), round(day.confidence * 0.97, 3))
            break


def _terms(paper: Paper) -> Iterator[Due]:
    """Count terms such as "net 30" from the bill's date, or from the day it came."""
    issued = issue_date(paper)
    base = issued or paper.reference
    found: list[tuple[int, Due]] = []
    for match in matches(_TERMS, paper.text, paper.within, 40):
        around = paper.text[max(0, match.start() - 80) : match.end() + 80]
        if not (match["net"] or match["plain"] or match["t"]) and not _PAYING.search(around):
            continue
        before = re.split(
            r"[,;.]|\b(?:oder|or)\b", paper.text[max(0, match.start() - 80) : match.start()]
        )
        if _DOUBTFUL.search(before[-1] + paper.text[match.start() : match.end() + 20]):
            continue
        unit = match["unit"] or match["plain_unit"] or match["t_unit"] or "days"
        number = count(match["n"] or match["plain"] or match["net"] or match["t"])
        value = later(base, number, UNITS[unit.lower()])
        if value is not None:
            found.append((number, Due(value, match.span(), 0.8 if issued else 0.7)))
    if found:
        yield max(found, key=lambda f: f[0])[1]
        return
    for match in matches(_AT_ONCE, paper.text, paper.within, 1):
        yield Due(base, match.span(), 0.6)


def issue_date(paper: Paper) -> date | None:
    """Return the date that the bill bears, or None."""
    for match in matches(_ISSUED, paper.text, paper.within, 40):
        before = paper.text[max(0, match.start() - 12) : match.start()].lower()
        if before.rstrip(" -").endswith(("due", "delivery", "order", "leistungs", "liefer")):
            continue
        place = _BETWEEN.match(paper.text, match.end())
        reach = place.end() if place else match.end()
        near = [d for d in paper.days_in(match.end(), reach + 40) if d.start <= reach + 2]
        if near and not near[0].relative:
            return near[0].value
    return None
