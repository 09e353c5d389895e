"""What a plugin's manifest asks for, compared with what the plugin was seen to do, and names.

Seen is what it read, asked and made in its host, on made-up documents and in its own tests. What
was not seen may still be meant: of actions the code is looked through as well.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from samantha.api.actions import ACTION_TYPES
from samantha.app.plugins import Manifest

_MAKERS = {
    "draft_mail": ("in_thread",),
}
"""Functions of the api that make an action whose class the plugin then need not name."""
_INSIDE = {"calendar_entry": "prepare_trip"}
"""Actions that are also a part of another one."""
_MEDIA = {"files": "file", "mail": "mail"}
_ONLY = {
    "mail": {"thread", "mails_with", "quiet", "answer_times", "written_to", "sends_from"},
    "files": {"moves"},
}
"""Questions that are about such a source alone."""
_ROUNDABOUT = {"getattr", "vars", "globals", "locals", "eval", "exec", "ACTION_TYPES", "__dict__"}
"""With these a class can be had without its name."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a plugin was seen to do in its host."""

    read: frozenset[str] = frozenset()
    """Media of documents that it looked into."""
    asked: frozenset[str] = frozenset()
    """Questions to the library."""
    made: frozenset[str] = frozenset()
    """Types of the actions that it made."""
    ran: int = 0
    left: int = 0
    """Own tests that passed in the host, and that did not, or need pytest itself."""

    @classmethod
    def of(cls, untrusted: Mapping[str, Any]) -> Seen:
        """Return what a host says was seen, as far as it is in order."""

        def words(key: str) -> frozenset[str]:
            found = untrusted.get(key)
            listed = found if isinstance(found, list) else []
            return frozenset(one for one in listed if isinstance(one, str))

        def count(key: str) -> int:
            found = untrusted.get(key)
            return found if type(found) is int and 0 <= found < 100_000 else 0

        return cls(words("read"), words("asked"), words("made"), count("ran"), count("left"))


def wrong_permissions(
    manifest: Manifest, files: Mapping[str, bytes], seen: Seen
) -> tuple[list[str], str]:
    """Return in words what is asked for in vain or missing, and what the rest is known by."""
    named, roundabout = _named(files)
    permissions, wrong, known = manifest.permissions, list[str](), list[str]()
    for source in permissions.reads:
        if _MEDIA[source] in seen.read or seen.asked & _ONLY[source]:
            known.append(f"reads {source} (seen)")
        else:
            wrong.append(
                f"reads {source}, but looked into none, when it was asked and in its own tests; "
                "take it out, or let a test of it show what for"
            )
    if not permissions.reads:
        wrong.append("reads nothing: it would see no document")
    for kind, action in ACTION_TYPES.items():
        asked = kind in permissions.proposes
        if asked and kind in seen.made:
            known.append(f"proposes {kind} (seen)")
        elif asked and (kind in named or roundabout):
            by = f"{action.__name__} stands in its code" if kind in named else "cannot be told"
            known.append(f"proposes {kind} ({by})")
        elif asked:
            wrong.append(f"proposes {kind}, but nothing in its code makes one; take it out")
        elif _INSIDE.get(kind) in permissions.proposes:
            continue
        elif kind in seen.made or action.__name__ in named.values():
            how = "is made" if kind in seen.made else "stands in its code"
            wrong.append(f"{action.__name__} {how}, but not in proposes: it would be refused")
    failed = f", {seen.left} did not" if seen.left else ""
    tests = f"; of its own tests {seen.ran} passed in the host{failed}"
    return wrong, "; ".join(known) + (tests if seen.ran or seen.left else "")


def _named(files: Mapping[str, bytes]) -> tuple[dict[str, str], bool]:
    """Return the action types that the code uses by name, and whether it could use others."""
    code = (data for name, data in files.items() if _is_code(name))
    words = _used_in(code)
    named = {
        kind: made.__name__ if made.__name__ in words else ""
        for kind, made in ACTION_TYPES.items()
        if words & {made.__name__, *_MAKERS.get(kind, ())}
    }
    return named, bool(words & _ROUNDABOUT)


def _is_code(name: str) -> bool:
    return name.endswith(".py") and not name.startswith("tests/")


def _used_in(sources: Iterable[bytes]) -> set[str]:
    """Return the names and attributes that are used; one that is only imported is not."""
    used: set[str] = set()
    for source in sources:
        try:
            nodes = list(ast.walk(ast.parse(source)))
        except (SyntaxError, ValueError):
            continue
        used |= {node.id for node in nodes if isinstance(node, ast.Name)}
        used |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        for node in nodes:
            if isinstance(node, ast.ImportFrom):
                used |= {one.name for one in node.names if one.asname in used}
    return used
