"""What is wrong with config.toml, in words and with the line it is about."""

from __future__ import annotations

import difflib
import os
import re
import types
import typing
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: its line, 1 for the first and 0 for none, and the words for it."""

    line: int
    told: str


def told(error: Any, text: str, name: str, model: Any) -> Problem:
    """Return one of pydantic's errors in words, with the line it is about."""
    loc = tuple(error["loc"])
    line = line_of(text, loc)
    return Problem(line, f"{_at(name, line)}: {_said(error, loc, model)}")


def _at(name: str, line: int) -> str:
    return f"{name}:{line}" if line else name


def _said(error: Any, loc: tuple[Any, ...], model: Any) -> str:
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in loc)
    if error["type"] == "extra_forbidden":
        known = _keys_at(loc[:-1], model)
        near = difflib.get_close_matches(str(loc[-1]), known, 1)
        hint = f"; did you mean '{near[0]}'?" if near else f"; known here: {', '.join(known)}"
        return f"nothing is called '{key}'{hint}"
    if error["type"] == "missing":
        return f"'{key}' is missing"
    return f"{key}: {_in_words(error)}"


def doubles(sources: Sequence[tuple[str, Path]], text: str, name: str) -> list[Problem]:
    """Return the sources that have the name or the path of an earlier one."""
    found = []
    names: set[str] = set()
    places: dict[str, str] = {}
    for number, (source, path) in enumerate(sources):
        place = os.path.normpath(path)
        if source in names:
            line = line_of(text, ("sources", number, "name"))
            what = f"two sources are called '{source}'; a source is told by its name"
            found.append(Problem(line, f"{_at(name, line)}: {what}"))
        if place in places:
            line = line_of(text, ("sources", number, "path"))
            what = f"'{source}' has the same path as '{places[place]}': {place}"
            found.append(Problem(line, f"{_at(name, line)}: {what}"))
        names.add(source)
        places.setdefault(place, source)
    return found


_WORDS = {
    "tuple_type": 'must be a list in brackets, as in ["one", "two"]',
    "dict_type": "must be a table of its own, as in [plugins.bills]",
    "model_type": "must be a table of its own",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be text in quotes",
    "path_type": "must be a path in quotes",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "may hold letters, digits, '-', '_' and '.' alone",
    "datetime_type": "must be a time such as 2027-06-30T23:59:00",
    "datetime_parsing": "must be a time such as 2027-06-30T23:59:00",
    "datetime_from_date_parsing": "must be a time such as 2027-06-30T23:59:00",
}


def _in_words(error: Any) -> str:
    if error["type"] == "tuple_type" and error["loc"] in (("sources",), ("outlets",)):
        return f"write [[{error['loc'][0]}]], with two brackets"
    if error["type"] in _WORDS:
        return _WORDS[error["type"]]
    message = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input should ")
    return message[:1].lower() + message[1:]


def _keys_at(loc: tuple[Any, ...], model: Any) -> list[str]:
    for part in loc:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part) if hasattr(model, "model_fields") else None
        if field is None:
            return []
        model = _section_in(field.annotation)
    return sorted(model.model_fields) if hasattr(model, "model_fields") else []


def _section_in(annotation: Any) -> Any:
    if typing.get_origin(annotation) in (tuple, list, typing.Union, types.UnionType):
        args = [a for a in typing.get_args(annotation) if hasattr(a, "model_fields")]
        return args[0] if args else annotation
    return annotation


def line_of(text: str, loc: tuple[Any, ...]) -> int:
    """Return the 1-based line on which a key path stands, or of its nearest table; 0 if none."""
    best = 0
    table: list[str] = []
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?", line)
        if header:
            table = [part.strip().strip("\"'") for part in header[2].split(".")]
            if header[1] == "[[":
                counts[header[2]] = counts.get(header[2], -1) + 1
                table.append(str(counts[header[2]]))
            path = table
        else:
            key = re.match(r"\s*([\w\"'.-]+)\s*=", line)
            if not key:
                continue
            path = [*table, *(p.strip("\"'") for p in key[1].split("."))]
        wanted = [str(part) for part in loc]
        if path == wanted:
            return number
        if path == wanted[: len(path)]:
            best = number
    return best
