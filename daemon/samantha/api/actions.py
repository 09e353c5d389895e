"""Actions: values that say what to do. Only the executor does it, after a yes to these bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

ApprovalClass = str
"""``A`` local and reversible, ``B`` known correspondent, ``C`` new recipient or publisher."""


@dataclass(frozen=True, slots=True)
class Remind:
    """Remind the user at a time. ``copy_text`` is ready to be pasted (a payment's fields, say)."""

    type: ClassVar[str] = "remind"
    at: datetime
    text: str
    copy_text: str = ""
    again: tuple[datetime, ...] = ()
    """Later times at which the same note comes once more, at most five."""


@dataclass(frozen=True, slots=True)
class MoveFile:
    """Move a file into a folder under a new name; never overwrites; can be undone."""

    type: ClassVar[str] = "move_file"
    path: str
    folder: str
    name: str


@dataclass(frozen=True, slots=True)
class DraftMail:
    """Put a draft into the Drafts folder. ``to`` holds addresses the core admits one by one."""

    type: ClassVar[str] = "draft_mail"
    to: tuple[str, ...]
    subject: str
    body: str
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    """Document ids of files to attach."""


@dataclass(frozen=True, slots=True)
class AssembleManuscript:
    """Assemble pieces into a manuscript (docx and pdf) with a cover mail to an outlet."""

    type: ClassVar[str] = "assemble_manuscript"
    title: str
    pieces: tuple[str, ...]
    """Document ids, in order; one piece a section."""
    piece_titles: tuple[str, ...]
    outlet: str
    to: str
    """Address of the outlet, or '' when it is unknown."""
    subject: str
    cover: str
    language: str
    formats: tuple[str, ...] = ("docx", "pdf")
    attach: tuple[str, ...] = ("docx",)
    """Which of the formats go with the cover mail."""
    anonymous: bool = False


@dataclass(frozen=True, slots=True)
class AddEvent:
    """Write one entry into the calendar folder, as a file of its own; can be undone."""

    type: ClassVar[str] = "calendar_entry"
    title: str
    start: datetime
    end: datetime | None = None
    """None: no length is known. For a whole day, the first day that is no longer part of it."""
    whole_day: bool = False
    """The day is the one that ``start`` has in its own offset."""
    zone: str = ""
    """IANA name of the zone the times are written in; '' for UTC."""
    location: str = ""
    notes: str = ""
    repeats: str = ""
    """A rule of RFC 5545 such as ``FREQ=WEEKLY;BYDAY=MO``; '' for a single entry."""


@dataclass(frozen=True, slots=True)
class PrepareTrip:
    """Write the entries of a journey into the calendar, its tickets into a folder of their own."""

    type: ClassVar[str] = "prepare_trip"
    title: str
    """Names the folder too."""
    entries: tuple[AddEvent, ...]
    tickets: tuple[str, ...] = ()
    """Document ids of the mails and files to copy."""


@dataclass(frozen=True, slots=True)
class WriteDocument:
    """Write a page of text as a new file below the output folder; can be undone."""

    type: ClassVar[str] = "write_document"
    title: str
    """Names the file too."""
    body: str
    """Markdown."""
    folder: str = ""
    """One folder name below the output folder; '' for the folder itself."""


Action = Remind | MoveFile | DraftMail | AssembleManuscript | AddEvent | PrepareTrip | WriteDocument
ACTION_TYPES: dict[str, type[Action]] = {
    cls.type: cls
    for cls in (
        Remind,
        MoveFile,
        DraftMail,
        AssembleManuscript,
        AddEvent,
        PrepareTrip,
        WriteDocument,
    )
}
