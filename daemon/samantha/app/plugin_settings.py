"""A plugin's settings: what its Config declares, and its table in config.toml, comments kept."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from samantha.api.errors import UserError


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of a plugin's Config, as its source says it."""

    name: str
    type: str
    default: str
    """As written in the source."""
    means: str
    """The words below the field, or ''."""


def settings_in(source: str) -> list[Setting]:
    """Return the settings that a plugin's ``__init__.py`` declares; the code is read, never run."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    name = _config_name(tree)
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return list(_fields(node))
    return []


def _config_name(tree: ast.Module) -> str:
    for node in tree.body:
        call = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if (
            isinstance(call, ast.Call)
            and getattr(call.func, "id", "") == "Plugin"
            and call.args
            and isinstance(call.args[0], ast.Name)
        ):
            return call.args[0].id
    return "Config"


def _fields(node: ast.ClassDef) -> Iterator[Setting]:
    following = [*node.body[1:], None]
    for one, after in zip(node.body, following, strict=True):
        if not isinstance(one, ast.AnnAssign) or not isinstance(one.target, ast.Name):
            continue
        words = after.value if isinstance(after, ast.Expr) else None
        means = words.value if isinstance(words, ast.Constant) else ""
        default = ast.unparse(one.value) if one.value is not None else ""
        told = " ".join(means.split()) if isinstance(means, str) else ""
        yield Setting(one.target.id, ast.unparse(one.annotation), default, told)


# --- config.toml -----------------------------------------------------------------------------


def assignments(words: Sequence[str], plugin: str) -> dict[str, str]:
    """Return key and TOML value of what was typed: ``days = 3``; a bare word is a text."""
    found: dict[str, str] = {}
    for one in words:
        key, sign, value = (part.strip() for part in one.partition("="))
        if not sign or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key):
            raise UserError(
                f"'{one}' sets nothing.",
                "A setting is written KEY=VALUE.",
                f"samantha plugins config {plugin}",
            )
        found[key] = value if _is_toml(value) else _quoted(value)
    return found


def _is_toml(value: str) -> bool:
    try:
        return set(tomllib.loads(f"x = {value}")) == {"x"}
    except tomllib.TOMLDecodeError:
        return False


def _quoted(value: str) -> str:
    from samantha.app.config_file import toml_value

    return toml_value(value)


def with_settings(text: str, plugin: str, wanted: Mapping[str, str | None]) -> str:
    """Return config.toml with settings of a plugin changed; None takes one out.

    Only these lines change. What is written in another way than ``[plugins.NAME]`` is refused.
    """
    blocks = re.split(r"(?m)^(?=[ \t]*\[)", text)
    at = next((i for i, block in enumerate(blocks) if _heads(block, plugin)), None)
    if at is None:
        lines = [f"{key} = {value}\n" for key, value in wanted.items() if value is not None]
        gap = "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
        changed = f"{text}{gap}[plugins.{plugin}]\n{''.join(lines)}" if lines else text
    else:
        for key, value in wanted.items():
            blocks[at] = _changed(blocks[at], key, value)
        changed = "".join(blocks)
    _check(text, changed, plugin, wanted)
    return changed


def _heads(block: str, plugin: str) -> bool:
    head = re.match(r"[ \t]*\[\s*plugins\s*\.\s*([\"']?)([\w-]+)\1\s*\]", block)
    return head is not None and head[2] == plugin


def _changed(block: str, key: str, value: str | None) -> str:
    """Return a table with one key set anew; its comments stay, on its own line too."""
    rows = block.splitlines(keepends=True)
    for start, row in enumerate(rows):
        if not re.match(rf"[ \t]*([\"']?){re.escape(key)}\1[ \t]*=", row):
            continue
        end = _end(rows, start)
        if value is None:
            return "".join([*rows[:start], *rows[end:]])
        comment = _comment(rows[end - 1]) if end == start + 1 else ""
        return "".join([*rows[:start], f"{key} = {value}{comment}\n", *rows[end:]])
    if value is None:
        return block
    # After the last line that says something: comments below it are about what follows.
    last = max(i for i, row in enumerate(rows) if row.strip() and not row.lstrip().startswith("#"))
    rows[last] = rows[last].rstrip("\n") + "\n"
    return "".join([*rows[: last + 1], f"{key} = {value}\n", *rows[last + 1 :]])


def _end(rows: Sequence[str], start: int) -> int:
    """Return the row after a value, which may go over several."""
    for end in range(start + 1, len(rows) + 1):
        try:
            tomllib.loads("".join(rows[start:end]))
        except tomllib.TOMLDecodeError:
            continue
        return end
    return start + 1


def _comment(row: str) -> str:
    """Return the comment at the end of a line, with the blanks before it."""
    for at in (i for i, char in enumerate(row) if char == "#"):
        try:
            tomllib.loads(row[:at])
        except tomllib.TOMLDecodeError:
            continue
        before = row[:at]
        return before[len(before.rstrip()) :] + row[at:].rstrip("\n")
    return ""


def _check(text: str, changed: str, plugin: str, wanted: Mapping[str, str | None]) -> None:
    """Refuse a change that did more or less than was meant."""
    before, after = _tables(text), _tables(changed)
    table: dict[str, Any] = dict(before.get("plugins", {}).get(plugin, {}))
    for key, value in wanted.items():
        table.pop(key, None)
        if value is not None:
            table[key] = tomllib.loads(f"x = {value}")["x"]
    meant = {**before, "plugins": {**before.get("plugins", {}), plugin: table}}
    if not table and plugin not in after.get("plugins", {}):
        meant["plugins"].pop(plugin)
        if not meant["plugins"] and "plugins" not in after:
            meant.pop("plugins")
    if after != meant:
        raise UserError(
            f"The settings of '{plugin}' are written in a way that only you can change.",
            f"They would have to stand below a line [plugins.{plugin}].",
            "samantha config path",
        )


def _tables(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}
