"""Text that is shown is inert: it cannot move a cursor, turn a line round or hide in it (I11)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samantha.core.text import inert

ANY = st.text(st.characters(), max_size=200)


@given(ANY, st.integers(0, 60), st.booleans())
def test_nothing_active_is_left(untrusted_text: str, limit: int, lines: bool) -> None:
    """No control, surrogate, bidi or tag character comes through, and the length is bounded."""
    shown = inert(untrusted_text, limit, lines=lines)
    for ch in shown:
        assert unicodedata.category(ch) not in ("Cc", "Cs") or (lines and ch in "\n\t")
        assert unicodedata.bidirectional(ch) not in (
            *("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"),
        )
        assert not 0xE0000 <= ord(ch) <= 0xE007F
    assert not limit or len(shown) <= limit
    assert lines or len(shown.splitlines()) <= 1


@given(st.text(st.characters(categories=("L", "N", "P", "S")), max_size=100))
def test_ordinary_text_is_left_alone(text: str) -> None:
    """Letters, numbers, signs: as they were."""
    assert inert(text) == text


@pytest.mark.parametrize(
    ("untrusted_text", "shown"),
    [
        ("a\x1b[31mb", "a�[31mb"),
        ("photo\u202egpj.exe", "photo�gpj.exe"),
        ("x\r\ny\tz", "x y z"),
        ("a\u2028b", "a b"),
        ("\U000e0041", "�"),
        ("ab\x85c", "ab�c"),
        ("  many   spaces  ", "many spaces"),
    ],
)
def test_tricks_become_visible(untrusted_text: str, shown: str) -> None:
    """What could deceive is shown as a mark, line breaks as a space."""
    assert inert(untrusted_text) == shown


def test_a_cut_is_marked() -> None:
    """A reader sees that there was more."""
    assert inert("abcdef", 4) == "abc…"
