"""What holds for every library a plugin may ask: the index's, and the one in memory for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from samantha.adapters.index import SqliteIndex
from samantha.api import Document, Library
from samantha.api.testing import ME, MemoryLibrary, document, mail
from samantha.app.library import IndexLibrary
from samantha.core.admit import Permissions
from samantha.core.ports import Stat

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
BERT, CORA = "bert@else.example", "cora@else.example"
Build = Callable[[Sequence[Document]], Library]


class _NoModel:
    def embed(self, texts: Sequence[str]) -> Sequence[bytes] | None:
        return None

    def state(self) -> tuple[str, str]:
        return "unavailable", ""

    def close(self) -> None:
        pass


class _Clock:
    def now(self) -> datetime:
        return START


@pytest.fixture(params=["index", "memory"])
def build(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Build]:
    if request.param == "memory":
        yield lambda documents: MemoryLibrary(list(documents), identity=ME)
        return
    index = SqliteIndex(tmp_path / "index.db", now=lambda: START)

    def filled(documents: Sequence[Document]) -> Library:
        index.put([(d, Stat(1, 1, 1), None) for d in documents])
        permissions = Permissions(("files", "mail"), ())
        return IndexLibrary(index, _NoModel(), _Clock(), permissions, ME)

    yield filled
    index.close()


def sent(
    name: str, hours: float, *, to: str = BERT, asks: bool = True, answers: str = ""
) -> Document:
    text = f"Could you tell me about {name}?" if asks else f"Here is {name}."
    return mail(
        text, sender=ME.addresses[0], to=[to], folder="sent", subject=name,
        message_id=f"<{name}@me>", date=START + timedelta(hours=hours), in_reply_to=answers,
        signals=[("question", {"due": None}, text)] if asks else [],
    )  # fmt: skip


def got(
    name: str, hours: float, *, sender: str = BERT, asks: bool = False, answers: str = ""
) -> Document:
    text = f"What about {name}?" if asks else f"It is {name}."
    return mail(
        text, sender=sender, subject=name, message_id=f"<{name}@them>",
        date=START + timedelta(hours=hours), in_reply_to=answers,
        signals=[("question", {"due": None}, text)] if asks else [],
    )  # fmt: skip


def names(documents: Sequence[Document]) -> list[str]:
    return [d.title for d in documents]


def test_until_is_left_out(build: Build) -> None:
    """A stretch of time ends before ``until`` and begins with ``since``."""
    library = build([sent("a", 0), sent("b", 1), sent("c", 2)])
    hours = [START + timedelta(hours=h) for h in range(3)]
    assert names(library.documents(since=hours[1], until=hours[2])) == ["b"]
    assert names(library.documents(until=hours[1])) == ["a"]


def test_mails_with_a_person_begin_with_since(build: Build) -> None:
    """Old mails need not be read to know the new ones."""
    library = build([got("a", 0), sent("b", 1), got("c", 2, sender=CORA)])
    assert names(library.mails_with(BERT, since=START + timedelta(hours=1))) == ["b"]
    assert names(library.mails_with(BERT)) == ["b", "a"]
    assert names(library.mails_with(BERT, author="other")) == ["a"]
    assert names(library.mails_with(BERT, limit=1)) == ["b"]
    assert names(library.documents(media="mail", limit=2)) == ["c", "b"]


def test_mails_with_a_person_can_be_those_that_ask(build: Build) -> None:
    """What carries none of the signals is not read at all."""
    library = build([sent("asks", 0), sent("tells", 1, asks=False)])
    assert names(library.mails_with(BERT, signals=("question", "request"))) == ["asks"]


def test_answer_times_are_those_of_one_side(build: Build) -> None:
    """The user's speed towards a person is not that person's speed."""
    library = build(
        [
            got("q1", 0, asks=True),
            sent("a1", 2, asks=False, answers="<q1@them>"),
            sent("q2", 10),
            got("a2", 15, answers="<q2@me>"),
            got("again", 20, answers="<q2@me>"),
            got("other", 11, sender=CORA, answers="<q2@me>"),
        ]
    )
    since = START - timedelta(days=1)
    assert library.answer_times(BERT, by_user=True, since=since) == [timedelta(hours=2)]
    assert library.answer_times(BERT, by_user=False, since=since) == [timedelta(hours=5)]
    assert list(library.answer_times("no@body.example", by_user=True, since=since)) == []


def test_who_was_written_to_is_known(build: Build) -> None:
    """Mail in the sent folder makes somebody known; mail that came does not."""
    library = build([sent("a", 0), got("b", 1, sender=CORA)])
    assert (library.written_to(BERT.upper()), library.written_to(CORA)) == (True, False)


def test_own_addresses_are_those_of_the_configuration_and_of_sent_mail(build: Build) -> None:
    """An alias in the sent folder is the user; a stranger's address never is."""
    alias = sent("a", 0)
    assert alias.mail is not None and alias.mail.sender is not None
    sender = replace(alias.mail.sender, address="anna@old.example")
    alias = replace(alias, mail=replace(alias.mail, sender=sender))
    library = build([alias, got("b", 1)])
    own = ("anna@old.example", ME.addresses[0].upper(), BERT)
    assert [library.sends_from(one) for one in own] == [True, True, False]


def test_search_finds_all_words_before_any(build: Build) -> None:
    """Documents with every word come alone; where none has them all, any word will do."""
    files = [
        document("/home/a/lease.txt", "The lease of the harbour flat"),
        document("/home/a/boat.txt", "The boat in the harbour"),
        mail("The lease of the harbour flat"),
    ]
    library = build(files)
    assert names(library.search("harbour lease", media="file")) == ["lease"]
    assert sorted(names(library.search("boat lease", media="file"))) == ["boat", "lease"]
    assert list(library.search("!?", media="file")) == []


def test_a_mail_with_all_words_does_not_hide_the_file_with_some(build: Build) -> None:
    """The mail that speaks of a file holds all of its own words; the file need not."""
    speaks = mail("I have attached the budget of the club for the coming year.")
    library = build([speaks, document("/home/a/Club budget.txt", "Income and expenses")])
    found = library.search("budget club coming year", media="file")
    assert names(found) == ["Club budget"]


def test_copies_are_the_same_bytes(build: Build) -> None:
    """Copies have one fingerprint, whatever they are called."""
    first = document("/home/a/one.txt", "Same words")
    second = document("/home/a/two.txt", "Same words")
    library = build([first, second, document("/home/a/three.txt", "Others")])
    assert sorted(d.path for d in library.copies(first.fingerprint)) == [first.path, second.path]
