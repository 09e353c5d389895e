"""The key of a model server: in the system's keyring, by the server's address, and nowhere else."""

from __future__ import annotations

import re

from samantha.adapters.secrets import SecretsUnavailable, get_secret

# What a header may hold: no line break, nothing outside of ASCII.
_PLAIN = re.compile(r"[\x21-\x7e]{1,4096}", re.ASCII)


class NoKey(OSError):
    """The keyring could not be asked; the text says why, for the user."""


def secret_name(origin: str) -> str:
    """Return under which name the key of a server is kept."""
    return f"model/{origin}"


def is_key(text: str) -> bool:
    """Tell whether a text can be sent as a key: one word of plain characters."""
    return bool(_PLAIN.fullmatch(text))


def stored_key(origin: str) -> str:
    """Return the key that is kept for this address, '' if there is none; within ten seconds.

    Raises ``NoKey`` where no keyring that encrypts can be asked.
    """
    try:
        found = get_secret(secret_name(origin))
    except SecretsUnavailable as problem:
        raise NoKey(problem.reason) from problem
    return found if found and is_key(found) else ""
