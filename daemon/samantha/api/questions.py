"""The sentence of a mail that waits for a written answer, and whether it still does.

The signals tell what a sentence does; here it is judged whether anybody would write back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from samantha.api.correspondence import evidence, is_own
from samantha.api.types import Document, Evidence, Signal

ASKING = ("needs_answer", "question", "request")
"""Signals of a sentence that wants something from its reader."""
_COURTESY = re.compile(
    r"(?i)\b(?:if|should (?:you|there)|whenever|falls|wenn|sollten|sofern|bei)\b[^.?!]{0,60}"
    r"\b(?:questions?|concerns?|problems?|issues?|comments?|trouble|disagree|"
    r"anything (?:else|further|i can)|interesse|unklar\w*|"
    r"(?:need|want|like) (?:me|any|more|help|assistance|anything|additional|further|something)|"
    r"can (?:be of|help|assist|do anything)|fragen|rückfragen|probleme|brauch\w*|benötig\w*)\b"
    r"|\b(?:any|further|more|weitere) (?:questions?|fragen)\b|\bfeel free\b|"
    r"\bhesitate\b|\bzögern sie nicht\b|\bjederzeit (?:gern|zur verfügung)"
)
_RHETORIC = re.compile(
    r"(?i)^\W*(?:right|ok(?:ay)?|huh|eh|really|why not|so what|who knows|who cares|guess what|"
    r"how are (?:you|things)(?: doing)?|how(?:'s| is) (?:it going|everything|life)|what's up|"
    r"how do you do|wie geht(?: e|')?s(?: dir| ihnen| euch)?|nicht wahr|oder|was soll'?s|"
    r"what the (?:hell|heck|f\w*)\b.*|(?:just )?kidding.*|"
    r"how (?:are|is|was) (?:you|things?|everything|everybody|"
    r"the (?:family|kids|weather|weekend))\b.*|"
    r"(?:[^\W\d_]+, ?)?(?:(?:do you )?(?:still )?remember (?:when|how|that time)|weißt du noch|"
    r"erinnerst du dich(?: noch)?,? (?:als|wie)|who needs \w+ with \w+ like (?:that|this"
    r"|these))\b.*|"
    r"(?:so,? )?what (?:brings|brought) (?:(?:both|all) of )?you\b.*|"
    r"(?:.*,? (?:but|and) )?what (?:else )?(?:do|did|can|could) you expect(?: from (?:me|us))?|"
    r"how about that|can you believe \w+(?: \w+){0,6}|remember\W*|sound (?:good|fair)|"
    r"make sense|get it|ha+|lol|alles klar|stimmt'?s|"
    r"(?:(?:is )?(?:there )?anything|gibt es (?:et)?was) (?:else )?"
    r"(?:new|neues|up|going on|happening)\b[^,;]*|"
    r"(?:what(?: ?i?'?s| is)?|was gibt'?s) (?:else )?(?:new|neues|up|going on|happening)"
    r"(?: (?:there|over there|here|with (?:you|y'all|everybody)|bei (?:dir|euch|ihnen)))?)\W*$"
)
_WANTS_WORDS = re.compile(
    r"(?i)\b(?:let (?:me|us) know|tell me|advise|confirm|repl(?:y|ies)|respond|answer|get back to "
    r"(?:me|us)|send (?:me|us|it|over|a|the|your|them)|e-?mail me|forward (?:me|it|them)|"
    r"provide|comments?|thoughts?|feedback|what do you think|your (?:view|opinion|input|advice)|"
    r"waiting for|look(?:ing)? forward to (?:your|hearing)|need (?:your|you to|to know|an answer|"
    r"to hear)|would like to know|update me|status|when can|could you|can you|would you|will you|"
    r"are you|do you|did you|have you|is it (?:ok|possible)|may i|"
    r"(?:sag|gib|schick|teil|schreib|melde?)\w* (?:mir|uns|dich|sie)|bescheid|rückmeldung|"
    r"bestätig\w*|antwort\w*|zusend\w*|zuschick\w*|schicken sie|senden sie|"
    r"(?:können|könnten|könntest|kannst|würden|würdest|möchten|haben|hast|sind|bist) (?:sie|du|ihr)"
    r"|was (?:meinst|denkst|halten|meinen)|auskunft|stellungnahme)\b"
)
_BY_OTHER_MEANS = re.compile(
    r"(?i)\b(?:please|pls|bitte)?\s*(?:call|phone|ring|page|stop by|drop by|come (?:by|see)|"
    r"see me|print|file|sign|fill (?:in|out)|give (?:me|us|him|her|them) a (?:call|ring)|"
    r"(?:forward|pass|send|fax) (?:it|this|that|them|these|a copy|copies)(?: on)? to (?!me\b|us\b)|"
    r"ruf\w*|anruf\w*|druck\w*|leit\w* .{0,30}weiter)\b"
)


_NEWS = (
    r"(?:let (?:me|us) know|tell (?:me|us)|update (?:me|us)|"
    r"gib\w* (?:mir|uns) (?:kurz )?bescheid|sag\w* (?:mir|uns)|meld\w* (?:dich|euch|sie sich))"
)
_A_TIME = (
    r"when (?:you(?:(?:'re| are) (?:free|available|able|around|coming|arriving|leaving)|"
    r" (?:can|could|would|will))|(?:would|works?|suits?|is (?:good|best|convenient))|"
    r"we (?:can|could|shall|should))\b"
)
"""Asks for a time, and not for news at that time."""
_ON_OCCASION = re.compile(
    rf"(?i)\b{_NEWS}\b,? (?:please )?(?:"
    r"how \w[^.?!]{0,60}\b(?:go|goes|going|went|turns?|turned|works?|worked|develops?|"
    r"progress\w*)\b|"
    rf"(?!{_A_TIME})(?:when(?:ever)?|once|as soon as|wenn|sobald|falls) |"
    r"if (?:you )?(?:want|wish|prefer)\b|"
    r"(?:if|whether) (?:there(?:'s| is| are)|any|anything|something|i can (?:help|do|be of)|"
    r"i (?:need|have) to \w+ any\w+|"
    r"(?:you|they|he|she|it) "
    r"(?:hears?|sees?|finds?|learns?|gets?|runs?|comes?|notices?|changes?))\b|"
    r"what\b[^.?!]{0,60}\b(?:ultimately|finally|eventually|in the end|decides?|says?)\b|"
    r"(?:of|about) any\b|wie (?:es|das|\w+ \w+) (?:läuft|ausgeht|gelaufen))"
    r"|(?:^\W*|[-–—;:,]\W*)(?:when(?:ever)?|once|as soon as|after|if|sobald|wenn|falls)\b"
    rf"[^.?!]{{3,90}}\b{_NEWS}\b"
    r"|\b(?:halt\w*|keep) (?:mich|uns|me|us) (?:auf dem laufenden|in the loop|posted)\b"
)
"""Wants news if and when there are any, and waits for no answer."""
_TOLD = re.compile(
    r"(?i)^\W*(?:(?:and|but|so|then|ok(?:ay)?|also|or|und|aber|dann|oder),? )*"
    r"(?:(?:they|he|she|one of (?:us|them)|some(?:body|one)|er|jemand|eine[rs]? von (?:uns|ihnen))"
    r"(?:'ll|'d|'s|'re| (?:will|would|can|could|should|is|are|has|have|may|might|then|wird|kann|"
    r"soll|hat|ist))\b|(?:then|so|dann|also) (?:we|wir) (?:need|have|should|must|müssen|sollten)\b)"
)
"""Tells what others do, or what is to be done, and asks nobody."""
_MUSING = re.compile(
    r"(?i)\b(?:just|merely|only|i(?:'m| am)) curious\b|\bout of curiosity\b|"
    r"\baus (?:reiner )?neugier\b|\bcould (?:we|it|that|they|anyone) possibly\b|"
    r"\bwhy (?:on earth|would \w+ (?:do|say|want|think) (?:that|this|so|such))\b|"
    r"\bwhat w(?:ere|as) (?:you|he|she|they) thinking\b|\bwho would have (?:thought|guessed)\b"
)
"""Wonders, or is merely curious: nobody writes a second time for that."""


_ERRAND = re.compile(
    r"(?i)\b(?:can|could|would|will) (?:you|one of you|somebody|someone|you guys|either of you)\b"
    r"(?: guys)?,? (?:please |pls |kindly |just )*(?:get (?:me|us|him|her|them|this|that|it)|"
    r"fill (?:in|out)|print|file|sign|rsvp|set up|put (?:me|us|this|that|it))\b"
    r"|\b(?:kannst|könntest|können|könnten|würdest|würden) (?:du|sie|ihr|jemand von euch)\b"
    r"[^.?!]{0,60}\b(?:ausfüllen|ausdrucken|drucken|unterschreiben|ablegen)\b"
)
"""Wants something done; that it is done says so by itself."""
_STATE = r"go|gone|work\w*|happen\w*|come|came|done|through|out|over|right|true|real|ok(?:ay)?|good"
_POINTING = re.compile(
    r"(?i)^\W*(?:(?:and|so|hey|by the way|on other news),? )?"
    r"(?:what(?:'?s| is| was) (?:up|going on|the deal|happening)|did|does|is|was|has|have|had)\b"
    rf"(?: (?:with|about|of|on|you|guys|all|heard?|seen?|read|anything|{_STATE}))*"
    rf" (?:this|that|it)(?: (?:one|{_STATE}))*\W*$"
)
"""A remark on what is passed on: it names nothing itself."""


_SOON = re.compile(
    r"(?i)\b(?:today|tonight|tomorrow|this (?:morning|noon|afternoon|evening)|lunch|dinner|"
    r"breakfast|right now|at noon|(?:in|this) (?:the )?(?:am|pm)|where are you|in town|"
    r"are you (?:around|there)|heute|morgen|mittagessen|abendessen|gleich)\b"
)
_WEEKDAY = re.compile(
    r"(?i)\b(?:(mon(?:day)?|montag)|(tue(?:s(?:day)?)?|dienstag)|(wed(?:nesday)?|mittwoch)|"
    r"(thu(?:rs(?:day)?)?|donnerstag)|(fri(?:day)?|freitag)|(sat(?:urday)?|samstag|sonnabend)|"
    r"(sun(?:day)?|sonntag))s?\b"
)
_OPINION = re.compile(
    r"(?i)^\W*(?:(?:and|but|so|or),? )?(?:do|does|did|is|are|was|were|has|have|had|ca|could"
    r"|should|wo"
    r"|would)n['’]?t (?:we|it|that|this|they|he|she|the|there|our|somebody|anybody)\b"
)
"""“Doesn't the office do that?” says what somebody thinks, and asks for no answer."""
_SMALL_TALK = re.compile(
    r"(?i)^\W*(?:still|been|having|enjoying|keeping|staying|feeling|doing"
    r"|surviving)\b(?: \S+){1,11}$"
)
"""Asks how somebody does, as friends do who leave out the subject."""
_EXCLAIMED = re.compile(r"\?\s?[?!]\s?[?!]\W*$")
"""Three marks behind what is no plain question: surprise, and not a wish to know."""
_FRAGMENT = re.compile(
    r"^\W*(?:or|and|on|in|at|with|for|to|of|oder|und|am|mit|AM|PM|[ap]\.m\.)\b|^\W*O(?:r|der)\b|"
    r"^\s*[(\"“„']|"
    r"\([^()]{0,30}\?\W*$"
)
"""A piece of a sentence, an afterthought, words of others, a question mark in brackets."""
_TAG = re.compile(r"(?i),? (?:right|eh|huh|nicht wahr|gell?|oder)\W*$")
_PLAIN_ASKING = re.compile(
    r"(?i)^\W*(?:(?:and|so|also|ok|but|und|aber),? )?(?:wh(?:at|en|ich|ere|o|ose|y)|can|could|will|"
    r"how (?:much|many|long|do|can|should)|would|do we|should|shall|may|is|"
    r"did (?:we|this|it|they)|w(?:as|ann|er|elche\w*|o|arum|ieso)|wie (?:viel\w*|lange)|kann\w*|"
    r"könn\w*|soll\w*|hast|haben|ist|sind)\b"
)
_DEADLINE = re.compile(
    r"(?i)\b(?:by|until|till|before|no later than|due|deadline|asap|reply|respond|answer|"
    r"let me know|bis|vor|spätestens|frist|antwort\w*|bescheid|rückmeldung)\b"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The sentence of a mail that waits for an answer."""

    evidence: Evidence
    sureness: float
    """0 to 1: that it asks, and that a mail would answer it."""
    is_question: bool
    day: date | None = None
    """The day that the sentence speaks of, where it speaks of one."""
    is_deadline: bool = False
    """Whether an answer is wanted by that day, so that it does not end the question."""

    def is_moot(self, asked_on: date, today: date) -> bool:
        """Tell whether the day that was asked about has passed."""
        if self.is_deadline:
            return False
        if self.day is not None:
            return self.day <= today
        words = self.evidence.quote
        if _SOON.search(words) and today > asked_on + timedelta(days=1):
            return True
        since = {(asked_on + timedelta(days=n)).weekday() for n in range((today - asked_on).days)}
        return any((match.lastindex or 0) - 1 in since for match in _WEEKDAY.finditer(words))


def asked_in(document: Document) -> Asked | None:
    """Return the best sentence that waits for a written answer, None where there is none."""
    found = list(_asks(document))
    return max(found, key=lambda a: (round(a.sureness, 2), a.evidence.start), default=None)


def _by_length(words: str) -> float:
    """Return what the length of a question says: short ones that ask for no fact are talk."""
    count = len(words.split())
    if count > 5:
        return 0.0
    return -0.1 if count > 2 and _PLAIN_ASKING.match(words) else -0.3


def words_of(document: Document) -> str:
    """Return the first words of what a mail asks: the same for its copies and when sent again."""
    asked = asked_in(document)
    return " ".join(asked.evidence.quote.casefold().split())[:60] if asked else ""


def _asks(document: Document) -> Iterator[Asked]:
    for kind in ASKING:
        for signal in document.signals(kind)[:20]:
            words = " ".join(signal.quote.split())
            question = words.rstrip("\"'”“)]}*_ ").endswith("?")
            if not words or _COURTESY.search(words) or _RHETORIC.match(words):
                continue
            if not is_own(document) and _of(signal) == "other":
                continue
            sure = signal.confidence
            if question:
                sure += _by_length(words)
            elif not _WANTS_WORDS.search(words):
                sure -= 0.4
            if not question and (_ON_OCCASION.search(words) or _TOLD.match(words)):
                sure -= 0.4
            if _MUSING.search(words) or _POINTING.match(words) or _ERRAND.search(words):
                sure -= 0.4
            if (_SMALL_TALK.match(words) or _OPINION.match(words)) or (
                _EXCLAIMED.search(words) and not _PLAIN_ASKING.match(words)
            ):
                sure -= 0.3
            if _FRAGMENT.search(words) or _TAG.search(words):
                sure -= 0.3
            if not question and _BY_OTHER_MEANS.search(words):
                sure -= 0.3
            if sure > 0.0:
                deadline = _DEADLINE.search(words) is not None
                yield Asked(evidence(document, signal), sure, question, _day(signal), deadline)


def _of(signal: Signal) -> str:
    """Return who is asked, as the signal tells it: user, other or unknown."""
    return str(signal.value.get("of", "")) if isinstance(signal.value, Mapping) else ""


def _day(signal: Signal) -> date | None:
    value = signal.value.get("due") if isinstance(signal.value, Mapping) else None
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None
