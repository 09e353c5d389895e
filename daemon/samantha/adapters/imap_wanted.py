"""Which mails of an account are to have their attachments fetched: a small file for each.

So a wish survives restarts and kills on both sides, and standing there twice it is one wish.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

WANTED = "wanted"
_MOST = 10_000
_TRIES = 5


def want(root: Path, path: str) -> bool:
    """Note that a mail below ``root`` is to be whole; False when there are too many wishes."""
    relative = os.path.relpath(path, root)
    if relative.startswith("..") or relative.count("/") != 3:
        return False
    folder = root / WANTED
    folder.mkdir(exist_ok=True, mode=0o700)
    if len(os.listdir(folder)) >= _MOST:  # noqa: PTH208
        return False
    place = folder / hashlib.sha256(_base(relative).encode("utf-8", "surrogateescape")).hexdigest()
    half = place.with_suffix(".half")
    half.write_bytes(os.fsencode(_base(relative)))
    half.rename(place)
    return True


def wanted(root: Path) -> Iterator[tuple[Path, str, str]]:
    """Return each wish's file, the folder's place, and the mail's name but for its flags."""
    with contextlib.suppress(FileNotFoundError):
        for one in sorted((root / WANTED).iterdir()):
            if one.suffix == ".half":
                continue
            place, _, name = os.fsdecode(one.read_bytes()).rpartition("/cur/")
            yield one, place, name


def trying(wish: Path) -> Path | None:
    """Note that a wish is tried now, and return its file; None after the last try.

    A mail over which a server breaks the connection must not do so for ever.
    """
    number = int(wish.suffix.removeprefix(".") or 0) + 1
    if number >= _TRIES:
        wish.unlink(missing_ok=True)
        return None
    return wish.rename(wish.with_suffix(f".{number}"))


def _base(relative: str) -> str:
    """Return a mail's place without its flags: they may change while it waits."""
    folder, mark, name = relative.rpartition("/")
    return f"{folder}{mark}{name.partition(':')[0]}"
