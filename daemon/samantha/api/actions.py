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


Action = Remind | MoveFile | DraftMail | AssembleManuscript
ACTION_TYPES: dict[str, type[Remind] | type[MoveFile] | type[DraftMail] | type[AssembleManuscript]]
ACTION_TYPES = {cls.type: cls for cls in (Remind, MoveFile, DraftMail, AssembleManuscript)}
