"""A folder of single mails as a source, whatever the files are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from samantha.adapters.eml_folder import EmlFolderSource
from samantha.adapters.mail_sniff import is_mail, is_mbox

MAIL = b"From: a@b.example\nTo: c@d.example\nSubject: x\nDate: Fri, 08 Jul 2011 12:08:34 +0\n\nHi\n"


def put(root: Path, *names: str, data: bytes = MAIL) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def names(root: Path) -> set[str]:
    source = EmlFolderSource("m", str(root))
    return {path[len(str(root)) + 1 :] for path, _ in source.scan()}


def test_mails_are_found_under_every_name_that_programs_give_them(tmp_path: Path) -> None:
    """Endings, numbers, numbers with a hash, Maildir flags; other files are left alone."""
    kept = ("a.eml", "inbox/1.", "inbox/23", "ham/00012.bfc8d64d12b325ff", "x/1.host:2,S", "Sent/9")
    put(tmp_path, *kept)
    put(tmp_path, "ORIGIN.txt", "gold.tsv", ".hidden.eml", "tmp/5", "Trash/6", "photo.jpg")
    put(tmp_path, "README", "inbox/99", data=b"Just words.\n")
    assert names(tmp_path) == set(kept)


def test_the_folder_says_what_the_mail_is(tmp_path: Path) -> None:
    """Roles come of the folders below the root, and of the root for what lies in it."""
    source = EmlFolderSource("m", str(tmp_path / "Sent"))
    put(tmp_path / "Sent", "1.eml", "inbox/2.eml", "cur/3.eml")
    roles = {p.rpartition("/")[2]: source.folder_role(p) for p, _ in source.scan()}
    assert roles == {"1.eml": "sent", "2.eml": "inbox", "3.eml": "sent"}


def test_one_mail_alone_is_a_source(tmp_path: Path) -> None:
    """A single file can be given; its neighbours are not read."""
    put(tmp_path, "one.eml", "two.eml")
    found = [p for p, _ in EmlFolderSource("m", str(tmp_path / "one.eml")).scan()]
    assert found == [str(tmp_path / "one.eml")]


@pytest.mark.parametrize(
    ("head", "mail", "many"),
    [
        (MAIL, True, False),
        (b"From a@b Fri Jul  8 12:08:34 2011\n" + MAIL, True, True),
        (MAIL.replace(b"\n", b"\r\n"), True, False),
        (b"Dear Anna,\n\nFrom: here\nTo: there\n", False, False),
        (b"Title: a text\nAuthor: me\n\nFrom the start\n", False, False),
        (b"From Monday on we rest.\n", False, False),
        (b"", False, False),
    ],
)
def test_first_bytes_tell_a_mail_from_a_text(head: bytes, mail: bool, many: bool) -> None:
    """Two usual fields make a mail; a postmark before a header makes a file of many."""
    assert (is_mail(head), is_mbox(head)) == (mail, many)
