"""How well the user knows who asks."""

from __future__ import annotations

import re

from samantha.api import Context, Document
from samantha.api.correspondence import is_own


def known(document: Document, context: Context) -> bool:
    """Tell whether the user has written to the sender before, or began the thread."""
    mail = document.mail
    if mail is None or mail.sender is None:
        return False
    if context.library.written_to(mail.sender.address):
        return True
    return any(is_own(d) and d.when < document.when for d in context.library.thread(document.id))


def called_by_name(document: Document, context: Context) -> bool:
    """Tell whether the first lines call the user by a name."""
    names = {word for name in context.identity.names for word in name.split() if len(word) > 2}
    head = document.body()[:120]
    return any(re.search(rf"\b{re.escape(name)}\b", head, re.IGNORECASE) for name in names)
