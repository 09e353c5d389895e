"""Cues of a sentence: the ways of asking, promising and arranging that speech.toml lists."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from samantha.signals.literals import needed, possible

WORD = re.compile(r"[\w$]+(?:[-'][\w]+)*")


@dataclass(frozen=True, slots=True)
class Cue:
    """One way of saying something: its name, words without which it cannot be there, its form."""

    name: str
    needs: frozenset[str]
    form: re.Pattern[str] | None

    def said(self, words: frozenset[str], text: str) -> str:
        """Return what says it, or '': the set of words first, it costs next to nothing."""
        if self.needs and self.needs.isdisjoint(words):
            return ""
        if self.form is None:
            return min(self.needs & words)
        if not self.needs and not possible(self.form, text):
            return ""
        match = self.form.search(text)
        return match[0].strip() or "?" if match is not None else ""


@cache
def all_cues() -> tuple[Cue, ...]:
    """Return the cues of speech.toml, in its order."""
    stored = tomllib.loads((files("samantha.signals") / "speech.toml").read_text(encoding="utf-8"))
    parts = {name: _part(value) for name, value in stored["parts"].items()}
    return tuple(_cue(name, made, parts) for name, made in stored["cues"].items())


def _part(value: str | list[str]) -> str:
    if isinstance(value, list):
        return "".join(value)
    # Longest first: an alternation takes the first that fits.
    return "|".join(sorted(value.split(), key=lambda w: (-len(w), w)))


def _cue(name: str, made: Mapping[str, Any], parts: Mapping[str, str]) -> Cue:
    needs = frozenset(str(made.get("needs", "")).split())
    form = "|".join(made.get("forms", ()))
    for part, said in parts.items():
        form = form.replace("{" + part + "}", said)
    return Cue(name, needs, re.compile(form) if form else None)


@cache
def _by_word() -> Mapping[str, tuple[int, ...]]:
    """Return the numbers of the cues that need a word, by it; by '' those that need none."""
    found: dict[str, tuple[int, ...]] = {}
    for number, cue in enumerate(all_cues()):
        for word in cue.needs or _signs(cue) or ("",):
            found[word] = (*found.get(word, ()), number)
    return found


def _signs(cue: Cue) -> tuple[str, ...]:
    """Return single signs without which a form cannot be there, few as they are."""
    found = needed(cue.form) if cue.form is not None else ()
    return found if all(len(sign) == 1 for sign in found) else ()


def words_of(low: str) -> list[str]:
    """Return the words of a sentence in lower case."""
    return WORD.findall(low)


def cues(sentence: str) -> dict[str, str]:
    """Return the cues of a sentence by name, each with the words that say it."""
    low = sentence.lower()
    words = frozenset(words_of(low))
    by_word = _by_word()
    likely = {number for word in ("", *words, *low) for number in by_word.get(word, ())}
    found: dict[str, str] = {}
    known = all_cues()
    for number in sorted(likely):
        said = known[number].said(words, low)
        if said:
            found[known[number].name] = said
    return found
