"""Which times of day are no appointment: stamps of writing, opening hours, deadlines."""

from __future__ import annotations

import re
from dataclasses import replace

from samantha.signals.passages import Span
from samantha.signals.times import STAMPED, Clock

LONGEST_MINUTES = 600
"""Nobody meets for longer; so long something is open."""

DATE_LABEL = re.compile(r"(?i)^[ \t>*|]*(?:dates?|day|when|datum|tag|wann|termin)\b[^\n:]{0,12}:")
_HEADER = re.compile(
    # What follows the time of an old mail's header: "09:44 AM  To: …", "AM To Ann/HOU/ECT@ECT",
    # or a column of addresses.
    r"[^\n]{0,40}(?:\n[^\n]{0,60}){0,1}?\s(?:To|Subject|cc|An|Betreff)(?::|\s+[A-Z]\w+[^\n]*[@/])"
    r"|[^\n]{4,24}[ \t]{3,}<?[\w.+'-]+@"
)
_CHANGED = re.compile(
    r"(?i)\b(?:chang\w*|moved?|moving|resched\w*|postponed|verschoben|verlegt|geändert)\b"
    r"[^.\n]{0,40}\b(?:from|von)\s*$"
)
MOVES = re.compile(
    r"(?i)\b(?:mov(?:e|ed|ing)|resched\w*|postpone\w*|push(?:ed)? (?:it|this|back)|chang(?:e|ed)"
    r"|brought forward|instead|verschieben|verschoben|verlegt|verlegen|geändert|reporté\w*)\b"
)
"""Says that something has another time than it had."""
_DEADLINE = re.compile(
    r"(?i)\b(?:deadline|due|no later than|not later than|submit(?:ted)?|must be (?:received"
    r"|in)|closing date"
    r"|abgabe|frist|spätestens|einsendeschluss|anmeldeschluss|bis zum|bis spätestens)\b"
)
_BY = re.compile(
    r"(?i)\b(?:by|before|until|till|no later than|not later than|bis|vor|spätestens)"
    r"(?: (?:around|about|close of business|noon|etwa|(?:mon|tues|wednes|thurs|fri)day|\w+tag"
    r"|tomorrow|today|morgen|heute|um|at|,))* *$"
)
_HANDED = re.compile(
    r"(?i)\b(?:send|return|submit|forward|reply|respond|answer|let me know|turn(?:ed)? in"
    r"|hand(?:ed)? in|deliver|fax|e-?mail) (?:\w+ ){0,8}?(?:by|before|at|no later|bis)\b"
    r"|\b(?:schick|send|gib|reich|antwort)\w* (?:\w+ ){0,8}?bis\b"
)
_HOURS = re.compile(
    r"(?i)\b(?:pick(?:ed)? up|available|open|accessible|reach(?:able|ed)?|closed|staffed|abgeholt"
    r"|geöffnet|erreichbar|verfügbar)\b[^.;\n]{0,40}$"
)
_BOUND = re.compile(
    # "I can't make it before noon", "she is busy until 3": when somebody can, not when it is.
    r"(?i)\b(?:i|i'm|we|we're|he|she|they|he's|she's|they're|ich|wir|er|sie)\b[^.;\n]{0,30}"
    r"\b(?:can't|cannot|can not|won't|not|free|available|busy|out|tied up|nicht|erst|frei"
    r"|keine zeit)\b[^.;\n]{0,30}\b(?:before|after|until|till|vor|nach|ab|bis)(?: \w+)?\s*$"
)
_DIGITS = re.compile(r"\b\d\d/\d\d/\d{4} \d\d:\d\d(?::\d\d)? [AP]M$")
_VAGUE = re.compile(r"(?i)\s*(?:or so|or thereabouts|-?ish\b|oder so)\b")
_ANYTIME = re.compile(r"(?i)\b(?:any ?time|jederzeit)\b[^.\n]*$")


def as_changed(text: str, clock: Clock) -> Clock:
    """Read "changed from 10 to 11" as eleven: the first time no longer holds."""
    before = text[max(0, clock.span[0] - 60) : clock.span[0]]
    if clock.end is None or not _CHANGED.search(before):
        return clock
    return replace(clock, start=clock.end, end=None)


def stamped(text: str, at: int) -> bool:
    """Tell whether a date or time only says when something was written."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    if DATE_LABEL.match(line):
        return bool(_HEADER.search(text[at : at + 160]))
    return bool(STAMPED.match(line.lstrip(" \t>*")) or _HEADER.match(text, at))


def written(text: str, at: Span) -> bool:
    """Tell whether a program put the time beside a date of digits: when a mail was written."""
    return bool(_DIGITS.search(text[max(0, at[0] - 16) : at[1]]))


def loose(text: str, clock: Clock) -> bool:
    """Tell whether a time binds nobody: "11:30 or so", "any time", the hours of a desk."""
    start, end = clock.span
    before = text[max(0, start - 90) : start]
    if _VAGUE.match(text, end) or _ANYTIME.search(before[-30:]) or _BOUND.search(before):
        return True
    if clock.end is None:
        return False
    minutes = (clock.end.hour - clock.start.hour) * 60 + clock.end.minute - clock.start.minute
    return minutes % 1440 > LONGEST_MINUTES or bool(_HOURS.search(before[-60:]))


def due(text: str, at: Span, around: str) -> bool:
    """Tell whether something is due by a time that stands in a sentence."""
    before = text[max(0, at[0] - 40) : at[0]]
    return bool(_DEADLINE.search(around) or _BY.search(before) or _HANDED.search(around))
