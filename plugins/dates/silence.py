"""Why a mail's appointment is passed over: not the user's, not fixed, past, or known already."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from samantha.api import Appointment, Context, Document, Kind

from .appointment import Found, same_title

AHEAD = timedelta(days=400)
_UNWANTED = {
    "spam": "it lies in the spam folder",
    "trash": "it lies in the trash",
    "drafts": "a draft of yours",
}
OWN = re.compile(
    r"(?i)\b(?:your|ihr(?:en|em)?|dein(?:en|em)?) (?:\w+ ){0,2}(?:appointment|termin"
    r"|interview|visit"
    r"|booking|reservation|besuch|vorstellungsgespräch|buchung)\b|\bappointment (?:is )?confirm"
    r"|\btermin(?:bestätigung|erinnerung)"
)
_OPEN = re.compile(
    r"(?i)\b(?:would|could|can you|can we|could we|shall we|should we|how about|what about"
    r"|does|do you"
    r"|are you (?:free|available)|if you(?:'re| are)|any(?:time| time)|either|or so|maybe|perhaps"
    r"|possibl[ey]|tentative(?:ly)?|suggest|propose|prefer|let me know (?:if|whether|when)"
    r"|work for you"
    r"|passt (?:es|dir|ihnen|euch)|hättest|hätten|könntest|könnten|wie wäre|vielleicht|vorschlag"
    r"|wäre|ginge|oder)\b"
)
_INVITES = re.compile(
    r"(?i)\b(?:let['’]?s (?:meet|have|do)|see you|treffen wir uns|wir treffen uns|bis dann)\b"
)
_HOURS = re.compile(
    r"(?i)\b(?:geschlossen|geöffnet|besetzt|(?:öffnungs|sprech)zeiten|(?:opening|office"
    r"|business) hours"
    r"|(?:is|are|be|remain|stays?) (?:closed|open (?:from|until|till|daily|every))"
    r"|(?:est|sont|sera) (?:fermée?s?|ouverte?s?)|cerrad[oa]s?|abiert[oa]s?)\b"
)
"""When a door is open is no appointment."""
_TOLD = re.compile(
    r"(?i)\b(?:i|we|he|she|they|ich|wir|er|sie) (?:\w+ )?(?:was|were|met|went|had|saw|attended|came"
    r"|war|waren|hatten?|trafen|traf|gingen|ging|haben uns)\b"
)
_AHEAD = re.compile(
    r"(?i)\b(?:will|['’]ll|shall|next|again|scheduled|going to|planned|werden?|wieder|nächste\w*"
    r"|moved?|resched\w*|postpon\w*|verleg\w*|verschieb\w*|verschob\w*)\b"
)
_SENDER_ALONE = re.compile(
    r"(?i)^\W*(?:(?:and|but|so|also|by the way|und|aber|also),? )?(?:i(?:['’](?:m|ll|ve))?|ich"
    r"|je|j['’]ai)\b"
)
_WITH_READER = re.compile(
    r"(?i)\b(?:you|your|we|us|our|let['’]?s|together|everybody|everyone|all|du|dich|dir|sie"
    r"|ihnen|ihr"
    r"|euch|wir|uns|unser\w*|zusammen|alle|nous|vous|tu|te|call|phone|ring|come|coming|visit"
    r"|drop|stop"
    r"|meet|see|pick|arrive|arriving|komme|rufe|hole|besuche|melde|treffe)\b"
)
_OF_ANOTHER = re.compile(
    r"\b(?:his|her|their|seinem|seiner|deren) (?:\d{1,2}(?::\d\d)? ?(?:[aApP]\.?[mM]\.? )?)?"
    r"(?:meeting|call|appointment|interview|Termin|Besprechung)\b"
)
_SHARED = re.compile(
    r"(?i)\b(?:you|your|we|us|our|let['’]?s|everybody|everyone|all|please|ihr|euch|sie|wir|uns"
    r"|unser\w*"
    r"|alle|bitte|nous|vous|nosotros|todos)\b"
)
"""Speaks to those who read it, and not of somebody else's day."""
_GREETING = re.compile(r"(?i)^(?:hi|hello|hey|dear|hallo|liebe[rs]?|moin)\b[^\n]{0,40}[,!:\n]\s*")
_AGREED = re.compile(
    r"(?i)^\W*(?:yes|yep|yeah|sure|ok(?:ay)?|sounds? good|great|perfect|works|fine|that works"
    r"|i(?:'ll| will) be"
    r" there|see you|count me in|i(?:'m| am) in|ja|gerne?|passt|klar|einverstanden|super"
    r"|bis dann|ich komme"
    r"|wunderbar|alles klar|in ordnung)\b"
)
_DECLINED = re.compile(
    r"(?i)\b(?:can(?:no|['’])?t (?:make|come|attend|join)|unable to|won['’]?t be able|decline"
    r"|sorry|unfortunately"
    r"|another time|rain ?check|leider|kann (?:da |ich )?nicht|absagen|verhindert)\b"
)
_CALLED_OFF = re.compile(
    r"(?i)\b(?:cancel(?:l?ed|ling)?|called off|postponed|rescheduled|moved to|no longer"
    r"|fällt aus|abgesagt"
    r"|verschoben|entfällt)\b"
)
PUBLIC = re.compile(
    r"(?i)\b(?:unsubscribe|register (?:now|today|here)|tickets? (?:on sale|available)"
    r"|special offer|sale ends"
    r"|webinar|limited (?:seats|time)|abmelden|newsletter|jetzt anmelden|save \d+ ?%|click here"
    r"|free admission|on tv|kick-?off)\b"
)


