"""The number of a bill: what its issuer calls it and wants quoted with the payment."""

from __future__ import annotations

import re
from collections.abc import Iterator

from samantha.signals.bill_paper import Paper
from samantha.signals.passages import Span, matches

_NO = r"(?:number|num(?:ber|éro|ero)?\b|no\b|nr\b|nº|n°|n\.º?|id\b|ref(?:erence)?\b|#)"
_PAPER = (
    r"(?:tax |vat |sales )?invoice|bill|(?!ab|be)\w{0,30}rechnung|rechnungs?|credit note"
    r"|gutschrift|facture|avoir|factura"
    r"|fattura|factuur|inv\b"
)
_WRITTEN = r"(?P<token>(?=[^\s]{0,24}\d)[A-Za-z0-9][\w./\-]{0,30})"
_STRONG = re.compile(
    rf"(?<![^\W\d_])(?:{_PAPER})[ \-]?{_NO}[.:]{{0,2}}[ \t:#]{{0,8}}{_WRITTEN}"
    r"|(?<![^\W\d_])(?:rechnungs?|factuur|faktura|rg)-?(?:nummer|nr"
    r"|no)\b[. \t:#]{0,8}(?P<joined>(?=[^\s]{0,24}\d)[A-Za-z0-9][\w./\-]{0,30})",
    re.I,
)
_MIDDLE = re.compile(
    rf"(?<![^\W\d_])(?:{_PAPER})(?: [^\W\d]+){{0,3}}(?: ?\([^)\n]{{1,40}}\)){{0,2}}(?: (?:zu|zur"
    rf"|zum|for) [^\n\d]{{1,40}})?"
    rf"[ \n]{{1,3}}{_NO}[.:]{{0,2}}[ \t:#]{{0,8}}{_WRITTEN}",
    re.I,
)
_BARE = re.compile(rf"(?<![^\W\d_])(?:{_PAPER})[ \t:]{{1,4}}{_WRITTEN}", re.I)
_ALONE = re.compile(
    r"^[ \t]*(?P<token>(?:INV|RE|RG|RNR|FA|BILL)[-/ ]?\d[\w/\-]{2,24})[ \t]*$", re.M
)
_OTHER = re.compile(
    rf"(?<![^\W\d_])(?:beleg|dokument|document|statement|reference|referenz|rechn|rg|vorgangs"
    rf"|booking|order|bestell|auftrags)[\w]{{0,6}}"
    rf"[ \-]?(?:{_NO}|nummer\b)?[.:]{{0,2}}[ \t:#]{{0,8}}(?:\n[ \t]{{0,4}})?{_WRITTEN}",
    re.I,
)
_HEAD = re.compile(
    rf"(?<![^\W\d_])(?:(?:{_PAPER})[ \-]?{_NO}\.?|(?:rechnungs?|factuur)-?(?:nummer|nr"
    rf"|no)\b\.?)[ \t]*:?",
    re.I,
)
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}$")
_MONEY = re.compile(r"\d{1,3}(?:[.,]\d{3})*[.,]\d\d$")


def find_number(paper: Paper) -> tuple[str, Span, float] | None:
    """Return the bill's number with its span and confidence, or None."""
    tries = (
        (_STRONG, 0.95),
        (_MIDDLE, 0.92),
    )
    for pattern, confidence in tries:
        for token, span in _tokens(paper, pattern, 1):
            return token, span, confidence
    for token, span in _below(paper):
        return token, span, 0.85
    for token, span in _tokens(paper, _BARE, 4):
        return token, span, 0.85
    for token, span in _tokens(paper, _ALONE, 4):
        return token, span, 0.8
    for token, span in _near(paper):
        return token, span, 0.5
    for token, span in _tokens(paper, _OTHER, 4):
        return token, span, 0.6
    return None


def _tokens(paper: Paper, pattern: re.Pattern[str], least: int) -> Iterator[tuple[str, Span]]:
    for match in matches(pattern, paper.text, paper.within, 60):
        groups = match.groupdict()
        name = "token" if groups.get("token") else "joined"
        token = groups[name].rstrip(".-/_")
        start = match.start(name)
        if _usable(paper, token, start, least):
            yield token, (start, start + len(token))


def _usable(paper: Paper, token: str, start: int, least: int) -> bool:
    digits = sum(c.isdigit() for c in token)
    if not digits or len(token) < least or _DATE.fullmatch(token) or _MONEY.fullmatch(token):
        return False
    if least > 1 and token.isdigit() and len(token) == 4 and token[:2] in ("19", "20"):
        return False
    end = start + len(token)
    return not any((d.start <= start and end <= d.end) for d in paper.days_in(start - 20, end + 20))


def _below(paper: Paper) -> Iterator[tuple[str, Span]]:
    """Read the value under a label, or under a row of labels, or in a block of values."""
    for match in matches(_HEAD, paper.text, paper.within, 20):
        number = paper.line_at(match.start())
        if number < 0:
            continue
        line = paper.lines[number]
        block = paper.value_line(number)
        rest = line.text[match.end() - line.start :]
        if block is None and (any(c.isdigit() for c in rest) or len(line.bare) > 90):
            continue
        below = [block] if block is not None else paper.below(number, 1)
        for value in below:
            for word in re.finditer(r"[#\w][\w./\-]*", value.text):
                token = word[0].lstrip("#").rstrip(".-/_")
                start = value.start + word.start() + (len(word[0]) - len(word[0].lstrip("#")))
                if len(token) >= 3 and _usable(paper, token, start, 3):
                    yield token, (start, start + len(token))
                    break
    for match in matches(
        re.compile(
            r"^(?:invoice|rechnung|facture)[ \t]*\n\s{0,4}(?:#|no\.?"
            r"|nr\.?)[ \t]{0,3}([\w./\-]{2,30})",
            re.I | re.M,
        ),
        paper.text,
        paper.within,
        3,
    ):
        if _usable(paper, match[1], match.start(1), 2):
            yield match[1], match.span(1)


def _near(paper: Paper) -> Iterator[tuple[str, Span]]:
    """Read a number that columns have torn away from its label: the longest one close by."""
    for match in matches(_HEAD, paper.text, paper.within, 3):
        number = paper.line_at(match.start())
        if number < 0 or paper.lines[number].bare != match[0].strip():
            continue
        found: list[tuple[str, Span]] = []
        for line in paper.lines[max(0, number - 6) : number + 4]:
            for word in re.finditer(
                r"(?<![\w+./-])(?:[A-Z]{1,4}-?)?\d{5,14}(?![\w./-])", line.text
            ):
                start = line.start + word.start()
                found.append((word[0], (start, start + len(word[0]))))
        if found:
            yield max(found, key=lambda f: len(f[0]))
