"""Tells a mail that was passed on from one that is merely quoted under an answer.

A program that forwards says so, or leaves the same block of header lines that it puts above the
quote of an answer. Then the subject decides, and where that says nothing, whether the new text
above only hands the old one on.
"""

from __future__ import annotations

import re

_SAYS = re.compile(
    r"forwarded|weitergeleitet|transféré|réexpédié|reenviado|inoltrat|doorgestuurd|encaminhad"
    r"|vidarebefordrat|videresendt|przekazan|välitetty",
    re.IGNORECASE,
)
_EXPLICIT = re.compile(
    rf"^[ \t*]{{0,4}}(?:-{{2,}}[ \t]*[^\n]{{0,60}}?(?:{_SAYS.pattern})[^\n]{{0,160}}"
    r"|(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-?mail)"
    r"|début du message (?:réexpédié|transféré)|inicio del mensaje reenviado"
    r"|inizio messaggio inoltrato|begin doorgestuurd bericht)[ \t]*:?[ \t*]*)$",
    re.IGNORECASE,
)
_TAGS = re.compile(r"^(?:\s*\[[^\]\n]{1,60}\])*\s*")
_FORWARD_SUBJECT = re.compile(
    r"(?:fwd?|wg|tr|rv|i|doorst|enc|vl|wtr|pd|vb|fs)\s*(?:\[\d+\])?\s*:", re.IGNORECASE
)
_REPLY_SUBJECT = re.compile(
    r"(?:re|aw|antw(?:ort)?|sv|r|rif|odp|vá|ynt)\s*(?:\[\d+\])?\s*:", re.IGNORECASE
)
_HANDS_ON = re.compile(
    r"(?<![^\W\d_])(?:fyi|f\.y\.i|for your (?:info\w*|files|records)|(?:see|read) (?:\w+ )?below"
    r"|forward\w*|passing (?:this|it) (?:on|along)|thought (?:of you|you|this)|of interest"
    r"|interest(?:ed|ing)?|(?:for|something for) you\b|(?:saw|got|found|received) this"
    r"|(?:take|have) a look|this came|here is (?:the|that)"
    r"|z(?:ur)?\.? ?(?:info\w*|kenntnis|k)|s(?:iehe)?\.? ?u(?:nten)?"
    r"|weiter(?:leit\w*|gabe|gereicht)|leite \w+ (?:\w+ ){0,3}weiter|für dich|dich interessier\w*"
    r"|interessant|(?:kam|habe ich) (?:gerade|eben|heute)|schau (?:\w+ )?(?:mal|dir)"
    r"|pour (?:info\w*|toi|vous)|per conoscenza)(?![^\W\d_])",
    re.IGNORECASE,
)
_FIELD = re.compile(r"[ \t*]{0,4}[A-ZÄÖÜ][\w-]{1,14}\*?:[ \t]")
_FEWEST_FIELDS = 3
"""Header lines in a row that stand right above what was passed on."""
_MOST_WORDS = 40
"""New text of more words than these does more than hand something on."""
_MARK = re.compile(r"^[ \t]{0,3}>[ \t]?")
_INTRODUCES = re.compile(r":\s*$")


def says_forwarded(line: str) -> bool:
    """Tell whether a line says in so many words that a forwarded mail begins."""
    return len(line) <= 400 and _EXPLICIT.match(line) is not None


def is_forward(divider: str, above: str, subject: str) -> bool:
    """Tell whether the older mail below a divider was passed on, not quoted.

    ``divider`` is the first full line of the older mail, ``above`` the new text over it.
    """
    if says_forwarded(divider):
        return True
    bare = _TAGS.sub("", subject)
    if _FORWARD_SUBJECT.match(bare):
        return True
    if _REPLY_SUBJECT.match(bare):
        return False
    words = above.split()
    return not words or (len(words) <= _MOST_WORDS and _HANDS_ON.search(above) is not None)


def header_end(lines: list[str], number: int, is_field: re.Pattern[str]) -> int:
    """Return the line where the text of a forwarded mail begins, below its header lines.

    ``number`` is the line at which the older mail begins: its divider, ruler or first field.
    """
    fields = 0
    at = number
    while at < min(len(lines), number + 60):
        line = lines[at]
        if is_field.match(line):
            fields += 1
        elif not line.strip():
            after = next((n for n in range(at, len(lines)) if lines[n].strip()), len(lines))
            if fields and (after == len(lines) or not is_field.match(lines[after])):
                return at
        elif not (_goes_on(line, lines[at - 1]) if fields else at - number <= 6):
            return at
        at += 1
    return at


def _goes_on(line: str, before: str) -> bool:
    """Tell a header field that was wrapped from the text below it."""
    return line[:1] in " \t" or before.rstrip().endswith((",", ";")) or "@" in line


def header_field(lines: list[str], names: re.Pattern[str]) -> str:
    """Return what a field of a forwarded mail's header lines says, or ''."""
    for line in lines:
        match = names.match(line)
        if match is not None:
            return line[match.end() :].strip(" \t*")
    return ""


def unmarked(text: str, subject: str = "") -> str:
    """Return a mail's text with one layer of ``>`` taken off what was forwarded with it.

    Some programs put the marks of a quote before each line of what they pass on, their own
    "Begin forwarded message" included or not; others below bare header lines, and only the subject
    tells that from an answer. Elsewhere the text stays as it is.
    """
    handed_on = _FORWARD_SUBJECT.match(_TAGS.sub("", subject)) is not None
    if not (handed_on or _SAYS.search(text)):
        return text
    lines = text.split("\n")
    at = _marked_from(lines, handed_on)
    if at is None:
        return text
    stop = at
    while stop < len(lines) and (_MARK.match(lines[stop]) or not lines[stop].strip()):
        stop += 1
    freed = [_MARK.sub("", line) for line in lines[at:stop]]
    return "\n".join([*lines[:at], *freed, *lines[stop:]])


def _marked_from(lines: list[str], handed_on: bool) -> int | None:
    """Return the first marked line of what was passed on, or None."""
    above = ""
    fields = 0
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        marked = _MARK.match(line) is not None
        first = marked and not _MARK.match(above)
        # Below "X wrote:" it is the quote of a mail that forwarded something.
        if first and not _INTRODUCES.search(above) and says_forwarded(_MARK.sub("", line)):
            return number
        if first and (says_forwarded(above) or (handed_on and fields >= _FEWEST_FIELDS)):
            return number
        fields = fields + 1 if _FIELD.match(line) else 0
        above = line
    return None
