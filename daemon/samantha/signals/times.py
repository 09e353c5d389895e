"""Times of day in text, English and German: "3pm", "9-11 am", "15.30 Uhr", "halb drei", "noon".

A time is a clock reading with its span; the day it belongs to is found by ``events``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import time

from samantha.signals.calendar_words import NUMBERS, Names, alternatives
from samantha.signals.passages import Passages, Span, matches

_COUNT_TO_24 = ("de", "fr", "es", "it", "nl")
LIMIT = 60
"""Times taken from one document."""

_ZONES = {
    "UTC": 0,
    "GMT": 0,
    "Z": 0,
    "BST": 60,
    "CET": 60,
    "MEZ": 60,
    "CEST": 120,
    "MESZ": 120,
    "EST": -300,
    "EDT": -240,
    "CST": -360,
    "CDT": -300,
    "MST": -420,
    "MDT": -360,
    "PST": -480,
    "PDT": -420,
}


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day, or a stretch of one, and where it stands."""

    start: time
    end: time | None
    span: Span
    confidence: float
    offset_minutes: int | None = None
    """Minutes east of UTC where a zone is named."""


_WORDS = Names({w: n for w, n in NUMBERS.items() if n <= 12 and len(w) > 2})
_SAID = alternatives(_WORDS)
_HALF = r"(?:a\.?m\.?|p\.?m\.?|AM|PM)(?![A-Za-z])"
_ZONE = (
    r"(?: ?\((?:GMT|UTC)(?P<shift>[+-]\d\d:\d\d)\)(?: [^\n.]{0,40}(?=\.))?"
    rf"| ?\(?(?P<zone>{alternatives([z for z in _ZONES if len(z) > 1])})\)?(?![A-Za-z+-]))?"
)
_POINT = (
    rf"(?:(?P<{{0}}noon>(?:12(?::00)? ?)?noon|(?:12 ?)?midnight)"
    rf"|(?P<{{0}}h>[01]?\d|2[0-4])(?:[:.](?P<{{0}}m>[0-5]\d)(?P<{{0}}s>:[0-5]\d)?)?"
    rf"(?P<{{0}}hour> ?(?:Uhr(?: (?P<{{0}}um>[0-5]\d)(?!\d))?"
    rf"|h(?:eures?)? ?(?P<{{0}}hm>[0-5]\d)(?!\d)|heures?|h(?:rs)?|o['’]clock)(?![a-z]))?"
    rf"(?: ?(?P<{{0}}half>{_HALF}))?)"
)
_FROM, _TO = (_POINT.replace("{0}", mark) for mark in ("a", "b"))
_CLOCK = re.compile(
    rf"(?<![\w.:/$€£+#-])(?<![$€£] ){_FROM}"
    rf"(?:\s?(?P<joint>-{{1,2}}|–|—|to|until|till|bis|thru|through|and|und|à|a)\s?(?:ca\. )?{_TO})?"
    rf"(?![\w%]|[:/]\d|[.,]\d|-\d){_ZONE}",
    re.IGNORECASE,
)
_FOUR = r"(?:[01]\d|2[0-3])[0-5]\d"
_MILITARY = re.compile(
    # "0900 to 1100", "from 0800 - 1700", "at 1430 hrs": four digits are a time beside another, or
    # where an hour's word says so; "1999 to 2001" are years.
    rf"(?<![\w.:/$€£+#-])(?P<from>{_FOUR})(?: ?(?:hrs?|hours|Uhr)\b\.?)?"
    rf"\s?(?:-|–|to|until|till|bis)\s?(?P<to>{_FOUR})"
    rf"(?: ?(?P<toword>hrs?|hours|Uhr)\b)?(?![\w%]|[-:/.,]\d){_ZONE}"
    rf"|(?<![\w.:/$€£+#-])(?P<at>{_FOUR}) ?(?:hrs?|hours)\b",
    re.IGNORECASE,
)
_SPOKEN = re.compile(
    rf"(?<!\w)(?:(?P<part>half past|quarter (?:past|after)|quarter (?:to|of)|halb|viertel nach"
    rf"|viertel vor|dreiviertel) (?P<word>{_SAID}|1[0-2]|[1-9])(?!\w|[:.]\d)"
    rf"|(?:um|gegen|at) (?P<whole>{_SAID})(?: uhr| o['’]clock)?(?= *(?:[.,;!?)]|$|\n|on\b|am\b|in\b"
    rf"|im\b|for\b|and\b|und\b|bei\b))(?! (?:of|am besten|time|point|least)\b))",
    re.IGNORECASE,
)
_DAYPART = re.compile(
    r"(?i)\b(?P<pm>afternoon|evening|tonight|night|nachmittags?|abends?|mittags?|nachts)"
    r"|\b(?P<am>morning|morgens|vormittags?|früh)\b"
)
_AT = re.compile(
    r"(?i)(?:\bat|@|\bum|\bab|\bgegen|\bfrom|\bvon|\bbetween|\bby|\buntil|\bbefore|à|\ba las?"
    r"|\btill?|\baround|\babout|time\w*:?|uhrzeit:?|when:?|beginn:?|start\w*:?)\s*$"
)
_NO_TIME = re.compile(
    r"(?i)^\s*(?:percent|%|million|billion|mb|kb|gb|points?|pages?|miles?|km|kg|lbs?|years?|months?"
    r"|weeks?|days?|hours?|minutes?|mins?|people|seats?|dollars|cents|euro|eur|st\b|nd\b|rd\b|th\b"
    r"|times|of \d|stunden|minuten|tage|wochen|monate|jahre|prozent|personen|bit|x\b|mhz|ghz)"
)


