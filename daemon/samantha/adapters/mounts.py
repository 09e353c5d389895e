"""Which file systems lie under a path: on some of them inotify tells nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path

MOUNTINFO = "/proc/self/mountinfo"
_SILENT = frozenset(
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "ncpfs",
        "davfs",
        "vboxsf",
        "vmhgfs",
        "prl_fs",
        "virtiofs",
        "fuse",
    ]
)
_OCTAL = re.compile(r"\\([0-7]{3})")


def _mounts(mountinfo: str) -> list[tuple[str, str]]:
    try:
        text = os.fsdecode(Path(mountinfo).read_bytes())
    except OSError:
        return []
    found = []
    for line in text.splitlines():
        head, _, tail = line.partition(" - ")
        fields, kind = head.split(" "), tail.split(" ")[0]
        if len(fields) > 4 and kind:
            found.append((_OCTAL.sub(lambda m: chr(int(m[1], 8)), fields[4]), kind))
    return found


def _silent(kind: str) -> bool:
    return kind in _SILENT or kind.startswith("fuse.")


def silent_file_system(path: str, mountinfo: str = MOUNTINFO) -> str:
    """Return the kind of file system at a path if changes made elsewhere are not told, or ''."""
    best, found = -1, ""
    for point, kind in _mounts(mountinfo):
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        # The last mount on a point hides those below it.
        if inside and len(point) >= best:
            best, found = len(point), kind
    return found if _silent(found) else ""


def silent_below(path: str, mountinfo: str = MOUNTINFO) -> list[str]:
    """Return the mount points below a path of which inotify tells nothing."""
    prefix = path.rstrip("/") + "/"
    return [
        point for point, kind in _mounts(mountinfo) if point.startswith(prefix) and _silent(kind)
    ]
