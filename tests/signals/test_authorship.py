"""Who wrote a document: by signature, salutation, headings, metadata, and where it lies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest

from samantha.api.testing import document, mail
from samantha.api.types import Analysis, Identity
from samantha.signals.analyze import analyze
from samantha.signals.names import names_of

ME = Identity(("Arthur Lindqvist",), ("arthur@lindqvist.example",))
BODY = "I have your book and I shall return it to you when you come. You must tell me of the sea."


def seen(text: str, path: str = "/home/a/Documents/x7.txt", **meta: str) -> Analysis:
    return analyze(replace(document(path, text), meta=meta), ME, UTC, None)


def letter(salutation: str, closing: str) -> str:
    return f"{salutation}\n\n{BODY}\n\n{closing}"


@pytest.mark.parametrize(
    "closing",
    [
        "Yours sincerely,\nArthur Lindqvist",
        "Ever yours,\nArthur",
        "With love,\nA. L.",
        "I am, Sir, your obedient servant,\nLINDQVIST.",
        "In haste, your friend, Lindqvist.",
        "Herzlichst Ihr\n\nArth.",
        "Dein alter Freund\nLindqvist\n\nP.S. Grüße an alle.",
        "Mit besten Grüßen Ihr Arthur",
    ],
)
def test_a_signature_of_the_user_makes_it_theirs(closing: str) -> None:
    """Full name, given name, surname, initials and shortened names are the user's."""
    found = seen(letter("Dear Emil,", closing))
    assert found.author == "user"
    assert "signed" in found.author_reason


@pytest.mark.parametrize(
    ("salutation", "closing"),
    [
        ("Dear Arthur,", "Yours,\nEmil Sand"),
        ("Lieber Arthur!", "Herzlichst\nIhr Emil"),
        ("Sehr geehrter Herr Lindqvist,", "Mit freundlichen Grüßen\nDr. Sand"),
        ("Mein lieber Freund,", "Dein treuer\n\nEmil Sand"),
        ("Dear friend,", "Your affectionate sister,\nClara"),
        ("Dear Arthur,", "I shall write again tomorrow."),
    ],
)
def test_a_letter_to_the_user_is_by_somebody_else(salutation: str, closing: str) -> None:
    """A letter received is told by whom it addresses or by another's name at its end."""
    assert seen(letter(salutation, closing)).author == "other"


def test_an_unsigned_letter_names_nobody() -> None:
    """Without signature and address there is no author, and the reason says so."""
    found = seen(letter("Dear friend,", "Write soon."))
    assert (found.author, found.author_reason) == ("unknown", "nothing in it names an author")


def test_the_addressee_below_a_letter_is_not_its_author() -> None:
    """An address at the end repeats the salutation's name and is no signature."""
    assert seen(letter("Dear Emil,", "Yours,\nArthur\n\nEmil Sand")).author == "user"


def test_a_namesake_of_the_given_name_is_not_the_user() -> None:
    """“Arthur Holm” is another Arthur."""
    names = names_of(ME.names)
    assert names.signed("Arthur Holm") < 0.5
    assert names.signed("Arthur Lindqvist") == 1.0
    assert not names.addressed("Arthur Holm")


def test_blocks_above_the_salutation_tell_sender_from_addressee() -> None:
    """A name alone is a letterhead; after “Herrn” it is an address."""
    head = "Arthur Lindqvist\nHafenweg 3\n\nLieber Freund,\n\n" + BODY
    to = "Herrn Arthur Lindqvist\nHafenweg 3\n\nLieber Freund,\n\n" + BODY
    assert seen(head).author == "user"
    assert seen(to).author == "other"


def test_bylines_and_copyright_name_an_author() -> None:
    """“by …” and “© …” are the user's or somebody else's."""
    text = "The Salt Road\n\nby {}\n\n" + BODY * 4
    assert seen(text.format("Arthur Lindqvist")).author == "user"
    assert seen(text.format("Clara Holm")).author == "other"
    assert seen(BODY * 4 + "\n\nCopyright (c) 2021 Clara Holm").author == "other"


def test_metadata_count_unless_they_are_a_programs_default() -> None:
    """A file's author field speaks; “Microsoft Office User” does not."""
    assert seen(BODY * 4, author="Arthur Lindqvist").author == "user"
    assert seen(BODY * 4, author="Clara Holm").author == "other"
    assert seen(BODY * 4, author="Microsoft Office User").author == "unknown"


def test_a_folder_of_received_letters_is_weaker_than_a_signature() -> None:
    """Unsigned in “Empfangen” is by others; signed by the user it stays the user's."""
    path = "/home/a/Briefe/Empfangen/x7.txt"
    assert seen(letter("Lieber Freund,", "Schreib bald."), path).author == "other"
    assert seen(letter("Dear Emil,", "Yours,\nArthur Lindqvist"), path).author == "user"


def test_a_name_that_says_from_whom_counts() -> None:
    """“letter from clara” is Clara's; “to frau von stein” says nothing of an author."""
    text = letter("Dear friend,", "Write soon.")
    assert seen(text, "/home/a/letter from clara.txt").author == "other"
    assert seen(text, "/home/a/to frau von stein.txt").author == "unknown"


def test_a_mail_is_by_its_sender() -> None:
    """The address decides, whatever the body says."""
    text = letter("Dear Arthur,", "Yours,\nArthur Lindqvist")
    assert analyze(mail(text, sender=ME.addresses[0]), ME, UTC, None).author == "user"
    assert analyze(mail(text, sender="e@sand.example"), ME, UTC, None).author == "other"


BOOK = """The Project Gutenberg EBook of Letters of a Captain, by A. Nobody

This eBook is for the use of anyone anywhere at no cost.

LETTER I.

MY DEAR SISTER,--

{body}

LETTER II.

MY DEAR SISTER,--

{body}

LETTER III.

MY DEAR SISTER,--

{body}

Your affectionate brother,

ARTHUR LINDQVIST.
"""


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("arthur@lindqvist.example", True),
        ("Arthur@Lindqvist.Example", True),
        ("arthur+ferry@lindqvist.example", True),
        ("arthur+@lindqvist.example", True),
        ("arthur.b@lindqvist.example", False),
        ("+ferry@lindqvist.example", False),
        ("arthur+ferry@lindqvist.example.org", False),
        ("arthur", False),
        ("", False),
    ],
)
def test_an_address_with_a_detail_is_the_users(address: str, own: bool) -> None:
    """What stands between a plus and the at sign names no other person."""
    assert ME.owns(address) is own


def test_a_downloaded_book_is_never_the_users() -> None:
    """Neither its letters nor a last signature with the user's name make a book the user's."""
    found = seen(BOOK.format(body=BODY * 12))
    assert found.author == "other"
    assert found.kind not in ("letter", "poem", "story", "essay")
