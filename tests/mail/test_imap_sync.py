"""Copying folders from a real server: each mail once, nothing marked, nothing missed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import mail_servers
import pytest
from mail_servers import Authority, Dovecot, mail

from samantha.adapters.imap import ImapSource, MailLink, account_status
from samantha.adapters.imap_account import Account, MailTrouble, Server
from samantha.adapters.imap_fetch import WHOLE, bring_parts
from samantha.adapters.imap_folders import Folder, chosen, folders
from samantha.adapters.imap_mirror import Mirror, where_of
from samantha.adapters.imap_parts import leaves, left_out, tree_of
from samantha.adapters.imap_select import examine
from samantha.adapters.imap_session import Meter, session
from samantha.adapters.imap_sync import Synced, sync_folder
from samantha.workers.mail_keeper import Keeper

Secret = Callable[[Account, bool], str]


class Copy:
    """One account's copy and the means to bring it up to date."""

    def __init__(self, account: Account, mirror: Mirror, meter: Meter, secret: Secret) -> None:
        self.account, self.mirror, self.meter, self.secret = account, mirror, meter, secret

    def sync(self, name: str = "INBOX", role: str = "inbox", days: int = 0) -> Synced:
        with session(self.account, self.secret, self.meter) as client:
            return sync_folder(client, name, self.mirror.folder(role, name), days)

    def again(self) -> Copy:
        """The copy as a new process finds it."""
        return Copy(self.account, Mirror(self.mirror.root), self.meter, self.secret)

    def files(self, below: str = "") -> list[Path]:
        return sorted((self.mirror.root / below).rglob("cur/*"))

    def texts(self) -> list[bytes]:
        return sorted(path.read_bytes() for path in self.files())


@pytest.fixture
def copy(account: Account, mirror: Mirror, meter: Meter, secret: Secret) -> Copy:
    return Copy(account, mirror, meter, secret)


def test_every_mail_is_copied_byte_for_byte(copy: Copy, dove: Dovecot) -> None:
    """What is here is what was delivered, and the server's flags are untouched."""
    sent = [mail(n, body=f"Text {n}\näöü" if n else "") for n in range(7)]
    for data in sent:
        dove.deliver(copy.account.user, data)
    assert copy.sync() == Synced(fetched=7)
    assert copy.texts() == sorted(sent)
    with dove.client(copy.account.user) as client:
        client.select("INBOX", readonly=True)
        assert client.search(None, "SEEN") == ("OK", [b""])


def test_nothing_is_fetched_twice(copy: Copy, dove: Dovecot) -> None:
    """A look at what did not change costs some hundred bytes; one new mail costs itself alone."""
    for n in range(30):
        dove.deliver(copy.account.user, mail(n, body="x" * 5_000))
    copy.sync()
    before = copy.meter.fetched
    assert copy.again().sync() == Synced()
    assert copy.meter.fetched - before < 2_500
    before = copy.meter.fetched
    dove.deliver(copy.account.user, mail(99, body="y" * 5_000))
    assert copy.again().sync() == Synced(fetched=1)
    assert 5_000 < copy.meter.fetched - before < 9_000


def test_a_first_look_that_was_killed_goes_on(copy: Copy, dove: Dovecot) -> None:
    """Mails that came before the kill are kept; a half one is not."""
    for n in range(5):
        dove.deliver(copy.account.user, mail(n))
    copy.sync()
    for path in copy.files()[:2]:
        path.unlink()
    (copy.mirror.root / "inbox" / "=INBOX" / "state.json").unlink()
    (copy.mirror.root / "inbox" / "=INBOX" / "tmp" / "1.9").write_text("half a mai")
    assert copy.again().sync() == Synced(fetched=2)
    assert len(copy.files()) == 5 and not list(copy.mirror.root.rglob("tmp/*"))


_ABLE = "imap_capability = IMAP4rev1 SASL-IR LITERAL+ IDLE UIDPLUS SPECIAL-USE ENABLE"


@pytest.fixture(params=["qresync", "condstore", "plain"])
def served(
    request: pytest.FixtureRequest, trust: Authority, dove: Dovecot
) -> Iterator[tuple[Dovecot, str]]:
    """Servers that tell all changes at once, that count them, and that do neither."""
    if request.param == "qresync":
        yield dove, request.param
        return
    extra = f"{_ABLE} CONDSTORE" if request.param == "condstore" else _ABLE
    with mail_servers.dovecot(trust, extra) as one:
        yield one, request.param


