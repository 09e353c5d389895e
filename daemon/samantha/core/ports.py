"""What the core needs from outside, as protocols. Each has a real adapter and a test twin."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, Protocol

from samantha.api.plugin import Silence, Wake
from samantha.api.types import (
    Decision,
    Document,
    DocumentId,
    Evidence,
    Kind,
    Verdict,
)
from samantha.core.payload import Payload


class Clock(Protocol):
    """The time, as an argument."""

    def now(self) -> datetime:
        """Return aware UTC."""


# --- sources -------------------------------------------------------------------------------

ChangeKind = Literal["present", "gone"]


@dataclass(frozen=True, slots=True)
class Change:
    """Raw notice from a watcher or a rescan: this path is there (new or changed), or gone."""

    source: str
    path: str
    """Absolute, undecodable bytes as surrogate escapes (``os.fsdecode``)."""
    kind: ChangeKind


@dataclass(frozen=True, slots=True)
class Stat:
    """What tells one version of a path from another without reading it."""

    size: int
    mtime_ns: int
    inode: int


SourceKind = Literal["files", "maildir", "mbox", "eml", "imap"]


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source is: watching, polling, missing, unreadable; with the reason in words."""

    name: str
    kind: SourceKind
    path: str
    state: str
    reason: str = ""
    remedy: str = ""


class Source(Protocol):
    """A watched place. ``on_change`` may be called from any thread."""

    name: str

    def start(self, on_change: Callable[[Change], None], on_overflow: Callable[[], None]) -> None:
        """Begin to watch; returns at once."""

    def scan(self) -> Iterator[tuple[str, Stat]]:
        """Walk everything that is there and not excluded."""

    def wanted(self, path: str) -> bool:
        """Tell whether a path belongs to this source and is not excluded, without opening it."""

    def state(self) -> SourceState:
        """Return how it is."""

    def stop(self) -> None:
        """Stop watching."""


# --- reading -------------------------------------------------------------------------------


