"""The instruct model that the user chose: its words reach an offer as a draft, and only so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Annotated, Any

import pytest
from homes import CONFIG, Home
from tiny_gguf import scripted, tiny

from samantha.adapters.clock import SystemClock
from samantha.adapters.model_files import ModelFiles, folder_in
from samantha.adapters.store import Store
from samantha.api import AtMost, Choice
from samantha.api.testing import document
from samantha.app.chosen_model import CHOICE, ChosenModel
from samantha.app.config import Model
from samantha.app.demo import make_home
from samantha.app.places import Places

SAID = "They tell of a house that leans, a lamp that is kept, and the people near it."


@dataclass(frozen=True, slots=True)
class Said:
    paragraph: Annotated[str, AtMost(300)]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(*(tmp_path / name for name in ("config", "data", "state", "cache", "run"))).make()


@pytest.fixture
def state(places: Places) -> Iterator[Store]:
    store = Store(places.state_db)
    yield store
    store.close()


def submission(home: Home) -> dict[str, Any]:
    """Return the offer of the plugin that writes cover mails."""
    return next(one for one in home.json("run", "--once") if one["plugin"] == "letters")


def chosen(places: Places, state: Store, *, enabled: bool = True) -> ChosenModel:
    return ChosenModel(places, state, Model(enabled=enabled))


def test_without_a_choice_nothing_is_asked(places: Places, state: Store) -> None:
    """No model, a switched-off one, one that is not there: None, and the state says why."""
    letter = document("/home/a.txt", "Dear Ann, the lamp is lit.")
    model = chosen(places, state)
    assert model.ask("What?", letter, Said) is None and model.state()[0] == "none"
    state.set_setting(CHOICE, "gone")
    assert model.ask("What?", letter, Said) is None
    assert model.state()[0] == "unavailable" and "samantha model list" in model.state()[1]
    assert chosen(places, state, enabled=False).state()[0] == "none"
    model.close()


@dataclass(frozen=True, slots=True)
class Pointed:
    person: Choice


def test_the_same_question_is_answered_once(places: Places, state: Store, tmp_path: Path) -> None:
    """From memory, also where it points; but never at what stands for something else by now."""
    files = ModelFiles(folder_in(places.data))
    path = scripted(tmp_path / "m.gguf", 'p1"}', after='"')
    state.set_setting(CHOICE, files.add_by_hand(path, SystemClock().now()).name)
    model = chosen(places, state)
    letter = document("/home/a.txt", "Dear Ann, the lamp is lit.")

    def ask(address: str) -> Pointed | None:
        some = {"person": [Choice("Tom", address), Choice("Eve", "eve@oak.example")]}
        return model.ask("Who?", letter, Pointed, choices=some)

    first, again = ask("tom@oak.example"), ask("tom@oak.example")
    assert first is not None and again is first
    other = ask("tom@elm.example")
    assert other is not None and other.person.value != "tom@oak.example"
    model.close()


def test_many_candidates_do_not_wait_for_one_model(
    places: Places, state: Store, tmp_path: Path
) -> None:
    """Where a turn's time is over the rest is told None, and stays with that; a new turn is new."""
    files = ModelFiles(folder_in(places.data))
    path = scripted(tmp_path / "m.gguf", f'{SAID}"}}', after='"')
    state.set_setting(CHOICE, files.add_by_hand(path, SystemClock().now()).name)
    model = ChosenModel(places, state, Model(), patience_s=0.0)
    some = [document(f"/home/{n}.txt", f"Dear Ann, this is number {n}.") for n in range(3)]
    model.fresh()
    said = [model.ask("What?", one, Said) for one in some]
    assert [one is None for one in said] == [False, True, True]
    model.fresh()
    assert [model.ask("What?", one, Said) for one in some] == said
    assert model.ask("What?", document("/home/9.txt", "Dear Bob, hello."), Said) is not None
    model.close()


