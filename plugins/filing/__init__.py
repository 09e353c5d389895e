"""A file lies in Downloads or Scans: move it where its likes live, under a name like theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from samantha.api import (
    Context,
    Document,
    DocumentId,
    Evidence,
    Moment,
    MomentKind,
    MoveFile,
    Plugin,
    Silence,
    Suggestion,
)

from .likes import Home, alike, home_of, leaf, parent
from .naming import name_like

_FIRST_LINE = re.compile(r"(?m)^.*\S.*$")


@dataclass(frozen=True, slots=True)
class Config:
    """``[plugins.filing]``."""

    folders: tuple[str, ...] = (
        "Downloads",
        "Download",
        "Scans",
        "Scan",
        "Scanner",
        "Gescannt",
        "Eingang",
        "Inbox",
    )
    """Names of folders in which files arrive; only what lies directly in them is looked at."""
    least_likes: int = 2
    """So many files like it must live in one folder."""
    least_share: float = 0.7
    """That part of its likes must live in that folder."""
    days: int = 14
    """A file that has lain there longer is meant to lie there."""


def suggest(moment: Moment, context: Context) -> Iterator[Suggestion | Silence]:
    """Look at each file that has settled where files arrive."""
    if moment.kind is not MomentKind.DOCUMENTS:
        return
    for document in moment.documents:
        if document.media == "file" and _arrives(parent(document.path), context):
            yield _about(document, moment.now, context)


def _arrives(folder: str, context: Context) -> bool:
    config: Config = context.config
    return folder.rpartition("/")[2].casefold() in {name.casefold() for name in config.folders}


def _about(document: Document, now: datetime, context: Context) -> Suggestion | Silence:
    config: Config = context.config
    if now - document.modified > timedelta(days=config.days):
        return Silence(document.id, "it has lain there for long: it is meant to")
    if not document.text.strip():
        return Silence(document.id, "it has no text to tell it by")
    copies = [d for d in context.library.copies(document.fingerprint) if d.id != document.id]
    if any(not _arrives(parent(d.path), context) for d in copies):
        return Silence(document.id, "the same file lies elsewhere already")
    home = home_of(document, context, lambda folder: _arrives(folder, context))
    silent = _unsure(home, config) or _taken_back(document, home, context)
    if silent or home is None:
        return Silence(document.id, silent)
    name = name_like(document, home.likes)
    target = f"{home.folder}/{name}"
    if context.library.document(DocumentId(target)) is not None:
        return Silence(document.id, f"there is a file called {name} already")
    return _suggestion(document, home, name, now)


def _unsure(home: Home | None, config: Config) -> str:
    if home is None:
        return "nothing like it lives anywhere else"
    if len(home.likes) < config.least_likes:
        return f"only {len(home.likes)} file like it in {home.folder}"
    if home.share < config.least_share:
        return "files like it live in several folders"
    return ""


def _taken_back(document: Document, home: Home | None, context: Context) -> str:
    """Tell whether the user has moved one like it back: then they want it otherwise."""
    for moved in context.library.moves():
        if not moved.taken_back or home is None or parent(moved.target) != home.folder:
            continue
        others = context.library.copies(moved.fingerprint)
        if any(alike(document, other) for other in others):
            return "you moved one like it back"
        if not others and _named_alike(document.path, moved.source):
            return "you moved one like it back"
    return ""


def _named_alike(one: str, other: str) -> bool:
    def plain(path: str) -> str:
        return re.sub(r"[\W\d_]+", " ", leaf(path).casefold()).strip()

    return plain(one) == plain(other)


def _suggestion(document: Document, home: Home, name: str, now: datetime) -> Suggestion:
    old, folder = leaf(document.path), home.folder.rpartition("/")[2]
    renamed = f" as {name}" if name != old else ""
    some = ", ".join(leaf(d.path) for d in home.likes[:3])
    return Suggestion(
        kind="file_away",
        thing=f"{document.fingerprint[:16]} {old}",
        title=_title(old, folder),
        why=(
            f"{len(home.likes)} files like it live in {home.folder} ({some}); {home.reason}. "
            f"It would move there{renamed}; undo moves it back."
        ),
        evidence=(_quote(document, home), *(_quote(d, home) for d in home.likes[:2])),
        action=MoveFile(path=document.id, folder=home.folder, name=name),
        confidence=round(home.sureness, 3),
        expires=now + timedelta(days=7),
        sources=(document.id,),
    )


def _title(name: str, folder: str) -> str:
    end = f" to {folder}?"
    room = 80 - len(end) - 5
    return f"Move {name if len(name) <= room else name[: max(room - 1, 1)] + '…'}{end}"[:80]


def _quote(document: Document, home: Home) -> Evidence:
    """Return what they have in common where it stands in the text, or the first line."""
    at = document.text.find(home.common) if home.common else -1
    if at >= 0:
        return Evidence(document.id, home.common, at, at + len(home.common))
    found = _FIRST_LINE.search(document.text)
    start, end = (found.start(), min(found.end(), found.start() + 200)) if found else (0, 1)
    return Evidence(document.id, document.text[start:end], start, end)


plugin = Plugin(Config, suggest)
