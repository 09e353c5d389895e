from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from samantha.api.types import Document, Person
from samantha.core.ports import Unreadable

Read = Callable[..., Document]


def letter(**headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Ines Väle <Ines@Vale.example>"
    mail["To"] = '"Brandt, Tom" <tom@b.example>, eva@c.example'
    mail["Subject"] = "Fahnen für Mai"
    mail["Date"] = "Mon, 05 May 2025 09:12:00 +0200"
    mail["Message-ID"] = "<one@vale.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("The proofs are here.\n\nBest,\nInes\n\n> old words\n")
    return mail


def test_the_header_is_decoded(read: Read) -> None:
    """Names, encoded words and zones come out as values."""
    mail = letter(In_Reply_To="<zero@b.example>", References="<a@b> <zero@b.example>")
    document = read("1", bytes(mail), "mail")
    assert document.id == "<one@vale.example>"
    assert document.title == "Fahnen für Mai"
    found = document.mail
    assert found is not None
    assert found.sender == Person("Ines Väle", "ines@vale.example")
    assert found.to == (Person("Brandt, Tom", "tom@b.example"), Person("", "eva@c.example"))
    assert found.date == datetime(2025, 5, 5, 7, 12, tzinfo=UTC)
    assert found.references == ("<a@b>", "<zero@b.example>")
    assert not found.automatic


def test_only_new_text_is_body(read: Read) -> None:
    """The quote and the signature have regions of their own."""
    document = read("1", bytes(letter()), "mail")
    assert document.body() == "The proofs are here.\n\nBest,"
    assert [r.role for r in document.regions] == ["body", "signature", "quote"]


def test_attached_files_are_read_and_named(read: Read) -> None:
    """Text formats become regions; what is no text is listed; a failure is noted."""
    from fpdf import FPDF

    made = FPDF()
    made.set_font("Helvetica", size=12)
    made.add_page()
    made.cell(text="Amount due 40.00")
    mail = letter()
    mail.add_attachment(
        bytes(made.output()), maintype="application", subtype="pdf", filename="bill.pdf"
    )
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="cat.png")
    mail.add_attachment("notes inside", filename="notes.txt")
    document = read("1", bytes(mail), "mail")
    texts = {
        r.name: document.text[r.start : r.end] for r in document.regions if r.role == "attachment"
    }
    assert texts == {"bill.pdf": "Amount due 40.00", "notes.txt": "notes inside"}
    assert "cat.png" in document.meta["unread_attachments"]
    assert document.mail is not None
    assert [a.name for a in document.mail.attachments] == ["bill.pdf", "cat.png", "notes.txt"]
    assert "Amount" not in document.body()


def test_plain_text_is_preferred_unless_it_is_a_stub(read: Read) -> None:
    """Of two forms one is taken, never both."""
    mail = letter()
    mail.add_alternative("<p>The page.</p>", subtype="html")
    assert "The page" not in read("1", bytes(mail), "mail").text
    stub = EmailMessage()
    stub["Subject"] = "News"
    stub.set_content("View in browser.")
    stub.add_alternative("<p>" + "A long story. " * 40, subtype="html")
    assert "A long story" in read("2", bytes(stub), "mail").body()


def test_quotes_in_html_are_quotes(read: Read) -> None:
    """A block quote in a page is the older mail."""
    mail = EmailMessage()
    mail.set_content(
        "<div>Yes, gladly.</div><div class=q>On Mon, 5 May 2025 at 9:12 Ines &lt;i@v.example&gt; "
        "wrote:<br><blockquote>Will you read on Friday?</blockquote></div>",
        subtype="html",
    )
    document = read("1", bytes(mail), "mail")
    assert document.body() == "Yes, gladly."


@pytest.mark.parametrize(
    ("name", "value", "automatic"),
    [
        ("Auto_Submitted", "auto-replied", True),
        ("Auto_Submitted", "no", False),
        ("Precedence", "bulk", True),
        ("X_Auto_Response_Suppress", "All", True),
    ],
)
def test_machines_are_told_from_people(read: Read, name: str, value: str, automatic: bool) -> None:
    """By what the header says of itself."""
    found = read("1", bytes(letter(**{name: value})), "mail").mail
    assert found is not None
    assert found.automatic is automatic


def test_a_list_is_known_by_its_header(read: Read) -> None:
    """List-Id and List-Unsubscribe."""
    mail = letter(List_Id="Poets <poets.lists.example>", List_Unsubscribe="<mailto:x@y.example>")
    found = read("1", bytes(mail), "mail").mail
    assert found is not None
    assert (found.list_id, found.list_unsubscribe) == ("poets.lists.example", True)


def test_a_mail_without_id_gets_the_same_one_each_time(read: Read) -> None:
    """Made from its bytes, and marked as no real address."""
    first, second = (read(n, b"Subject: a\n\nb", "mail").id for n in ("1", "2"))
    assert first == second
    assert first.endswith("@local.invalid>")


def test_two_addresses_in_one_are_none(read: Read) -> None:
    """A sender that programs read differently is not taken for one of them."""
    data = b'From: "a@good.example" <x@evil.example>b@good.example>\nSubject: s\n\nbody'
    found = read("1", data, "mail").mail
    assert found is not None
    assert found.sender is None or found.sender.address != "a@good.example"


@pytest.mark.parametrize("size_kib", [300, 200])
def test_a_giant_subject_costs_nothing(read: Read, size_kib: int) -> None:
    """Over the bound it is refused, below it is cut; both at once."""
    subject = b"=?utf-8?q?" + b"a=?=" * (size_kib * 256)
    data = b"From: a@b.example\nSubject: " + subject + b"\n\nbody"
    if size_kib > 256:
        with pytest.raises(Unreadable, match="256 KiB"):
            read("1", data, "mail")
    else:
        document = read("1", data, "mail")
        assert document.text == "body"
        assert len(document.title) <= 300


def test_deep_and_many_parts_are_refused(read: Read) -> None:
    """Bounds on nesting and number hold before the work is done."""
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(2000)
    )
    with pytest.raises(Unreadable, match="deep"):
        read("1", deep + b"\n\nx", "mail")
    many = b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\nx\n" * 5000
    with pytest.raises(Unreadable, match="500 parts"):
        read("2", many, "mail")


def test_an_unknown_charset_and_broken_base64_still_give_text(read: Read) -> None:
    """What can be read is read."""
    data = b"Content-Type: text/plain; charset=x-none\n\nGr\xfc\xdfe"
    assert read("1", data, "mail").text == "Grüße"
    data = b"Content-Transfer-Encoding: base64\n\nSGVsbG8gd29ybG!Q\n#=="
    assert read("2", data, "mail").text.startswith("Hello")
