"""`samantha mail`, typed by a user with a fresh home, a real keyring and a real server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import desktop
import keyrings
import pytest
from homes import Home, Running
from mail_servers import PASSWORD, Authority, Dovecot, mail

pytestmark = pytest.mark.skipif(bool(keyrings.missing()), reason=keyrings.missing())

AUTOCONFIG = """<?xml version="1.0"?>
<clientConfig version="1.1"><emailProvider id="berg.example">
<incomingServer type="pop3"><hostname>pop.berg.example</hostname><port>995</port>
<socketType>SSL</socketType><username>%EMAILADDRESS%</username></incomingServer>
<incomingServer type="imap"><hostname>imap.berg.example</hostname><port>143</port>
<socketType>plain</socketType><username>%EMAILADDRESS%</username></incomingServer>
<incomingServer type="imap"><hostname>localhost</hostname><port>{port}</port>
<socketType>SSL</socketType><username>%EMAILLOCALPART%</username></incomingServer>
</emailProvider></clientConfig>
"""


@pytest.fixture
def at_home(home: Home, session_bus: desktop.Bus, dove: Dovecot) -> Home:
    """A home whose session has an open keyring, and a mailbox `anna` on the server."""
    home.configure('[user]\nnames = ["Anna Berg"]\n[attention]\nquiet_hours = ""\n')
    home.config.write_text(home.config.read_text() + "[model]\nenabled = false\n# the end\n")
    home.more["DBUS_SESSION_BUS_ADDRESS"] = session_bus.address
    return home


def typed(home: Home, *words: str, said: str = PASSWORD) -> subprocess.CompletedProcess[str]:
    """Run a command and answer its question."""
    return subprocess.run(
        [sys.executable, "-m", "samantha", *words],
        env=home.environment,
        input=f"{said}\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def add(
    home: Home, dove: Dovecot, said: str = PASSWORD, user: str = "anna"
) -> subprocess.CompletedProcess[str]:
    server = f"localhost:{dove.tls_port}"
    words = (f"{user}@berg.example", "--user", user, "--imap", server, "--ca", str(dove.trust.ca))
    return typed(home, "mail", "add", *words, said=said)


def test_an_account_is_added_read_and_removed(
    at_home: Home, session_bus: desktop.Bus, dove: Dovecot, tmp_path: Path
) -> None:
    """From the password to a search result, and back to no byte on the disk."""
    dove.user("anna")
    dove.deliver("anna", mail(1, subject="The lighthouse", body="canary-9917 in the harbour"))
    with keyrings.gnome_keyring(session_bus.address, tmp_path / "keys"):
        done = add(at_home, dove)
        assert done.returncode == 0, done.stderr
        assert "logged in" in done.stdout
        text = at_home.config.read_text()
        assert "[[accounts]]" in text and "# the end" in text and PASSWORD not in text
        assert "logged in" in at_home.run("mail", "test", "anna").stdout
        at_home.run("run", "--once")
        (hit,) = at_home.json("search", "lighthouse")
        assert hit["document"] == "<m1@example.org>"
        (source,) = at_home.json("sources")
        assert source["kind"] == "imap" and source["read"] == 1
        assert source["fetched_bytes"] > 500 and source["synced"]
        (row,) = at_home.json("mail", "list")
        assert row["state"] == "watching" and row["address"] == "anna@berg.example"
        assert "fetched since" in at_home.run("sources").stdout
        at_home.run("mail", "remove", "anna")
        assert "[[accounts]]" not in at_home.config.read_text()
        assert "# the end" in at_home.config.read_text()
        at_home.run("forget", "anna")
    left = [p for p in at_home.root.rglob("*") if p.is_file() and b"canary-9917" in p.read_bytes()]
    assert not left


def test_a_running_daemon_sees_a_mail_that_is_delivered(
    at_home: Home, session_bus: desktop.Bus, dove: Dovecot, tmp_path: Path
) -> None:
    """Through IDLE, without being asked."""
    dove.user("anna")
    with keyrings.gnome_keyring(session_bus.address, tmp_path / "keys"):
        assert add(at_home, dove).returncode == 0
        running = Running(at_home, tmp_path)
        try:
            running.wait_ready()
            dove.deliver("anna", mail(7, subject="A whale in the bay"))
            for _ in range(60):
                if at_home.json("search", "whale"):
                    break
            assert at_home.json("search", "whale")
        finally:
            running.stop()


def test_a_wrong_password_changes_nothing(
    at_home: Home, session_bus: desktop.Bus, dove: Dovecot, tmp_path: Path
) -> None:
    """Neither the configuration nor the keyring takes what did not work."""
    dove.user("anna")
    before = at_home.config.read_text()
    with keyrings.gnome_keyring(session_bus.address, tmp_path / "keys"):
        done = add(at_home, dove, said="wrong")
        assert done.returncode == 1 and "password is wrong" in done.stderr
        done = add(at_home, dove, said="")
        assert done.returncode == 1 and "No password" in done.stderr
    assert at_home.config.read_text() == before


def test_without_a_keyring_nothing_is_kept(at_home: Home, dove: Dovecot) -> None:
    """The password is not written anywhere else, and what else there is, is said."""
    dove.user("anna")
    done = add(at_home, dove)
    assert (
        done.returncode == 1 and "cannot be kept" in done.stderr and "docs/mail.md" in done.stderr
    )
    assert "[[accounts]]" not in at_home.config.read_text()


def test_another_password_is_taken(
    at_home: Home, session_bus: desktop.Bus, dove: Dovecot, tmp_path: Path
) -> None:
    """When the provider's password changes, one command is enough."""
    # A user of its own: dovecot may look at the changed file a second later.
    dove.user("berta")
    with keyrings.gnome_keyring(session_bus.address, tmp_path / "keys"):
        assert add(at_home, dove, user="berta").returncode == 0
        dove.user("berta", "another one")
        told = at_home.run("mail", "test", "berta", code=1).stderr
        assert "samantha mail password berta" in told
        told = at_home.run("run", "--once").stderr
        assert "account berta: refused" in told and "samantha mail password berta" in told
        rows = {row["part"]: row for row in at_home.json("doctor")}
        assert rows["account berta"]["state"] == "limited"
        assert typed(at_home, "mail", "password", "berta", said="another one").returncode == 0
        assert "logged in" in at_home.run("mail", "test", "berta").stdout


