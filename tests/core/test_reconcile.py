from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samantha.core.ports import Stat
from samantha.core.reconcile import Plan, reconcile


def stat(n: int) -> Stat:
    return Stat(size=n, mtime_ns=n * 1000, inode=n)


def test_nothing_changed_is_an_empty_plan() -> None:
    """A restart with nothing changed has nothing to do."""
    known = {f"/a/{n}": stat(n) for n in range(5)}
    assert not reconcile(known, known.items())


def test_new_changed_gone_and_moved_are_told_apart() -> None:
    """Each path is in exactly one part of the plan."""
    known = {"/same": stat(1), "/edited": stat(2), "/deleted": stat(3), "/old": stat(4)}
    found = [("/same", stat(1)), ("/edited", stat(20)), ("/new", stat(5)), ("/renamed", stat(4))]
    assert reconcile(known, found) == Plan(
        new=(("/new", stat(5)),),
        changed=(("/edited", stat(20)),),
        gone=("/deleted",),
        moved=(("/old", "/renamed", stat(4)),),
    )


def test_an_inode_used_again_is_no_move() -> None:
    """The same inode with another size or time is another file."""
    plan = reconcile({"/old": Stat(5, 100, 7)}, [("/new", Stat(5, 101, 7))])
    assert plan.moved == () and plan.gone == ("/old",) and plan.new == (("/new", Stat(5, 101, 7)),)


def test_a_key_sees_through_flags() -> None:
    """A mail whose flags changed is moved, even if a sync tool copied it to another inode."""
    plan = reconcile(
        {"/m/new/1.host": Stat(9, 100, 1)},
        [("/m/cur/1.host:2,S", Stat(9, 200, 2))],
        key=lambda path: path.rpartition("/")[2].partition(":2,")[0],
    )
    assert plan.moved == (("/m/new/1.host", "/m/cur/1.host:2,S", Stat(9, 200, 2)),)


def test_what_could_not_be_listed_is_not_gone() -> None:
    """A folder that cannot be read for a while loses nothing of what is known of it."""
    known = {"/a/locked/x": stat(1), "/a/locked2/y": stat(2)}
    assert reconcile(known, [], unlisted=["/a/locked"]).gone == ("/a/locked2/y",)


@given(
    st.dictionaries(st.text(min_size=1), st.integers(0, 3)),
    st.dictionaries(st.text(min_size=1), st.integers(0, 3)),
)
def test_the_plan_leads_from_known_to_found(known: dict[str, int], found: dict[str, int]) -> None:
    """Carrying the plan out on the known gives the found, whatever both are."""
    here = {path: stat(n) for path, n in known.items()}
    there = {path: stat(n) for path, n in found.items()}
    plan = reconcile(here, there.items())
    for path in plan.gone:
        del here[path]
    for old, new, value in plan.moved:
        assert here.pop(old) == value
        here[new] = value
    for path, value in (*plan.new, *plan.changed):
        here[path] = value
    assert here == there


def test_a_hundred_thousand_files_are_compared() -> None:
    """A folder that was renamed among many files is that, and nothing else."""
    known = {f"/home/letters/{n % 300}/{n}.txt": stat(n) for n in range(100_000)}
    found = [(path.replace("/7/", "/8/"), value) for path, value in known.items()]
    plan = reconcile(known, found)
    assert len(plan.moved) == 334 and not plan.gone and not plan.new
