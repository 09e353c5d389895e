"""The values that plugins, signals and the core speak in: documents, signals, suggestions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, NewType

from samantha.api.actions import Action

DocumentId = NewType("DocumentId", str)
"""A file's absolute path, or a mail's Message-ID in angle brackets."""

Author = Literal["user", "other", "unknown"]
Media = Literal["file", "mail"]


class Kind(StrEnum):
    """What sort of document it is."""

    LETTER = "letter"
    POEM = "poem"
    STORY = "story"
    MANUSCRIPT = "manuscript"
    ESSAY = "essay"
    INVOICE = "invoice"
    RECEIPT = "receipt"
    CONTRACT = "contract"
    TICKET = "ticket"
    INVITATION = "invitation"
    NEWSLETTER = "newsletter"
    MAIL = "mail"
    NOTES = "notes"
    CODE = "code"
    OTHER = "other"


class Verdict(StrEnum):
    """Attention's answer to a suggestion."""

    SHOW = "show"
    HOLD = "hold"
    DROP = "drop"


class Decision(StrEnum):
    """What the user did with an offer."""

    ACCEPTED = "accepted"
    EDITED = "edited"
    DISMISSED = "dismissed"
    SNOOZED = "snoozed"
    NEVER = "never"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Person:
    """A correspondent: display name (may be empty) and lower-cased address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the user is: names as they sign, addresses they send from."""

    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    def owns(self, address: str) -> bool:
        """Tell whether an address is the user's, also as ``anna+shop@…`` (RFC 5233)."""
        known = {one.lower() for one in self.addresses}
        local, at, domain = address.lower().rpartition("@")
        return bool(at) and not known.isdisjoint({local + at + domain, _plain(local) + at + domain})


def _plain(local: str) -> str:
    """Return a local part without its detail; one that begins with a plus has none."""
    return local.partition("+")[0] or local


FORWARDED = "forwarded message"
"""Name of the regions that hold what somebody passed on: text of a mail by another sender."""


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of a document's text, as code point offsets, and what it is.

    ``body`` is new text, ``quote`` repeats an earlier mail, ``signature`` closes one,
    ``attachment`` is the text of the attached file ``name``, or of a mail that was passed on
    (``FORWARDED``).
    """

    role: Literal["body", "quote", "signature", "attachment"]
    start: int
    end: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file attached to a mail. Its text, where it could be read, is a region of the document."""

    name: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Mail:
    """The header of a mail, decoded and bounded."""

    message_id: str
    sender: Person | None
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    reply_to: tuple[Person, ...] = ()
    subject: str = ""
    date: datetime | None = None
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    list_id: str = ""
    list_unsubscribe: bool = False
    automatic: bool = False
    """Auto-Submitted, Precedence bulk/list/junk, or a delivery report."""
    folder: str = ""
    """Role of the folder it lies in: inbox, sent, drafts, archive, spam, trash or ''."""
    attachments: tuple[Attachment, ...] = ()
    seen: bool | None = None
    """Whether the user has opened it; None where the place it lies in does not say."""
    answered: bool | None = None
    """Whether a mail program has marked it as answered; None where nothing says."""
    unsubscribe_to: str = ""
    """Address that List-Unsubscribe names for a mail that ends a subscription, or ''."""
    unsubscribe_subject: str = ""
    """Subject that mail must have, as List-Unsubscribe gives it; bounded, one line."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One piece of evidence in a document. ``quote == text[start:end]`` always holds."""

    kind: str
    value: object
    quote: str
    start: int
    end: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was seen in a document."""

    kind: Kind = Kind.OTHER
    kind_confidence: float = 0.0
    author: Author = "unknown"
    author_reason: str = ""
    finished: bool = False
    finished_reason: str = ""
    language: str = ""
    """ISO 639-1, or '' when unsure."""
    signals: tuple[Signal, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What could be read of one file or mail. Its texts are a stranger's until proven otherwise."""

    id: DocumentId
    source: str
    path: str
    """Absolute path, undecodable bytes as surrogate escapes."""
    media: Media
    format: str
    """Lower-case format that was read: txt, md, docx, eml …"""
    title: str
    text: str
    fingerprint: str
    """sha256 of the raw bytes, hexadecimal."""
    size_bytes: int
    modified: datetime
    words: int = 0
    regions: tuple[Region, ...] = ()
    """Empty means: everything is body."""
    mail: Mail | None = None
    meta: Mapping[str, str] = field(default_factory=dict)
    """Metadata of the file (``author``, ``created``, ``producer`` …), bounded."""
    analysis: Analysis = field(default_factory=Analysis)

    def signals(self, kind: str) -> tuple[Signal, ...]:
        """Return the signals of one kind, best first."""
        found = [s for s in self.analysis.signals if s.kind == kind]
        return tuple(sorted(found, key=lambda s: -s.confidence))

    @property
    def when(self) -> datetime:
        """The mail's date, or the file's modification time; aware UTC."""
        return self.mail.date if self.mail and self.mail.date else self.modified

    def body(self) -> str:
        """Return the author's own new text: without quotes, signatures and attachments."""
        if not self.regions:
            return self.text
        return "\n".join(self.text[r.start : r.end] for r in self.regions if r.role == "body")


