"""You wrote “attached” and attached nothing: the second mail, with the likely file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from samantha.api import (
    Context,
    Document,
    DraftMail,
    Evidence,
    Moment,
    MomentKind,
    Plugin,
    Remind,
    Signal,
    Silence,
    Suggestion,
)
from samantha.api.correspondence import (
    counterparts,
    evidence,
    is_own,
    later_in_thread,
    not_here,
    shown_name,
    subject_of,
)
from samantha.api.likely_files import Likely, file_names, likely_file, sensitive
from samantha.api.writing import correction, in_thread

from .wording import reminder, title, why

_LINK = re.compile(
    r"(?i)https?://|\bwww\.|\b(?:link|drive|dropbox|onedrive|sharepoint|nextcloud|wetransfer)\b"
)
_STUB = re.compile(
    r"(?i)<<[^<>\n]{1,120}>>|\(see attached file|\[attachment|\(attachment|attached file:|"
    r"^\s*-\s*[\w .()&,-]{1,80}\.[a-z0-9]{2,4}\s*$|_{0,3}\bimage\d+\.(?:png|gif|jpe?g)",
    re.MULTILINE,
)
"""What mail programs leave in the text in place of a file."""
_BELOW = re.compile(
    r"(?i)\b(?:below|underneath|unten|copied|pasted|as follows|text of|inline|hard copy|by fax|"
    r"by mail|im folgenden|nachstehend)\b"
)
_TOO_LATE = timedelta(days=2)
_HABIT = 5
"""So many sent mails that claim an attachment and have none are how copies are kept there."""


@dataclass(frozen=True, slots=True)
class Config:
    """``[plugins.attachments]``."""

    hours: int = 36
    """A mail older than this has been missed by its reader already: silent."""
    least_confidence: float = 0.6
    """How sure it must be that a sentence says something is attached."""


def suggest(moment: Moment, context: Context) -> Iterator[Suggestion | Silence]:
    """Look at each mail that was sent, as soon as it is there."""
    if moment.kind is not MomentKind.DOCUMENTS:
        return
    for document in moment.documents:
        if is_own(document) and not not_here(document):
            yield _about(document, moment.now, context)
            yield from _mended(document, context)


def _about(document: Document, now: datetime, context: Context) -> Suggestion | Silence:
    config: Config = context.config
    claim = next(iter(document.signals("attached_claim")), None)
    if claim is None or claim.confidence < config.least_confidence:
        return Silence(document.id, "it does not say that something is attached")
    silent = _came_along(document, claim)
    if not silent and now - document.when > timedelta(hours=config.hours):
        silent = "it was sent too long ago"
    silent = silent or _since(document, now, context) or _never_kept(document, context)
    if not silent and not counterparts(document, context):
        silent = "it went to no person but you"
    if silent:
        return Silence(document.id, silent)
    return _suggestion(document, claim, now, context)


def _came_along(document: Document, claim: Signal) -> str:
    """Return how what is claimed came along after all."""
    mail = document.mail
    if mail is None or mail.attachments:
        return "something is attached"
    text = document.text
    if _LINK.search(claim.quote) or _LINK.search(document.body()):
        return "it has a link in place of a file"
    if _STUB.search(text) or any(r.role == "attachment" for r in document.regions):
        return "its text shows that a file came along"
    if _BELOW.search(claim.quote):
        return "what it speaks of stands in its text, or goes another way"
    after = text[claim.end :]
    if any(r.role == "quote" for r in document.regions) and len(after) > 1_500:
        return "what it speaks of may be the mail that it passes on"
    return ""


def _since(document: Document, now: datetime, context: Context) -> str:
    for later in later_in_thread(document, context):
        if later.when <= now and is_own(later) and later.mail and later.mail.attachments:
            return "you have sent a file since"
    mail = document.mail
    for person in mail.to[:3] if mail else ():
        others = context.library.mails_with(person.address, since=document.when)
        if any(_brings(other, document) for other in others):
            return "you have sent a file since"
    return ""


def _brings(later: Document, earlier: Document) -> bool:
    """Tell whether a later mail of the user's has a file."""
    found = later.mail is not None and bool(later.mail.attachments)
    return found and is_own(later) and later.when > earlier.when


def _never_kept(document: Document, context: Context) -> str:
    """Tell a sent folder whose copies are kept without their files."""
    since = document.when - timedelta(days=365)
    claims = context.library.documents(
        media="mail", author="user", signal="attached_claim", since=since, until=document.when
    )
    sent = [d.mail for d in claims if d.mail is not None]
    if len(sent) >= _HABIT and not any(m.attachments for m in sent):
        return "copies of sent mail are kept without their files here"
    return ""


def _suggestion(document: Document, claim: Signal, now: datetime, context: Context) -> Suggestion:
    people = counterparts(document, context)
    subject = document.mail.subject if document.mail else ""
    found = likely_file([claim.quote, subject], context, at=now)
    if found is not None and sensitive(found.document):
        found = None
    action, quotes = _action(document, claim, found, now, context)
    name = shown_name(people[0])
    return Suggestion(
        kind="forgotten",
        thing=thing_of(document),
        title=title(name, found),
        why=why(name, found),
        evidence=(evidence(document, claim), *quotes),
        action=action,
        confidence=_confidence(claim, found),
        expires=document.when + max(_TOO_LATE, timedelta(hours=context.config.hours)),
        urgent=True,
        sources=(document.id, *((found.document.id,) if found else ())),
    )


def _action(
    document: Document, claim: Signal, found: Likely | None, now: datetime, context: Context
) -> tuple[DraftMail | Remind, tuple[Evidence, ...]]:
    mail = document.mail
    assert mail is not None
    if found is None:
        # A draft that says “attached” without a file would be the same mistake again.
        text = reminder(shown_name(mail.to[0] if mail.to else None), mail.subject, claim.quote)
        return Remind(at=now + timedelta(minutes=30), text=text), ()
    name = found.document.path.rpartition("/")[2]
    written = correction(context, document, [name])
    to = [p.address for p in (*mail.to, *mail.cc) if p.address not in context.identity.addresses]
    draft = in_thread(document, to[:10], written, attachments=[found.document.id])
    return draft, written.quotes


def _confidence(claim: Signal, found: Likely | None) -> float:
    score = claim.confidence - (0.0 if file_names(claim.quote) else 0.05)
    return round(min(0.95, score + (0.1 * found.score if found else -0.05)), 3)


def thing_of(document: Document) -> str:
    """Name a mail whose attachment was forgotten, the same for all its copies."""
    return f"{subject_of(document)} {document.when:%Y-%m-%d %H:%M}"


def _mended(document: Document, context: Context) -> Iterator[Silence]:
    """Name the mails whose file this one brings."""
    mail = document.mail
    if mail is None or not mail.attachments:
        return
    for person in mail.to[:5]:
        since = document.when - _TOO_LATE
        for earlier in context.library.mails_with(person.address, since=since):
            claimed = is_own(earlier) and bool(earlier.signals("attached_claim"))
            if claimed and earlier.when < document.when:
                yield Silence(document.id, "it brings what was missing", thing_of(earlier))


plugin = Plugin(Config, suggest)
