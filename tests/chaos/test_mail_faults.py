"""Many sessions over a bad line: no mail is missing, none is there twice, none is sent twice.

``MAIL_SESSIONS`` says how many; the fast set has a few.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import mail_servers
import pytest
from builders import ME, Home, suggestion
from mail_servers import PASSWORD, Authority, Dovecot, mail
from mail_sink import Fault, proxy, sink

from samantha.adapters.executor import WorkerExecutor
from samantha.adapters.imap_account import Account, Server
from samantha.adapters.imap_parts import left_out
from samantha.adapters.imap_wanted import want
from samantha.adapters.payloads import PayloadBuilder
from samantha.adapters.smtp_envelope import message_id, outgoing
from samantha.api import DraftMail
from samantha.core.outbox import run_outbox
from samantha.core.ports import OutboxState
from samantha.workers.mail_keeper import Keeper
from samantha.workers.secrets import credential_name

SESSIONS = int(os.environ.get("MAIL_SESSIONS", "25"))
PATIENCE_S = 0.5


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if reason := mail_servers.missing():
        pytest.skip(reason)
    return mail_servers.authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def dove(trust: Authority) -> Iterator[Dovecot]:
    with mail_servers.dovecot(trust) as one:
        yield one


def account(dove: Dovecot, port: int) -> Account:
    return Account(
        name="anna",
        address="anna@berg.example",
        user="anna",
        imap=Server("localhost", port),
        ca=str(dove.trust.ca),
        days=0,
        patience_s=PATIENCE_S,
    )


def network_fault(chance: random.Random) -> Fault:
    """Any fault, at any byte of a session, in either direction."""
    kind = chance.choice(("none", "cut", "cut", "hang", "slow", "duplicate"))
    towards = chance.choice(("client", "server"))
    # What arrives twice on a network does not pass TLS; the rest may fall between any two bytes.
    after = chance.randrange(0, 30_000 if towards == "client" else 1_500)
    return Fault(kind, after, towards, raw=kind == "duplicate" or chance.random() < 0.3)


def test_reading_over_a_bad_line(dove: Dovecot, trust: Authority, tmp_path: Path) -> None:
    """Sessions that are cut, slowed, hung and garbled, while mails come, go and are read.

    Some have a file, and some of these are asked for: in the end all is here, and once.
    """
    chance = random.Random(7)
    faults: list[Fault] = []

    def plan(number: int) -> Fault:
        faults.append(network_fault(chance))
        return faults[-1]

    with proxy(trust, dove.tls_port, plan) as between:
        through = Keeper(
            account(dove, between.port), tmp_path / "copy", lambda _account, _fresh: PASSWORD
        )
        for number in range(SESSIONS):
            for n in range(chance.randrange(0, 4)):
                text = f"{number}.{n} " + "x" * chance.randrange(10, 8_000)
                folder = chance.choice(("INBOX", "INBOX", "Sent"))
                data = mail(number * 10 + n, body=text)
                dove.deliver("anna", _with_file(data) if chance.random() < 0.3 else data, folder)
            if chance.random() < 0.3:
                _disturb(dove, chance)
            through.once()
            for path in _lacking(tmp_path / "copy"):
                if chance.random() < 0.5:
                    want(tmp_path / "copy", str(path))
            through.parts()
    straight = Keeper(account(dove, dove.tls_port), tmp_path / "copy", lambda *_: PASSWORD)
    straight.once()
    for path in _lacking(tmp_path / "copy"):
        want(tmp_path / "copy", str(path))
    straight.parts()
    here = Counter(_said(p.read_bytes()) for p in (tmp_path / "copy").rglob("cur/*"))
    there = Counter(_said(data) for data in _all(dove))
    assert not _lacking(tmp_path / "copy")
    assert here == there and max(here.values()) == 1
    assert len(faults) >= SESSIONS


def _with_file(data: bytes) -> bytes:
    """A mail with a file."""
    head, _, text = data.partition(b"\r\n\r\n")
    file = b"Content-Type: application/pdf; name=b.pdf\r\n\r\n%PDF " + b"y" * 3_000
    parts = (b"Content-Type: text/plain\r\n\r\n" + text, file)
    kind = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=edge"
    body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts)
    return head + b"\r\n" + kind + b"\r\n\r\n" + body + b"--edge--\r\n"


def _lacking(copy: Path) -> list[Path]:
    return [path for path in sorted(copy.rglob("cur/*")) if left_out(path.read_bytes())]


def _said(data: bytes) -> tuple[str, ...]:
    """What a mail says in all its parts; how the parts are held together may differ."""
    message = message_from_bytes(data)
    parts = [str(p.get_payload()).rstrip() for p in message.walk() if not p.is_multipart()]
    return str(message["Message-ID"]), str(message["Subject"]), *parts


def _disturb(dove: Dovecot, chance: random.Random) -> None:
    """Delete one mail and flag another, as another program would."""
    with dove.client("anna") as client:
        _, found = client.select("INBOX")
        count = int(found[0] or b"0")
        if count > 2:
            client.store(str(chance.randrange(1, count)), "+FLAGS", "\\Deleted")
            client.expunge()
            client.store("1", "+FLAGS", chance.choice(("\\Seen", "\\Answered", "\\Flagged")))


def _all(dove: Dovecot) -> Iterator[bytes]:
    with dove.client("anna") as client:
        for folder in ("INBOX", "Sent"):
            client.select(folder, readonly=True)
            _, found = client.search(None, "ALL")
            for number in found[0].split():
                _, data = client.fetch(number.decode(), "(BODY.PEEK[])")
                assert isinstance(data[0], tuple)
                yield data[0][1]


def server_fault(chance: random.Random) -> Fault:
    """A fault of a session that sends; what the server says may arrive twice."""
    kind = chance.choice(("none", "cut", "cut", "hang", "slow", "duplicate"))
    towards = "client" if kind == "duplicate" else chance.choice(("client", "server"))
    return Fault(kind, chance.randrange(0, 700 if towards == "client" else 1_400), towards)


def test_sending_over_a_bad_line(
    dove: Dovecot, trust: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is done arrived once, what was refused or waits did not, and nothing arrived twice."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / credential_name("mail/anna")).write_text(PASSWORD)
    chance = random.Random(11)
    home = Home(tmp_path / "home")
    with (
        sink(trust) as drop,
        proxy(trust, drop.port, lambda number: server_fault(chance)) as between,
    ):
        mine = replace(account(dove, dove.tls_port), smtp=Server("localhost", between.port))
        home.builder = PayloadBuilder(
            home.out,
            "",
            ME,
            home.clock,
            allowed=lambda address: True,
            accounts=[outgoing(mine, send=True)],
        )
        home.restart()
        executor = WorkerExecutor(accounts=[mine])
        for number in range(SESSIONS):
            source = home.mail(f"When? {number}", message_id=f"<q{number}@example.org>")
            action = DraftMail(("ada@example.org",), f"Mail {number}", "x" * 200)
            (offer,) = home.suggest(suggestion(source, action))
            home.decisions.review(offer.id)
            items = home.decisions.unconfirmed(offer.id)
            home.decisions.accept(offer.id, via="test", confirmed=items)
            home.clock.pass_(minutes=5)
            run_outbox(home.state, executor, home.clock, "test")
        for _ in range(12):
            home.clock.pass_(**{"seconds": timedelta(minutes=61).total_seconds()})
            run_outbox(home.state, executor, home.clock, "test")
        executor.close()
        arrived = Counter(message_id(a.data) for a in drop.arrived)
    assert max(arrived.values()) == 1
    ends: Counter[str] = Counter()
    for entry in home.state.outbox():
        payload = home.state.payload(entry.payload_hash)
        assert payload is not None
        came = arrived[payload.effects[0].text]
        ends[f"{entry.state}/{came}"] += 1
        if entry.state is OutboxState.DONE:
            assert came == 1, entry
        elif entry.state is not OutboxState.UNKNOWN:
            assert came == 0, entry
    assert sum(ends.values()) == SESSIONS
    print(dict(ends))  # noqa: T201
    home.close()
