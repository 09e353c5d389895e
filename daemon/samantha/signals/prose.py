"""Measures of running text: line shape, speech, narrative; what tells poem from prose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from samantha.signals.shape import Shape

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_BULLET = re.compile(r"^(?:[-*+•◦·–]\s+|\d{1,2}[.)]\s+|\[[ xX]?\]\s*|☐|☑|✓|o\s)")
_CHECKBOX = re.compile(r"^(?:[-*+]\s+)?\[[ xX]\]|^[☐☑✓]")
_SPEECH = re.compile(r"[\"“„«»][^\"“”„«»\n]{2,300}[,.!?…—–-][\"”“»«]|^[—–-]\s?[A-ZÄÖÜ]", re.M)
_WORDS = {
    "i": "i me my mine myself ich mich mir mein meine meinem meinen meiner wir uns unser we us "
    "our je moi",
    "you": "you your yours thou thee thy sie ihnen ihr ihre ihrem ihren du dich dir dein deine "
    "deinen euch "
    "euer eure vous votre tu te ton ti",
    "they": "he she him her his hers they them their er ihn ihm sein seine seinem seinen seiner "
    "elle il lui",
    "past": "was were had said went came looked thought knew saw stood took felt asked turned "
    "sat told "
    "heard began walked opened could would did made left found gave kept ran held war waren "
    "hatte hatten "
    "sagte ging kam sah stand nahm dachte wusste fragte setzte hörte begann öffnete konnte wollte "
    "machte ließ fand gab hielt lief trat blieb rief legte",
    "argue": "however therefore thus because although whether argument example perhaps rather "
    "indeed "
    "question idea history society culture essay reader readers language means seems therefore "
    "such "
    "jedoch daher deshalb obwohl weil vielleicht beispiel frage gesellschaft kultur bedeutet "
    "sondern "
    "zwar nämlich man gerade eben begriff sprache geschichte one",
}
_SETS = {name: frozenset(words.split()) for name, words in _WORDS.items()}


@dataclass(slots=True)
class Prose:
    """Measures over a document's beginning; shares are per word or per line, 0 to 1."""

    words: int
    share: dict[str, float]
    lines: tuple[str, ...]
    speech: float
    """Stretches of direct speech per hundred words."""
    bullets: float
    checkboxes: int
    verse: float
    """How much the lines look like verse, 0 to 1."""


def prose_of(shape: Shape) -> Prose:
    """Measure a document's beginning."""
    found = [w.casefold() for w in _WORD.findall(shape.head)]
    count = max(len(found), 1)
    share = {name: sum(w in known for w in found) / count for name, known in _SETS.items()}
    lines = shape.lines[:400]
    amount = max(len(lines), 1)
    speech = len(_SPEECH.findall(shape.head)) * 100 / count
    return Prose(
        words=len(found),
        share=share,
        lines=lines,
        speech=speech,
        bullets=sum(bool(_BULLET.match(x)) for x in lines) / amount,
        checkboxes=sum(bool(_CHECKBOX.match(x)) for x in lines),
        verse=_verse(shape, share),
    )


def _verse(shape: Shape, share: dict[str, float]) -> float:
    """Verse: many short lines of differing lengths that stop before the margin, few digits."""
    raw = [x.rstrip() for x in shape.head.split("\n")[:300]]
    lines = [x.strip() for x in raw if x.strip()]
    body = lines[1:] if len(lines) > 4 else lines
    if len(body) < 4:
        return 0.0
    lengths = [len(x) for x in body]
    middle, longest = median(lengths), max(lengths)
    if middle > 62 or middle < 8 or longest > 140:
        return 0.0
    letters = sum(c.isalpha() or c.isspace() for x in body for c in x) / max(sum(lengths), 1)
    odd = sum(
        bool(_BULLET.match(x)) or x.endswith(":") or any(c.isdigit() for c in x) for x in body
    )
    if letters < 0.88 or odd / len(body) > 0.2:
        return 0.0
    if _wrapped(raw, longest):
        return 0.1
    stops = sum(x.endswith((".", "!", "?")) for x in body) / len(body)
    stanzas = _stanzas(raw)
    score = 0.45 + 0.2 * (middle <= 48) + 0.2 * (stops < 0.5) + 0.15 * stanzas
    # A list of words has no small words in it; verse is language.
    small = share["i"] + share["you"] + share["they"] + share["past"]
    return min(1.0, score + min(small, 0.1)) if _running(body) else 0.2


def _wrapped(raw: list[str], longest: int) -> bool:
    """Tell prose wrapped at a margin: hardly a line had room for the word that begins the next."""
    pairs = [(x.strip(), y.strip()) for x, y in pairwise(raw) if x.strip() and y.strip()]
    if not pairs or longest < 28:
        return False
    roomy = sum(len(x) + 1 + len(y.split()[0]) < longest for x, y in pairs)
    carried = sum(y[:1].isupper() and not x.endswith((".", "!", "?")) for x, y in pairs)
    sentences = any(mark in x for x, _ in pairs for mark in (". ", "! ", "? ", ".\u201d"))
    sentences = sentences or any(x.endswith((".", "!", "?")) for x, _ in pairs)
    return sentences and roomy / len(pairs) <= 0.25 and carried / len(pairs) < 0.5


def _stanzas(raw: list[str]) -> float:
    sizes, run = [], 0
    for line in [*raw, ""]:
        if line.strip():
            run += 1
        elif run:
            sizes.append(run)
            run = 0
    good = [n for n in sizes if 2 <= n <= 16]
    return len(good) / len(sizes) if sizes else 0.0


def _running(body: list[str]) -> bool:
    """Tell language from a list: enough lines hold lower-case words, several a line."""
    words = [len(_WORD.findall(x)) for x in body]
    lower = sum(any(w[:1].islower() for w in x.split()) for x in body) / len(body)
    return median(words) >= 2.5 and lower >= 0.55
