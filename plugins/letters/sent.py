"""Whether the author has made or sent the package already."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from samantha.api import Context, Document

from .evidence import opening
from .matching import Fit

_SUBMITS = re.compile(
    r"\b(submi(?:t|ssion)\w*|manuscript|enclosed|attached|einreich\w*|einsendung\w*|manuskript\w*"
    r"|beigef\u00fcgt|anbei|im anhang)\b",
    re.IGNORECASE,
)
# Behind these domains sit many people: another address there is another person.
_SHARED = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "yahoo.com",
        "icloud.com",
        "me.com",
        "gmx.de",
        "gmx.net",
        "web.de",
        "t-online.de",
        "proton.me",
        "protonmail.com",
        "posteo.de",
        "mailbox.org",
        "aol.com",
        "fastmail.com",
    ]
)


def already_made(fit: Fit, context: Context, now: datetime) -> str:
    """Return in words that the package was sent or made, or ''."""
    since = fit.call.since or now - timedelta(days=context.config.known_days)
    for mail in context.library.documents(media="mail", since=since):
        if _submission(mail, fit, context):
            return f"you have written to “{fit.call.outlet.name}” with your work since the call"
    made = _manuscript(fit, context, since)
    if made is not None:
        return f"you have made a manuscript of these pieces: {made.title}"
    return ""


def _submission(document: Document, fit: Fit, context: Context) -> bool:
    mail = document.mail
    if mail is None or mail.folder in ("drafts", "trash", "spam"):
        return False
    own = mail.sender is not None and mail.sender.address in context.identity.addresses
    if mail.folder != "sent" and not own:
        return False
    if not any(_reaches(p.address, fit.call.outlet.address) for p in (*mail.to, *mail.cc)):
        return False
    return bool(mail.attachments) or bool(_SUBMITS.search(f"{mail.subject}\n{document.body()}"))


def _reaches(address: str, outlet: str) -> bool:
    if not outlet:
        return False
    mine, theirs = address.lower(), outlet.lower()
    domain = theirs.rpartition("@")[2]
    return mine == theirs or (domain not in _SHARED and mine.rpartition("@")[2] == domain)


def _manuscript(fit: Fit, context: Context, since: datetime) -> Document | None:
    """Return a newer file that holds the beginnings of most of the pieces."""
    own = {p.document.id for p in fit.collection.pieces}
    starts = [_same(e.quote)[:60] for d in fit.pieces if (e := opening(d)) is not None]
    needed = max(2, (len(starts) + 1) // 2)
    for document in context.library.documents(media="file", since=since):
        if document.id in own or document.words < fit.words // 2:
            continue
        text = _same(document.text)
        if sum(start in text for start in starts) >= needed:
            return document
    return None


def _same(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
