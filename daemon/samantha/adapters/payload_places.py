"""Names and folders of what a payload will write: plain, bounded, free when it was built."""

from __future__ import annotations

import os
import re

from samantha.adapters.draft import clean
from samantha.api.errors import UserError


def file_name(text: str, otherwise: str) -> str:
    """Return a name that every file system takes and no dialogue misreads."""
    seen = "".join(c if c.isprintable() else " " for c in clean(text, 300))
    name = re.sub(r'[/\\:*?"<>|]+', " ", seen)
    name = " ".join(name.split()).strip(". ")
    while len(name.encode()) > 120:
        name = name[:-1].rstrip(". ")
    return name or otherwise


def free_folder(output: str, name: str) -> str:
    """Return a folder for a submission whose name nothing has yet."""
    folder = f"{output}/{name or 'Submission'}"
    if not os.path.lexists(folder):
        return folder
    for number in range(2, 1000):
        if not os.path.lexists(f"{folder} ({number})"):
            return f"{folder} ({number})"
    raise UserError(f"{folder} is there a thousand times.", "Nothing was prepared.")


_DRAFTS = ("drafts", "draft", "entwürfe", "brouillons", "borradores", "bozze", "concepten")


def drafts_folder(configured: str) -> str:
    """Return the Maildir that drafts go into; for a whole Maildir, the Drafts folder in it."""
    if not configured:
        return ""
    path = os.path.realpath(configured)
    name = os.path.basename(path).lstrip(".").rpartition(".")[2].casefold()  # noqa: PTH119
    if name in _DRAFTS or path.endswith(".eml"):
        return path
    for known in (".Drafts", ".INBOX.Drafts", "Drafts", ".Entwürfe", "Entwürfe"):
        if os.path.isdir(f"{path}/{known}/cur"):  # noqa: PTH112
            return f"{path}/{known}"
    return f"{path}/.Drafts"
