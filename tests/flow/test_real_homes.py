"""Whole homes of real letters: one offer, with the right pieces and nothing else."""

from __future__ import annotations

import email.utils
import json
import os
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from homes import CONFIG, Home

pytestmark = pytest.mark.slow
DATA = Path(__file__).parents[2].parent / "shared" / "data"
MONTHS = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"

CALLS = {
    "en": (
        "Open call: letters",
        "Dear writers,\n\nThe Saltmarsh Quarterly is open for submissions of letters until {day}. "
        "We want real letters in English, any number by one author.\nPlease send a .docx in "
        "standard manuscript format to letters@saltmarsh.example.\n\nThe editors\n",
    ),
    "de": (
        "Ausschreibung: Briefe",
        "Liebe Autorinnen und Autoren,\n\nfür unseren Band suchen wir abgeschlossene Briefe auf "
        "Deutsch. Einsendeschluss ist der {day}.\nBitte senden Sie Ihr Manuskript als PDF an "
        "briefe@saltmarsh.example.\n\nMit freundlichen Grüßen\nDie Redaktion\n",
    ),
}


def call(language: str, to: str) -> str:
    """Return an open call that closes in forty days."""
    subject, text = CALLS[language]
    now = datetime.now(UTC)
    close = now + timedelta(days=40)
    german = f"{close.day}. {MONTHS.split()[close.month - 1]} {close.year}"
    day = german if language == "de" else f"{close:%d %B %Y}"
    sent = email.utils.format_datetime(now - timedelta(days=5))
    return (
        f"From: The Saltmarsh Quarterly <editors@saltmarsh.example>\nTo: {to}\n"
        f"Subject: {subject}\nDate: {sent}\nMessage-ID: <call@saltmarsh.example>\n"
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
        + text.replace("{day}", day)
    )


def put(home: Home, folder: str, files: Iterable[Path]) -> set[str]:
    """Copy files into a folder, their times spread over the last months; return the names."""
    names = set()
    listed = list(files)
    for at, path in enumerate(listed):
        target = home.root / "Documents" / folder / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
        age = timedelta(days=300 - 280 * at / len(listed))
        stamp = (datetime.now(UTC) - age).timestamp()
        os.utime(target, (stamp, stamp))
        names.add(path.name)
    return names


def texts(*parts: str) -> list[Path]:
    """Return the files of a data set, or skip."""
    folder = DATA.joinpath(*parts)
    if not folder.is_dir():
        pytest.skip(f"{'/'.join(parts)} is not beside the project")
    return sorted(p for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize(
    ("language", "user", "own", "others", "mails"),
    [
        ("en", ["Ludwig van Beethoven", "Beethoven"],
         ("letters_gutenberg_en", "beethoven"),
         ("letters_gutenberg_en", "downloaded_book_negative"),
         ("spamassassin", "easy-ham-2")),
        ("de", ["Arthur Schnitzler", "Arthur"],
         ("letters_schnitzler_de", "briefe"),
         ("letters_schnitzler_de", "received_negative"),
         None),
    ],
    ids=["en", "de"],
)  # fmt: skip
def test_a_home_of_letters_and_a_call_lead_to_one_offer(
    home: Home,
    language: str,
    user: list[str],
    own: tuple[str, ...],
    others: tuple[str, ...],
    mails: tuple[str, ...] | None,
) -> None:
    """One offer; of its pieces 95 % are right, and 90 % of the right ones are in it."""
    letters, received = texts(*own), texts(*others)
    told = CONFIG.replace('["Anna Berg", "Anna"]', json.dumps(user))
    home.configure(told, model=True)
    good = put(home, "Letters", letters)
    put(home, "Downloads" if language == "en" else "Empfangen", received)
    for at, path in enumerate(texts(*mails) if mails else []):
        shutil.copy(path, home.root / "Mail/cur" / f"{at}.ham:2,S")
    home.write("call:2,S", call(language, "anna@berg.example"), folder="Mail/cur")
    (offer,) = home.json("run", "--once")
    assert [o["id"] for o in home.json("offers", "--all")] == [offer["id"]]
    assert offer["plugin"] == "letters" and offer["verdict"] == "show"
    pieces = {Path(p).name for p in offer["action"]["pieces"]}
    assert len(pieces & good) >= 0.95 * len(pieces)
    assert len(pieces & good) >= 0.90 * len(good)
