"""Amounts: currencies by symbol and code, separators of both kinds, signs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from samantha.signals.amounts import figures, find_money, main_currency, read_number

WRITTEN = (
    ("EUR 1.234,50", "1234.50", "EUR"),
    ("1.234,50 EUR", "1234.50", "EUR"),
    ("1 234,50 €", "1234.50", "EUR"),
    ("1\u00a0234,50 €", "1234.50", "EUR"),
    ("€ 399,00", "399.00", "EUR"),
    ("€399", "399.00", "EUR"),
    ("$1,234.50", "1234.50", "USD"),
    ("US$ 12.00", "12.00", "USD"),
    ("USD 4.11", "4.11", "USD"),
    ("£1,000", "1000.00", "GBP"),
    ("CHF 12.–", "12.00", "CHF"),
    ("CHF 1'234.50", "1234.50", "CHF"),
    ("Fr. 80.50", "80.50", "CHF"),
    ("12 euros", "12.00", "EUR"),
    ("Rs. 1,23,456.00", "123456.00", "INR"),
    ("1.234 EUR", "1234.00", "EUR"),
    ("-€12.50", "-12.50", "EUR"),
    ("€ -9,32", "-9.32", "EUR"),
    ("12,00- €", "-12.00", "EUR"),
    ("(€12.50)", "-12.50", "EUR"),
    ("−8,79 EUR", "-8.79", "EUR"),
)


@pytest.mark.parametrize(("text", "amount", "currency"), WRITTEN)
def test_an_amount_is_read_in_any_notation(text: str, amount: str, currency: str) -> None:
    """Separators, symbols and signs of all kinds give one number and an ISO code."""
    found = find_money(text, ((0, len(text)),))
    assert [m.value() for m in found] == [{"amount": amount, "currency": currency}]


def test_the_quote_is_the_amount_alone() -> None:
    """The span holds sign, number and currency, and nothing of the sentence."""
    text = "You owe (as agreed) EUR 84.40, please."
    found = find_money(text, ((0, len(text)),))[0]
    assert text[found.start : found.end] == "EUR 84.40"


@pytest.mark.parametrize(
    "text",
    ["call 555 0134", "version 1.2.3", "in 1942", "5 Mio. €", "3/4", "10:30", "page 12.50.3"],
)
def test_numbers_without_a_currency_are_no_amounts(text: str) -> None:
    """Telephone numbers, years, versions and times are not money."""
    assert find_money(text, ((0, len(text)),)) == ()


def test_a_list_dash_is_no_minus() -> None:
    """A dash before an amount in a list or a range does not make it negative."""
    for text in ("- 5,00 € for stamps", "3 – 5 €"):
        assert find_money(text, ((0, len(text)),))[0].amount == Decimal(5)


def test_figures_of_a_column_are_told_apart() -> None:
    """Figures beside one another without a currency stay what they are."""
    text = "15.387,08 19 2.923,55"
    found = [m.amount for m in figures(text, ((0, len(text)),))]
    assert found == [Decimal("15387.08"), Decimal("2923.55")]


@pytest.mark.parametrize(
    ("text", "currency"),
    [("Währung: CHF\n1,00 EUR", "CHF"), ("1,00 EUR, 2,00 EUR, $5", "EUR"), ("nothing", "")],
)
def test_the_documents_currency_is_declared_or_the_most_used(text: str, currency: str) -> None:
    """Bare figures take the currency that the document declares, else its usual one."""
    within = ((0, len(text)),)
    assert main_currency(text, within, find_money(text, within)) == currency


@pytest.mark.parametrize("written", ["12.3456.78", "1.23.456,1"])
def test_a_number_that_fits_no_notation_is_none(written: str) -> None:
    """Groups of other than three digits are not guessed at."""
    assert read_number(written) is None
