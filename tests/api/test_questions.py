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
        signals=[(kind, {"due": None}, sentence, 0.9)],
        sender=ME.addresses[0],
        to=["bert@else.example"],
        folder="sent",
        subject="The roof",
        message_id="<roof@me>",
        date=datetime(2026, 4, 13, 9, tzinfo=UTC),
    )
    found = asked_in(document)
    return round(found.sureness, 3) if found is not None else 0.0


@pytest.mark.parametrize(
    "sentence",
    [
        "Could you send me the plan of the harbour?",
        "Please let me know whether the boat is free on Saturday.",
        "Please let me know by Friday what the roof will cost.",
        "Let me know if you can bring the keys.",
        "When can we have the boat?",
        "If the price is right, could you tell me where you saw them?",
        "Tell me what you paid for the engine.",
        "Does this cover the whole of the hull?",
        "Have you heard anything about the regatta in June?",
        "What is going on with the order of the two sails?",
        "Could you get the drawings of the hull from the yard?",
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
        "I leave it to you - if you think it is worth the money, let me know and I will pay.",
        "Let me know, if you want to meet anyway.",
        "PM to talk about the mast and let me know.",
    ],
)
def test_what_waits_for_no_answer(sentence: str) -> None:
    """News wanted on occasion, what others will do, musings and errands are not chased."""
    assert sureness(sentence) < SURE


@pytest.mark.parametrize(
    "sentence",
    [
        "What could they possibly want with two masts?",
        "Why would anyone do that to a good boat?",
        "Anything new that I should have heard of?",
        "What is up with this?",
        "Have you guys heard anything about this?",
        "Did this go through?",
        "Could you please fill out the form for the berth?",
        "Could one of you get me a place at the regatta?",
        "Könntest du das Formular bitte ausfüllen?",
        "Clara, remember when the boat was new and we sank it?",
        "So what brings both of you down to the harbour?",
        "It looks a little odd, but what do you expect from me?",
        "Don't we have any sailors around who know the law?",
        "Doesn't the harbour office do that, or has the club taken it over?",
        "Still having fun and living on the big boat?",
        "And now you want them out on the water in a storm???",
    ],
)
def test_what_is_no_question_but_in_form(sentence: str) -> None:
    """Wonder, small talk, a remark on what is passed on and an errand stay below what is sure."""
    assert sureness(sentence, "question") < SURE
