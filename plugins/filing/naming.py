"""A name like those of a file's likes: their words, with this file's own date and number.

A pattern is only used when it yields the names that two of the likes really have; otherwise the
file keeps its name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

from samantha.api import Document

from .likes import leaf

Reading = Callable[[Document], date | None]
_FORMS = (("%Y-%m-%d", r"\d{4}-\d{2}-\d{2}"), ("%Y_%m_%d", r"\d{4}_\d{2}_\d{2}"),
          ("%Y%m%d", r"(?<!\d)(?:19|20)\d{6}(?!\d)"), ("%d.%m.%Y", r"\d{2}\.\d{2}\.\d{4}"),
          ("%Y-%m", r"(?<!\d)(?:19|20)\d{2}-\d{2}(?![\d-])"),
          ("%Y_%m", r"(?<!\d)(?:19|20)\d{2}_\d{2}(?![\d_])"))  # fmt: skip
_DATE, _NUMBER = "\ue000", "\ue001"
"""Stand for the date and the number in a pattern; no file name holds private characters."""


def name_like(document: Document, likes: Sequence[Document]) -> str:
    """Return the name a file would have among its likes, or the one it has."""
    own = leaf(document.path)
    ending = own.rpartition(".")[2] if "." in own else ""
    found: Counter[tuple[str, str, str]] = Counter()
    for like in likes:
        for name, reading in _READINGS.items():
            for form, pattern in _FORMS:
                made = _pattern(like, reading, form, pattern)
                if made:
                    found[(made, form, name)] += 1
    for (made, form, name), number in found.most_common():
        day = _READINGS[name](document)
        if number >= 2 and day is not None:
            stem = made.replace(_DATE, day.strftime(form))
            if _NUMBER in stem:
                own_number = _number(document)
                if not own_number:
                    continue
                stem = stem.replace(_NUMBER, own_number)
            return f"{stem}.{ending}" if ending else stem
    return own


def _pattern(like: Document, reading: Reading, form: str, pattern: str) -> str:
    """Return a like's name with its own date and number left out, '' where it has no such date."""
    stem = leaf(like.path).rpartition(".")[0]
    day = reading(like)
    if day is None or day.strftime(form) not in re.findall(pattern, stem):
        return ""
    number = _number(like)
    made = stem.replace(day.strftime(form), _DATE, 1)
    if number and number in made:
        made = made.replace(number, _NUMBER, 1)
    # What still has many digits is different in each.
    return made if not re.search(r"\d{3,}", made) else ""


def _number(document: Document) -> str:
    found = document.signals("invoice_number")
    value = str(found[0].value) if found else ""
    return value if re.fullmatch(r"[\w.-]{3,30}", value) else ""


def _first_date(document: Document) -> date | None:
    found = sorted(document.signals("date"), key=lambda s: s.start)
    return _day(found[0].value) if found else None


def _due_date(document: Document) -> date | None:
    found = document.signals("due_date")
    return _day(found[0].value) if found else None


def _modified(document: Document) -> date | None:
    return document.modified.date()


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


_READINGS: dict[str, Reading] = {"text": _first_date, "due": _due_date, "file": _modified}
