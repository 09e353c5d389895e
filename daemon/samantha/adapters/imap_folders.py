"""The folders of an account: their roles, by special-use flags or by names in many languages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from samantha.adapters.maildir import role_of

if TYPE_CHECKING:
    from imapclient import IMAPClient

    from samantha.adapters.imap_account import Account

_FLAGS = {
    b"\\sent": "sent",
    b"\\drafts": "drafts",
    b"\\archive": "archive",
    b"\\junk": "spam",
    b"\\spam": "spam",
    b"\\trash": "trash",
    b"\\all": "all",
    b"\\allmail": "all",
    b"\\inbox": "inbox",
}
_NO_MAIL = {b"\\noselect", b"\\nonexistent", b"\\flagged", b"\\important"}
"""The last two hold nothing of their own: every mail in them lies in another folder too."""
NEVER = ("spam", "trash", "all")
"""Roles that are not read unless the folder is named in the configuration."""


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder: its name on the server, and what it is for (``other`` when nothing tells)."""

    name: str
    role: str


def folders(client: IMAPClient) -> list[Folder]:
    """Return the folders that hold mail, special-use flags before names."""
    found = [
        ({f.lower() for f in flags}, delimiter, str(name))
        for flags, delimiter, name in client.list_folders()
    ]
    found = [one for one in found if not one[0] & _NO_MAIL]
    flagged = {role for flags, _, _ in found for flag, role in _FLAGS.items() if flag in flags}
    return [Folder(name, _role(flags, mark, name, flagged)) for flags, mark, name in found]


def _role(flags: set[bytes], delimiter: Any, name: str, flagged: set[str]) -> str:
    if name.upper() == "INBOX":
        return "inbox"
    for flag, role in _FLAGS.items():
        if flag in flags:
            return role
    mark = delimiter.decode() if isinstance(delimiter, bytes) else str(delimiter or "/")
    role = role_of(name.replace(mark, "/"))
    # Where the server says which folder is for what has been sent, another one called so is not.
    unwanted = role in ("spam", "trash")
    return role if role and (unwanted or role not in flagged) and role != "inbox" else "other"


def keeps_archive_in_all(client: IMAPClient) -> bool:
    """Tell whether what is archived lies in the folder of all mails alone, as Gmail has it.

    There that folder is without spam and trash. Elsewhere it is a view of the other folders,
    perhaps of these two as well.
    """
    return bool(client.has_capability("X-GM-EXT-1"))


def chosen(account: Account, found: Sequence[Folder], *, archive: bool = False) -> list[Folder]:
    """Return the folders that are read: the named ones, else all but spam, trash and doubles.

    ``archive``: the folder of all mails is read too, last: what lies elsewhere is not fetched anew.
    """
    if account.folders:
        wanted = {name.casefold() for name in account.folders}
        return [f for f in found if f.name.casefold() in wanted or f.role in wanted]
    first = {"inbox": 0, "sent": 1, "all": 3}
    kept = [f for f in found if f.role not in NEVER or (archive and f.role == "all")]
    return sorted(kept, key=lambda f: first.get(f.role, 2))


def watched(account: Account, among: Sequence[Folder]) -> Iterator[Folder]:
    """Return the folders whose news are told at once."""
    wanted = {name.casefold() for name in account.watch}
    for folder in among:
        if folder.role in wanted or folder.name.casefold() in wanted:
            yield folder


def with_role(found: Sequence[Folder], role: str) -> Folder | None:
    """Return the folder that has a role, the one with the shortest name if several have it."""
    return min((f for f in found if f.role == role), key=lambda f: len(f.name), default=None)
