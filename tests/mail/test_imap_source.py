"""An account as a source: the worker keeps its copy, news come at once, trouble has words."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from mail_servers import PASSWORD, Dovecot, mail

from samantha.adapters.imap import ImapSource, MailLink, account_status
from samantha.adapters.imap_account import Account
from samantha.adapters.imap_mirror import write_json
from samantha.adapters.secrets import get_secret
from samantha.core.ports import Change
from samantha.workers.mail_keeper import Keeper, Pace
from samantha.workers.secrets import credential_name

PATIENCE_S = 30.0
PACE = {"first_retry_s": 0.1, "last_retry_s": 0.5, "lasting_retry_s": 0.5, "poll_s": 3.0}
Make = Callable[..., ImapSource]


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Passwords as a systemd unit is given them."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


def keep_password(credentials: Path, account: Account, password: str = PASSWORD) -> None:
    (credentials / credential_name(account.secret_name)).write_text(password)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made = []

    def one(account: Account, **pace: float) -> ImapSource:
        link = MailLink([account], tmp_path / "mail", {**PACE, **pace})
        made.append(ImapSource(account, link, tmp_path / "mail" / account.name))
        return made[-1]

    yield one
    for source in made:
        source.stop()


class Seen:
    """What a source told, and waiting for it."""

    def __init__(self, source: ImapSource) -> None:
        self.source = source
        self.present: dict[str, bytes] = {}
        self.changed = threading.Condition()

    def change(self, change: Change) -> None:
        with self.changed:
            if change.kind == "gone":
                self.present.pop(change.path, None)
            else:
                self.present[change.path] = b""
            self.changed.notify_all()

    def wait(self, done: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(done, PATIENCE_S), (
                sorted(self.present),
                self.source.state(),
            )

    def until_state(self, word: str) -> None:
        """Wait until the account is in a state; looks anew twenty times a second."""
        again = threading.Event()
        for _ in range(int(PATIENCE_S * 20)):
            if self.source.status().state == word:
                return
            again.wait(0.05)
        raise AssertionError((word, self.source.status()))


def test_what_is_there_and_what_comes_is_told(
    make: Make, account: Account, dove: Dovecot, credentials: Path
) -> None:
    """The first look, then a mail that is delivered, then one that is deleted."""
    keep_password(credentials, account)
    dove.deliver(account.user, mail(1))
    source = make(account, poll_s=3_600)
    seen = Seen(source)
    source.start(seen.change, lambda: None)
    seen.wait(lambda: len(seen.present) == 1)
    seen.until_state("watching")
    dove.deliver(account.user, mail(2))
    seen.wait(lambda: len(seen.present) == 2)
    with dove.client(account.user) as client:
        client.select("INBOX")
        client.store("1", "+FLAGS", "\\Deleted")
        client.expunge()
    seen.wait(lambda: len(seen.present) == 1)
    (path,) = seen.present
    assert source.folder_role(path) == "inbox" and source.wanted(path)
    assert source.state().state == "watching" and source.state().kind == "imap"


def test_folders_without_a_watch_are_looked_at_now_and_then(
    make: Make, account: Account, dove: Dovecot, credentials: Path
) -> None:
    """A mail that a filter puts into a folder comes with the next look; a new folder too."""
    keep_password(credentials, account)
    source = make(account, poll_s=1.0)
    seen = Seen(source)
    source.start(seen.change, lambda: None)
    seen.until_state("watching")
    with dove.client(account.user) as client:
        client.create("Lists")
        client.append("Lists", "", "", mail(1))
    seen.wait(lambda: len(seen.present) == 1)
    with dove.client(account.user) as client:
        client.delete("Lists")
    seen.wait(lambda: not seen.present)
    seen.until_state("watching")


def test_spam_and_trash_never_come(
    make: Make, account: Account, dove: Dovecot, credentials: Path
) -> None:
    """Nothing of what was thrown away is so much as fetched."""
    keep_password(credentials, account)
    for folder in ("Junk", "Trash", "INBOX"):
        dove.deliver(account.user, mail(1, subject=folder), folder)
    source = make(account)
    source.fetch()
    (path,) = [path for path, _ in source.scan()]
    assert "inbox" in path


def test_one_look_without_watching(
    make: Make, account: Account, dove: Dovecot, credentials: Path
) -> None:
    """`fetch` brings all and ends; what it cost is told, and a second one costs little."""
    keep_password(credentials, account)
    for n in range(20):
        dove.deliver(account.user, mail(n, body="x" * 3_000))
    source = make(account)
    source.fetch()
    assert len(list(source.scan())) == 20
    first = source.status()
    assert first.state == "watching" and first.fetched_now > 60_000 and first.synced
    source.fetch()
    second = source.status()
    assert second.fetched_now < 6_000
    assert second.fetched == first.fetched + second.fetched_now


@pytest.mark.parametrize(
    ("password", "state", "type_this"),
    [("wrong", "refused", "samantha mail password"), ("", "locked", "")],
)
def test_a_wrong_password_is_a_state_and_is_mended(
    make: Make, account: Account, credentials: Path, password: str, state: str, type_this: str
) -> None:
    """The account says what to type, and goes on by itself when the password is right."""
    keep_password(credentials, account, password)
    source = make(account)
    seen = Seen(source)
    source.start(seen.change, lambda: None)
    seen.until_state(state)
    told = source.state()
    assert told.state == state and told.remedy.startswith(type_this) and told.reason
    keep_password(credentials, account)
    seen.until_state("watching")


def test_a_server_that_goes_and_comes_back(
    make: Make, account: Account, dove: Dovecot, credentials: Path
) -> None:
    """While it is away the account is offline; what came meanwhile is then told."""
    keep_password(credentials, account)
    source = make(account)
    seen = Seen(source)
    source.start(seen.change, lambda: None)
    seen.until_state("watching")
    dove.stop()
    seen.until_state("offline")
    dove.start()
    dove.deliver(account.user, mail(1))
    seen.wait(lambda: len(seen.present) == 1)
    seen.until_state("watching")


def test_a_certificate_of_nobody_known_is_refused(
    make: Make, account: Account, credentials: Path
) -> None:
    """The password is not said to a server that cannot prove who it is."""
    keep_password(credentials, account)
    source = make(replace(account, ca=""))
    source.fetch()
    assert source.state().state == "certificate" and "not valid" in source.state().reason


def test_a_worker_that_dies_is_started_anew(
    make: Make, account: Account, dove: Dovecot, credentials: Path
) -> None:
    """A kill costs nothing but the time to begin again."""
    keep_password(credentials, account)
    source = make(account)
    seen = Seen(source)
    source.start(seen.change, lambda: None)
    seen.until_state("watching")
    source._link.restart()
    dove.deliver(account.user, mail(1))
    seen.wait(lambda: len(seen.present) == 1)


def test_no_password_is_where_others_look(
    make: Make, account: Account, dove: Dovecot, credentials: Path, tmp_path: Path
) -> None:
    """Neither copy and status hold the password, nor the worker's arguments and variables."""
    keep_password(credentials, account)
    source = make(account)
    source.start(lambda change: None, lambda: None)
    Seen(source).until_state("watching")
    worker = Path(f"/proc/{source._link.pid}")
    for name in ("cmdline", "environ"):
        assert PASSWORD.encode() not in (worker / name).read_bytes()
    files = [p for p in (tmp_path / "mail").rglob("*") if p.is_file()]
    assert files and not [p for p in files if PASSWORD.encode() in p.read_bytes()]
    assert get_secret(account.secret_name) == PASSWORD


