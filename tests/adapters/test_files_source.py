from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from samantha.adapters.files import FilesSource
from samantha.adapters.tree import Upkeep
from samantha.core.exclusions import Exclusions
from samantha.core.ports import Change, Stat
from samantha.core.settle import Settle, Settled

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs inotify")
PATIENCE_S = 20.0


class Seen:
    """What a source told, and how often it asked for a rescan."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.rescans = 0
        self.arrived = threading.Condition()

    def change(self, change: Change) -> None:
        with self.arrived:
            self.told.append((change.path, change.kind))
            self.arrived.notify_all()

    def overflow(self) -> None:
        with self.arrived:
            self.rescans += 1
            self.arrived.notify_all()

    def wait(self, ready: Callable[[], bool], what: str = "") -> None:
        with self.arrived:
            assert self.arrived.wait_for(ready, PATIENCE_S), f"{what} {self.told[-20:]}"

    def wait_for(self, path: Path | str, kind: str = "present") -> None:
        self.wait(lambda: (str(path), kind) in self.told, f"{kind} {path} was not told:")


Make = Callable[..., FilesSource]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def make(root: Path) -> Iterator[Make]:
    made: list[FilesSource] = []

    def build(*patterns: str, folder: Path = root, **options: object) -> FilesSource:
        upkeep = Upkeep(**{"check_s": 0.1, "poll_s": 0.1, **options})  # type: ignore[arg-type]
        source = FilesSource("home", str(folder), Exclusions(patterns), upkeep)
        made.append(source)
        return source

    yield build
    for source in made:
        source.stop()


def started(source: FilesSource) -> Seen:
    seen = Seen()
    source.start(seen.change, seen.overflow)
    return seen


def names(source: FilesSource) -> list[str]:
    return sorted(os.path.relpath(path, source.root) for path, _ in source.scan())


def wait_until(ready: Callable[[], bool], what: str) -> None:
    deadline, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while not ready():
        assert time.monotonic() < deadline, what
        pause.wait(0.02)


def test_a_new_file_is_told(root: Path, make: Make) -> None:
    """A file that is created after `start` returned is told by the watch, without a rescan."""
    source = make()
    seen = started(source)
    assert source.state().state == "watching" and source.healthy()
    (root / "poem.txt").write_text("spring")
    seen.wait_for(root / "poem.txt")
    assert seen.rescans == 0


def test_edits_renames_and_deletions_are_told(root: Path, make: Make) -> None:
    """Everything that happens to a file in place is told by its name."""
    (root / "a.txt").write_text("one")
    seen = started(make())
    (root / "a.txt").write_text("two")
    seen.wait_for(root / "a.txt")
    (root / "a.txt").rename(root / "b.txt")
    seen.wait_for(root / "b.txt")
    seen.wait_for(root / "a.txt", "gone")
    (root / "b.txt").unlink()
    seen.wait_for(root / "b.txt", "gone")


def test_an_atomic_save_is_told_as_the_file_alone(root: Path, make: Make) -> None:
    """A temporary file renamed over the document is a change of the document."""
    (root / "letter.txt").write_text("draft")
    seen = started(make())
    (root / "letter.txt.tmp").write_text("final")
    (root / "letter.txt.tmp").rename(root / "letter.txt")
    seen.wait_for(root / "letter.txt")
    assert {path for path, _ in seen.told} == {str(root / "letter.txt")}


def test_an_editors_backup_is_never_told(root: Path, make: Make) -> None:
    """Move aside, write anew, swap files: only the document itself is told, present at last."""
    (root / "letter.txt").write_text("draft")
    seen = started(make())
    (root / ".letter.txt.swp").write_text("swap")
    (root / "4913").write_text("")
    (root / "4913").unlink()
    (root / "letter.txt").rename(root / "letter.txt~")
    (root / "letter.txt").write_text("final")
    seen.wait_for(root / "letter.txt")
    (root / "letter.txt~").unlink()
    (root / ".letter.txt.swp").unlink()
    (root / "last.txt").write_text("")
    seen.wait_for(root / "last.txt")
    assert {path for path, _ in seen.told} == {str(root / "letter.txt"), str(root / "last.txt")}
    assert [kind for path, kind in seen.told if path == str(root / "letter.txt")][-1] == "present"


def test_a_folder_that_is_moved_in_is_looked_into(root: Path, make: Make, tmp_path: Path) -> None:
    """What lies in a folder that arrives is told, and so is what is written there later."""
    outside = tmp_path / "outside" / "deep"
    outside.mkdir(parents=True)
    (outside / "old.txt").write_text("x")
    (outside / "node_modules").mkdir()
    (outside / "node_modules" / "readme.txt").write_text("x")
    seen = started(make())
    outside.parent.rename(root / "letters")
    seen.wait_for(root / "letters" / "deep" / "old.txt")
    (root / "letters" / "deep" / "new.txt").write_text("y")
    seen.wait_for(root / "letters" / "deep" / "new.txt")
    assert not [path for path, _ in seen.told if "node_modules" in path]


def test_a_renamed_folder_moves_its_files(root: Path, make: Make) -> None:
    """Each file below is told as gone there and present here; later writing has the new name."""
    (root / "old" / "sub").mkdir(parents=True)
    (root / "old" / "sub" / "a.txt").write_text("x")
    seen = started(make())
    (root / "old").rename(root / "new")
    seen.wait_for(root / "new" / "sub" / "a.txt")
    seen.wait_for(root / "old" / "sub" / "a.txt", "gone")
    (root / "new" / "sub" / "b.txt").write_text("y")
    seen.wait_for(root / "new" / "sub" / "b.txt")


def test_a_folder_that_leaves_asks_for_a_rescan(root: Path, make: Make, tmp_path: Path) -> None:
    """The kernel does not say what was in it, and its ghost tells nothing afterwards."""
    (root / "sub").mkdir()
    (root / "sub" / "a.txt").write_text("x")
    seen = started(make())
    (root / "sub").rename(tmp_path / "elsewhere")
    seen.wait(lambda: seen.rescans > 0, "no rescan was asked for")
    (tmp_path / "elsewhere" / "b.txt").write_text("y")
    (root / "last.txt").write_text("")
    seen.wait_for(root / "last.txt")
    assert (str(root / "sub" / "b.txt"), "present") not in seen.told


def test_a_whole_tree_made_at_once_is_told(root: Path, make: Make) -> None:
    """Folders made with files in them, faster than watches can be placed, lose no file."""
    seen = started(make())
    made = []
    for n in range(60):
        folder = root / f"a{n}" / "b" / "c"
        folder.mkdir(parents=True)
        made.append(folder / "x.txt")
        made[-1].write_text("x")
    for path in made:
        seen.wait_for(path)


def test_a_move_between_two_watched_folders_is_told_by_both(tmp_path: Path, make: Make) -> None:
    """It is gone from one source and present in the other."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    (one / "a.txt").write_text("x")
    first, second = started(make(folder=one)), started(make(folder=two))
    (one / "a.txt").rename(two / "a.txt")
    first.wait_for(one / "a.txt", "gone")
    second.wait_for(two / "a.txt")


