"""Who is asked in a mail: the user, somebody else, or it cannot be told cheaply."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from samantha.api.types import Document, Identity, Mail, Person

Asked = Literal["user", "other", "unknown"]
FEW = 3
"""Receivers up to which a mail speaks to each of them."""

ENOUGH = 5
"""Sentences from which on a mail shows what sort it is."""

_MACHINE = re.compile(
    r"no-?reply|do-?not-?reply|notification|newsletter|mailer|bounce|postmaster|daemon|announce"
    r"|marketing|alerts?@|automat|updates?@|offers?@|service@|news@|info@|admin",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"^\W*(?:(?:hi|hey|hello|dear|hallo|liebe[rs]?|and|und|ok|so|please|bitte),? )?"
    r"@?([A-ZÄÖÜ][^\W\d_]+)(?: [A-ZÄÖÜ][^\W\d_]+)?(?:,| -+|:) "
)
_NO_NAME = frozenset(
    w
    for line in (
        "also and but so then please thanks thank yes no ok okay well hi hello hey dear all first",
        "second finally question action re fyi ps note monday tuesday wednesday thursday friday",
        "saturday sunday today tomorrow again otherwise however therefore maybe perhaps anyway",
        "lastly next now bitte und aber also dann ja nein danke heute morgen montag dienstag",
        "mittwoch donnerstag freitag samstag sonntag außerdem vielleicht frage if when wenn falls",
        "sorry unfortunately additionally",
    )
    for w in line.split()
)


def from_user(mail: Mail, identity: Identity) -> bool:
    """Tell whether the user wrote it."""
    if mail.folder in ("sent", "drafts"):
        return True
    return mail.sender is not None and identity.owns(mail.sender.address)


def by_machine(mail: Mail) -> bool:
    """Tell whether a program sent it, or one person to very many."""
    sender = mail.sender.address if mail.sender is not None else ""
    bulk = mail.list_unsubscribe or mail.automatic
    return bulk or _MACHINE.search(sender) is not None


def bulk_marks(mail: Mail, said: Sequence[Mapping[str, str]]) -> int:
    """Count what marks a mail as advertising, news or a machine's: 0 to 6."""

    def number(cue: str) -> int:
        return sum(cue in found for found in said)

    if len(said) < ENOUGH:
        return int(by_machine(mail))
    return (
        2 * by_machine(mail)
        + (number("service") > 0)
        + (number("url") >= 3)
        + (number("price") >= 2)
        + (number("market") >= max(3, len(said) // 4))
    )


def is_user(person: Person, identity: Identity) -> bool:
    """Tell whether a correspondent is the user."""
    return identity.owns(person.address)


def called(sentence: str) -> str:
    """Return the name a sentence calls out to ("Jan - are you …"), lower-cased, or ''."""
    match = _CALLED.match(sentence)
    name = match[1].lower() if match is not None else ""
    return "" if name in _NO_NAME else name


def asked_one(document: Document, sentence: str, identity: Identity) -> Asked:
    """Tell whom a request in a mail is put to."""
    mail = document.mail
    if mail is None:
        return "unknown"
    if from_user(mail, identity):
        return "other"
    name = called(sentence)
    if name:
        own = {part.lower() for whole in identity.names for part in whole.split()}
        if name in own:
            return "user"
        others = {part.lower() for p in (*mail.to, *mail.cc) for part in p.name.split()}
        if name in others:
            return "other"
    if not any(is_user(p, identity) for p in mail.to):
        return "other" if any(is_user(p, identity) for p in mail.cc) else "unknown"
    return "user" if len(mail.to) <= FEW and not mail.list_id else "unknown"
