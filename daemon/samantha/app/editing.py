"""What to type to mend config.toml: the user's own editor, at the line that is wrong."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samantha.app.places import Places

_TAKE_A_LINE = frozenset(
    ["vi", "vim", "nvim", "view", "nano", "pico", "emacs", "emacsclient", "joe", "jed", "mg", "ne",
     "kak", "micro", "gedit", "mcedit"]
)  # fmt: skip
"""Editors that open a file at a line when told ``+LINE``."""


def edit_this(path: str, line: int = 0) -> str:
    """Return the command that opens a file in the user's editor; ``line`` 0: at its beginning."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or _installed()
    words = editor.split()
    at = f" +{line}" if line and words and Path(words[0]).name in _TAKE_A_LINE else ""
    return f"{editor}{at} {shlex.quote(path)}"


def first_source(places: Places) -> str:
    """Return what to type to name a first source: make a configuration, or open the one there."""
    there = places.config_file.exists()
    return edit_this(str(places.config_file)) if there else "samantha config init"


def _installed() -> str:
    return next((name for name in ("nano", "vim", "vi") if shutil.which(name)), "xdg-open")
