"""Amounts of money in text, with their currency, in the notations of Europe and America."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from samantha.signals.passages import Passages, Span, matches

LIMIT = 200
"""Amounts taken from one document."""

_SYMBOLS = {
    "€": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "$": "USD",
    "us$": "USD",
    "dollars": "USD",
    "us dollars": "USD",
    "£": "GBP",
    "pounds": "GBP",
    "fr.": "CHF",
    "sfr.": "CHF",
    "franken": "CHF",
    "¥": "JPY",
    "₹": "INR",
    "rs": "INR",
    "rs.": "INR",
    "zł": "PLN",
    "kč": "CZK",
    "c$": "CAD",
    "ca$": "CAD",
    "a$": "AUD",
    "au$": "AUD",
    "nz$": "NZD",
    "hk$": "HKD",
    "r$": "BRL",
}
_CODES = [
    "EUR",
    "USD",
    "GBP",
    "CHF",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "CZK",
    "HUF",
    "CAD",
    "AUD",
    "NZD",
    "JPY",
    "CNY",
    "INR",
    "BRL",
    "ZAR",
    "SGD",
    "HKD",
    "TRY",
    "RON",
    "BGN",
    "ISK",
    "DEM",
    "ATS",
    "FRF",
    "ITL",
    "MXN",
    "MYR",
]
_NAMES = "|".join(sorted((re.escape(s) for s in _SYMBOLS), key=len, reverse=True))
_UNIT = rf"(?:{'|'.join(_CODES)}|(?i:{_NAMES}))"
_SPACE = "[ \u00a0\u202f]"
_SIGN = "[-−–]"
_FIGURE = (
    r"\d{1,2}(?:,\d{2}){1,3},\d{3}(?:\.\d{1,2})?(?!\d)"
    "|\\d{1,3}(?P<group>[.,'’ \u00a0\u202f])\\d{3}(?:(?P=group)\\d{3}){0,3}(?:[.,]\\d{1,4})?(?!\\d)"
    r"|\d{1,12}(?:[.,]\d{1,4})?(?!\d)"
)
_NUMBER = rf"(?:{_FIGURE})(?:[.,][-–—]{{1,2}})?"
_AMOUNT = re.compile(
    rf"(?<![\w.,/:#-])(?P<open>\()?(?P<sign>{_SIGN}{_SPACE}?)?(?:(?P<before>{_UNIT})(?!"
    rf"[^\W\d_]){_SPACE}{{0,3}}(?:(?:(?<=[A-Z]{{3}})"
    rf"|(?<=[A-Z]{{3}}{_SPACE}))[$€£₹])?)?"
    rf"(?P<inner>{_SIGN}{_SPACE}?)?(?P<number>{_NUMBER})(?![\d/:]|[.,]\d)"
    rf"(?P<trail>-(?![\w-]))?(?:{_SPACE}{{0,2}}(?P<after>{_UNIT})(?!\w))?(?P<close>\))?"
)
_GROUPED = re.compile(r"^\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+$")
_INDIAN = re.compile(r"^\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d{1,2})?$")
_DECLARED = re.compile(
    rf"(?:Währung|Rechnungswährung|currency|devise|moneda|valuta)\s?[:=]?\s?({_UNIT})(?!\w)"
    rf"|(?:prices|amounts|charges) (?:and charges )?(?:are )?in ({_UNIT})(?!\w)"
    rf"|\(({'|'.join(_CODES)})\)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount and where it stands; without a currency it is a number that looks like one."""

    amount: Decimal
    currency: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        """Where it stands in the text."""
        return self.start, self.end

    def value(self, currency: str = "") -> dict[str, str]:
        """Return it as a signal's value."""
        return {
            "amount": str(self.amount.quantize(Decimal("0.01"))),
            "currency": self.currency or currency,
        }


def find_money(text: str, within: Passages, limit: int = LIMIT) -> tuple[Money, ...]:
    """Return the amounts that carry a currency, in their order."""
    found = []
    for money in figures(text, within):
        if money.currency:
            found.append(money)
            if len(found) >= limit:
                break
    return tuple(found)


def figures(text: str, within: Passages, limit: int = 2_000) -> Iterator[Money]:
    """Find amounts, those too that only have two decimals and no currency."""
    for match in matches(_AMOUNT, text, within, limit):
        unit = match["before"] or match["after"] or ""
        if match["after"] in _CODES:
            # "$231.55 AUD": the code says which dollars.
            unit = match["after"]
        number = match["number"]
        if not unit and not re.search(r"[.,]\d\d$", number):
            continue
        amount = read_number(number)
        if amount is None:
            continue
        bracketed = bool(match["open"] and match["close"])
        start, end = match.start(), match.end()
        if not bracketed:
            start += bool(match["open"])
            end -= bool(match["close"])
        signed = match["sign"] or match["inner"] or match["trail"]
        # In "3 – 5 €" and at the start of a list the dash is no minus.
        dash = match["sign"] and match["sign"].endswith((" ", "\u00a0")) and not match["before"]
        if (match["sign"] and not unit and match["sign"][-1] == " ") or dash:
            signed = match["inner"] or match["trail"]
        if (signed or (bracketed and unit)) and amount:
            amount = -amount
        yield Money(amount, currency_of(unit), start, end)


def currency_of(unit: str) -> str:
    """Return the ISO code of a symbol, a word or a code; '' for none."""
    return unit if unit in _CODES else _SYMBOLS.get(unit.lower(), unit.upper())


def read_number(written: str) -> Decimal | None:
    """Return the number in any of the notations: 1.234,50, 1,234.50, 1 234,50, 1'234.50, 12.–."""
    number = re.sub(r"[.,][-–—]{1,2}$", "", written)
    whole, fraction = number, ""
    last = max(number.rfind("."), number.rfind(","))
    if last >= 0 and not (_GROUPED.match(number) and not number.startswith("0")):
        whole, fraction = number[:last], number[last + 1 :]
    if _INDIAN.match(number) and "." not in number:
        whole, fraction = number, ""
    digits = re.sub(r"\D", "", whole)
    groups = re.split(r"\D", whole)
    if len(groups) > 1 and any(len(g) != 3 for g in groups[1:]) and not _INDIAN.match(number):
        return None
    try:
        return Decimal(f"{digits}.{fraction}" if fraction else digits)
    except InvalidOperation:
        return None


def main_currency(text: str, within: Passages, found: tuple[Money, ...]) -> str:
    """Return the currency that a document is in: declared, else the one it uses most."""
    for match in matches(_DECLARED, text, within, 1):
        return currency_of(next(g for g in match.groups() if g))
    used = Counter(m.currency for m in found)
    return used.most_common(1)[0][0] if used else ""
