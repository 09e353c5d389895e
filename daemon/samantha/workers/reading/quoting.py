"""Tells a mail's new text from quoted mails and signatures, line by line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from samantha.api.types import FORWARDED, Region
from samantha.workers.reading.forwarding import header_end, header_field, is_forward
from samantha.workers.reading.signatures import closes, names_device, signature_at

Role = Literal["body", "quote", "signature"]

_QUOTED = re.compile(r"^[ \t]{0,3}(?:>(?!:\s*$)|\|>|&gt;)")
_WROTE = (
    r"(?:wrote|writes|schrieb|schrieben|geschrieben|a[ \u00a0]écrit|écrit|escribió|escribio|"
    r"ha[ \u00a0]scritto|scritto|schreef|heeft[ \u00a0].{1,80}geschreven|escreveu|skrev|"
    r"napisał\(?a?\)?|napsal\(?a?\)?|kirjoitti|написала?|пишет)"
)
_ENDS_IN_VERB = re.compile(rf"\b{_WROTE}$", re.IGNORECASE)
_OPENING = (
    r"(?:on|am|le|el|il|op|em|den|dnia|w dniu|at|in a message dated|vào|"
    r"il giorno|el día|on behalf)"
)
_ATTRIBUTION = re.compile(
    rf"^[ \t*]{{0,4}}(?:{_OPENING}\b.{{4,280}}\b{_WROTE}\b.{{0,120}}:?"
    rf"|.{{2,160}}[ \u00a0]{_WROTE}(?:[ \u00a0].{{0,80}})?:)[ \t*]*$",
    re.IGNORECASE | re.DOTALL,
)
_DATED = re.compile(
    r"^[ \t]{0,2}(?:\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{2,4})\b.{0,120}"
    r"<[^<>\s]+@[^<>\s]+>\s*:?[ \t]*$",
    re.DOTALL,
)
_DIVIDER = re.compile(
    r"^[ \t>*]{0,4}[-_–—]{2,}[ \t]*(?:original[ -]?(?:message|nachricht|mail|appointment)|"
    r"ursprüngliche[ ](?:nachricht|e-?mail|mail)|(?:reply|forwarded|replied)[ ].{0,40}|"
    r"message d'origine|message original|mensaje original|messaggio originale|"
    r"oorspronkelijk bericht|weitergeleitete (?:nachricht|e-?mail)|"
    r"weitergeleitet(?:e|er)?[ ].{0,60}|message transféré|mensaje reenviado|"
    r"messaggio inoltrato|doorgestuurd bericht|mensagem (?:original|encaminhada))"
    r"[ \t]*.{0,80}[-_–—]{2,}[ \t*]*$",
    re.IGNORECASE,
)
_FORWARDED_BY = re.compile(
    r"^[ \t]*-{5,}[ \t]*(?:forwarded by|weitergeleitet von|transféré par|reenviado por|"
    r"inoltrato da|doorgestuurd door)\b",
    re.IGNORECASE,
)
_TO = re.compile(r"^[ \t*]{0,80}(?:to|an|para|aan)[ \u00a0]?\*?:", re.IGNORECASE)
_STAMP = re.compile(r"\b\d{1,4}[-/.]\d\d?[-/.]\d{2,4}\b.{0,20}\b\d\d?:\d\d\b")
_BEGINS = re.compile(
    r"^[ \t*]{0,3}(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-?mail)|"
    r"début du message (?:réexpédié|transféré)|inicio del mensaje reenviado|"
    r"inizio messaggio inoltrato|begin doorgestuurd bericht)[ \t]*:?[ \t*]*$",
    re.IGNORECASE,
)
# Whatever the language: dashes around a few words, when fields follow; a date and an address
# before a colon.
_DASHED = re.compile(r"^[ \t]*-{3,}[ \t]*(?!BEGIN |END )[^\W\d_][^-]{2,50}?[ \t]*-{3,}[ \t]*$")
_LABEL = re.compile(r"^[ \t>*_]{0,4}[^\W\d_][\w \u00a0-]{0,20}?[ \u00a0]?\*?:[ \u00a0*]")
_WHO_AND_WHEN = re.compile(
    r"^(?=.{0,200}?(?:\b(?:19|20)\d\d\b|\b\d\d?[:.]\d\d\b)).{0,300}"
    r"<[^<>\s]+@[^<>\s]+>?[^<>@]{0,40}:?[ \t*]*$",
    re.DOTALL,
)
_DASHED_ATTRIBUTION = re.compile(
    rf"^[ \t]*-{{2,}}[ \t]*{_OPENING}\b.{{4,280}}\b{_WROTE}\b.{{0,120}}?-{{2,}}[ \t*]*$",
    re.IGNORECASE,
)
"""Some web mailers set who wrote when between dashes, and mark no line below it."""
_RULE = re.compile(r"^[ \t]*(?:_{8,}|-{8,}|={8,})[ \t]*$")
_FROM = re.compile(
    r"^[ \t>*_]{0,4}(?:from|message du|von|de|da|van|expéditeur|från|fra|od|от)[ \u00a0]?\*?:", re.I
)
_FIELD = re.compile(
    r"^[ \t>*_]{0,4}(?:from|sent|to|cc|bcc|subject|sujet|message du|date|reply-to|"
    r"importance|attachments|von|gesendet|an|kopie|betreff|datum|antwort an|wichtigkeit|anlagen?|"
    r"de|envoyé|à|objet|date|copie à|enviado(?: el)?|para|asunto|fecha|"
    r"da|inviato|data|a|oggetto|van|verzonden|aan|onderwerp|assunto)[ \u00a0]?\*?:",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"^[ \t>*_]{0,4}(?:subject|sujet|betreff|objet|asunto|oggetto|onderwerp|assunto)"
    r"[ \u00a0]?\*?:[ \t*]*",
    re.IGNORECASE,
)

_MAX_FORWARDS = 5
_MAX_ATTRIBUTION_LINES = 4


@dataclass(slots=True)
class _Line:
    text: str
    start: int
    end: int
    role: Role = "body"
    blank: bool = False
    introduces: bool = False
    """Whether it ends like "… wrote:"; most lines do not, and need no closer look."""


def regions(text: str, subject: str = "", depth: int = 0) -> tuple[Region, ...]:
    """Split a mail's text into body, quote and signature regions; they cover all that is text.

    The text of a mail that was passed on is an ``attachment`` region named ``FORWARDED``; its
    header lines are ``quote``. ``subject`` is the mail's own, ``depth`` how often what lies here
    was passed on already.
    """
    lines = _lines(text)
    cut = _mark_quotes(lines)
    below = _forwarded(lines, cut, subject) if depth < _MAX_FORWARDS else len(lines)
    _mark_wrapped(lines)
    for line in lines[cut:]:
        line.role = "quote"
    _mark_signatures(lines)
    found = _merged(lines[:below])
    if below < len(lines):
        inner = header_field([line.text for line in lines[cut:below]], _SUBJECT)
        found += _passed_on(text, lines[below].start, inner, depth)
    return found


def _forwarded(lines: list[_Line], cut: int, subject: str) -> int:
    """Return the first line of the text that was passed on, or the number of lines."""
    first = _next_full(lines, cut)
    if first is None:
        return len(lines)
    divider = first
    while _RULE.match(lines[divider].text):
        after = _next_full(lines, divider + 1)
        if after is None:
            return len(lines)
        divider = after
    above = "\n".join(line.text for line in lines[:cut] if line.role == "body")
    if not is_forward(lines[divider].text, _without_closing(above), subject):
        return len(lines)
    start = header_end([line.text for line in lines], first, _FIELD)
    after = _next_full(lines, start)
    return len(lines) if after is None else after


def _without_closing(above: str) -> str:
    """Return new text without its signature, so that what hands a mail on stays short."""
    lines = _lines(above)
    _mark_signatures(lines)
    return "\n".join(x.text for x in lines if x.role == "body" and not closes(x.text))


def _passed_on(text: str, start: int, subject: str, depth: int) -> tuple[Region, ...]:
    """Split what was passed on in its turn: its own new text is what counts."""
    inner = regions(text[start:], subject, depth + 1)
    return tuple(
        Region("attachment", start + r.start, start + r.end, FORWARDED)
        if r.role == "body"
        else Region(r.role, start + r.start, start + r.end, r.name)
        for r in inner
    )


def _lines(text: str) -> list[_Line]:
    found: list[_Line] = []
    at = 0
    for part in text.split("\n"):
        bare = part.strip(" \t\u00a0*")
        introduces = bare.endswith((":", "：")) or _ENDS_IN_VERB.search(bare[-40:]) is not None
        found.append(_Line(part, at, at + len(part), "body", not part.strip(), introduces))
        at += len(part) + 1
    return found


def _mark_quotes(lines: list[_Line]) -> int:
    """Mark quoted lines and what introduces them; return from where all is an older mail."""
    number = 0
    while number < len(lines):
        line = lines[number]
        if _QUOTED.match(line.text):
            line.role = "quote"
            number += 1
            continue
        if line.blank:
            number += 1
            continue
        if _begins_older_mail(lines, number):
            return _with_rule(lines, number)
        size = _attribution(lines, number)
        if size:
            after = _next_full(lines, number + size)
            if after is None or not _QUOTED.match(lines[after].text):
                # Only the unmistakable form may claim everything below it: "X wrote:" alone can
                # also introduce a line of the author's own.
                if _strong(lines, number, size):
                    return number
            else:
                for one in lines[number:after]:
                    one.role = "quote"
                number = after
                continue
        number += 1
    return len(lines)


def _mark_wrapped(lines: list[_Line]) -> None:
    """Mark the torn-off ends of quoted lines that a mail program wrapped without a sign."""
    for before, line in pairwise(lines):
        torn = before.role == "quote" and len(before.text) >= 60 and _QUOTED.match(before.text)
        begins_small = line.text[:1].islower() or not line.text[:1].isalnum()
        if line.role == "body" and torn and begins_small and 0 < len(line.text) < 60:
            line.role = "quote"


def _begins_older_mail(lines: list[_Line], number: int) -> bool:
    text = lines[number].text
    if any(form.match(text) for form in (_DIVIDER, _BEGINS, _FORWARDED_BY, _DASHED_ATTRIBUTION)):
        return True
    dashed = _DASHED.match(text)
    stamped = _TO.match(text) and _stamped(lines, number) is not None
    if not dashed and not stamped and not _FROM.match(text):
        return False
    near = [line.text for line in lines[number : number + 16] if not line.blank][:12]
    field = _LABEL if dashed else _FIELD
    return sum(1 for one in near if field.match(one)) >= (2 if stamped else 3)


def _stamped(lines: list[_Line], number: int) -> int | None:
    """Return the line of name and time that some programs put above "To:", if it is there."""
    found = None
    seen = 0
    for above in range(number - 1, max(-1, number - 6), -1):
        line = lines[above]
        if line.blank or line.role != "body":
            continue
        seen += 1
        if _STAMP.search(line.text):
            named = above > 0 and 0 < len(lines[above - 1].text.strip()) <= 60
            alone = _STAMP.match(line.text.strip()) is not None
            found = above - 1 if named and alone else above
        if seen == 3 or found is not None:
            break
    return found


def _with_rule(lines: list[_Line], number: int) -> int:
    """Take the ruler, or the line of name and time, above a header block with it."""
    if _TO.match(lines[number].text):
        stamped = _stamped(lines, number)
        return number if stamped is None else stamped
    before = number - 1
    while before >= 0 and lines[before].blank:
        before -= 1
    return before if before >= 0 and _RULE.match(lines[before].text) else number


def _attribution(lines: list[_Line], number: int) -> int:
    """Return how many lines from here on say who wrote what follows, or 0."""
    if not any(line.introduces for line in lines[number : number + _MAX_ATTRIBUTION_LINES]):
        return 0
    joined = ""
    for size in range(1, _MAX_ATTRIBUTION_LINES + 1):
        if number + size > len(lines):
            return 0
        line = lines[number + size - 1]
        if line.blank or _QUOTED.match(line.text) or len(line.text) > 300:
            return 0
        joined = f"{joined} {line.text.strip()}".strip()
        if len(joined) > 400:
            return 0
        if line.introduces:
            return size if _introduces(joined) and not _later(lines, number, size) else 0
    return 0


def _introduces(joined: str) -> bool:
    return any(one.match(joined) for one in (_ATTRIBUTION, _DATED, _WHO_AND_WHEN))


def _later(lines: list[_Line], number: int, size: int) -> bool:
    """Tell whether the introduction only begins on a later line, below the author's own text."""
    texts = [line.text.strip() for line in lines[number : number + size]]
    if re.match(rf"[*]*{_OPENING}\b.*\d", texts[0], re.IGNORECASE):
        return False
    dated = any(re.search(r"\d", text) for text in texts[:1])
    rests = (" ".join(texts[later:]) for later in range(1, size))
    return any(_introduces(rest) and (not dated or re.search(r"\d\d", rest)) for rest in rests)