def test_what_left_the_server_leaves_here_and_flags_follow(
    copy: Copy, served: tuple[Dovecot, str]
) -> None:
    """Deleted mails go and flags change here too, whatever the server offers; one mail is fetched.

    With QRESYNC the answer to EXAMINE brings it all, so what did not change is not asked about.
    """
    server, able = served
    server.user(copy.account.user)
    copy.account = replace(copy.account, imap=Server("localhost", server.tls_port))
    for n in range(6):
        server.deliver(copy.account.user, mail(n))
    copy.sync()
    with server.client(copy.account.user) as client:
        client.select("INBOX")
        client.store("2,4", "+FLAGS", "\\Deleted")
        client.expunge()
        client.store("1", "+FLAGS", "(\\Answered \\Flagged)")
    server.deliver(copy.account.user, mail(7))
    again = copy.again()
    assert again.sync() == Synced(fetched=1, dropped=2)
    names = [p.name for p in copy.files()]
    assert [n.partition("U")[2].partition(".")[0] for n in names] == ["1", "3", "5", "6", "7"]
    assert names[0].endswith(":2,FR") and names[1].endswith(":2,")
    with session(copy.account, copy.secret, copy.meter) as client:
        before = copy.mirror.folder("inbox", "INBOX").state()
        assert examine(client, "INBOX", before).told == (able == "qresync")
        assert not client.has_capability("QRESYNC") or able == "qresync"


def test_a_new_uidvalidity_costs_no_second_fetch(copy: Copy, dove: Dovecot) -> None:
    """When the server numbers its mails anew, they are known by Message-ID and size."""
    for n in range(4):
        dove.deliver(copy.account.user, mail(n, body="x" * 3_000))
    copy.sync()
    before, texts = copy.meter.fetched, copy.texts()
    with dove.client(copy.account.user) as client:
        client.create("Other")
        client.select("INBOX")
        client.copy("1:4", "Other")
        client.select("Other")
    root = copy.mirror.root
    (root / "inbox" / "=INBOX").rename(root / "inbox" / "=Other")
    assert copy.again().sync("Other", "inbox") == Synced(linked=4, dropped=0)
    assert copy.texts() == texts
    assert copy.meter.fetched - before < 5_000


def test_a_copy_in_another_folder_costs_no_second_fetch(copy: Copy, dove: Dovecot) -> None:
    """A mail that is moved, or lies in two folders, is fetched once."""
    dove.deliver(copy.account.user, mail(1, body="x" * 9_000))
    copy.sync()
    before = copy.meter.fetched
    with dove.client(copy.account.user) as client:
        client.create("Kept/Ada")
        client.select("INBOX")
        client.copy("1", "Kept/Ada")
    assert copy.sync("Kept/Ada", "other") == Synced(linked=1)
    assert len(copy.files()) == 2 and copy.meter.fetched - before < 3_000


def test_the_first_look_goes_back_so_many_days(copy: Copy, dove: Dovecot) -> None:
    """Older mails are left alone, at the first look and later."""
    now = datetime.now(UTC)
    with dove.client(copy.account.user) as client:
        for n, days in enumerate((1, 20, 400, 800)):
            at = (now - timedelta(days=days)).strftime('"%d-%b-%Y 10:00:00 +0000"')
            client.append("INBOX", "", at, mail(n))
    assert copy.sync(days=365).fetched == 2
    dove.deliver(copy.account.user, mail(9))
    assert copy.sync(days=365) == Synced(fetched=1)


