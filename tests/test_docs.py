"""What the documents and messages name exists: commands, options, configuration keys."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from samantha.app.cli.commands import app
from samantha.app.config import Config, parse
from samantha.app.first_config import TEMPLATE

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *ROOT.glob("plugins/*/*.md")]
)
CALLS = re.compile(r"`(?:\.venv/bin/)?samantha ([a-z][^`]*)`|^\.venv/bin/samantha ([^#\n]+)", re.M)


def understood(words: list[str]) -> bool:
    """Tell whether the command line knows these words and options."""
    command: Any = get_command(app)
    while words and hasattr(command, "commands"):
        if words[0] not in command.commands:
            return False
        command, words = command.commands[words[0]], words[1:]
    options = {name for p in command.params for name in (*p.opts, *p.secondary_opts)}
    return all(word in {*options, "--help"} for word in words if word.startswith("--"))


def typed_in_code() -> Iterator[tuple[str, str]]:
    """Every string in the code that tells the user what to type."""
    for path in [*(ROOT / "daemon").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            words = ""
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words = node.value
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                words = str(node.values[0].value)
            sentence = re.search(r"[.:,;]( |$)|\n|^samantha (is|does) ", words)
            if re.match(r"samantha [a-z]+( |$)", words) and not sentence:
                yield path.name, words


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_command_in_a_document_exists(path: Path) -> None:
    """A reader who types what a document says is understood."""
    for match in CALLS.finditer(path.read_text(encoding="utf-8")):
        for one in (match[1] or match[2]).split(" | "):
            words = [w for w in one.split() if w[0] not in "[{<…" and w not in ("NAME", "…")]
            assert understood(words), f"{path.name}: samantha {one}"


def test_every_command_a_message_names_exists() -> None:
    """What the user is told to type is a command with these options."""
    found = list(typed_in_code())
    assert len(found) > 30
    for name, words in found:
        assert understood(words.split()[1:]), f"{name}: {words}"


def test_the_first_configuration_is_valid_with_every_line_in_force() -> None:
    """The commented file is in order as it is, and with its comments taken off too."""
    assert parse(TEMPLATE.replace("{documents}", "~/Documents")).attention.budget == 3
    lines = TEMPLATE.replace("{documents}", "~/Documents").splitlines()
    settings = [re.sub(r"^# (?=\[|[a-z_]+ = )", "", row) for row in lines]
    config = parse("\n".join(settings))
    assert config.outlets and config.plugins and config.output.drafts is not None
    assert [s.kind for s in config.sources] == ["files", "maildir"]


def test_every_section_of_the_configuration_is_in_the_first_one() -> None:
    """A user finds each table, and each of its keys that has no safe silence, in the file."""
    named = set(re.findall(r"^#? ?\[+([a-z]+)", TEMPLATE, re.M))
    assert set(Config.model_fields) - {"exclude", "isolate_builtin"} <= named
    assert "isolate_builtin" in TEMPLATE
