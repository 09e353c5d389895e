"""Payloads: the final bytes and effects of an action, built before anybody is asked."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import Any

from samantha.adapters.calendar_payload import event_payload, page_payload, trip_payload
from samantha.adapters.draft import Attached, attachment_names
from samantha.adapters.manuscript import Manuscript, Section, letter_paper, nameless, plain, section
from samantha.adapters.payload_mail import MailDesk, newest, values
from samantha.adapters.payload_places import file_name, free_folder
from samantha.adapters.smtp_envelope import Outgoing
from samantha.api.actions import (
    Action,
    AddEvent,
    AssembleManuscript,
    DraftMail,
    MoveFile,
    PrepareTrip,
    Remind,
    WriteDocument,
)
from samantha.api.errors import UserError
from samantha.api.types import Document, Identity, Outlet
from samantha.core.consent import (
    ORIGIN_KEY,
    Recipient,
    admit_recipients,
    approval_class,
)
from samantha.core.payload import Blob, Effect, Payload
from samantha.core.ports import Clock

MAX_ATTACHED = 20 * 2**20
MAX_PIECES = 500
MAX_AGAIN = 5
"""Times at which a reminder may come after the first."""
_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
_SECRET = re.compile(
    r"(?:^|/)(?:\.ssh|\.gnupg|\.password-store|\.aws|\.env[^/]*|\.netrc|id_(?:rsa|ed25519)[^/]*"
    r"|[^/]*\.(?:pem|key|p12|pfx|kdbx|keyring))(?:/|$)",
    re.IGNORECASE,
)


class PayloadBuilder:
    """Implements ``core.ports.Builder``: the same action and sources give the same bytes."""

    def __init__(
        self,
        output_folder: Path,
        drafts: str,
        identity: Identity,
        clock: Clock,
        *,
        contact: Sequence[str] = (),
        allowed: Callable[[str], bool] = lambda address: False,
        outlets: Sequence[Outlet] = (),
        roots: Sequence[str] = (),
        zone: tzinfo | None = None,
        calendar: str = "",
        accounts: Sequence[Outgoing] = (),
        dated: Callable[[str], datetime] | None = None,
    ) -> None:
        self._desk = MailDesk(identity, drafts, accounts, dated)
        self._letter_paper = letter_paper(zone)
        self._output = os.path.realpath(output_folder)
        self._calendar = os.path.realpath(calendar or f"{output_folder}/Calendar")
        self._identity = identity
        self._clock = clock
        self._contact = tuple(contact)
        self._allowed = allowed
        self._outlets = tuple(outlets)
        self._roots = tuple(os.path.realpath(r) for r in roots)

    def build(self, action: Action, sources: Mapping[str, Document]) -> Payload:
        """Return the payload, or raise ``UserError`` when it cannot be built."""
        recipients = admit_recipients(action, sources, self._allowed, self._outlets)
        effects: tuple[Effect, ...]
        blobs: tuple[Blob, ...] = ()
        if isinstance(action, Remind):
            effects = self._remind(action)
        elif isinstance(action, MoveFile):
            effects = self._move(action, sources)
        elif isinstance(action, DraftMail):
            effects, blobs = self._draft(action, sources, recipients)
        elif isinstance(action, AddEvent | PrepareTrip | WriteDocument):
            effects, blobs = self._kept(action, sources)
        else:
            effects, blobs = self._manuscript(action, sources, recipients)
        return Payload(
            action=_told(action, recipients, blobs, effects),
            approval_class=approval_class(action, recipients),
            effects=effects,
            blobs=blobs,
            envelope=tuple(r.address for r in recipients),
            sources={name: d.fingerprint for name, d in sorted(sources.items())},
        )

    # --- what stays here --------------------------------------------------------------------

    def _remind(self, action: Remind) -> tuple[Effect, ...]:
        if action.at.tzinfo is None:
            raise UserError("The reminder has no time zone.", "Nothing was prepared.")
        if action.at <= self._clock.now():
            raise UserError("The time of the reminder has passed.", "Nothing was prepared.")
        if not action.text.strip():
            raise UserError("The reminder says nothing.", "Nothing was prepared.")
        if any(t.tzinfo is None or t <= action.at for t in action.again):
            raise UserError("A later reminder comes before the first.", "Nothing was prepared.")
        times = (action.at, *action.again[:MAX_AGAIN])
        return tuple(
            Effect(
                "add_reminder",
                at=at.astimezone(UTC).isoformat(),
                text=action.text[:1000],
                copy_text=action.copy_text[:4000],
            )
            for at in times
        )

    def _move(self, action: MoveFile, sources: Mapping[str, Document]) -> tuple[Effect, ...]:
        document = sources.get(action.path)
        if document is None or document.media != "file":
            raise UserError("The file to move is not among the sources.", "Nothing was prepared.")
        name = file_name(action.name, "")
        if not name or name != action.name:
            raise UserError("The new name is not a plain file name.", "Nothing was prepared.")
        source = self._inside(document.path)
        folder = os.path.realpath(action.folder)
        target = f"{folder}/{name}"
        if folder != self._output and not folder.startswith(self._output + "/"):
            self._inside(target)
        if _SECRET.search(target):
            raise UserError("The target is a place of secrets.", "Nothing was prepared.")
        if source == target:
            raise UserError("The file is already there.", "Nothing was prepared.")
        effect = Effect("move_file", target=target, source=source, sha256=document.fingerprint)
        return (effect,)

    def _kept(
        self, action: AddEvent | PrepareTrip | WriteDocument, sources: Mapping[str, Document]
    ) -> tuple[tuple[Effect, ...], tuple[Blob, ...]]:
        if isinstance(action, WriteDocument):
            return page_payload(action, self._output)
        stamp = newest(sources)
        if isinstance(action, AddEvent):
            return event_payload((action,), self._calendar, stamp)
        return trip_payload(action, sources, self._calendar, self._output, self._inside, stamp)

    def _inside(self, path: str) -> str:
        """Return the path without links if it lies in a folder the user gave (I7)."""
        folder, name = os.path.split(path)
        real = f"{os.path.realpath(folder).rstrip('/')}/{name}"
        if _SECRET.search(real):
            raise UserError("The file is a secret.", "It is neither moved nor attached.")
        if not any(real.startswith(root.rstrip("/") + "/") for root in self._roots):
            raise UserError(
                "The file lies outside the folders that are watched.", "Nothing was prepared."
            )
        return real

    # --- what goes to somebody --------------------------------------------------------------

    def _draft(
        self,
        action: DraftMail,
        sources: Mapping[str, Document],
        recipients: Sequence[Recipient],
    ) -> tuple[tuple[Effect, ...], tuple[Blob, ...]]:
        if not recipients:
            raise UserError("The draft has no recipient.", "Nothing was prepared.")
        attached = tuple(self._attached(name, sources) for name in action.attachments)
        if sum(len(a.data) for a in attached) > MAX_ATTACHED:
            raise UserError("The attachments are too large for a mail.", "Nothing was prepared.")
        name = f"{file_name(action.subject, 'Draft')}.eml"
        blob, effects = self._desk.written(
            action, sources, recipients, attached, name=name, folder=self._output
        )
        return effects, (blob,)

    def _attached(self, name: str, sources: Mapping[str, Document]) -> Attached:
        document = sources.get(name)
        if document is None or document.media != "file":
            raise UserError("A file to attach is not among the sources.", "Nothing was prepared.")
        path = self._inside(document.path)
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(path, flags), "rb") as stream:
                data = stream.read(MAX_ATTACHED + 1)
        except OSError as problem:
            raise UserError("A file to attach cannot be read.", "Nothing was prepared.") from (
                problem
            )
        blob = Blob(os.path.basename(path), "attachment", data)  # noqa: PTH119
        if blob.sha256 != document.fingerprint:
            raise UserError("A file to attach has changed.", "Nothing was prepared.")
        kind = _TYPES.get(path.rpartition(".")[2].lower(), "application/octet-stream")
        return Attached(os.fsencode(blob.name).decode("utf-8", "replace"), kind, data)

    def _manuscript(
        self,
        action: AssembleManuscript,
        sources: Mapping[str, Document],
        recipients: Sequence[Recipient],
    ) -> tuple[tuple[Effect, ...], tuple[Blob, ...]]:
        formats = tuple(dict.fromkeys(action.formats))
        if not formats or not set(formats) <= set(_TYPES) or not set(action.attach) <= set(formats):
            raise UserError("A manuscript is made as docx and pdf.", "Nothing was prepared.")
        shown = self._composed(action, sources)
        stem = file_name(shown.title, "Manuscript")
        if shown.surname:
            stem = f"{file_name(shown.surname, '')} - {stem}"
        made = newest(sources)
        files = [
            Blob(f"{stem}.{form}", f"manuscript_{form}", _bytes(form, shown, made))
            for form in formats
        ]
        folder = free_folder(self._output, file_name(f"{action.outlet} – {action.title}", ""))
        effects = [
            Effect("write_file", target=f"{folder}/{b.name}", sha256=b.sha256) for b in files
        ]
        mail, steps = self._cover(action, sources, recipients, files, folder)
        effects.extend(steps)
        return tuple(effects), (*files, mail)

    def _composed(self, action: AssembleManuscript, sources: Mapping[str, Document]) -> Manuscript:
        if not action.pieces or len(action.pieces) != len(action.piece_titles):
            raise UserError("The manuscript has no pieces.", "Nothing was prepared.")
        if len(set(action.pieces)) != len(action.pieces) or len(action.pieces) > MAX_PIECES:
            raise UserError("A piece stands twice in the manuscript.", "Nothing was prepared.")
        missing = [p for p in action.pieces if p not in sources]
        if missing:
            raise UserError("A piece is not among the sources.", "Nothing was prepared.")
        pieces = [sources[p] for p in action.pieces]
        author = "" if action.anonymous else next(iter(self._identity.names), "")
        sections = [section(d, t) for d, t in zip(pieces, action.piece_titles, strict=True)]
        title = Section(plain(action.title).replace("\n", " ").strip(), ())
        if action.anonymous:
            known = self._identity
            sections = [nameless(s, known.names, known.addresses) for s in sections]
            title = nameless(title, known.names, known.addresses)
        return Manuscript(
            title=title.title,
            author=plain(author),
            contact=() if action.anonymous else self._contact_lines(),
            words=sum(len(d.body().split()) for d in pieces),
            sections=tuple(sections),
            language=action.language or "en",
            letter_paper=self._letter_paper,
        )

    def _contact_lines(self) -> tuple[str, ...]:
        lines = tuple(plain(row) for row in self._contact)
        address = next(iter(self._identity.addresses), "")
        return (*lines, address) if address and address not in " ".join(lines) else lines

    def _cover(
        self,
        action: AssembleManuscript,
        sources: Mapping[str, Document],
        recipients: Sequence[Recipient],
        files: Sequence[Blob],
        folder: str,
    ) -> tuple[Blob, tuple[Effect, ...]]:
        attached = tuple(
            Attached(b.name, _TYPES[form], b.data)
            for form in action.attach
            for b in files
            if b.role == f"manuscript_{form}"
        )
        return self._desk.written(
            action, sources, recipients, attached, name="Cover mail.eml", folder=folder
        )


@lru_cache(maxsize=4)
def _bytes(form: str, shown: Manuscript, made: datetime) -> bytes:
    """Return the file; the same suggestion is often built twice in a row, and a book takes long."""
    if form == "docx":
        from samantha.adapters.manuscript_docx import docx_bytes

        return docx_bytes(shown, made)
    from samantha.adapters.manuscript_pdf import pdf_bytes

    return pdf_bytes(shown, made)


def _told(
    action: Action,
    recipients: Sequence[Recipient],
    blobs: Sequence[Blob],
    effects: Sequence[Effect],
) -> dict[str, Any]:
    """Return the action as JSON values, with what the card needs to name, read from the bytes."""
    told = values(action)
    through = next((e.source for e in effects if e.type == "send_mail"), "")
    if through:
        told["sends_through"] = through
    if recipients:
        told[ORIGIN_KEY] = {r.address: r.origin for r in recipients}
    mails = [b for b in blobs if b.role in ("cover_mail", "draft")]
    if mails:
        told["attached"] = attachment_names(mails[0].data)
    return told
