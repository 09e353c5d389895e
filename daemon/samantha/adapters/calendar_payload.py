"""Effects and bytes of what goes into the calendar, a trip's folder or a page of its own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from samantha.adapters.calendar_entry import entry_bytes, entry_id
from samantha.adapters.draft import clean
from samantha.adapters.mail_tickets import tickets_in
from samantha.adapters.payload_places import file_name, free_folder
from samantha.api.actions import AddEvent, PrepareTrip, WriteDocument
from samantha.api.errors import UserError
from samantha.api.types import Document
from samantha.core.payload import Blob, Effect

MAX_ENTRIES = 20
MAX_TICKETS = 20
MAX_TICKET = 20 * 2**20
MAX_PAGE = 60_000

Made = tuple[tuple[Effect, ...], tuple[Blob, ...]]
Inside = Callable[[str], str]
"""Returns a file's path without links, or raises when it lies outside what the user gave."""


def event_payload(entries: Sequence[AddEvent], folder: str, stamp: datetime) -> Made:
    """Return one new file an entry, named after its UID as vdir asks."""
    effects, blobs = [], []
    for entry in entries:
        # The zone of a file system is none of a calendar's: the name is made of the hash alone.
        name = f"{entry_id(entry)}.ics"
        target = f"{folder}/{name}"
        if os.path.lexists(target):
            raise UserError("It is in the calendar already.", "Nothing was prepared.")
        blob = Blob(name, "calendar_entry", entry_bytes(entry, stamp))
        effects.append(Effect("write_file", target=target, sha256=blob.sha256))
        blobs.append(blob)
    return tuple(effects), tuple(blobs)


def trip_payload(
    action: PrepareTrip,
    sources: Mapping[str, Document],
    calendar: str,
    output: str,
    inside: Inside,
    stamp: datetime,
) -> Made:
    """Return the entries of a trip, and copies of its tickets in a folder that is new."""
    if not 0 < len(action.entries) <= MAX_ENTRIES or len(action.tickets) > MAX_TICKETS:
        raise UserError("The trip has no entries, or far too many.", "Nothing was prepared.")
    effects, blobs = event_payload(action.entries, calendar, stamp)
    if not action.tickets:
        return effects, blobs
    folder = free_folder(f"{output}/Trips", file_name(action.title, "Trip"))
    used: set[str] = set()
    for name in dict.fromkeys(action.tickets):
        blob = _ticket(name, sources, inside, used)
        known = {b.sha256 for b in blobs}
        attached = _attached(blob, used, known) if sources[name].media == "mail" else ()
        for one in (blob, *attached):
            if len(blobs) >= len(action.entries) + MAX_TICKETS:
                break
            blobs = (*blobs, one)
            target = f"{folder}/{one.name}"
            effects = (*effects, Effect("write_file", target=target, sha256=one.sha256))
    return effects, blobs


def _attached(mail: Blob, used: set[str], known: set[str]) -> tuple[Blob, ...]:
    """Return the tickets that a mail carries, each once, as files of their own."""
    found: list[Blob] = []
    for name, data in tickets_in(mail.data):
        stem, _, ending = name.rpartition(".")
        blob = Blob("", "ticket", data)
        if blob.sha256 not in known:
            known.add(blob.sha256)
            plain = file_name(stem, "Ticket")
            found.append(replace(blob, name=_free(plain, ending.lower(), used)))
    return tuple(found)


def _free(stem: str, ending: str, used: set[str]) -> str:
    """Return a name that no other ticket of the trip has, and take it."""
    chosen, number = f"{stem}.{ending}", 2
    while chosen.lower() in used:
        chosen, number = f"{stem} ({number}).{ending}", number + 1
    used.add(chosen.lower())
    return chosen


def _ticket(name: str, sources: Mapping[str, Document], inside: Inside, used: set[str]) -> Blob:
    document = sources.get(name)
    if document is None:
        raise UserError("A ticket is not among the sources.", "Nothing was prepared.")
    mail = document.media == "mail"
    # A mail was read from its own Maildir; its place is not the plugin's to choose.
    path = document.path if mail else inside(document.path)
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(os.fsencode(path), flags), "rb") as stream:
            data = stream.read(MAX_TICKET + 1)
    except OSError as problem:
        raise UserError("A ticket cannot be read.", "Nothing was prepared.") from problem
    title = document.title if mail else path.rpartition("/")[2].rpartition(".")[0]
    ending = "eml" if mail else re.sub(r"[^a-z0-9]", "", document.format.lower()) or "txt"
    stem = file_name(os.fsencode(title).decode("utf-8", "replace"), "Ticket")
    blob = Blob(_free(stem, ending, used), "ticket", data)
    if len(data) > MAX_TICKET or blob.sha256 != document.fingerprint:
        raise UserError("A ticket has changed or is too large.", "Nothing was prepared.")
    return blob


def page_payload(action: WriteDocument, output: str) -> Made:
    """Return a page of text as a new Markdown file."""
    body = "\n".join(_line(row) for row in action.body.splitlines()).strip()
    if not clean(action.title, 200) or not body or len(body) > MAX_PAGE:
        raise UserError("The document says nothing, or far too much.", "Nothing was prepared.")
    folder = file_name(action.folder, "") if action.folder else ""
    if folder != action.folder:
        raise UserError("The folder is not a plain name.", "Nothing was prepared.")
    blob = Blob(f"{file_name(action.title, 'Document')}.md", "page", f"{body}\n".encode())
    base = f"{output}/{folder}" if folder else output
    target = f"{base}/{blob.name}"
    for number in range(2, 1_000):
        if not os.path.lexists(target):
            break
        target = f"{base}/{blob.name[:-3]} ({number}).md"
    return (Effect("write_file", target=target, sha256=blob.sha256),), (blob,)


def _line(row: str) -> str:
    """Keep the indent of a line, and nothing that no reader sees."""
    indent = len(row) - len(row.lstrip(" "))
    return " " * min(indent, 12) + clean(row, 2_000)
