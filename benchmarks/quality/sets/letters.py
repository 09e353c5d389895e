"""Letters: finished letters and an open call lead to one suggestion with the right files.

A home is laid out: the author's letters in one folder, letters by others in another, their times
over the last months; and a Maildir with one open call for letters in the author's language,
written for this benchmark. The past is replayed with the plugin ``letters`` alone. ``fires once``:
exactly one suggestion is shown. Precision and recall are of the pieces of its action, by file
name.
"""

from __future__ import annotations

import email.utils
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.quality.figures import Figure, share
from benchmarks.quality.product import replayed

from samantha.app.backtest import Options

NAME = "letters"
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
CALLS = {
    "en": (
        "Call for submissions: letters",
        "Dear friends,\n\nThe Winter Hearth Review is reading letters for its next issue until 15 "
        "April 2026. We want real letters in English, as many by one author as there are.\nPlease "
        "send them as one .docx in standard manuscript format to letters@hearth.example.\n\n"
        "The editors\n",
    ),
    "de": (
        "Ausschreibung: Briefe gesucht",
        "Liebe Schreibende,\n\nfür unseren Jahresband suchen wir fertige Briefe auf Deutsch, "
        "gern viele von einer Hand. Einsendeschluss ist der 15. April 2026.\nBitte senden Sie das "
        "Manuskript als PDF an briefe@hearth.example.\n\nHerzlich\nDie Redaktion\n",
    ),
}


@dataclass(frozen=True, slots=True)
class _Author:
    language: str
    identity: str
    own: str
    others: str


AUTHORS = (
    _Author(
        "en",
        "Ludwig van Beethoven <ludwig@writer.example>",
        "letters_gutenberg_en/beethoven",
        "letters_gutenberg_en/downloaded_book_negative",
    ),
    _Author(
        "de",
        "Arthur Schnitzler <arthur@writer.example>",
        "letters_schnitzler_de/briefe",
        "letters_schnitzler_de/received_negative",
    ),
)


def measure(data: Path) -> list[Figure]:
    """Return firing, precision and recall for each author."""
    return [figure for author in AUTHORS for figure in _measured(data, author)]


def _measured(data: Path, author: _Author) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="samantha-letters-") as folder:
        home = Path(folder)
        own = _lay_out(data / author.own, home / "Documents" / "Letters")
        _lay_out(data / author.others, home / "Documents" / "Downloads")
        _call(home / "Mail", author)
        result = replayed(
            Options(
                sources=(home / "Documents", home / "Mail"),
                identities=(author.identity,),
                end=NOW,
                plugins=("letters",),
            )
        )
    shown = [row.offer for row in result.rows if row.offer.shown_at is not None]
    pieces = {Path(str(p)).name for offer in shown for p in offer.action.get("pieces", ())}
    right = len(pieces & own)
    language = author.language
    return [
        share(NAME, f"fires once, {language}", int(len(shown) == 1), 1, note=f"{len(shown)} shown"),
        share(NAME, f"precision of pieces, {language}", right, len(pieces), target="≥ 97 %"),
        share(NAME, f"recall of pieces, {language}", right, len(own), target="≥ 93 %"),
    ]


def _lay_out(source: Path, target: Path) -> set[str]:
    """Copy texts, their times spread over ten months; return their names."""
    target.mkdir(parents=True)
    texts = sorted(p for p in source.iterdir() if p.is_file() and p.suffix == ".txt")
    for at, path in enumerate(texts):
        copy = target / path.name
        shutil.copy(path, copy)
        stamp = (NOW - timedelta(days=320 - 300 * at / len(texts))).timestamp()
        os.utime(copy, (stamp, stamp))
    return {p.name for p in texts}


def _call(maildir: Path, author: _Author) -> None:
    for place in ("cur", "new", "tmp"):
        (maildir / place).mkdir(parents=True)
    subject, body = CALLS[author.language]
    sent = NOW - timedelta(days=5)
    (maildir / "cur" / "1.call:2,S").write_text(
        f"From: Winter Hearth <editors@hearth.example>\nTo: {author.identity}\n"
        f"Subject: {subject}\nDate: {email.utils.format_datetime(sent)}\n"
        "Message-ID: <call@hearth.example>\nContent-Type: text/plain; charset=utf-8\n"
        f"Content-Transfer-Encoding: 8bit\n\n{body}",
        encoding="utf-8",
    )
