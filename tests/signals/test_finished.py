"""Whether a text is finished, and the reason in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest

from samantha.api.testing import document, mail
from samantha.api.types import Analysis, Identity
from samantha.signals.analyze import analyze

ME = Identity(("Nora Quist",), ("nora@quist.example",))
BODY = "The boat came in on Tuesday and with it your parcel. I am eating your biscuits as I write."
WHOLE = f"Dear Tobias,\n\n{BODY}\n\nWith love,\nNora"


def seen(text: str, path: str = "/home/n/Letters/tobias.txt", **meta: str) -> Analysis:
    return analyze(replace(document(path, text), meta=meta), ME, UTC, None)


def test_a_closed_and_signed_letter_is_finished() -> None:
    """A salutation, a closing and a signature are enough."""
    found = seen(WHOLE)
    assert found.finished
    assert found.finished_reason == "closed and signed"


def test_a_letter_without_closing_may_be_finished() -> None:
    """A copy kept for oneself often has no signature; a whole last sentence is enough."""
    assert seen(f"Dear Tobias,\n\n{BODY}").finished


@pytest.mark.parametrize(
    "path",
    [
        "/home/n/Letters/tobias DRAFT.txt",
        "/home/n/Letters/tobias_entwurf.txt",
        "/home/n/Letters/wip-tobias.txt",
        "/home/n/Letters/Drafts/tobias.txt",
        "/home/n/Briefe/Entwürfe/tobias.txt",
        "/home/n/Letters/template.txt",
    ],
)
def test_a_name_that_says_draft_is_believed(path: str) -> None:
    """A file or folder called draft, Entwurf, WIP or template holds nothing finished."""
    found = seen(WHOLE, path)
    assert not found.finished
    assert "named" in found.finished_reason or "its name" in found.finished_reason


@pytest.mark.parametrize(
    "text",
    [
        WHOLE.replace(BODY, BODY + "\n\nTODO: the part about the roof"),
        WHOLE.replace(BODY, BODY + " [insert the part about the roof]"),
        WHOLE.replace(BODY, BODY + " XXX"),
        WHOLE.replace(BODY, BODY + " [hier noch das Dach einfügen]"),
        WHOLE.replace("Tobias", "<Name>"),
        WHOLE.replace("Tobias", "{{ first_name }}"),
        WHOLE.replace("Tobias", "[Name]"),
        WHOLE.replace(BODY, "Lorem ipsum dolor sit amet. " + BODY),
        "Sehr geehrte Damen und Herren,\n\n[Text]\n\nMit freundlichen Grüßen\nNora Quist",
        "DRAFT - do not send yet\n\n" + WHOLE,
        "Erster Entwurf\n\n" + WHOLE,
        f"Dear Tobias,\n\n{BODY}\n\nWhat I should like to propose is",
        f"Dear Tobias,\n\n{BODY}\n\nAnd when the winter came, we went down to the harbour and",
        f"Lieber Tobias,\n\n{BODY}\n\nWas ich dir eigentlich sagen wollte, ist, dass",
        "Dear Tobias,\n\nI am",
    ],
)
def test_a_text_with_gaps_is_not_finished(text: str) -> None:
    """Marks, fields, filler, labels and broken-off sentences all say so, each with its reason."""
    found = seen(text)
    assert not found.finished
    assert found.finished_reason


@pytest.mark.parametrize(
    "text",
    [
        WHOLE.replace(BODY, "I read your draft of the play with joy; I have notes. " + BODY),
        WHOLE.replace(BODY, BODY + " [Mrs. Hale, his aunt] was there as well."),
        WHOLE.replace(BODY, BODY + " I hope ---- is well."),
        WHOLE.replace("With love,", "Draughts are set aside; with love,"),
    ],
)
def test_words_that_only_look_like_marks_do_no_harm(text: str) -> None:
    """Speaking of a draft, an editor's brackets and a veiled name are no marks of a draft."""
    assert seen(text).finished


def test_front_matter_can_call_a_text_a_draft() -> None:
    """`status: draft` at the head of a markdown file counts."""
    assert not seen(WHOLE, status="draft").finished
    assert seen(WHOLE, status="published").finished


def test_a_poem_needs_no_full_stop() -> None:
    """Verse may end without punctuation, but not on a comma."""
    lines = "The tide has left its ledger\nand no one reads the figures\na gull goes up and down\n"
    path = "/home/n/Poems/tide.txt"
    assert seen(lines + "as if it were a hand", path).finished
    assert not seen(lines + "as if it were a hand,", path).finished


def test_notes_are_not_finished_work() -> None:
    """A list of things to do is nothing to publish."""
    assert not seen("- [ ] call the roofer\n- [ ] stamps", "/home/n/x.txt").finished


def test_a_mail_is_finished_once_it_left_the_drafts() -> None:
    """Where a mail lies says whether it was sent."""
    assert not analyze(mail(WHOLE, folder="drafts"), ME, UTC, None).finished
    assert analyze(mail(WHOLE, folder="sent"), ME, UTC, None).finished
