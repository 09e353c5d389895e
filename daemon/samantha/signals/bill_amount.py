"""What a bill asks for: the gross amount payable, not its parts and not an older balance."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from samantha.signals.amounts import Money
from samantha.signals.bill_paper import Line, Paper
from samantha.signals.passages import Span, matches

_DUE = (
    r"(?:total |balance |payment |net )?amount (?:now |currently )?(?:due|payable|owed"
    r"|outstanding|to pay)"
    r"|(?:total|balance|payment|sum|now) (?:now )?due|due payable|due now|total (?:payable|to pay"
    r"|to be paid)|amount to be paid"
    r"|(?:outstanding|statement) (?:amount|balance)|new balance|current balance|you owe"
    r"|patient (?:responsibility|balance)|balance(?= ?(?:of|:|\())|to pay"
    r"|please pay|residual"
    r"|zahl(?:ungs)?betrag|zu (?:zahlen|überweisen|begleichen)(?:d?e[rns]? (?:gesamt)?(?:betrag"
    r"|beitrag|summe))?|überweisungsbetrag"
    r"|(?:offener|fälliger|noch offener) (?:rechnungs)?betrag|noch zu zahlen|restbetrag"
    r"|nach(?:zahlung(?:sbetrag)?|forderung)|verwarnungsgeld|bußgeld"
    r"|forderungsbetrag|(?:gesamt)?forderung"
    r"|(?:solde|reste|somme|montant|total|net) (?:total )?(?:à payer|dû|à régler)|total dû"
    r"|(?:importe|total) a pagar|(?:totale|importo|netto) (?:da|a) pagare"
    r"|(?:totaal )?te (?:betalen|voldoen)|openstaand(?: bedrag)?"
)
_GROSS = (
    r"grand total|(?:invoice|bill|order) (?:total|amount)|total (?:invoice )?(?:amount|value"
    r"|incl\w*|inc\.?|gross|ttc)|gross (?:total|amount)"
    r"|total for this (?:invoice|bill|order)|amount incl\w*"
    r"|rechnungs(?:end)?(?:betrag|summe|beitrag)|end(?:betrag|summe)|gesamt(?:betrag|summe"
    r"|preis)?|brutto(?:betrag|summe)|summe (?:inkl|brutto)\w*|betrag inkl\w*"
    r"|(?:total|montant) t\.?t\.?c\.?|total (?:facture|général)|totale (?:fattura|documento"
    r"|complessivo)|total factura|importe total"
    r"|totaal(?:bedrag)?|eindtotaal|factuurbedrag|te factureren"
)
_SOME = r"total|summe|totale|betrag|amount|sum|montant"
_LABEL = re.compile(
    rf"(?<![^\W\d_])(?:(?P<due>{_DUE})|(?P<gross>{_GROSS})|(?P<some>{_SOME}))(?![^\W\d_])", re.I
)
_PARTS = re.compile(
    r"sub-? ?tot|zwischensumme|positionssumme|warenwert|\bnet(?:to\w*)?\b|excl|exkl|\bohne\b"
    r"|\bht\b|hors tax|before (?:tax|vat)"
    r"|\bvat\b|\bgst\b|\btax(?:es)?\b|mwst|\bust\b|steuer|\bbtw\b|\btva\b|\biva\b"
    r"|\bunit\b|quantity|\bitems?\b|shipping|versand|zuschl|abschl|rabatt|discount|saving"
    r"|\bcredits?\b|gutschein|skonto",
    re.I,
)
_OLD = re.compile(
    r"previous|prior|last (?:bill|invoice|statement(?! balance)|month|payment)"
    r"|brought forward|vorherig|vorjahr|letzte[rn]?"
    r"|\bpaid\b|bezahlt|gezahlt|anzahlung|acompte|received|erhalten|minimum"
    r"|(?<!incl )(?<!incl\. )(?<!including )late fee"
    r"|(?<!inkl )(?<!inkl\. )(?<!inklusive )mahngebühr"
    r"|limit|if paid|available|\bloan\b|principal|opening|payoff"
    r"|\bafter (?:the )?(?:due|\d|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\b)"
    r"|nach (?:dem )?(?:fälligkeit|\d)",
    re.I,
)
_WITH_TAX = re.compile(
    r"incl|inkl|inc\.|\bttc\b|t\.t\.c|brutto|gross|including|inclus|mit mwst", re.I
)
_DUE_AFTER = re.compile(
    r"(?: (?:for|für) [^.\n]{1,30}?)?[ \n]{0,2}(?:(?:and |which |that )?"
    r"(?:is|are|will be|ist|sind|wird|werden|becomes)\b[^.\n]{0,24}?\b(?:due|payable"
    r"|fällig)\b|due\b|fällig\b)",
    re.I,
)
_PAY = re.compile(
    r"(?<![^\W\d_])(?<!we )(?<!will )(?<!ll )(?<!I )(?<!they )(?<!who )(?<!not )(?:pay|remit"
    r"|transfer|settle|überweisen sie|zahlen sie|begleichen sie|veuillez (?:payer|régler|virer)"
    r"|berechnen? (?:ich|wir) ihnen"
    r"|bedrag van|amount of|total of|sum of|betrag (?:von|in höhe von|über)|in höhe von"
    r"|montant de|(?:invoice|bill|rechnung|mahnung)\b(?:[^.,;:\n]|(?<=\d)\.){0,50}?\b(?:for|of"
    r"|über|von))(?![^\W\d_])",
    re.I,
)

_MINIMUM = re.compile(r"minimum|mindest", re.I)
_PAYING = re.compile(
    r"\bpay|invoice|\bbill|remit|transfer|instal|premium|rechnung|überweis|zahl(?!reich)|beitrag"
    r"|abschlag|gebühr|begleich|facture|factuur|fattura",
    re.I,
)
_BACK = re.compile(
    r"guthaben|erstatt|gutschrift|auszahl|refund|reimburs|credit balance|rewards?\b|cash ?back",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Payable:
    """An amount that is asked for, and how sure it is."""

    money: Money
    span: Span
    confidence: float


def find_payable(paper: Paper) -> tuple[Payable | None, Payable | None]:
    """Return the best amount that is not zero, and a zero that a bill gives as due."""
    found = [*_labelled(paper), *_in_prose(paper)]
    zero = next((p for p in found if not p.money.amount and p.confidence >= 0.9), None)
    some = [p for p in found if p.money.amount] or list(_under_heads(paper))
    best = max(some, key=_order, default=None)
    return best, zero


def _order(one: Payable) -> tuple[float, bool, int]:
    return one.confidence, bool(one.money.currency), one.span[0]


def _labelled(paper: Paper) -> Iterator[Payable]:
    for match in matches(_LABEL, paper.text, paper.within, 300):
        number = paper.line_at(match.start())
        if number < 0:
            continue
        line = paper.lines[number]
        due = match["due"] is not None
        money = _value(paper, number, match, last=not due)
        if money is None:
            continue
        confidence = 0.95 if due else 0.85 if match["gross"] else 0.7
        stop = money.start if line.start <= money.start <= line.end else match.end() + 24
        label = paper.text[max(line.start, match.start() - 40) : min(stop, line.end)]
        if _OLD.search(label) or (_PARTS.search(label) and not _exempt(label, due)):
            continue
        start = min(match.start(), money.start)
        yield Payable(money, (start, max(match.end(), money.end)), confidence)


def _exempt(label: str, due: bool) -> bool:
    """Tell whether a label that names a tax means the sum with it."""
    if _WITH_TAX.search(label):
        return not re.search(r"sub-? ?tot|zwischensumme", label, re.I)
    return due and not re.search(r"\btax(?:es)?\b|steuer|\bvat\b|mwst", label, re.I)


def _value(paper: Paper, number: int, match: re.Match[str], last: bool) -> Money | None:
    """Return the figure that belongs to a label: beside it, or in the line below."""
    line = paper.lines[number]
    reach = line.end if len(line.text) <= 120 else min(line.end, match.end() + 70)
    beside = paper.figures_in(match.end(), reach)
    if beside:
        return beside[-1] if last and len(line.text) <= 120 else beside[0]
    block = paper.value_line(number)
    if block is not None:
        return next(iter(paper.figures_in(block.start, block.end)), None)
    under = _under_row(paper, number)
    if under is not None:
        return under
    rest = line.text[match.end() - line.start :].strip(" \t:.")
    before = line.text[: match.start() - line.start].strip()
    if len(rest) > 16 or len(before) > 24 or any(c.isdigit() for c in rest):
        return None
    for below in paper.below(number, 1):
        figures = paper.figures_in(below.start, below.end)
        if figures and len(below.bare) - (figures[0].end - figures[0].start) <= 6:
            return figures[0]
    return None


def _under_row(paper: Paper, number: int) -> Money | None:
    """Return the one amount in the row under a row of heads that have no figures themselves."""
    line = paper.lines[number]
    if len(line.bare.split()) < 4 or len(line.bare) > 120 or re.search(r"\d", line.bare):
        return None
    for below in paper.below(number, 1):
        named = [m for m in paper.figures_in(below.start, below.end) if m.currency]
        words = re.findall(r"[^\W\d_]{3,}", below.bare)
        return named[0] if len(named) == 1 and len(words) <= 4 else None
    return None


def _in_prose(paper: Paper) -> Iterator[Payable]:
    for money in paper.figures:
        if not money.currency:
            continue
        after = _DUE_AFTER.match(paper.text, money.end, min(len(paper.text), money.end + 60))
        before = paper.text[max(0, money.start - 24) : money.start]
        if after is not None and not _MINIMUM.search(before):
            yield Payable(money, (money.start, after.end()), 0.82)
    for match in matches(_PAY, paper.text, paper.within, 60):
        near = [m for m in paper.figures_in(match.end(), match.end() + 70) if m.currency]
        between = paper.text[match.end() : near[0].start] if near else ""
        if near and not re.search(r"[.!?]\s|\n\s*\n", between) and not _OLD.search(between):
            yield Payable(near[0], (match.start(), near[0].end), 0.75)


def _under_heads(paper: Paper) -> Iterator[Payable]:
    """Read the last figure of the rows under a row of heads that ends in a total."""
    for match in matches(_LABEL, paper.text, paper.within, 60):
        number = paper.line_at(match.start())
        line: Line | None = paper.lines[number] if number >= 0 else None
        if line is None or line.text[match.end() - line.start :].strip(" :/€$£"):
            continue
        if len(line.bare.split()) < 3 or paper.figures_in(line.start, line.end):
            continue
        last: Money | None = None
        for below in paper.lines[number + 1 : number + 9]:
            figures = paper.figures_in(below.start, below.end)
            if not figures:
                break
            last = figures[-1]
        if last is not None and last.amount:
            yield Payable(last, last.span, 0.5)


def only_figure(paper: Paper) -> Payable | None:
    """Return the one amount that a bill names, where it names no other and gives it no label."""
    named = [m for m in paper.figures if m.currency and m.amount > 0]
    if not named or len({m.amount for m in named}) > 1:
        return None
    around = paper.text[max(0, named[0].start - 120) : named[0].end + 120]
    before = paper.text[max(0, named[0].start - 40) : named[0].start]
    if not _PAYING.search(around) or _BACK.search(around) or _OLD.search(before):
        return None
    return Payable(named[0], named[0].span, 0.75)


def negative(payable: Payable | None) -> bool:
    """Tell whether a bill gives money back."""
    return payable is not None and payable.money.amount < Decimal(0)
