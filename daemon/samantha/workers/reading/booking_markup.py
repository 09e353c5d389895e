"""Finding things of schema.org in a page: JSON-LD in scripts, microdata in attributes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from samantha.workers.reading.bookings import MOST, booked, flat, is_booking, kind_of

_DEPTH = 12
_MAX_JSON = 512 * 1024
_STEPS = 5_000


def bookings_of(tree: Any) -> list[str]:
    """Return the bookings in a parsed page, one block of lines each."""
    things = [*_json_things(tree), *_micro_things(tree)]
    return booked(things)[:MOST]


def things_in(untrusted_json: str) -> Iterator[dict[str, Any]]:
    """Return the things of a JSON-LD text, mended where senders damage it."""
    for value in _parsed(untrusted_json[:_MAX_JSON]):
        yield from flat(value)


def _json_things(tree: Any) -> Iterator[dict[str, Any]]:
    for node in tree.css('script[type="application/ld+json"]')[:20]:
        yield from things_in(node.text() or "")


def _parsed(text: str) -> Iterator[Any]:
    text = re.sub(r"^\s*(?:<!--|//<!\[CDATA\[)|(?:-->|//\]\]>)\s*$", "", text.strip())
    joined = re.sub(r"}\s*{", "},{", text)
    for candidate in (text, f"[{text}]", re.sub(r",(\s*[\]}])", r"\1", text), f"[{joined}]"):
        for form in (candidate, candidate.removeprefix("[").removesuffix("]")):
            try:
                yield json.loads(form, strict=False)
            except (ValueError, RecursionError):
                continue
            return


def _micro_things(tree: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for node in tree.css("[itemscope]")[:400]:
        name = node.attributes.get("itemprop")
        if name is None and is_booking(_type_of(node)):
            found.append(_item(node, 0))
        elif name and found and is_booking(kind_of(found[-1])) and not _enclosed(node):
            # A block ends the paragraph that opened the booking: what was meant to be inside of
            # it comes to stand after it.
            found[-1].setdefault(name, _item(node, 0))
    return found


def _enclosed(node: Any) -> bool:
    for _ in range(100):
        node = node.parent
        if node is None or node.tag in ("html", "-document"):
            return False
        if "itemscope" in node.attributes:
            return True
    return True


def _type_of(node: Any) -> str:
    return (node.attributes.get("itemtype") or "").rstrip("/").rpartition("/")[2]


def _item(node: Any, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {"@type": _type_of(node)}
    if depth < _DEPTH:
        _properties(node, found, depth)
    return found


def _properties(node: Any, found: dict[str, Any], depth: int, steps: int = 0) -> None:
    child = node.child
    while child is not None and steps < _STEPS:
        steps += 1
        if child.tag not in ("-text", "-comment"):
            attributes = child.attributes
            name = attributes.get("itemprop")
            scope = "itemscope" in attributes
            if name:
                found.setdefault(name, _item(child, depth + 1) if scope else _value(child))
            if not scope and depth < 40:
                _properties(child, found, depth + 1, steps)
        child = child.next


def _value(node: Any) -> str:
    attributes = node.attributes
    for name in ("content", "datetime", "href", "src"):
        if attributes.get(name):
            return str(attributes[name])
    return str(node.text(deep=True) or "").strip()
