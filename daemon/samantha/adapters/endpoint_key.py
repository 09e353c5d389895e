"""The key of a model server: in the system's keyring, by the server's address, and nowhere else."""

from __future__ import annotations

import re

SERVICE = "samantha"

# What a header may hold: no line break, nothing outside of ASCII.
_PLAIN = re.compile(r"[\x21-\x7e]{1,4096}", re.ASCII)


def stored_key(origin: str) -> str:
    """Return the key that is kept for this address, '' if there is none. May block for ever.

    Only the keyrings that come with the library are asked: others may keep secrets as plain text.
    """
    import keyring
    import keyring.backends.chainer
    from keyring.errors import KeyringError

    backend = keyring.get_keyring()
    parts = [backend]
    if isinstance(backend, keyring.backends.chainer.ChainerBackend):
        parts = list(backend.backends)
    if not all(type(one).__module__.startswith("keyring.backends.") for one in parts):
        return ""
    try:
        found = backend.get_password(SERVICE, origin)
    except KeyringError:
        return ""
    return found if found and _PLAIN.fullmatch(found) else ""
