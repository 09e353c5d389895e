"""The total of a receipt and who gave it: what a till prints, and what a scan makes of it.

A scan tears lines apart, so a figure may stand on the line below its label. What was given less
what was returned proves a total; otherwise the last and most final of the labels counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from samantha.api.types import Signal
from samantha.signals.amounts import find_money, main_currency, read_number
from samantha.signals.passages import Passages, Span, seen

_BLOCK = 12
"""Labels that a scan puts below each other at most."""
MOST = 6_000
"""Code points of the longest text that is taken for one receipt."""
_TILL = re.compile(
    r"(?i)\b(?:receipt|tax invoice|cashier|cash|change|thank you|tender(?:ed)?|qty|table no|pos no"
    r"|visa|mastercard|debit card|sub-?total|goods sold|gst|guest check|kassenbon|kassenbeleg|beleg"
    r"|bar|gegeben|rückgeld|zurück|mwst|ec-?karte|bon|quittung|ticket de caisse|caisse|rendu"
    r"|espèces|scontrino|contanti|resto|efectivo|cambio|kassabon|wisselgeld)\b"
)
_BILL = re.compile(
    r"(?i)\b(?:due date|amount due|please pay|payable (?:by|within)|iban|fällig|zahlbar bis"
    r"|überweisen|payment terms)\b"
)
_FIGURE = re.compile(
    r"(?<![\d.,:/])(?P<unit>RM|[A-Z]{3}|[$€£¥])? ?(?P<number>\d{1,3}(?:[, ']\d{3})+[.,]\d\d"
    r"|\d{1,7}[.,]\d\d)(?![\d/:]|[.,]\d| ?%)"
)
_LABEL = re.compile(
    r"(?i)(?<![^\W\d_])(?:(?P<final>(?:grand|nett?|rounded|final|bill|invoice) (?:total|amount)"
    r"|total (?:\(?(?:rounded|nett?|payable|due|bill|to pay)|amt payable|amount payable"
    r"|after (?:rounding|rounded|adj))"
    r"|(?:total|amount)(?: sales| amount| amt)? \(?incl\w*[^\d\n]{0,24}|(?:amount|balance) due"
    r"|total after|zu zahlen|gesamt(?:betrag|summe)?|endbetrag|rechnungsbetrag|net à payer"
    r"|total ttc|à payer|totale complessivo|importo pagato|te betalen|total a pagar|total facture)"
    r"|(?P<plain>total|totale|summe|totaal|suma|betrag|montant|tota1|t0tal)"
    r"|(?P<weak>amount|amt|sum|balance))(?![^\W\d_])"
)
_PART = re.compile(
    r"(?i)sub-? ?t[o0]t|zwischensumme|\bqty\b|quantity|\bitems?\b|pcs|discount|rabatt|saving|saved"
    r"|(?<!incl )(?<!incl\. )(?<!with )(?<!inclusive of )(?<!including )(?<!\(incl )"
    r"\b(?:gst|tax|vat|mwst|ust|tva|iva|sst)\b(?! ?(?:\d ?%)?\s?(?:incl|inkl))|excl|exkl|before"
    r"|included (?:gst|tax|vat)|netto|points?|rounding(?! ?adjusted)|change|ohne|\bht\b|service"
)
_INSIDE = re.compile(r"(?i)includ(?:ed|es|ing)? (?:\d ?% )?(?:gst|tax|vat)\b|enthalten")
_INCLUDED = re.compile(r"(?i)incl|inkl|after (?:tax|gst)|with (?:tax|gst)|ttc|\bpayable\b|\bdue\b")
_GIVEN = re.compile(
    r"(?i)^\W*(?:cash|tender\w*|paid|payment|amount (?:paid|tendered)|cash (?:paid|received|tender)"
    r"|visa\w*|master\w*|bar|gegeben|espèces|contanti|efectivo|contant)\b"
)
_BACK = re.compile(
    r"(?i)^\W*(?:change(?: due)?|rückgeld|zurück|rendu|resto|cambio|wisselgeld|chg)\b"
)
_SUMMARY = re.compile(
    r"(?i)(?:gst|tax|vat|mwst|sst) (?:summary|analysis|code|rate)|summary|steuersatz"
)
_ROUNDED = re.compile(r"(?i)round(?:ing|ed)|rnd|rundung")
_COMPANY = re.compile(
    r"(?i)\b(?:sdn\.? ?bhd|s/b|bhd|gmbh|ag|kg|ohg|ltd|limited|inc|llc|plc|co|s\.?a\.?r\.?l|s\.?a"
    r"|s\.?r\.?l|b\.?v|enterprise|trading|restaurant|store|shop|market|mart|bakery|café|cafe)\b\.?"
)


@dataclass(frozen=True, slots=True)
class _Row:
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class _Figure:
    amount: Decimal
    span: Span


@dataclass(frozen=True, slots=True)
class _Total:
    amount: Decimal
    rank: int
    span: Span


def receipt(text: str, within: Passages, known: Sequence[Signal]) -> Iterator[Signal]:
    """Return the total of a receipt as an ``amount`` with its role, and who gave it."""
    if len(text) > MOST or not within or _BILL.search(text):
        return
    if len({m[0].lower() for m in _TILL.finditer(text)}) < 2:
        return
    rows = _rows(text, within)
    total = _proved(rows) or max(_labelled(rows), key=lambda t: (t.rank, t.span), default=None)
    if total is None or not total.amount:
        return
    total = _rounded(rows, total)
    value = {
        "amount": str(total.amount.quantize(Decimal("0.01"))),
        "currency": _currency(text, within),
        "role": "total",
    }
    yield seen(text, "amount", value, total.span, 0.97 if total.rank > 4 else 0.93)
    if not any(s.kind == "issuer" for s in known):
        yield from _giver(text, rows)


def _rows(text: str, within: Passages) -> list[_Row]:
    found: list[_Row] = []
    for low, high in within:
        at = low
        for line in text[low:high].split("\n"):
            found.append(_Row(line, at))
            at += len(line) + 1
    return found


def _figure(rows: Sequence[_Row], number: int, at: int) -> _Figure | None:
    """Return the figure of a label: the last behind it, else one alone on the next lines.

    Where a scan has put labels below each other and their figures after them, the first figure is
    the first label's, and so on.
    """
    beside = _figures(rows[number], at)
    if beside:
        return beside[-1]
    before = number
    while before and number - before < _BLOCK and _is_label(rows[before - 1]):
        before -= 1
    after = number + 1
    high = min(len(rows), number + _BLOCK)
    while after < high and (_is_label(rows[after]) or not rows[after].text.strip(" :RM")):
        after += 1
    labels = [n for n in range(before, after) if _is_label(rows[n])]
    place = labels.index(number) if number in labels else 0
    below: list[_Figure] = []
    for row in rows[after : after + len(labels) + 1]:
        alone = _figures(row, 0)
        if len(alone) != 1 or re.search(r"[^\W\d_]{3,}", row.text):
            break
        below += alone
    return below[place] if len(below) >= len(labels) > place else below[0] if below else None


def _figures(row: _Row, at: int) -> list[_Figure]:
    found = []
    for match in _FIGURE.finditer(row.text, at):
        amount = read_number(match["number"])
        if amount is not None:
            found.append(_Figure(amount, (row.start + match.start(), row.start + match.end())))
    return found


def _is_label(row: _Row) -> bool:
    """Tell whether a row names a sum and gives none."""
    named = _LABEL.search(row.text) or _GIVEN.match(row.text) or _BACK.match(row.text)
    other = _ROUNDED.search(row.text) or _PART.search(row.text)
    return bool(named or other) and len(row.text) <= 40 and not _FIGURE.search(row.text)


def _labelled(rows: Sequence[_Row]) -> Iterator[_Total]:
    rounded = summed = False
    for number, row in enumerate(rows):
        summed = summed or bool(_SUMMARY.search(row.text))
        for match in _LABEL.finditer(row.text):
            told = row.text[: match.end() + 24]
            if _PART.search(told) and (_INSIDE.search(told) or not _INCLUDED.search(told)):
                continue
            figure = _figure(rows, number, match.end())
            if figure is None:
                continue
            rank = 3 if match["final"] else 2 if match["plain"] else 0
            rank += bool(rounded and rank) - 3 * summed
            yield _Total(figure.amount, rank, figure.span)
            break
        rounded = rounded or bool(_ROUNDED.search(row.text))


def _proved(rows: Sequence[_Row]) -> _Total | None:
    """Return the total that is what was given less what was returned."""
    given = [f for n, r in enumerate(rows) if _GIVEN.match(r.text) and (f := _figure(rows, n, 0))]
    back = [f for n, r in enumerate(rows) if _BACK.match(r.text) and (f := _figure(rows, n, 0))]
    told = {t.amount: t.span for t in _labelled(rows) if t.rank > -3}
    for paid in given[:20]:
        for returned in back[:20]:
            total = paid.amount - returned.amount
            if total > 0 and total in told:
                return _Total(total, 9, told[total])
    if not any(_BACK.match(r.text) for r in rows):
        return None
    every = [f for r in rows for f in _figures(r, 0)]
    for one, paid, returned in zip(every, every[1:], every[2:], strict=False):
        if 0 < one.amount == paid.amount - returned.amount and paid.amount > returned.amount:
            return _Total(one.amount, 8, one.span)
    return None


def _rounded(rows: Sequence[_Row], total: _Total) -> _Total:
    """Return the total as it is paid in coins, where the receipt says that it was rounded."""
    if total.rank > 4 or not any(_ROUNDED.search(r.text) for r in rows):
        return total
    for figure in (f for r in reversed(rows) for f in _figures(r, 0)):
        near = 0 < abs(figure.amount - total.amount) < Decimal("0.05")
        if near and figure.amount % Decimal("0.05") == 0:
            return _Total(figure.amount, 5, figure.span)
    return total


def _currency(text: str, within: Passages) -> str:
    units = {m["unit"] for m in _FIGURE.finditer(text) if m["unit"]}
    if "RM" in units or re.search(r"\bRM\b", text):
        return "MYR"
    return main_currency(text, within, find_money(text, within))


def _giver(text: str, rows: Sequence[_Row]) -> Iterator[Signal]:
    """Return the name at the head: the first line with a company's ending, else the first."""
    head = [r for r in rows[:8] if len(re.findall(r"[^\W\d_]", r.text)) >= 4][:5]
    named = next((r for r in head if _COMPANY.search(r.text)), head[0] if head else None)
    if named is not None:
        name = named.text.strip(" *.-")
        start = named.start + named.text.index(name)
        sure = 0.75 if _COMPANY.search(name) else 0.5
        yield seen(text, "issuer", name[:120], (start, start + len(name[:120])), sure)
