"""Plugin letters: one offer where work and outlet meet, silence with a reason everywhere else."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from samantha.api import (
    AssembleManuscript,
    Collection,
    Document,
    Kind,
    Outlet,
    Piece,
    Silence,
    Suggestion,
)
from samantha.api.testing import ME, NOW, context, document, mail, moment

FOLDER = Path(__file__).parents[2] / "plugins" / "letters"
CALL = (
    "Dear friends, The Quiet Post is open for letters until 30 June 2026. "
    "Send three to five letters, no more than 1,000 words, to post@quiet.example, please."
)


def load() -> Any:
    name = "letters_under_test"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            name, FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
        )
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


PLUGIN = load().plugin


def letter(number: int, *, words: int = 180, day: int = 1, **more: Any) -> Document:
    text = (
        f"Dear Ann,\n\nThe harbour froze on the {number}th day and nobody said a word about it.\n"
    )
    text += "snow " * (words - 18) + "\n\nYours,\nAnna\n"
    modified = datetime(2026, 1, day, tzinfo=UTC) + timedelta(days=number)
    return document(
        f"/home/a/Letters/{number}.txt",
        text,
        kind=more.pop("kind", Kind.LETTER),
        modified=more.pop("modified", modified),
        title=f"letter-{number}",
        **more,
    )


def body(pieces: Iterable[Document], kind: Kind = Kind.LETTER, language: str = "en") -> Collection:
    return Collection("k1", kind, language, "/home/a/Letters", tuple(Piece(p) for p in pieces))


def call(text: str = CALL, **value: Any) -> Document:
    sentence = text[text.index("The Quiet") : text.index("2026.") + 5]
    limit = text.index("no more than 1,000 words")
    said = {
        "name": "The Quiet Post",
        "address": "post@quiet.example",
        "deadline": "2026-06-30",
        "genres": ["letter"],
        "max_words": 1000,
        "min_pieces": 3,
        "max_pieces": 5,
        "language": "en",
        "quotes": {"max_words": [limit, limit + 24]},
        **value,
    }
    return mail(
        text,
        sender="editor@quiet.example",
        sender_name="The Quiet Post",
        subject="Open call: Letters",
        signals=[("open_call", said, sentence)],
    )


def ask(
    documents: list[Document],
    collections: list[Collection],
    *,
    now: datetime = NOW,
    kind: str = "day",
    about: Iterable[Document] = (),
    outlets: Iterable[Outlet] = (),
    meaning: Any = None,
    model: Any = None,
) -> tuple[list[Suggestion], list[str]]:
    where = context(
        documents,
        PLUGIN.config(),
        collections=collections,
        outlets=outlets,
        meaning=meaning,
        **({"ask": model} if model else {}),
    )
    answers = list(PLUGIN.suggest(moment(about, now=now, kind=kind), where))
    offers = [a for a in answers if isinstance(a, Suggestion)]
    return offers, [a.reason for a in answers if isinstance(a, Silence)]


LETTERS = [letter(n) for n in range(1, 8)]


def one(**more: Any) -> Suggestion:
    offers, _ = ask([*LETTERS, call(**more)], [body(LETTERS)])
    assert len(offers) == 1
    return offers[0]


def action(offer: Suggestion) -> AssembleManuscript:
    assert isinstance(offer.action, AssembleManuscript)
    return offer.action


def test_finished_letters_and_an_open_call_lead_to_one_offer() -> None:
    """Seven letters and a call give one offer, within the limits, in the order of their dates."""
    offer = one()
    assert offer.title == "Your 5 letters fit “The Quiet Post” (closes 30 June)"
    assert len(offer.title) <= 80 and offer.confidence > 0.7
    assert action(offer).to == "post@quiet.example" and action(offer).title == "Five Letters"
    pieces = [d for d in LETTERS if d.id in action(offer).pieces]
    assert sum(d.words for d in pieces) <= 1000
    assert list(action(offer).pieces) == [d.id for d in pieces]
    assert offer.expires == datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC)


def test_every_quote_is_exact() -> None:
    """The call, its limit and at least three opening lines are quoted from where they stand."""
    found = call()
    offers, _ = ask([*LETTERS, found], [body(LETTERS)])
    known = {d.id: d for d in [*LETTERS, found]}
    evidence = offers[0].evidence
    assert all(known[e.document].text[e.start : e.end] == e.quote for e in evidence)
    assert evidence[0].quote.startswith("The Quiet Post is open")
    assert any(e.quote == "no more than 1,000 words" for e in evidence)
    assert sum(e.document != found.id and "harbour" in e.quote for e in evidence) >= 3
    assert {e.document for e in evidence} <= set(offers[0].sources)


def test_every_piece_is_quoted() -> None:
    """However many pieces there are, each has its own words among the evidence."""
    many = [letter(n, words=100) for n in range(1, 31)]
    offers, _ = ask([*many, call(max_pieces=30, max_words=50_000, quotes={})], [body(many)])
    quoted = {e.document for e in offers[0].evidence}
    assert len(action(offers[0]).pieces) == 30 and set(action(offers[0]).pieces) <= quoted


def test_the_same_world_gives_the_same_thing() -> None:
    """A second look, and a reminder of the call, name the same thing."""
    first = call()
    again = mail(
        CALL + " A reminder!",
        sender="editor@quiet.example",
        date=datetime(2026, 4, 28, tzinfo=UTC),
        signals=[("open_call", {"name": "The Quiet Post", "genres": ["letter"]}, CALL[14:67])],
    )
    a, _ = ask([*LETTERS, first], [body(LETTERS)])
    b, _ = ask([*LETTERS, first, again], [body(LETTERS)])
    assert len(a) == len(b) == 1 and a[0].thing == b[0].thing and a[0].action == b[0].action


def test_two_outlets_lead_to_one_offer_that_names_the_other() -> None:
    """Per moment a collection goes to one outlet; the second is named in the reason."""
    other = Outlet(name="Harbour Review", address="h@review.example")
    offers, silent = ask([*LETTERS, call()], [body(LETTERS)], outlets=[other])
    assert len(offers) == 1 and "Harbour Review" in offers[0].why
    assert any("fits the same pieces better" in s for s in silent)


def test_meaning_chooses_the_pieces() -> None:
    """With a model the pieces nearest to the call's theme are taken first."""
    warm = {LETTERS[n].text for n in (0, 3, 6)}
    offers, _ = ask(
        [*LETTERS, call(max_pieces=3, themes="ice")],
        [body(LETTERS)],
        meaning=lambda left, right: 0.9 if right in warm else 0.2,
    )
    assert list(action(offers[0]).pieces) == [LETTERS[n].id for n in (0, 3, 6)]
    assert "nearest to the call" in offers[0].why.lower()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"deadline": "2026-04-30"}, "deadline"),
        ({"genres": ["poem"]}, "asks for poems"),
        ({"language": "de"}, "another language"),
        ({"max_words": 400}, "keep within the limits"),
        ({"min_words": 5000, "max_words": 9000}, "wants 5000 words"),
        ({"formats": ["paper"]}, "takes only paper"),
    ],
)
def test_a_call_that_does_not_fit_is_silence_with_a_reason(
    value: dict[str, Any], reason: str
) -> None:
    """Past, of another kind, of another language, out of limits: no offer, and why."""
    offers, silent = ask([*LETTERS, call(**value)], [body(LETTERS)])
    assert not offers and any(reason in s for s in silent)