@pytest.mark.slow
def test_the_models_words_are_a_draft_in_the_cover_mail(home: Home, tmp_path: Path) -> None:
    """A model chosen on the command line writes its paragraph; a changed file is not used."""
    told = CONFIG.replace('["Anna Berg", "Anna"]', '["Marta Lindqvist", "Marta"]')
    home.configure(told.replace("anna@berg", "marta@lindqvist"), model=True)
    made = tmp_path / "Marta"
    make_home(made, SystemClock().now())
    shutil.copytree(made / "Letters", home.root / "Documents/Letters", copy_function=shutil.copy2)
    call = next((made / "Mail/cur").glob("*open-call*"))
    shutil.copy2(call, home.root / "Mail/cur" / call.name)
    # The schema forces all that stands before the paragraph: the model goes on from its quote.
    gguf = scripted(tmp_path / "model.gguf", f'{SAID}"}}', after='"')
    home.run("model", "use", str(gguf))
    named = next(row["name"] for row in home.json("model", "list") if row["in_use"])
    offer = submission(home)
    assert "the local model's draft" in offer["why"]
    assert SAID in offer["action"]["cover"]
    assert offer["action"]["drafted"] == [SAID]
    shown = home.run("show", str(offer["id"])).stdout
    assert [line for line in shown.splitlines() if line.startswith("~")] == [f"~ {SAID}"]
    assert "were drafted by the local model" in shown
    assert SAID not in json.dumps(home.json("why", str(offer["id"])))
    data = bytearray(gguf.read_bytes())
    data[-1] ^= 1
    gguf.write_bytes(data)
    shutil.rmtree(home.root / ".state")
    (home.root / ".state").mkdir(mode=0o700)
    store = Store(home.state_db)
    store.set_setting(CHOICE, named)
    store.close()
    offer = submission(home)
    assert SAID not in offer["action"]["cover"]


ASKED = """\
From: Anna Berg <anna@berg.example>
To: Tom Oak <tom@oak.example>
Subject: Figures for the boat
Date: {date}
Message-ID: <asked@berg.example>

Dear Tom,

Thank you for the walk by the sea. Could you please send me the figures for the boat? I need them
for the tax office, and they were not in what you gave me.

Cheers,
Anna
"""


@pytest.mark.slow
def test_a_follow_up_is_worded_by_the_model_in_the_users_own_frame(
    home: Home, tmp_path: Path
) -> None:
    """Greeting and closing are the user's, the question is quoted, and its words are marked."""
    said = "I hope you are well, Tom. Have you had a moment to look at the figures for the boat?"
    home.configure(model=True)
    sent = SystemClock().now() - timedelta(days=12)
    text = ASKED.replace("{date}", format_datetime(sent))
    home.write("1.asked:2,S", text, folder="Mail/.Sent/cur")
    home.run("model", "use", str(scripted(tmp_path / "model.gguf", f'{said}"}}', after='"')))
    offer = next(one for one in home.json("run", "--once") if one["plugin"] == "waiting")
    body = offer["action"]["body"]
    assert body.startswith("Dear Tom,\n\n") and body.endswith("\n\nCheers,\nAnna\n")
    assert "> Could you please send me the figures for the boat?" in body and said in body
    assert offer["action"]["to"] == ["tom@oak.example"] and said in offer["action"]["drafted"]
    shown = home.run("show", str(offer["id"])).stdout
    assert f"~ {said}" in shown.splitlines() and "local model drafted" in " ".join(shown.split())


@pytest.mark.slow
def test_a_model_that_answers_nothing_of_use_is_told(home: Home, tmp_path: Path) -> None:
    """`model test` shows each answer, and says what is better than such a model."""
    gguf = tiny(tmp_path / "tiny.gguf")
    assert "samantha model list" in home.run("model", "test", code=1).stderr
    home.run("model", "use", str(gguf))
    done = home.run("model", "test", code=1)
    assert done.stdout.count("\n") == 7 and "of 6 right" in done.stdout
    assert "samantha model use none" in done.stderr


@pytest.mark.slow
def test_the_bench_measures_beside_the_plain_library(home: Home, tmp_path: Path) -> None:
    """One run gives load, speed, memory before, with and after, and the tokens that are spared."""
    home.run("model", "use", str(tiny(tmp_path / "tiny.gguf")))
    rows = {row["what"]: row for row in home.json("model", "bench")}
    assert {"load", "first token", "prompt", "generation"} <= set(rows)
    assert all(rows[name]["ours"] > 0 and rows[name]["peer"] > 0 for name in ("load", "prompt"))
    assert any("memory" in name for name in rows)


def test_a_server_elsewhere_is_said_in_the_state(places: Places, state: Store) -> None:
    """A configured server goes before a file, and where text goes is said before any is sent."""
    state.set_setting(CHOICE, "a-file")
    model = ChosenModel(places, state, Model(endpoint="http://192.168.1.5:8080/v1"))
    way, told = model.state()
    assert way == "idle" and "Text goes to http://192.168.1.5:8080 on your network." in told
    assert chosen(places, state).where() == ""
    model.close()
