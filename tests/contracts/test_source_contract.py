"""What holds for every source, whatever it watches."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from samantha.adapters.files import FilesSource
from samantha.adapters.imap import ImapSource, MailLink
from samantha.adapters.imap_account import Account, Server
from samantha.adapters.maildir import MaildirSource
from samantha.adapters.tree import Upkeep
from samantha.core.exclusions import Exclusions
from samantha.core.ports import Change, Source, Stat

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs inotify")
PATIENCE_S = 20.0
Case = tuple[Source, Path, Path]
"""The source, a folder in which its documents lie, and a path that is not wanted."""


def files(root: Path, mountinfo: Path) -> Case:
    root.mkdir()
    upkeep = Upkeep(check_s=0.1, poll_s=0.1, mountinfo=str(mountinfo))
    source = FilesSource("s", str(root), Exclusions(), upkeep)
    return source, root, root / ".ssh" / "id_rsa"


def maildir(root: Path, mountinfo: Path) -> Case:
    for place in ("cur", "new", "tmp"):
        (root / place).mkdir(parents=True)
    upkeep = Upkeep(check_s=0.1, poll_s=0.1, mountinfo=str(mountinfo))
    source = MaildirSource("s", str(root), None, upkeep)
    return source, root / "new", root / "tmp" / "1.host"


def imap(root: Path, mountinfo: Path) -> Case:
    """A mail account's copy; there is no account, so nothing but the test writes into it."""
    folder = root / "inbox" / "=INBOX"
    for place in ("cur", "tmp"):
        (folder / place).mkdir(parents=True)
    upkeep = Upkeep(check_s=0.1, poll_s=0.1, mountinfo=str(mountinfo))
    account = Account("s", "anna@berg.example", "anna", Server("localhost", 1))
    source = ImapSource(account, MailLink([], root, {}), root, upkeep)
    return source, folder / "cur", folder / "tmp" / "1.host"


@pytest.fixture(params=[files, maildir, imap], ids=["files", "maildir", "imap"])
def build(request: pytest.FixtureRequest) -> Callable[[Path, Path], Case]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(params=["ext4", "nfs4"], ids=["watched", "polled"])
def case(
    request: pytest.FixtureRequest, build: Callable[[Path, Path], Case], tmp_path: Path
) -> Iterator[Case]:
    table = tmp_path / "mountinfo"
    table.write_text(f"27 1 254:0 / / rw - {request.param} /dev/vda rw\n")
    made = build(tmp_path / "root", table)
    yield made
    made[0].stop()


class Seen:
    """What a source told."""

    def __init__(self) -> None:
        self.told: list[Change] = []
        self.arrived = threading.Condition()

    def change(self, change: Change) -> None:
        with self.arrived:
            self.told.append(change)
            self.arrived.notify_all()

    def wait_for(self, change: Change) -> None:
        with self.arrived:
            assert self.arrived.wait_for(lambda: change in self.told, PATIENCE_S), self.told


def test_it_tells_what_comes_changes_and_goes(case: Case) -> None:
    """Each change of a wanted path is told with the source's name and the absolute path."""
    source, folder, _ = case
    seen = Seen()
    source.start(seen.change, lambda: None)
    path = folder / "1.host"
    path.write_text("one")
    seen.wait_for(Change("s", str(path), "present"))
    seen.told.clear()
    path.write_text("two, longer")
    seen.wait_for(Change("s", str(path), "present"))
    path.unlink()
    seen.wait_for(Change("s", str(path), "gone"))


def test_it_never_tells_of_unwanted_paths(case: Case) -> None:
    """Walk, watch and question agree on what is not wanted."""
    source, folder, unwanted = case
    unwanted.parent.mkdir(exist_ok=True)
    unwanted.write_text("secret")
    (folder / "1.host").write_text("one")
    seen = Seen()
    source.start(seen.change, lambda: None)
    unwanted.write_text("secret too")
    (folder / "2.host").write_text("two")
    seen.wait_for(Change("s", str(folder / "2.host"), "present"))
    assert str(unwanted) not in {c.path for c in seen.told} | {path for path, _ in source.scan()}
    assert not source.wanted(str(unwanted))
    assert source.wanted(str(folder / "1.host"))


def test_the_walk_tells_versions_apart(case: Case) -> None:
    """Size, time and inode are those of the file system."""
    source, folder, _ = case
    (folder / "1.host").write_text("one")
    found = (folder / "1.host").stat()
    stat = Stat(found.st_size, found.st_mtime_ns, found.st_ino)
    assert list(source.scan()) == [(str(folder / "1.host"), stat)]


def test_its_state_has_a_name_a_place_and_a_word(case: Case) -> None:
    """Before, during and after watching there is an answer."""
    source, _, _ = case
    assert source.state().state == "stopped"
    source.start(lambda change: None, lambda: None)
    state = source.state()
    assert state.name == "s" and state.state in ("watching", "polling")
    assert Path(state.path).is_dir()
    source.stop()
    assert source.state().state == "stopped"