def test_on_the_last_day_the_call_is_still_open() -> None:
    """A deadline counts to the end of its day."""
    last = datetime(2026, 6, 30, 20, tzinfo=UTC)
    offers, _ = ask([*LETTERS, call()], [body(LETTERS)], now=last)
    assert len(offers) == 1 and offers[0].urgent


def test_work_in_progress_is_left_in_peace() -> None:
    """A piece that changed yesterday keeps the whole collection silent."""
    fresh = letter(9, modified=NOW - timedelta(days=1))
    offers, silent = ask([*LETTERS, fresh, call()], [body([*LETTERS, fresh])])
    assert not offers and any("still being written" in s for s in silent)


def test_too_little_work_is_no_body_of_work() -> None:
    """Two letters, or three of a few words, are not offered."""
    few = LETTERS[:2]
    assert ask([*few, call()], [body(few)])[1] == ["too few finished pieces: 2 of 3"]
    short = [letter(n, words=30) for n in range(3)]
    assert "too short" in ask([*short, call()], [body(short)])[1][0]


@pytest.mark.parametrize("to", ["post@quiet.example", "submissions@quiet.example"])
def test_what_was_sent_is_not_offered_again(to: str) -> None:
    """A mail with the work to the outlet's address or domain after the call is enough."""
    sent = mail(
        "Here it is.",
        sender=ME.addresses[0],
        to=[to],
        folder="sent",
        date=datetime(2026, 4, 25, tzinfo=UTC),
        attachments=["work.docx"],
    )
    offers, silent = ask([*LETTERS, call(), sent], [body(LETTERS)])
    assert not offers and any("you have written" in s for s in silent)


