"""Who writes to whom, and who still waits: what the plugins about mail have in common.

Every function answers about values and the read-only library; nothing here writes or suggests.
Reasons are the words of a ``Silence``, '' where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from samantha.api.plugin import Context
from samantha.api.types import Document, Evidence, Kind, Person, Signal

FEW = 3
"""A mail to more people than these speaks to nobody in particular."""
REMEMBERED = timedelta(days=365)
"""How far back the usual answer time of a person is looked for."""
ASKING = ("needs_answer", "question", "request")
"""Signals of a sentence that wants something from its reader."""

_NOT_HERE = {
    "spam": "it lies in the spam folder",
    "trash": "it lies in the trash",
    "drafts": "it is a draft",
}
_NOBODY = re.compile(
    r"(?:^|[._+-])(?:no-?_?\.?repl(?:y|ies)|do-?not-?reply|donotreply|mailer-daemon|postmaster|"
    r"bounces?|notif(?:y|ications?)|alerts?|news(?:letters?)?|announce(?:ments?)?|automat\w*|"
    r"marketing|promo(?:tions?)?|offers?|deals|digest|updates?|listserv|majordomo|"
    r"all|everyone|everybody|team|staff|root|daemon|system|webmaster|subscriptions?|"
    r"robot|bot)(?:[._+-]|$)"
)
_LEAVE = re.compile(
    r"(?i)\bunsubscribe\b|\bopt[- ]?out\b|\babbestellen\b|\bnewsletter abmelden\b|"
    r"\bremoved? from (?:this|our|the) (?:mailing )?list\b|"
    r"\b(?:receiving|received|erhalten) (?:this|diese\w*) (?:e-?mail|newsletter|message)\b"
)


# --- one mail ------------------------------------------------------------------------------


def is_own(document: Document) -> bool:
    """Tell whether the user has sent a mail."""
    return document.mail is not None and document.analysis.author == "user"


def not_here(document: Document) -> str:
    """Return why a mail is looked at by nobody: spam, trash, a draft."""
    return _NOT_HERE.get(document.mail.folder, "") if document.mail else "it is not a mail"


def impersonal(document: Document) -> str:
    """Return why no person stands behind a mail that came: a list, a machine, a newsletter."""
    mail = document.mail
    if mail is None or mail.sender is None:
        return "it names no sender"
    if mail.list_id or _NOBODY.search(mail.sender.address.partition("@")[0]):
        return "it came over a list or from an address nobody reads"
    if mail.automatic:
        return "a machine wrote it"
    if mail.list_unsubscribe or document.analysis.kind is Kind.NEWSLETTER:
        return "a newsletter"
    if _LEAVE.search(document.body()):
        return "a mass mail: it tells how to be taken off its list"
    return ""


def to_others(document: Document, context: Context) -> str:
    """Return why a mail that came does not speak to the user: cc alone, many, not named at all."""
    mail = document.mail
    if mail is None:
        return "it is not a mail"
    own = {a.lower() for a in context.identity.addresses}
    to = [p.address for p in mail.to]
    aliased = any(context.library.sends_from(one) for one in to[: 2 * FEW])
    if not own.intersection(to) and not aliased:
        if any(p.address in own for p in mail.cc):
            return "you only have a copy"
        return "it was not sent to you by name"
    if len(to) > FEW or len(to) + len(mail.cc) > 2 * FEW:
        return f"it went to {len(to) + len(mail.cc)} people"
    return ""


def counterparts(document: Document, context: Context) -> tuple[Person, ...]:
    """Return whom the user's own mail was sent to, without themselves and addresses of machines."""
    mail = document.mail
    own = {a.lower() for a in context.identity.addresses}
    people = mail.to if mail else ()
    return tuple(
        p
        for p in people
        if p.address and p.address not in own and not _NOBODY.search(p.address.partition("@")[0])
    )


def shown_name(person: Person | None) -> str:
    """Return how a person is called in a title: their name, or the readable part of the address."""
    if person is None:
        return "somebody"
    name = " ".join(person.name.replace('"', " ").split())
    if "," in name and name.count(",") == 1:
        # “Berg, Anna” is a name as directories write it.
        last, _, first = name.partition(",")
        name = f"{first.strip()} {last.strip()}".strip()
    if name and "@" not in name:
        return name[:40]
    local = person.address.partition("@")[0]
    words = [w for w in re.split(r"[._-]+", local) if w]
    if len(words) > 1 and all(w.isalpha() for w in words):
        return " ".join(w.capitalize() for w in words)[:40]
    return person.address[:40]


