"""The limits that an open call sets: words, pages, pieces, each with the sentence that says it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from samantha.signals.calendar_words import NUMBERS, alternatives
from samantha.signals.calendar_words import count as number_of
from samantha.signals.passages import Passages, Span, matches

CHARACTERS_A_WORD = 7
"""A German word with its space; for limits in characters, on the safe side."""

_WORDS = alternatives(w for w in NUMBERS if w not in ("a", "an", "un", "onze", "once"))
_N = rf"(?:\d{{1,3}}(?:[.,'’ \u00a0]\d{{3}})+|\d{{1,6}}|(?:{_WORDS})(?!\w))"
_MOST = (
    r"up to|(?:a )?max(?:imum|imal|\.)?(?: of| length(?: of)?)?:?|no (?:more|longer) than"
    r"|not (?:to )?(?:exceed|be longer than|be more than|more than|longer than)|(?:must|should"
    r"|may) not exceed|at most|under|fewer than|less than|limit(?:ed)?(?: of| to| is|:)?"
    r"|höchstens|bis zu|nicht (?:mehr|länger) als|unter|maximal|von maximal"
    r"|umfang:? (?:von )?(?:bis zu |max\. )?|längstens"
)
_LEAST = (
    r"at least|(?:a )?min(?:imum|imal|\.|destens)?(?: of)?:?|no (?:fewer|less) than"
    r"|not less than|mindestens|wenigstens"
)
_AND = (
    r"(?: ?[-–—] ?| (?:to|and|or|bis|und|oder)"
    r" (?:zu |max\. |höchstens |maximal |at most |up to |no more than )?)"
)
# What stands between number and unit is neither another number nor another bound.
_BOUND = rf"(?:{_WORDS}|höchstens|maximal|mindestens|wenigstens|max|most|least|more|than|bis)"
_MODS = rf"(?:(?!{_BOUND}\b)[^\W\d]{{3,20}} ){{0,3}}?"
_UNITS = {
    "words": r"words?|wörter|wörtern|worte?n?",
    "pages": r"(?:manuscript |typed |double-spaced |a4[- ]|din[- ]a4[- ]|norm)?(?:pages?|seiten?)"
    r"|normseiten?",
    "pieces": r"(?:letters?|poems?|stor(?:y|ies)|essays?|pieces?|works?|haikus?|entr(?:y|ies)"
    r"|submissions?|chapters?|texts?|of (?:them|these)"
    r"|briefe?n?|gedichte?n?|texte?n?|geschichten?|kurzgeschichten?|erzählung(?:en)?|beiträge?n?"
    r"|kapitel)",
    "characters": r"(?:characters?|zeichen|anschläge)",
}
_PATTERNS = {
    name: re.compile(
        rf"(?<![\w.,-])(?:(?P<most>{_MOST})\s|(?P<least>{_LEAST})\s|(?:between|zwischen|of"
        rf"|von)\s)?(?P<n>{_N})(?:(?P<range>{_AND})(?P<m>{_N}))?"
        rf"[ -]{_MODS}(?:{unit})(?![^\W\d_])(?P<after>,? (?:\(?max(?:imum|imal|\.)?|or (?:fewer"
        rf"|less)|at most|or under|limit|oder weniger)(?![^\W\d_])(?!\.? ?\d))?",
        re.I,
    )
    for name, unit in _UNITS.items()
}
_LIMIT_FIRST = re.compile(
    rf"(?:word (?:limit|count)|length|wortzahl|zeichenzahl)\s?(?:is|of|:|beträgt)? ?(?:up to "
    rf"|max\. |maximal |\d{{2,5}} ?[-–] ?)?(?P<n>{_N})(?! ?(?:pages|seiten|zeichen"
    rf"|characters))(?: words)?(?!\w)",
    re.I,
)
_ASKED = re.compile(
    r"\b(?:send|submit|einsenden|schick\w*|send\w*|reichen|wollen|want|per author|pro autor\w*"
    r"|only|nur|je)\b",
    re.I,
)
_EACH = re.compile(
    r"\b(?:each|apiece|every|per (?:letter|poem|story|essay|piece|text)|je(?:der?|weils)?"
    r"|pro (?:brief|gedicht|text|geschichte|beitrag))\b",
    re.I,
)
_NOT_A_LIMIT = re.compile(
    r"\b(?:published|received|years?|jahren?|seit|since|pay|euros?|dollars?|cents?|per (?:word"
    r"|page)|pro (?:wort|seite)|copies|exemplare|last (?:year|issue)|vergütung|honorar"
    r"|cover letter|bio(?:graphy|grafie)?\w*|vita|synopsis|exposé|contributor)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: field of the call, number, and where it is said."""

    field: str
    number: int
    span: Span


