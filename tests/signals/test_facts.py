"""All facts together: exact quotes, people, new text only, and bounded work on hostile input."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samantha.api import Document, Region, Signal
from samantha.api.testing import document, mail
from samantha.signals.facts import SHOWN, facts
from samantha.signals.passages import LOOK, MATCHES, matches, passages, sentence

ZONE = ZoneInfo("Europe/Berlin")
HOSTILE = (
    "a", "1", "\n", "1.", "1,", "1 ", "1/", "1-", "due ", "€1", "total ", "Total:\n",
    "DE89 3704 ",
    "letters ", "send us letters ", "up to 3 letters ", "three ", "may 5 ", "paid ", "fällig ",
    "bis ",
    "The Big Press ", "GmbH ", "a@b.", "Invoice Number: ", "From: A GmbH\n", "Rechnung ", "„",
    "((1",
    "1 2 3 ", "2026-01-01 ", "Dear A ", "Regards,\nA B\n", "deadline ", "within ", "'", "#1 ",
)  # fmt: skip


def seen_in(text: str, language: str = "en") -> tuple[Signal, ...]:
    return facts(mail(text, date=datetime(2026, 11, 25, tzinfo=UTC)), ZONE, language)


def values(found: tuple[Signal, ...], kind: str) -> list[object]:
    return [s.value for s in found if s.kind == kind]


def test_a_mail_gives_dates_amounts_and_people() -> None:
    """The plain facts of a mail come out together."""
    found = seen_in("Dear Ms Lindqvist,\n\nEUR 12.50 by 4 December 2026?\n\nBest,\nJonas Weil\n")
    assert values(found, "date") == ["2026-12-04"]
    assert values(found, "amount") == [{"amount": "12.50", "currency": "EUR"}]
    assert values(found, "person") == ["Lindqvist", "Jonas Weil"]


PEOPLE: tuple[tuple[str, list[str]], ...] = (
    ("Sehr geehrter Herr Weil,\n\nguten Tag", ["Weil"]),
    ("Liebe Anna,\n\nhallo.\n\nViele Grüße\nIngrid", ["Anna", "Ingrid"]),
    ("Hi Jo,\nbye\n\nCheers,\nTom", ["Jo", "Tom"]),
    ("Dear Sir or Madam,\n\nwe write", []),
    ("Dear all,\n\nnews", []),
    ("Hello team,\n\nhi", []),
    ("Chère Marie-Claire,\n\nbonjour", ["Marie-Claire"]),
    ("It was a dear friend, Best western hotel", []),
)


@pytest.mark.parametrize(("text", "names"), PEOPLE)
def test_people_are_named_in_salutations_and_signatures(text: str, names: list[str]) -> None:
    """Salutation and closing name people; "Dear all" and "Sir or Madam" name nobody."""
    assert values(seen_in(text), "person") == names


def test_the_reference_day_is_the_users() -> None:
    """A mail of late evening in UTC is one of tomorrow in Berlin."""
    late = mail("tomorrow", date=datetime(2026, 11, 25, 23, 30, tzinfo=UTC))
    assert values(facts(late, ZONE, "en"), "date") == ["2026-11-27"]


def test_quoted_text_and_signatures_give_nothing() -> None:
    """Only what the mail says anew counts."""
    text = "Thanks!\n> pay EUR 5 by 4 December 2026\n-- \nJonas, since 3 May 2020"
    regions = (Region("body", 0, 7), Region("quote", 7, 40), Region("signature", 40, len(text)))
    whole = replace(mail(text), regions=regions)
    assert facts(whole, ZONE, "en") == ()


def test_a_list_of_dates_is_cut() -> None:
    """A calendar of a thousand days does not fill the index."""
    found = seen_in("2026-12-04\n" * 1_000)
    assert 0 < len(values(found, "date")) <= SHOWN


@given(st.text(alphabet=st.sampled_from("aB1.,-/ €$\n:#@„“"), max_size=400))
@settings(max_examples=150, deadline=None)
def test_a_quote_is_always_the_exact_span(noise: str) -> None:
    """Whatever the text, each signal quotes it exactly and is sure between 0 and 1."""
    text = f"Invoice {noise}\nTotal due: EUR 12.50 {noise} by 4 December 2026\n{noise} a call"
    for signal in seen_in(text):
        assert text[signal.start : signal.end] == signal.quote
        assert 0.0 <= signal.confidence <= 1.0


@pytest.mark.parametrize("unit", HOSTILE, ids=[repr(u) for u in HOSTILE])
def test_hostile_text_costs_bounded_work(unit: str) -> None:
    """A megabyte of one pattern is looked at in part only, and the test ends."""
    text = "Invoice payment due. Call for letters. " + unit * (1_000_000 // len(unit))
    found = facts(_large(text), ZONE, "en")
    assert all(s.end <= LOOK for s in found)
    assert len(found) < 4 * SHOWN


def _large(text: str) -> Document:
    return replace(document("/home/a/x.txt", "x", author="other"), text=text)


def test_a_pattern_is_matched_a_bounded_number_of_times() -> None:
    """The budget of text and the number of matches hold over all passages together."""
    import re

    text = "ab" * LOOK
    halves = tuple(Region("body", i, i + 1_000) for i in range(0, len(text), 1_000))
    within = passages(replace(_large(text), regions=halves))
    assert sum(end - start for start, end in within) == LOOK
    assert sum(1 for _ in matches(re.compile("a"), text, within)) == MATCHES


def test_a_sentence_ends_at_its_own_full_stop() -> None:
    """Ordinals and abbreviations do not end a German sentence."""
    text = "Das war es. Bitte zahlen Sie bis zum 4. Dezember z. B. per Karte. Danke."
    at = text.index("Dezember")
    start, end = sentence(text, at, at + 8, ((0, len(text)),))
    assert text[start:end] == "Bitte zahlen Sie bis zum 4. Dezember z. B. per Karte."
