"""format=flowed (RFC 3676): paragraphs that any width can show, in lines that any mailer can carry.

A line that ends in a space goes on in the next one. What is written here never loses or gains a
character when it is read again; spaces at the end of a paragraph alone are not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

WIDTH = 72
"""Where a paragraph is broken: with quotes and stuffing it stays within 78."""
CONTENT_TYPE = 'Content-Type: text/plain; charset="utf-8"; format=flowed; delsp=no'
SIGNATURE = "-- "
_QUOTED = re.compile(r">+(?: ?>+)*")
_PIECE = re.compile(r"[^ ]+ *| +")


def flowed(text: str) -> str:
    """Return a text as format=flowed carries it; ``unflowed`` gives it back."""
    return "\n".join(row for line in text.split("\n") for row in _rows(line))


def _rows(line: str) -> Iterator[str]:
    depth, rest = _depth(line)
    if rest == SIGNATURE:
        yield _marked(depth, rest)
        return
    # A space at the end would mean that the line goes on.
    rest = rest.rstrip(" ")
    row = ""
    for word in _PIECE.findall(rest):
        if row and row != SIGNATURE and len(_marked(depth, row + word.rstrip(" "))) > WIDTH:
            yield _marked(depth, row)
            row = ""
        row += word
    yield _marked(depth, row)


def _marked(depth: int, row: str) -> str:
    if depth:
        return ">" * depth + (f" {row}" if row else "")
    # What would be taken for a quote, for stuffing or for the beginning of a mail in an mbox.
    return f" {row}" if row.startswith((" ", ">", "From ")) else row


def _depth(line: str) -> tuple[int, str]:
    """Return how deep a line is quoted, and what it says: ``> > a`` is two deep."""
    found = _QUOTED.match(line)
    if found is None:
        return 0, line
    rest = line[found.end() :]
    return found[0].count(">"), rest[1:] if rest.startswith(" ") else rest


def unflowed(text: str, *, delsp: bool = False) -> str:
    """Return a format=flowed text with each paragraph in one line; quotes keep their marks."""
    done: list[str] = []
    depth_before, row, open_row = 0, "", False
    for line in text.split("\n"):
        depth, said = _read(line)
        if open_row and (depth != depth_before or said == SIGNATURE):
            done.append(_quoted(depth_before, row.rstrip(" ")))
            row, open_row = "", False
        goes_on = said.endswith(" ") and said != SIGNATURE
        row += said[:-1] if goes_on and delsp else said
        if not goes_on:
            done.append(_quoted(depth, row))
            row = ""
        depth_before, open_row = depth, goes_on
    if open_row:
        done.append(_quoted(depth_before, row.rstrip(" ")))
    return "\n".join(done)


def _read(line: str) -> tuple[int, str]:
    depth = len(line) - len(line.lstrip(">"))
    rest = line[depth:]
    return depth, rest[1:] if rest.startswith(" ") else rest


def _quoted(depth: int, row: str) -> str:
    if not depth:
        return row
    return f"{'>' * depth} {row}" if row else ">" * depth
