"""What a mail of the user's promises by a day, and whether that is done or off."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from samantha.api import Context, Document, Signal, Silence
from samantha.api.correspondence import is_own, later_in_thread

_DELIVERS = re.compile(
    r"(?i)\b(?:send|forward|e-?mail|mail|fax|get (?:you|it|that|this|them|the|a|our|my) |provide|"
    r"deliver|submit|have (?:it|that|this|the \w+) (?:to you|ready|done|finished)|share|upload|"
    r"schick\w*|send\w*|zusend\w*|liefer\w*|bring\w*|reich\w* .{0,40}nach|nachreich\w*|"
    r"(?:zu)?komm\w* .{0,30}(?:lassen|zukommen))\b"
)
_ARRANGED = re.compile(
    r"(?i)\b(?:set(?:ting)? up|schedule|arrange|organi[sz]e|book|vereinbare\w*|ausmache\w*)\b"
    r"[^.;]{0,30}\b(?:meetings?|calls?|appointments?|termine?|treffen)"
    r"(?: (?:on|for|this|next|am|für))* (?:mon|tue|wed|thu|fri|sat|sun|\w+tag|tomorrow|morgen|\d)"
)
"""The day is that of the meeting, and what was promised is to arrange it before."""
_DOES = re.compile(
    r"(?i)\b(?:prepare|draft|review|check|look (?:at|into|over)|call|let (?:you|them|him|her) know|"
    r"get back|follow up|finish|finali[sz]e|complete|write|update|fix|sign|pay|book|order|confirm|"
    r"respond|reply|answer|"
    r"talk to (?!you\b|y'?all\b)|ask|file|print|set up|arrange|organi[sz]e|work on|revise|edit|"
    r"prüf\w*|schreib\w*|meld\w*|ruf\w*|anruf\w*|gebe? .{0,30}bescheid|klär\w*|erledig\w*|mach\w*|"
    r"kümmer\w*|antwort\w*|bestell\w*|buch\w*|unterschreib\w*|bezahl\w*|überweis\w*|fertig)\b"
)
_LOOSE = re.compile(
    r"(?i)\b(?:today|tonight|this (?:morning|afternoon|evening)|right away|or so|sometime|"
    r"in an? (?:week|month|bit|while|few|couple)|heute|gleich|demnächst|irgendwann|"
    r"try|hope|might|may|maybe|perhaps|probably|unless|would|could|should be able|if|"
    r"versuch\w*|hoff\w*|vielleicht|eventuell|evtl|wenn|falls|könnte|würde)\b"
)
_WHERE = re.compile(
    r"(?i)\b(?:i(?:'ll| will| am|'m) (?:be |going to be )?(?:in|out|at|on|off|back|away|gone|here|"
    r"there|available|travell?ing|leaving|flying)\b|"
    r"ich (?:bin|werde) .{0,30}(?:sein|unterwegs))"
)


@dataclass(frozen=True, slots=True)
class Promise:
    """A sentence that says what the user will do, and by when."""

    signal: Signal
    due: date
    delivers: bool
    """Whether something is to be sent."""


def promise_in(document: Document, least: float) -> Promise | None:
    """Return the surest promise by a day of a mail."""
    for signal in document.signals("commitment"):
        words = " ".join(signal.quote.split())
        due = _due(signal)
        if due is None or signal.confidence < least or words.endswith("?"):
            continue
        delivers = _DELIVERS.search(words) is not None
        if _WHERE.search(words) and not delivers:
            continue
        if _LOOSE.search(words) or _ARRANGED.search(words) or not (delivers or _DOES.search(words)):
            continue
        if due >= document.when.date():
            return Promise(signal, due, delivers)
    return None


def _due(signal: Signal) -> date | None:
    value = signal.value.get("due") if isinstance(signal.value, Mapping) else None
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def kept(document: Document, promise: Promise, now: datetime, context: Context) -> str:
    """Return how it is known that the promise was kept, or ''."""
    for later in _own_later(document, now, context):
        if not promise.delivers:
            return "you have written to them since"
        if _brings(later):
            return "you have sent something since"
    return ""


def _own_later(document: Document, now: datetime, context: Context) -> Iterator[Document]:
    mail = document.mail
    for later in later_in_thread(document, context):
        if is_own(later) and later.when <= now:
            yield later
    for person in mail.to[:3] if mail else ():
        others = context.library.mails_with(person.address, since=document.when, author="user")
        for other in others:
            if document.when < other.when <= now:
                yield other


def _brings(later: Document) -> bool:
    mail = later.mail
    return mail is not None and bool(
        mail.attachments
        or later.signals("attached_claim")
        or re.search(r"(?i)\bas promised\b|\bwie versprochen\b|https?://", later.body())
    )


def cancelled(document: Document, now: datetime, context: Context) -> str:
    """Return how it is known that nobody waits any more, or ''."""
    for later in later_in_thread(document, context):
        if later.when <= now and later.signals("cancelled"):
            return "it was called off"
    return ""


def settles(
    document: Document, context: Context, thing_of: Callable[[Document], str]
) -> Iterator[Silence]:
    """Name the promises that a mail keeps or calls off."""
    since = document.when - timedelta(days=60)
    earlier: dict[str, Document] = {}
    if is_own(document):
        for person in document.mail.to[:5] if document.mail else ():
            own = context.library.mails_with(
                person.address, since=since, author="user", signals=("commitment",)
            )
            earlier |= {one.id: one for one in own}
    elif not document.signals("cancelled"):
        return
    for one in context.library.thread(document.id):
        earlier[one.id] = one
    for one in earlier.values():
        if not is_own(one) or one.when >= document.when:
            continue
        promise = promise_in(one, 0.0)
        if promise is None:
            continue
        if not is_own(document) or not promise.delivers or _brings(document):
            thing = thing_of(one)
            yield Silence(document.id, "the promise is kept or off", thing)
            yield Silence(document.id, "the promise is kept or off", f"{thing} file")
