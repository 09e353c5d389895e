"""An mbox as a source: found whole, only read, the same mails through all changes."""

from __future__ import annotations

import hashlib
import mailbox
import os
import threading
from email.message import EmailMessage
from pathlib import Path

import pytest

from samantha.adapters.mbox import MboxSource, message_at, messages, stat_at
from samantha.adapters.reader import JailedReader
from samantha.adapters.tree import Upkeep
from samantha.app.file_stat import stat_of
from samantha.core.ports import Change, Unreadable
from samantha.core.reconcile import reconcile


def mail(number: int, body: str = "Hello.", *, status: str = "") -> str:
    flags = f"X-Mozilla-Status: {status}\nX-Mozilla-Status2: 00000000\n" if status else ""
    return (
        f"From anna@berg.example Fri Jul  {number % 9 + 1} 12:08:34 2011\n{flags}"
        f"From: Anna <anna@berg.example>\nTo: pat@other.example\nSubject: Mail {number}\n"
        f"Message-ID: <{number}@berg.example>\nDate: Fri, 08 Jul 2011 12:08:34 +0000\n\n{body}\n\n"
    )


def write(path: Path, *mails: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(mails), encoding="utf-8")
    return path


def found(path: Path) -> dict[str, object]:
    return dict(MboxSource("m", str(path)).scan())


def subjects(path: Path) -> list[str]:
    texts = [message_at(name) for name in found(path)]
    return sorted(
        line.partition(": ")[2]
        for text in texts
        if text
        for line in text[0].decode().splitlines()
        if line.startswith("Subject: ")
    )


def test_every_mail_of_a_file_is_found(tmp_path: Path) -> None:
    """The mails that the standard library wrote are those that are read."""
    path = tmp_path / "Inbox"
    box = mailbox.mbox(path)
    for number in range(30):
        message = EmailMessage()
        message["From"], message["Subject"] = "a@b.example", f"Mail {number:02}"
        message.set_content(f"From here on it is number {number}.\n\nFrom Monday on, too.\n")
        box.add(message)
    box.close()
    assert subjects(path) == [f"Mail {number:02}" for number in range(30)]


def test_a_line_of_text_that_begins_like_a_postmark_splits_nothing(tmp_path: Path) -> None:
    """Only a postmark before a header begins a mail; a quoted one loses the mark it was given."""
    body = "From my window I see\nFrom 12:30 on it rains.\n\nFrom there: nothing\n>From a friend\n"
    path = write(tmp_path / "Inbox", mail(1, body), mail(2))
    assert subjects(path) == ["Mail 1", "Mail 2"]
    first = next(n for n in found(path) if b"Mail 1" in (message_at(n) or (b"",))[0])
    text = (message_at(first) or (b"", 0.0))[0]
    assert text.endswith(b"From there: nothing\nFrom a friend\n")


def test_what_is_appended_leaves_the_others_alone(tmp_path: Path) -> None:
    """After a delivery only the new mail is new."""
    path = write(tmp_path / "Inbox", mail(1), mail(2))
    before = found(path)
    write(path, mail(1), mail(2), mail(3))
    plan = reconcile(before, found(path).items(), key=MboxSource("m", str(path)).key)  # type: ignore[arg-type]
    assert len(plan.new) == 1 and not (plan.changed or plan.gone or plan.moved)


def test_compacting_changes_only_what_it_took_out(tmp_path: Path) -> None:
    """When earlier mails are taken out, the later ones stay what they were."""
    path = write(tmp_path / "Inbox", *(mail(number, "x" * number * 50) for number in range(6)))
    before = found(path)
    write(path, mail(2, "x" * 100), mail(5, "x" * 250))
    plan = reconcile(before, found(path).items())  # type: ignore[arg-type]
    assert len(plan.gone) == 4 and not (plan.new or plan.changed or plan.moved)


def test_flags_are_no_change_and_a_deleted_mail_is_gone(tmp_path: Path) -> None:
    """Thunderbird writes flags into the mail: bytes and name stay; the expunged is not there."""
    path = write(tmp_path / "Inbox", mail(1, status="0001"), mail(2, status="0001"))
    before = found(path)
    bytes_before = {name: message_at(name) for name in before}
    write(path, mail(1, status="0013"), mail(2, status="0009"))
    after = found(path)
    assert set(after) < set(before) and len(after) == 1
    (left,) = after
    assert message_at(left) == bytes_before[left] and after[left] == before[left]


