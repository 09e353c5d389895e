"""Typed answers: what may be asked, what a reply is held to, and what it can come to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from samantha.api.asking import AtMost, Between, Choice, Items, Quote, shape_of
from samantha.api.testing import document
from samantha.api.types import Document, Evidence
from samantha.core.answers import Unanswerable, longest, schema_of, value_of


class Tone(StrEnum):
    WARM = "warm"
    DRY = 'dry "and" short'


@dataclass(frozen=True, slots=True)
class Point:
    quote: Quote
    weight: Annotated[float, Between(0, 1)]


@dataclass(frozen=True, slots=True)
class Judged:
    waits: Annotated[bool, "whether the sender waits"]
    urgency: Annotated[int, Between(-1, 3)]
    sure: Annotated[float, Between(0, 1)]
    why: Annotated[str, AtMost(80)]
    side: Literal["user", "other"]
    tone: Tone
    due: date | None
    proof: Quote
    person: Choice
    others: Annotated[tuple[Choice, ...], Items(0, 2)]
    points: tuple[Point, ...]


LETTER = document(
    "/home/anna/keys.txt", "Dear Anna,\nplease send the\n  keys by Friday.\nBest, Tom", title="Keys"
)
PEOPLE = {"person": [Choice("Tom", 1), Choice("Eve", 2)], "others": [Choice("Ann", 3)]}
GOOD: dict[str, Any] = {
    "waits": True,
    "urgency": 2,
    "sure": 0.5,
    "why": "He asks for the keys.",
    "side": "other",
    "tone": "warm",
    "due": "2026-03-06",
    "proof": "send the keys by Friday",
    "person": "p2",
    "others": ["o1"],
    "points": [{"quote": "Best, Tom", "weight": 1}],
}


def read(reply: object, answer: type[Any] = Judged, about: Document = LETTER) -> Any:
    text = reply if isinstance(reply, str) else json.dumps(reply)
    return value_of(text, shape_of(answer), [about], PEOPLE)


def test_a_good_reply_becomes_a_value() -> None:
    """Types, options, dates, choices and quotes arrive as what they stand for."""
    found = read(GOOD)
    assert isinstance(found, Judged)
    assert (found.waits, found.urgency, found.sure, found.tone) == (True, 2, 0.5, Tone.WARM)
    assert found.due == date(2026, 3, 6)
    assert found.person is PEOPLE["person"][1] and found.others == (PEOPLE["others"][0],)
    assert found.points[0].weight == 1.0


def test_a_quote_is_an_exact_span() -> None:
    """Spaces and line breaks may differ in the reply; what comes back is the document's text."""
    proof: Evidence = read(GOOD).proof
    assert proof.quote == "send the\n  keys by Friday"
    assert LETTER.text[proof.start : proof.end] == proof.quote
    assert proof.document == LETTER.id


WRONG: dict[str, dict[str, Any]] = {
    "a number for a truth value": {"waits": 1},
    "a truth value for a number": {"urgency": True},
    "a fraction for a whole number": {"urgency": 1.0},
    "too small": {"urgency": -2},
    "too large": {"urgency": 4},
    "not finite": {"sure": 1e999},
    "out of bounds by rounding": {"sure": 1.006},
    "text for a number": {"sure": "0.5"},
    "too long": {"why": "x" * 81},
    "empty": {"why": ""},
    "blank": {"why": " \n "},
    "control character": {"why": "a\u0007b"},
    "escape sequence": {"why": "\u001b[31mred"},
    "direction mark": {"why": "a\u202eb"},
    "tag character": {"why": "a\U000e0041b"},
    "private character": {"why": "a\ue000b"},
    "lone surrogate": {"why": "a\ud800b"},
    "an address": {"why": "write to tom@evil.example"},
    "a link": {"why": "see https://evil.example"},
    "a link without a scheme": {"why": "see www.evil.example"},
    "a path": {"why": "it is in /home/anna/.ssh"},
    "a path of the home": {"why": "it is in ~/secret"},
    "a path of another system": {"why": "it is in C:\\secret"},
    "no option": {"side": "mine"},
    "an option's name": {"tone": "WARM"},
    "no date": {"due": "2026-02-30"},
    "a date in other digits": {"due": "２０２６-03-06"},
    "a week": {"due": "2026-W10-1"},
    "a date with a time": {"due": "2026-03-06T00:00"},
    "not in the document": {"proof": "send the money by Friday"},
    "an empty quote": {"proof": " "},
    "a choice that is none": {"person": "p3"},
    "a choice of another field": {"person": "o1"},
    "a choice's label": {"person": "Tom"},
    "a choice by the wrong number": {"person": "p02"},
    "too many": {"others": ["o1", "o1", "o1"]},
    "the same twice": {"others": ["o1", "o1"]},
    "null": {"waits": None},
    "a list for a value": {"why": ["a"]},
    "a field more": {"extra": 1},
    "a wrong part": {"points": [{"quote": "Best, Tom", "weight": 2}]},
    "a part's field more": {"points": [{"quote": "Best, Tom", "weight": 1, "x": 1}]},
}


@pytest.mark.parametrize("how", WRONG)
def test_a_wrong_reply_is_none(how: str) -> None:
    """One fault anywhere, and there is no answer at all."""
    assert read({**GOOD, **WRONG[how]}) is None


