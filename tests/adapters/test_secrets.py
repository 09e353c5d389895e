"""Passwords and tokens: kept in a keyring that encrypts, or nowhere."""

from __future__ import annotations

import os
from pathlib import Path

import desktop
import keyrings
import pytest

from samantha.adapters.secrets import (
    SecretsUnavailable,
    delete_secret,
    get_secret,
    put_secret,
)
from samantha.workers.secrets import credential_name

PLAIN = """
import keyring.backend, pathlib
class Keyring(keyring.backend.KeyringBackend):
    priority = 9
    def get_password(self, service, name):
        return None
    def set_password(self, service, name, password):
        pathlib.Path(__file__).with_name("kept").write_text(password)
"""
needs_keyring = pytest.mark.skipif(bool(keyrings.missing()), reason=keyrings.missing())


@pytest.fixture(autouse=True)
def _nothing_of_this_session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "CREDENTIALS_DIRECTORY", "PYTHON_KEYRING_BACKEND"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/no-bus")


@needs_keyring
def test_a_secret_is_kept_and_removed(session_bus: desktop.Bus, tmp_path: Path) -> None:
    """What was put is found again, by its name alone; what was removed is not."""
    with keyrings.gnome_keyring(session_bus.address, tmp_path):
        assert get_secret("mail/anna") is None
        put_secret("mail/anna", "sésame\n1")
        put_secret("mail/other", "x")
        assert get_secret("mail/anna") == "sésame\n1"
        delete_secret("mail/anna")
        delete_secret("mail/anna")
        assert get_secret("mail/anna") is None
        assert get_secret("mail/other") == "x"


@needs_keyring
def test_no_secret_lies_in_the_clear(session_bus: desktop.Bus, tmp_path: Path) -> None:
    """The keyring's own file does not hold the text."""
    with keyrings.gnome_keyring(session_bus.address, tmp_path):
        put_secret("mail/anna", "canary-7311")
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert files and not [p for p in files if b"canary-7311" in p.read_bytes()]


@needs_keyring
def test_a_locked_keyring_is_said_and_not_waited_for(
    session_bus: desktop.Bus, tmp_path: Path
) -> None:
    """Nobody is asked to unlock anything by a program in the background."""
    with keyrings.gnome_keyring(session_bus.address, tmp_path):
        put_secret("mail/anna", "x")
    with (
        keyrings.gnome_keyring(session_bus.address, tmp_path, unlock=b"wrong"),
        pytest.raises(SecretsUnavailable, match="locked"),
    ):
        get_secret("mail/anna")


def test_without_a_keyring_there_is_a_reason() -> None:
    """No session, no keyring: it is said."""
    with pytest.raises(SecretsUnavailable, match="keyring"):
        get_secret("mail/anna")


@pytest.mark.parametrize(
    "backend",
    [
        "plain.Keyring",
        "keyring.backends.null.Keyring",
        "keyring.backends.fail.Keyring",
        "no.such.Keyring",
    ],
)
def test_other_keyrings_are_refused(
    backend: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A keyring that may write plain text, or keeps nothing, gets no secret."""
    (tmp_path / "plain.py").write_text(PLAIN)
    before = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{before}")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)
    with pytest.raises(SecretsUnavailable):
        put_secret("mail/anna", "canary-7312")
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert not [p for p in files if b"canary" in p.read_bytes()]


def test_a_unit_may_be_given_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On a machine without a desktop, systemd's credentials are read, and only by their names."""
    (tmp_path / credential_name("mail/anna")).write_text("sesame\n")
    (tmp_path.parent / "outside").write_text("not for us")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert credential_name("mail/anna") == "samantha.mail.anna"
    assert get_secret("mail/anna") == "sesame"
    for name in ("mail/../../outside", "../outside"):
        with pytest.raises(SecretsUnavailable):
            get_secret(name)
