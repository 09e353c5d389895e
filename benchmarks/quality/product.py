"""The product as the sets use it: document in, signals and suggestions out; pasts replayed."""

from __future__ import annotations

import email.utils
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samantha.api.types import Document, Signal
from samantha.app.backtest import Options, Result, backtest
from samantha.core.ports import Unreadable

if TYPE_CHECKING:
    from samantha.app.assembly import Assembly

NOW = datetime(2026, 1, 15, 9, tzinfo=UTC)


class Product:
    """One user's samantha over an empty home, opened for a set and closed after it."""

    def __init__(self, a: Assembly, folder: Path) -> None:
        self._a = a
        self._folder = folder
        self._number = 0

    def read(self, path: Path, media: str = "file", *, model: bool = False) -> Document | None:
        """Return what is seen in one file or mail; None where it cannot be read.

        ``model``: with the document's vector, which only its kind depends on.
        """
        try:
            document = self._a.reader.read(str(path), "benchmark", media)
        except Unreadable:
            return None
        vectors = None
        if model:
            vectors = self._a.embedder.embed([f"{document.title}\n{document.body()}"[:4_000]])
        return replace(
            document, analysis=self._a.analyze(document, vectors[0] if vectors else None)
        )

    def text(self, text: str, name: str = "text.txt", *, model: bool = False) -> Document | None:
        """Return what is seen in a text file."""
        path = self._fresh(name)
        path.write_text(text, encoding="utf-8")
        return self.read(path, model=model)

    def mail(
        self,
        body: str,
        *,
        subject: str = "",
        sender: str = "Pat Doe <pat@other.example>",
        to: str = "Anna Berg <anna@berg.example>",
        date: datetime = NOW,
        html: bool = False,
        model: bool = False,
    ) -> Document | None:
        """Return what is seen in a mail with this body."""
        path = self.mail_file(body, subject=subject, sender=sender, to=to, date=date, html=html)
        return self.read(path, "mail", model=model)

    def mail_file(
        self, body: str, *, subject: str, sender: str, to: str, date: datetime, html: bool = False
    ) -> Path:
        """Write a mail and return its path."""
        message = EmailMessage()
        for name, value in (("From", sender), ("To", to), ("Subject", subject)):
            message[name] = " ".join(value.split()) or "-"
        message["Date"] = email.utils.format_datetime(date)
        path = self._fresh("mail.eml")
        message["Message-ID"] = f"<{self._number}@benchmark.example>"
        message.set_content(body, subtype="html" if html else "plain", cte="8bit")
        path.write_bytes(message.as_bytes())
        return path

    def suggestions(self, document: Document, now: datetime) -> list[dict[str, Any]]:
        """Return what the plugins propose about one document, as `samantha inspect` prints it."""
        from samantha.app.inspection import asked

        return asked(self._a, document, now, self._a.running)[0]

    def _fresh(self, name: str) -> Path:
        self._number += 1
        folder = self._folder / str(self._number)
        folder.mkdir()
        return folder / name


@contextmanager
def product(
    names: Sequence[str] = ("Anna Berg", "Anna"),
    addresses: Sequence[str] = ("anna@berg.example",),
    zone: str = "UTC",
    extractor: str = "",
) -> Iterator[Product]:
    """Open the product for one user; nothing of it stays.

    ``extractor``: the path of KItinerary's; without it, whatever is installed here.
    """
    from samantha.adapters.kitinerary import KItinerary
    from samantha.adapters.reader_bookings import BookingReader
    from samantha.app.assembly import assemble
    from samantha.app.backtest_replay import SetClock
    from samantha.app.config import Config, User
    from samantha.app.places import Places
    from samantha.app.session import Quiet
    from samantha.signals.reservations import worth_extracting

    with tempfile.TemporaryDirectory(prefix="samantha-quality-") as folder:
        base = Path(folder)
        places = Places(
            config=base / "config",
            data=base / "data",
            state=base / "state",
            cache=Places.of_user().cache,
            runtime=base / "run",
        )
        user = User(names=tuple(names), addresses=tuple(addresses), zone=zone)
        a = assemble(Config(user=user), places.make(), SetClock(NOW), Quiet())
        a.reader.close()
        a.reader = BookingReader(KItinerary(extractor), worth_extracting)
        home = base / "home"
        home.mkdir()
        try:
            yield Product(a, home)
        finally:
            a.close()


def replayed(options: Options) -> Result:
    """Replay a past without a bar."""
    return backtest(options, lambda what, done, total: None)


def best(document: Document | None, *kinds: str) -> Signal | None:
    """Return the surest signal of some kinds, or None."""
    if document is None:
        return None
    found = [s for kind in kinds for s in document.signals(kind)]
    return max(found, key=lambda s: s.confidence) if found else None


def has(document: Document | None, *kinds: str) -> bool:
    """Tell whether a document has a signal of one of the kinds."""
    return best(document, *kinds) is not None


def letters_and_digits(words: object) -> str:
    """Return a text reduced to what must agree: letters and digits, lower case."""
    return "".join(c for c in str(words).casefold() if c.isalnum())
