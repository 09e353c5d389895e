"""The shape of a proposal: values of the types that were promised, bounded, before anyone looks.

A plugin in this process, one in a host of its own and a model behind either can all answer with
anything. What is not a value of the promised type is refused here, so that it breaks nothing.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Union, get_args, get_origin, get_type_hints

from samantha.api.plugin import Wake
from samantha.api.types import Suggestion

LONGEST = 200_000
"""Characters of one text; a cover mail or a reply is far below."""
MOST = 1_000
"""Values of one list."""
_YEARS = range(1970, 9_000)


def misshapen(proposal: object) -> str:
    """Return the name of the first field that is not what it should be, or ''."""
    if not isinstance(proposal, Suggestion):
        return "suggestion"
    found = _wrong(proposal, Suggestion, "suggestion")
    return found or ("" if proposal.kind.strip() else "kind")


def misshapen_wake(wake: Wake) -> str:
    """Return the name of the first field of a wake that is not what it should be, or ''."""
    return _wrong(wake, Wake, "wake")


def _wrong(value: object, wanted: Any, name: str) -> str:
    wanted = getattr(wanted, "__supertype__", wanted)
    if get_origin(wanted) in (Union, types.UnionType):
        kinds = get_args(wanted)
        return "" if any(not _wrong(value, kind, name) for kind in kinds) else name
    if get_origin(wanted) is tuple:
        return _wrong_items(value, get_args(wanted)[0], name)
    if is_dataclass(wanted):
        return _wrong_fields(value, wanted, name)
    check = _CHECKS.get(wanted)
    return "" if check is not None and check(value) else name


def _wrong_items(value: object, kind: Any, name: str) -> str:
    if not isinstance(value, tuple) or len(value) > MOST:
        return name
    return next((name for one in value if _wrong(one, kind, name)), "")


def _wrong_fields(value: object, wanted: Any, name: str) -> str:
    exact: bool = type(value) is wanted
    if not exact:
        return name
    kinds = _kinds(wanted)
    found = (_wrong(getattr(value, f.name), kinds[f.name], f.name) for f in fields(wanted))
    return next((one for one in found if one), "")


@cache
def _kinds(wanted: Any) -> dict[str, Any]:
    hints = get_type_hints(wanted)
    return {n: kind for n, kind in hints.items() if get_origin(kind) is not ClassVar}


def _text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST and "\0" not in value


def _moment(value: object) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None and value.year in _YEARS


_CHECKS: dict[Any, Callable[[object], bool]] = {
    str: _text,
    bool: lambda value: isinstance(value, bool),
    int: lambda value: type(value) is int,
    float: lambda value: type(value) in (int, float),
    datetime: _moment,
    type(None): lambda value: value is None,
}
