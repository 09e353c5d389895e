"""Whether a document is finished, or a draft, notes, a template, a torso; with the reason."""

from __future__ import annotations

import re

from samantha.api.types import Document, Kind
from samantha.signals.letterform import LetterForm, is_closing
from samantha.signals.shape import Shape
from samantha.signals.wording import words

WRITTEN = frozenset((Kind.LETTER, Kind.POEM, Kind.STORY, Kind.ESSAY, Kind.MANUSCRIPT))
"""Kinds that somebody writes piece by piece, and finishes."""
_DRAFT_WORDS = words(
    "draft drafts entwurf entwürfe entwuerfe wip rough unfinished unfertig fragment fragments "
    "konzept vorlage template templates vorlagen muster rohfassung outline todo brouillon "
    "borrador bozza skizze skizzen sketch sketches abandoned incomplete unvollständig"
)
_DRAFT_LINE = re.compile(
    r"^[#*_\[(\s-]{0,5}(?:(?:first|second|rough|working|early|erster|zweiter|grober)\s)?"
    r"(?:draft|entwurf|work in progress|wip|unfinished|unfertig|rohfassung|outline|gliederung)"
    r"\b.{0,50}$",
    re.I,
)
_STATUS = re.compile(r"^(?:status|stand)\s*:\s*(?:draft|wip|entwurf|in arbeit|unfinished)", re.I)
_MARKERS = (
    (re.compile(r"\b(?:TODO|FIXME|TBD|TBC|XXX+|ToDo)\b"), "a mark that something is to be done"),
    (re.compile(r"\b(?:TK|TKTK)\b(?=[\s\])])"), "a mark that something is to come"),
    (
        re.compile(
            r"[\[<(](?:insert|add|check|fill|expand|continue|your|date|name|rest of|more here|"
            r"missing|ending|describe|hier|einfügen|ergänzen|ausbauen|weiter|fehlt|schluss|text|"
            r"datum|ort|anrede|empfänger|recipient|address|scene)\b[^\]>)\n]{0,80}[\]>]",
            re.I,
        ),
        "a place to fill in",
    ),
    (
        re.compile(
            r"[\[<{](?:first |last |full |sur|vor|nach)?(?:name|datum|date|ort|adresse|"
            r"betrag)[\]>}]",
            re.I,
        ),
        "a place to fill in",
    ),
    (
        re.compile(
            r"\{\{\s*[#/]?\s*[\w .|-]{1,60}\}\}|\$\{\w{1,40}\}|%\w{2,30}%|<<\w[\w ]{0,40}>>"
        ),
        "a template's field",
    ),
    (re.compile(r"\blorem ipsum\b", re.I), "filler text"),
    (re.compile(r"[^\W_][ :\t]{0,3}_{6,}"), "an empty line to fill in"),
)
_ENDS = tuple(".!?…\"”“’'»«)]}*_&~–—-")
_OPEN_WORDS = words(
    "and or but the a an of to in with for that which who is was are were because if when as "
    "my your his her their our this und oder aber der die das ein eine einen dem den zu mit "
    "für dass daß weil wenn ist war sind als mein dein sein ihr ich du wir i he she we they "
    "like so wie from by et mais le la les de que y pero el"
)
_LEAST = {Kind.LETTER: 12, Kind.POEM: 8, Kind.STORY: 80, Kind.ESSAY: 80, Kind.MANUSCRIPT: 80}


def finished_of(document: Document, shape: Shape, form: LetterForm, kind: Kind) -> tuple[bool, str]:
    """Return whether a document is finished, and why (not)."""
    if document.mail is not None:
        draft = document.mail.folder == "drafts"
        return not draft, "it lies in the drafts folder" if draft else "it was sent"
    named = _named_draft(document, shape)
    if named:
        return False, named
    marked = _marked(shape)
    if marked:
        return False, marked
    if kind is Kind.NOTES:
        return False, "notes, not a finished text"
    if kind is Kind.OTHER and shape.words < 12:
        return False, f"only {shape.words} words so far"
    if kind not in WRITTEN:
        return True, "nothing in it says that it is unfinished"
    return _whole(shape, form, kind)


def _named_draft(document: Document, shape: Shape) -> str:
    word = next((w for w in shape.name if w in _DRAFT_WORDS), "")
    if word:
        return f"its name says “{word}”"
    for folder in shape.folders[:2]:
        word = next((w for w in folder if w in _DRAFT_WORDS), "")
        if word:
            return f"it lies in a folder named “{' '.join(folder)}”"
    stated = " ".join((document.meta.get("status", ""), document.meta.get("draft", ""))).casefold()
    if any(w in stated for w in ("draft", "true", "entwurf", "wip")):
        return "its own heading calls it a draft"
    for line in (*shape.lines[:6], *shape.last[-2:]):
        if len(line) <= 90 and (_STATUS.match(line) or (_DRAFT_LINE.match(line) and _bare(line))):
            return f"it says “{line[:60]}”"
    return ""


def _bare(line: str) -> bool:
    """Tell a label (“DRAFT - do not send”) from a sentence that begins with the word."""
    words = line.strip(" #*_[]()-").split()
    label = len(words) <= 2 or words[0].isupper()
    return (
        label
        or bool(re.search(r"draft|entwurf|progress|fassung", words[1], re.I))
        or any(c in line for c in ":-–—(")
    )


def _marked(shape: Shape) -> str:
    for pattern, what in _MARKERS:
        found = pattern.search(shape.head) or pattern.search(shape.tail)
        if found:
            return f"it holds {what}: “{found.group(0)[:60].strip()}”"
    return ""


def _whole(shape: Shape, form: LetterForm, kind: Kind) -> tuple[bool, str]:
    if shape.words < _LEAST[kind]:
        return False, f"only {shape.words} words so far"
    ended = _ended(shape, form)
    if kind is Kind.POEM:
        if shape.last[-1].endswith((",", ";")) and ended:
            return False, f"it breaks off: “…{shape.last[-1][-50:]}”"
        return True, "a whole poem without marks of a draft"
    if ended:
        return False, ended
    if kind is Kind.LETTER and form.signatures and form.closing:
        return True, "closed and signed"
    return True, "it ends with a whole sentence and has no marks of a draft"


def _ended(shape: Shape, form: LetterForm) -> str:
    """Return how a text breaks off in the middle of a sentence, or ''."""
    if not shape.last:
        return "it is empty"
    line = shape.last[-1].rstrip()
    words = line.strip(" _*").split()
    if not words or line.endswith(_ENDS) or line == form.closing:
        return ""
    if any(s.name in line for s in form.signatures[:2]):
        return ""
    open_word = words[-1].casefold().strip(".,; ") in _OPEN_WORDS
    loose = line[-1:].isalnum() and words[-1][:1].islower()
    midway = (loose and len(words) > 5) or line.endswith((",", ";"))
    # A last line that begins and ends in the middle of a sentence: nothing closes after it.
    torso = loose and words[0][:1].islower() and not is_closing(line)
    broken = open_word or torso or (midway and not form.closing)
    return f"it breaks off: “…{line[-50:]}”" if broken else ""
