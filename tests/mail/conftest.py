"""A dovecot for all tests of a file, and an account of its own for each test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import mail_servers
import pytest

from samantha.adapters.imap_account import Account, Server
from samantha.adapters.imap_mirror import Mirror
from samantha.adapters.imap_session import Meter

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def trust(tmp_path_factory: pytest.TempPathFactory) -> mail_servers.Authority:
    """An authority that the accounts trust."""
    if reason := mail_servers.missing():
        pytest.skip(reason)
    return mail_servers.authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def dove(trust: mail_servers.Authority) -> Iterator[mail_servers.Dovecot]:
    """A running dovecot."""
    with mail_servers.dovecot(trust) as one:
        yield one


@pytest.fixture
def account(dove: mail_servers.Dovecot) -> Account:
    """A new, empty account."""
    user = f"user{next(_numbers)}"
    dove.user(user)
    return Account(
        name=user,
        address=f"{user}@berg.example",
        user=user,
        imap=Server("localhost", dove.tls_port),
        ca=str(dove.trust.ca),
        days=0,
    )


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    """An empty copy."""
    return Mirror(tmp_path / "copy")


@pytest.fixture
def meter() -> Meter:
    """Counts what a test's sessions fetch."""
    return Meter()


@pytest.fixture
def secret() -> Callable[[Account, bool], str]:
    """Gives every account the same password."""
    return lambda account, fresh: mail_servers.PASSWORD
