"""Real letters of two writers: the right ones are gathered, and only they."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from samantha.adapters.reader import JailedReader
from samantha.api.types import Author, Collection, Document, DocumentId, Identity, Kind
from samantha.core.ports import Unreadable
from samantha.signals.analyze import analyze
from samantha.signals.collections import collections

DATA = Path(__file__).parents[3] / "shared" / "data"
ENGLISH = DATA / "letters_gutenberg_en"
GERMAN = DATA / "letters_schnitzler_de"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("real_letters"),
    pytest.mark.skipif(not (ENGLISH.is_dir() and GERMAN.is_dir()), reason="no letters here"),
]


@dataclass(frozen=True, slots=True)
class Home:
    """Files as they lie in somebody's home, and which of them are that person's letters."""

    files: tuple[Document, ...]
    own: frozenset[str]


@pytest.fixture(scope="module")
def reader() -> Iterator[JailedReader]:
    made = JailedReader()
    yield made
    made.close()


def home(
    reader: JailedReader, user: Identity, places: Sequence[tuple[str, Sequence[Path], bool]]
) -> Home:
    chance = random.Random(11)
    files, own = [], set()
    for folder, paths, is_own in places:
        for path in paths:
            read = reader.read(str(path), "home", "file")
            lies = f"/home/user/{folder}/{path.name}"
            when = NOW - timedelta(days=10 + 290 * chance.random())
            moved = replace(read, id=DocumentId(lies), path=lies, modified=when)
            files.append(replace(moved, analysis=analyze(moved, user, UTC, None)))
            if is_own:
                own.add(lies)
    return Home(tuple(files), frozenset(own))


def check(made: Home) -> Collection:
    """Expect one collection of letters, at least 95 % right and 90 % complete."""
    found = [c for c in collections(made.files, lambda _: None, NOW) if c.pieces]
    assert len(found) == 1
    got = {str(p.document.id) for p in found[0].pieces}
    assert found[0].kind is Kind.LETTER
    assert len(got & made.own) >= 0.95 * len(got)
    assert len(got & made.own) >= 0.90 * len(made.own)
    return found[0]


def writer(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.suffix == ".txt")


BOOKS = "downloaded_book_negative"


@pytest.fixture(scope="module")
def english() -> tuple[Identity, list[Path]]:
    folder = next(p for p in sorted(ENGLISH.iterdir()) if p.is_dir() and p.name != BOOKS)
    return Identity((folder.name.title(),)), writer(folder)


@pytest.mark.parametrize("folder", ["Letters", "Documents/writing"])
def test_english_letters_beside_a_downloaded_book(
    reader: JailedReader, english: tuple[Identity, list[Path]], folder: str
) -> None:
    """All but a few letters are gathered; the book is not, wherever it lies."""
    user, letters = english
    books = writer(ENGLISH / BOOKS)
    for place in ("Downloads", folder):
        found = check(home(reader, user, [(folder, letters, True), (place, books, False)]))
        assert found.language == "en"
        assert {d for d, _ in found.left_out} >= {f"/home/user/{place}/{b.name}" for b in books}


def test_english_letters_beside_letters_of_another_writer(
    reader: JailedReader, english: tuple[Identity, list[Path]]
) -> None:
    """Another writer's letters in a folder of received ones stay out."""
    user, letters = english
    others = writer(GERMAN / "briefe")
    check(home(reader, user, [("Letters", letters, True), ("Received", others, False)]))


@pytest.mark.parametrize("beside", ["Briefe", "Briefe/Empfangen", "Post"])
def test_german_letters_without_those_received(reader: JailedReader, beside: str) -> None:
    """Letters received are left out in a folder of their own and among the writer's own."""
    user = Identity(("Arthur Schnitzler",))
    places = [
        ("Briefe", writer(GERMAN / "briefe"), True),
        (beside, writer(GERMAN / "received_negative"), False),
    ]
    assert check(home(reader, user, places)).language == "de"


def test_received_letters_are_by_somebody_else(reader: JailedReader) -> None:
    """Looked at one by one, hardly a received letter is taken for the user's."""
    user = Identity(("Arthur Schnitzler",))
    seen: list[Author] = []
    for path in writer(GERMAN / "received_negative"):
        read = reader.read(str(path), "home", "file")
        seen.append(analyze(read, user, UTC, None).author)
    assert seen.count("user") == 0
    assert seen.count("other") >= 0.9 * len(seen)


def test_no_contract_receipt_or_mail_becomes_a_letter(reader: JailedReader) -> None:
    """Other people's papers and a mailing list's mails hold no piece of the user's."""
    user = Identity(("Nora Quist",), ("nora@quist.example",))
    papers = [p for p in sorted((DATA / "cuad_contracts").glob("*")) if p.suffix.lower() == ".pdf"]
    mails = sorted((DATA / "spamassassin" / "easy-ham-2").glob("*.eml"))[:150]
    files = []
    for media, paths in (("file", papers), ("mail", mails)):
        for path in paths:
            try:
                read = reader.read(str(path), "home", media)
            except Unreadable:
                continue
            seen = analyze(read, user, UTC, None)
            assert seen.kind is not Kind.LETTER
            files.append(replace(read, analysis=seen))
    assert not [c for c in collections(files, lambda _: None, NOW) if c.pieces]
