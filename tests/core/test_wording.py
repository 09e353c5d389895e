"""Words of an offer by the model: title and a line, and nothing else can come of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import Home, filing, suggestion

from samantha.api import Document, Suggestion
from samantha.api.writing import Summed, Titled
from samantha.core.engine import Engine
from samantha.core.offering import DRAFTED_KEY
from samantha.core.ports import OfferState
from samantha.core.wording import Word, Wording, word_with, worded

LONG = "Dear Ann, hello from the pier, where the lamp is lit. " + "The sea is grey. " * 20


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.close()


def seat(home: Home, word: Word) -> None:
    """Put one who words into the engine."""
    home.engine = Engine(
        home.index, home.state, home.builder, home.board, home.clock, home.policy,
        lambda d: d.fingerprint, word=word,
    )  # fmt: skip


def propose(home: Home, confidence: float = 0.9, name: str = "a.txt") -> Suggestion:
    source = home.file(name, LONG)
    made = suggestion(source, filing(home, source, f"filed {name}"))
    return replace(made, confidence=confidence, title="File the letter to Ann")


def ask_of(said: Mapping[type, Any]) -> Any:
    def ask(question: str, about: Any, answer: type, **more: Any) -> Any:
        return said.get(answer)

    return ask


def test_the_models_words_are_shown_as_its_own(home: Home) -> None:
    """Title and line are used, the reason says whose they are, and the offer holds which."""
    said = {
        Titled: Titled("File the letter to Ann now"),
        Summed: Summed("The letter to Ann tells of the lamp on the pier and the sea."),
    }
    seat(home, word_with(ask_of(said)))
    (offer,) = home.suggest(propose(home))
    assert offer.title == "File the letter to Ann now"
    assert offer.why.startswith("Because. The letter to Ann tells of the lamp")
    assert offer.why.endswith("The local model wrote the title and the summary.")
    assert offer.action[DRAFTED_KEY] == [said[Titled].title, said[Summed].summary]


def test_nothing_but_words_can_come_of_it(home: Home) -> None:
    """Action, payload, class, confidence, expiry and evidence are the same with any wording."""
    plain = home.suggest(propose(home))[0]
    seat(home, lambda made, sources: Wording("Another title", "Another line of it."))
    other = home.suggest(replace(propose(home, name="a.txt"), thing="another"))[0]
    for field in ("approval_class", "payload_hash", "confidence", "expires", "evidence", "files"):
        assert getattr(plain, field) == getattr(other, field), field
    assert {k: v for k, v in other.action.items() if k != DRAFTED_KEY} == dict(plain.action)
    assert DRAFTED_KEY not in plain.action


@pytest.mark.parametrize(
    "lie",
    [
        "File the letter to Bob",
        "Pay 900 EUR to Ann",
        "See evil.example for Ann",
        "x",
        "File the letter to Ann " * 9,
    ],
)
def test_a_title_that_says_more_is_not_used(home: Home, lie: str) -> None:
    """The plugin's own stands."""
    seat(home, word_with(ask_of({Titled: Titled(lie), Summed: Summed(lie + ".")})))
    (offer,) = home.suggest(propose(home))
    assert (offer.title, offer.why) == ("File the letter to Ann", "Because.")


def test_what_is_dropped_or_held_costs_no_words(home: Home) -> None:
    """The model words only what is about to be shown."""
    asked: list[Suggestion] = []

    def word(made: Suggestion, sources: Mapping[str, Document]) -> None:
        asked.append(made)

    seat(home, word)
    (offer,) = home.suggest(propose(home, 0.1))
    assert offer.state is OfferState.DROPPED and asked == []
    home.suggest(propose(home, name="b.txt"))
    assert len(asked) == 1


def test_words_over_the_limit_are_left_out(home: Home) -> None:
    """A reason that would be cut is the plugin's, whole."""
    made = propose(home)
    long = Wording("", "word " * 240)
    assert worded(made, long) == made and worded(made, None) == made
    assert worded(made, Wording(where="Text goes to x.")) == made
