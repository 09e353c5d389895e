"""Version 1 of the api is frozen: its names, their fields and what functions take."""

from __future__ import annotations

import ast
import dataclasses
import enum
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import pytest

import samantha.api
from samantha.api import testing

ROOT = Path(__file__).parents[2]
SNAPSHOT = Path(__file__).with_name("version_1.txt")
PARTS = (
    *("claims", "correspondence", "languages", "likely_files", "phrases", "questions", "tone"),
    "writing",
)


def parts() -> list[ModuleType]:
    return [importlib.import_module(f"samantha.api.{one}") for one in PARTS]


def imported() -> set[tuple[str, str]]:
    """Return (module, name) of all that plugins import: built-in ones and those of the docs."""
    texts = [p.read_text(encoding="utf-8") for p in (ROOT / "plugins").glob("*/**/*.py")]
    texts += [p.read_text(encoding="utf-8") for p in (ROOT / "docs").rglob("*.py")]
    for page in (ROOT / "docs").glob("*.md"):
        texts += re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    found = set()
    for text in texts:
        try:
            tree = ast.parse(text)
        except SyntaxError:
            # A page also shows signatures, which are no program.
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("samantha.api"):
                found |= {(str(node.module), alias.name) for alias in node.names}
    return found


def public(module: ModuleType) -> list[str]:
    if module in (samantha.api, testing):
        return list(module.__all__)
    return [name for where, name in imported() if where == module.__name__]


def told(name: str, value: Any) -> Iterator[str]:
    """Describe a name in lines that change when what a plugin sees of it changes."""
    if isinstance(value, type) and issubclass(value, enum.Enum):
        for member in value:
            yield f"{name}.{member.name} = {member.value!r}"
    elif isinstance(value, type) and dataclasses.is_dataclass(value):
        for one in dataclasses.fields(value):
            default = "" if one.default is dataclasses.MISSING else f" = {one.default!r}"
            if one.default_factory is not dataclasses.MISSING:
                default = " = …"
            yield f"{name}.{one.name}: {one.type}{default}"
    if isinstance(value, type):
        for key, one in sorted(vars(value).items()):
            if inspect.isfunction(one) and (not key.startswith("_") or key == "__call__"):
                yield f"{name}.{key}{inspect.signature(one)}"
        if not dataclasses.is_dataclass(value):
            yield f"{name}: class"
    elif inspect.isfunction(value):
        yield f"{name}{inspect.signature(value)}"
    else:
        yield f"{name} = {value!r}"


def now() -> list[str]:
    rows = []
    for module in (samantha.api, testing, *parts()):
        for name in sorted(public(module)):
            value = getattr(module, name)
            rows += [clean(row) for row in told(f"{module.__name__}.{name}", value)]
    return sorted(set(rows))


def clean(row: str) -> str:
    """Return a line without the addresses of functions and the order of sets."""
    row = re.sub(r"<function (\S+) at 0x[0-9a-f]+>", r"\1", row)
    return re.sub(r"frozenset\(\{.*\}\)", "frozenset", row)


def test_what_stood_in_version_1_stands() -> None:
    """No name has gone, no field and no parameter has another name, type or default."""
    kept, found = SNAPSHOT.read_text(encoding="utf-8").splitlines(), set(now())
    assert [row for row in kept if row not in found] == []
    assert len(kept) > 200


def test_the_list_of_names_is_the_frozen_one() -> None:
    """A name that is added to the api is added to the snapshot, where a reviewer sees it."""
    kept = SNAPSHOT.read_text(encoding="utf-8")
    for name in samantha.api.__all__:
        assert re.search(rf"^samantha\.api\.{name}\b", kept, re.M), name


def test_every_name_can_be_imported_and_no_other() -> None:
    """The list is complete, and what it does not name is no attribute."""
    for name in samantha.api.__all__:
        assert getattr(samantha.api, name) is not None
    with pytest.raises(AttributeError):
        _ = samantha.api.Store


def reachable() -> set[str]:
    """Return the names that plugins import, and those in the types of what they import."""
    names = {name for _, name in imported()}
    for module in parts():
        # What a plugin calls for it: `writing` asks the model.
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        names |= {
            alias.name
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("samantha.api")
            for alias in node.names
        }
    waiting = list(names)
    while waiting:
        value = getattr(samantha.api, waiting.pop(), None)
        owners = [value, *(vars(value).values() if isinstance(value, type) else ())]
        for owner in owners:
            annotations = getattr(owner, "__annotations__", {}) if owner is not None else {}
            words = set(re.findall(r"\w+", " ".join(map(str, annotations.values()))))
            waiting += sorted(words - names)
            names |= words
    return names


def test_every_name_is_used_by_a_plugin() -> None:
    """No name is there for nobody: a plugin imports it, or what a plugin imports is made of it."""
    assert set(samantha.api.__all__) - reachable() - {"UserError"} == set()


def test_every_name_is_documented() -> None:
    """Each class and function says what it is; each promise of a protocol too."""
    for module in (samantha.api, testing, *parts()):
        for name in public(module):
            value = getattr(module, name)
            if inspect.isfunction(value) or isinstance(value, type):
                assert inspect.getdoc(value), f"{module.__name__}.{name}"
            for key, one in vars(value).items() if isinstance(value, type) else ():
                if inspect.isfunction(one) and not key.startswith("_"):
                    assert inspect.getdoc(one), f"{name}.{key}"


def test_every_type_can_be_read() -> None:
    """All annotations of dataclasses resolve, which the way into a host and out of it needs."""
    for name in samantha.api.__all__:
        value = getattr(samantha.api, name)
        if isinstance(value, type) and dataclasses.is_dataclass(value):
            assert get_type_hints(value)


if __name__ == "__main__":
    # To freeze what was added: python tests/api/test_public.py > tests/api/version_1.txt
    sys.stdout.write("\n".join(now()) + "\n")
