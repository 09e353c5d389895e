"""A draft in the user's mail program, before the yes: given out as a file, read when it is back.

The program must edit the file and end: `mutt -E -H` does. One that keeps what was written in a
place of its own gives no bytes back: for it there is the Drafts folder, where a yes puts a draft.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from samantha.api.actions import Action, DraftMail
from samantha.api.errors import UserError
from samantha.api.types import Document, DocumentId
from samantha.app.editing import changed_by
from samantha.app.review import write_private
from samantha.core.mail_rewriting import action_from_mail

if TYPE_CHECKING:
    from samantha.app.assembly import Assembly
    from samantha.core.payload import Payload

_MAILS = ("draft", "cover_mail")
"""Roles of the blobs that are mails."""


def in_mail_program(
    a: Assembly, offer_id: int, payload: Payload, action: Action, page: Path
) -> Callable[[], Action]:
    """Let the user change the mail of an offer in their mail program; return what reads it."""
    mail = next((blob for blob in payload.blobs if blob.role in _MAILS), None)
    if mail is None:
        raise UserError(
            f"Offer {offer_id} is no mail.", "Nothing was changed.", f"samantha edit {offer_id}"
        )
    words = _words(a.config.output.mail_editor)
    if not words:
        raise UserError(
            "No mail program is named that edits a file and gives it back.",
            'Name it in [output] of config.toml: mail_editor = "mutt -E -H"',
            "samantha config path",
        )
    data = mail.data.replace(b"\r\n", b"\n")
    given = page.with_name("given.eml")
    page.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(given, data)
    try:
        code, back = changed_by(words, page, data)
    except OSError as problem:
        raise UserError(
            f"The mail program '{words[0]}' cannot be started: {problem.strerror}.",
            "Nothing was changed. output.mail_editor in config.toml names it.",
            "samantha config path",
        ) from problem

    # mutt ends with 1 when the mail was not sent, which is what is wanted of it.
    if code and back == data:
        raise UserError(f"The mail program ended with {code}.", "Nothing was changed.")

    def said() -> Action:
        if back == data:
            return action
        before, after = _read(a, given), _read(a, page)
        return action_from_mail(action, before, after, _names(a, action))

    return said


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError as problem:
        raise UserError(
            f"In output.mail_editor of config.toml something is wrong: {problem}.",
            "Nothing was changed.",
            "samantha config path",
        ) from problem


def _read(a: Assembly, path: Path) -> Document:
    """Read a mail where every mail is read: in the jail, within bounds."""
    from samantha.core.ports import Unreadable

    try:
        return a.reader.read(str(path), "edit", "mail", "drafts")
    except Unreadable as problem:
        raise UserError(
            f"The mail cannot be read: {problem.reason}.", "Nothing was changed."
        ) from problem


def _names(a: Assembly, action: Action) -> dict[str, str]:
    found = {}
    for name in action.attachments if isinstance(action, DraftMail) else ():
        document = a.index.document(DocumentId(name))
        found[name] = document.path.rpartition("/")[2] if document is not None else ""
    return found
