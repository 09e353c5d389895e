from __future__ import annotations

from itertools import pairwise

import pytest

from samantha.workers.reading.quoting import regions


def roles(text: str) -> dict[str, str]:
    out: dict[str, list[str]] = {"body": [], "quote": [], "signature": []}
    for region in regions(text):
        out[region.role].append(text[region.start : region.end])
    return {role: "\n".join(parts) for role, parts in out.items()}


NEW = "Thank you, the proofs arrived.\n\nCould you print page nine again?"

OLD = "The proofs are on their way.\nPlease send corrections by 9 May."

INTRODUCTIONS = [
    "On Mon, 5 May 2025 at 09:12, Ines Vale <ines@vale.example> wrote:",
    "On Mon, 5 May 2025 at 09:12, Ines Vale\n<ines@vale.example> wrote:",
    "On May 5, 2025, at 9:12 AM, Ines Vale <ines@vale.example> wrote:",
    "Am 05.05.2025 um 09:12 schrieb Ines Vale:",
    "Am Mo., 5. Mai 2025 um 09:12 Uhr schrieb Ines Vale <ines@vale.example>:",
    "Le lun. 5 mai 2025 à 09:12, Ines Vale <ines@vale.example> a écrit :",
    "El lun, 5 may 2025 a las 9:12, Ines Vale (<ines@vale.example>) escribió:",
    "Il giorno lun 5 mag 2025 alle ore 09:12 Ines Vale <ines@vale.example> ha scritto:",
    "Op ma 5 mei 2025 om 09:12 schreef Ines Vale <ines@vale.example>:",
    "2025-05-05 9:12 GMT+02:00 Ines Vale <ines@vale.example>:",
    "---- On Mon, 05 May 2025 09:12:00 +0200 Ines Vale <ines@vale.example> wrote ----",
    "---- Am Mo., 05 Mai 2025 09:12:00 +0200 schrieb ines@vale.example ----",
]


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
@pytest.mark.parametrize("mark", ["> ", ""])
def test_a_quote_below_its_introduction_is_no_new_text(introduction: str, mark: str) -> None:
    """Six languages, with and without marks: only what was newly written is body."""
    old = "\n".join(mark + line for line in OLD.split("\n"))
    found = roles(f"{NEW}\n\n{introduction}\n{old}")
    assert found["body"] == NEW
    assert "corrections" in found["quote"]


def test_a_torn_introduction_is_one() -> None:
    """Where the closing bracket of the address began a new line it is no mark of a quote."""
    introduction = "man. 5. mai 2025 kl. 09:12 skrev Ines Vale <ines@vale.example\n>:"
    assert roles(f"{NEW}\n\n{introduction}\n\n> Please send corrections.")["body"] == NEW


@pytest.mark.parametrize(
    "header",
    [
        "-----Original Message-----\nFrom: Ines Vale\nSent: Monday\nTo: Tom\nSubject: Proofs\n",
        "________________________________\nFrom: Ines Vale <ines@vale.example>\n"
        "Sent: Monday, May 5, 2025 9:12 AM\nTo: Tom\nSubject: Proofs\n",
        "Von: Ines Vale <ines@vale.example>\nGesendet: Montag, 5. Mai 2025 09:12\nAn: Tom\n"
        "Betreff: Fahnen\n",
        "-----Ursprüngliche Nachricht-----\nVon: Ines Vale\nGesendet: Montag\nAn: Tom\n",
        "*From:* Ines Vale <ines@vale.example>\n*Date:* Monday\n*To:* Tom\n*Subject:* Proofs\n",
        "Ines Vale\n05/05/2025 09:12 AM\nTo: Tom Brandt/Press@Press\ncc:\nSubject: Proofs\n",
    ],
)
def test_an_older_mail_below_its_header_is_quote(header: str) -> None:
    """Outlook's blocks, in English and German, end the new text."""
    found = roles(f"{NEW}\n\n{header}\n{OLD}")
    assert found["body"] == NEW
    assert "corrections" in found["quote"]


def test_answers_between_quotes_are_body() -> None:
    """Whoever answers point by point writes new text between the quotes."""
    text = (
        "On Mon, 5 May 2025, Ines wrote:\n> Is the title fixed?\n\nYes, it is.\n\n"
        "> And the cover?\n\nNot before June.\n"
    )
    found = roles(text)
    assert found["body"] == "Yes, it is.\nNot before June."
    assert "cover" in found["quote"]


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nTom Brandt\nEditor\n+49 30 5550 1234",
        "--\nTom",
        "Sent from my phone",
        "Von meinem Telefon gesendet",
    ],
)
def test_a_signature_is_no_new_text(signature: str) -> None:
    """The delimiter and device lines end the text."""
    assert roles(f"{NEW}\n\n{signature}")["body"] == NEW


@pytest.mark.parametrize(
    ("formula", "block"),
    [
        ("Best regards,", "Tom Brandt\nSenior Editor\nPhone: +49 30 5550 1234\nwww.press.example"),
        ("Mit freundlichen Grüßen", "Tom Brandt\nLektorat\nTel. 030 5550 1234"),
        ("Cordialement,", "Tom Brandt"),
    ],
)
def test_a_block_of_contact_lines_below_a_closing_is_signature(formula: str, block: str) -> None:
    """The closing formula still belongs to the writer; what stands below it does not."""
    found = roles(f"{NEW}\n\n{formula}\n\n{block}")
    assert found["body"] == f"{NEW}\n\n{formula}"
    assert found["signature"] == block


def test_prose_that_only_looks_like_mail_stays_body() -> None:
    """Thanks in the middle, a dash, "he wrote:" in a story are all new text."""
    text = (
        "Thanks,\n\nI read the whole chapter, every line of it, twice, and I liked the end.\n\n"
        "In his diary he wrote:\nThe sea was calm.\n\nFrom: here on it gets better.\n"
        "I would cut the second paragraph, because it says the same as the first one does."
    )
    found = roles(text)
    assert found["quote"] == found["signature"] == ""


def test_regions_lie_in_order_inside_the_text() -> None:
    """Offsets never overlap, never leave the text, and cover every line that says something."""
    text = f"{NEW}\n\nBest,\nTom\n\n> one\n> two\n\n{INTRODUCTIONS[0]}\n> {OLD}"
    found = regions(text)
    assert all(a.end <= b.start for a, b in pairwise(found))
    covered = "".join(text[r.start : r.end] for r in found)
    assert "".join(covered.split()) == "".join(text.split())


@pytest.mark.timeout(60)
def test_a_hundred_thousand_lines_come_to_an_end() -> None:
    """Quoting looks at each line a bounded number of times."""
    assert regions("On it goes and on and on\n" * 100_000)
    assert regions("From: a\n" * 50_000 + "a" * 1_000_000)
