"""What a pattern cannot match without: words that are looked for first, in a fraction of the time.

A pattern over a text of some pages costs as much as a hundred searches for plain words, and most
patterns match in few documents. The words are read from the pattern itself, so they cannot be
forgotten when it changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import import_module
from typing import Any

MOST = 90
"""More words than this cost what they save."""
_KNOWN_MOST = 2_000

Words = frozenset[str]
# By identity: to hash a pattern is to go over all of it. What is kept here cannot be freed.
_known: dict[int, tuple[re.Pattern[str], tuple[str, ...]]] = {}


def needed(pattern: re.Pattern[str]) -> tuple[str, ...]:
    """Return words in lower case, one of which is in every match; none where that is not sure."""
    found = _known.get(id(pattern))
    if found is None:
        if len(_known) >= _KNOWN_MOST:
            _known.clear()
        words = _read(pattern)
        found = _known[id(pattern)] = (pattern, words if len(words) <= MOST else ())
    return found[1]


def _read(pattern: re.Pattern[str]) -> tuple[str, ...]:
    try:
        parser: Any = import_module("re._parser")
        found = _of_sequence(parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE))
    except (ImportError, AttributeError, ValueError, TypeError, re.error):
        # Another Python may parse in another way; then every pattern is tried.
        return ()
    return tuple(sorted(found, key=lambda word: (len(word), word))) if found else ()


def _of_sequence(parsed: Iterable[tuple[Any, Any]]) -> Words:
    """Return the best words of a sequence: all its parts have to be there, so one part will do."""
    best: Words = frozenset()
    run = ""
    for code, value in parsed:
        letter = chr(value).lower() if str(code) == "LITERAL" else ""
        if len(letter) == 1:
            run += letter
            continue
        best = _better(best, _of_run(run))
        run = ""
        best = _better(best, _of_part(str(code), value))
    return _better(best, _of_run(run))


def _of_part(code: str, value: Any) -> Words:
    if code == "SUBPATTERN":
        return _of_sequence(value[3])
    if code == "ATOMIC_GROUP":
        return _of_sequence(value)
    if code in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return _of_sequence(value[2]) if value[0] >= 1 else frozenset()
    if code == "BRANCH":
        parts = [_of_sequence(one) for one in value[1]]
        return frozenset().union(*parts) if all(parts) else frozenset()
    if code == "IN" and all(str(one) == "LITERAL" for one, _ in value):
        signs = frozenset(chr(sign) for _, sign in value)
        return signs if all(map(_telling, signs)) else frozenset()
    return frozenset()


def _of_run(run: str) -> Words:
    return frozenset([run]) if len(run) > 1 or (run and _telling(run)) else frozenset()


def _telling(sign: str) -> bool:
    """Tell whether a single sign is rare enough in prose to be worth a look."""
    return not sign.isalnum() and not sign.isspace() and sign not in ".,-'\"()"


def _better(one: Words, other: Words) -> Words:
    """Return the words that are rarer: longer at their shortest, then fewer."""
    if not one or not other:
        return one or other
    return max(one, other, key=lambda words: (min(3, min(map(len, words))), -len(words)))


def possible(pattern: re.Pattern[str], low: str) -> bool:
    """Tell whether a pattern can match at all in a text in lower case."""
    words = needed(pattern)
    for word in words:  # a plain loop: this runs a hundred times a mail
        if word in low:
            return True
    return not words
