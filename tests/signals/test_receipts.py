"""Receipts: the total that a till prints, through what a scan makes of it."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from samantha.api import Document
from samantha.api.testing import document
from samantha.signals.facts import facts


def seen(text: str, language: str = "en") -> Document:
    made = document("/scans/a.txt", text)
    for signal in facts(made, UTC, language):
        assert made.text[signal.start : signal.end] == signal.quote
    return made


def total(text: str, language: str = "en") -> tuple[str, str] | None:
    """Return the amount with the role of a total, and its currency."""
    found: list[Any] = [
        s.value
        for s in facts(seen(text), UTC, language)
        if s.kind == "amount" and isinstance(s.value, dict) and s.value.get("role") == "total"
    ]
    assert len(found) <= 1
    return (found[0]["amount"], found[0]["currency"]) if found else None


HEAD = "ALTON CORNER STORE LTD\n5 HILL ROAD\nRECEIPT 4711\nCASHIER: ADA\n"
RECEIPTS = {
    "label and figure on a line": (
        HEAD + "TEA 4.50\nCAKE 7.00\nSUBTOTAL 11.50\nTAX 0.69\nTOTAL 12.19\nVISA 12.19\n",
        ("12.19", ""),
    ),
    "figures below their labels": (
        HEAD + "TEA\n4.50\nTOTAL QTY\n1\nTOTAL ($)\n4.50\nCASH\n5.00\nCHANGE\n0.50\nTHANK YOU\n",
        ("4.50", ""),
    ),
    "all labels, then all figures": (
        HEAD + "TEA 4.50\nSUB TOTAL\nDISCOUNT\nTOTAL\nCASH\nCHANGE\n4.50\n0.40\n4.10\n5.00\n0.90\n",
        ("4.10", ""),
    ),
    "what was given less what was returned": (
        HEAD + "TEA 4.50\nNET TOTAL 4.25\nTOTAL 4.50\nCASH 10.00\nCHANGE 5.50\n",
        ("4.50", ""),
    ),
    "the summary of taxes is no total": (
        HEAD + "TEA 4.50\nTOTAL $ 4.77\nTAX SUMMARY\nTOTAL 4.50 0.27\nTHANK YOU\n",
        ("4.77", "USD"),
    ),
    "tax that a total includes": (
        HEAD + "TEA 4.50\nTOTAL SALES (INCL TAX) 4.50\nTOTAL INCLUDED TAX @ 6% 0.25\n",
        ("4.50", ""),
    ),
    "rounded to coins": (
        HEAD + "TEA 4.52\nTOTAL SALES (INCLUSIVE TAX)\n4.52\nROUNDING ADJ\nCASH\n4.50\nTHANK YOU\n",
        ("4.50", ""),
    ),
    "German": (
        "Bäckerei Alpenblick\nKassenbon 4711\nBrot 3,90\nBrezel 1,20\nSumme EUR 5,10\n"
        "Bar 10,00\nRückgeld 4,90\nMwSt 7% 0,33\n",
        ("5.10", "EUR"),
    ),
}


@pytest.mark.parametrize(("text", "wanted"), RECEIPTS.values(), ids=RECEIPTS.keys())
def test_the_total_of_a_receipt_is_an_amount_with_that_role(
    text: str, wanted: tuple[str, str]
) -> None:
    """Neither parts nor taxes nor what was handed over count, however the lines were torn."""
    assert total(text) == wanted


def test_the_giver_of_a_receipt_is_its_issuer() -> None:
    """The name at the head of a receipt is told, once."""
    for text, name in (
        (
            "THE KETTLE" + RECEIPTS["figures below their labels"][0][5:],
            "THE KETTLE CORNER STORE LTD",
        ),
        (RECEIPTS["German"][0], "Bäckerei Alpenblick"),
    ):
        issuers = [s.value for s in facts(seen(text), UTC, "en") if s.kind == "issuer"]
        assert issuers == [name]


NONE = [
    "Invoice 4711\nTOTAL 12.19\nPlease pay by 3 May 2026\nReceipt follows, cash accepted.\n",
    "The total was 12.19, we changed the recipe.\n",
    HEAD + "x" * 7_000 + "\nTOTAL 12.19\n",
    HEAD + "NOTHING BUT THANKS\nTHANK YOU\n",
]


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_receipt_has_no_total(text: str) -> None:
    """A bill to pay, prose, a long text, a receipt without figures."""
    assert total(text) is None
