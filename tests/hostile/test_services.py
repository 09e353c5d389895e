"""What a plugin would steal where there is something to steal: a real bus, a real keyring.

Each attack is tried outside of the jail first, with the same code, and must succeed there: else its
failure within would say nothing.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import desktop
import keyrings
import pytest
from strangers import Strangers, reasons

CANARY = "canary-of-the-keyring"
STEAL = r"""
import json, os, re, struct, _socket

def text(value):
    return struct.pack("<I", len(value)) + value.encode() + b"\0"

def padded(data, to):
    return data + b"\0" * (-len(data) % to)

def called(serial, path, interface, member, to, signature="", body=b""):
    fields = b""
    for code, kind, value in ((1, "o", path), (2, "s", interface), (3, "s", member), (6, "s", to)):
        fields = padded(fields, 8) + bytes([code, 1]) + kind.encode() + b"\0" + text(value)
    if signature:
        fields = padded(fields, 8) + b"\x08\x01g\0" + bytes([len(signature)])
        fields += signature.encode() + b"\0"
    head = struct.pack("<cBBBIII", b"l", 1, 0, 1, len(body), serial, len(fields)) + fields
    return padded(head, 8) + body

class Bus:
    def __init__(self, path):
        self.socket, self.serial, self.said = _socket.socket(1, 1), 0, b""
        self.socket.settimeout(60)
        self.socket.connect(path)
        self.socket.send(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
        self.until(rb"OK .*\r\n")
        self.socket.send(b"BEGIN\r\n")
        self.names = "org.freedesktop.DBus"
        self.call("/org/freedesktop/DBus", self.names, "Hello", self.names)
        self.until(rb":\d+\.\d+")

    def call(self, *args):
        self.serial, self.said = self.serial + 1, b""
        self.socket.send(called(self.serial, *args))

    def until(self, pattern):
        while not (found := re.search(pattern, self.said)):
            self.said += self.socket.recv(65536)
        return found[0].decode()

def names(bus):
    one = Bus(bus)
    one.call("/org/freedesktop/DBus", one.names, "ListNames", one.names)
    return one.until(rb"org\.freedesktop\.secrets")

def secret(bus):
    one, to, path = Bus(bus), "org.freedesktop.secrets", "/org/freedesktop/secrets"
    service = "org.freedesktop.Secret.Service"
    plain = padded(text("plain") + b"\x01s\0", 4) + text("")
    one.call(path, service, "OpenSession", to, "sv", plain)
    session = one.until(rb"/org/freedesktop/secrets/session/\w+")
    one.call(path, service, "SearchItems", to, "a{ss}", b"\0" * 8)
    item = one.until(rb"/org/freedesktop/secrets/collection/\w+/\w+(?=\0)")
    paths = text(item)
    body = padded(struct.pack("<I", len(paths)) + paths, 4) + text(session)
    one.call(path, service, "GetSecrets", to, "aoo", body)
    return one.until(CANARY.encode())

def abstract(name):
    one = _socket.socket(1, 1)
    one.connect("\0" + name)
    return "connected"

def inherited(pid):
    # Who may trace a process can take its open files.
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    one = libc.syscall(434, pid, 0)
    if one < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return "a handle of the daemon"

def deeds(about):
    return {
        "names on the bus": lambda: names(about["bus"]),
        "a secret of the keyring": lambda: secret(about["bus"]),
        "an abstract socket": lambda: abstract(about["abstract"]),
        "a handle of another process": lambda: inherited(about["pid"]),
    }

def tried(about):
    told = {}
    for name, deed in deeds(about).items():
        try:
            told[name] = "did it: " + deed()
        except BaseException as problem:
            told[name] = type(problem).__name__
    return told
"""
PLUGIN = (
    STEAL
    + """
def suggest(moment, context):
    about = json.loads(moment.documents[0].text)
    return [Silence(moment.documents[0].id, json.dumps(tried(about)))]
"""
)
DEEDS = ("names on the bus", "a secret of the keyring", "an abstract socket")


@pytest.fixture(scope="module")
def about(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """A bus and an open keyring with one secret in it, and where they are to be found."""
    if reason := keyrings.missing():
        pytest.skip(reason)
    home = tmp_path_factory.mktemp("keyring")
    name = f"samantha-test-{os.getpid()}"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"\0{name}")
    listener.listen()
    with desktop.session_bus() as bus, keyrings.gnome_keyring(bus.address, home):
        kept = f"import keyring; keyring.set_password('samantha', 'anna', {CANARY!r})"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "DBUS_SESSION_BUS_ADDRESS": bus.address,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring",
        }
        subprocess.run([sys.executable, "-c", kept], env=environment, check=True, timeout=60)
        path = bus.address.removeprefix("unix:path=")
        yield {"bus": path, "abstract": name, "pid": os.getpid()}
    listener.close()


@pytest.fixture(scope="module")
def outside(about: dict[str, object]) -> dict[str, str]:
    """What the same code does in a process without a jail."""
    code = f"CANARY = {CANARY!r}\n{STEAL}\nprint(json.dumps(tried({about!r})))"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, timeout=120, capture_output=True, text=True
    )
    told: dict[str, str] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("deed", DEEDS)
def test_the_attack_works_outside(outside: dict[str, str], deed: str) -> None:
    """The bus answers, the keyring hands its secret to whoever asks: there is something to lose."""
    assert outside[deed].startswith("did it"), outside
    assert (CANARY in outside[deed]) == (deed == "a secret of the keyring")


def test_the_attack_fails_within(
    strangers: Strangers, about: dict[str, object], outside: dict[str, str]
) -> None:
    """The same code in a host reaches neither bus nor keyring, nor the daemon's process."""
    strangers.agree(strangers.write(f"CANARY = {CANARY!r}\n{PLUGIN}"))
    task = strangers.home.file("task.txt", json.dumps(about))
    with strangers.hosted() as one:
        (told,) = reasons(strangers.answers(one, task))
    assert json.loads(told) == dict.fromkeys(outside, "PermissionError")