def _strong(lines: list[_Line], number: int, size: int) -> bool:
    joined = " ".join(line.text.strip() for line in lines[number : number + size])
    opened = re.match(rf"^[ \t*]*{_OPENING}\b", joined, re.IGNORECASE)
    dated = len(re.findall(r"\d{1,4}", joined)) >= 2
    closed = joined.rstrip(" *").endswith(":")
    addressed = _DATED.match(joined) or (closed and _WHO_AND_WHEN.match(joined))
    return bool(dated and ((opened and (closed or "@" in joined)) or addressed))


def _next_full(lines: list[_Line], number: int) -> int | None:
    return next((n for n in range(number, len(lines)) if not lines[n].blank), None)


def _mark_signatures(lines: list[_Line]) -> None:
    """Mark what closes each stretch of new text."""
    start = 0
    while start < len(lines):
        if lines[start].role != "body":
            start += 1
            continue
        end = start
        while end < len(lines) and lines[end].role == "body":
            end += 1
        at = signature_at([line.text for line in lines[start:end]])
        if at is not None:
            for line in lines[start + at : end]:
                line.role = "signature"
        _mark_below_device(lines, start, end)
        start = end


def _mark_below_device(lines: list[_Line], start: int, end: int) -> None:
    """Mark what stands below "Sent from my …": some devices put the older mail there, unmarked."""
    for number in range(start, end - 1):
        if names_device(lines[number].text) and lines[number + 1].blank:
            lines[number].role = "signature"
            for line in lines[number + 1 : end]:
                if line.role == "body":
                    line.role = "quote"
            return


def _merged(lines: list[_Line]) -> tuple[Region, ...]:
    """Join neighbours of one role; blank lines between two of one role belong to it."""
    found: list[Region] = []
    for line in lines:
        if line.blank:
            continue
        last = found[-1] if found else None
        if last is not None and last.role == line.role:
            found[-1] = Region(line.role, last.start, line.end)
        else:
            found.append(Region(line.role, line.start, line.end))
    return tuple(found)
