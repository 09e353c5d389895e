"""Words that a pattern cannot match without: they save time and may never lose a match."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import samantha.signals
from samantha.signals.literals import needed, possible
from samantha.signals.passages import matches


def all_patterns() -> list[re.Pattern[str]]:
    """Return the patterns of all modules of signals."""
    names = [one.name for one in pkgutil.iter_modules(samantha.signals.__path__)]
    modules = [importlib.import_module(f"samantha.signals.{name}") for name in names]
    found = [v for module in modules for v in vars(module).values() if isinstance(v, re.Pattern)]
    return list(dict.fromkeys(found))


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"(?i)\bdue (?:date|by)\b", ("due ",)),
        (r"rechnung|invoice|bill(?:ed|ing)?", ("bill", "invoice", "rechnung")),
        (r"(?:pay|remit)?\s*\d+", ()),
        (r"week|woche", ("eek", "oche")),
        (r"[$€£] ?\d", ("$", "£", "€")),
        (r"(?<!un)\w+(?= paid)", ()),
        (r"(?:ab){2,}", ("ab",)),
        (r"(?:ab)*c{0,3}", ()),
        (r"(?P<one>Montag) \d (?P=one)", ("montag",)),
    ],
)
def test_the_words_are_those_that_every_match_holds(pattern: str, words: tuple[str, ...]) -> None:
    """Of all parts that have to be there the most telling is taken; none where nothing has to."""
    assert set(needed(re.compile(pattern))) == set(words)


SPICE = (
    "On Friday, 3 March 2026 at 14:30 the invoice no. RE-2026/17 over EUR 1,250.00 is due by the "
    "end of next week; bitte überweisen Sie den Betrag bis zum 31.12.2026 auf IBAN DE02 1203 0000 "
    "0000 2020 51. Dear Bert, please find attached the minutes. Best wishes, Anna <a@b.example> "
    "Check-in: Tuesday, 15:00. Flight LH 123 from Berlin to Oslo. Term: two years, notice period "
    "of three months before the anniversary; submissions close on 1 May, poems up to 40 lines. "
)


@given(st.permutations(SPICE.split()), st.booleans())
@settings(max_examples=25, deadline=None)
def test_no_match_is_lost(words: list[str], shout: bool) -> None:
    """Whatever a pattern of signals finds in a text, its words are there before it is tried."""
    text = " ".join(words).upper() if shout else " ".join(words)
    for pattern in all_patterns():
        for match in pattern.finditer(text):
            assert possible(pattern, match[0].lower()), pattern.pattern


def test_letters_that_fold_oddly_are_not_looked_for() -> None:
    """A pattern takes a long s for an s, though lower() does not: such a text is tried whole."""
    text = "x " * 200 + "biſ Freitag"
    assert [m[0] for m in matches(re.compile(r"(?i)bis freitag"), text, ((0, len(text)),))] == [
        "biſ Freitag"
    ]