@dataclass(frozen=True, slots=True)
class Evidence:
    """An exact quote: ``document.text[start:end] == quote``."""

    document: DocumentId
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where a body of work can go. Every field but the name may be unknown."""

    name: str
    address: str = ""
    deadline: datetime | None = None
    genres: tuple[Kind, ...] = ()
    """Empty: the call does not say."""
    themes: str = ""
    max_words: int | None = None
    """For all pieces together."""
    max_words_each: int | None = None
    min_words: int | None = None
    max_pages: int | None = None
    min_pieces: int | None = None
    max_pieces: int | None = None
    formats: tuple[str, ...] = ()
    """Wanted file formats, preferred first: docx, pdf, odt, rtf."""
    subject: str = ""
    """Subject line the call asks for, if it does."""
    anonymous: bool = False
    """The call wants no name in the manuscript."""
    language: str = ""
    origin: Literal["config", "mail"] = "config"
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """One finished piece of a collection, in its newest version."""

    document: Document
    versions: tuple[DocumentId, ...] = ()
    """Older versions and copies of it."""


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents that form one body of work, and what was left out of it and why."""

    key: str
    kind: Kind
    language: str
    folder: str
    pieces: tuple[Piece, ...]
    left_out: tuple[tuple[DocumentId, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Moved:
    """A file that was moved after a yes."""

    fingerprint: str
    """sha256 of its bytes, hexadecimal."""
    source: str
    target: str
    """Absolute paths, from where and to where."""
    at: datetime
    taken_back: bool
    """Whether the user has undone it, or moved the file elsewhere since."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """One occurrence in the user's calendar; ``start == end`` where no length is known."""

    uid: str
    title: str
    start: datetime
    """Aware, in the zone it was written in."""
    end: datetime
    document: DocumentId
    """The calendar file it stands in."""
    location: str = ""
    all_day: bool = False
    repeats: bool = False
    organizer: str = ""
    """As written: ``Bob <bob@x.example>``."""
    people: tuple[str, ...] = ()
    """Lower-case addresses of the organizer and of those who are invited."""
    free: bool = False
    """It takes none of the user's time: a birthday, a reminder to oneself."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A plugin's proposal. The host adds identity, trace, payload and verdict."""

    kind: str
    thing: str
    """Names the thing it is about, stable over runs: the same thing is suggested once."""
    title: str
    """At most 80 characters."""
    why: str
    evidence: tuple[Evidence, ...]
    action: Action
    confidence: float
    expires: datetime | None = None
    urgent: bool = False
    sources: tuple[DocumentId, ...] = ()
    """All documents it rests on; their fingerprints are frozen with the offer."""
    drafted: tuple[str, ...] = ()
    """Which of its texts the local model wrote; the host fills it in, whatever a plugin says."""
