"""Tickets attached to a mail: taken out by name and first bytes, into the trip's folder."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from samantha.adapters.calendar_payload import trip_payload
from samantha.adapters.mail_tickets import MAX_FILES, tickets_in
from samantha.api import AddEvent, PrepareTrip
from samantha.api.testing import mail
from samantha.api.types import Document

AT = datetime(2026, 5, 3, 9, tzinfo=UTC)
PDF, PASS = b"%PDF-1.7 a ticket", b"PK\x03\x04 a pass"


def message(*files: tuple[str, bytes]) -> bytes:
    """Return a mail with attached files."""
    made = EmailMessage()
    made["From"], made["Subject"] = "no-reply@rail.example", "Your tickets"
    made.set_content("Your tickets are attached.")
    for name, data in files:
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


def test_tickets_are_known_by_name_and_first_bytes() -> None:
    """A PDF and a pass come out byte for byte; a program, a picture and a disguise do not."""
    data = message(
        ("a.pdf", PDF), ("b.PKPASS", PASS), ("c.exe", b"MZ"), ("d.png", b"\x89PNG"),
        ("e.pdf", b"MZ no pdf"), ("../../up.pdf", PDF + b"2"),
    )  # fmt: skip
    assert tickets_in(data) == [("a.pdf", PDF), ("b.PKPASS", PASS), (".._.._up.pdf", PDF + b"2")]


def test_many_and_damaged_parts_are_bounded() -> None:
    """No more than ten files; a mail that is cut, nested or no mail at all gives what it has."""
    assert len(tickets_in(message(*((f"{n}.pdf", PDF) for n in range(40))))) == MAX_FILES
    whole = message(("a.pdf", PDF), ("b.pdf", PDF))
    assert tickets_in(whole[:-60])[0] == ("a.pdf", PDF)
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(3_000)
    )
    assert tickets_in(deep) == [] and tickets_in(b"\xff\0") == []


def trip(tmp_path: Path, *mails: bytes) -> dict[str, bytes]:
    """Return the names and bytes of a trip's folder, from mails that lie on the disk."""
    sources: dict[str, Document] = {}
    for number, data in enumerate(mails):
        path = tmp_path / f"{number}.eml"
        path.write_bytes(data)
        made = mail("text", subject="Your tickets", date=AT)
        made = replace(made, path=str(path), fingerprint=hashlib.sha256(data).hexdigest())
        sources[f"m{number}"] = made
    action = PrepareTrip("Graz", (AddEvent("Train", AT),), tuple(sources))
    effects, blobs = trip_payload(
        action, sources, f"{tmp_path}/Calendar", f"{tmp_path}/out", lambda path: path, AT
    )
    assert [e.sha256 for e in effects] == [b.sha256 for b in blobs]
    targets = [e.target.rpartition("/") for e in effects[1:]]
    assert {folder for folder, _, _ in targets} == {f"{tmp_path}/out/Trips/Graz"}
    assert [name for _, _, name in targets] == [b.name for b in blobs[1:]]
    return {b.name: b.data for b in blobs[1:]}


def test_the_folder_has_the_mail_and_its_tickets(tmp_path: Path) -> None:
    """Each file once, under a plain name that nothing else there has."""
    first = message(("Ticket: 1.pdf", PDF), ("Your tickets.pdf", PDF + b"2"))
    again = message(("other name.pdf", PDF), ("Ticket 1.pdf", PDF + b"3"))
    assert trip(tmp_path, first, again) == {
        "Your tickets.eml": first,
        "Ticket 1.pdf": PDF,
        "Your tickets.pdf": PDF + b"2",
        "Your tickets (2).eml": again,
        "Ticket 1 (2).pdf": PDF + b"3",
    }
