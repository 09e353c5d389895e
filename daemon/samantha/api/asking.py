"""What a plugin may ask the local model: a question whose answer is a value of a declared type.

The answer's type is a frozen dataclass of: bool, int and float with ``Between``, str with
``AtMost``, ``Literal`` or ``StrEnum`` options, date, ``Quote``, ``Choice``, tuples of these with
``Items``, such dataclasses, and ``| None`` of any. There is no type for an address, a path or a
link, on purpose: the model points at a ``Choice`` that was made without it. A text in
``Annotated`` tells the model what a field means::

    @dataclass(frozen=True, slots=True)
    class Judged:
        waits: Annotated[bool, "whether the sender waits for an answer"]
        urgency: Annotated[int, Between(0, 3)]
        proof: Quote
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, Protocol, TypeVar, Union, get_args, get_origin

from samantha.api.types import Document, Evidence

MAX_FIELDS = 24
MAX_DEPTH = 3
MAX_TEXT = 5_000
MAX_ITEMS = 50
MAX_OPTIONS = 200

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AtMost:
    """The longest text of a field, in characters."""

    characters: int


@dataclass(frozen=True, slots=True)
class Between:
    """The bounds of a number, both allowed. A float has two decimals."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Items:
    """How many items a tuple may have."""

    low: int = 0
    high: int = 8


Quote = Annotated[Evidence, AtMost(300)]
"""Words of a document, checked to be an exact span of it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing the model may point at: it reads the label, and never sees nor writes the value."""

    label: str
    value: object


class Ask(Protocol):
    """Asks the local model."""

    def __call__(
        self,
        question: str,
        about: Document | Sequence[Document],
        answer: type[T],
        *,
        choices: Mapping[str, Sequence[Choice]] = {},
        near: Sequence[Evidence] = (),
    ) -> T | None:
        """Return a value of the type, or None: no model, no time, or a reply that is none.

        Keep the question the same for all documents, so that it is read once; ``choices`` are by
        name of field; a long document is cut around ``near`` and its signals. A type that may not
        be asked for is a ``TypeError``.
        """


# --- the rules -----------------------------------------------------------------------------

ShapeKind = Literal[
    "bool", "int", "float", "text", "option", "date", "quote", "choice", "list", "record"
]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value may be. ``low`` and ``high`` bound numbers, lengths and items."""

    kind: ShapeKind
    name: str = ""
    meaning: str = ""
    optional: bool = False
    low: float = 0
    high: float = 0
    type: Any = None
    """The dataclass of a record, the StrEnum of an option."""
    options: tuple[str, ...] = ()
    parts: tuple[Shape, ...] = field(default=())
    """Fields of a record, or the one shape of a list's items."""


def shape_of(answer: type[Any]) -> Shape:
    """Return the shape of an answer's type; raises ``TypeError`` for one that may not be asked."""
    shape = _record(answer, "", "", 1)
    if _fields_in(shape) > MAX_FIELDS:
        raise TypeError(f"{answer.__name__} has more than {MAX_FIELDS} fields")
    return shape


def _record(answer: Any, name: str, meaning: str, depth: int) -> Shape:
    if not (isinstance(answer, type) and is_dataclass(answer)):
        raise TypeError(f"{answer!r} is no dataclass")
    params: Any = getattr(answer, "__dataclass_params__", None)
    if params is None or not params.frozen:
        raise TypeError(f"{answer.__name__} is not frozen")
    if depth > MAX_DEPTH:
        raise TypeError(f"{answer.__name__} lies too deep")
    from typing import get_type_hints

    hints = get_type_hints(answer, include_extras=True)
    parts = tuple(_shape(hints[one.name], one.name, depth) for one in fields(answer) if one.init)
    if not parts:
        raise TypeError(f"{answer.__name__} has no fields")
    return Shape("record", name, meaning, type=answer, parts=parts)


