"""What a plugin module ends in: ``plugin = Plugin(Config, suggest)``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from samantha.api.asking import Ask, Choice
from samantha.api.types import (
    Appointment,
    Author,
    Collection,
    Document,
    DocumentId,
    Evidence,
    Identity,
    Kind,
    Moved,
    Outlet,
    Suggestion,
)

T = TypeVar("T")


class MomentKind(StrEnum):
    """Why a plugin is asked."""

    DOCUMENTS = "documents"
    """Documents came or changed (coalesced: one moment for a batch that settled together)."""
    DAY = "day"
    """A day began."""
    COLLECTION_GREW = "collection_grew"
    """Bodies of finished work are not what they were: pieces came, went, were finished or written
    anew. Only for those that ``Plugin.collections`` names; one moment for a batch of changes."""
    THREAD_QUIET = "thread_quiet"
    """Threads went quiet, as the plugin's ``Quiet`` says: told in the morning of a working day."""
    TIME_REACHED = "time_reached"
    """A time has come for which the plugin had left a ``Wake``."""


@dataclass(frozen=True, slots=True)
class Wake:
    """A plugin's wish to be asked again at a time, kept over restarts.

    One thing has one wake: a later one takes its place, and a ``Silence`` that names the thing
    takes it back. It goes with its documents.
    """

    at: datetime
    """Ahead; the moment comes then, or as soon as the computer is awake again."""
    thing: str
    """Names what it is about; at most 120 characters come back as they were given."""
    documents: tuple[DocumentId, ...]
    """What the moment will bring, as it is then; one at least."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One occasion on which a plugin may suggest something."""

    kind: MomentKind
    now: datetime
    documents: tuple[Document, ...] = ()
    """What came; or what the moment is about: of a quiet thread the mail that was the last, of a
    body of work its pieces and what was left out."""
    wakes: tuple[Wake, ...] = ()
    """The wakes whose time has come, earliest first: ``now`` is later than ``at`` by what the
    computer slept."""


class Library(Protocol):
    """Read-only questions about what has been read, limited to the plugin's ``reads``."""

    def documents(
        self,
        kinds: Iterable[Kind] = (),
        *,
        author: str = "",
        media: str = "",
        signal: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 0,
    ) -> Sequence[Document]:
        """Return documents by kind, author, media or signal, newest first; ``until`` is left out.

        The times bound ``Document.when``; ``limit`` 0 means all.
        """

    def document(self, document: DocumentId) -> Document | None:
        """Return one document."""

    def thread(self, document: DocumentId) -> Sequence[Document]:
        """Return the mails of a mail's thread, oldest first."""

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

    def answer_times(self, address: str, *, by_user: bool, since: datetime) -> Sequence[timedelta]:
        """Return how long answers took in threads with a person, oldest first.

        ``by_user``: the user's answers to their mails; otherwise theirs to the user's.
        """

    def written_to(self, address: str) -> bool:
        """Tell whether the user has sent mail to an address before."""

    def sends_from(self, address: str) -> bool:
        """Tell whether an address is the user's: a configured one, or one of their sent mail."""

    def search(self, words: str, *, media: str = "", limit: int = 20) -> Sequence[Document]:
        """Return documents that hold the words, best first; where none has them all, any of them.

        Titles (file names) count more than text.
        """

    def copies(self, fingerprint: str) -> Sequence[Document]:
        """Return the documents with exactly these bytes."""

    def moves(self) -> Sequence[Moved]:
        """Return the files that were moved after a yes, newest first, and which came back."""

    def similar(self, document: DocumentId, limit: int = 10) -> Sequence[tuple[Document, float]]:
        """Return the nearest documents by meaning, with cosine similarity."""

    def collections(self, kinds: Iterable[Kind] = ()) -> Sequence[Collection]:
        """Return the user's bodies of finished work."""

    def events(self, since: datetime, until: datetime) -> Sequence[Appointment]:
        """Return what stands in the user's calendar between two times, earliest first.

        The calendar is the calendar files of the sources and of the calendar folder; what repeats
        is expanded. A plugin that reads files sees it.
        """

    def likeness(self, text: str, documents: Sequence[DocumentId]) -> Sequence[float]:
        """Return how near in meaning documents are to a text (cosine); zeros without a model.

        A document stands for what the model read of it: its title and its beginning.
        """


def no_model(
    question: str,
    about: Document | Sequence[Document],
    answer: type[T],
    *,
    choices: Mapping[str, Sequence[Choice]] = {},
    near: Sequence[Evidence] = (),
) -> T | None:
    """Answer nothing: what ``Context.ask`` is where no model writes."""
    return None


@dataclass(frozen=True, slots=True)
class Context:
    """What a plugin may use besides the moment."""

    library: Library
    config: Any
    identity: Identity
    zone: tzinfo
    outlets: tuple[Outlet, ...] = ()
    ask: Ask = no_model
    """Asks the local model a typed question; None is an answer that every plugin can live with."""

    def today(self, moment: Moment) -> date:
        """Return the user's calendar day at the moment."""
        return moment.now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Silence:
    """A plugin's reason for having nothing to say about a document."""

    document: DocumentId
    reason: str
    thing: str = ""
    """Names a thing that is settled (a bill that was paid): an open offer about it is taken back,
    a reminder that came of one is cancelled, and a wake too."""


Answer = Suggestion | Silence | Wake
Suggest = Callable[[Moment, Context], Iterable[Answer]]


@dataclass(frozen=True, slots=True)
class Quiet:
    """Of which threads a plugin wants to be told once nothing has come in them for a while."""

    author: Author
    """Whose mail is the last: after it the other side has not written in the thread."""
    signals: tuple[str, ...]
    """That mail carries one of these."""
    days: int
    """Working days, at most 250. A thread is told of once, some days late after a sleep; what was
    quiet for longer already is not."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin: its configuration class (a frozen dataclass with defaults) and its function."""

    config: type[Any]
    suggest: Suggest
    quiet: Callable[[Any], Quiet] | None = None
    """Of which quiet threads it is told, by its configuration; None: of none."""
    collections: tuple[Kind, ...] = ()
    """Of which kinds of finished work it is told when a body of it is not what it was."""
