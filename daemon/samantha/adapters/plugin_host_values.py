"""Values of the api as plain JSON and back, each read by its declared type and by nothing else.

A plugin's host may say anything. What it says is JSON of a bounded size; a value comes of it only
if it fits the annotation of the field, the parameter or the result that it is meant for.
"""

from __future__ import annotations

import difflib
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

LONGEST = 8_000_000
"""Characters of one text: a whole document has far fewer."""
MOST = 100_000
"""Values of one list."""
DEEPEST = 12
"""Levels of a value that has no declared type, as that of a signal."""


class Misfit(ValueError):
    """A value that is not what was declared; says where and what was meant."""


# --- to JSON --------------------------------------------------------------------------------


def plain(value: Any, hint: Any) -> Any:
    """Return a value as JSON has it; raises ``Misfit`` for one that is not of the type."""
    hint, origin, args = _taken_apart(hint)
    if origin in (Union, types.UnionType):
        return _plain_union(value, args)
    if origin is tuple and Ellipsis not in args:
        _must(isinstance(value, tuple | list) and len(value) == len(args), "a pair")
        return [plain(one, kind) for one, kind in zip(value, args, strict=True)]
    if origin in _LISTS:
        _must(isinstance(value, Iterable) and not isinstance(value, str | bytes), "a list")
        return [plain(one, args[0]) for one in value]
    if origin in _TABLES:
        _must(isinstance(value, Mapping), "a table")
        return {plain(k, args[0]): plain(v, args[1]) for k, v in value.items()}
    if is_dataclass(hint):
        kind_of: Any = hint
        _must(type(value) is kind_of, _name(hint))
        kinds = fields_of(kind_of)
        return {n: plain(getattr(value, n), kind) for n, kind in kinds.items()}
    return _plain_leaf(value, hint, origin)


def _plain_leaf(value: Any, hint: Any, origin: Any) -> Any:
    if hint in (Any, object):
        return free(value)
    if hint in (datetime, date):
        _must(isinstance(value, hint), _name(hint))
        return value.isoformat()
    if hint is timedelta:
        _must(isinstance(value, timedelta), "a length of time")
        return value.total_seconds()
    if isinstance(hint, type) and issubclass(hint, Enum):
        return str(hint(value).value)
    if hint is float:
        _must(type(value) in (int, float), "a number")
        return float(value)
    if origin is Literal:
        return value
    _must(isinstance(value, hint) and not (hint is int and isinstance(value, bool)), _name(hint))
    return hint(value) if hint is not type(None) else None


def _plain_union(value: Any, args: tuple[Any, ...]) -> Any:
    if value is None and type(None) in args:
        return None
    kinds = [one for one in args if one is not type(None)]
    if len(kinds) == 1:
        return plain(value, kinds[0])
    for kind in kinds:
        if type(value) is kind and is_dataclass(kind):
            return {kind.__name__: plain(value, kind)}
    for kind in kinds:
        if not is_dataclass(kind) and get_origin(kind) is None and isinstance(value, kind):
            return plain(value, kind)
    raise Misfit(" or ".join(_name(one) for one in args))