def find_times(text: str, within: Passages, language: str = "") -> tuple[Clock, ...]:
    """Return the times of day in the passages, in their order."""
    day24 = language in _COUNT_TO_24 or _counts_to_24(text, within)
    found = [c for m in matches(_CLOCK, text, within) if (c := _read(text, m, day24))]
    found += [c for m in matches(_MILITARY, text, within, 60) if (c := _military(text, m))]
    found += [c for m in matches(_SPOKEN, text, within, 60) if (c := _spoken(text, m))]
    return tuple(sorted(_apart(found), key=lambda c: c.span))[:LIMIT]


def _counts_to_24(text: str, within: Passages) -> bool:
    for match in matches(re.compile(r"\b(?:1[3-9]|2[0-3])[:.][0-5]\d\b"), text, within, 3):
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if not STAMPED.search(line):
            return True
    return False


STAMPED = re.compile(
    r"(?i)\b(?:posted\s?by|posted|sent|gesendet|received|wrote|schrieb|date|created|updated"
    r"|modified|printed|forwarded by)\b"
)
"""What says on a line that its time is a stamp of when something was written."""


def _apart(found: list[Clock]) -> Iterator[Clock]:
    end = -1
    for clock in sorted(found, key=lambda c: (c.span[0], -c.span[1])):
        if clock.span[0] >= end:
            end = clock.span[1]
            yield clock


def _read(text: str, match: re.Match[str], day24: bool) -> Clock | None:
    if match["as"]:
        # Seconds are written by machines.
        return None
    marked = any(match[g] for g in ("ahalf", "bhalf", "anoon", "bnoon", "ahour", "bhour"))
    minutes = bool(match["am"] or match["bm"])
    dotted = minutes and ":" not in match[0]
    before = text[max(0, match.start() - 14) : match.start()]
    after = text[match.end() : match.end() + 14]
    if match["joint"] and not _joined(match, before, marked):
        return _read_single(text, match, day24)
    told = bool(_AT.search(before))
    if dotted and not (marked or told):
        return None
    if not marked and not minutes and not (told and not _NO_TIME.match(after)):
        return None
    if not marked and not minutes and (match["joint"] or not _plain_hour(match, before)):
        return None
    start, end = _ends(match, day24, _part_of_day(text, match))
    if start is None:
        return None
    sure = 0.9 if marked else 0.8 if minutes else 0.5
    return Clock(start, end, match.span(), sure, _offset(match))


def _offset(match: re.Match[str]) -> int | None:
    if match["shift"]:
        hours, _, minutes = match["shift"].partition(":")
        return int(hours) * 60 + int(minutes) * (-1 if hours.startswith("-") else 1)
    return _ZONES[match["zone"].upper()] if match["zone"] else None


def _joined(match: re.Match[str], before: str, marked: bool) -> bool:
    """Tell whether two numbers with a joint between them are one stretch of time."""
    if match["joint"].lower() in ("and", "und"):
        return bool(re.search(r"(?i)\b(?:between|zwischen)\s*$", before))
    return marked or bool(match["am"] or match["bm"])


_POINT_ALONE = re.compile(rf"{_FROM}{_ZONE}", re.IGNORECASE)


def _read_single(text: str, match: re.Match[str], day24: bool) -> Clock | None:
    """Read the first of two times that form no stretch."""
    if not (match["ahalf"] or match["am"] or match["anoon"] or match["ahour"]):
        return None
    start = _time(match, "a", "", day24, "")
    joint = match.start("joint")
    end = match.start() + len(text[match.start() : joint].rstrip())
    return Clock(start, None, (match.start(), end), 0.8) if start else None