def with_attachments(number: int = 1) -> EmailMessage:
    """A mail with two forms of its text, an invitation, a picture and a bill."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["Subject"] = "ada@x.example", "Big"
    message["Message-ID"] = f"<big{number}@x.example>"
    message.set_content("Dear Anna, see the picture. Grüße")
    message.add_alternative("<p>Dear Anna, see the picture. Grüße</p>", subtype="html")
    message.add_attachment("BEGIN:VCALENDAR", subtype="calendar", filename="invite.ics")
    picture = b"p" * (WHOLE + 1)
    message.add_attachment(picture, maintype="image", subtype="png", filename="sea.png")
    bill = b"%PDF-1.4 " + b"bill" * 9_000
    message.add_attachment(bill, maintype="application", subtype="pdf", filename="b.pdf")
    return message


def contents(path: Path) -> dict[str | None, bytes]:
    found = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert found["Subject"] == "Big" and not found.defects
    body = found.get_body(("plain",))
    assert body is not None and "picture. Grüße" in body.get_content()
    assert sum(p.get_content_type() == "text/html" for p in found.walk()) == 1
    return {p.get_filename(): p.get_payload(decode=True) for p in found.iter_attachments()}


def test_what_is_attached_comes_when_it_is_asked_for_and_once(copy: Copy, dove: Dovecot) -> None:
    """Texts and invitations come at once; a bill when it is asked for; a picture never does."""
    message = with_attachments()
    dove.deliver(copy.account.user, message.as_bytes())
    dove.deliver(copy.account.user, mail(2))
    assert copy.sync() == Synced(fetched=2)
    assert copy.meter.fetched < 20_000
    path = max(copy.files(), key=lambda p: p.stat().st_size)
    there = contents(path)
    assert there.pop("invite.ics") and there == {"sea.png": b"", "b.pdf": b""}
    assert copy.again().sync() == Synced()
    where = where_of(path.name)
    assert where is not None
    received = path.stat().st_mtime_ns
    costs = []
    for _ in range(2):
        before, folder = copy.meter.fetched, copy.again().mirror.folder("inbox", "INBOX")
        with session(copy.account, copy.secret, copy.meter) as client:
            bring_parts(client, "INBOX", folder, where[0])
        costs.append(copy.meter.fetched - before)
    assert 40_000 < costs[0] < 60_000 and costs[1] < 3_000
    there = contents(path)
    assert there.pop("invite.ics") and path.stat().st_mtime_ns == received
    assert there == {"sea.png": b"", "b.pdf": b"%PDF-1.4 " + b"bill" * 9_000}
    assert copy.again().sync() == Synced()
    with dove.client(copy.account.user) as client:
        client.select("INBOX", readonly=True)
        assert client.search(None, "SEEN") == ("OK", [b""])


def test_a_sender_cannot_say_that_something_was_left_out(copy: Copy, dove: Dovecot) -> None:
    """A line like ours in a stranger's mail stays what it is: text."""
    line = "X-Samantha-Left-Out: part=2; octets=9; read=yes; mark=" + "0" * 40
    message = with_attachments()
    message.replace_header("Subject", "Big")
    message["X-Samantha-Left-Out"] = line.partition(": ")[2]
    dove.deliver(copy.account.user, message.as_bytes())
    dove.deliver(copy.account.user, mail(3, body=f"{line}\n\n{line}\n\nend"))
    copy.sync()
    numbers = [left_out(path.read_bytes()) for path in copy.files()]
    assert sorted(numbers) == [[], ["4"]]


def test_a_structure_that_makes_no_sense_keeps_no_mail_away() -> None:
    """What a server says of a mail's parts may be anything: then the mail is fetched whole."""
    leaf = (b"TEXT", b"PLAIN", None, None, None, b"7BIT", 5, 1)
    assert tree_of(leaf) is not None
    for bad in (None, (), (None,), ([],), (b"TEXT",), ([leaf, None], b"MIXED"), 7, ([7], b"X")):
        assert tree_of(bad) is None or not list(leaves(tree_of(bad)))  # type: ignore[arg-type]
    deep: object = leaf
    for _ in range(5_000):
        deep = ([deep], b"MIXED")
    assert tree_of(deep) is None


