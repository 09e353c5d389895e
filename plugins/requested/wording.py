"""The words of an offer: its title and its reasons."""

from __future__ import annotations

from samantha.api.likely_files import Likely


def title(person: str, name: str) -> str:
    """Return the title, at most 80 characters."""
    start = f"{person} asks for it: send "
    room = 80 - len(start) - 1
    return f"{start}{name if len(name) <= room else name[: max(room - 1, 0)] + '…'}?"[:80]


def why(person: str, found: Likely) -> str:
    """Return the reasons in sentences."""
    words = ", ".join(f"“{w}”" for w in found.words[:4])
    folder = found.document.path.rpartition("/")[0]
    return (
        f"{person}, to whom you have written before, asks for a document; a file in {folder} has "
        f"{words} in its name. Look at it before you send it."
    )