def _plain_hour(match: re.Match[str], before: str) -> bool:
    """Tell whether a bare number after "at" may be an hour: "at 3", "um 15"."""
    hour = int(match["ah"])
    return 1 <= hour <= 23 and bool(re.search(r"(?i)(?:\bat|@|\bum)\s*$", before))


def _part_of_day(text: str, match: re.Match[str]) -> str:
    around = text[max(0, match.start() - 30) : match.end() + 24]
    part = _DAYPART.search(around.replace("\n", " "))
    return "" if part is None else "pm" if part["pm"] else "am"


def _ends(match: re.Match[str], day24: bool, part: str) -> tuple[time | None, time | None]:
    if not match["joint"]:
        return _time(match, "a", "", day24, part), None
    end = _time(match, "b", match["ahalf"] or "", day24, part)
    own = match["ahalf"] or match["anoon"]
    start = _time(match, "a", "" if own else match["bhalf"] or "", day24, part)
    if start and end and not own and start > end and start.hour >= 12:
        # "11 - 1 pm" begins before noon.
        start = start.replace(hour=start.hour - 12)
    if start and end and end < start and end.hour < 12:
        end = end.replace(hour=end.hour + 12)
    return start, end if end and start and end > start else None


def _time(match: re.Match[str], mark: str, inherited: str, day24: bool, part: str) -> time | None:
    if match[f"{mark}noon"]:
        return time(0) if "mid" in match[f"{mark}noon"].lower() else time(12)
    hour, minute = int(match[f"{mark}h"]), int(_minutes(match, mark) or 0)
    half = (match[f"{mark}half"] or inherited).lower()
    if hour == 24:
        return time(0)
    clock = match[f"{mark}hour"] or ""
    if half.startswith("p") and hour < 12:
        hour += 12
    elif half.startswith("a") and hour == 12:
        hour = 0
    elif not half and not day24 and "hr" not in clock.lower():
        hour = _guessed(hour, part, match[f"{mark}h"])
    elif not half and part == "pm" and hour < 12 and "uhr" in clock.lower():
        hour += 12 if hour < 10 else 0
    return time(hour, minute)


def _minutes(match: re.Match[str], mark: str) -> str | None:
    """Return the minutes, wherever the hour's word stands: 15:30, 15 Uhr 30, 15h30."""
    return match[f"{mark}m"] or match[f"{mark}um"] or match[f"{mark}hm"]


def _guessed(hour: int, part: str, digits: str) -> int:
    """Return what people mean by an hour without am or pm: the working day."""
    if digits.startswith("0") or not hour or hour > 12:
        return hour
    if part == "am":
        return hour % 12 if hour == 12 else hour
    if part == "pm":
        return hour if hour == 12 else hour + 12
    return hour + 12 if hour < 7 else hour


def _military(text: str, match: re.Match[str]) -> Clock | None:
    """Read times of four digits; two without a zero or a word before them may be years."""
    first, second = match["from"] or match["at"], match["to"]
    start = time(int(first[:2]), int(first[2:]))
    if second is None:
        return Clock(start, None, match.span(), 0.8)
    told = _AT.search(text[max(0, match.start() - 14) : match.start()]) or match["zone"]
    yearly = first[:2] in ("19", "20") and second[:2] in ("19", "20")
    if second <= first or (yearly and not match["toword"]):
        return None
    if not (first.startswith("0") or match["toword"] or (told and first.endswith(("0", "5")))):
        return None
    end = time(int(second[:2]), int(second[2:]))
    return Clock(start, end, match.span(), 0.8, _offset(match))


def _spoken(text: str, match: re.Match[str]) -> Clock | None:
    word = (match["word"] or match["whole"]).lower()
    hour = int(word) if word.isdigit() else _WORDS[word]
    minute, part = 0, (match["part"] or "").lower()
    if part.startswith(("quarter to", "quarter of", "viertel vor", "dreiviertel")):
        hour, minute = hour - 1, 45
    elif part == "halb":
        hour, minute = hour - 1, 30
    elif part:
        minute = 30 if part.startswith("half") else 15
    said = _part_of_day(text, match)
    hour = _guessed(hour or 12, said, str(hour or 12))
    # German "um drei" is in the afternoon as English "at three" is.
    return Clock(time(hour, minute), None, match.span(), 0.7 if part else 0.5)


def with_end(clock: Clock, end: time) -> Clock:
    """Return a time with the end that stands elsewhere."""
    return replace(clock, end=end)
