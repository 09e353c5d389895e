"""Sentences of new text, as spans of the stored text: wrapped lines joined, lists taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from samantha.signals.passages import Passages, Span

LIMIT = 400
"""Sentences taken from one document."""
LONGEST = 600
"""Code points of one sentence; what is longer is cut."""
_WIDE = 100
"""Lines longer than this were not wrapped by a mail program: there each line break is meant."""
_NARROW = 40

_STOP = re.compile(
    # A sentence also ends where only the space after it was forgotten: "is ready.Please look".
    r"[.!?…]+[\"'”’»)\]*_]*(?=\s|$)|(?<=[a-zäöüß]{3})[.!?](?=[A-ZÄÖÜ][a-zäöüß]*(?:[ ,'!.]|$))"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[\"'“„/])(?:\d{1,2}|[^\W\d_]|(?:[^\W\d_]\.)+[^\W\d_]|bzw|ca|nr|no|dr|mr|mrs|ms|prof|"
    r"st|vs|inkl|evtl|max|min|ggf|usw|etc|vgl|sog|str|tel|approx|dept|ext|fig|inc|ltd|corp|co|jr|"
    r"sr|gen|rev|hon|jan|feb|mar|apr|jun|jul|aug|sept?|oct|okt|nov|dec|dez|tues?|thurs?|"
    r"fri|sat|sun|mo|di|mi|do|fr|sa|so|conf|rm|re|cf|al|est|pls|attn|dipl|ing|hr|fr|geb|abt)$",
    re.IGNORECASE,
)
_NO_LESS = re.compile(
    # What ends a sentence as often as it is short for something: "I think so.", "at 3.", "plan B."
    r"(?:^|[\s(\[\"'“„/])(?:\d{1,2}|[b-zäöüB-ZÄÖÜ]|no|so|do|mo|di|mi|sa|fr|sun|sat|mon|fri|max|min|est|al|re"
    r"|mar|dec|may|co|rev|st|inc|ltd|corp|ext|etc|usw|jr|sr|p\.m|a\.m|u\.s)$",
    re.IGNORECASE,
)
_BEGINS = re.compile(
    r"\s+[\"'“„(]?(?:I|I'[a-z]+|We|We'[a-z]+|You|You'[a-z]+|He|She|It|It's|They|The|This|That|That's"
    r"|These|Those|There|Here|If|When|What|Where|Who|Why|How|Which|Can|Could|Would|Will|Do|Does|Did"
    r"|Are|Is|Was|Were|Have|Has|Should|Shall|May|Might|Please|Thanks|Thank|Let|Let's|Also|And|But|So"
    r"|Or|Then|Our|My|Your|His|Her|Their|Not|No|Yes|Any|After|As|At|In|On|For|From|Since|Because"
    r"|Ich|Wir|Sie|Ihr|Du|Er|Es|Das|Die|Der|Dies\w*|Wenn|Falls|Was|Wann|Wo|Wer|Warum|Wie|Bitte|Danke"
    r"|Kann|Kannst|Können|Könnte\w*|Ist|Sind|Hast|Haben|Und|Aber|Dann|Auch|Mein\w*|Unser\w*|Bis)"
    r"(?![\w'])"
)
_STARTS_ANEW = re.compile(
    r"[ \t]*(?:[-*•·–—+o]\s|\(?\d{1,2}[.)]\s|\(?[a-zA-Z]\)\s|[-=_*]{2,}|$|>|\|)"
)
_APART = re.compile(r"[ \t]*(?:>|&gt;|[-=_*~#+]{4,}[ \t]*$)", re.MULTILINE)
"""A rule, or a quoted line, whatever was made of the region; some archives store its sign so."""
_LABEL = re.compile(r"[ \t]*[^\W\d_][\w ./&-]{0,30}:(?:\s|$)")
_FIRST_WORD = re.compile(r"\s*(\S+)")
_MARK = re.compile(r"(?:[-*•·–—+]\s+|o\s+(?=[A-ZÄÖÜ])|\(?\d{1,2}[.)]\s+|\(?[a-zA-Z]\)\s+|\|\s*)+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: where it stands, and its words with single spaces and plain apostrophes."""

    start: int
    end: int
    words: str
    paragraph: int
    """Number of the stretch between empty lines it stands in."""
    listed: bool = False
    """It is a point of a list."""

    @property
    def span(self) -> Span:
        """Where it stands in the text."""
        return self.start, self.end


