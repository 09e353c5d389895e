"""Which sentence of a mail waits for a written answer, and which only sounds like it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from samantha.api.questions import asked_in
from samantha.api.testing import ME, mail

SURE = 0.7


def sureness(sentence: str, kind: str = "request") -> float:
    text = f"Hello Bert,\n\nthe roof is dry again. {sentence}\n\nAnna\n"
    document = mail(
        text,
        signals=[(kind, {"due": None}, sentence)],
        sender=ME.addresses[0],
        to=["bert@else.example"],
        folder="sent",
        subject="The roof",
        message_id="<roof@me>",
        date=datetime(2026, 4, 13, 9, tzinfo=UTC),
    )
    found = asked_in(document)
    return found.sureness if found is not None else 0.0


@pytest.mark.parametrize(
    "sentence",
    [
        "Could you send me the plan of the harbour?",
        "Please let me know whether the boat is free on Saturday.",
        "Please let me know by Friday what the roof will cost.",
        "Let me know if you can bring the keys.",
        "When can we have the boat?",
        "If the price is right, could you order two of them?",
        "Tell me what you paid for the engine.",
        "They want the drawings, so please send them to me.",
        "Gib mir bitte Bescheid, ob das Boot frei ist.",
    ],
)
def test_what_waits_for_an_answer(sentence: str) -> None:
    """Questions and requests that a mail would answer are sure."""
    kind = "question" if sentence.endswith("?") else "request"
    assert sureness(sentence, kind) >= SURE


@pytest.mark.parametrize(
    "sentence",
    [
        "Good luck, and please let me know how the race goes.",
        "Let me know when the boat is back in the water.",
        "Let me know if you hear anything from the harbour office.",
        "Please let me know if there are changes to the plan.",
        "Please let me know what they finally decide.",
        "Please tell us of any damage to the hull.",
        "When you have found a name for the boat, please let me know.",
        "Keep me posted on the repair of the mast.",
        "Gib mir Bescheid, sobald das Boot im Wasser ist.",
        "Halte mich bitte auf dem Laufenden.",
        "They will send me the drawings if we need them.",
        "One of us can then bring the keys to the harbour.",
        "Then we need to get two more sails.",
        "Just out of curiosity, let me know who bought the old engine.",
        "Please fill in the form for the berth.",
        "Please give him a call about the berth.",
        "Please forward it to the harbour office.",
    ],
)
def test_what_waits_for_no_answer(sentence: str) -> None:
    """News wanted on occasion, what others will do, musings and errands are not chased."""
    assert sureness(sentence) < SURE


def test_what_nobody_can_know_is_not_asked_twice() -> None:
    """A question that only wonders stays below what is sure."""
    assert sureness("What could they possibly want with two masts?", "question") < SURE
    assert sureness("Why would anyone do that to a good boat?", "question") < SURE