def test_the_servers_are_found_in_a_file(
    at_home: Home, session_bus: desktop.Bus, dove: Dovecot, trust: Authority, tmp_path: Path
) -> None:
    """Mozilla's format: the first IMAP server with TLS, placeholders filled in."""
    dove.user("anna")
    path = tmp_path / "berg.xml"
    path.write_text(AUTOCONFIG.format(port=dove.tls_port))
    words = ("anna@berg.example", "--autoconfig", str(path), "--ca", str(trust.ca))
    with keyrings.gnome_keyring(session_bus.address, tmp_path / "keys"):
        done = typed(at_home, "mail", "add", *words)
    assert done.returncode == 0, done.stderr
    assert 'user = "anna"' in at_home.config.read_text()


def test_what_is_not_known_is_said(at_home: Home) -> None:
    """Unknown providers and accounts, with what to type."""
    told = at_home.run("mail", "add", "anna@berg.example", code=1).stderr
    assert "berg.example are not known" in told and "--imap" in told
    assert "samantha mail add" in at_home.run("mail", "test", "anna", code=1).stderr
    assert "No accounts" in at_home.run("mail", "list").stdout


@pytest.mark.parametrize("address", ["nonsense", "@berg.example", "anna@"])
def test_what_is_no_address_is_said(at_home: Home, address: str) -> None:
    """A slip of the hand is told as one, and no server is looked for."""
    told = at_home.run("mail", "add", address, code=1).stderr
    assert "is no mail address" in told and "samantha mail add anna@example.org" in told
