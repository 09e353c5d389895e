"""Flags of a Maildir file: seen and answered are read from the path, each time."""

from __future__ import annotations

import pytest

from samantha.adapters.maildir_flags import with_flags
from samantha.api import Mail


@pytest.mark.parametrize(
    ("path", "seen", "answered"),
    [
        ("/m/new/1.host", False, False),
        ("/m/cur/1.host", False, False),
        ("/m/cur/1.host:2,", False, False),
        ("/m/cur/1.host:2,S", True, False),
        ("/m/.Sent/cur/1.host:2,RS", True, True),
        ("/m/cur/1.host!2,FRS", True, True),
        ("/m/S/1.eml", None, None),
    ],
)
def test_flags_come_from_the_path(path: str, seen: bool | None, answered: bool | None) -> None:
    """Only a file in cur or new says whether its mail was seen."""
    found = with_flags(Mail("<a@x>", None), path)
    assert (found.seen, found.answered) == (seen, answered)