class Unreadable(Exception):
    """A document could not be read; ``reason`` is for the user."""

    def __init__(self, reason: str, *, again: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again
        """Whether a second try may help (the reader died, a deadline passed)."""


class Reader(Protocol):
    """Reads one file into a document, in a jail, within a deadline."""

    def read(self, path: str, source: str, media: str, folder: str = "") -> Document:
        """Return the document or raise ``Unreadable``. ``folder`` is the mail folder's role."""

    def close(self) -> None:
        """End the worker."""


class Extractor(Protocol):
    """Finds what was booked in the bytes of a mail or file, with a program that is not ours."""

    def extract(self, untrusted_bytes: bytes, received: datetime) -> bytes:
        """Return JSON-LD of schema.org's reservations; b'' for none, and where it fails."""

    def state(self) -> tuple[str, str]:
        """Return (state, reason): ready, failing, absent."""

    def close(self) -> None:
        """End the worker."""


class Embedder(Protocol):
    """Turns texts into unit vectors of 384 float32 values; None when there is no model."""

    def embed(self, texts: Sequence[str]) -> Sequence[bytes] | None:
        """Return one little-endian float32[384] blob a text, or None when the model is away."""

    def state(self) -> tuple[str, str]:
        """Return (state, reason): ready, idle, unavailable."""

    def close(self) -> None:
        """End the worker."""


# --- index.db ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A path that could not be read, and why."""

    source: str
    path: str
    reason: str
    tries: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result."""

    document: DocumentId
    title: str
    snippet: str
    when: datetime
    kind: Kind


@dataclass(frozen=True, slots=True)
class Unsaid:
    """One plugin's reason to say nothing, for so many documents; the newest of them is named."""

    plugin: str
    reason: str
    documents: int
    newest: datetime
    title: str
    path: str


class Index(Protocol):
    """index.db: all that was read. Rebuildable from the sources. Thread-safe."""

    def known(self, source: str) -> dict[str, Stat]:
        """Return path → stat of all that was read or quarantined from a source."""

    def stat(self, source: str, path: str) -> Stat | None:
        """Return the stat with which a path was read or quarantined; None if it is unknown."""

    def put(self, documents: Sequence[tuple[Document, Stat, bytes | None]]) -> None:
        """Store or replace documents (with vector) in one transaction."""

    def quarantine(self, source: str, path: str, stat: Stat, reason: str, tries: int) -> None:
        """Remember that a path could not be read."""

    def quarantined(self, source: str = "") -> Sequence[Quarantined]:
        """Return what could not be read."""

    def forget_paths(self, source: str, paths: Iterable[str]) -> Sequence[DocumentId]:
        """Remove what is gone; return the ids of documents with no other path."""

    def moved(self, source: str, old: str, new: str, stat: Stat) -> bool:
        """Rename a path whose content is unchanged; False if the old one is unknown."""

    def document(self, document: DocumentId) -> Document | None:
        """Return one document."""

    def by_fingerprint(self, fingerprint: str) -> Sequence[Document]:
        """Return the documents with these bytes."""

    def documents(
        self,
        kinds: Iterable[Kind] = (),
        *,
        author: str = "",
        media: str = "",
        signal: str = "",
        since: datetime | None = None,
        sources: Iterable[str] = (),
        until: datetime | None = None,
        limit: int = 0,
    ) -> Sequence[Document]:
        """Return documents, newest first; ``until`` is left out."""

    def unasked(self, limit: int) -> Sequence[Document]:
        """Return documents that came or changed and that no plugin was asked about yet."""

    def asked(self, documents: Iterable[DocumentId]) -> None:
        """Note that the plugins were asked about these documents."""

    def keep_silences(
        self,
        plugin: str,
        silences: Sequence[Silence],
        about: Iterable[DocumentId],
        at: datetime,
    ) -> None:
        """Keep why a plugin had nothing to say, in place of what it said of these before."""

    def unsaid(self, *, since: datetime | None = None) -> Sequence[Unsaid]:
        """Return what plugins left unsaid and why, newest first."""

    def keep_wake(self, plugin: str, wake: Wake, most: int) -> bool:
        """Keep a wake in place of one about the same thing; True if it made others go.

        A wake goes with the last of its documents.
        """

    def cancel_wake(self, plugin: str, thing: str) -> None:
        """Remove the wake about a thing, if there is one."""

    def wakes(self, due_by: datetime, plugins: Collection[str]) -> Sequence[tuple[str, Wake]]:
        """Return (plugin, wake) of these plugins' wakes whose time has come, earliest first."""

    def next_wake(self, plugins: Collection[str]) -> datetime | None:
        """Return the time of the earliest wake of these plugins."""

    def woken(self, plugin: str, wakes: Sequence[Wake]) -> None:
        """Remove wakes that have come; one that was left anew about the same thing stays."""

    def thread(self, document: DocumentId) -> Sequence[Document]:
        """Return the mails of a thread, oldest first (References, then subject)."""

    def mails_with(
        self,
        address: str,
        *,
        since: datetime | None = None,
        author: str = "",
        signals: Iterable[str] = (),
        limit: int = 0,
    ) -> Sequence[Document]:
        """Return mails from or to an address, newest first; ``limit`` 0 means all.

        ``signals``: only those that carry one of these.
        """

    def quiet(
        self, signals: Iterable[str], *, author: str, since: datetime, until: datetime
    ) -> Sequence[Document]:
        """Return mails of one side with a signal, after which no other wrote in the thread."""

    def answer_times(self, address: str, *, by_user: bool, since: datetime) -> Sequence[timedelta]:
        """Return how long answers took in threads with a person, oldest first."""

    def sends_from(self, address: str) -> bool:
        """Tell whether the user's mails were sent from an address."""

    def written_to(self, address: str) -> bool:
        """Tell whether the user has sent mail to this address before (folder role ``sent``)."""

    def vector(self, document: DocumentId) -> bytes | None:
        """Return a document's vector."""

    def nearest(self, vector: bytes, limit: int) -> Sequence[tuple[DocumentId, float]]:
        """Return the nearest documents with cosine similarity, best first."""

    def search(self, words: str, limit: int = 20, *, media: str = "") -> Sequence[Hit]:
        """Full-text search; never raises on strange input."""

    def counts(self) -> Mapping[str, int]:
        """Return ``source/state`` and ``kind/…`` counts for status."""

    def close(self) -> None:
        """Close the database."""


# --- state.db ------------------------------------------------------------------------------


class OfferState(StrEnum):
    """Where an offer is in its life."""

    OPEN = "open"
    HELD = "held"
    DROPPED = "dropped"
    DECIDED = "decided"
    EXPIRED = "expired"
    VOID = "void"
    """Its sources changed; it will be suggested anew if it still holds."""


class OutboxState(StrEnum):
    """approved → claimed → committing → done | refused | failed | unknown; done → undone."""

    APPROVED = "approved"
    CLAIMED = "claimed"
    COMMITTING = "committing"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Offer:
    """A suggestion that was admitted: what is stored, shown and decided upon."""

    id: int
    trace: str
    plugin: str
    kind: str
    thing: str
    title: str
    why: str
    evidence: tuple[Evidence, ...]
    action: Mapping[str, Any]
    approval_class: str
    payload_hash: str
    confidence: float
    urgent: bool
    created: datetime
    expires: datetime | None
    state: OfferState
    verdict: Verdict
    reason: str
    shown_at: datetime | None = None
    reviewed_at: datetime | None = None
    """When the user saw the full card (`show`, review); B and C need it before a yes."""
    snoozed_until: datetime | None = None
    notification_key: str = ""
    files: tuple[str, ...] = ()
    """Where the payload's files would lie or lie now."""


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One approved payload on its way."""

    id: int
    offer: int
    trace: str
    payload_hash: str
    state: OutboxState
    reason: str = ""
    undo: tuple[Mapping[str, Any], ...] = ()
    """Facts the executor returned that undo needs, one an effect."""
    step: int = 0
    """Effects already committed."""
    approved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """A due note to the user; fires once."""

    id: int
    key: str
    at: datetime
    text: str
    copy_text: str
    fired_at: datetime | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One arrow of one trace."""

    seq: int
    at: datetime
    trace: str
    arrow: str
    detail: Mapping[str, Any] = field(default_factory=dict)


class State(Protocol):
    """state.db: offers, decisions, outbox, reminders, audit, settings. Safe across processes."""

    # offers
    def add_offer(self, offer: Offer, payload: Payload | None) -> Offer:
        """Store an offer (id 0) with its payload; return it with its id."""

    def offer(self, offer_id: int) -> Offer | None:
        """Return one offer."""

    def offers(
        self,
        states: Iterable[OfferState] = (),
        *,
        since: datetime | None = None,
        shown_since: datetime | None = None,
    ) -> Sequence[Offer]:
        """Return offers, newest first; made since, last shown since."""

    def offer_for(self, plugin: str, thing: str) -> Offer | None:
        """Return the newest offer about a thing that is not void."""

    def update_offer(self, offer_id: int, **fields: object) -> None:
        """Change stored fields of an offer (state, verdict, reason, shown_at, reviewed_at, …)."""

    def replace_offer(self, old: int, offer: Offer, payload: Payload, reason: str) -> Offer | None:
        """Void a live offer and store another in its place, atomically; None if it was not live."""

    def payload(self, payload_hash: str) -> Payload | None:
        """Return a stored payload; None when absent or when its bytes no longer hash to it."""

    # decisions
    def decide(
        self,
        offer_id: int,
        decision: Decision,
        *,
        at: datetime,
        via: str,
        payload_hash: str = "",
        snoozed_until: datetime | None = None,
    ) -> bool:
        """Take the decision once: atomic; False if it was already decided, void or expired.

        ACCEPTED also puts the payload into the outbox in the same transaction, and needs the
        ``payload_hash`` to equal the offer's.
        """

    def decisions(self, plugin: str = "") -> Sequence[tuple[Offer, Decision, datetime, str]]:
        """Return decisions with their offers, newest first."""

    def answers(self, plugin: str, kind: str, limit: int) -> Sequence[tuple[Decision, datetime]]:
        """Return the newest answers to a kind of suggestion, without snoozes and expiries."""

    def suppressed(self, plugin: str, thing: str, kind: str = "") -> str:
        """Return why a thing must not come again (dismissed, never …), or ''."""

    def lift(self, key: str) -> bool:
        """Lift a suppression named by `samantha silence`, or ``offer:ID`` of a yes in vain."""

    # outbox
    def outbox(self, states: Iterable[OutboxState] = ()) -> Sequence[OutboxEntry]:
        """Return entries, oldest first."""

    def outbox_for(self, offer_id: int) -> OutboxEntry | None:
        """Return the entry of an offer."""

    def claim(self, entry_id: int, owner: str) -> bool:
        """Approved → claimed, once."""

    def progress(
        self,
        entry_id: int,
        state: OutboxState,
        *,
        step: int | None = None,
        reason: str = "",
        undo: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        """Move an entry on, durably before it returns."""

    # reminders
    def add_reminder(self, key: str, at: datetime, text: str, copy_text: str = "") -> int:
        """Store a reminder; the same key twice is one reminder."""

    def reminders(self, *, due_by: datetime | None = None) -> Sequence[Reminder]:
        """Return reminders that have neither fired nor been cancelled."""

    def fire_reminder(self, reminder_id: int, at: datetime) -> bool:
        """Mark it as fired, once."""

    def cancel_reminder(self, key: str) -> bool:
        """Cancel one that has not fired."""

    # audit and settings
    def audit(self, trace: str, arrow: str, at: datetime, **detail: object) -> None:
        """Append one line to the hash chain. No content of documents goes into it."""

    def audit_lines(self, trace: str = "") -> Sequence[AuditLine]:
        """Return the lines of a trace, oldest first."""

    def audit_verify(self) -> tuple[bool, str]:
        """Check the hash chain; (ok, where it breaks)."""

    def setting(self, key: str, default: str = "") -> str:
        """Return a setting."""

    def set_setting(self, key: str, value: str) -> None:
        """Store a setting."""

    def close(self) -> None:
        """Close the database."""


# --- the desktop ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Card:
    """What a notification shows: plain text, already bounded; buttons as (key, label)."""

    key: str
    """Stable name of the card (``offer-7``); posting it again replaces it."""
    title: str
    body: str
    buttons: tuple[tuple[str, str], ...] = ()
    urgent: bool = False
    stays: bool = False
    """It is not put away before the user has seen it; a card with buttons never is."""


@dataclass(frozen=True, slots=True)
class Presence:
    """What the desktop says of its user at a moment; None where it does not say."""

    do_not_disturb: bool | None = None
    full_screen: bool | None = None
    """Whether the window in front fills the screen."""
    locked: bool | None = None
    idle: timedelta | None = None
    """How long no key was pressed and no pointer moved."""
    screen_shared: bool | None = None
    """Whether others see the screen, or it is being recorded."""
    camera: bool | None = None
    """Whether a picture of the camera is being taken."""


class Desktop(Protocol):
    """Knows whether this is a moment to show anything."""

    def presence(self) -> Presence:
        """Ask the desktop, within a deadline; what does not answer is not known."""

    def state(self) -> tuple[str, str]:
        """Return (what is known, what is not and why) of the last answer."""


class Notifier(Protocol):
    """Shows cards. ``on_press(card_key, button_key)`` may come from any thread."""

    def start(self, on_press: Callable[[str, str], None]) -> None:
        """Connect, and go on trying in the background."""

    def post(self, card: Card) -> bool:
        """Show or replace a card; False when nothing could show it now.

        It then stays pending and is posted as soon as a server appears.
        """

    def withdraw(self, key: str) -> None:
        """Close a card and forget it."""

    def state(self) -> tuple[str, str]:
        """Return (way, reason): dbus, plyer, terminal or none."""

    def stop(self) -> None:
        """Disconnect."""


class Builder(Protocol):
    """Builds the final bytes of an action."""

    def build(self, action: Any, sources: Mapping[str, Document]) -> Payload:
        """Return the payload, or raise ``UserError`` when it cannot be built."""


class Executor(Protocol):
    """The only part that acts; lives in a process of its own."""

    def execute(self, effect: Mapping[str, Any], data: bytes, key: str) -> Mapping[str, Any]:
        """Carry out one effect under an idempotence key; return facts that undo needs.

        Raises ``Refused`` when a precondition does not hold (nothing was done).
        """

    def prepare(self, effect: Mapping[str, Any], data: bytes, key: str) -> None:
        """Do all of an effect that commits nothing (a mail handed over but for its last byte).

        Raises ``NotYet`` or ``Refused``, after which nothing was done.
        """

    def undo(self, effect: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
        """Undo one effect; return '' or the reason why it could not be."""

    def reconcile(self, effect: Mapping[str, Any], key: str) -> Literal["done", "not_done", "?"]:
        """Tell after a crash whether an effect was carried out."""


class Refused(Exception):
    """A precondition of an effect does not hold; nothing was done."""


class NotYet(Exception):
    """An effect cannot be carried out now, but may be later; nothing was done."""
