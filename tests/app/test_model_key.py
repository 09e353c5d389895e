"""`samantha model key`: a key goes into a keyring that encrypts, or nowhere."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import desktop
import keyrings
import pytest
from homes import CONFIG, Home
from local_endpoint import model_server

from samantha.adapters.endpoint import EndpointChat
from samantha.adapters.endpoint_key import NoKey, stored_key

ENDPOINT = CONFIG + 'endpoint = "{url}"\n'
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


def key(home: Home, text: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command with a key on its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "samantha", "model", "key", *words],
        env=home.environment,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )


def everywhere(home: Home) -> bytes:
    return b"".join(p.read_bytes() for p in home.root.rglob("*") if p.is_file())


@needs_keyring
def test_a_key_is_kept_used_and_removed(
    home: Home, session_bus: desktop.Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was piped in is what the server gets; no file of samantha holds it."""
    monkeypatch.delenv("DISPLAY", raising=False)
    home.more["DBUS_SESSION_BUS_ADDRESS"] = session_bus.address
    with keyrings.gnome_keyring(session_bus.address, tmp_path / "ring"), model_server() as served:
        served.key = "sk-canary-7311"
        home.configure(ENDPOINT.replace("{url}", served.url))
        done = key(home, "sk-canary-7311\n")
        assert done.returncode == 0 and done.stdout.strip() == (
            f"The key for {served.address} is in the keyring."
        )
        chat = EndpointChat(served.url, first_wait_s=0.0)
        assert chat.complete((("hello", False),), deadline_s=30.0) == served.says
        chat.close()
        assert key(home, "", "--remove").returncode == 0
        assert stored_key(served.address) == ""
    assert b"canary-7311" not in everywhere(home)


@needs_keyring
def test_a_locked_keyring_is_no_wait_and_no_key(
    home: Home, session_bus: desktop.Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Background work is told that it is locked; nobody is asked to unlock it."""
    monkeypatch.delenv("DISPLAY", raising=False)
    with keyrings.gnome_keyring(session_bus.address, tmp_path / "ring"):
        pass
    with (
        keyrings.gnome_keyring(session_bus.address, tmp_path / "ring", unlock=b"wrong"),
        pytest.raises(NoKey, match="keyring"),
    ):
        stored_key("http://box.lan")


def test_a_keyring_of_plain_text_is_refused(home: Home, tmp_path: Path) -> None:
    """The key is kept nowhere, and the reason names the keyring."""
    (tmp_path / "plainring.py").write_text(PLAIN)
    home.configure(ENDPOINT.replace("{url}", "http://192.168.1.5:8080/v1"))
    home.more |= {"PYTHONPATH": str(tmp_path), "PYTHON_KEYRING_BACKEND": "plainring.Keyring"}
    done = key(home, "canary-7311\n")
    assert done.returncode == 1 and "not known to encrypt" in done.stderr
    assert "Traceback" not in done.stderr and "canary" not in done.stdout + done.stderr
    assert not (tmp_path / "kept").exists() and b"canary" not in everywhere(home)


@pytest.mark.parametrize("text", ["", "two words\n", "a\nb\n", "ä\n", "x" * 9_000])
def test_what_is_no_key_is_not_kept(home: Home, text: str) -> None:
    """Before any keyring is asked."""
    home.configure(ENDPOINT.replace("{url}", "http://192.168.1.5:8080/v1"))
    done = key(home, text)
    assert done.returncode == 1 and "That is no key" in done.stderr


def test_without_a_server_there_is_nothing_to_keep(home: Home) -> None:
    """It says where a server's address belongs."""
    home.configure()
    done = key(home, "sesame\n")
    assert done.returncode == 1 and "endpoint" in done.stderr


def test_what_is_typed_is_not_shown(home: Home, tmp_path: Path) -> None:
    """On a terminal it is asked for, without an echo."""
    home.configure(ENDPOINT.replace("{url}", "http://192.168.1.5:8080/v1"))
    home.more["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={tmp_path}/no-bus"
    leader, follower = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "samantha", "model", "key"],
        env=home.environment,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
    )
    os.close(follower)
    seen = b""
    while b"8080: " not in seen:
        seen += os.read(leader, 1_024)
    os.write(leader, b"sk-canary\n")
    while True:
        try:
            block = os.read(leader, 1_024)
        except OSError:
            break
        if not block:
            break
        seen += block
    os.close(leader)
    assert child.wait() == 1 and b"canary" not in seen and b"not kept" in seen
