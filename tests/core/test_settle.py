from __future__ import annotations

from datetime import UTC, datetime, timedelta

from samantha.core.ports import Change, Stat
from samantha.core.settle import Settle, Settled

START = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def present(path: str, source: str = "home") -> Change:
    return Change(source, path, "present")


def gone(path: str, source: str = "home") -> Change:
    return Change(source, path, "gone")


def stat(size: int, inode: int = 1, written: float = -100.0) -> Stat:
    return Stat(size, int(at(written).timestamp() * 1e9), inode)


class Disk(dict[str, Stat]):
    """What lies where, and how often it was asked."""

    def look(self, path: str) -> Stat | None:
        return self.get(path)


def paths(settled: list[Settled]) -> list[tuple[str, str]]:
    return [(s.change.path, s.change.kind) for s in settled]


def test_a_file_settles_after_its_quiet_time() -> None:
    """It is held back for half a second and then delivered once."""
    settle = Settle()
    settle.touch(present("/a"), stat(1), at(0))
    assert settle.next_due() == at(0.5)
    assert settle.due(at(0.4)) == []
    assert settle.due(at(0.5)) == [Settled(present("/a"), stat(1))]
    assert settle.due(at(9)) == [] and settle.next_due() is None and len(settle) == 0


def test_what_arrives_whole_waits_for_nothing() -> None:
    """A delivery is passed on at once, a rename of it stays one move, files elsewhere wait."""
    disk = Disk({"/cur/m:2,": stat(1), "/a": stat(2, inode=2)})
    settle = Settle(whole={"mail"}, look=disk.look)
    settle.touch(present("/cur/m:2,", "mail"), stat(1), at(0))
    settle.touch(present("/a"), stat(2, inode=2), at(0))
    assert paths(settle.due(at(0))) == [("/cur/m:2,", "present")]
    disk["/cur/m:2,S"] = disk.pop("/cur/m:2,")
    settle.touch(gone("/cur/m:2,", "mail"), None, at(1))
    settle.touch(present("/cur/m:2,S", "mail"), stat(1), at(1))
    moved = [s for s in settle.due(at(1)) if s.change.source == "mail"]
    assert [(s.change.path, s.moved_from) for s in moved] == [("/cur/m:2,S", "/cur/m:2,")]
    assert settle.due(at(9)) == []


def test_each_touch_begins_the_quiet_time_anew() -> None:
    """A file that is being written is not delivered half-way."""
    settle = Settle()
    for n in range(10):
        settle.touch(present("/a"), stat(n), at(n * 0.3))
        assert settle.due(at(n * 0.3 + 0.2)) == []
    assert [s.stat for s in settle.due(at(3.2))] == [stat(9)]


def test_a_writer_that_nobody_tells_of_is_noticed() -> None:
    """When it falls due the file is looked at again; it is delivered as it then is."""
    disk = Disk({"/a": stat(1)})
    settle = Settle(look=disk.look)
    settle.touch(present("/a"), disk["/a"], at(0))
    disk["/a"] = stat(5, written=0.4)
    assert settle.due(at(0.5)) == []
    assert settle.next_due() == at(0.9), "counted from the last writing, not from the look"
    assert [s.stat for s in settle.due(at(0.9))] == [disk["/a"]]


def test_a_file_that_never_rests_is_taken_and_said_so() -> None:
    """A growing file is read now and then, less and less often, and marked restless."""
    disk = Disk()
    settle = Settle(max_wait_s=10, look=disk.look)
    taken = []
    for n in range(400):
        disk["/log"] = stat(n, written=n * 0.2)
        settle.touch(present("/log"), disk["/log"], at(n * 0.2))
        taken += [(n * 0.2, s.restless) for s in settle.due(at(n * 0.2))]
    assert [restless for _, restless in taken] == [True] * len(taken)
    assert 2 <= len(taken) <= 3
    assert [s.restless for s in settle.due(at(999))] == [False]


def test_a_deletion_settles_too() -> None:
    """A file that is deleted is told as gone, one that comes back at once is not."""
    disk = Disk()
    settle = Settle(look=disk.look)
    settle.touch(gone("/a"), None, at(0))
    settle.touch(gone("/b"), None, at(0))
    disk["/b"] = stat(2)
    settle.touch(present("/b"), disk["/b"], at(0.1))
    settled = settle.due(at(1))
    assert paths(settled) == [("/b", "present"), ("/a", "gone")]


