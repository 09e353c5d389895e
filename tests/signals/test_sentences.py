"""Sentences of new text: wrapped lines joined, lists taken apart, spans exact."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samantha.signals.sentences import LIMIT, LONGEST, sentences

CASES: tuple[tuple[str, list[str]], ...] = (
    ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
    (
        "Could you send the plan for the\nharbour wall by Friday? I need it for the\nmeeting.",
        [
            "Could you send the plan for the harbour wall by Friday?",
            "I need it for the meeting.",
        ],
    ),
    ("Hi Mara,\nAre you free at 3 p.m. today?", ["Hi Mara,", "Are you free at 3 p.m. today?"]),
    ("Bis zum 4. Mai, z. B. per Mail. Danke!", ["Bis zum 4. Mai, z. B. per Mail.", "Danke!"]),
    ("To do:\n- call the bank\n- send the form", ["To do:", "call the bank", "send the form"]),
    ("1) Who comes?\n2) When?", ["Who comes?", "When?"]),
    ("Dr. Weil spoke. Mr. B. Okoro did not.", ["Dr. Weil spoke.", "Mr. B. Okoro did not."]),
    ("any news? i wait", ["any news?", "i wait"]),
    (
        "I think so. Can you check it? We meet at 3. Please bring the keys.",
        ["I think so.", "Can you check it?", "We meet at 3.", "Please bring the keys."],
    ),
    ("Er kommt am Di. Ich warte. Die Probe ist am Mo. 4. Mai.",
     ["Er kommt am Di.", "Ich warte.", "Die Probe ist am Mo. 4. Mai."]),
    ("The file is ready.Please look at www.a.Example soon.",
     ["The file is ready.", "Please look at www.a.Example soon."]),
    ("It’s on  us", ["It's on us"]),
    ("----\n====\n\n* * *", []),
    ("When: Monday\nWhere: Room 4", ["When: Monday", "Where: Room 4"]),
)  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), CASES)
def test_a_text_falls_into_its_sentences(text: str, wanted: list[str]) -> None:
    """Full stops of abbreviations do not end one, wraps do not either, points of a list do."""
    assert [s.words for s in sentences(text, ((0, len(text)),))] == wanted


def test_only_the_passages_are_read() -> None:
    """What lies between two passages is in no sentence."""
    text = "One. Two. Three."
    found = sentences(text, ((0, 4), (10, 16)))
    assert [s.words for s in found] == ["One.", "Three."]
    assert [text[s.start : s.end] for s in found] == ["One.", "Three."]


def test_the_number_and_the_length_are_bounded() -> None:
    """A megabyte of full stops gives as many sentences as allowed, none longer than allowed."""
    text = "Go on. " * 150_000
    assert len(sentences(text, ((0, len(text)),))) == LIMIT
    (one,) = sentences("a " * 5_000, ((0, 10_000),))
    assert one.end - one.start <= LONGEST


@given(st.text(alphabet=st.sampled_from("aZ.?! \n-•1)(:,\t’"), max_size=300))
@settings(max_examples=200, deadline=None)
def test_spans_are_in_order_and_apart(text: str) -> None:
    """Whatever the text, sentences do not overlap, and none begins or ends with a blank."""
    found = sentences(text, ((0, len(text)),))
    for before, after in pairwise(found):
        assert before.end <= after.start
    assert all(text[s.start : s.end].strip() == text[s.start : s.end] for s in found)