def not_for_user(document: Document, context: Context, *, invited: bool) -> str:
    """Return why nothing of a mail is the user's appointment, or ''."""
    mail = document.mail
    if mail is None:
        return "not a mail"
    if mail.folder in _UNWANTED:
        return _UNWANTED[mail.folder]
    if mail.list_id or mail.list_unsubscribe or document.analysis.kind is Kind.NEWSLETTER:
        return "a mailing list or a newsletter: its dates are for everybody"
    own = {a.lower() for a in context.identity.addresses}
    sender = mail.sender.address.lower() if mail.sender else ""
    if not sender or sender in own or mail.folder == "sent":
        return "you wrote it yourself"
    everybody = [p.address.lower() for p in (*mail.to, *mail.cc)]
    if not own & set(everybody):
        return "it is not addressed to you"
    if invited:
        return ""
    if mail.automatic:
        return "an automatic mail"
    if not own & {p.address.lower() for p in mail.to} and not _speaks_to_all(document):
        return "you only have a copy"
    if len(everybody) > 12:
        return "it went to many people"
    if PUBLIC.search(document.body()):
        return "an advertisement or a public event"
    if _knows(sender, own, context) or OWN.search(document.body()):
        return ""
    return "from somebody you never wrote to"


def _speaks_to_all(document: Document) -> bool:
    """Tell whether a sentence with a time speaks to everybody who got the mail."""
    timed = (*document.signals("event"), *document.signals("deadline"))
    return any(_SHARED.search(signal.quote) for signal in timed)


def _knows(sender: str, own: set[str], context: Context) -> bool:
    domain = sender.rpartition("@")[2]
    if any(domain == a.rpartition("@")[2] for a in own) and domain not in _PROVIDERS:
        return True
    for mail in context.library.mails_with(sender):
        if mail.mail and mail.mail.sender and mail.mail.sender.address.lower() in own:
            return True
    return False


_PROVIDERS = frozenset(
    (
        "gmail.com", "googlemail.com", "yahoo.com", "hotmail.com", "outlook.com", "aol.com",
        "gmx.de", "gmx.net", "gmx.at", "web.de", "icloud.com", "t-online.de", "posteo.de",
        "proton.me", "protonmail.com", "mailbox.org", "live.com", "msn.com", "me.com",
    )
)  # fmt: skip


def not_fixed(found: Found) -> str:
    """Return why an event of a text is no appointment yet, or ''."""
    if found.invitation:
        return ""
    text, signal = found.document.text, found.signal
    after = text[signal.end : signal.end + 2]
    asked = "?" in signal.quote or after.lstrip().startswith("?")
    if asked or (_OPEN.search(signal.quote) and not _INVITES.search(signal.quote)):
        return "a proposal: nothing is agreed yet"
    if not OWN.search(signal.quote):
        if _HOURS.search(signal.quote):
            return "the hours of a desk or a shop"
        if _TOLD.search(signal.quote) and not _AHEAD.search(signal.quote):
            return "it tells of what was"
        if _OF_ANOTHER.search(signal.quote):
            return "an appointment of whoever it speaks of"
        if _SENDER_ALONE.match(signal.quote) and not _WITH_READER.search(signal.quote):
            return "an appointment of whoever wrote it"
    if _CALLED_OFF.search(signal.quote) and not re.search(
        r"(?i)resched|moved to|verschoben", signal.quote
    ):
        return "it was called off"
    return ""


def too_late(found: Found, now: datetime) -> str:
    """Return why its time rules it out, or ''."""
    if found.repeats:
        return ""
    if (found.end or found.start) <= now:
        return f"it is past: {found.start:%Y-%m-%d %H:%M}"
    return "it is more than a year away" if found.start > now + AHEAD else ""


def known(found: Found, calendar: Sequence[Appointment]) -> str:
    """Return that it stands in the calendar already, or ''."""
    for one in calendar:
        if found.uid and one.uid == found.uid and one.start == found.start:
            return "it is in the calendar already"
        near = abs(one.start - found.start) <= timedelta(minutes=10)
        if near and not one.all_day and same_title(one.title, found.title):
            return f"it is in the calendar already: “{one.title[:60]}”"
    return ""


def settled(found: Found, context: Context) -> str:
    """Return how the thread went on, where that rules it out, or ''."""
    own = {a.lower() for a in context.identity.addresses}
    for later in context.library.thread(found.document.id):
        mail = later.mail
        if mail is None or later.when <= found.document.when or later.id == found.document.id:
            continue
        mine = mail.sender is not None and mail.sender.address.lower() in own
        if mine and _DECLINED.search(later.body()[:600]):
            return "you declined"
        if not mine and _CALLED_OFF.search(f"{mail.subject}\n{later.body()[:600]}"):
            return "it was called off or moved later"
    return ""


def agreed(document: Document, context: Context) -> Document | None:
    """Return the mail whose proposal the user's own mail says yes to, or None."""
    mail = document.mail
    own = {a.lower() for a in context.identity.addresses}
    if mail is None or mail.sender is None or mail.sender.address.lower() not in own:
        return None
    body = document.body().strip()
    start = _GREETING.sub("", body)
    if not mail.in_reply_to or not _AGREED.match(start) or _DECLINED.search(body[:400]):
        return None
    for earlier in context.library.thread(document.id):
        if earlier.mail and earlier.mail.message_id == mail.in_reply_to:
            return earlier
    return None
