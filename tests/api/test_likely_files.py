"""Which file a sentence means: one that is named so, or none; and never a private one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from samantha.api import Document
from samantha.api.likely_files import content_words, file_names, likely_file, same_work, sensitive
from samantha.api.testing import context, document

NOW = datetime(2026, 4, 20, 9, tzinfo=UTC)


def file(name: str, text: str = "Some text", days: float = 60) -> Document:
    return document(f"/home/a/Documents/{name}", text, modified=NOW - timedelta(days=days))


FILES = [
    file("Harbour plan.pdf", "The plan of the harbour with all its moorings"),
    file("Boat list 2026.xlsx", "Boats and their owners"),
    file("Budget.ods", "Numbers"),
    file("minutes-2026-03.txt", "Minutes of the meeting of the sailing club", days=2),
    file("minutes-2026-02.txt", "Minutes of the meeting of the rowing club", days=40),
    file("Contract Huber v2.docx", "The contract"),
    file("Contract Huber v3.docx", "The contract, again", days=30),
]


@pytest.mark.parametrize(
    ("sentence", "subject", "name"),
    [
        ("Attached is the harbour plan.", "", "Harbour plan.pdf"),
        ("I have attached the plan of the harbour.", "Sunday", "Harbour plan.pdf"),
        ("Please find attached budget.ods", "", "Budget.ods"),
        ("Attached is the list of boats.", "", "Boat list 2026.xlsx"),
        ("Here is the Huber contract.", "", "Contract Huber v3.docx"),
        ("See the attached file.", "Harbour plan", "Harbour plan.pdf"),
        ("Attached are the minutes.", "Sailing club", "minutes-2026-03.txt"),
        ("Attached is the invoice.", "", None),
        ("See the attached.", "", None),
        ("Attached is the report on fishing.", "Your question", None),
    ],
)
def test_the_file_that_is_meant(sentence: str, subject: str, name: str | None) -> None:
    """A file is found by what its name says; where nothing says enough, none is."""
    found = likely_file([sentence, subject], context(FILES, None), at=NOW)
    assert (found.document.path.rpartition("/")[2] if found else None) == name


def test_two_that_fit_are_none() -> None:
    """Where two different files fit alike, neither is taken."""
    files = [file("Report boats.txt", "Boats"), file("Report nets.txt", "Nets")]
    assert likely_file(["Attached is the report."], context(files, None), at=NOW) is None


def test_what_was_changed_later_was_not_meant() -> None:
    """A file that came after the mail cannot be the one it speaks of."""
    files = [file("Harbour plan.pdf", days=-1)]
    assert likely_file(["Attached is the harbour plan."], context(files, None), at=NOW) is None


@pytest.mark.parametrize(
    "name",
    ["passwords.txt", "Reisepass Anna.pdf", "Steuererklärung 2025.pdf", "tax return.pdf",
     "Kontoauszug_03.pdf", "Private/letter.txt", 
     "Private/2025/plan.pdf", "payslip-05.pdf", "Befund Dr Huber.pdf",
     "recovery_codes.txt", "Gehaltsabrechnung.pdf", "confidential plan.docx"],
)  # fmt: skip
def test_private_files_are_known_by_name(name: str) -> None:
    """Identity, money, health and secrets never leave the machine."""
    assert sensitive(file(name))


def test_private_files_are_known_by_their_text() -> None:
    """A harmless name hides nothing."""
    assert sensitive(file("notes.txt", "Router\nPassword: hunter2"))
    assert not sensitive(file("Harbour plan.pdf"))


def test_words_and_names() -> None:
    """What every mail says names nothing; a file name is taken whole."""
    assert content_words("Please find attached the plan for Bert") == ("plan", "bert")
    assert file_names("See Boat-list.xlsx and www.x.example") == ("boat-list.xlsx",)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("plan v1.docx", "plan v2.docx", True), ("plan.docx", "plan.pdf", True),
     ("plan final.docx", "plan.docx", True), ("plan (1).pdf", "plan.pdf", True),
     ("minutes-2026-03.txt", "minutes-2026-02.txt", True), ("plan.docx", "place.docx", False)],
)  # fmt: skip
def test_versions_are_one_work(one: str, other: str, same: bool) -> None:
    """Numbers, dates and words for versions at the end of a name do not make another work."""
    assert same_work(file(one, "x"), file(other, "y")) is same
