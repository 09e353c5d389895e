"""Tells by its first bytes what keeps mail: one mail, or a file of many."""

from __future__ import annotations

import os
import re

SNIFFED = 4_096
_FIELD = re.compile(rb"(?m)^([!-9;-~]{1,60})[ \t]*:")
_KNOWN = frozenset(
    b"from to cc date subject message-id received return-path delivered-to reply-to sender "
    b"mime-version content-type envelope-to x-from x-to".split()
)
_POSTMARK = re.compile(rb"From [^\r\n]{1,300}\r?\n(?=[!-9;-~]{1,100}[ \t]*:|>?From )")


def head_of(path: str) -> bytes:
    """Return the first bytes of an ordinary file, never through a link; b'' for anything else."""
    flags = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0) | os.O_NONBLOCK
    try:
        fd = os.open(os.fsencode(path), flags)
    except (OSError, ValueError):
        return b""
    try:
        return os.read(fd, SNIFFED)
    except OSError:
        return b""
    finally:
        os.close(fd)


def is_mbox(untrusted_head: bytes) -> bool:
    """Tell whether bytes begin as a file of mails does: ``From`` with a date, then a header."""
    return _POSTMARK.match(untrusted_head) is not None


def is_mail(untrusted_head: bytes) -> bool:
    """Tell whether bytes begin with the header of a mail: two of its usual fields, no other text.

    A postmark line (``From someone date``) before them is passed over: a lone mail may keep it.
    """
    head = untrusted_head.replace(b"\r\n", b"\n")
    if is_mbox(head):
        head = head[head.find(b"\n") + 1 :]
    block = head.partition(b"\n\n")[0]
    if not _FIELD.match(block):
        return False
    names = {found.group(1).lower() for found in _FIELD.finditer(block)}
    return len(names & _KNOWN) >= 2
