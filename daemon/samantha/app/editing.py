"""The user's own editor: what to type to open a file in it, and text that is changed in it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from samantha.api.errors import UserError

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


def edited(path: Path, text: str) -> str:
    """Let the user change a text in their editor and return it; what lies at ``path`` goes on.

    The file stays until the caller removes it, so that nothing typed is lost to an interruption.
    """
    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or _installed())
    if not words or words[0] == "xdg-open":
        raise UserError(
            "No editor is named, and none of nano, vim and vi is here.",
            "The variable EDITOR names it.",
            "export EDITOR=nano",
        )
    try:
        code, data = changed_by(words, path, text.encode("utf-8", "surrogateescape"))
    except OSError as problem:
        raise UserError(
            f"The editor '{words[0]}' cannot be started: {problem.strerror}.",
            "Nothing was changed. The variables VISUAL and EDITOR name it.",
            "export EDITOR=nano",
        ) from problem
    if code:
        raise UserError(f"The editor ended with {code}.", f"Nothing was changed. Kept: {path}")
    return data.decode("utf-8", "surrogateescape")


def changed_by(words: Sequence[str], path: Path, data: bytes) -> tuple[int, bytes]:
    """Let a program change a private file, one that lies there goes on; return code and bytes.

    Raises ``OSError`` where the program cannot be started.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        fd = os.open(path, flags, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(fd, "wb") as stream:
            stream.write(data)
    code = subprocess.run([*words, str(path)], check=False).returncode
    return code, path.read_bytes()


def _installed() -> str:
    return next((name for name in ("nano", "vim", "vi") if shutil.which(name)), "xdg-open")