def test_a_notice_that_contradicts_the_disk_yields() -> None:
    """Watchers are late: what is there when it falls due is what counts."""
    disk = Disk({"/back": stat(1)})
    settle = Settle(look=disk.look)
    settle.touch(present("/vanished"), stat(1), at(0))
    settle.touch(gone("/back"), None, at(0))
    settled = settle.due(at(1)) + settle.due(at(2))
    assert sorted(paths(settled)) == [("/back", "present"), ("/vanished", "gone")]


def test_a_rename_is_one_move() -> None:
    """A deletion and an arrival of the same bytes are one document that was moved."""
    disk = Disk({"/new": stat(3, inode=7)})
    known = {("home", "/old"): stat(3, inode=7)}
    settle = Settle(look=disk.look, known=lambda s, p: known.get((s, p)))
    settle.touch(gone("/old"), None, at(0))
    settle.touch(present("/new"), disk["/new"], at(0.01))
    assert settle.due(at(0.5)) == []
    assert settle.due(at(0.6)) == [Settled(present("/new"), stat(3, inode=7), "/old")]
    assert settle.due(at(5)) == []


def test_a_rename_is_recognised_without_an_index() -> None:
    """What was delivered before is remembered, also if both halves fall due together."""
    settle = Settle()
    settle.touch(present("/old"), stat(3, inode=7), at(0))
    settle.due(at(1))
    settle.touch(gone("/old"), None, at(2))
    settle.touch(present("/new"), stat(3, inode=7), at(2))
    assert settle.due(at(9)) == [Settled(present("/new"), stat(3, inode=7), "/old")]


def test_a_rename_of_a_file_that_was_changed_before_is_read_anew() -> None:
    """Moving needs the bytes that were read; an edit just before the rename is not lost."""
    known = {("home", "/old"): stat(3, inode=7)}
    settle = Settle(known=lambda s, p: known.get((s, p)))
    settle.touch(present("/old"), stat(9, inode=7), at(0))
    settle.touch(gone("/old"), None, at(0.1))
    settle.touch(present("/new"), stat(9, inode=7), at(0.1))
    settled = settle.due(at(5))
    assert paths(settled) == [("/new", "present"), ("/old", "gone")]
    assert settled[0].moved_from == ""


def test_two_sources_do_not_share_a_rename() -> None:
    """A file that moves between sources leaves one and arrives in the other."""
    known = {("a", "/a/x"): stat(3, inode=7)}
    settle = Settle(known=lambda s, p: known.get((s, p)))
    settle.touch(gone("/a/x", "a"), None, at(0))
    settle.touch(present("/b/x", "b"), stat(3, inode=7), at(0))
    settled = settle.due(at(5))
    assert [(s.change.source, s.change.kind, s.moved_from) for s in settled] == [
        ("b", "present", ""),
        ("a", "gone", ""),
    ]


def test_the_same_version_is_delivered_once() -> None:
    """Late notices and rescans of what was delivered, or is in the index, are dropped."""
    known = {("home", "/read"): stat(4)}
    settle = Settle(known=lambda s, p: known.get((s, p)))
    settle.touch(present("/a"), stat(1), at(0))
    assert len(settle.due(at(1))) == 1
    settle.touch(present("/a"), stat(1), at(2))
    settle.touch(present("/read"), stat(4), at(2))
    assert settle.due(at(3)) == []
    settle.touch(present("/a"), stat(2), at(4))
    assert len(settle.due(at(5))) == 1


def test_memory_is_bounded_and_says_so() -> None:
    """When there is no more room the caller learns that a rescan is needed."""
    settle = Settle(capacity=3)
    assert [settle.touch(present(f"/{n}"), stat(1), at(0)) for n in range(5)] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert settle.touch(present("/1"), stat(2), at(0.1)), "what is held may go on changing"
    assert len(settle.due(at(9))) == 3


def test_a_clock_set_back_holds_nothing_up() -> None:
    """After a step back of an hour a file still settles within a second."""
    settle = Settle()
    settle.touch(present("/a"), stat(1), at(0))
    settle.touch(present("/b"), stat(1, inode=2), at(-3600))
    due = settle.next_due()
    assert due is not None and due <= at(-3599)
    assert len(settle.due(at(-3598.9))) == 2


def test_many_files_settle_together() -> None:
    """Ten thousand files that came at once are delivered, all, once, quickly."""
    settle = Settle()
    for n in range(10_000):
        settle.touch(present(f"/{n}"), stat(n, inode=n), at(n / 1e5))
        settle.touch(present(f"/{n}"), stat(n, inode=n), at(n / 1e5))
    assert len({s.change.path for s in settle.due(at(2))}) == 10_000
    assert settle.due(at(3)) == []