def free(value: Any, depth: int = 0) -> Any:
    """Return a value without a declared type as the index keeps it: JSON, the rest as text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value)
    if depth >= DEEPEST:
        raise Misfit("a value lies too deep")
    if isinstance(value, Mapping):
        return {str(k): free(v, depth + 1) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [free(one, depth + 1) for one in value]
    return str(value)


# --- from JSON ------------------------------------------------------------------------------


def valued(raw: Any, hint: Any, name: str = "value") -> Any:
    """Return the value that JSON stands for; raises ``Misfit`` with the name of what is wrong."""
    hint, origin, args = _taken_apart(hint)
    if origin in (Union, types.UnionType):
        return _valued_union(raw, args, name)
    if origin is tuple and Ellipsis not in args:
        _must(isinstance(raw, list) and len(raw) == len(args), f"{name}: a pair")
        return tuple(valued(one, kind, name) for one, kind in zip(raw, args, strict=True))
    if origin in _LISTS:
        _must(isinstance(raw, list) and len(raw) <= MOST, f"{name}: a list")
        return tuple(valued(one, args[0], name) for one in raw)
    if origin in _TABLES:
        _must(isinstance(raw, dict) and len(raw) <= MOST, f"{name}: a table")
        return {valued(k, args[0], name): valued(v, args[1], name) for k, v in raw.items()}
    if is_dataclass(hint):
        return _valued_record(raw, hint, name)
    return _valued_leaf(raw, hint, origin, args, name)


def _valued_record(raw: Any, hint: Any, name: str) -> Any:
    _must(isinstance(raw, dict), f"{name}: {_name(hint)}")
    kinds = fields_of(hint)
    for key in raw:
        if key not in kinds:
            raise Misfit(f"nothing is called '{str(key)[:40]}'{_meant(str(key)[:40], kinds)}")
    values = {}
    for one in fields(hint):
        if one.name in raw:
            values[one.name] = valued(raw[one.name], kinds[one.name], one.name)
        elif one.default is MISSING and one.default_factory is MISSING:
            raise Misfit(f"{one.name}: it is missing")
    return hint(**values)


def _valued_leaf(raw: Any, hint: Any, origin: Any, args: tuple[Any, ...], name: str) -> Any:
    if hint in (Any, object):
        return free(raw)
    if origin is Literal:
        _must(raw in args, f"{name}: one of {', '.join(str(one) for one in args)}")
        return raw
    if hint is datetime or hint is date:
        return _time(raw, hint, name)
    if hint is timedelta:
        _must(type(raw) in (int, float) and abs(raw) < 1e11, f"{name}: a number of seconds")
        return timedelta(seconds=raw)
    if isinstance(hint, type) and issubclass(hint, Enum):
        known = ", ".join(str(one.value) for one in hint)
        _must(raw in [one.value for one in hint], f"{name}: one of {known}")
        return hint(raw)
    _must(hint in _LEAVES, f"{name}: no type that can be read")
    check, meant = _LEAVES[hint]
    _must(check(raw), f"{name}: {meant}")
    return float(raw) if hint is float else raw


def _time(raw: Any, hint: type[Any], name: str) -> Any:
    if isinstance(raw, hint) and type(raw) is hint:
        return raw
    try:
        return hint.fromisoformat(raw)
    except (TypeError, ValueError):
        raise Misfit(f"{name}: {_name(hint)} as ISO 8601 has it") from None


def _valued_union(raw: Any, args: tuple[Any, ...], name: str) -> Any:
    if raw is None and type(None) in args:
        return None
    kinds = [one for one in args if one is not type(None)]
    if len(kinds) == 1:
        return valued(raw, kinds[0], name)
    if isinstance(raw, dict) and len(raw) == 1:
        (tag,) = raw
        for kind in kinds:
            if is_dataclass(kind) and getattr(kind, "__name__", "") == tag:
                return valued(raw[tag], kind, name)
    for kind in kinds:
        if not is_dataclass(kind):
            try:
                return valued(raw, kind, name)
            except Misfit:
                continue
    raise Misfit(f"{name}: {' or '.join(_name(one) for one in args)}")


# --- what both need -------------------------------------------------------------------------

_LISTS = (tuple, list, Sequence, Iterable)
_TABLES = (dict, Mapping)
_LEAVES: dict[Any, tuple[Callable[[Any], bool], str]] = {
    str: (lambda raw: isinstance(raw, str) and len(raw) <= LONGEST, "a text"),
    bool: (lambda raw: isinstance(raw, bool), "true or false"),
    int: (lambda raw: type(raw) is int and abs(raw) < 2**63, "a whole number"),
    float: (lambda raw: type(raw) in (int, float), "a number"),
    type(None): (lambda raw: raw is None, "nothing"),
}


@cache
def _taken_apart(hint: Any) -> tuple[Any, Any, tuple[Any, ...]]:
    while True:
        if get_origin(hint) is Annotated:
            hint = get_args(hint)[0]
        elif hasattr(hint, "__supertype__"):
            hint = hint.__supertype__
        else:
            break
    origin, args = get_origin(hint), get_args(hint)
    # A bare ``tuple`` or ``Sequence`` says nothing of its items.
    if origin is None and hint in _LISTS:
        return hint, hint, (Any, Ellipsis) if hint is tuple else (Any,)
    if origin is None and hint in _TABLES:
        return hint, hint, (Any, Any)
    return hint, origin, args


@cache
def fields_of(hint: Any) -> dict[str, Any]:
    """Return the declared types of a dataclass's fields, by name."""
    hints = get_type_hints(hint)
    return {
        one.name: hints[one.name]
        for one in fields(hint)
        if one.init and get_origin(hints[one.name]) is not ClassVar
    }


def _meant(key: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, list(known), 1)
    return f"; did you mean '{near[0]}'?" if near else f"; known: {', '.join(sorted(known))}"


def _name(hint: Any) -> str:
    names = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
    names |= {datetime: "a time", date: "a day", type(None): "nothing"}
    return str(names.get(hint) or getattr(hint, "__name__", hint))


def _must(holds: bool, meant: str) -> None:
    if not holds:
        raise Misfit(meant)
