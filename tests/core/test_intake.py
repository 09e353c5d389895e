"""Intake: what has settled is read, judged and stored, or set aside with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from builders import Home, drain

from samantha.api import Analysis, Document, Kind
from samantha.api.testing import document, mail
from samantha.core.intake import BATCH, EMBED_CHARACTERS, Event, Intake, Taken
from samantha.core.ports import Stat, Unreadable

STAT = Stat(1, 2, 3)
VECTOR = b"\0" * 4 * 383 + b"\0\0\x80\x3f"


class Shelf:
    """A reader over texts in memory; ``ill`` paths fail as told."""

    def __init__(self) -> None:
        self.ill: dict[str, list[Unreadable]] = {}
        self.mails: dict[str, Document] = {}
        self.asked: list[str] = []

    def read(self, path: str, source: str, media: str, folder: str = "") -> Document:
        self.asked.append(path)
        waiting = self.ill.get(path, [])
        if waiting:
            raise waiting.pop(0)
        if path in self.mails:
            return replace(self.mails[path], source=source, path=path)
        return replace(document(path, f"text of {path}"), source=source, title="T")

    def close(self) -> None:
        pass


class Vectors:
    """An embedder that counts, or is away."""

    def __init__(self) -> None:
        self.there = True
        self.texts: list[list[str]] = []

    def embed(self, texts: Sequence[str]) -> Sequence[bytes] | None:
        self.texts.append(list(texts))
        return [VECTOR] * len(texts) if self.there else None

    def state(self) -> tuple[str, str]:
        return "ready", ""

    def close(self) -> None:
        pass


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.close()


Made = tuple[Shelf, Vectors, Callable[..., list[Taken]]]


@pytest.fixture
def parts(home: Home) -> Made:
    shelf, vectors = Shelf(), Vectors()

    def analyze(document: Document, vector: bytes | None) -> Analysis:
        return Analysis(kind=Kind.LETTER if vector else Kind.NOTES)

    intake = Intake(shelf, vectors, home.index, home.state, analyze, home.clock)
    return shelf, vectors, lambda *events: list(intake.take(events))


def event(path: str, stat: Stat | None = STAT, **more: str) -> Event:
    return Event("files", path, "file", stat, **more)


def test_what_settled_is_read_judged_and_stored(home: Home, parts: Made) -> None:
    """The document that is yielded is the one the index holds, with analysis and vector."""
    _, _, take = parts
    (taken,) = take(event("/a.txt"))
    (found,) = taken.documents
    assert found.analysis.kind is Kind.LETTER
    assert home.index.document(found.id) == found
    assert home.index.vector(found.id) == VECTOR and home.index.known("files") == {"/a.txt": STAT}


def test_without_a_model_everything_else_goes_on(home: Home, parts: Made) -> None:
    """No vector, but read, judged by rules, and found by words."""
    _, vectors, take = parts
    vectors.there = False
    (taken,) = take(event("/a.txt"))
    assert taken.documents[0].analysis.kind is Kind.NOTES
    assert home.index.vector(taken.documents[0].id) is None
    assert home.index.search("text")[0].document == taken.documents[0].id


def test_many_events_come_in_batches_each_durable_when_it_is_yielded(
    home: Home, parts: Made
) -> None:
    """A crash between batches costs one batch; the model is asked once a batch."""
    _, vectors, _ = parts
    intake_events = [event(f"/{n}.txt") for n in range(BATCH * 2 + 1)]
    shelf = Shelf()
    intake = Intake(shelf, vectors, home.index, home.state, lambda d, v: Analysis(), home.clock)
    batches = intake.take(intake_events)
    assert len(next(batches).documents) == BATCH
    assert len(home.index.known("files")) == BATCH
    assert drain(batches) == 2 and len(vectors.texts) == 3


def test_what_cannot_be_read_is_set_aside_and_the_rest_goes_on(home: Home, parts: Made) -> None:
    """One poisoned document costs itself alone, and its reason is kept."""
    shelf, _, take = parts
    shelf.ill["/bad.pdf"] = [Unreadable("a password is needed")]
    (taken,) = take(event("/a.txt"), event("/bad.pdf"), event("/b.txt"))
    assert len(taken.documents) == 2 and taken.unreadable == 1
    (aside,) = home.index.quarantined()
    assert (aside.path, aside.reason, aside.tries) == ("/bad.pdf", "a password is needed", 1)


def test_a_second_try_is_made_where_it_may_help_and_no_third(home: Home, parts: Made) -> None:
    """A reader that died is asked once more; twice in a row is the document's fault."""
    shelf, _, take = parts
    shelf.ill["/once"] = [Unreadable("died", again=True)]
    shelf.ill["/twice"] = [Unreadable("died", again=True)] * 5
    (taken,) = take(event("/once"), event("/twice"))
    assert [d.path for d in taken.documents] == ["/once"]
    assert shelf.asked.count("/once") == 2 == shelf.asked.count("/twice")
    assert [q.tries for q in home.index.quarantined()] == [2]
    shelf.ill["/twice"] = []
    (taken,) = take(event("/twice"))
    assert taken.documents and not home.index.quarantined()


