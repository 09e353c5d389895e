"""The whole look at a document: it joins, it bounds, it never fails."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest

from samantha.api.testing import document, mail
from samantha.api.types import Identity, Kind, Region
from samantha.signals.analyze import analyze
from samantha.signals.language import language_of

ME = Identity(("Nora Quist",), ("nora@quist.example",))

HOSTILE = {
    "a": "a" * 1_000_000,
    "newlines": "\n" * 1_000_000,
    "dear": "Dear " * 200_000,
    "dear lines": "Dear a\n" * 150_000,
    "spaces": " " * 1_000_000,
    "quotes": '"' * 1_000_000,
    "dots": "." * 1_000_000,
    "underscores": "_" * 1_000_000,
    "brackets": "[" * 500_000 + "{" * 500_000,
    "your": "your " * 200_000,
    "by": "by A " * 200_000,
    "copyright": "copyright (c) " * 70_000,
    "isbn": "isbn " + "1 " * 500_000,
    "chapters": "Chapter 1\n" * 100_000,
    "digits": "1" * 1_000_000,
    "commas": "Ihr," * 250_000,
    "capitals": "Aa " * 300_000,
    "dashes": "-" * 1_000_000,
    "produced": "produced by " + "a " * 500_000,
}


# A guard against patterns that grow with the square of a text: those take hours, not seconds.
@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_costs_bounded_work(name: str) -> None:
    """A megabyte of anything is looked at to its end."""
    for made in (document("/home/n/x.txt", HOSTILE[name]), mail(HOSTILE[name])):
        assert analyze(made, ME, UTC, None).kind is not None


@pytest.mark.parametrize("text", ["", " ", "\n", "\u202e", "a", "😀" * 100, "。" * 50])
def test_the_smallest_and_oddest_texts_have_an_analysis(text: str) -> None:
    """Nothing is too short or too strange to be looked at."""
    seen = analyze(document("/home/n/x.txt", text), ME, UTC, None)
    assert seen.kind in set(Kind)
    assert seen.author == "unknown"


def test_signals_are_exact_spans() -> None:
    """Every quote stands in the text where it is said to stand."""
    text = "Invoice number: 77-1\nTotal due: EUR 12.50\nDue date: 3 May 2026\nVAT 20 %"
    seen = analyze(document("/home/n/bill.txt", text), ME, UTC, None)
    assert seen.kind is Kind.INVOICE
    for signal in seen.signals:
        assert text[signal.start : signal.end] == signal.quote


def test_quotes_in_a_mail_do_not_make_its_kind() -> None:
    """What somebody else wrote further down is not what this mail is."""
    new = "Looks fine to me.\n"
    old = "Invoice number: 77-1\nTotal due: EUR 12.50\nPayment terms: 14 days\nVAT 20 %"
    made = replace(
        mail(new + old, subject="Re: your question", in_reply_to="<1@x.example>"),
        regions=(
            Region("body", 0, len(new)),
            Region("quote", len(new), len(new) + len(old)),
        ),
    )
    assert analyze(made, ME, UTC, None).kind is Kind.MAIL


def test_the_same_document_is_seen_the_same() -> None:
    """Looking twice gives the same answer."""
    made = document("/home/n/x.txt", "Dear Tobias,\n\nThe boat came in.\n\nYours,\nNora Quist")
    assert analyze(made, ME, UTC, None) == analyze(made, ME, UTC, None)


def test_the_model_never_makes_a_letter() -> None:
    """Whatever the vector, a text without any form of a letter does not become one."""
    import struct

    from samantha.signals.heads import kinds_head

    head = kinds_head()
    assert head is not None
    row = head.weights[head.kinds.index(Kind.LETTER)]
    vector = struct.pack("<384f", *(row / float((row @ row) ** 0.5)))
    text = "Tide tables for April. High water 04:12 and 16:40. Heights in metres."
    assert analyze(document("/home/n/x.txt", text), ME, UTC, vector).kind is not Kind.LETTER


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The boat came in on Tuesday and with it your parcel.", "en"),
        ("Ich habe heute an dich gedacht und dir einen Brief geschrieben.", "de"),
        ("Je vous écris pour vous dire que la maison est belle et que je pense à vous.", "fr"),
        ("Napisałem do ciebie długi list o domu i o pogodzie, którą mieliśmy wczoraj.", "pl"),
        ("Gestern war ich dort.", "de"),
        ("ok", ""),
        ("", ""),
        ("12 34 56 78", ""),
    ],
)
def test_the_language_is_known_or_left_open(text: str, code: str) -> None:
    """Common languages are told apart; what is too short stays open."""
    assert language_of(text) == code