def test_an_older_mail_to_the_outlet_is_no_submission() -> None:
    """What was sent before the call, or to a stranger on the same big provider, does not count."""
    old = mail(
        "Here it is.",
        sender=ME.addresses[0],
        to=["post@quiet.example"],
        folder="sent",
        date=datetime(2026, 4, 1, tzinfo=UTC),
        attachments=["work.docx"],
    )
    assert len(ask([*LETTERS, call(), old], [body(LETTERS)])[0]) == 1


def test_a_manuscript_that_was_made_is_enough() -> None:
    """A newer file that holds the pieces means the author did it."""
    text = "\n\n".join(d.text for d in LETTERS[2:])
    made = document(
        "/home/a/Letters/book.docx",
        text,
        kind=Kind.MANUSCRIPT,
        modified=datetime(2026, 4, 22, tzinfo=UTC),
    )
    offers, silent = ask([*LETTERS, call(), made], [body(LETTERS)])
    assert not offers and any("made a manuscript" in s for s in silent)


def test_a_call_in_spam_or_of_ones_own_is_none() -> None:
    """Spam calls nobody, and neither does the user."""
    for folder in ("spam", "trash", "sent"):
        bad = call()
        assert bad.mail is not None
        from dataclasses import replace

        bad = replace(bad, mail=replace(bad.mail, folder=folder))
        assert not ask([*LETTERS, bad], [body(LETTERS)])[0]


def test_moments_that_do_not_concern_it_cost_nothing() -> None:
    """A bill that arrives does not make the plugin look through the letters."""
    bill = mail("You owe 12 EUR.", kind=Kind.INVOICE)
    assert ask([*LETTERS, call()], [body(LETTERS)], kind="documents", about=[bill]) == ([], [])
    offers, _ = ask([*LETTERS, call()], [body(LETTERS)], kind="documents", about=[call()])
    assert len(offers) == 1


def test_the_cover_mail_obeys_the_call() -> None:
    """Subject line, anonymity and format are as the call wants them; nothing is left to fill in."""
    wishes = {"subject": "Letters: [Title] by [Last Name]", "anonymous": True, "formats": ["pdf"]}
    done = action(one(**wishes))
    assert done.subject == "Letters: Five Letters by Berg"
    assert done.anonymous and done.attach == ("pdf",)
    assert "my name does not appear" in done.cover and "PDF" in done.cover
    assert "“Open call: Letters” of 20 April" in done.cover
    assert not any(mark in done.cover + done.subject for mark in "[]<>{}")


