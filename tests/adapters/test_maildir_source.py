from __future__ import annotations

import mailbox
import os
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from samantha.adapters.maildir import MaildirSource, flagged_now, role_of
from samantha.adapters.tree import Upkeep
from samantha.core.exclusions import Exclusions
from samantha.core.ports import Change, Stat
from samantha.core.reconcile import reconcile
from samantha.core.settle import Settle

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs inotify")
PATIENCE_S = 20.0


class Seen:
    """What a source told."""

    def __init__(self) -> None:
        self.told: list[Change] = []
        self.arrived = threading.Condition()

    def change(self, change: Change) -> None:
        with self.arrived:
            self.told.append(change)
            self.arrived.notify_all()

    def wait_for(self, path: Path) -> None:
        def ready() -> bool:
            return any(c.path == str(path) and c.kind == "present" for c in self.told)

        with self.arrived:
            assert self.arrived.wait_for(ready, PATIENCE_S), f"{path} was not told: {self.told}"


def folder(root: Path, name: str = "") -> Path:
    path = root / name if name else root
    for place in ("tmp", "new", "cur"):
        (path / place).mkdir(parents=True, exist_ok=True)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return folder(tmp_path / "Maildir")


Make = Callable[..., MaildirSource]


@pytest.fixture
def make(root: Path) -> Iterator[Make]:
    made: list[MaildirSource] = []

    def build(exclusions: Exclusions | None = None) -> MaildirSource:
        made.append(MaildirSource("mail", str(root), exclusions, Upkeep(check_s=0.1)))
        return made[-1]

    yield build
    for source in made:
        source.stop()


def look(path: str) -> Stat | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return Stat(found.st_size, found.st_mtime_ns, found.st_ino)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("", "inbox"),
        ("INBOX", "inbox"),
        (".Sent", "sent"),
        ("Sent Items", "sent"),
        (".Gesendet", "sent"),
        (".Gesendete Elemente", "sent"),
        (".Enviados", "sent"),
        (".INBOX.Sent", "sent"),
        (".Sent.2024", "sent"),
        ("[Gmail]/Sent Mail", "sent"),
        (".&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-", "sent"),
        (".Drafts", "drafts"),
        (".Entw&APw-rfe", "drafts"),
        ("Entwürfe", "drafts"),
        ("Entwu\u0308rfe", "drafts"),
        (".Brouillons", "drafts"),
        ("Archives/2023", "archive"),
        ("[Gmail]/All Mail", "archive"),
        (".Papierkorb", "trash"),
        (".Corbeille", "trash"),
        (".Gel&APY-scht", "trash"),
        ("Trash/old", "trash"),
        (".Junk", "spam"),
        (".Courrier ind&AOk-sirable", "spam"),
        (".Friends", ""),
        (".Inbox.Friends", ""),
        (".R&-D", ""),
        (".broken&zzzz", ""),
    ],
)
def test_folders_have_roles_in_many_languages(name: str, role: str) -> None:
    """Sent, drafts, archive, spam and trash are known by name, also in modified UTF-7."""
    assert role_of(name) == role


def test_the_role_is_that_of_the_mails_folder(root: Path, make: Make) -> None:
    """A mail's role is told by the folder above `cur` or `new`."""
    source = make()
    assert source.folder_role(str(root / "new" / "1.a")) == "inbox"
    assert source.folder_role(str(root / ".Entw&APw-rfe" / "cur" / "1.a:2,D")) == "drafts"
    assert source.folder_role(str(root / "Sent" / "cur" / "1.a:2,S")) == "sent"


def test_mails_are_found_in_all_layouts(root: Path, make: Make) -> None:
    """Maildir++ and nested folders are walked; `tmp`, locks, indexes and plain files are not."""
    want = set()
    for name in ("", ".Sent", ".Friends.Ada", "Nested/Deep", "Archive"):
        place = folder(root, name)
        (place / "cur" / "1.host:2,S").write_text("mail")
        (place / "new" / "2.host").write_text("mail")
        (place / "tmp" / "3.host").write_text("half")
        want |= {str(place / "cur" / "1.host:2,S"), str(place / "new" / "2.host")}
    (root / "dovecot-uidlist").write_text("x")
    (root / "cur" / "dovecot.index").write_text("x")
    (root / "cur" / "x.lock").write_text("x")
    (root / "cur" / "deeper").mkdir()
    (root / "cur" / "deeper" / "4.host").write_text("x")
    (root / "subscriptions").write_text("x")
    assert {path for path, _ in make().scan()} == want


def test_spam_and_trash_are_not_delivered(root: Path, make: Make) -> None:
    """Neither the walk nor the watch tells of what was thrown away."""
    for name in (".Trash", ".Junk", ".Trash.2024", ".Papierkorb", "Spam"):
        (folder(root, name) / "cur" / "1.host:2,S").write_text("mail")
    source, seen = make(), Seen()
    assert list(source.scan()) == []
    source.start(seen.change, lambda: None)
    (root / ".Junk" / "new" / "2.host").write_text("mail")
    (root / "new" / "3.host").write_text("mail")
    seen.wait_for(root / "new" / "3.host")
    assert {c.path for c in seen.told} == {str(root / "new" / "3.host")}


