"""Drafts: the final bytes say what was admitted and nothing more, whoever reads them (I4)."""

from __future__ import annotations

import email
import email.header
import email.policy
import mailbox
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import getaddresses, parseaddr
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samantha.adapters.draft import (
    HEADERS,
    Attached,
    Draft,
    attachment_names,
    clean,
    draft_bytes,
    message_id_for,
    problem_of,
)
from samantha.api.errors import UserError
from samantha.api.types import Person
from samantha.workers.reading.mail import read_mail
from samantha.workers.reading.reading import Reading

DATE = datetime(2026, 5, 1, 9, tzinfo=UTC)
PLAIN = Draft(
    sender=Person("Anna Berg", "anna@berg.example"),
    to=("post@quiet.example",),
    subject="Letters for the Quiet Post",
    body="Dear editors,\n\nHere are five letters.\n\nAnna Berg",
    date=DATE,
    message_id=message_id_for("seed", "anna@berg.example"),
)
PDF = Attached("Berg - Letters.pdf", "application/pdf", b"%PDF-1.4 \x00\xff" * 40)

SMUGGLED = [
    "x\r\nBcc: evil@evil.example",
    "x\nBcc: evil@evil.example",
    "x\rBcc: evil@evil.example",
    "x\n\nbody",
    "x\0y",
    "x\u2028Bcc: evil@evil.example",
    "x\u2029y\x85z\x0bw\x0cv",
    "=?utf-8?q?x=0ABcc:_evil@evil.example?=",
    "=?utf-8?b?eApCY2M6IGV2aWxAZXZpbC5leGFtcGxl?=",
    "=?utf-8?q?x?=\n =?utf-8?q?Bcc=3A?=",
    "=?utf-8?q?=0D=0ABcc:_evil@evil.example?= =?utf-8?q?=0A?=",
    "\u202eelpmaxe.live@live :ccB",
    "x" * 5_000,
    "🎉" * 2_000,
    "Größe, “so” — Καλημέρα, Привет, 漢字",
    '"; filename="evil.exe',
    "../../etc/passwd",
    "a\ud800b",
    "<evil@evil.example>, you@evil.example",
    "evil@evil.example;",
    "(comment (nested",
    "\\",
    "",
    " ",
]


def headers(data: bytes) -> list[tuple[str, str]]:
    """Read the header block by hand, as the simplest server does."""
    head = data.split(b"\n\n", 1)[0].decode("ascii")
    unfolded = re.sub(r"\n[ \t]+", " ", head).split("\n")
    return [(line.partition(": ")[0], line.partition(": ")[2]) for line in unfolded]


def check_envelope(data: bytes, draft: Draft) -> None:
    """Three readers agree on the recipients, and there are no headers but ours, each once."""
    names = [name for name, _ in headers(data)]
    assert len(names) == len(set(names)) and set(names) <= set(HEADERS)
    assert not {"Bcc", "Cc", "Reply-To", "Sender"} & set(names)
    old = email.message_from_bytes(data)
    new = email.message_from_bytes(data, policy=email.policy.default)
    crlf = email.message_from_bytes(data.replace(b"\n", b"\r\n"), policy=email.policy.SMTP)
    for message in (old, new, crlf):
        assert sorted(message.keys()) == sorted(names)
        every = [str(message[h]) for h in ("To", "Cc", "Bcc") if message[h]]
        assert [a for _, a in getaddresses(every)] == list(draft.to)
    assert b"\r" not in data and b"\0" not in data
    assert max(map(len, data.split(b"\n"))) <= 998


def test_a_plain_draft_reads_back_as_it_was_meant() -> None:
    """Every field and the text, through the standard library's two parsers."""
    data = draft_bytes(PLAIN)
    check_envelope(data, PLAIN)
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert message["Subject"] == PLAIN.subject and message.get_content() == PLAIN.body + "\n"
    assert parseaddr(str(message["From"])) == ("Anna Berg", "anna@berg.example")
    assert message["Message-ID"] == PLAIN.message_id
    assert message["Date"].datetime == DATE


@pytest.mark.parametrize("value", SMUGGLED)
@pytest.mark.parametrize("field", ["subject", "name", "attachment", "body", "type"])
def test_a_hostile_value_is_inert_in_every_field(field: str, value: str) -> None:
    """Encoded words, line ends of all kinds, quotes, lengths: text, never structure."""
    draft = {
        "subject": replace(PLAIN, subject=value),
        "name": replace(PLAIN, sender=Person(value, "anna@berg.example")),
        "attachment": replace(PLAIN, attachments=(replace(PDF, name=value),)),
        "body": replace(PLAIN, body=value),
        "type": replace(PLAIN, attachments=(replace(PDF, media_type=value),)),
    }[field]
    data = draft_bytes(draft)
    check_envelope(data, draft)
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    attached = list(message.iter_attachments())
    assert [a.get_payload(decode=True) for a in attached] == [a.data for a in draft.attachments]
    for name in attachment_names(data):
        assert "/" not in name and not name.startswith(".") and len(name) <= 130
        assert all(c.isprintable() for c in name)
    parts = [p for p in message.walk() if not p.is_multipart()]
    assert len(parts) == 1 + len(draft.attachments)


@pytest.mark.parametrize("value", [v for v in SMUGGLED if v])
@pytest.mark.parametrize("field", ["to", "in_reply_to", "message_id"])
def test_a_hostile_value_where_only_an_id_or_address_may_stand_is_refused(
    field: str, value: str
) -> None:
    """Where text has no place there is no inert form of it."""
    wrong: object = (value,) if field == "to" else value
    with pytest.raises(UserError):
        draft_bytes(replace(PLAIN, **{field: wrong}))  # type: ignore[arg-type]


