"""Addresses in mail headers, read strictly: what is not plainly one address is none."""

from __future__ import annotations

import re

from samantha.api.types import Person
from samantha.workers.reading.mime import unencode
from samantha.workers.reading.reading import one_line

MAX_PEOPLE = 200
_ADDRESS = re.compile(r"[^\s@<>(),;:\\\"\[\]]{1,64}@[^\s@<>(),;:\\\"\[\]]{1,253}")


def people(values: list[str]) -> tuple[Person, ...]:
    """Return the people of address header values, each once, in order."""
    found: dict[str, Person] = {}
    for value in values:
        for entry in _entries(value):
            person = _person(entry)
            if person is not None and len(found) < MAX_PEOPLE:
                found.setdefault(person.address, person)
    return tuple(found.values())


def _entries(value: str) -> list[str]:
    """Split at commas and semicolons outside quotes, comments and angle brackets."""
    entries: list[str] = []
    current: list[str] = []
    quoted = escaped = angled = False
    comments = 0
    for char in value:
        if escaped:
            escaped = False
        elif char == "\\" and (quoted or comments):
            escaped = True
        elif char == '"' and not comments:
            quoted = not quoted
        elif not quoted and char == "(":
            comments += 1
        elif not quoted and char == ")" and comments:
            comments -= 1
        elif not quoted and not comments:
            angled = char == "<" or (angled and char != ">")
            if char in ",;" and not angled:
                entries.append("".join(current))
                current = []
                continue
        current.append(char)
    entries.append("".join(current))
    return entries


def _person(entry: str) -> Person | None:
    text = entry.strip()
    comment = ""
    if text.endswith(">") and "<" in text:
        name, _, address = text[:-1].rpartition("<")
    else:
        found = re.search(r"\(([^()]*)\)", text)
        comment = found.group(1) if found else ""
        name, address = "", re.sub(r"\([^()]*\)", "", text)
        # A group is written ``Friends: a@b, c@d;``.
        name, _, address = ("", "", address.rpartition(":")[2])
    address = re.sub(r"^mailto:", "", address.strip(), flags=re.IGNORECASE).lower()
    if not _ADDRESS.fullmatch(address):
        return None
    shown = unencode(name.strip().strip('"').replace('\\"', '"') or comment)
    return Person(one_line(shown, 200).strip("\"' "), address)