def test_folders_may_be_left_out(root: Path, make: Make) -> None:
    """A pattern of the configuration takes a folder out, though Maildir folders begin with dots."""
    (folder(root, ".Lists") / "cur" / "1.host:2,S").write_text("mail")
    (folder(root, ".Sent") / "cur" / "1.host:2,S").write_text("mail")
    source = make(Exclusions([".Lists/"]))
    assert [path for path, _ in source.scan()] == [str(root / ".Sent" / "cur" / "1.host:2,S")]


@pytest.mark.parametrize("how", ["rename", "link"])
def test_a_delivery_is_told(root: Path, make: Make, how: str) -> None:
    """A mail that is moved or linked from `tmp` to `new` is told, once whole."""
    source, seen = make(), Seen()
    source.start(seen.change, lambda: None)
    half = root / "tmp" / "1.host"
    half.write_text("mail")
    if how == "rename":
        half.rename(root / "new" / "1.host")
    else:
        os.link(half, root / "new" / "1.host")
        half.unlink()
    seen.wait_for(root / "new" / "1.host")
    assert {c.path for c in seen.told} == {str(root / "new" / "1.host")}


def test_pythons_own_maildir_delivers(root: Path, make: Make) -> None:
    """What the standard library adds and flags is seen as one mail."""
    source, seen = make(), Seen()
    source.start(seen.change, lambda: None)
    message = EmailMessage()
    message["Subject"] = "Hello"
    message.set_content("Text")
    name = mailbox.Maildir(root).add(message)
    seen.wait_for(root / "new" / name)


def test_flags_and_reading_are_moves(root: Path, make: Make) -> None:
    """Seen, then answered: the mail is delivered once and afterwards only moved."""
    source, seen = make(), Seen()
    source.start(seen.change, lambda: None)
    settle, now = Settle(look=look), datetime(2026, 1, 1, tzinfo=UTC)
    steps = [
        root / "new" / "1.host",
        root / "cur" / "1.host:2,",
        root / "cur" / "1.host:2,S",
        root / "cur" / "1.host:2,RS",
    ]
    delivered = []
    for n, path in enumerate(steps):
        if n:
            steps[n - 1].rename(path)
        else:
            path.write_text("mail")
        seen.wait_for(path)
        now += timedelta(seconds=5)
        with seen.arrived:
            told, seen.told = seen.told, []
        for change in told:
            settle.touch(change, look(change.path) if change.kind == "present" else None, now)
        now += timedelta(seconds=5)
        delivered += settle.due(now)
    assert [(s.change.path, s.moved_from) for s in delivered] == [
        (str(steps[0]), ""),
        (str(steps[1]), str(steps[0])),
        (str(steps[2]), str(steps[1])),
        (str(steps[3]), str(steps[2])),
    ]


def test_a_rescan_sees_flag_changes_as_moves(root: Path, make: Make) -> None:
    """Flags set while nobody watched cause no second reading; another folder does."""
    (root / "new" / "1.host").write_text("mail")
    (root / "new" / "2.host").write_text("mail two")
    source = make()
    known = dict(source.scan())
    (root / "new" / "1.host").rename(root / "cur" / "1.host:2,S")
    (root / "new" / "2.host").unlink()
    (root / "cur" / "2.host:2,F").write_text("mail two")
    plan = reconcile(known, source.scan(), key=source.key)
    assert not plan.new and not plan.gone and not plan.changed
    assert sorted((old, new) for old, new, _ in plan.moved) == [
        (str(root / "new" / "1.host"), str(root / "cur" / "1.host:2,S")),
        (str(root / "new" / "2.host"), str(root / "cur" / "2.host:2,F")),
    ]


def test_a_new_folder_is_watched(root: Path, make: Make) -> None:
    """A mail folder that is made later tells of its mails as well."""
    source, seen = make(), Seen()
    source.start(seen.change, lambda: None)
    place = folder(root, ".Friends")
    (place / "new" / "1.host").write_text("mail")
    seen.wait_for(place / "new" / "1.host")
    (place / "new" / "2.host").write_text("mail")
    seen.wait_for(place / "new" / "2.host")


def test_a_mail_is_found_under_its_new_flags(root: Path) -> None:
    """Who knew a mail by its path finds it when another program has read or flagged it since."""
    place = folder(root, ".Friends")
    (place / "cur" / "1.host:2,RS").write_text("mail")
    (place / "cur" / "11.host:2,S").write_text("another")
    for old in ("new/1.host", "cur/1.host:2,", "cur/1.host:2,S"):
        assert flagged_now(str(place / old)) == str(place / "cur" / "1.host:2,RS")
    assert flagged_now(str(place / "cur" / "2.host:2,S")) == ""
    assert flagged_now(str(root / "no" / "cur" / "1.host")) == ""
    assert flagged_now(str(root / "letter.txt")) == ""
