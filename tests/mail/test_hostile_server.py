"""A server that says anything at all: the account has a state with a reason, and goes on."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from mail_servers import PASSWORD, Authority, Dovecot, mail
from mail_sink import Fault, proxy

from samantha.adapters.imap import account_status
from samantha.adapters.imap_account import Account, Server
from samantha.workers.mail_keeper import Keeper

SESSIONS = 60
STATES = {"watching", "offline", "broken", "refused"}


def test_garbled_answers_are_a_state_and_leave_nothing_behind(
    account: Account, dove: Dovecot, trust: Authority, tmp_path: Path
) -> None:
    """Sixty sessions with bytes changed, put in and left out; then a good one has all mails."""
    for n in range(12):
        dove.deliver(account.user, mail(n, body="x" * 700))
    chance, told = random.Random(3), set[str]()
    with proxy(
        trust, dove.tls_port, lambda number: Fault("garble", chance.randrange(5_000))
    ) as between:
        bad = replace(account, imap=Server("localhost", between.port), patience_s=0.5)
        for number in range(SESSIONS):
            root = tmp_path / str(number)
            Keeper(bad, root, lambda _account, _fresh: PASSWORD).once()
            told.add(account_status(root).state)
            outside = [p for p in tmp_path.rglob("*") if p.is_symlink()]
            assert not outside
    assert told <= STATES and len(told) > 1, told
    names = {p.name for p in tmp_path.iterdir() if p.is_dir()}
    assert names == {str(n) for n in range(SESSIONS)}
    Keeper(account, tmp_path / "good", lambda _account, _fresh: PASSWORD).once()
    assert len(list((tmp_path / "good").rglob("cur/*"))) == 12
