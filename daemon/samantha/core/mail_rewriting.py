"""A mail that was changed in the user's mail program, as the action that makes such a mail.

What the program wrote is never sent: whom it is for, its subject, its text and which files stay are
read from it, and the mail is made anew of these. What reads the same before and after stays as it
was, so that a program that breaks lines in its own way changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from samantha.api.actions import Action, AssembleManuscript, DraftMail
from samantha.api.errors import UserError
from samantha.api.types import FORWARDED, Document, Mail


def action_from_mail(
    action: Action, before: Document, after: Document, names: Mapping[str, str]
) -> Action:
    """Return the action that a changed mail says; raises ``UserError`` for what cannot be taken.

    ``names`` are the files of the action by document, as they are called in the mail.
    """
    was, now = before.mail, after.mail
    if not isinstance(action, DraftMail | AssembleManuscript) or was is None or now is None:
        raise UserError("What came back is no mail.", "Nothing was changed.")
    draft = isinstance(action, DraftMail)
    changed: dict[str, Any] = {}
    if _to(now) != _to(was):
        if not draft and len(_to(now)) > 1:
            raise UserError("A manuscript goes to one address.", "Nothing was changed.")
        changed["to"] = _to(now) if draft else "".join(_to(now))
    if now.subject != was.subject:
        changed["subject"] = now.subject
    if _text(after) != _text(before):
        changed["body" if draft else "cover"] = _text(after)
    before_files, files = _files(was), _files(now)
    if not files <= before_files or (files != before_files and not draft):
        raise UserError("Attachments: only what is there can stay.", "Nothing was changed.")
    if files != before_files and isinstance(action, DraftMail):
        changed["attachments"] = tuple(one for one in action.attachments if names[one] in files)
    return replace(action, **changed)


def _to(mail: Mail) -> tuple[str, ...]:
    return tuple(dict.fromkeys(p.address for p in (*mail.to, *mail.cc)))


def _text(document: Document) -> str:
    """Return the text that somebody typed, quotes and all: what lies before the attachments.

    A mail that is passed on stands in the text itself, below what is new.
    """
    files = (r for r in document.regions if r.role == "attachment" and r.name != FORWARDED)
    ends = [r.start for r in files]
    text = document.text[: min(ends, default=len(document.text))]
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n")).rstrip()


def _files(mail: Mail) -> set[str]:
    return {one.name for one in mail.attachments}
