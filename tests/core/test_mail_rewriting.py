"""A mail that was changed elsewhere says no more than whom, what, and which of its files."""

from __future__ import annotations

from dataclasses import replace

import pytest

from samantha.api import Document, DraftMail, Remind, UserError
from samantha.api.actions import AssembleManuscript
from samantha.api.testing import NOW, mail
from samantha.api.types import FORWARDED, Region
from samantha.core.mail_rewriting import action_from_mail

DRAFT = DraftMail(
    ("bob@x.example",), "The plan", "Dear Bob,\n\nhere it is.  \n", attachments=("a", "b")
)
NAMES = {"a": "plan.pdf", "b": "map.png"}
SENT_TO = AssembleManuscript("T", (), (), "Press", "ed@press.example", "Poems", "Dear editor", "en")


def as_mail(text: str = "Dear Bob,\n\nhere it is.", **more: object) -> Document:
    given = {"to": ["bob@x.example"], "subject": "The plan", "attachments": ["plan.pdf", "map.png"]}
    return mail(text, **{**given, **more})  # type: ignore[arg-type]


def said(after: Document) -> DraftMail:
    made = action_from_mail(DRAFT, as_mail(), after, NAMES)
    assert isinstance(made, DraftMail)
    return made


def test_what_reads_the_same_stays_as_it_was() -> None:
    """Spaces at the ends of lines, and a text of an attachment below, are no change."""
    whole = as_mail("Dear Bob,   \n\nhere it is.\n\n\nThe plan in full.")
    start = whole.text.index("The plan in full.")
    region = Region("attachment", start, len(whole.text), "plan.pdf")
    assert said(as_mail()) == DRAFT and said(replace(whole, regions=(region,))) == DRAFT


def test_a_mail_that_is_passed_on_is_a_part_of_the_text() -> None:
    """What was typed above it is taken, and what lies below it is not lost."""
    text = "Dear Bob,\n\nlook.\n\nFrom: Eve\nSubject: Plan\n\nIt is this.\n\nThe plan in full."
    start, end = text.index("It is"), text.index("The plan")
    regions = (
        Region("attachment", start, end - 2, FORWARDED),
        Region("attachment", end, len(text), "plan.pdf"),
    )
    made = said(replace(as_mail(text), regions=regions))
    assert made == replace(DRAFT, body=text[: end - 2])


def test_each_thing_that_was_changed_is_taken_and_no_other() -> None:
    """A recipient in To or Cc, the subject, the text and its quotes, a file that was taken out."""
    assert said(as_mail(subject="A map")) == replace(DRAFT, subject="A map")
    assert said(as_mail("Hi.\n> quoted")) == replace(DRAFT, body="Hi.\n> quoted")
    both = ("bob@x.example", "eve@x.example")
    assert said(as_mail(to=both)) == replace(DRAFT, to=both)
    assert said(as_mail(attachments=["map.png"])) == replace(DRAFT, attachments=("b",))


def test_a_manuscript_goes_to_one_address_with_all_of_its_files() -> None:
    """Another address is taken, two are not; its files are made from the pieces and all go."""
    before = as_mail("Dear editor", to=["ed@press.example"])
    one = as_mail("Dear editor", to=["me@press.example"])
    assert action_from_mail(SENT_TO, before, one, {}) == replace(SENT_TO, to="me@press.example")
    for wrong in (as_mail(to=["a@x.example", "b@x.example"]), as_mail(attachments=["map.png"])):
        with pytest.raises(UserError):
            action_from_mail(SENT_TO, before, wrong, {})


def test_a_file_that_was_put_in_and_what_is_no_mail_are_refused() -> None:
    """Attachments are the core's to add; a reminder has no mail."""
    with pytest.raises(UserError):
        said(as_mail(attachments=["plan.pdf", "map.png", "keys.txt"]))
    with pytest.raises(UserError):
        action_from_mail(Remind(NOW, "x"), as_mail(), as_mail(), {})
