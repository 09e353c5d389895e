"""Plugin filing: a file goes where its likes live, under a name like theirs, or stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from plugin_loading import ask, plugin_named

from samantha.api import Document, Kind, MoveFile
from samantha.api.testing import document
from samantha.api.types import Moved

PLUGIN = plugin_named("filing").plugin
NOW = datetime(2026, 4, 14, 9, tzinfo=UTC)
HOME = "/home/a/Documents/Bills/Stadtwerke"


def bill(path: str, month: int, *, issuer: str = "Stadtwerke Bach", **more: Any) -> Document:
    day, number = f"2026-{month:02}-03", f"SW-{month}77"
    text = f"{issuer}\nInvoice {number} of {day}\nTotal due: EUR 40\n"
    signals = [("issuer", issuer, issuer), ("invoice_number", number, number), ("date", day, day)]
    values = {"kind": Kind.INVOICE, "author": "other", "signals": signals,
              "modified": datetime(2026, month, 9, tzinfo=UTC), **more}  # fmt: skip
    return document(path, text, **values)


def new(path: str = "/home/a/Downloads/rechnung_4711.pdf", **more: Any) -> Document:
    return bill(path, 4, modified=NOW - timedelta(hours=1), **more)


LIKES = [bill(f"{HOME}/2026-0{m}-03 Stadtwerke.pdf", m) for m in (1, 2, 3)]


def move(known: list[Document], about: Document | None = None, **more: Any) -> MoveFile | None:
    said, _ = ask(PLUGIN, about or new(), known, NOW, **more)
    assert len(said) <= 1
    action = said[0].action if said else None
    assert action is None or isinstance(action, MoveFile)
    return action


def test_a_bill_goes_to_the_bills_of_its_issuer_under_their_kind_of_name() -> None:
    """Folder and name are those of its likes, with its own date."""
    said, _ = ask(PLUGIN, new(), LIKES, NOW)
    assert said[0].action == MoveFile(str(new().id), HOME, "2026-04-03 Stadtwerke.pdf")
    assert said[0].title == "Move rechnung_4711.pdf to Stadtwerke?"
    assert [e.quote for e in said[0].evidence] == ["Stadtwerke Bach"] * 3
    assert said[0].sources == (new().id,)
    assert said[0].confidence >= 0.7


@pytest.mark.parametrize(
    ("names", "name"),
    [
        (["SW-177.pdf", "SW-277.pdf", "SW-377.pdf"], "rechnung_4711.pdf"),
        (["2026-01-03_SW-177.pdf", "2026-02-03_SW-277.pdf"], "2026-04-03_SW-477.pdf"),
        (["Strom 2026-01.pdf", "Strom 2026-02.pdf"], "Strom 2026-04.pdf"),
        (["20260103 Strom.pdf", "20260203 Strom.pdf"], "20260403 Strom.pdf"),
        (["first.pdf", "second.pdf"], "rechnung_4711.pdf"),
        (["2020-01-01 Strom.pdf", "2020-02-01 Strom.pdf"], "rechnung_4711.pdf"),
        (["2026-01-03 Strom.pdf", "2026-02-03 Gas.pdf"], "rechnung_4711.pdf"),
    ],
)
def test_names_follow_a_pattern_that_two_likes_share(names: list[str], name: str) -> None:
    """A pattern must yield the names that are there; otherwise the file keeps its own."""
    likes = [bill(f"{HOME}/{n}", month + 1) for month, n in enumerate(names)]
    action = move(likes)
    assert action is not None and action.name == name


SILENT = {
    "no likes": [],
    "one like": LIKES[:1],
    "likes of another issuer": [bill(d.path, 1, issuer="Nordsund") for d in LIKES],
    "likes of another kind": [
        replace(d, analysis=replace(d.analysis, kind=Kind.CONTRACT)) for d in LIKES
    ],
    "likes in several folders": [
        bill(f"/home/a/{folder}/{m}.pdf", m) for folder in ("A", "B") for m in (1, 2)
    ],
    "likes that only arrived": [bill(f"/home/a/Downloads/{m}.pdf", m) for m in (1, 2, 3)],
    "a copy is filed": [*LIKES, replace(new(), id="/x/y.pdf", path="/x/y.pdf")],
    "the name is taken": [*LIKES, bill(f"{HOME}/2026-04-03 Stadtwerke.pdf", 5)],
}  # fmt: skip


@pytest.mark.parametrize("case", SILENT)
def test_silence(case: str) -> None:
    """Unsure means that the file stays where it is."""
    said, silent = ask(PLUGIN, new(), SILENT[case], NOW)
    assert said == [] and silent[0].reason


@pytest.mark.parametrize(
    "path",
    ["/home/a/Documents/x.pdf", "/home/a/Downloads/Project/x.pdf", f"{HOME}/x.pdf"],
)
def test_only_what_lies_where_files_arrive_is_looked_at(path: str) -> None:
    """What the user has put somewhere stays there."""
    assert ask(PLUGIN, new(path), LIKES, NOW) == ([], [])


def test_what_has_lain_there_for_long_stays() -> None:
    """Old downloads are meant to lie there."""
    assert move(LIKES, replace(new(), modified=NOW - timedelta(days=30))) is None


def test_a_file_without_text_stays() -> None:
    """A picture of a page says nothing that it could be told by."""
    assert move(LIKES, replace(new(), text=" ")) is None


def moved(like: Document, *, taken_back: bool) -> Moved:
    return Moved(like.fingerprint, "/home/a/Downloads/old.pdf", f"{HOME}/old.pdf", NOW, taken_back)


def test_one_that_was_moved_back_keeps_its_likes_where_they_are() -> None:
    """The user's correction wins, for good."""
    old = bill("/home/a/Downloads/old.pdf", 2, issuer="Stadtwerke Bach")
    back: Sequence[Moved] = [moved(old, taken_back=True)]
    assert move([*LIKES, old], moved=back) is None
    assert move([*LIKES, old], moved=[moved(old, taken_back=False)]) is not None
    other = bill("/home/a/Downloads/old.pdf", 2, issuer="Nordsund")
    assert move([*LIKES, other], moved=[moved(other, taken_back=True)]) is not None


def near(value: float) -> Callable[[str, str], float]:
    return lambda one, other: value


@pytest.mark.parametrize(("likeness", "moves"), [(0.9, True), (0.7, False)])
def test_files_without_an_issuer_go_by_what_they_read_like(likeness: float, moves: bool) -> None:
    """Minutes go to the minutes, when a model finds that they read nearly the same."""
    likes = [
        document(f"/home/a/Club/minutes {n}.docx", f"Minutes {n}", kind=Kind.NOTES)
        for n in range(3)
    ]
    about = document("/home/a/Downloads/minutes.docx", "Minutes", kind=Kind.NOTES,
                     modified=NOW - timedelta(hours=2))  # fmt: skip
    action = move(likes, about, meaning=near(likeness))
    assert (action is not None) is moves
    assert action is None or (action.folder, action.name) == ("/home/a/Club", "minutes.docx")
