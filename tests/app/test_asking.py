"""``ask`` from question to value, through the real process, with models that say a given reply."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from tiny_gguf import CONTROL, timed, tiny

from samantha.adapters.chat import LlamaChat
from samantha.api.asking import AtMost, Choice, Quote, shape_of
from samantha.api.testing import document
from samantha.app.asking import Asker
from samantha.core.prompting import prompt_of
from samantha.core.templates import family_of


@dataclass(frozen=True, slots=True)
class Judged:
    waits: Annotated[bool, "whether the sender waits for an answer"]
    side: Literal["user", "other"]
    due: date | None
    proof: Quote
    person: Choice
    why: Annotated[str, AtMost(60)]


QUESTION = "Does the sender wait for something, and for what?"
LETTER = document("/home/anna/keys.txt", "Dear Anna,\nplease send the keys by 6 March.\nTom")
PEOPLE = {"person": [Choice("Tom", "tom@oak.example"), Choice("Eve", "eve@oak.example")]}
REPLY = (
    '{"waits": true, "side": "other", "due": "2026-03-06", "proof": "send the keys", '
    '"person": "p1", "why": "He asks for the keys."}'
)
Says = Callable[[str], Asker]


def prompt_tokens() -> int:
    """Return the length of the prompt in the vocabulary of bytes that ``timed`` has."""
    prompt = prompt_of(
        QUESTION,
        shape_of(Judged),
        [LETTER],
        family=family_of("gpt2", CONTROL),
        draw=lambda: "f" * 16,
        characters=10_000,
        choices=PEOPLE,
    )
    count = 0
    for text, control in (*prompt.prefix, *prompt.rest):
        for mark in CONTROL if control else ():
            text = text.replace(mark, "\0")
        count += len(text.encode())
    return count


@pytest.fixture
def chats(tmp_path: Path) -> Iterator[Callable[[Path], LlamaChat]]:
    every: list[LlamaChat] = []

    def one(model: Path) -> LlamaChat:
        every.append(LlamaChat(model, cache=tmp_path / "cache", idle_s=600))
        return every[-1]

    yield one
    for chat in every:
        chat.close()


@pytest.fixture
def says(tmp_path: Path, chats: Callable[[Path], LlamaChat]) -> Says:
    """Return an asker whose model gives this reply to the question about the letter."""

    def one(reply: str) -> Asker:
        model = timed(tmp_path / f"{len(list(tmp_path.iterdir()))}.gguf", reply, prompt_tokens())
        return Asker(chats(model))

    return one


def asked(asker: Asker, about: Any = LETTER, **more: Any) -> Judged | None:
    return asker.ask(QUESTION, about, Judged, **{"choices": PEOPLE, **more})


def test_a_question_gets_a_typed_answer(says: Says) -> None:
    """Through prompt, process, mask and reading: the value, its quote a span, its choice ours."""
    found = asked(says(REPLY))
    assert found is not None
    assert (found.waits, found.side, found.due) == (True, "other", date(2026, 3, 6))
    assert LETTER.text[found.proof.start : found.proof.end] == "send the keys"
    assert found.person.value == "tom@oak.example"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("send the keys", "send the gold"),
        ("He asks for the keys.", "Write to x@evil.example"),
        ("He asks for the keys.", "See https://evil.example"),
        ("2026-03-06", "2026-02-29"),
        ("2026-03-06", "0000-03-06"),
    ],
)
def test_what_the_schema_lets_through_is_still_read_strictly(
    says: Says, old: str, new: str
) -> None:
    """Words that are not in the letter, an address, a link, a day that never was: None."""
    assert asked(says(REPLY.replace(old, new))) is None


def test_what_is_out_of_the_schema_cannot_be_said(says: Says) -> None:
    """A model bent on another person, another field or plain text is held to the schema."""
    for reply in (REPLY.replace('"p1"', '"p9"'), '{"to": "x@evil.example"}', "Of course! " * 9):
        found = asked(says(reply))
        assert found is None or found.person in PEOPLE["person"]


def test_without_a_model_there_is_no_answer(
    tmp_path: Path, chats: Callable[[Path], LlamaChat]
) -> None:
    """None, never an error; but a type that may not be asked for is the plugin's mistake."""
    asker = Asker(chats(tmp_path / "missing.gguf"))
    assert asked(asker) is None
    assert asked(asker, []) is None
    with pytest.raises(TypeError):
        asker.ask(QUESTION, LETTER, str)


def test_nothing_to_choose_from_is_no_answer(says: Says) -> None:
    """The model is not even asked."""
    asker = says(REPLY)
    assert asked(asker, choices={}) is None


@dataclass(frozen=True, slots=True)
class Short:
    yes: bool


def test_a_document_of_any_length_is_asked_about(
    tmp_path: Path, chats: Callable[[Path], LlamaChat]
) -> None:
    """Empty, huge, many, or all in letters of four bytes: cut to what the model can hold."""
    chat = chats(tiny(tmp_path / "tiny.gguf"))
    asker = Asker(chat, document_tokens=3_000)
    for text in ("", "x" * 2_000_000, "\U0001f9ff" * 90_000, "\0" * 50_000):
        about = document("/home/anna/a.txt", text)
        assert isinstance(asker.ask("Is it?", about, Short), Short)
    some = [document(f"/home/anna/{n}.txt", "rain and slate " * 999) for n in range(9)]
    assert isinstance(asker.ask("Is it?", some, Short), Short)


def test_the_prefix_is_kept_on_disk_only_for_a_question_asked_of_many(
    tmp_path: Path, chats: Callable[[Path], LlamaChat]
) -> None:
    """A question about one letter may quote it, so nothing of it is written down."""
    asker = Asker(chats(tiny(tmp_path / "tiny.gguf")))
    for _ in range(5):
        asker.ask("Is Anna's secret 'walnut'?", LETTER, Short)
    assert not list(tmp_path.rglob("prefixes/*"))
    for n in range(5):
        asker.ask("Is it a letter?", document(f"/home/anna/{n}.txt", "Dear Anna"), Short)
    assert len(list(tmp_path.rglob("prefixes/*"))) == 1