def test_two_mails_of_one_second_are_not_taken_for_each_other(tmp_path: Path) -> None:
    """A mail that replaces another of the same postmark is new, and not the old one moved."""
    path = write(tmp_path / "Inbox", mail(1, "first"))
    before = found(path)
    write(path, mail(1, "second"))
    plan = reconcile(before, found(path).items())  # type: ignore[arg-type]
    assert len(plan.new) == 1 and len(plan.gone) == 1 and not plan.moved


def test_nothing_is_ever_written(tmp_path: Path) -> None:
    """Bytes and times of the file are what they were, and a file that may only be read serves."""
    path = write(tmp_path / "Inbox", mail(1), mail(2))
    path.chmod(0o400)
    before = (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
    for name in found(path):
        assert message_at(name) is not None
    assert (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) == before
    assert [p.name for p in tmp_path.iterdir()] == ["Inbox"]


def test_the_reader_reads_one_mail_of_many(tmp_path: Path) -> None:
    """A mail's path leads to its document; one that is gone says so, and a file is no folder."""
    path = write(tmp_path / "Sent", mail(1, "The first."), mail(2, "The second."))
    source = MboxSource("m", str(path))
    reader = JailedReader()
    try:
        read = [reader.read(name, "m", "mail", source.folder_role(name)) for name in found(path)]
        assert sorted(d.text.strip() for d in read) == ["The first.", "The second."]
        assert {d.mail.folder for d in read if d.mail} == {"sent"}
        assert all(d.modified.year == 2011 for d in read)
        with pytest.raises(Unreadable, match="no longer there"):
            reader.read(f"{path}/{'0' * 32}", "m", "mail")
        heads = reader.heads([*found(path), str(tmp_path / "none")])
        assert [h.date.year if h and h.date else 0 for h in heads] == [2011, 2011, 0]
    finally:
        reader.close()


def test_a_path_below_a_file_has_a_stat_only_if_the_mail_is_there(tmp_path: Path) -> None:
    """What is looked at before a mail is read knows it by name, and knows when it is gone."""
    path = write(tmp_path / "Inbox", mail(1))
    (name,) = found(path)
    assert stat_of(name) == stat_at(name) == found(path)[name]
    write(path, mail(2))
    assert stat_of(name) is None and stat_of(f"{path}/other") is None
    assert list(messages(str(tmp_path / "none"))) == []


def test_a_folder_of_files_has_the_roles_of_their_names(tmp_path: Path) -> None:
    """Thunderbird's tree: files and .sbd folders; spam and trash are not looked into."""
    for number, name in enumerate(("Inbox", "Sent", "Inbox.sbd/Work", "Trash", "Junk")):
        write(tmp_path / name, mail(number))
    (tmp_path / "Inbox.msf").write_text("// <!-- <mdb:mork:z v=1.4/> -->")
    (tmp_path / "notes.txt").write_text("From Monday on: rest\n")
    source = MboxSource("m", str(tmp_path))
    roles = {name.rpartition("/")[0][len(str(tmp_path)) + 1 :]: source.folder_role(name)
             for name, _ in source.scan()}  # fmt: skip
    assert roles == {"Inbox": "inbox", "Sent": "sent", "Inbox.sbd/Work": ""}


def test_a_watched_file_asks_for_a_look_when_mail_comes(tmp_path: Path) -> None:
    """The watcher knows only the file; which mails came is seen by looking."""
    path = write(tmp_path / "Inbox", mail(1))
    looked = threading.Event()
    told: list[Change] = []
    source = MboxSource("m", str(path), None, Upkeep(check_s=0.05))
    source.start(told.append, looked.set)
    try:
        looked.clear()
        with path.open("a", encoding="utf-8") as stream:
            stream.write(mail(2))
        assert looked.wait(20)
        assert told == [] and len(list(source.scan())) == 2
    finally:
        source.stop()


def test_a_file_that_is_no_mbox_holds_nothing(tmp_path: Path) -> None:
    """Text, an empty file and a link are passed over."""
    (tmp_path / "text").write_text("From me to you\nno header here\n")
    (tmp_path / "empty").touch()
    os.symlink(write(tmp_path / "elsewhere" / "Inbox", mail(1)), tmp_path / "link")
    names = {name.rpartition("/")[0] for name, _ in MboxSource("m", str(tmp_path)).scan()}
    assert names == {str(tmp_path / "elsewhere" / "Inbox")}