@pytest.mark.parametrize("name", GOOD)
def test_a_field_less_is_none(name: str) -> None:
    """No default fills in for what the model did not say."""
    assert read({key: value for key, value in GOOD.items() if key != name}) is None


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "null",
        "[]",
        "{",
        "[" * 60_000,
        '{"a":' * 10_000,
        "1" * 60_000,
        json.dumps(GOOD) + "x",
        "x" + json.dumps(GOOD),
        json.dumps(GOOD).replace('"urgency": 2', '"urgency": NaN'),
        json.dumps(GOOD).replace('"urgency": 2', '"urgency": 2, "urgency": 2'),
        json.dumps(GOOD) + " " * 64_000,
    ],
    ids=lambda reply: f"{reply[:9]!r} {len(reply)}",
)
def test_what_is_no_json_object_is_none(reply: str) -> None:
    """Nesting bombs, huge numbers, NaN, keys given twice, text around it: none of them raises."""
    assert read(reply) is None


def test_null_is_for_what_may_be_missing() -> None:
    """An optional field may be null; the same field may not be left out."""
    assert read({**GOOD, "due": None}).due is None


@given(st.text(max_size=300))
@example("{}")
def test_any_text_is_a_value_or_none(reply: str) -> None:
    """Whatever the model says, reading it does not raise."""
    assert read(reply) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD]), inner),
    max_leaves=8,
)


@settings(max_examples=400)
@given(st.dictionaries(st.sampled_from([*GOOD]), _JSON, min_size=1))
def test_any_change_to_a_good_reply_is_a_value_within_bounds_or_none(other: dict[str, Any]) -> None:
    """What is returned keeps every rule, whichever fields were exchanged for whatever values."""
    found = read({**GOOD, **other})
    if found is None:
        return
    assert type(found.waits) is bool and type(found.urgency) is int and -1 <= found.urgency <= 3
    assert 0 <= found.sure <= 1 and 0 < len(found.why) <= 80
    assert found.person in PEOPLE["person"] and set(found.others) <= set(PEOPLE["others"])
    assert LETTER.text[found.proof.start : found.proof.end] == found.proof.quote
    assert all(LETTER.text[p.quote.start : p.quote.end] == p.quote.quote for p in found.points)


# --- schema --------------------------------------------------------------------------------


def test_a_schema_closes_every_object_and_bounds_every_text() -> None:
    """No field more, every field there, every text and list with an end."""
    schema = schema_of(shape_of(Judged), PEOPLE)

    def look(one: Any) -> None:
        if one.get("type") == "object":
            assert one["additionalProperties"] is False
            assert one["required"] == list(one["properties"])
            for inner in one["properties"].values():
                look(inner)
        if one.get("type") == "string" and "format" not in one:
            assert one["maxLength"] <= 5_000
        if one.get("type") == "array":
            assert one["maxItems"] <= 50
            look(one["items"])
        for inner in one.get("anyOf", ()):
            look(inner)

    look(schema)
    assert schema["properties"]["person"] == {"enum": ["p1", "p2"]}
    assert longest(shape_of(Judged)) > 80 + 300


def test_without_anything_to_choose_nothing_is_asked() -> None:
    """A field that must be a choice cannot be asked for; an optional one can only be null."""

    @dataclass(frozen=True)
    class Maybe:
        person: Choice | None
        others: tuple[Choice, ...]

    shape = shape_of(Maybe)
    assert schema_of(shape, {})["properties"]["person"] == {"type": "null"}
    assert value_of('{"person": null, "others": []}', shape, [], {}) == Maybe(None, ())
    assert value_of('{"person": "p1", "others": []}', shape, [], {}) is None
    with pytest.raises(Unanswerable):
        schema_of(shape_of(Judged), {})


@dataclass
class Thawed:
    a: bool


@dataclass(frozen=True)
class Unbounded:
    a: int


@dataclass(frozen=True)
class Backwards:
    a: Annotated[int, Between(3, 1)]


@dataclass(frozen=True)
class Bytes:
    a: bytes


@dataclass(frozen=True)
class Anything:
    a: Any


@dataclass(frozen=True)
class Dictionary:
    a: dict[str, str]


@dataclass(frozen=True)
class TooLong:
    a: Annotated[str, AtMost(5_001)]


@dataclass(frozen=True)
class Numbers:
    a: Literal[1, 2]


@dataclass(frozen=True)
class Pair:
    a: tuple[bool, bool]


@dataclass(frozen=True)
class Nothing:
    pass


class Empty(StrEnum):
    pass


@dataclass(frozen=True)
class Unoptional:
    a: Empty


@dataclass(frozen=True)
class A4:
    a: bool


@dataclass(frozen=True)
class A3:
    a: A4


@dataclass(frozen=True)
class A2:
    a: A3


@dataclass(frozen=True)
class A1:
    a: A2


@pytest.mark.parametrize(
    "answer",
    [
        *(Thawed, Unbounded, Backwards, Bytes, Anything, Dictionary, TooLong, Numbers, Pair),
        *(Nothing, Unoptional, A1, int),
    ],
    ids=lambda one: one.__name__,
)
def test_what_has_no_bounds_may_not_be_asked(answer: type[Any]) -> None:
    """A type that the rules do not know is the plugin's mistake, and said before any model runs."""
    with pytest.raises(TypeError):
        shape_of(answer)
