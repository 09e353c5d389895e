"""The keyring's process: a call into a keyring may block for ever, so it can be ended here.

It answers one question at a time: get, put or delete one secret, in a keyring that encrypts. What
a systemd unit was given as a credential is read before any keyring is asked.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from samantha.workers.frames import FrameClosed, FrameError, read_frame, write_frame
from samantha.workers.process import begin_worker

SERVICE = "samantha"
ENCRYPTING = frozenset(
    f"keyring.backends.{name}"
    for name in ("SecretService", "kwallet", "libsecret", "macOS", "Windows")
)
"""Modules of keyrings that encrypt what they keep. Others may keep it as plain text."""
MAX_BYTES = 16_384


class Unavailable(Exception):
    """No keyring could be asked; the reason and what to type."""

    def __init__(self, reason: str, type_this: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.type_this = type_this


def answer(header: Mapping[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Answer one question; the secret travels in the body, never in the header."""
    name, operation = str(header["name"]), header["op"]
    try:
        if operation == "get":
            found = _credential(name)
            if found is None:
                found = _stored(name, prompt=header.get("prompt") is True)
            return {"ok": True, "found": found is not None}, (found or "").encode()
        backend = _backend(prompt=True)
        if operation == "put":
            backend.set_password(SERVICE, name, body.decode())
        elif operation == "delete":
            _delete(backend, name)
        return {"ok": True}, b""
    except Unavailable as problem:
        return {"ok": False, "reason": problem.reason, "type": problem.type_this}, b""


def credential_name(name: str) -> str:
    """Return what a systemd credential for this secret is called: ``samantha.mail.anna``."""
    return f"{SERVICE}." + re.sub(r"[^A-Za-z0-9_-]+", ".", name)


def _credential(name: str) -> str | None:
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    if not folder.startswith("/"):
        return None
    try:
        data = (Path(folder) / credential_name(name)).read_bytes()[:MAX_BYTES]
        return data.decode().rstrip("\r\n") or None
    except (OSError, UnicodeDecodeError):
        return None


def _stored(name: str, *, prompt: bool) -> str | None:
    from keyring.errors import KeyringError, KeyringLocked

    try:
        found = _backend(prompt=prompt).get_password(SERVICE, name)
    except KeyringLocked as problem:
        raise _locked() from problem
    except KeyringError as problem:
        raise Unavailable(f"the keyring gave no answer ({type(problem).__name__})") from problem
    return str(found) if found else None


def _delete(backend: Any, name: str) -> None:
    from keyring.errors import PasswordDeleteError

    try:
        backend.delete_password(SERVICE, name)
    except PasswordDeleteError:
        return  # there was none


def _backend(*, prompt: bool) -> Any:
    """Return the first keyring that encrypts, or say why there is none."""
    import keyring
    from keyring.errors import KeyringError

    try:
        chosen = list(_parts(keyring.get_keyring()))
    except (KeyringError, OSError, ImportError) as problem:
        raise Unavailable(f"no keyring can be opened ({type(problem).__name__})") from problem
    for one in chosen:
        if type(one).__module__ in ENCRYPTING:
            if not prompt and type(one).__module__ == "keyring.backends.SecretService":
                _refuse_locked()
            return one
    names = sorted({type(one).__module__ for one in chosen} - _NONE)
    if names:
        raise Unavailable(
            f"the keyring {names[0]} is not known to encrypt what it keeps",
            "python3 -m keyring diagnose",
        )
    raise Unavailable(
        "this session has no keyring",
        "sudo apt-get install gnome-keyring",
    )


_NONE = frozenset({"keyring.backends.fail", "keyring.backends.null"})


def _parts(backend: Any) -> Iterator[Any]:
    if type(backend).__module__ == "keyring.backends.chainer":
        for one in backend.backends:
            yield from _parts(one)
    else:
        yield backend


def _refuse_locked() -> None:
    """Look whether the keyring is locked without asking the user to unlock it."""
    import secretstorage

    try:
        connection = secretstorage.dbus_init()
        try:
            locked = [one.is_locked() for one in secretstorage.get_all_collections(connection)]
        finally:
            connection.close()
    except (secretstorage.SecretStorageException, OSError) as problem:
        raise Unavailable(f"the keyring gave no answer ({type(problem).__name__})") from problem
    if locked and all(locked):
        raise _locked()


def _locked() -> Unavailable:
    return Unavailable("the keyring is locked; it opens when you log in to your desktop")


def main() -> None:
    """Serve until the parent closes the pipe."""
    source, sink = begin_worker()
    while True:
        try:
            header, body = read_frame(source)
        except FrameClosed:
            return
        except FrameError:
            raise SystemExit(2) from None
        write_frame(sink, *answer(header, body))


if __name__ == "__main__":
    main()
