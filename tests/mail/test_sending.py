"""A yes to a mail: held, sent once, byte for byte as shown; or not, and it is said."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import mail_servers
import pytest
from builders import ME, Home, suggestion
from mail_servers import PASSWORD, Authority, Dovecot
from mail_sink import Fault, Sink, proxy, sink

from samantha.adapters.draft import HEADERS, Draft, draft_bytes
from samantha.adapters.executor import WorkerExecutor
from samantha.adapters.imap_account import Account, OAuth, Server
from samantha.adapters.payloads import PayloadBuilder
from samantha.adapters.smtp import Sending
from samantha.adapters.smtp_envelope import outgoing, wire, wire_problem
from samantha.api import DraftMail
from samantha.api.types import Person
from samantha.app.cli.output import mail_told
from samantha.app.mail_sending import first_built, sent_told
from samantha.core.outbox import recover, run_outbox, undo
from samantha.core.ports import NotYet, Offer, OutboxEntry, OutboxState, Refused
from samantha.core.sending import GIVE_UP, HOLD, MOST_AN_HOUR, Gate
from samantha.workers.mail_effects import MailCarrier
from samantha.workers.secrets import credential_name


@pytest.fixture
def drop(trust: Authority) -> Iterator[Sink]:
    with sink(trust) as one:
        yield one


@pytest.fixture
def anna(account: Account, drop: Sink, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Account:
    """An account that reads from dovecot and sends to the sink."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    (folder / credential_name(account.secret_name)).write_text(PASSWORD)
    return replace(account, smtp=Server("localhost", drop.port), patience_s=5.0)


@dataclass
class Post:
    """A home with an account, and the means to carry a yes out."""

    home: Home
    account: Account
    executor: WorkerExecutor

    def build_with(self, account: Account, *, send: bool = True) -> None:
        """Have offers built for an account."""
        home = self.home
        self.account = account
        self.executor.close()
        self.executor = WorkerExecutor(accounts=[account])
        home.builder = PayloadBuilder(
            home.out,
            "",
            ME,
            home.clock,
            allowed=lambda address: True,
            roots=(str(home.documents),),
            accounts=[outgoing(account, send=send)],
            dated=lambda name: first_built(home.state, home.clock)(name),
        )
        home.restart()

    def accepted(self, to: tuple[str, ...] = ("ada@example.org",), **more: object) -> Offer:
        """Return an offer of a mail that was reviewed and accepted."""
        offer = self.offered(to, **more)
        items = self.home.decisions.unconfirmed(offer.id)
        self.home.decisions.review(offer.id)
        return self.home.decisions.accept(offer.id, via="test", confirmed=items)

    def offered(self, to: tuple[str, ...], number: int = 0, **more: object) -> Offer:
        source = self.home.mail(
            f"When do you come? {number}",
            sender=to[0],
            to=(self.account.address,),
            message_id=f"<q{number}@example.org>",
        )
        values = {"subject": "Re: When?", "body": "On Friday. Grüße\n.\nAnna", **more}
        action = DraftMail(to=to, in_reply_to=f"<q{number}@example.org>", **values)
        (offer,) = self.home.suggest(suggestion(source, action))
        return offer

    def run(self, **passed: float) -> list[OutboxEntry]:
        """Let time pass and carry out what may be."""
        if passed:
            self.home.clock.pass_(**passed)
        return run_outbox(self.home.state, self.executor, self.home.clock, "test")

    def entry(self, offer: Offer) -> OutboxEntry:
        entry = self.home.state.outbox_for(offer.id)
        assert entry is not None
        return entry


@pytest.fixture
def post(anna: Account, tmp_path: Path) -> Iterator[Post]:
    home = Home(tmp_path / "home")
    made = Post(home, anna, WorkerExecutor())
    made.build_with(anna)
    yield made
    made.executor.close()
    home.close()


def mailbox(dove: Dovecot, user: str, folder: str) -> list[bytes]:
    with dove.client(user) as client:
        client.select(f'"{folder}"', readonly=True)
        _, found = client.search(None, "ALL")
        texts = []
        for number in found[0].split():
            _, data = client.fetch(number.decode(), "(BODY.PEEK[])")
            assert isinstance(data[0], tuple)
            texts.append(data[0][1])
        return texts


