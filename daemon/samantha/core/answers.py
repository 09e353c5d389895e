"""Typed answers: the JSON schema that a reply is held to, and the strict way back to a value.

Nothing here trusts the schema to have been obeyed: a reply is read as if an attacker had chosen it.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from samantha.api.asking import Choice, Shape
from samantha.api.types import Document, Evidence
from samantha.core.text import inert

MAX_REPLY = 64_000

Choices = Mapping[str, Sequence[Choice]]

_ID = re.compile(r"[a-z]{1,40}([0-9]{1,3})\Z", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", re.ASCII)
# What a text must not hold: the model writes no address, no path and no link.
_POINTER = re.compile(
    r"""://|\bwww\.|\bmailto:|[^\s@]@[^\s@]+\.[^\s@]|(?:^|[\s"'(<\[])(?:~?/|\\\\|[A-Za-z]:\\)\S""",
    re.IGNORECASE,
)
_STRANGE = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")


class Unanswerable(Exception):
    """No reply could be of this shape: a choice is wanted, and there is nothing to choose from."""


class _Wrong(Exception):
    """The reply is no value of the shape."""


# --- schema --------------------------------------------------------------------------------


def schema_of(shape: Shape, choices: Choices) -> dict[str, Any]:
    """Return the JSON schema of a shape; raises ``Unanswerable``."""
    try:
        made = _schema(shape, choices)
    except Unanswerable:
        if shape.optional:
            return {"type": "null"}
        raise
    return {"anyOf": [made, {"type": "null"}]} if shape.optional else made


def _schema(shape: Shape, choices: Choices) -> dict[str, Any]:
    match shape.kind:
        case "bool":
            return {"type": "boolean"}
        case "int":
            low, high = math.ceil(shape.low), math.floor(shape.high)
            return {"type": "integer", "minimum": low, "maximum": high}
        case "float":
            bounds = {"minimum": shape.low, "maximum": shape.high}
            return {"type": "number", **bounds, "multipleOf": 0.01}
        case "text" | "quote":
            return {"type": "string", "minLength": 1, "maxLength": int(shape.high)}
        case "option":
            return {"enum": list(shape.options)}
        case "date":
            return {"type": "string", "format": "date"}
        case "choice":
            return {"enum": ids_of(shape.name, choices)}
        case "list":
            return _list_schema(shape, choices)
        case "record":
            properties = {part.name: schema_of(part, choices) for part in shape.parts}
            return {
                "type": "object",
                "properties": properties,
                "required": list(properties),
                "additionalProperties": False,
            }


def _list_schema(shape: Shape, choices: Choices) -> dict[str, Any]:
    try:
        item = schema_of(shape.parts[0], choices)
    except Unanswerable:
        if shape.low:
            raise
        return {"type": "array", "items": {"type": "null"}, "maxItems": 0}
    bounds = {"minItems": int(shape.low), "maxItems": int(shape.high)}
    return {"type": "array", "items": item, **bounds}


def ids_of(name: str, choices: Choices) -> list[str]:
    """Return the ids by which the model points at a field's choices, in order."""
    some = choices.get(name, ())
    if not some:
        raise Unanswerable(name)
    letter = re.sub(r"[^a-z]", "", name.lower())[:1] or "c"
    return [f"{letter}{n}" for n in range(1, len(some) + 1)]


def longest(shape: Shape) -> int:
    """Return how many characters a reply of this shape may take, roughly."""
    label = len(shape.name) + 8
    match shape.kind:
        case "text" | "quote":
            return label + int(shape.high)
        case "option":
            return label + max(len(one) for one in shape.options)
        case "list":
            return label + int(shape.high) * longest(shape.parts[0])
        case "record":
            return label + sum(longest(part) for part in shape.parts)
        case _:
            return label + 16


# --- reply ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Given:
    """What a reply may refer to."""

    documents: Sequence[Document]
    choices: Choices


