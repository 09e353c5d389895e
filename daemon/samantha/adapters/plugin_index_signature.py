"""Ed25519 signatures of a plugin index, by ``cryptography``, which the keyring brings along."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from samantha.api.errors import UserError

_PURPOSE = b"samantha plugin index 1\n"
"""Signed with the text, so that a signature of something else by the same key is none of this."""


def new_key() -> str:
    """Return a new private key, in base64."""
    key = _library().Ed25519PrivateKey.generate()
    return base64.b64encode(key.private_bytes_raw()).decode()


def public_key(private: str) -> str:
    """Return the public key of a private one, in base64."""
    key = _library().Ed25519PrivateKey.from_private_bytes(_bytes(private, "private key"))
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def sign(text: bytes, private: str) -> str:
    """Return the signature of a text, in base64."""
    key = _library().Ed25519PrivateKey.from_private_bytes(_bytes(private, "private key"))
    return base64.b64encode(key.sign(_PURPOSE + text)).decode()


def signed(text: bytes, signature: str, public: str) -> bool:
    """Tell whether a signature of a text is by the owner of a public key."""
    from cryptography.exceptions import InvalidSignature

    key = _library().Ed25519PublicKey.from_public_bytes(_bytes(public, "public key"))
    try:
        key.verify(base64.b64decode(signature, validate=True), _PURPOSE + text)
    except (InvalidSignature, binascii.Error):
        return False
    return True


def _bytes(text: str, what: str) -> bytes:
    try:
        found = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        found = b""
    if len(found) != 32:
        raise UserError(
            f"The {what} is not one of an index: it is 32 bytes in base64.",
            "Whoever keeps the index tells it; it ends in '='.",
            "samantha config check",
        )
    return found


def _library() -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as problem:
        raise UserError(
            "The signature of an index cannot be checked: the package cryptography is not here.",
            "Without it no index is believed. A plugin can be installed from a folder or a wheel.",
            "samantha plugins install PATH",
        ) from problem
    return ed25519