def test_a_german_call_gets_a_german_mail() -> None:
    """The mail is written in the language of the call."""
    pieces = [letter(n, language="de") for n in range(1, 5)]
    offers, _ = ask([*pieces, call(language="de")], [body(pieces, language="de")])
    done = action(offers[0])
    assert done.language == "de" and done.title == "Vier Briefe"
    assert "Im Anhang finden Sie" in done.cover and "Mit freundlichen Grüßen" in done.cover


def test_a_long_name_keeps_the_title_short() -> None:
    """A title never grows past eighty characters."""
    assert len(one(name="The Very Long Name Of A Review " * 5).title) <= 80


@pytest.mark.parametrize(
    "value",
    [
        {"deadline": "soon"},
        {"genres": "letter"},
        {"max_words": -1, "max_pages": True, "quotes": {"x": [5, 2], "y": "no"}},
        {"quotes": {"x": [0, 10**9]}, "name": None, "address": 7},
    ],
)
def test_strange_values_of_a_signal_break_nothing(value: dict[str, Any]) -> None:
    """What a signal says is a stranger's: odd values are left out."""
    ask([*LETTERS, call(**value)], [body(LETTERS)])


def test_a_limit_for_each_piece_is_not_one_for_all() -> None:
    """Pieces within a limit of their own all go; one that is longer stays out."""
    pieces = [*LETTERS[:3], letter(9, words=400)]
    found = call(max_words=200, max_words_each=200, min_pieces=2)
    offers, _ = ask([*pieces, found], [body(pieces)])
    assert list(action(offers[0]).pieces) == [d.id for d in LETTERS[:3]]
    assert "at most 200 words each" in offers[0].why


def answering(paragraph: str) -> Any:
    """A model that writes this, into whatever it is asked for."""
    return lambda question, about, answer, **more: answer(paragraph)


def test_the_models_paragraph_goes_into_the_cover_mail_as_a_draft() -> None:
    """It stands before the thanks, and the offer says whose words they are."""
    words = "They tell of a harbour that froze, and of those who stayed."
    offers, _ = ask([*LETTERS, call()], [body(LETTERS)], model=answering(words))
    cover = action(offers[0]).cover
    assert words in cover and cover.index(words) < cover.index("Thank you for your time")
    assert "the local model's draft" in offers[0].why


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Too short.",
        "They tell of a harbour; write to me at anna@evil.example for the rest of them.",
        "They tell of a harbour. See https://evil.example/letters for the rest of them.",
        "They tell of a harbour and of 12000 euros that somebody should transfer today.",
        "They tell of a harbour that froze and of people who stayed and then it breaks",
        "They tell of a harbour. <script>alert(1)</script> And of the people who stayed.",
        "x" * 301,
    ],
)
def test_what_a_model_should_not_write_is_left_out(words: str) -> None:
    """Addresses, links, sums, markup and broken sentences never reach the cover mail."""
    plain, _ = ask([*LETTERS, call()], [body(LETTERS)])
    offers, _ = ask([*LETTERS, call()], [body(LETTERS)], model=answering(words))
    assert action(offers[0]).cover == action(plain[0]).cover
    assert "the local model's draft" not in offers[0].why


def test_where_the_call_leaves_one_piece_one_is_enough() -> None:
    """A limit that only one piece keeps asks for that one; without a limit the body must be one."""
    pieces = [letter(1, words=180), letter(2, words=400), letter(3, words=400)]
    offers, _ = ask(
        [*pieces, call(max_words=200, min_pieces=None, max_pieces=None)], [body(pieces)]
    )
    assert list(action(offers[0]).pieces) == [pieces[0].id]


def test_a_piece_that_is_left_out_hears_why() -> None:
    """Looked at by itself, a draft is told what keeps it out."""
    draft = letter(9, finished=False)
    made = Collection(
        "k1", Kind.LETTER, "en", "/home/a/Letters", tuple(Piece(p) for p in LETTERS),
        ((draft.id, "not finished: its name says “draft”"),),
    )  # fmt: skip
    _, silent = ask([*LETTERS, draft, call()], [made], kind="collection_grew", about=[draft])
    assert "not finished: its name says “draft”" in silent