def test_references_keep_what_is_an_id_and_drop_the_rest() -> None:
    """A thread goes on in the mail program; a line of a stranger does not come in."""
    known = tuple(f"<{n}@x.example>" for n in range(30))
    draft = replace(
        PLAIN, in_reply_to="<a@x.example>", references=(*known, "x\nBcc: e@e.example", "<>")
    )
    data = draft_bytes(draft)
    check_envelope(data, draft)
    assert dict(headers(data))["References"].split() == list(known[-20:])


TEXT = st.text(st.characters(), max_size=120)
ONE = st.builds(Attached, TEXT, TEXT | st.just("application/pdf"), st.binary(max_size=200))


@settings(max_examples=150, deadline=None)
@given(TEXT, TEXT, TEXT, st.lists(ONE, max_size=3))
def test_any_text_in_any_field_gives_the_approved_envelope(
    subject: str, name: str, body: str, attachments: list[Attached]
) -> None:
    """Whatever is written, three readers find one recipient, our headers and these files."""
    draft = replace(
        PLAIN,
        sender=Person(name, "anna@berg.example"),
        subject=subject,
        body=body,
        attachments=tuple(attachments),
    )
    data = draft_bytes(draft)
    check_envelope(data, draft)
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert str(message["Subject"] or "") == clean(subject, 300)
    assert [p.get_payload(decode=True) for p in message.iter_attachments()] == [
        a.data for a in attachments
    ]


@pytest.mark.parametrize(
    "name", ["Größe.pdf", "Письма.docx", "手紙.pdf", "ein langer Name " * 6 + "ü.pdf", "a'b%c.pdf"]
)
def test_attachment_names_of_any_language_come_back_whole(name: str) -> None:
    """RFC 2231, in pieces that no line is too long for, as two readers read it."""
    data = draft_bytes(replace(PLAIN, attachments=(replace(PDF, name=name),)))
    assert attachment_names(data) == [clean(name, 120)]
    old = email.message_from_bytes(data)
    assert old.get_payload(1).get_filename() == clean(name, 120)  # type: ignore[union-attr,index]
    assert max(map(len, data.split(b"\n"))) <= 100


def test_our_own_reader_reads_the_draft_too() -> None:
    """The reader of strangers' mails finds the same people, words and files in it."""
    data = draft_bytes(replace(PLAIN, attachments=(PDF,)))
    found = read_mail(data, lambda *_: Reading(text=""))
    text = repr(found)
    for wanted in ("post@quiet.example", PLAIN.subject, "Here are five letters.", PDF.name):
        assert wanted in text


def test_a_draft_in_a_file_of_its_own_opens_for_writing() -> None:
    """Mail programs show an unsent mail with a button to send it; a Maildir's has a flag."""
    assert ("X-Unsent", "1") in headers(draft_bytes(replace(PLAIN, unsent=True)))
    assert b"X-Unsent" not in draft_bytes(PLAIN)


def test_the_same_draft_gives_the_same_bytes() -> None:
    """No clock and no chance: boundary, date and id follow from what it says."""
    draft = replace(PLAIN, attachments=(PDF,))
    assert draft_bytes(draft) == draft_bytes(draft)
    other = replace(draft, attachments=(replace(PDF, data=b"other"),))
    assert draft_bytes(draft) != draft_bytes(other)


def test_an_attachment_that_holds_a_boundary_changes_nothing() -> None:
    """Bytes that look like the end of a part stay inside it."""
    first = draft_bytes(replace(PLAIN, attachments=(PDF,)))
    mark = re.search(rb'boundary="([^"]+)"', first)
    assert mark is not None
    evil = b"\n--" + mark[1] + b"--\nBcc: evil@evil.example\n\n"
    draft = replace(PLAIN, attachments=(replace(PDF, data=evil),), body=evil.decode())
    data = draft_bytes(draft)
    check_envelope(data, draft)
    assert len(attachment_names(data)) == 1


def test_a_mailbox_program_lists_it(tmp_path: Path) -> None:
    """The standard library's Maildir reads it from the folder as a draft."""
    box = mailbox.Maildir(tmp_path / "Drafts", create=True)
    (tmp_path / "Drafts" / "cur" / "0.x.samantha:2,DS").write_bytes(draft_bytes(PLAIN))
    ((_, found),) = box.items()
    assert found["Subject"] == PLAIN.subject and "D" in found.get_flags()


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.replace(b"To: ", b"Bcc: x@evil.example\nTo: "),
        lambda d: d.replace(b"To: ", b"To: x@evil.example, "),
        lambda d: d.replace(b"Date: ", b"date: x\nDate: "),
        lambda d: d.replace(b"Subject: ", b"Subject: x\nSubject: "),
        lambda d: d.replace(b"Letters for", b"Lessons for"),
        lambda d: d.replace(b"MIME-Version", b"X-Version"),
        lambda d: d.replace(b"\n", b"\r\n"),
        lambda d: d.replace(b"\n\n", b"\nno header\n\n", 1),
        lambda d: d + b"\0",
        lambda d: d + b"x" * 1_000,
        lambda d: d.replace(b"Content-Disposition", b"X-Evil: 1\nContent-Disposition"),
        lambda d: d.replace(b"JVBERi", b"JVBERj", 1),
        lambda d: d.partition(b"\n\n")[0],
    ],
)
def test_the_check_of_the_final_bytes_finds_each_change(change: object) -> None:
    """The guard itself: one thing off, and it says so."""
    draft = replace(PLAIN, attachments=(PDF,))
    data = draft_bytes(draft)
    assert problem_of(data, draft) == ""
    assert problem_of(change(data), draft) != ""  # type: ignore[operator]