def test_a_yes_is_sent_as_it_was_shown(post: Post, drop: Sink, dove: Dovecot) -> None:
    """The sink gets the approved bytes and the approved envelope, and Sent gets a copy.

    They flow: paragraphs are broken for the way, and shown whole.
    """
    text = f"{'On Friday, with the children. ' * 9}Grüße\n.\n> When?\nFrom here.\n-- \nAnna"
    offer = post.accepted(("ada@example.org", "ben@example.org"), body=text)
    payload = post.home.state.payload(offer.payload_hash)
    assert payload is not None
    assert post.run() == [] and drop.arrived == []
    (entry,) = post.run(seconds=31)
    assert entry.state is OutboxState.DONE, entry.reason
    (arrived,) = drop.arrived
    assert arrived.data == payload.blobs[0].data
    assert arrived.sender == post.account.address
    assert arrived.recipients == payload.envelope == ("ada@example.org", "ben@example.org")
    assert mailbox(dove, post.account.user, "Sent") == [arrived.data]
    message = message_from_bytes(arrived.data, policy=policy.default)
    body = message.get_body(("plain",))
    assert body is not None and body.get_param("format") == "flowed"
    assert all(len(line) <= 78 for line in body.get_content().splitlines())
    assert mail_told(arrived.data)[-6:] == text.split("\n")
    assert message["In-Reply-To"] == "<q0@example.org>"
    assert message["Date"].datetime == post.home.clock.now() - timedelta(seconds=31)
    assert sent_told(entry) == "Sent. A copy lies in Sent."
    assert undo(post.home.state, post.executor, offer.id, post.home.clock).startswith("it was sent")
    assert post.run(hours=1) == [] and len(drop.arrived) == 1


def test_a_held_mail_can_be_taken_back(post: Post, drop: Sink) -> None:
    """Within the hold, undo is enough; afterwards nothing is sent."""
    offer = post.accepted()
    post.run(seconds=29)
    assert undo(post.home.state, post.executor, offer.id, post.home.clock) == ""
    assert post.run(seconds=60) == []
    entry = post.entry(offer)
    assert (entry.state, entry.reason) == (OutboxState.REFUSED, "you took your yes back")
    assert drop.arrived == []


def test_a_pause_holds_and_its_end_lets_go(post: Post, drop: Sink) -> None:
    """What was accepted before a pause is not sent in it."""
    post.accepted()
    until = post.home.clock.now() + timedelta(hours=2)
    post.home.state.set_setting("paused_until", until.isoformat())
    assert post.run(minutes=90) == [] and drop.arrived == []
    assert len(post.run(minutes=31)) == 1 and len(drop.arrived) == 1


def test_no_more_than_twenty_go_out_in_an_hour(post: Post, drop: Sink) -> None:
    """The rest waits for its turn and then goes; each goes once."""
    for number in range(MOST_AN_HOUR + 3):
        post.accepted(number=number, subject=f"Mail {number}")
    post.run(seconds=31)
    assert len(drop.arrived) == MOST_AN_HOUR
    post.run(minutes=30)
    assert len(drop.arrived) == MOST_AN_HOUR
    post.run(minutes=31)
    assert len(drop.arrived) == MOST_AN_HOUR + 3
    assert len({a.data for a in drop.arrived}) == MOST_AN_HOUR + 3


def test_a_clock_that_is_set_back_holds_no_mail_for_long(post: Post, drop: Sink) -> None:
    """The hold begins anew, is as long as ever, and ends."""
    post.accepted()
    post.home.clock.pass_(days=-3)
    gate = Gate(post.home.state, post.home.clock)
    (until,) = gate.waiting(post.home.state.outbox()).values()
    assert until - post.home.clock.now() == HOLD
    assert post.run(seconds=29) == [] and drop.arrived == []
    assert len(post.run(seconds=2)) == 1 and len(drop.arrived) == 1