def sentences(text: str, within: Passages, limit: int = LIMIT) -> tuple[Sentence, ...]:
    """Return the sentences of the passages in their order, at most ``limit``."""
    found: list[Sentence] = []
    paragraph = 0
    for start, end in within:
        for block in _blocks(text, start, end):
            paragraph += 1
            for low, high in _split(text, block):
                one = _sentence(text, low, high, paragraph)
                if one is not None:
                    found.append(one)
                if len(found) >= limit:
                    return tuple(found)
    return tuple(found)


def _blocks(text: str, start: int, end: int) -> Iterator[list[Span]]:
    """Yield runs of lines between empty ones."""
    block: list[Span] = []
    at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        if text[at:stop].strip() and not _APART.match(text, at, stop):
            block.append((at, stop))
        elif block:
            yield block
            block = []
        at = stop + 1
    if block:
        yield block


def _split(text: str, block: list[Span]) -> Iterator[Span]:
    """Yield the sentences of a block: its lines are joined where a program wrapped them."""
    width = max(end - start for start, end in block)
    low = block[0][0]
    for number, (start, end) in enumerate(block):
        for match in _STOP.finditer(text, start, end):
            if match.end() < end and not _inside(text, match, start):
                yield low, match.end()
                low = match.end()
        last = number + 1 == len(block)
        if last or _meant(text, (start, end), block[number + 1], width):
            yield low, end
            low = block[number + 1][0] if not last else end


def _inside(text: str, match: re.Match[str], start: int) -> bool:
    """Tell whether a full stop belongs to an abbreviation or a number."""
    if match.end() < len(text) and not text[match.end()].isspace():
        # "ready.Please" lacks a space; an address or a name with dots does not.
        word = text[max(start, match.start() - 60) : match.start()].split()
        if word and any(c in "./@:" for c in word[-1]):
            return True
    if match[0] != ".":
        return match[0].startswith("..") and text[match.end() : match.end() + 2].strip().islower()
    before = text[max(start, match.start() - 12) : match.start()]
    if _ABBREVIATION.search(before) is None:
        return False
    return _NO_LESS.search(before) is None or _BEGINS.match(text, match.end()) is None


def _meant(text: str, line: Span, below: Span, width: int) -> bool:
    """Tell whether the writer ended the line; a program wraps where the next word has no room."""
    written, after = text[slice(*line)].rstrip(), text[slice(*below)]
    if _STARTS_ANEW.match(after):
        return True
    stop = _STOP.search(written, max(0, len(written) - 6))
    if stop is not None and stop.end() == len(written):
        before = written[max(0, stop.start() - 12) : stop.start()]
        return stop[0] != "." or _ABBREVIATION.search(before) is None
    if width > _WIDE or _LABEL.match(after):
        return True
    word = _FIRST_WORD.match(after)
    room = len(written) + 1 + len(word[1] if word else "") <= max(width, _NARROW)
    begins_small = word is not None and word[1][:1].islower()
    if written.endswith(","):
        # A salutation ends in a comma, and so does half of a sentence.
        return len(written) <= _NARROW and not begins_small
    return room and not begins_small


def _sentence(text: str, low: int, high: int, paragraph: int) -> Sentence | None:
    while low < high and text[low].isspace():
        low += 1
    mark = _MARK.match(text, low, high)
    start = mark.end() if mark is not None else low
    while high > start and text[high - 1].isspace():
        high -= 1
    high = min(high, start + LONGEST)
    words = " ".join(text[start:high].split()).replace("’", "'").replace("`", "'")
    if not any(c.isalpha() for c in words) and "?" not in words:
        return None
    return Sentence(start, high, words, paragraph, mark is not None)
