"""From a question in the inbox to an answer at the sink, with the daemon, the desktop and a yes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import desktop
import pytest
from homes import Home, Running
from mail_servers import PASSWORD, Authority, Dovecot, mail
from mail_sink import Fault, Proxy, Sink, proxy, sink

from samantha.adapters.imap_account import Account

pytestmark = pytest.mark.slow
PATIENCE_S = 90.0
CONFIG = """\
[user]
names = ["Anna Berg"]

[[accounts]]
name = "anna"
address = "anna@berg.example"
user = "{user}"
imap = "localhost"
imap_port = {imap}
smtp = "localhost"
smtp_port = {smtp}
ca = "{ca}"

[attention]
quiet_hours = ""

[model]
enabled = false

[plugins.answers]
"""
PLUGIN = '''
from dataclasses import dataclass
from samantha.api import DraftMail, Evidence, Plugin, Suggestion

@dataclass(frozen=True)
class Config:
    """Nothing to set."""

def suggest(moment, context):
    for one in moment.documents:
        if one.mail and one.mail.folder == "inbox" and "?" in one.text:
            at = one.text.index("?")
            yield Suggestion(
                kind="answer", thing=f"answer {one.id}", title="Answer Ada", why="She asked.",
                evidence=(Evidence(one.id, one.text[: at + 1], 0, at + 1),),
                action=DraftMail((one.mail.sender.address,), f"Re: {one.mail.subject}",
                                 "On Friday.\\n", in_reply_to=one.mail.message_id,
                                 references=(one.mail.message_id,)),
                confidence=0.9, sources=(one.id,))

plugin = Plugin(Config, suggest)
'''
MANIFEST = """\
name = "answers"
version = "0.1.0"
api = 1
summary = "Answers."
reads = ["mail"]
proposes = ["draft_mail"]
"""


def until(found: Callable[[], object]) -> None:
    """Ask again and again, each time by a program of its own, until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not found():
        assert time.monotonic() < deadline, "it never came"


@pytest.fixture
def drop(trust: Authority) -> Iterator[Sink]:
    with sink(trust) as one:
        yield one


@pytest.fixture
def line_there(trust: Authority, drop: Sink) -> Iterator[Proxy]:
    """The way to the sink: its first connection hangs once it is logged in, until the end."""
    first = Fault("hang", after=75, towards="server", hang_s=600)
    with proxy(trust, drop.port, lambda number: Fault() if number else first) as between:
        yield between


@pytest.fixture
def lived(
    home: Home,
    session_bus: desktop.Bus,
    dove: Dovecot,
    account: Account,
    drop: Sink,
    tmp_path: Path,
) -> Home:
    """A home whose account `anna` once wrote to Ada, and gets a question from her."""
    configure(home, account, drop.port)
    folder = home.root / ".data/samantha/plugins/answers"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "plugin.toml").write_text(MANIFEST)
    (folder / "__init__.py").write_text(PLUGIN)
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "samantha.mail.anna").write_text(PASSWORD)
    home.more["CREDENTIALS_DIRECTORY"] = str(credentials)
    home.more["DBUS_SESSION_BUS_ADDRESS"] = session_bus.address
    home.run("plugins", "enable", "answers", "--yes")
    sent = mail(1, From="Anna Berg <anna@berg.example>", To="ada@example.org")
    dove.deliver(account.user, sent, "Sent", "\\Seen")
    dove.deliver(account.user, mail(2, subject="Visit", body="When do you come to us?"))
    return home


def configure(home: Home, account: Account, smtp: int) -> None:
    home.configure(
        CONFIG.replace("{imap}", str(account.imap.port))
        .replace("{user}", account.user)
        .replace("{smtp}", str(smtp))
        .replace("{ca}", account.ca)
    )


def arrived_as_shown(home: Home, drop: Sink, offer_id: int) -> None:
    (shown,) = home.json("show", str(offer_id))
    (arrived,) = drop.arrived
    effect = shown["effects"][0]
    assert effect["type"] == "send_mail"
    assert hashlib.sha256(arrived.data).hexdigest() == effect["sha256"]
    assert arrived.recipients == ("ada@example.org",)


def test_a_mail_accepted_in_the_notification_arrives_as_it_was_shown(
    lived: Home,
    drop: Sink,
    line_there: Proxy,
    dove: Dovecot,
    account: Account,
    session_bus: desktop.Bus,
    tmp_path: Path,
) -> None:
    """Seen whole, then a press, then half a minute with a way to stop it, then it is sent.

    The server hangs at first: meanwhile mails are read, cards are shown and pressed, and SIGTERM
    ends the daemon. The next one sends it, once.
    """
    configure(lived, account, line_there.port)
    with desktop.Server(session_bus.address) as screen:
        running = Running(lived, tmp_path)
        running.wait_ready()
        card = screen.next_posted()
        (offer,) = lived.json("offers")
        assert offer["approval_class"] == "B"
        text = lived.run("show", str(offer["id"])).stdout
        assert "half a minute after your yes" in text and "On Friday." in text
        screen.press(card, "Send it")
        held = screen.next_posted()
        while "To be sent" not in held.title:
            held = screen.next_posted()
        assert "Stop" in held.buttons and drop.arrived == []
        assert line_there.hanging.wait(PATIENCE_S)
        dove.deliver(account.user, mail(3, subject="Cake", body="Which cake shall I bring?"))
        card = screen.next_posted()
        while "Not now" not in card.buttons:
            card = screen.next_posted()
        told = [r["arrow"] for r in lived.json("why", str(offer["id"]))]
        assert "claimed" in told and "waits" not in told and drop.arrived == []
        screen.press(card, "Not now")
        until(lambda: lived.json("offers") == [])
        assert running.stop() == 0
        running = Running(lived, tmp_path)
        running.wait_ready()
        until(lambda: drop.arrived)
        arrived_as_shown(lived, drop, offer["id"])
        until(lambda: "done" in [r["arrow"] for r in lived.json("why", str(offer["id"]))])
        assert running.stop() == 0
    assert len(drop.arrived) == 1


def test_a_mail_accepted_on_the_command_line_is_sent_without_a_daemon(
    lived: Home, drop: Sink
) -> None:
    """The command waits out the hold itself, and says what became of it."""
    assert lived.run("mail", "test", "anna").stdout.count("logged in") == 2
    lived.run("run", "--once")
    (offer,) = lived.json("offers")
    lived.run("show", str(offer["id"]))
    told = lived.run("accept", str(offer["id"])).stdout
    assert "Ctrl-C takes your yes back" in told and "Sent. A copy lies in Sent." in told
    arrived_as_shown(lived, drop, offer["id"])
    assert "cannot be taken back" in lived.run("undo", str(offer["id"]), code=1).stderr