@pytest.mark.parametrize(
    ("harm", "state", "word"),
    [
        (lambda drop: setattr(drop, "rcpt_answer", "550 no such user"), "refused", "no such user"),
        (lambda drop: setattr(drop, "data_answer", "554 looks like spam"), "refused", "spam"),
        (lambda drop: setattr(drop, "data_answer", "452 mailbox full"), "refused", "full"),
        (lambda drop: setattr(drop, "rcpt_answer", "451 come again"), "approved", "come again"),
        (lambda drop: setattr(drop, "password", "other"), "approved", "samantha mail password"),
        (lambda drop: drop.stop(), "approved", "cannot be reached"),
    ],
    ids=["recipient", "spam", "full", "later", "password", "away"],
)
def test_what_a_server_says_is_told(
    post: Post, drop: Sink, harm: object, state: str, word: str
) -> None:
    """A no ends it with the server's words; what may pass waits with a reason. Nothing is sent."""
    offer = post.accepted()
    harm(drop)  # type: ignore[operator]
    post.run(seconds=31)
    entry = post.entry(offer)
    assert (entry.state, word in entry.reason) == (state, True), entry.reason
    assert drop.arrived == []


def test_what_had_to_wait_goes_later_or_is_given_up(post: Post, drop: Sink) -> None:
    """It is tried again with longer and longer rests, once, and for a day at the most."""
    first = post.accepted(number=1)
    drop.rcpt_answer = "451 come again"
    for _ in range(5):
        post.run(seconds=31)
    assert len(drop.arrived) == 0 and post.entry(first).state is OutboxState.APPROVED
    drop.rcpt_answer = "250 ok"
    post.run(hours=1)
    assert post.entry(first).state is OutboxState.DONE and len(drop.arrived) == 1
    second = post.accepted(number=2, subject="Another")
    drop.rcpt_answer = "451 come again"
    post.run(seconds=31)
    post.run(seconds=GIVE_UP.total_seconds() + 60)
    assert post.entry(second).state is OutboxState.REFUSED
    assert "for a day" in post.entry(second).reason


def test_an_answer_that_is_lost_is_unknown_and_never_sent_again(
    post: Post, drop: Sink, trust: Authority
) -> None:
    """The server took the mail and the connection broke: it is shown, not repeated."""
    with proxy(trust, drop.port, lambda number: Fault()) as between:
        post.build_with(replace(post.account, smtp=Server("localhost", between.port)))
        drop.before_answer = between.stop
        offer = post.accepted()
        (entry,) = post.run(seconds=31)
    assert entry.state is OutboxState.UNKNOWN and "may have been sent" in entry.reason
    assert len(drop.arrived) == 1
    post.run(hours=2)
    recover(post.home.state, post.executor, post.home.clock)
    assert len(drop.arrived) == 1 and post.entry(offer).state is OutboxState.UNKNOWN


def test_a_lost_answer_is_known_by_the_copy_in_sent(
    post: Post, drop: Sink, dove: Dovecot, trust: Authority
) -> None:
    """Where the server keeps what it sent, its Sent folder tells that it did."""
    with proxy(trust, drop.port, lambda number: Fault()) as between:
        post.build_with(replace(post.account, smtp=Server("localhost", between.port)))

        def keep_and_break() -> None:
            dove.deliver(post.account.user, drop.arrived[-1].data, "Sent", "\\Seen")
            between.stop()

        drop.before_answer = keep_and_break
        post.accepted()
        (entry,) = post.run(seconds=31)
    assert entry.state is OutboxState.DONE, entry.reason
    assert len(drop.arrived) == 1 and len(mailbox(dove, post.account.user, "Sent")) == 1


def test_an_executor_that_is_killed_over_a_mail_is_asked_about_it(post: Post, drop: Sink) -> None:
    """Killed after the last byte: unknown; killed before it: tried again, and sent once."""

    def kill() -> None:
        pid = post.executor.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    drop.before_answer = kill
    post.accepted()
    (entry,) = post.run(seconds=31)
    assert entry.state is OutboxState.UNKNOWN and len(drop.arrived) == 1
    drop.before_answer = lambda: None


def test_an_account_that_was_changed_voids_the_yes(post: Post, drop: Sink) -> None:
    """The server is part of what was approved."""
    offer = post.accepted()
    post.executor.close()
    other = replace(post.account, smtp=Server("localhost", drop.port + 1))
    post.executor = WorkerExecutor(accounts=[other])
    post.run(seconds=31)
    assert "changed since" in post.entry(offer).reason
    post.executor.close()
    post.executor = WorkerExecutor()
    offer = post.accepted(number=2, subject="Two")
    post.run(seconds=31)
    assert "no account" in post.entry(offer).reason and drop.arrived == []