def test_what_is_gone_is_forgotten(home: Home, parts: Made) -> None:
    """Its id is told, so that offers resting on it can be taken back."""
    _, _, take = parts
    (first,) = take(event("/a.txt"))
    (second,) = take(event("/a.txt", None))
    assert second.gone == (first.documents[0].id,) and home.index.known("files") == {}


def test_a_rename_is_not_read_again(home: Home, parts: Made) -> None:
    """An unchanged file under a new name keeps its analysis; an unknown one is read."""
    shelf, _, take = parts
    take(event("/a.txt"))
    (taken,) = take(event("/b.txt", moved_from="/a.txt"))
    assert taken == Taken() and shelf.asked == ["/a.txt"]
    assert list(home.index.known("files")) == ["/b.txt"]
    (taken,) = take(event("/c.txt", moved_from="/never-seen.txt"))
    assert [d.path for d in taken.documents] == ["/c.txt"]


def test_the_model_sees_the_beginning_alone(parts: Made) -> None:
    """A book costs no more than a letter."""
    _, vectors, take = parts
    take(event("/" + "x" * 10_000))
    assert len(vectors.texts[0][0]) == EMBED_CHARACTERS


def test_every_event_has_a_trace_of_its_own() -> None:
    """Two events are told apart in the audit."""
    assert event("/a").trace != event("/a").trace


def test_mail_to_many_is_read_but_not_embedded(parts: Made, home: Home) -> None:
    """A list's mail costs no time of the model; what lies beside it has its vector."""
    shelf, vectors, take = parts
    letter, post = mail("Dear Anna, come soon."), mail("This week on the list.")
    assert post.mail is not None
    shelf.mails = {"/m/1": letter, "/m/2": replace(post, mail=replace(post.mail, list_id="<l>"))}
    take(event("/m/2"), event("/m/1"), event("/f/3"))
    assert [len(texts) for texts in vectors.texts] == [2]
    assert home.index.vector(post.id) is None
    assert home.index.vector(letter.id) == VECTOR
    (file,) = home.index.documents(media="file")
    assert home.index.vector(file.id) == VECTOR


def test_a_mail_whose_kind_is_plain_is_not_embedded(home: Home) -> None:
    """Where the rules are sure the model is not asked, and a mail is judged once."""
    shelf, vectors, seen = Shelf(), Vectors(), []
    plain, odd = mail("Dear Anna, come soon."), mail("???")

    def analyze(document: Document, vector: bytes | None) -> Analysis:
        seen.append((document.id, vector))
        return Analysis(kind=Kind.MAIL, kind_confidence=0.9 if document.id == plain.id else 0.2)

    shelf.mails = {"/m/1": plain, "/m/2": odd}
    intake = Intake(shelf, vectors, home.index, home.state, analyze, home.clock)
    assert drain(intake.take([event("/m/1"), event("/m/2")])) == 1
    assert [len(texts) for texts in vectors.texts] == [1]
    assert seen == [(plain.id, None), (odd.id, None), (odd.id, VECTOR)]
