"""The guarantee behind the watcher: what is there compared with what is known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from samantha.core.ports import Stat


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be done so that the known equals the found."""

    new: tuple[tuple[str, Stat], ...] = ()
    changed: tuple[tuple[str, Stat], ...] = ()
    gone: tuple[str, ...] = ()
    moved: tuple[tuple[str, str, Stat], ...] = ()
    """Old path, new path, stat: the content is the same, so nothing has to be read."""

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone or self.moved)


def reconcile(
    known: Mapping[str, Stat],
    found: Iterable[tuple[str, Stat]],
    *,
    key: Callable[[str], str] | None = None,
    unlisted: Collection[str] = (),
) -> Plan:
    """Return what is new, changed, gone and moved.

    ``key`` names what lies at a path independently of its flags (a mail's folder and base name):
    the same key and size is the same content. ``unlisted`` are folders that could not be listed
    now; what is known below them is neither here nor gone.
    """
    seen: set[str] = set()
    new: list[tuple[str, Stat]] = []
    changed: list[tuple[str, Stat]] = []
    for path, stat in found:
        if path in seen:
            continue
        seen.add(path)
        before = known.get(path)
        if before is None:
            new.append((path, stat))
        elif before != stat:
            changed.append((path, stat))
    gone = [path for path in known if path not in seen and not _below(path, unlisted)]
    moved, new, gone = _pair(known, new, gone, key)
    return Plan(tuple(new), tuple(changed), tuple(gone), tuple(moved))


def _below(path: str, folders: Collection[str]) -> bool:
    return any(path.startswith(folder.rstrip("/") + "/") for folder in folders)


def _pair(
    known: Mapping[str, Stat],
    new: list[tuple[str, Stat]],
    gone: list[str],
    key: Callable[[str], str] | None,
) -> tuple[list[tuple[str, str, Stat]], list[tuple[str, Stat]], list[str]]:
    if not new or not gone:
        return [], new, gone
    by_stat = {known[path]: path for path in gone}
    by_key = {(key(path), known[path].size): path for path in gone} if key else {}
    taken: set[str] = set()
    moved: list[tuple[str, str, Stat]] = []
    left: list[tuple[str, Stat]] = []
    for path, stat in new:
        old = by_key.get((key(path), stat.size)) if key else None
        if old is None or old in taken:
            old = by_stat.get(stat)
        if old is None or old in taken:
            left.append((path, stat))
        else:
            taken.add(old)
            moved.append((old, path, stat))
    return moved, left, [path for path in gone if path not in taken]
