"""Changing config.toml for the user: one place of it, all else left as it is written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def toml_value(value: object) -> str:
    """Return a value as it is written in config.toml."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(toml_value(one) for one in value) + "]"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text) + '"'


def change_config(path: Path, edit: Callable[[str], str]) -> None:
    """Change the text of config.toml; a change that it would not be valid with is refused."""
    from samantha.app.config import parse

    text = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    changed = edit(text)
    parse(changed, str(path))
    half = path.with_name(f"{path.name}.half")
    fd = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as stream:
        stream.write(changed)
        stream.flush()
        os.fsync(stream.fileno())
    # The file may be a link into the user's own repository of settings.
    half.replace(path.resolve())