def test_where_a_yes_makes_a_draft_it_lies_on_the_server(
    post: Post, drop: Sink, dove: Dovecot
) -> None:
    """With `accept = "draft"` nothing is sent; the draft is there once and can be taken back."""
    post.build_with(post.account, send=False)
    offer = post.accepted()
    payload = post.home.state.payload(offer.payload_hash)
    assert payload is not None
    (entry,) = post.run()
    assert entry.state is OutboxState.DONE, entry.reason
    assert mailbox(dove, post.account.user, "Entw&APw-rfe") == [payload.blobs[0].data]
    assert undo(post.home.state, post.executor, offer.id, post.home.clock) == ""
    assert mailbox(dove, post.account.user, "Entw&APw-rfe") == []
    assert drop.arrived == []


def test_only_configured_servers_are_reached(post: Post, drop: Sink) -> None:
    """A payload for another server is refused by the process itself, whatever was approved."""
    offer = post.accepted()
    payload = post.home.state.payload(offer.payload_hash)
    assert payload is not None
    effect = {**json.loads(payload.manifest())["effects"][0], "target": "evil.example:465"}
    forged = replace(payload, effects=(replace(payload.effects[0], target="evil.example:465"),))
    proof = {"manifest": forged.manifest(), "approved": forged.hash}
    with pytest.raises(Refused, match="changed since"):
        post.executor.prepare({**effect, **proof}, payload.blobs[0].data, forged.hash + ":1:0")
    assert drop.arrived == []


HOSTILE = [
    "x\r\nBcc: evil@example.com",
    "x\nBcc: evil@example.com\n\nbody",
    "x\rBcc: evil@example.com",
    "=?utf-8?q?a=0ABcc:_evil@example.com?=",
    "=?utf-8?b?CkJjYzogZXZpbEBleGFtcGxlLmNvbQ==?=",
    "x\u2028Bcc: evil@example.com\x85To: evil@example.com",
    "x\x0b\x0cBcc: evil@example.com",
    "é" * 400 + "\nBcc: evil@example.com",
    "x\r\n.\r\nRCPT TO:<evil@example.com>",
    "\r\n.\r\nMAIL FROM:<evil@example.com>",
]


def test_hostile_values_reach_no_header_and_no_envelope(post: Post, drop: Sink) -> None:
    """Whatever stands in subject, body or thread, the sink sees the approved people alone (I4)."""
    for number, text in enumerate(HOSTILE):
        post.accepted(number=number, subject=text, body=text, references=(text, "<a@b>"))
    post.run(seconds=31)
    assert len(drop.arrived) == len(HOSTILE)
    for arrived in drop.arrived:
        assert arrived.recipients == ("ada@example.org",)
        message = message_from_bytes(arrived.data, policy=policy.default)
        assert set(message.keys()) <= set(HEADERS) and len(set(message.keys())) == len(message)
        assert [a.addr_spec for a in message["To"].addresses] == ["ada@example.org"]
        assert "evil" not in str(message["References"])


GOOD = wire(
    draft_bytes(
        Draft(
            sender=Person("Anna", "anna@berg.example"),
            to=("ada@example.org",),
            subject="Hello",
            body="Text",
            date=datetime(2026, 3, 2, tzinfo=UTC),
            message_id="<1@berg.example>",
        )
    )
)


@pytest.mark.parametrize(
    "bad",
    [
        GOOD.replace(b"Subject:", b"Bcc: evil@example.com\r\nSubject:"),
        GOOD.replace(b"Subject:", b"To: evil@example.com\r\nSubject:"),
        GOOD.replace(b"ada@example.org", b"ada@example.org, evil@example.com"),
        GOOD.replace(b"ada@example.org", b"evil@example.com"),
        GOOD.replace(b"anna@berg.example", b"evil@example.com"),
        GOOD.replace(b"Subject: Hello", b"Subject: Hello\nBcc: evil@example.com"),
        GOOD.replace(b"Subject: Hello", b"Subject: Hello\rBcc: evil@example.com"),
        GOOD.replace(b"Subject: Hello\r\n", b""),
        GOOD.replace(b"Subject: Hello", b"Subject: H\xc3\xa4"),
        GOOD.replace(b"Subject: Hello", b"Subject: " + b"x" * 999),
        GOOD.replace(b"\r\n", b"\n"),
        GOOD.replace(b"\r\n\r\n", b"\r\nX-Unsent: 1\r\n\r\n", 1),
        GOOD[:-1],
        GOOD + b"\0\r\n",
        b"",
    ],
)
def test_the_sending_process_checks_the_final_bytes(bad: bytes) -> None:
    """A mail that differs from what was built, in whatever way, is not handed over."""
    assert wire_problem(GOOD, "anna@berg.example", ["ada@example.org"]) == ""
    assert wire_problem(bad, "anna@berg.example", ["ada@example.org"])
    assert wire_problem(GOOD, "anna@berg.example", [])
    assert wire_problem(GOOD, "anna@berg.example", ["ada@example.org", "evil@example.com"])


