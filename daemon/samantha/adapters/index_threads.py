"""Which mails belong together: by Message-IDs; by subject only where a reply names none."""

from __future__ import annotations

import re
import sqlite3

from samantha.adapters.index_codec import clean
from samantha.adapters.sqlite import bind
from samantha.api.types import Mail

_REPLY = re.compile(r"^\s*(?:(?:re|aw|antw|sv)(?:\s*\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_NEAR_US = 90 * 86_400 * 1_000_000
"""A reply that names no mail comes within three months, or it is about something else."""


def is_reply(subject: str) -> bool:
    """Tell whether a subject says that the mail is an answer."""
    return _REPLY.match(subject[:500]) is not None


def subject_key(mail: Mail) -> str:
    """Return what the subjects of one thread have in common."""
    return " ".join(_REPLY.sub("", clean(mail.subject[:500])).casefold().split())[:200]


def names(mail: Mail) -> list[str]:
    """Return the Message-IDs by which a mail is tied to others, its own first."""
    found = (mail.message_id, mail.in_reply_to, *mail.references)
    return list(dict.fromkeys(name for name in found if name))


def join(connection: sqlite3.Connection, n: int, mail: Mail, at: int) -> None:
    """Put a stored mail into its thread, joining threads that it ties together."""
    ids = [bind(name) for name in names(mail)]
    connection.executemany(
        "INSERT OR IGNORE INTO mail_refs (message_id, n) VALUES (?, ?)", [(i, n) for i in ids]
    )
    marks = ",".join("?" * len(ids))
    rows = connection.execute(
        "SELECT DISTINCT d.thread FROM mail_refs r JOIN documents d ON d.n = r.n "  # noqa: S608
        f"WHERE r.message_id IN ({marks}) AND d.thread IS NOT NULL",
        ids,
    ).fetchall()
    threads = {row[0] for row in rows}
    if not threads:
        threads = _by_subject(connection, n, mail, at)
    target = min(threads, default=n)
    connection.execute("UPDATE documents SET thread = ? WHERE n = ?", (target, n))
    connection.executemany(
        "UPDATE documents SET thread = ? WHERE thread = ?",
        [(target, other) for other in threads if other != target],
    )


def _by_subject(connection: sqlite3.Connection, n: int, mail: Mail, at: int) -> set[int]:
    """Return threads with this subject, where one side is a reply that names no mail at all.

    Both must know each other: who answers was in the first mail, and so was who is answered.
    """
    key = subject_key(mail)
    if not key:
        return set()
    nameless = is_reply(mail.subject) and not mail.in_reply_to and not mail.references
    # That it is not empty lets SQLite use the index of subjects, which holds no empty ones.
    rows = connection.execute(
        "SELECT n, thread, json_extract(mail, '$.subject'), "
        "json_extract(mail, '$.in_reply_to') = '' AND json_array_length(mail, '$.references') = 0 "
        "FROM documents WHERE subject = ? AND subject <> '' AND n <> ? AND thread IS NOT NULL "
        "AND at BETWEEN ? AND ? ORDER BY at LIMIT 50",
        (key, n, at - _NEAR_US, at + _NEAR_US),
    ).fetchall()
    own = _people(connection, n)
    threads = set()
    for other, thread, subject, other_names_none in rows:
        other_nameless = bool(other_names_none) and is_reply(subject or "")
        if not nameless and not other_nameless:
            continue
        theirs = _people(connection, other)
        answers, first = (own, theirs) if nameless else (theirs, own)
        if _acquainted(answers, first):
            threads.add(thread)
    return threads


def _people(connection: sqlite3.Connection, n: int) -> tuple[set[str], set[str]]:
    """Return (senders, everybody) of a mail."""
    rows = connection.execute(
        "SELECT address, role FROM mail_people WHERE n = ? AND role <> 'reply_to'", (n,)
    ).fetchall()
    return {a for a, role in rows if role == "from"}, {a for a, _ in rows}


def _acquainted(answer: tuple[set[str], set[str]], first: tuple[set[str], set[str]]) -> bool:
    senders, everybody = answer
    return bool(senders) and senders <= first[1] and bool((everybody - senders) & first[1])
