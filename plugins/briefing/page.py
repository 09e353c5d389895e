"""The page: who comes, what was last written, what is open, which files changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from samantha.api import Appointment, Document, Person, Signal

OPEN = ("request", "commitment", "question")
MAILS, POINTS, FILES = 3, 8, 8
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|])")


@dataclass(frozen=True, slots=True)
class Known:
    """A person of the meeting and the newest mails with them."""

    person: Person
    mails: tuple[Document, ...]


def first_words(mail: Document, limit: int = 140) -> str:
    """Return how the new text of a mail begins."""
    words = " ".join(mail.body().split())
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"


def points(known: Sequence[Known]) -> list[tuple[Document, Signal]]:
    """Return the open points of the newest mails: what was asked, promised, requested."""
    found = []
    for mail in dict.fromkeys(m.id for k in known for m in k.mails):
        document = next(m for k in known for m in k.mails if m.id == mail)
        signals = [s for kind in OPEN for s in document.signals(kind) if s.confidence >= 0.6]
        seen: set[str] = set()
        for signal in signals:
            if signal.quote not in seen:
                seen.add(signal.quote)
                found.append((document, signal))
    return found[:POINTS]


def body(
    meeting: Appointment,
    known: Sequence[Known],
    files: Sequence[Document],
    zone: tzinfo,
    german: bool,
) -> str:
    """Return the page as Markdown; strangers' words are plain text in it."""
    local = meeting.start.astimezone(zone)
    lines = [
        f"# {_plain(meeting.title)}",
        "",
        f"{local:%Y-%m-%d %H:%M} {_plain(meeting.location)}".rstrip(),
    ]
    for one in known:
        name = one.person.name or one.person.address
        lines += ["", f"## {_plain(name)}", ""]
        for mail in one.mails:
            subject = _plain(mail.mail.subject if mail.mail else mail.title)
            day = f"{mail.when.astimezone(zone):%Y-%m-%d}"
            lines.append(f"- {day} **{subject}**: {_plain(first_words(mail))}")
    open_points = points(known)
    if open_points:
        lines += ["", "## Offene Punkte" if german else "## Open points", ""]
        lines += [f"- {_plain(' '.join(s.quote.split())[:200])}" for _, s in open_points]
    if files:
        lines += ["", "## Geänderte Dateien" if german else "## Changed files", ""]
        lines += [f"- {d.modified.astimezone(zone):%Y-%m-%d} {_plain(d.path)}" for d in files]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