def _shape(hint: Any, name: str, depth: int) -> Shape:
    notes: tuple[Any, ...] = ()
    optional = False
    while True:
        origin, args = get_origin(hint), get_args(hint)
        if origin is Annotated:
            hint, notes = args[0], (*notes, *args[1:])
        elif origin in (Union, types.UnionType) and len(args) == 2 and type(None) in args:
            (hint,) = [one for one in args if one is not type(None)]
            optional = True
        else:
            break
    made = _plain(hint, name, notes, depth)
    if not optional:
        return made
    return Shape(
        made.kind,
        name,
        made.meaning,
        True,
        made.low,
        made.high,
        made.type,
        made.options,
        made.parts,
    )


def _plain(hint: Any, name: str, notes: tuple[Any, ...], depth: int) -> Shape:
    meaning = " ".join(note for note in notes if isinstance(note, str))
    if hint is bool:
        return Shape("bool", name, meaning)
    if hint is int or hint is float:
        return _number(hint, name, meaning, _note(notes, Between))
    if hint is str:
        return _text("text", name, meaning, _note(notes, AtMost) or AtMost(300))
    if hint is date:
        return Shape("date", name, meaning)
    if hint is Evidence:
        return _text("quote", name, meaning, _note(notes, AtMost) or AtMost(300))
    if hint is Choice:
        return Shape("choice", name, meaning)
    if get_origin(hint) is tuple:
        return _list(hint, name, meaning, _note(notes, Items) or Items(), depth)
    if get_origin(hint) is Literal:
        return _option(None, get_args(hint), name, meaning)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _option(hint, tuple(one.value for one in hint), name, meaning)
    if isinstance(hint, type) and is_dataclass(hint):
        return _record(hint, name, meaning, depth + 1)
    raise TypeError(f"{name}: the model cannot be asked for {hint!r}")


def _number(hint: Any, name: str, meaning: str, bounds: Any) -> Shape:
    if bounds is None or not bounds.low <= bounds.high:
        raise TypeError(f"{name}: a number needs Between(low, high)")
    if max(abs(bounds.low), abs(bounds.high)) > 1e12:
        raise TypeError(f"{name}: its bounds are too wide")
    kind: ShapeKind = "int" if hint is int else "float"
    return Shape(kind, name, meaning, low=bounds.low, high=bounds.high)


def _text(kind: ShapeKind, name: str, meaning: str, most: AtMost) -> Shape:
    if not 0 < most.characters <= MAX_TEXT:
        raise TypeError(f"{name}: a text has 1 to {MAX_TEXT} characters")
    return Shape(kind, name, meaning, high=most.characters)


def _option(made: Any, values: tuple[Any, ...], name: str, meaning: str) -> Shape:
    if not values or len(values) > MAX_OPTIONS or len(set(values)) != len(values):
        raise TypeError(f"{name}: options are 1 to {MAX_OPTIONS} different texts")
    if not all(isinstance(one, str) and len(one) <= 200 and one.isprintable() for one in values):
        raise TypeError(f"{name}: an option is a printable text of at most 200 characters")
    return Shape("option", name, meaning, type=made, options=tuple(str(one) for one in values))


def _list(hint: Any, name: str, meaning: str, items: Items, depth: int) -> Shape:
    args = get_args(hint)
    if len(args) != 2 or args[1] is not Ellipsis:
        raise TypeError(f"{name}: a tuple is tuple[type, ...]")
    if not 0 <= items.low <= items.high <= MAX_ITEMS or not items.high:
        raise TypeError(f"{name}: a tuple has at most {MAX_ITEMS} items")
    item = _shape(args[0], name, depth)
    if item.kind == "list" or item.optional:
        raise TypeError(f"{name}: a tuple holds plain values or dataclasses")
    return Shape("list", name, meaning, low=items.low, high=items.high, parts=(item,))


def _note(notes: tuple[Any, ...], wanted: type[Any]) -> Any:
    # The outermost note is the nearest to the field: it comes first.
    return next((note for note in notes if isinstance(note, wanted)), None)


def _fields_in(shape: Shape) -> int:
    return sum(max(1, _fields_in(part)) for part in shape.parts)
