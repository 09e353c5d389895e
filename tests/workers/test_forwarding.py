"""A mail that was passed on is seen; the quote of an answer stays a quote."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

import pytest

from samantha.api.types import FORWARDED, Document
from samantha.workers.reading.forwarding import unmarked
from samantha.workers.reading.quoting import regions

CALL = "We read letters until 3 May.\n\nPlease send one of yours."
SENDER = "Ines Vale <ines@vale.example>"
FIELDS = f"From: {SENDER}\nDate: Mon, May 5, 2025\nSubject: Call\nTo: Tom <t@b.example>"
GERMAN = f"Von: {SENDER}\nGesendet: Montag, 5. Mai 2025 09:12\nAn: Tom\nBetreff: Aufruf"


def passed_on(text: str, subject: str = "") -> str:
    found = regions(text, subject)
    return "\n".join(text[r.start : r.end] for r in found if r.name == FORWARDED)


def body(text: str, subject: str = "") -> str:
    return "\n".join(text[r.start : r.end] for r in regions(text, subject) if r.role == "body")


SAID = [
    f"---------- Forwarded message ---------\n{FIELDS}\n\n\n{CALL}",
    f"---------- Forwarded message ----------\n{FIELDS},\n <eva@c.example>\n\n{CALL}",
    f"Begin forwarded message:\n\n{FIELDS}\n\n{CALL}",
    f"-------- Forwarded Message --------\nSubject: \tCall\n{FIELDS}\n\n\n\n{CALL}",
    f"-------- Weitergeleitete Nachricht --------\nBetreff: Aufruf\nVon: Ines Vale\n\n{CALL}",
    f"Anfang der weitergeleiteten Nachricht:\n\n{GERMAN}\n\n{CALL}",
    "---------------------- Forwarded by Tom Brandt/Press on 05/05/2025 09:30\n"
    f"AM ---------------------------\n\nInes Vale\n05/05/2025 09:12 AM\nTo: Tom/Press@Press\ncc:\n"
    f"Subject: Call\n\n{CALL}",
    f"---------- Message transféré ---------\nDe: {SENDER}\nObjet: x\n\n{CALL}",
]


@pytest.mark.parametrize("old", SAID)
@pytest.mark.parametrize("above", ["", "Look at this, it may be for you.\n\nTom\n\n"])
def test_what_says_that_it_is_forwarded_is_passed_on(old: str, above: str) -> None:
    """Below the divider of six programs the text counts, the header lines above it do not."""
    assert passed_on(above + old) == CALL
    assert "vale" not in body(above + old)


ASKED = [
    f"-----Original Message-----\n{FIELDS}\n\n{CALL}",
    f"-----Ursprüngliche Nachricht-----\n{GERMAN}\n\n{CALL}",
    f"________________________________\n{FIELDS}\n\n{CALL}",
    f"{GERMAN}\n\n{CALL}",
    f"*From:* Ines Vale <ines@vale.example>\n*Sent:* Monday\n*To:* Tom\n*Subject:* Call\n\n{CALL}",
]


@pytest.mark.parametrize("old", ASKED)
@pytest.mark.parametrize(
    ("subject", "above"),
    [
        ("Fwd: Call", "I do not know whether they pay, and the editor is new to me.\n\n"),
        ("FW: Call", ""),
        ("WG: Aufruf", "Hallo Anna,\n\nwas meinst du?\n\nViele Grüße\nTom\n\n"),
        ("[poets] Fwd: Re: Call", ""),
        ("Call", ""),
        ("Call", "FYI\n\nTom\n\n"),
        ("Aufruf", "Zur Info, siehe unten.\n\n"),
        ("Aufruf", "Das wäre was für dich!\n\nLiebe Grüße\nTom\n\n"),
        ("", "see below\n\n"),
    ],
)
def test_a_bare_header_block_is_a_forward_where_the_mail_hands_it_on(
    old: str, subject: str, above: str
) -> None:
    """The subject says so, or there is nothing above, or no more than "see below"."""
    assert passed_on(above + old, subject) == CALL


@pytest.mark.parametrize("old", ASKED)
@pytest.mark.parametrize(
    ("subject", "above"),
    [
        ("Re: Call", "Yes, I shall send one.\n\n"),
        ("Re: FW: Call", "FYI, see below: I sent one.\n\n"),
        ("AW: Aufruf", ""),
        ("Call", "Thank you, I shall think about it and send you something next week.\n\n"),
    ],
)
def test_the_quote_of_an_answer_stays_a_quote(old: str, subject: str, above: str) -> None:
    """An answer above an older mail does not say the older mail again."""
    assert passed_on(above + old, subject) == ""
    assert "letters" not in body(above + old, subject)


def test_a_forward_of_a_forward_is_passed_on_without_what_it_quotes() -> None:
    """Text passed on twice counts; what the passed-on mail itself quotes does not."""
    inner = f"{CALL}\n\nOn Mon, 5 May 2025, Eva Lind wrote:\n> Do you read poems by 9 June?"
    text = f"FYI\n\n---------- Forwarded message ---------\n{FIELDS}\n\nFor you!\n\n" + (
        f"Begin forwarded message:\n\n{FIELDS}\n\n{inner}\n"
    )
    assert passed_on(text, "Fwd: Call") == f"For you!\n{CALL}"


def test_a_quoted_forward_stays_a_quote() -> None:
    """Whoever answers below a mail that forwarded something does not forward it again."""
    text = (
        "Thanks, I sent one.\n\nOn Mon, 5 May 2025 at 09:12, Tom Brandt <t@b.example> wrote:\n"
        f"> ---------- Forwarded message ---------\n> {FIELDS}\n>\n> {CALL}"
    )
    assert passed_on(unmarked(text), "Re: Call") == ""
    plain = text.replace("> ", "")
    assert passed_on(unmarked(plain), "Re: Call") == ""


MARKED = "\n".join(f"> {line}".rstrip() for line in f"{FIELDS}\n\n{CALL}".split("\n"))


@pytest.mark.parametrize(
    "text",
    [
        f"Look!\n\nBegin forwarded message:\n\n{MARKED}\n",
        f"Look!\n\n> Begin forwarded message:\n>\n{MARKED}\n",
        f"> -------- Weitergeleitete Nachricht --------\n{MARKED}",
    ],
)
def test_the_marks_of_a_quote_are_taken_off_what_was_passed_on(text: str) -> None:
    """Some programs mark what they forward like a quote; its sentences run on over lines."""
    assert passed_on(unmarked(text)) == CALL


def test_marks_below_bare_header_lines_are_a_forward_by_its_subject() -> None:
    """ "Fw:" above an original message whose lines are marked; under "Re:" it is a quote."""
    text = f"FYI..\n\n----- Original Message -----\n{FIELDS}\n\n"
    text += "\n".join(f"> {line}".rstrip() for line in CALL.split("\n"))
    assert passed_on(unmarked(text, "Fw: Call"), "Fw: Call") == CALL
    assert unmarked(text, "Re: Call") == text
    assert passed_on(text, "Re: Call") == ""


def test_a_signed_message_is_no_older_mail() -> None:
    """The first line of a signed mail has dashes and fields below it, and is the mail itself."""
    text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nTopic: rain\nDate: today\n\nHello."
    assert passed_on(text) == "" and "Hello." in body(text)


def test_other_marks_stay() -> None:
    """Only what was passed on loses its marks."""
    for text in (
        "> old\n\nnew",
        "The letter was forwarded.\n> old",
        "On Mon, Tom wrote:\n> ---------- Forwarded message ---------\n> From: Ines",
    ):
        assert unmarked(text) == text


def test_long_hostile_lines_are_looked_at_once() -> None:
    """A divider of a million dashes and a thousand nested forwards end."""
    regions("-" * 1_000_000 + " forwarded " + "-" * 1_000_000, "Fwd: x")
    regions(f"---------- Forwarded message ---------\n{FIELDS}\n\n" * 3_000, "Fwd: x")
    unmarked("> " + "-" * 1_000_000 + "forwarded" + "\n> a" * 100_000)


def _mail(subject: str, text: str, *attached: EmailMessage) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Tom <t@b.example>", "eva@c.example", subject
    made.set_content(text)
    for one in attached:
        made.add_attachment(one)
    return made


def _seen(document: Document) -> str:
    regions = (r for r in document.regions if r.name == FORWARDED)
    return "\n".join(document.text[r.start : r.end] for r in regions)


def test_the_subject_is_heard_when_a_mail_is_read(read: Callable[..., Document]) -> None:
    """The whole way through the reader: the same text under two subjects."""
    text = f"What do you think of it, and would they take it?\n\n{ASKED[0]}\n"
    assert _seen(read("1", bytes(_mail("FW: Call", text)), "mail")) == CALL
    assert _seen(read("2", bytes(_mail("Re: Call", text)), "mail")) == ""


def test_a_mail_attached_whole_was_passed_on(read: Callable[..., Document]) -> None:
    """Its new text counts, with who sent it above; so does a file that it carries in its turn."""
    inner = _mail("Call", f"{CALL}\n\n> an older mail\n")
    inner.add_attachment("thirty pages at most", filename="rules.txt")
    document = read("1", bytes(_mail("Call", "For you.", inner)), "mail")
    assert document.body() == "For you."
    assert _seen(document) == CALL
    assert "From: Tom <t@b.example>\nSubject: Call\n\n" in document.text
    named = {r.name: document.text[r.start : r.end] for r in document.regions if r.name}
    assert named["rules.txt"] == "thirty pages at most"