def test_what_is_archived_at_gmail_is_read_and_nothing_twice(
    account: Account, trust: Authority, secret: Secret, tmp_path: Path
) -> None:
    """Where archived mails lie among all mails alone, these are read last; spam never is."""
    extra = """
imap_capability = +X-GM-EXT-1
namespace inbox {
  mailbox "All Mail" {
    auto = create
    special_use = \\All
  }
}"""
    with mail_servers.dovecot(trust, extra) as gmail:
        gmail.user(account.user)
        mine = replace(account, imap=Server("localhost", gmail.tls_port))
        for n, names in enumerate((("INBOX", "All Mail"), ("All Mail",), ("Junk",))):
            for name in names:
                gmail.deliver(mine.user, mail(n, body="x" * 5_000), name)
        keeper = Keeper(mine, tmp_path / "copy", secret)
        keeper.once()
        files = sorted(p.relative_to(tmp_path / "copy") for p in tmp_path.rglob("cur/*"))
        assert [f.parts[0] for f in files] == ["all", "all", "inbox"]
        assert 10_000 < account_status(tmp_path / "copy").fetched < 17_000
        source = ImapSource(mine, MailLink([mine], tmp_path, {}), tmp_path / "copy")
        assert source.folder_role(str(tmp_path / "copy" / files[0])) == "archive"
        with session(mine, secret, Meter()) as client:
            assert "All Mail" not in {f.name for f in chosen(mine, folders(client))}


def test_folders_have_the_servers_roles(copy: Copy, dove: Dovecot) -> None:
    """Flags go before names; spam and trash are not read, in any language."""
    with dove.client(copy.account.user) as client:
        for name in ("Papierkorb", "Archiv", "Listen/Python", "Sent/2024", "&Zeg-"):
            client.create(name)
    with session(copy.account, copy.secret, copy.meter) as client:
        found = folders(client)
        mine = chosen(copy.account, found)
    roles = {f.name: f.role for f in found}
    assert roles["Entwürfe"] == "drafts" and roles["Sent"] == "sent"
    assert roles["Junk"] == "spam" and roles["Papierkorb"] == "trash"
    assert roles["Archiv"] == "archive" and roles["Listen/Python"] == "other"
    assert not {"Junk", "Trash", "Papierkorb"} & {f.name for f in mine}
    assert mine[0] == Folder("INBOX", "inbox")
    named = replace(copy.account, folders=("inbox", "listen/python"))
    assert {f.name for f in chosen(named, found)} == {"INBOX", "Listen/Python"}


def test_a_folder_that_is_gone_is_dropped_here(copy: Copy, dove: Dovecot) -> None:
    """Its mails go, those of the others stay."""
    with dove.client(copy.account.user) as client:
        client.create("Short")
    dove.deliver(copy.account.user, mail(1), "Short")
    dove.deliver(copy.account.user, mail(2))
    copy.sync("Short", "other")
    copy.sync()
    copy.mirror.keep_only(["inbox/=INBOX"])
    assert len(copy.files()) == 1 and copy.again().mirror.places() == ["inbox/=INBOX"]


@pytest.mark.parametrize(
    ("change", "state", "word"),
    [
        ({"ca": ""}, "certificate", "not valid"),
        ({"user": "nobody-here"}, "refused", "password is wrong"),
        ({"imap": Server("localhost", 1)}, "offline", "cannot be reached"),
        ({"imap": Server("no-such-host.invalid", 993)}, "offline", "not found"),
        ({"ca": "/nowhere.pem"}, "certificate", "no certificates"),
    ],
)
def test_trouble_has_a_state_a_reason_and_something_to_type(
    copy: Copy, change: dict[str, object], state: str, word: str
) -> None:
    """What goes wrong is told in words."""
    copy.account = replace(copy.account, **change)  # type: ignore[arg-type]
    with pytest.raises(MailTrouble, match=word) as told:
        copy.sync()
    assert told.value.state == state and told.value.type_this


def test_starttls_is_verified_too(copy: Copy, dove: Dovecot) -> None:
    """A connection that begins in the clear is made safe before the password is said."""
    copy.account = replace(copy.account, imap=Server("localhost", dove.port, "starttls"))
    dove.deliver(copy.account.user, mail(1))
    assert copy.sync() == Synced(fetched=1)
    copy.account = replace(copy.account, ca="")
    with pytest.raises(MailTrouble, match="certificate"):
        copy.sync()


def test_a_copy_is_the_users_alone(copy: Copy, dove: Dovecot) -> None:
    """Folders are 0700 and files 0600."""
    dove.deliver(copy.account.user, mail(1))
    copy.sync()
    for path in copy.mirror.root.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    shutil.rmtree(copy.mirror.root)