def test_excluded_things_are_neither_walked_nor_told(root: Path, make: Make) -> None:
    """Secrets, hidden folders and patterns hold for the walk, the watch and single paths."""
    for name in (".ssh/config", "node_modules/p/a.txt", "private/diary.txt", "ok/a.txt"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    source = make("/private/")
    seen = started(source)
    assert names(source) == ["ok/a.txt"]
    for name in (".ssh/id", "node_modules/p/b.txt", "private/b.txt", "ok/server.pem", "ok/b.txt"):
        (root / name).write_text("y")
    seen.wait_for(root / "ok" / "b.txt")
    assert seen.told and {path for path, _ in seen.told} == {str(root / "ok" / "b.txt")}
    assert source.wanted(str(root / "ok" / "b.txt"))
    assert not source.wanted(str(root / "private" / "diary.txt"))
    assert not source.wanted(str(root.parent / "elsewhere.txt"))
    assert not source.wanted(str(root) + "x/a.txt")


def watches() -> int:
    """Count the folders that this process watches."""
    return sum(
        line.startswith("inotify ")
        for entry in Path("/proc/self/fdinfo").iterdir()
        if entry.exists()
        for line in entry.read_text().splitlines()
    )


def test_excluded_folders_cost_no_watch(root: Path, make: Make) -> None:
    """Watches are few and shared with other programs: none is spent below an excluded folder."""
    (root / "poems").mkdir()
    for n in range(50):
        (root / "node_modules" / f"p{n}").mkdir(parents=True)
    before = watches()
    seen = started(make())
    assert watches() - before == 2
    for n in range(50):
        (root / "build" / f"b{n}").mkdir(parents=True)
    (root / "last.txt").write_text("x")
    seen.wait_for(root / "last.txt")
    assert watches() - before == 2


def test_names_that_are_not_utf8_arrive(root: Path, make: Make) -> None:
    """Undecodable bytes survive the walk and the watch as surrogate escapes."""
    raw = os.fsencode(root) + b"/br\xefef"
    os.mkdir(raw)
    with open(raw + b"/\xff.txt", "wb") as stream:
        stream.write(b"x")
    source = make()
    seen = started(source)
    assert [os.fsencode(path) for path, _ in source.scan()] == [raw + b"/\xff.txt"]
    with open(raw + b"/\xfe.txt", "wb") as stream:
        stream.write(b"x")
    seen.wait_for(os.fsdecode(raw + b"/\xfe.txt"))


def test_symbolic_links_are_not_followed(root: Path, make: Make, tmp_path: Path) -> None:
    """A loop ends, and a link leads nowhere outside the folder that was given."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x.txt").write_text("x")
    (root / "loop").symlink_to(root)
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "link.txt").symlink_to(tmp_path / "outside" / "x.txt")
    (root / "real.txt").write_text("x")
    source = make()
    seen = started(source)
    assert names(source) == ["real.txt"]
    (root / "late").symlink_to(tmp_path / "outside")
    (tmp_path / "outside" / "y.txt").write_text("y")
    (root / "last.txt").write_text("")
    seen.wait_for(root / "last.txt")
    assert {path for path, kind in seen.told if kind == "present"} == {str(root / "last.txt")}


def test_pipes_and_sockets_are_not_files(root: Path, make: Make) -> None:
    """Something that would block a reader is never told as present."""
    os.mkfifo(root / "pipe.txt")
    source = make()
    seen = started(source)
    os.mkfifo(root / "late.txt")
    (root / "last.txt").write_text("")
    seen.wait_for(root / "last.txt")
    assert names(source) == ["last.txt"]
    assert (str(root / "late.txt"), "present") not in seen.told


def test_a_missing_root_is_awaited(root: Path, make: Make) -> None:
    """A folder that is not there is said to be missing; when it comes it is watched."""
    root.rmdir()
    source = make()
    seen = started(source)
    state = source.state()
    assert (state.state, bool(state.reason), "mkdir" in state.remedy) == ("missing", True, True)
    assert names(source) == [] and str(root) in source.unlisted() and source.healthy()
    root.mkdir()
    seen.wait(lambda: seen.rescans > 0)
    wait_until(lambda: source.state().state == "watching", "it is not watched")
    (root / "a.txt").write_text("x")
    seen.wait_for(root / "a.txt")


def test_a_root_that_is_replaced_is_watched_again(root: Path, make: Make) -> None:
    """Deleted and made anew, it goes on; the rescan tells what is there now."""
    source = make()
    seen = started(source)
    root.rename(root.with_name("away"))
    root.mkdir()
    seen.wait(lambda: seen.rescans > 0)
    (root / "a.txt").write_text("x")
    wait_until(lambda: names(source) == ["a.txt"], "the new folder is not looked at")
    (root / "b.txt").write_text("x")
    seen.wait_for(root / "b.txt")


def test_a_reader_that_raises_costs_no_change(root: Path, make: Make) -> None:
    """The watch begins anew and asks for a rescan; health says so in between."""
    source = make()
    seen = Seen()
    hook, threading.excepthook = threading.excepthook, lambda args: None

    def change(change: Change) -> None:
        seen.change(change)
        if change.path.endswith("poison.txt"):
            raise RuntimeError("reader")

    try:
        source.start(change, seen.overflow)
        (root / "poison.txt").write_text("x")
        seen.wait(lambda: seen.rescans > 0)
        (root / "next.txt").write_text("x")
        seen.wait_for(root / "next.txt")
        wait_until(source.healthy, "it does not recover")
    finally:
        threading.excepthook = hook


def test_ten_thousand_files_arrive_all(root: Path, make: Make) -> None:
    """With a reader that keeps up, the watch alone tells of every one."""
    seen = started(make())
    for n in range(10_000):
        (root / f"{n}.txt").write_bytes(b"x")
    want = {str(root / f"{n}.txt") for n in range(10_000)}
    seen.wait(lambda: seen.rescans > 0 or want <= {path for path, _ in seen.told})


def test_a_stalled_reader_loses_nothing(root: Path, make: Make) -> None:
    """While the reader is blocked, notices wait; afterwards all arrive, or a rescan is asked."""
    source, seen, free = make(), Seen(), threading.Event()

    def change(change: Change) -> None:
        free.wait(PATIENCE_S)
        seen.change(change)

    source.start(change, seen.overflow)
    want = set()
    for n in range(3_000):
        (root / f"{n}.txt").write_bytes(b"x")
        want.add(str(root / f"{n}.txt"))
    free.set()
    seen.wait(lambda: want <= {path for path, _ in seen.told} or seen.rescans > 0)
    assert want <= {path for path, _ in seen.told} | {path for path, _ in source.scan()}


def test_a_silent_file_system_is_polled(root: Path, make: Make, tmp_path: Path) -> None:
    """Where inotify tells nothing the folder is looked at every so often, and that is said."""
    table = tmp_path / "mountinfo"
    table.write_text(
        f"27 1 254:0 / / rw - ext4 /dev/vda rw\n28 27 0:9 / {root} rw - nfs4 host:/x rw\n"
    )
    (root / "a.txt").write_text("x")
    source = make(mountinfo=str(table))
    seen = started(source)
    assert (source.state().state, "nfs4" in source.state().reason) == ("polling", True)
    (root / "b.txt").write_text("x")
    seen.wait_for(root / "b.txt")
    (root / "a.txt").write_text("longer")
    seen.wait_for(root / "a.txt")
    (root / "b.txt").unlink()
    seen.wait_for(root / "b.txt", "gone")
    assert (str(root / "a.txt"), "gone") not in seen.told


def test_many_folders_cost_nothing_when_idle(root: Path, make: Make) -> None:
    """With 5,500 folders there is no loop of overflows, and nothing is done while nothing is."""
    for n in range(5_500):
        (root / f"g{n % 50}" / f"d{n}").mkdir(parents=True)
    source = make(check_s=1.0)
    seen = started(source)
    assert source.state().state == "watching"
    for _ in source.scan():
        pass
    with seen.arrived:
        assert not seen.arrived.wait_for(lambda: seen.rescans > 0 or seen.told, 2.0)
    (root / "g7" / "d7" / "a.txt").write_text("x")
    seen.wait_for(root / "g7" / "d7" / "a.txt")


def test_notices_that_nobody_takes_are_bounded(root: Path, make: Make) -> None:
    """While a reader is blocked memory does not grow without end; a rescan is asked instead."""
    source, seen, free = make(queue_limit=100), Seen(), threading.Event()
    source.start(lambda change: bool(free.wait(PATIENCE_S)) and seen.change(change), seen.overflow)
    try:
        for n in range(500):
            (root / f"{n}.txt").write_bytes(b"x")
        seen.wait(lambda: seen.rescans > 0)
    finally:
        free.set()


def test_a_blocked_reader_does_not_hold_up_the_end(root: Path, make: Make) -> None:
    """Stopping ends while the receiver still hangs, and does not wait for it."""
    source, free, entered = make(), threading.Event(), threading.Event()

    def change(change: Change) -> None:
        entered.set()
        free.wait(PATIENCE_S)

    source.start(change, lambda: None)
    (root / "a.txt").write_text("x")
    assert entered.wait(PATIENCE_S)
    source.stop()
    assert not free.is_set()
    free.set()


def test_stopping_is_final(root: Path, make: Make) -> None:
    """After `stop` nothing is told any more, and stopping twice does no harm."""
    source = make()
    seen = started(source)
    source.stop()
    source.stop()
    (root / "late.txt").write_text("x")
    assert seen.told == [] and source.state().state == "stopped"


SCRIPT = """
import sys, threading, time
from samantha.adapters.files import FilesSource
from samantha.adapters.tree import Upkeep
from samantha.core.exclusions import Exclusions
root = sys.argv[1]
lock, told, rescans = threading.Lock(), set(), []
source = FilesSource("home", root, Exclusions(), Upkeep(check_s=0.1, poll_s=0.1))
source.start(lambda change: told.add(change.path), lambda: rescans.append(1))
state = source.state()
print(state.state, state.reason, state.remedy, sep="\\t", flush=True)
for line in sys.stdin:
    command, _, value = line.strip().partition(" ")
    if command == "wait":
        deadline, pause = time.monotonic() + 20, threading.Event()
        while value not in told and time.monotonic() < deadline:
            pause.wait(0.02)
        print("told" if value in told else "missed", flush=True)
    elif command == "overflow":
        deadline, pause = time.monotonic() + 20, threading.Event()
        while not rescans and time.monotonic() < deadline:
            pause.wait(0.02)
        found = {path for path, _ in source.scan()}
        print(len(rescans) > 0, len(told), len(told | found), flush=True)
    elif command == "scan":
        print(len(list(source.scan())), "|", source.state().reason, flush=True)
source.stop()
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "watcher.py"
    path.write_text(textwrap.dedent(SCRIPT))
    return path


def run(command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ask(process: subprocess.Popen[str], line: str) -> str:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def test_the_watch_limit_is_said_and_polled_around(root: Path, script: Path) -> None:
    """With too few watches it names the limit to raise, gives them back, and misses nothing."""
    probe = subprocess.run(
        ["unshare", "--user", "--map-root-user", "sh", "-c",
         "echo 50 > /proc/sys/user/max_inotify_watches"], capture_output=True, check=False,
    )  # fmt: skip
    if probe.returncode:
        pytest.skip("user namespaces are not permitted here")
    for n in range(100):
        (root / f"d{n}").mkdir()
    inner = f'echo 50 > /proc/sys/user/max_inotify_watches; exec "{sys.executable}" "$0" "$1"'
    process = run(
        ["unshare", "--user", "--map-root-user", "sh", "-c", inner, str(script), str(root)]
    )
    with process:
        assert process.stdout is not None and process.stdin is not None
        state, reason, remedy = process.stdout.readline().split("\t")
        assert state == "polling" and "limit" in reason
        assert "fs.inotify.max_user_watches" in remedy and "sysctl" in remedy
        (root / "d99" / "late.txt").write_text("x")
        assert ask(process, f"wait {root / 'd99' / 'late.txt'}") == "told"
        process.stdin.close()
        assert process.wait(10) == 0


def test_an_overflow_asks_for_a_rescan(root: Path, script: Path) -> None:
    """Of 30,000 files made while the process was stopped, watch and rescan find every one."""
    process = run([sys.executable, str(script), str(root)])
    with process:
        assert process.stdout is not None and process.stdin is not None
        assert process.stdout.readline().startswith("watching")
        os.kill(process.pid, 19)
        for n in range(30_000):
            os.close(os.open(root / f"{n}.txt", os.O_CREAT | os.O_WRONLY))
        os.kill(process.pid, 18)
        rescanned, told, found = ask(process, "overflow").split()
        assert rescanned == "True" and int(found) == 30_000 and int(told) < 30_000
        (root / "after.txt").write_text("x")
        assert ask(process, f"wait {root / 'after.txt'}") == "told"
        process.stdin.close()
        assert process.wait(10) == 0


def test_an_unreadable_folder_is_named(root: Path, tmp_path: Path) -> None:
    """The rest is read and watched; the state says what could not be."""
    if os.geteuid() == 0:
        pytest.skip("root reads everything; see the test with another user")
    locked = root / "locked"
    locked.mkdir(mode=0)
    (root / "a.txt").write_text("x")
    source = FilesSource("home", str(root), Exclusions())
    try:
        assert names(source) == ["a.txt"]
        assert str(locked) in source.state().reason and source.unlisted() == {str(locked)}
    finally:
        locked.chmod(0o700)


def test_an_unreadable_folder_is_named_to_another_user(script: Path) -> None:
    """As a user without rights: the rest is watched, the locked folder is named."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="watch"))
    try:
        folder.chmod(0o755)
        root = folder / "home"
        (root / "locked").mkdir(parents=True)
        (root / "a.txt").write_text("x")
        (root / "locked" / "b.txt").write_text("x")
        (root / "locked").chmod(0)
        (root / "listed").mkdir()
        (root / "listed" / "c.txt").write_text("x")
        (root / "listed").chmod(0o744)
        become = "import os, sys; os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        code = become + f"sys.argv = ['x', {str(root)!r}]\n" + script.read_text()
        # Modules are imported before the rights are given up.
        imports = "import samantha.adapters.watching, samantha.adapters.files\n"
        with run([sys.executable, "-c", imports + code]) as process:
            assert process.stdout is not None and process.stdin is not None
            assert process.stdout.readline().startswith("watching")
            count, _, reason = ask(process, "scan").partition("|")
            assert count.strip() == "1"
            assert str(root / "locked") in reason and str(root / "listed") in reason
            process.stdin.close()
            assert process.wait(10) == 0
    finally:
        shutil.rmtree(folder)


def test_a_copy_of_a_large_tree_costs_no_storm(root: Path, make: Make, tmp_path: Path) -> None:
    """Walking a watched tree and reading its files makes no events of its own."""
    for n in range(300):
        (root / f"d{n}").mkdir()
        (root / f"d{n}" / "a.txt").write_text("x")
    source = make()
    seen = started(source)
    for path, _ in source.scan():
        Path(path).read_text()
    (root / "last.txt").write_text("x")
    seen.wait_for(root / "last.txt")
    assert Counter(path for path, _ in seen.told).keys() == {str(root / "last.txt")}


def test_a_root_that_is_a_link_is_watched(root: Path, make: Make, tmp_path: Path) -> None:
    """The folder that was given may be a link; paths keep the name that was given."""
    link = tmp_path / "link"
    link.symlink_to(root)
    source = make(folder=link)
    seen = started(source)
    (root / "sub").mkdir()
    (link / "sub" / "a.txt").write_text("x")
    seen.wait_for(link / "sub" / "a.txt")
    (root / "b.txt").write_text("x")
    seen.wait_for(link / "b.txt")
    assert names(source) == ["b.txt", "sub/a.txt"]


def test_hiding_and_showing_a_folder(root: Path, make: Make) -> None:
    """A folder renamed to a hidden name asks for a rescan, shown again its files are told."""
    (root / "poems").mkdir()
    (root / "poems" / "a.txt").write_text("x")
    seen = started(make())
    (root / "poems").rename(root / ".poems")
    seen.wait(lambda: seen.rescans > 0)
    (root / ".poems" / "b.txt").write_text("y")
    (root / ".poems").rename(root / "shown")
    seen.wait_for(root / "shown" / "b.txt")
    assert str(root / ".poems" / "b.txt") not in {path for path, _ in seen.told}
    (root / "shown" / "c.txt").write_text("y")
    seen.wait_for(root / "shown" / "c.txt")


def test_beginning_and_ending_leaves_nothing_behind(root: Path, make: Make) -> None:
    """Watching can be started again, and neither threads nor descriptors pile up."""
    source = make()
    for n in range(5):
        seen = started(source)
        (root / f"{n}.txt").write_text("x")
        seen.wait_for(root / f"{n}.txt")
        source.stop()
        if n == 1:
            threads, open_files = threading.active_count(), len(os.listdir("/proc/self/fd"))
    wait_until(lambda: threading.active_count() <= threads, "threads are left")
    wait_until(lambda: len(os.listdir("/proc/self/fd")) <= open_files, "descriptors are left")


class Pipeline:
    """Watch, walk and settling joined as the daemon joins them, in real time."""

    def __init__(self, source: FilesSource) -> None:
        self.settled: list[tuple[float, Settled]] = []
        self.wake = threading.Event()
        self._lock = threading.Lock()
        self._settle = Settle(look=self.look)
        self._source = source

    @staticmethod
    def look(path: str) -> Stat | None:
        try:
            found = os.lstat(path)
        except OSError:
            return None
        return Stat(found.st_size, found.st_mtime_ns, found.st_ino)

    def start(self) -> None:
        self._source.start(self._touch, self._walk)

    def _touch(self, change: Change) -> None:
        stat = self.look(change.path) if change.kind == "present" else None
        with self._lock:
            self._settle.touch(change, stat, datetime.now(UTC))
        self.wake.set()

    def _walk(self) -> None:
        for path, _ in self._source.scan():
            self._touch(Change(self._source.name, path, "present"))

    def run_until(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not ready():
            assert time.monotonic() < deadline, len(self.settled)
            with self._lock:
                due = self._settle.next_due()
            now = datetime.now(UTC)
            self.wake.wait(0.05 if due is None else max(0.0, (due - now).total_seconds()))
            self.wake.clear()
            with self._lock:
                found = self._settle.due(datetime.now(UTC))
            self.settled += [(time.monotonic(), s) for s in found]


def test_a_half_written_file_is_delivered_whole(root: Path, make: Make) -> None:
    """A slow writer's file is delivered once, with all its bytes, after its last byte."""
    pipeline = Pipeline(make())
    pipeline.start()
    written: list[float] = []

    def write() -> None:
        pause = threading.Event()
        with open(root / "slow.txt", "wb", buffering=0) as stream:
            for _ in range(12):
                stream.write(b"x" * 1000)
                pause.wait(0.2)
        written.append(time.monotonic())

    writer = threading.Thread(target=write)
    writer.start()
    pipeline.run_until(lambda: bool(pipeline.settled))
    writer.join()
    when, settled = pipeline.settled[0]
    assert settled.stat is not None and settled.stat.size == 12_000
    assert when >= written[0]


def test_ten_thousand_files_are_delivered_once_each(root: Path, make: Make) -> None:
    """Told by the watch and by two walks, every file comes out of settling exactly once."""
    pipeline = Pipeline(make())
    pipeline.start()
    walker = threading.Thread(target=lambda: [pipeline._walk() for _ in range(2)])
    for n in range(10_000):
        (root / f"{n}.txt").write_bytes(b"x")
        if n == 5_000:
            walker.start()
    walker.join()
    pipeline.run_until(lambda: len(pipeline.settled) >= 10_000)
    (root / "last.txt").write_bytes(b"x")
    last = str(root / "last.txt")
    pipeline.run_until(lambda: any(s.change.path == last for _, s in pipeline.settled))
    assert set(Counter(s.change.path for _, s in pipeline.settled).values()) == {1}


def test_a_rename_comes_out_as_one_move(root: Path, make: Make) -> None:
    """Folder or file renamed: what was read once is moved and not read again."""
    (root / "old").mkdir()
    pipeline = Pipeline(make())
    pipeline.start()
    (root / "old" / "a.txt").write_text("x")
    pipeline.run_until(lambda: len(pipeline.settled) == 1)
    (root / "old").rename(root / "new")
    pipeline.run_until(lambda: len(pipeline.settled) == 2)
    (root / "new" / "a.txt").rename(root / "b.txt")
    pipeline.run_until(lambda: len(pipeline.settled) == 3)
    assert [(s.change.path, s.moved_from) for _, s in pipeline.settled[1:]] == [
        (str(root / "new" / "a.txt"), str(root / "old" / "a.txt")),
        (str(root / "b.txt"), str(root / "new" / "a.txt")),
    ]
