"""Quotes stripped: what is left of a reply, as the parser's own tests expect it.

A case is a test that names the visible text, or the first fragment, word for word. The mail's body
is given as it is. We are right when our own-text regions have exactly these letters and digits,
with or without what we take for the signature (the tests differ in whether they keep it). One
group a fixture; the failing ones are named.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.quality.figures import Figure, share
from benchmarks.quality.product import letters_and_digits, product

from samantha.api.types import Document

NAME = "reply_quoting"
_COMMON = re.compile(r"const COMMON_FIRST_FRAGMENT = ('(?:[^'\\]|\\.|\\\n)*')", re.S)
_TEST = re.compile(r'get_email\("(\w+)"\)(.*?)test\.done', re.S)
_EQUAL = re.compile(
    r'test\.equal\(\s*(COMMON_FIRST_FRAGMENT|"(?:[^"\\]|\\.)*")\s*,\s*'
    r"(?:\w+\.)?(?:fragments\[0\]|getVisibleText|text)"
)


def measure(data: Path) -> list[Figure]:
    """Return the share of replies that are stripped exactly."""
    folder = data / NAME / "crisp"
    total, wrong = 0, []
    with product() as home:
        for name, expected in _cases(folder / "test.js"):
            path = folder / "fixtures" / f"{name}.txt"
            document = home.mail(path.read_text(encoding="utf-8"), subject="Re: it")
            total += 1
            if document is None or letters_and_digits(expected) not in _ours(document):
                wrong.append(name)
    note = f"wrong: {', '.join(wrong[:8])}" if wrong else ""
    return [share(NAME, "own text exact", total - len(wrong), total, target="≥ 95 %", note=note)]


def _cases(tests: Path) -> Iterator[tuple[str, str]]:
    source = tests.read_text(encoding="utf-8")
    found = _COMMON.search(source)
    common = ast.literal_eval(found[1]) if found else ""
    for name, body in _TEST.findall(source):
        equal = _EQUAL.search(body)
        if equal:
            yield name, common if equal[1].startswith("COMMON") else ast.literal_eval(equal[1])


def _ours(document: Document) -> set[str]:
    own = [r for r in document.regions if r.role in ("body", "signature")]
    whole = "".join(document.text[r.start : r.end] for r in own) if own else document.text
    return {letters_and_digits(document.body()), letters_and_digits(whole)}
