"""Bodies of finished work that are not what they were: told once, with all their pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import ALL, Home

from samantha.api import Collection, Document, Kind, Moment, MomentKind, Piece
from samantha.core.engine import LoadedPlugin


class Writer:
    """A plugin that asks for letters, in a home whose bodies of work are set by hand."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.made: list[Collection] = []
        self.looks = 0
        self.moments: list[Moment] = []
        self.failed, self.fails, self.breaks = 0, False, False
        self.home.wire(collections=self._collections)

    def _collections(self) -> Sequence[Collection]:
        self.looks += 1
        return self.made

    def call(self, moment: Moment) -> Sequence[Any]:
        self.moments.append(moment)
        self.failed += self.fails
        if self.breaks:
            raise KeyboardInterrupt
        return ()

    def letter(self, number: int, text: str = "Dear Ann, hello.") -> Document:
        return self.home.file(f"Letters/{number}.txt", text)

    def body(self, *pieces: Document, drafts: Sequence[Document] = (), **more: Any) -> None:
        """Let there be a body of letters."""
        left_out = tuple((one.id, "still being written") for one in drafts)
        made = Collection("letter:en:/L", Kind.LETTER, "en", "/L", (), left_out)
        pieces_of = tuple(Piece(one) for one in pieces)
        self.made.append(replace(made, pieces=pieces_of, **more))

    def told(self, *came: Document, gone: Sequence[Document] = ()) -> list[str]:
        """Let files come and go; return the names of what the plugin is told of."""
        grown = self.home.engine.grown
        grown.saw(came, [one.id for one in gone], {Kind.LETTER})
        self.moments.clear()
        due = grown.due(self.home.clock.now(), {"p": (Kind.LETTER,)})
        loaded = LoadedPlugin("p", ALL, self.call, failures=lambda: self.failed)
        self.home.engine.all_happened([(loaded, one) for one in due.values()], "trace")
        assert all(one.kind is MomentKind.COLLECTION_GREW for one in self.moments)
        return [Path(d.path).stem for one in self.moments for d in one.documents]


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    made = Writer(tmp_path)
    yield made
    made.home.close()


def test_a_body_of_work_is_told_of_once(writer: Writer) -> None:
    """Not again when another file comes, nor after a restart."""
    one, two = writer.letter(1), writer.letter(2)
    writer.body(one, two)
    assert writer.told(one, two) == ["1", "2"]
    assert writer.told(one) == []
    writer.home.restart()
    assert writer.told(one) == []


@pytest.mark.parametrize("case", ["came", "went", "rewritten", "draft"])
def test_what_is_not_what_it_was_is_told_of_whole(writer: Writer, case: str) -> None:
    """A piece came, went, was written anew, or a draft is there that is left out."""
    one, two, three = (writer.letter(n) for n in (1, 2, 3))
    writer.body(one, two)
    writer.told(one, two)
    writer.made.clear()
    again = replace(two, fingerprint="0" * 64)
    grown: dict[str, tuple[list[Document], list[Document], list[str]]] = {
        "came": ([one, two, three], [], ["1", "2", "3"]),
        "went": ([one], [], ["1"]),
        "rewritten": ([one, again], [], ["1", "2"]),
        "draft": ([one, two], [three], ["1", "2", "3"]),
    }
    pieces, drafts, names = grown[case]
    writer.body(*pieces, drafts=drafts)
    assert writer.told(gone=[two]) == names
    assert writer.told(gone=[two]) == []


def test_other_bodies_of_work_are_not_spoken_of(writer: Writer) -> None:
    """Neither those that stayed as they were nor those of a kind it does not ask for."""
    one, two = writer.letter(1), writer.letter(2)
    writer.body(one)
    writer.told(one)
    writer.body(two, key="letter:de:/B")
    writer.body(one, two, key="poem:en:/P", kind=Kind.POEM)
    assert writer.told(two) == ["2"]


def test_what_has_no_piece_left_is_nothing_to_tell_of(writer: Writer) -> None:
    """It is forgotten; when it comes back it is told of anew."""
    one = writer.letter(1)
    writer.body(one)
    writer.told(one)
    made = writer.made.pop()
    assert writer.told(gone=[one]) == []
    writer.made.append(made)
    assert writer.told(one) == ["1"]


def test_nothing_is_gathered_while_no_such_file_comes(writer: Writer) -> None:
    """Mails and papers cost no look at all files, nor do those that lie beside the work."""
    paper = writer.home.file("a.pdf", "Invoice", kind=Kind.INVOICE)
    post, one, draft = writer.home.mail("Hello."), writer.letter(1), writer.letter(2)
    writer.body(one, drafts=[draft, paper])
    writer.told()
    for _ in range(3):
        writer.told(paper, post, gone=[post, paper])
    assert writer.looks == 1
    writer.made.clear()
    writer.body(one, drafts=[draft])
    assert writer.told(gone=[draft]) == [], "what lay beside it went, and it is what it was"
    writer.told(gone=[one])
    assert writer.looks == 3


def test_a_plugin_that_fails_is_told_again(writer: Writer) -> None:
    """At the next batch, whatever it brings."""
    one = writer.letter(1)
    writer.body(one)
    writer.fails = True
    assert writer.told(one) == ["1"]
    writer.fails = False
    assert writer.told() == ["1"] and writer.told() == []


def test_what_is_kept_holds_no_word_of_the_files(writer: Writer) -> None:
    """Neither a path nor a name: to forget a source leaves none of it."""
    one = writer.letter(1)
    writer.body(one)
    writer.told(one)
    kept = writer.home.state.setting("grown/p")
    assert kept and "Letters" not in kept and "/L" not in kept and one.fingerprint not in kept


def test_who_cannot_be_asked_is_told_later(writer: Writer) -> None:
    """One that is left alone, or not loaded yet, misses nothing by what the others are told."""
    one = writer.letter(1)
    writer.body(one)
    assert writer.told(one) == ["1"]
    later = writer.home.engine.grown.due(writer.home.clock.now(), {"q": (Kind.LETTER,)})
    assert [d.id for d in later["q"].documents] == [one.id]


def test_what_was_broken_off_is_told_again(writer: Writer) -> None:
    """Nothing was kept of what the plugin said, so it was not told."""
    one = writer.letter(1)
    writer.body(one)
    writer.breaks = True
    with pytest.raises(KeyboardInterrupt):
        writer.told(one)
    writer.breaks = False
    assert writer.told() == ["1"] and writer.told() == []
