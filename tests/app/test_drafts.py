"""What the local model wrote is marked wherever an offer is shown whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from builders import Home, filing, suggestion

from samantha.app.drafts import NOTE, drafted_lines
from samantha.app.review import _contents
from samantha.core.offering import DRAFTED_KEY
from samantha.core.payload import Blob, Payload
from samantha.core.ports import Offer

TEXT = "Have you had a moment to look at the figures, Tom?"
LINES = ["Dear Tom,", "", TEXT, "> Could you send me the figures?", "Best,", "Anna"]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.close()


def offer(home: Home, *texts: str) -> Offer:
    source = home.file("a.txt", "Dear Ann, hello.")
    (made,) = home.suggest(suggestion(source, filing(home, source, "filed")))
    return replace(made, action={**made.action, DRAFTED_KEY: list(texts)})


def test_its_lines_are_marked_and_no_others(home: Home) -> None:
    """A text on one line, inside a line, or broken over several."""
    made = offer(home, TEXT)
    assert drafted_lines(made, LINES) == [False, False, True, False, False, False]
    broken = ["Have you had a moment to", "look at the figures, Tom?", "Anna"]
    assert drafted_lines(made, broken) == [True, True, False]
    assert drafted_lines(replace(made, action={}), LINES) == [False] * 6


def test_the_page_marks_them_too(home: Home) -> None:
    """With a note that says what the mark means; words of a mail stay text."""
    made = offer(home, f"<b>{TEXT}</b>")
    data = "\n".join([*LINES[:2], f"<b>{TEXT}</b>", *LINES[3:]]).encode()
    payload = Payload({"type": "x"}, "A", (), (Blob("page.txt", "page", data),))
    page = "".join(_contents(made, payload))
    assert f"<mark>~ &lt;b&gt;{TEXT}&lt;/b&gt;</mark>" in page
    assert page.count("<mark>") == 1 and NOTE in page