def subject_of(document: Document) -> str:
    """Return what the subjects of a thread have in common: no Re:, no Fwd:, one case."""
    text = document.mail.subject if document.mail else document.title
    plain = re.sub(r"(?i)^(?:\s*(?:re|aw|fwd?|wg|antw|sv)(?:\[\d+\])?\s*:)+", "", text)
    return " ".join(plain.casefold().split())[:120]


def evidence(document: Document, signal: Signal) -> Evidence:
    """Return a signal's words as evidence."""
    return Evidence(document.id, signal.quote, signal.start, signal.end)


# --- what is asked -------------------------------------------------------------------------

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
    r"how about that|can you believe \w+(?: \w+){0,6}|remember\W*|sound (?:good|fair)|"
    r"make sense|get it|ha+|lol|alles klar|stimmt'?s)\W*$"
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
    r"see me|print|file|sign|ruf\w*|anruf\w*|druck\w*)\b"
)


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
_FRAGMENT = re.compile(
    r"^\W*(?:or|and|on|in|at|with|for|to|of|oder|und|am|mit)\b|^\W*O(?:r|der)\b|^\s*[(\"“„']|"
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
            if _FRAGMENT.search(words) or _TAG.search(words):
                sure -= 0.3
            if not question and _BY_OTHER_MEANS.search(words):
                sure -= 0.25
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


# --- time ----------------------------------------------------------------------------------


def working_days(start: datetime, end: datetime, zone: tzinfo) -> int:
    """Return how many working days (Monday to Friday) have passed since ``start``.

    The day it was on does not count; a day counts once its hour of ``start`` has come, so that
    Friday evening to Monday noon is no day yet.
    """
    if end <= start:
        return 0
    first, last = start.astimezone(zone), end.astimezone(zone)
    whole = (last.date() - first.date()).days
    weeks, rest = divmod(whole, 7)
    days = 5 * weeks + sum((first.weekday() + n) % 7 < 5 for n in range(1, rest + 1))
    if days and last.weekday() < 5 and last.time() < first.time():
        days -= 1
    return days


def working_days_before(moment: datetime, days: int, zone: tzinfo) -> datetime:
    """Return the newest time from which ``days`` working days have passed at ``moment``."""
    at = moment.astimezone(zone)
    while days > 0:
        at -= timedelta(days=1)
        # Back from a Monday over the weekend: what came on Saturday is no younger than Friday's.
        if (at + timedelta(days=1)).weekday() < 5:
            days -= 1
    return at.astimezone(UTC)


def next_working_day(moment: datetime, days: int, zone: tzinfo, hour: int = 9) -> datetime:
    """Return the time ``days`` working days later, at an hour of the user's day; aware UTC."""
    day = moment.astimezone(zone).date()
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < 5:
            days -= 1
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


def usual(times: Sequence[timedelta]) -> timedelta | None:
    """Return the time within which three answers of four came; None for fewer than three."""
    if len(times) < 3:
        return None
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, (3 * len(ordered)) // 4)]


# --- threads -------------------------------------------------------------------------------


def later_in_thread(document: Document, context: Context) -> list[Document]:
    """Return the mails of the thread after this one, oldest first; copies of it are left out."""
    thread = context.library.thread(document.id)
    return [d for d in thread if d.when > document.when and not same_mail(d, document)]


def same_mail(one: Document, other: Document) -> bool:
    """Tell copies of one mail that lie in several folders under ids of their own."""
    if one.mail is None or other.mail is None:
        return False
    return (
        one.mail.sender == other.mail.sender
        and abs(one.when - other.when) < timedelta(minutes=2)
        and subject_of(one) == subject_of(other)
    )


def heard_since(person: Person, since: datetime, until: datetime, context: Context) -> bool:
    """Tell whether a person has written to the user, by name, between two times."""
    own = {a.lower() for a in context.identity.addresses}
    for document in context.library.mails_with(person.address, since=since, author="other"):
        mail = document.mail
        if mail is None or mail.sender is None or not since < document.when <= until:
            continue
        if mail.sender.address == person.address and any(p.address in own for p in mail.to):
            return True
    return False


def wrote_since(person: Person, since: datetime, until: datetime, context: Context) -> bool:
    """Tell whether the user has written to a person between two times."""
    return any(
        is_own(d) and since < d.when <= until and d.mail is not None and d.mail.folder != "drafts"
        for d in context.library.mails_with(person.address, since=since, author="user")
        if d.mail and any(p.address == person.address for p in (*d.mail.to, *d.mail.cc))
    )
