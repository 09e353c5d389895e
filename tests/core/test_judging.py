"""A second look at what is borderline: the model may drop it or let it pass, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import Home, filing, suggestion

from samantha.api import Document, Suggestion
from samantha.core.engine import Engine
from samantha.core.judging import Judged, Judgement, borderline, judge_with
from samantha.core.ports import OfferState


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.close()


class Bench:
    """A judge that says what it was told to, and counts."""

    def __init__(self, answer: Judgement | None) -> None:
        self.answer = answer
        self.asked = 0

    def __call__(self, made: Suggestion, sources: Mapping[str, Document]) -> Judgement | None:
        self.asked += 1
        return self.answer


def seat(home: Home, bench: Bench) -> None:
    """Put a judge into the engine."""
    home.engine = Engine(
        home.index, home.state, home.builder, home.board, home.clock, home.policy,
        lambda d: d.fingerprint, bench,
    )  # fmt: skip


def propose(home: Home, confidence: float, name: str = "a.txt") -> Suggestion:
    source = home.file(name, f"Dear Ann, hello from {name}.")
    made = suggestion(source, filing(home, source, f"filed {name}"))
    return replace(made, confidence=confidence)


def test_only_what_is_borderline_is_judged(home: Home) -> None:
    """Clear cases cost no model; the bounds lie around the threshold."""
    bench = Bench(Judgement(True, "it is due"))
    seat(home, bench)
    home.suggest(propose(home, 0.95), propose(home, 0.1, "b.txt"))
    assert bench.asked == 0
    assert borderline(0.4, 0.5) and borderline(0.69, 0.5)
    assert not borderline(0.34, 0.5) and not borderline(0.7, 0.5)


def test_a_yes_of_the_model_lets_it_pass_and_is_told(home: Home) -> None:
    """Just below the threshold it is shown, with the model's reason in its why, not the audit."""
    seat(home, Bench(Judgement(True, "the date is near")))
    (offer,) = home.suggest(propose(home, 0.45))
    assert offer.state is OfferState.OPEN and offer.confidence == 0.5
    assert offer.why == "Because. The model: the date is near"
    lines = home.state.audit_lines("trace")
    assert [line.arrow for line in lines] == ["judged", "suggested", "shown"]
    assert not any("near" in str(line.detail) for line in lines)


def test_a_no_of_the_model_drops_it(home: Home) -> None:
    """Just above the threshold it falls, and `silence` can say so."""
    seat(home, Bench(Judgement(False, "it was paid")))
    (offer,) = home.suggest(propose(home, 0.6))
    assert offer.state is OfferState.DROPPED and "49 %" in offer.reason
    assert "it was paid" in offer.why and home.board.posted == []


def test_a_thing_is_judged_once(home: Home) -> None:
    """Asked again, the same thing keeps its judgement and costs the model nothing."""
    bench = Bench(Judgement(False, "no"))
    seat(home, bench)
    made = propose(home, 0.6)
    home.suggest(made)
    assert home.suggest(made) == [] and bench.asked == 1


def test_without_a_model_everything_is_as_before(home: Home) -> None:
    """A judge that has no answer changes nothing."""
    seat(home, Bench(None))
    shown, dropped = home.suggest(propose(home, 0.6), propose(home, 0.45, "b.txt"))
    assert shown.state is OfferState.OPEN and shown.confidence == 0.6
    assert dropped.state is OfferState.DROPPED and dropped.why == "Because."


@pytest.mark.parametrize(
    ("right", "welcome", "passes"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_the_question_is_the_same_for_all(
    home: Home, right: bool, welcome: bool, passes: bool
) -> None:
    """One constant question, the note and what it rests on; both answers must be yes."""
    asked: list[tuple[str, list[Document]]] = []

    def ask(question: str, about: Any, answer: Any, **more: Any) -> Any:
        asked.append((question, list(about)))
        assert answer is Judged and more["near"]
        return Judged(right, welcome, "because\u202e of \x07that")

    judge = judge_with(ask)
    for name in ("a.txt", "b.txt"):
        made = propose(home, 0.5, name)
        sources = {e.document: home.index.document(e.document) for e in made.evidence}
        found = judge(made, sources)  # type: ignore[arg-type]
        assert found is not None and found.passes is passes
        assert "\u202e" not in found.reason and "\x07" not in found.reason
    assert asked[0][0] == asked[1][0]
    assert asked[0][1][0].text == "A title\nBecause." and len(asked[0][1]) == 2
