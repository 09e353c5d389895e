"""How well the user knows who asks."""

from __future__ import annotations

import re

from samantha.api import Context, Document
from samantha.api.correspondence import is_own, is_user


def known(document: Document, context: Context) -> bool:
    """Tell whether the user has written to the sender before, or began the thread."""
    mail = document.mail
    if mail is None or mail.sender is None:
        return False
    if context.library.written_to(mail.sender.address):
        return True
    return any(is_own(d) and d.when < document.when for d in context.library.thread(document.id))


_CALLED = re.compile(
    r"^\W*(?:(?i:hi|hey|hello|hallo|liebe[rs]?) )?([A-ZÄÖÜ][^\W\d_]+),? "
    r"(?i:could|can|would|will|please|do|did|are|have|kannst|könntest|würdest|bitte|hast|weißt"
    r"|magst)\b"
)


def asks_another(document: Document, quote: str, context: Context) -> str:
    """Return why a sentence is put to somebody else: it calls another reader by their name."""
    match = _CALLED.match(quote)
    mail = document.mail
    if match is None or mail is None:
        return ""
    called = match[1].casefold()
    if any(called in name.casefold().split() for name in context.identity.names):
        return ""
    for person in (*mail.to, *mail.cc):
        words = re.findall(r"[^\W\d_]+", f"{person.name} {person.address.partition('@')[0]}")
        named = any(_calls(called, word.casefold()) for word in words)
        if named and not is_user(person, context):
            return f"it asks {match[1]}"
    return ""


def _calls(said: str, name: str) -> bool:
    """Tell whether a word calls by a name or by its beginning: Don is Donald."""
    return said == name or (len(said) >= 3 and len(name) > len(said) and name.startswith(said))


def called_by_name(document: Document, context: Context) -> bool:
    """Tell whether the first lines call the user by a name."""
    names = {word for name in context.identity.names for word in name.split() if len(word) > 2}
    head = document.body()[:120]
    return any(re.search(rf"\b{re.escape(name)}\b", head, re.IGNORECASE) for name in names)
