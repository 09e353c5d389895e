"""A real keyring, private to a test: gnome-keyring on a session bus of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import desktop

PASSWORD = b"open sesame"


def missing() -> str:
    """Return why no keyring can be started here, or ''."""
    return desktop.missing("dbus-daemon", "gnome-keyring-daemon")


@contextlib.contextmanager
def gnome_keyring(bus_address: str, home: Path, *, unlock: bytes = PASSWORD) -> Iterator[None]:
    """Run the daemon over the keyring in ``home``; the first password makes it.

    A wrong password leaves it locked.
    """
    runtime = home / "runtime"
    runtime.mkdir(parents=True, exist_ok=True, mode=0o700)
    process = subprocess.Popen(
        ["gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "DBUS_SESSION_BUS_ADDRESS": bus_address,
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_DATA_HOME": str(home / "data"),
        },
    )
    try:
        assert process.stdin is not None
        process.stdin.write(unlock)
        process.stdin.close()
        desktop.wait_for_owner(bus_address, "org.freedesktop.secrets")
        yield
    finally:
        process.terminate()
        process.wait(10)
