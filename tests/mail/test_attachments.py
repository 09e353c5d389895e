"""What is attached to a mail is fetched when its text, or the user, asks for it."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from homes import Home, Running
from mail_servers import PASSWORD, Authority, Dovecot

from samantha.adapters.imap_account import Account
from samantha.adapters.imap_wanted import trying, want, wanted
from samantha.api.types import Analysis, Document, DocumentId, Kind, Mail, Signal
from samantha.signals.attached import LEFT_OUT, wants_attachments

CONFIG = """\
[[accounts]]
name = "anna"
address = "anna@berg.example"
user = "{user}"
imap = "localhost"
imap_port = {port}
ca = "{ca}"
[model]
enabled = false
"""


def letter(number: int, subject: str, text: str, name: str, attached: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "Ada <ada@example.org>", "anna@berg.example"
    message["Subject"], message["Message-ID"] = subject, f"<a{number}@example.org>"
    message.set_content(text)
    message.add_attachment(attached, filename=name)
    return message.as_bytes().replace(b"\n", b"\r\n")


@pytest.fixture
def at_home(home: Home, dove: Dovecot, account: Account, trust: Authority, tmp_path: Path) -> Home:
    """A home with an account that holds a bill and a letter, each with a file."""
    told = CONFIG.replace("{user}", account.user).replace("{port}", str(dove.tls_port))
    home.configure(told.replace("{ca}", str(trust.ca)))
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials/samantha.mail.anna").write_text(PASSWORD)
    home.more["CREDENTIALS_DIRECTORY"] = str(tmp_path / "credentials")
    bill = letter(1, "Your invoice", "It is attached.", "invoice-4711.txt", "Total: canary-bill")
    dove.deliver(account.user, bill)
    notes = letter(2, "From the sea", "As we said.", "notes.txt", "Total: canary-notes")
    dove.deliver(account.user, notes)
    return home


def kept(home: Home, word: str) -> list[Path]:
    mails = (home.root / ".data/samantha/mail/anna").rglob("cur/*")
    return [path for path in mails if word.encode() in path.read_bytes()]


@pytest.mark.parametrize("daemon", [True, False], ids=["daemon", "once"])
def test_a_bills_file_comes_by_itself_and_a_letters_when_it_is_looked_at(
    at_home: Home, tmp_path: Path, daemon: bool
) -> None:
    """The bill's text is found by a search; the other file is fetched by `inspect` alone."""
    running = Running(at_home, tmp_path) if daemon else None
    if running is not None:
        running.wait_ready()
        for _ in range(100):
            if at_home.json("search", "canary-bill"):
                break
    else:
        at_home.run("run", "--once")
    (hit,) = at_home.json("search", "canary-bill")
    assert hit["document"] == "<a1@example.org>"
    assert kept(at_home, "canary-bill") and not kept(at_home, "canary-notes")
    (path,) = kept(at_home, "From the sea")
    for _ in range(10):
        at_home.run("inspect", str(path))
        if kept(at_home, "canary-notes"):
            break
    assert kept(at_home, "canary-notes") == [path]
    if running is not None:
        assert running.stop() == 0


def document(subject: str = "Hello", left: str = "a.pdf", **seen: object) -> Document:
    mail = Mail("<a@b>", None, subject=subject)
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return Document(
        *(DocumentId("<a@b>"), "mail", "/m", "mail", "eml", subject, "text", "f", 1, now),
        mail=mail,
        meta={LEFT_OUT: left} if left else {},
        analysis=Analysis(**seen),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (True, document(kind=Kind.INVOICE)),
        (True, document(kind=Kind.TICKET)),
        (True, document(kind=Kind.CONTRACT)),
        (True, document(signals=(Signal("open_call", "x", "x", 0, 1, 0.9),))),
        (True, document(signals=(Signal("reservation", "x", "x", 0, 1, 0.9),))),
        (True, document(subject="Ihre Rechnung Nr. 7")),
        (True, document(left="Kündigungsbestätigung.pdf")),
        (True, document(left="Réservation.pdf")),
        (False, document()),
        (False, document(kind=Kind.INVOICE, left="")),
        (False, document(signals=(Signal("date", "x", "x", 0, 1, 0.9),), kind=Kind.NEWSLETTER)),
    ],
)
def test_what_asks_for_attachments(wanted: bool, found: Document) -> None:
    """Bills, tickets, contracts and open calls do, by their text, subject or file's name."""
    assert wants_attachments(found) == wanted


def test_a_wish_is_tried_some_times_and_is_then_given_up(tmp_path: Path) -> None:
    """Asked for twice it is one wish; a mail that ends every connection is let alone in the end."""
    path = str(tmp_path / "inbox/=INBOX/cur/V1U2.0123456789abcdef,S=9:2,S")
    assert want(tmp_path, path) and want(tmp_path, path.replace(":2,S", ":2,RS"))
    assert not want(tmp_path, str(tmp_path.parent / "x")) and not want(tmp_path, str(tmp_path))
    tries = 0
    while found := list(wanted(tmp_path)):
        ((wish, place, name),) = found
        assert (place, name) == ("inbox/=INBOX", "V1U2.0123456789abcdef,S=9")
        tries += trying(wish) is not None
    assert tries == 4
