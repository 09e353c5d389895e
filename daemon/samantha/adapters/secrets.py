"""Passwords, tokens and keys: in the system's keyring, asked through a process with a deadline.

On a machine without a desktop the same names are systemd credentials. Nothing is ever written to a
file by samantha, and a keyring that may keep plain text is refused.
"""

from __future__ import annotations

import os

from samantha.workers.frames import FrameError, FrameTimeout
from samantha.workers.process import Worker

QUIET_S = 10.0
"""How long a keyring may take when nobody is there to unlock it."""
PROMPT_S = 120.0
"""How long the user may take to unlock it."""
_SESSION = (
    "HOME",
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_CURRENT_DESKTOP",
    "CREDENTIALS_DIRECTORY",
    "PYTHON_KEYRING_BACKEND",
)
_SCREEN = ("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY")


class SecretsUnavailable(Exception):
    """The keyring could not be asked. ``reason`` is for the user, ``type_this`` may be empty."""

    def __init__(self, reason: str, type_this: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.type_this = type_this


def session_environment(*, screen: bool = False) -> dict[str, str]:
    """Return the variables with which a worker finds the keyring, and the screen if asked."""
    names = (*_SESSION, *_SCREEN) if screen else _SESSION
    return {name: os.environ[name] for name in names if name in os.environ}


def get_secret(name: str, *, prompt: bool = False) -> str | None:
    """Return the secret of this name (``mail/anna``), None if there is none.

    ``prompt`` lets the desktop ask the user to unlock the keyring; without it a locked one raises.
    Raises ``SecretsUnavailable``.
    """
    header, body = _ask({"op": "get", "name": name, "prompt": prompt}, b"", prompt=prompt)
    return body.decode() if header.get("found") else None


def put_secret(name: str, value: str) -> None:
    """Keep a secret; the desktop may ask the user to unlock. Raises ``SecretsUnavailable``."""
    _ask({"op": "put", "name": name}, value.encode(), prompt=True)


def delete_secret(name: str) -> None:
    """Remove a secret, if it is there. Raises ``SecretsUnavailable``."""
    _ask({"op": "delete", "name": name}, b"", prompt=True)


def _ask(
    header: dict[str, object], body: bytes, *, prompt: bool
) -> tuple[dict[str, object], bytes]:
    worker = Worker("samantha.workers.secrets", env=session_environment(screen=prompt))
    try:
        answer, found = worker.request(header, body, PROMPT_S if prompt else QUIET_S)
    except FrameTimeout as problem:
        raise SecretsUnavailable("the keyring does not answer; it may wait to be unlocked") from (
            problem
        )
    except FrameError as problem:
        raise SecretsUnavailable("the keyring's process died over it") from problem
    finally:
        worker.close(timeout_s=0.5)
    if answer.get("ok") is not True:
        raise SecretsUnavailable(str(answer.get("reason")), str(answer.get("type") or ""))
    return answer, found