def test_a_token_logs_in_where_passwords_do_not(anna: Account, drop: Sink) -> None:
    """XOAUTH2; a token that was refused is renewed once, in the same go."""
    drop.token = "t2"
    oauth = OAuth("https://x.example/a", "https://x.example/t", "c", "s")
    mine = replace(anna, auth="oauth2", oauth=oauth)
    sending = Sending(mine, lambda account, fresh: "t2" if fresh else "t1")
    data = GOOD.replace(b"anna@berg.example", mine.address.encode())
    sending.prepare(data, ["ada@example.org"])
    sending.commit()
    assert [a.data for a in drop.arrived] == [data]
    drop.token = "t3"
    with pytest.raises(NotYet, match="samantha mail login"):
        Sending(mine, lambda account, fresh: "t2").prepare(data, ["ada@example.org"])


def test_a_full_mailbox_is_told(
    trust: Authority, anna: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A draft that finds no room is refused with the reason; nothing is half there."""
    quota = """
mail_plugins = quota
plugin {
  quota = maildir:User quota
  quota_rule = *:storage=1K
  quota_grace = 0
}
"""
    with mail_servers.dovecot(trust, quota) as full:
        mine = replace(anna, user="anna", imap=Server("localhost", full.tls_port))
        carrier = MailCarrier([mine], lambda account, fresh: PASSWORD)
        data = GOOD.replace(b"Text", b"x" * 4_000)
        data = data.replace(b"\r\n\r\n", b"\r\n\r\n" + b"eHh4\r\n" * 2_000)
        effect = {"type": "append_mail", "target": "drafts", "source": mine.name, "text": "<1@x>"}
        with pytest.raises(Refused, match="full"):
            carrier.append(effect, data)
        assert carrier.append({**effect, "target": "sent"}, data)["why"].startswith(
            "the mailbox is"
        )
        assert carrier.appended(effect) == "not_done"


class Dying(WorkerExecutor):
    """An executor whose caller dies around the last byte of a mail."""

    before = False

    def execute(self, effect: Mapping[str, Any], data: bytes, key: str) -> Mapping[str, Any]:
        """Send, unless death comes before it; tell nobody."""
        if not self.before:
            super().execute(effect, data, key)
        raise SystemExit


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_daemon_that_dies_over_a_mail_never_sends_it_again(
    post: Post, drop: Sink, before: bool
) -> None:
    """After a restart the entry is unknown, with what to look for, and stays so."""
    offer = post.accepted()
    dying = Dying(accounts=[post.account])
    dying.before = before
    post.home.clock.pass_(seconds=31)
    with pytest.raises(SystemExit):
        run_outbox(post.home.state, dying, post.home.clock, "test")
    dying.close()
    assert post.entry(offer).state is OutboxState.COMMITTING
    post.home.restart()
    (entry,) = recover(post.home.state, post.executor, post.home.clock)
    assert entry.state is OutboxState.UNKNOWN and "look there" in entry.reason
    post.run(hours=3)
    assert len(drop.arrived) == (0 if before else 1)


def test_a_daemon_that_dies_while_it_hands_a_mail_over_sends_it_later(
    post: Post, drop: Sink
) -> None:
    """Before the entry is committing nothing was sent, so it is tried again, and goes once."""
    offer = post.accepted()
    post.home.clock.pass_(seconds=31)
    assert post.home.state.claim(post.entry(offer).id, "the one that dies")
    post.home.restart()
    recover(post.home.state, post.executor, post.home.clock)
    (entry,) = post.run()
    assert entry.state is OutboxState.DONE and len(drop.arrived) == 1