def test_a_damaged_status_is_no_status(tmp_path: Path) -> None:
    """Whatever lies there, there is an answer."""
    for text in ("", "{", "[]", '{"state": 1}', json.dumps({"state": "x", "fetched": "y"})):
        (tmp_path / "account.json").write_text(text)
        assert account_status(tmp_path).state == "stopped"
    write_json(tmp_path / "account.json", {})
    assert account_status(tmp_path).state == "stopped"


def test_after_a_sleep_all_connections_are_made_anew(
    account: Account, dove: Dovecot, tmp_path: Path
) -> None:
    """Connections that slept are dropped at once, and what came meanwhile is told."""
    pace = Pace(first_retry_s=0.05, last_retry_s=0.2)
    keeper = Keeper(account, tmp_path / "copy", lambda _account, _fresh: PASSWORD, pace)
    threading.Thread(target=keeper.keep, daemon=True).start()
    again = threading.Event()

    def until(done: Callable[[], bool]) -> None:
        for _ in range(int(PATIENCE_S * 20)):
            if done():
                return
            again.wait(0.05)
        raise AssertionError(account_status(tmp_path / "copy"))

    until(lambda: len(keeper._live) == 3)
    before = set(keeper._live)
    keeper.reconnect()
    until(lambda: len(keeper._live) == 3 and not keeper._live & before)
    dove.deliver(account.user, mail(1))
    until(lambda: len(list((tmp_path / "copy").rglob("cur/*"))) == 1)


@pytest.mark.parametrize(("failures", "rest_s"), [(1, 2.0), (2, 4.0), (9, 300.0), (5_000, 300.0)])
def test_a_server_that_is_away_for_weeks_is_asked_again(failures: int, rest_s: float) -> None:
    """The wait doubles up to its longest and stays there, however often it failed."""
    assert Pace().rest_s(failures) == rest_s
    assert Pace().rest_s(failures, lasting=True) == Pace().lasting_retry_s