def value_of(
    untrusted_reply: str, shape: Shape, documents: Sequence[Document], choices: Choices
) -> Any | None:
    """Return the value that a reply stands for, or None if it is anything but one. Never raises."""
    if len(untrusted_reply) > MAX_REPLY:
        return None
    try:
        untrusted = json.loads(
            untrusted_reply, object_pairs_hook=_pairs, parse_constant=_no_constant
        )
        return _value(untrusted, shape, _Given(documents, choices))
    except (_Wrong, ValueError, RecursionError, OverflowError):
        return None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Wrong("a key twice")
    return found


def _no_constant(name: str) -> Any:
    raise _Wrong(name)


def _value(untrusted: Any, shape: Shape, given: _Given) -> Any:
    if untrusted is None:
        if shape.optional:
            return None
        raise _Wrong("null")
    match shape.kind:
        case "bool":
            return _of(untrusted, bool)
        case "int" | "float":
            return _number(untrusted, shape)
        case "text":
            return _text(_of(untrusted, str), int(shape.high))
        case "option":
            return _option(_of(untrusted, str), shape)
        case "date":
            return _date(_of(untrusted, str))
        case "quote":
            return _quote(_of(untrusted, str), int(shape.high), given.documents)
        case "choice":
            return _choice(_of(untrusted, str), shape.name, given.choices)
        case "list":
            return _items(_of(untrusted, list), shape, given)
        case "record":
            return _record(_of(untrusted, dict), shape, given)


def _of(untrusted: Any, wanted: type[Any]) -> Any:
    if type(untrusted) is not wanted:
        raise _Wrong("another type")
    return untrusted


def _number(untrusted: Any, shape: Shape) -> int | float:
    if shape.kind == "int":
        number = _of(untrusted, int)
    else:
        if type(untrusted) not in (int, float):
            raise _Wrong("another type")
        number = round(float(untrusted), 2)
    if not (math.isfinite(number) and shape.low <= number <= shape.high):
        raise _Wrong("out of bounds")
    found: int | float = number
    return found


def _text(untrusted: str, most: int) -> str:
    text = unicodedata.normalize("NFC", untrusted).strip()
    if not text or len(text) > most or inert(text, lines=True) != text:
        raise _Wrong("no text")
    if any(unicodedata.category(ch) in _STRANGE for ch in text if ch not in "\n\u200c\u200d"):
        raise _Wrong("strange characters")
    if _POINTER.search(text):
        raise _Wrong("an address, a path or a link")
    return text


def _option(untrusted: str, shape: Shape) -> Any:
    if untrusted not in shape.options:
        raise _Wrong("no option")
    return shape.type(untrusted) if shape.type is not None else untrusted


def _date(untrusted: str) -> date:
    if not _DATE.match(untrusted):
        raise _Wrong("no date")
    return date.fromisoformat(untrusted)


def _quote(untrusted: str, most: int, documents: Sequence[Document]) -> Evidence:
    """Return where the words stand; line breaks and spaces may differ, not a letter else."""
    words = untrusted.split()
    if not words or len(untrusted) > most:
        raise _Wrong("no quote")
    wanted = re.compile(r"\s+".join(re.escape(word) for word in words))
    for document in documents:
        found = wanted.search(document.text)
        if found is not None:
            return Evidence(document.id, found[0], found.start(), found.end())
    raise _Wrong("not in the document")


def _choice(untrusted: str, name: str, choices: Choices) -> Choice:
    some = choices.get(name, ())
    ids = ids_of(name, choices) if some else []
    if not _ID.match(untrusted) or untrusted not in ids:
        raise _Wrong("no choice")
    return some[ids.index(untrusted)]


def _items(untrusted: list[Any], shape: Shape, given: _Given) -> tuple[Any, ...]:
    if not shape.low <= len(untrusted) <= shape.high:
        raise _Wrong("too few or too many")
    found = tuple(_value(one, shape.parts[0], given) for one in untrusted)
    kind = shape.parts[0].kind
    if kind in ("choice", "option") and any(found.count(one) > 1 for one in found):
        raise _Wrong("the same twice")
    return found


def _record(untrusted: dict[str, Any], shape: Shape, given: _Given) -> Any:
    if set(untrusted) != {part.name for part in shape.parts}:
        raise _Wrong("other fields")
    values = {part.name: _value(untrusted[part.name], part, given) for part in shape.parts}
    return shape.type(**values)
