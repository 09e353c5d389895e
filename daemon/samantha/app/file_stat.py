"""What a path is now, without opening it."""

from __future__ import annotations

import os
import stat as modes

from samantha.adapters.mbox import stat_at
from samantha.core.ports import Stat


def stat_of(path: str) -> Stat | None:
    """Return size, time and inode of a regular file or a mail in an mbox; None for others."""
    try:
        found = os.lstat(os.fsencode(path))
    except NotADirectoryError:
        return stat_at(path)
    except OSError:
        return None
    if not modes.S_ISREG(found.st_mode):
        return None
    return Stat(found.st_size, found.st_mtime_ns, found.st_ino)