def find_limits(text: str, within: Passages) -> tuple[Limit, ...]:
    """Return the limits, the first one said for each field."""
    found: dict[str, Limit] = {}
    for limit in _all(text, within):
        found.setdefault(limit.field, limit)
    least, most = found.get("min_words"), found.get("max_words")
    if least and most and least.number > most.number:
        del found["min_words"]
    return tuple(found.values())


def _all(text: str, within: Passages) -> Iterator[Limit]:
    for name, pattern in _PATTERNS.items():
        for match in matches(pattern, text, within, 60):
            around = _around(text, match)
            if _NOT_A_LIMIT.search(around):
                continue
            yield from _read(text, match, name)
    for match in matches(_LIMIT_FIRST, text, within, 5):
        yield Limit("max_words", _number(match["n"]), match.span())


def _around(text: str, match: re.Match[str]) -> str:
    """Return the clause that a number stands in."""
    before = text[max(0, match.start() - 40) : match.start()]
    after = text[match.end() : match.end() + 24]
    return re.split(r"[.!?;\n,(]", before)[-1] + match[0] + re.split(r"[.!?;\n,]", after)[0]


def _read(text: str, match: re.Match[str], name: str) -> Iterator[Limit]:
    least, most = _bounds(text, match, name)
    if name == "characters":
        name = "words"
        least, most = 0, most // CHARACTERS_A_WORD
    if most:
        yield Limit(f"max_{name}", most, match.span())
        if name == "words" and _EACH.search(_each_window(text, match)):
            yield Limit("max_words_each", most, match.span())
    if least and name != "pages":
        yield Limit(f"min_{name}", least, match.span())


def _each_window(text: str, match: re.Match[str]) -> str:
    window = text[max(0, match.start() - 24) : match.start()].rsplit("\n", 1)[-1]
    return (
        re.split(r"[.;]", window)[-1]
        + " "
        + re.split(r"[.;]", text[match.end() : match.end() + 24])[0]
    )


def _bounds(text: str, match: re.Match[str], name: str) -> tuple[int, int]:
    first = _number(match["n"])
    if match["m"]:
        second = _number(match["m"])
        if re.search(r"\b(?:or|oder)\b", match["range"]) and second < first:
            return 0, first
        return (first, second) if first <= second else (0, 0)
    if match["least"]:
        return first, 0
    if match["most"] or match["after"]:
        return 0, first - _below(match)
    # "Send us three letters": a bare number of pieces is a limit where it is asked for.
    before = text[max(0, match.start() - 40) : match.start()]
    if (
        name == "pieces"
        and 0 < first <= 20
        and _ASKED.search(before + match[0] + text[match.end() : match.end() + 16])
    ):
        return (first if first > 1 else 0), first
    return 0, 0


def _below(match: re.Match[str]) -> int:
    return int((match["most"] or "").lower().startswith(("under", "fewer", "less", "unter")))


def _number(written: str) -> int:
    digits = re.sub(r"\D", "", written)
    return int(digits) if digits else number_of(written)
