"""`samantha model key`: the key that a model server wants, kept in the system's keyring."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from samantha.api.errors import UserError
from samantha.app.cli.output import line

_LONGEST = 4_096


def key(
    remove: Annotated[bool, typer.Option("--remove", help="Take the key out of the keyring.")] = (
        False
    ),
) -> None:
    """Keep the key of the model server in the keyring; asked for, or read from standard input."""
    from samantha.adapters.endpoint_key import is_key, secret_name
    from samantha.adapters.secrets import SecretsUnavailable, delete_secret, put_secret

    origin = _origin()
    try:
        if remove:
            delete_secret(secret_name(origin))
            line(f"No key is kept for {origin} any more.")
            return
        text = _read(origin)
        if not is_key(text):
            raise UserError(
                "That is no key.",
                f"A key is one word of plain letters, numbers and signs, at most {_LONGEST}.",
                "samantha model key",
            )
        put_secret(secret_name(origin), text)
    except SecretsUnavailable as problem:
        raise UserError(
            f"The key is not kept: {problem.reason}." if not remove else f"{problem.reason}.",
            "It is never written to a file, so it is kept in a keyring that encrypts, or nowhere.",
            problem.type_this or "samantha model key",
        ) from problem
    line(f"The key for {origin} is in the keyring.")


def _origin() -> str:
    from samantha.app.session import places_and_config
    from samantha.core.endpoints import endpoint_of

    places, config = places_and_config()
    if not config.model.endpoint:
        raise UserError(
            "No model server is configured.",
            "A key belongs to one; a model on this computer needs none. Its address is 'endpoint' "
            f"under [model] in {places.config_file}.",
            "samantha config path",
        )
    return endpoint_of(config.model.endpoint, config.model.endpoint_public).origin


def _read(origin: str) -> str:
    """Return what was typed, unseen, or piped in."""
    if sys.stdin.isatty():
        return str(typer.prompt(f"Key for {origin}", hide_input=True)).strip()
    return sys.stdin.read(_LONGEST + 2).strip()
