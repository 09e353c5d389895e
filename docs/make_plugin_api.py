"""Writes docs/plugin-api.md out of the code of samantha.api: python docs/make_plugin_api.py."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

API = Path(__file__).parents[1] / "daemon" / "samantha" / "api"
PAGE = Path(__file__).with_name("plugin-api.md")
HEAD = """\
# What a plugin may use

Version 1 of the api. All of it is frozen: names are added, none is changed or taken away. A plugin
made for another version is listed as `wrong_api` and not started. A plugin imports `samantha.api`,
the modules below it that are named here, its own files (with a dot) and the standard library.

This page is written out of the code by `docs/make_plugin_api.py`; a test holds it to it.
[write-a-plugin.md](write-a-plugin.md) is the place to begin.
"""
PARTS = (
    ("plugin", "A plugin, its moments and its context"),
    ("types", "Documents, signals, suggestions"),
    ("actions", "Actions"),
    ("asking", "Asking the local model"),
    ("errors", "Errors"),
)
MORE = (
    "testing", "testing_contract", "testing_folder", "testing_library", "correspondence",
    "likely_files", "writing", "tone", "claims", "questions", "phrases", "languages",
)  # fmt: skip


def page() -> str:
    """Return the text of the reference."""
    public = names_in(API / "__init__.py")
    parts = [HEAD]
    for module, title in PARTS:
        parts.append(f"## {title}\n\n`from samantha.api import …`\n")
        parts += [told for name, told in described(API / f"{module}.py") if name in public]
    exported = names_in(API / "testing.py")
    for module in MORE:
        path = API / f"{module}.py"
        if not path.exists():
            continue
        inner = module.startswith("testing_")
        if not inner:
            parts.append(f"## samantha.api.{module}\n\n{summary_of(path)}\n")
        wanted = exported if module.startswith("testing") else None
        parts += [told for name, told in described(path) if wanted is None or name in wanted]
    return "\n".join(parts)


def names_in(path: Path) -> set[str]:
    """Return what stands in a module's ``__all__``."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def summary_of(path: Path) -> str:
    """Return the first paragraph of a module's docstring."""
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return plain(words.partition("\n\n")[0])


def described(path: Path) -> Iterator[tuple[str, str]]:
    """Yield name and description of each public class, function and constant of a module."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, of_class(node)
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node.name, f"### {node.name}\n\n{signature(node)}\n\n{words_of(node)}\n"
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            name = ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
            means = words_after(after)
            if means and name.isidentifier() and not name.startswith("_"):
                told = ast.unparse(node)
                shown = f"\n```python\n{told}\n```\n" if len(told) < 90 else ""
                yield name, f"### {name}\n{shown}\n{means}\n"


def of_class(node: ast.ClassDef) -> str:
    """Describe a class: what it is, its fields or members, its methods."""
    parts = [f"### {node.name}\n\n{words_of(node)}\n"]
    rows = [row for row in fields(node) if row]
    if rows:
        parts.append("| field | type | |\n| --- | --- | --- |\n" + "\n".join(rows) + "\n")
    for one in node.body:
        if not isinstance(one, ast.FunctionDef):
            continue
        if one.name.startswith("_") and one.name != "__call__":
            continue
        parts.append(f"{signature(one)}\n\n{words_of(one)}\n")
    return "\n".join(parts)


def fields(node: ast.ClassDef) -> Iterator[str]:
    """Yield a row of a table for each field of a dataclass and each member of an enum."""
    for one, after in zip(node.body, [*node.body[1:], None], strict=True):
        means = words_after(after)
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            kind = ast.unparse(one.annotation)
            default = f" = {ast.unparse(one.value)}" if one.value is not None else ""
            told = f"{kind}{default}".replace("|", "\\|")
            if not one.target.id.startswith("_"):
                yield f"| `{one.target.id}` | `{told}` | {means} |"
        elif isinstance(one, ast.Assign) and not ast.unparse(one.targets[0]).startswith("_"):
            yield f"| `{ast.unparse(one.targets[0])}` | `{ast.unparse(one.value)}` | {means} |"


def signature(node: ast.FunctionDef) -> str:
    """Return the head of a function as code, one argument a line where it is long."""
    names = arguments(node)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns is not None else ""
    told = f"def {node.name}({', '.join(names)}){returns}: ..."
    if len(told) > 96:
        inner = "".join(f"    {one},\n" for one in names)
        told = f"def {node.name}(\n{inner}){returns}: ..."
    return f"```python\n{told}\n```"


def arguments(node: ast.FunctionDef) -> list[str]:
    """Return the arguments of a function, each as it is written, without ``self``."""
    split: list[str] = [""]
    depth = 0
    for char in ast.unparse(node.args):
        depth += (char in "([{") - (char in ")]}")
        if char == "," and not depth:
            split.append("")
        else:
            split[-1] += char
    spaced = (re.sub(r"^(\w+: .+?)=(.+)$", r"\1 = \2", one.strip()) for one in split)
    return [one for one in spaced if one and one != "self"]


def words_of(node: ast.ClassDef | ast.FunctionDef) -> str:
    """Return a docstring as it is read on a page."""
    return plain(ast.get_docstring(node) or "")


def words_after(node: ast.stmt | None) -> str:
    """Return the text that stands below a field or a constant, on one line."""
    value = node.value if isinstance(node, ast.Expr) else None
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return plain(" ".join(inspect.cleandoc(value.value).split()))
    return ""


def plain(words: str) -> str:
    """Return the words of a docstring with code set as Markdown does."""
    return words.replace("``", "`")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
