from __future__ import annotations

from pathlib import Path

import pytest

from samantha.adapters.mounts import silent_below, silent_file_system

TABLE = r"""27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 27 0:20 / /mnt/share rw shared:1 - cifs //server/share rw
31 30 0:21 / /mnt/share/local rw - ext4 /dev/vdb rw
32 27 0:22 / /home/u/My\040Drive rw - fuse.rclone remote: rw
33 27 0:23 / /media/stick rw - fuseblk /dev/sdb1 rw
34 27 0:24 / /srv rw - nfs4 host:/a rw
35 27 0:25 / /srv rw - ext4 /dev/vdc rw
a broken line
"""


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "mountinfo"
    path.write_text(TABLE)
    return str(path)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/u", ""),
        ("/mnt/share", "cifs"),
        ("/mnt/share/letters", "cifs"),
        ("/mnt/shared", ""),
        ("/mnt/share/local/x", ""),
        ("/home/u/My Drive/poems", "fuse.rclone"),
        ("/media/stick/poems", ""),
        ("/srv/poems", ""),
    ],
)
def test_the_innermost_mount_decides(path: str, kind: str, table: str) -> None:
    """Network file systems are known by their mount, also with blanks and mounts upon mounts."""
    assert silent_file_system(path, table) == kind


def test_silent_mounts_below_a_root_are_named(table: str) -> None:
    """A local folder with a network folder in it is watched, and the exception is said."""
    assert silent_below("/home/u", table) == ["/home/u/My Drive"]
    assert silent_below("/media", table) == []


def test_without_a_table_everything_is_local(tmp_path: Path) -> None:
    """A system without mountinfo is no error."""
    assert silent_file_system("/home", str(tmp_path / "none")) == ""
