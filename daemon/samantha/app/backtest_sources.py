"""What a backtest reads: places recognised by what lies in them, and who the user is."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from email.utils import parseaddr
from pathlib import Path
from typing import Literal

from samantha.adapters.mail_sniff import head_of, is_mail, is_mbox
from samantha.api.errors import UserError
from samantha.app.config import SourceSection, User
from samantha.core.text import inert

Kind = Literal["files", "maildir", "mbox", "eml"]
_LOOKED_AT = 400
_IN_ONE_FOLDER = 40
_COMMAND = "samantha backtest --source PATH"


def kind_of_place(path: Path) -> Kind:
    """Return what a place is, by the first bytes of some of its files; raises ``UserError``."""
    if path.is_file():
        head = head_of(str(path))
        if is_mbox(head):
            return "mbox"
        if is_mail(head):
            return "eml"
        raise UserError(
            f"{path} is a file, but neither a mail nor an mbox.",
            "A source is a folder, a Maildir, an mbox, or a folder of mails.",
            _COMMAND,
        )
    if not path.is_dir():
        raise UserError(f"There is no folder {path}.", "Nothing was read.", _COMMAND)
    seen: Counter[str] = Counter(_seen_as(file) for file in _some_files(path))
    mails = seen["maildir"] + seen["mbox"] + seen["eml"]
    if mails == 0:
        return "maildir" if (path / "cur").is_dir() and (path / "new").is_dir() else "files"
    if seen["files"] > mails:
        return "files"
    if seen["mbox"] > seen["eml"] + seen["maildir"]:
        return "mbox"
    return "maildir" if seen["eml"] == 0 else "eml"


def _seen_as(file: Path) -> Kind:
    head = head_of(str(file))
    if file.parent.name in ("cur", "new") and is_mail(head):
        return "maildir"
    # A lone mail may keep its postmark: many exports have one a file.
    if is_mbox(head) and b"\nFrom " not in head and is_mail(head) and not _of_many(file):
        return "eml"
    if is_mbox(head):
        return "mbox"
    return "eml" if is_mail(head) else "files"


def _of_many(file: Path) -> bool:
    """Tell whether a file that begins with a postmark is named or filled like one of many mails."""
    return not re.search(r"(?i)\.(eml|mail|txt)$|^[0-9]+\.?([0-9a-f]{8,64})?$", file.name)


def _some_files(root: Path) -> Iterator[Path]:
    count = 0
    for folder, names, files in os.walk(root):
        names[:] = sorted(n for n in names if not n.startswith(".") or _mailbox(folder, n))
        for name in sorted(f for f in files if not f.startswith("."))[:_IN_ONE_FOLDER]:
            yield Path(folder) / name
            count += 1
            if count >= _LOOKED_AT:
                return


def _mailbox(folder: str, name: str) -> bool:
    """Tell whether a hidden folder is one of a Maildir++."""
    return (Path(folder) / name / "cur").is_dir()


def free_name(words: str, taken: Collection[str], prefix: str = "") -> str:
    """Return a name for a source that no other has."""
    stem = prefix + (re.sub(r"[^\w.-]+", "-", words)[:40] or "source")
    names = (stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def sections_of(paths: Sequence[Path]) -> tuple[SourceSection, ...]:
    """Return the sources of a command line, each with a name of its own."""
    sections: list[SourceSection] = []
    for given in paths:
        path = given.expanduser().absolute()
        name = free_name(path.name, [s.name for s in sections])
        sections.append(SourceSection(name=name, kind=kind_of_place(path), path=path))
    return tuple(sections)


def user_of(identities: Sequence[str], zone: str) -> User:
    """Return the user of ``Name <address>`` words: either part may be missing."""
    names: list[str] = []
    addresses: list[str] = []
    for words in identities:
        name, address = parseaddr(words)
        if "@" not in address:
            name, address = words.strip().strip("<>"), ""
        if name:
            names.append(name)
        if address:
            addresses.append(address.lower())
        if not (name or address) or (
            address and not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", address)
        ):
            raise UserError(
                f"'{inert(words, 60)}' names nobody.",
                "Your own mail and work are told by it.",
                'samantha backtest --identity "Anna Berg <anna@example.org>"',
            )
    return User(names=tuple(names), addresses=tuple(addresses), zone=zone)
