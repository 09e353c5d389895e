"""A question to the model as it passes between a plugin's host and the daemon.

The answer's type is a class of the plugin, so its shape travels, and the daemon makes a class of
the same shape. A choice travels as its label and a token: what it stands for stays in the host.
"""

from __future__ import annotations

import hashlib
import json
import keyword
from collections.abc import Mapping, Sequence
from dataclasses import make_dataclass
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Literal

from samantha.adapters.plugin_host_values import Misfit, plain, valued
from samantha.api.asking import AtMost, Between, Choice, Items, Shape, shape_of
from samantha.api.types import Evidence

QUESTION_LIMIT = 4_000
LABEL_LIMIT = 500
CHOICES_LIMIT = 200
ABOUT_LIMIT = 50

Choices = Mapping[str, Sequence[Choice]]


# --- in the host ----------------------------------------------------------------------------


def shape_plain(shape: Shape) -> dict[str, Any]:
    """Return a shape as JSON has it."""
    return {
        "kind": shape.kind,
        "name": shape.name,
        "meaning": shape.meaning,
        "optional": shape.optional,
        "low": shape.low,
        "high": shape.high,
        "type": getattr(shape.type, "__name__", "") if shape.kind == "record" else "",
        "options": list(shape.options),
        "parts": [shape_plain(one) for one in shape.parts],
    }


def token(choice: Choice) -> str:
    """Return what tells a choice from another of the same label."""
    return hashlib.sha256(repr(choice.value).encode("utf-8", "replace")).hexdigest()[:32]


def answer_value(raw: Any, shape: Shape, choices: Choices) -> Any:
    """Return the plugin's own value of an answer."""
    if raw is None:
        return None
    if shape.kind == "record":
        values = {part.name: answer_value(raw[part.name], part, choices) for part in shape.parts}
        return shape.type(**values)
    if shape.kind == "list":
        (part,) = shape.parts
        return tuple(answer_value(one, part, choices) for one in raw)
    if shape.kind == "choice":
        given = choices.get(shape.name, ())
        return next(c for c in given if [c.label, token(c)] == raw)
    if shape.kind == "quote":
        return valued(raw, Evidence)
    if shape.kind == "date":
        return date.fromisoformat(raw)
    return shape.type(raw) if shape.kind == "option" and shape.type is not None else raw


# --- in the daemon --------------------------------------------------------------------------


def answer_type(raw: Any) -> type[Any]:
    """Return a class of this shape, the same one each time; raises ``Misfit``."""
    if len(json.dumps(raw)) > 100_000:
        raise Misfit("the type of the answer is too large")
    return _answer_type(json.dumps(raw, sort_keys=True))


@lru_cache(maxsize=256)
def _answer_type(text: str) -> type[Any]:
    try:
        made = _record(json.loads(text))
        shape_of(made)
    except (TypeError, KeyError, ValueError, AttributeError, RecursionError) as problem:
        raise Misfit("the type of the answer may not be asked for") from problem
    return made


def _record(raw: Any) -> type[Any]:
    parts = [(_identifier(part["name"]), _hint(part)) for part in raw["parts"]]
    return make_dataclass(_identifier(raw["type"]), parts, frozen=True, slots=True)


def _hint(raw: Any) -> Any:
    made = _made(raw)
    if raw["meaning"]:
        made = Annotated[made, str(raw["meaning"])[:1_000]]
    return made | None if raw["optional"] is True else made


def _made(raw: Any) -> Any:
    kind, low, high = raw["kind"], raw["low"], raw["high"]
    simple = {"bool": bool, "date": date, "choice": Choice}
    if kind in simple:
        return simple[kind]
    if kind in ("int", "float"):
        return Annotated[int if kind == "int" else float, Between(low, high)]
    if kind in ("text", "quote"):
        made: Any = str if kind == "text" else Evidence
        return Annotated[made, AtMost(int(high))]
    if kind == "option":
        options: Any = tuple(str(one) for one in raw["options"])
        return Literal.__getitem__(options)
    if kind == "list":
        (part,) = raw["parts"]
        item: Any = _hint(part)
        return Annotated[tuple[item, ...], Items(int(low), int(high))]
    if kind == "record":
        return _record(raw)
    raise Misfit("no kind of answer")


def _identifier(raw: Any) -> str:
    name = str(raw)
    if not name.isidentifier() or not name.isascii() or keyword.iskeyword(name) or len(name) > 60:
        raise Misfit("no name of a field")
    if name.startswith("__"):
        raise Misfit("no name of a field")
    return name


def choices_of(raw: Any) -> dict[str, tuple[Choice, ...]]:
    """Return the choices of a question, each standing for its token; raises ``Misfit``."""
    found = valued(raw, dict[str, tuple[tuple[str, str], ...]], "choices")
    if len(found) > 24 or any(len(some) > CHOICES_LIMIT for some in found.values()):
        raise Misfit("too many choices")
    return {
        name: tuple(Choice(label[:LABEL_LIMIT], (label, key)) for label, key in some)
        for name, some in found.items()
    }


def answer_plain(value: Any, shape: Shape) -> Any:
    """Return an answer as JSON has it."""
    if value is None:
        return None
    if shape.kind == "record":
        return {part.name: answer_plain(getattr(value, part.name), part) for part in shape.parts}
    if shape.kind == "list":
        return [answer_plain(one, shape.parts[0]) for one in value]
    if shape.kind == "choice":
        return list(value.value)
    if shape.kind == "quote":
        return plain(value, Evidence)
    return value.isoformat() if shape.kind == "date" else value
