"""What files and Maildirs have in common: a folder tree that is walked, watched and looked after.

One thread a source looks after the watch: a root that is missing, comes back or is replaced, a
watch that died, a limit that was reached, a file system that tells nothing. Whenever something may
have been missed it asks for a rescan.
"""

from __future__ import annotations

import errno
import os
import stat as modes
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from samantha.adapters.mounts import MOUNTINFO, silent_below, silent_file_system
from samantha.api.types import Media
from samantha.core.ports import Change, SourceKind, SourceState, Stat

if TYPE_CHECKING:
    from samantha.adapters.watching import Hooks, TreeWatch

START_S = 2.0
"""How long ``start`` waits for the watch; if it takes longer, a rescan is asked for instead."""
STOP_S = 1.0
DEEPEST = 128
POLL_SHARE = 20
"""Polling rests this many times longer than a look takes: at most five per cent of a core."""
_WATCHES = (
    "Raise the limit: echo fs.inotify.max_user_watches=1048576 | "
    "sudo tee /etc/sysctl.d/60-samantha.conf && sudo sysctl --system"
)
_INSTANCES = _WATCHES.replace("watches=1048576", "instances=1024")


@dataclass(frozen=True, slots=True)
class Upkeep:
    """How a watch is looked after."""

    check_s: float = 1.0
    """How often the root and the watch are looked at: one or two system calls."""
    poll_s: float = 10.0
    """How often the tree is walked where it cannot be watched."""
    retry_s: float = 600.0
    """How often watching is tried again while polling."""
    queue_limit: int = 50_000
    """How many notices may wait for a slow receiver before a rescan is asked for instead."""
    mountinfo: str = MOUNTINFO


class TreeSource(ABC):
    """A source that is a folder tree; ``_enters`` and ``_takes`` say what of it counts."""

    kind: SourceKind
    media: Media = "file"
    arrives_whole = False
    """Whether a file is finished when it appears."""

    def __init__(
        self,
        name: str,
        root: str,
        upkeep: Upkeep | None = None,
    ) -> None:
        self.name = name
        self.root = root.rstrip("/") or "/"
        self._prefix = self.root.rstrip("/") + "/"
        self._upkeep = upkeep or Upkeep()
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._ready = threading.Event()
        self._rescan = threading.Event()
        self._limited = threading.Event()
        self._thread: threading.Thread | None = None
        self._on_change: Callable[[Change], None] = lambda change: None
        self._on_overflow: Callable[[], None] = lambda: None
        self._watch: TreeWatch | None = None
        self._identity: tuple[int, int] | None = None
        self._mode: tuple[str, str, str] = ("stopped", "", "")
        self._snapshot: dict[str, int] | None = None
        self._next_poll = self._next_try = 0.0
        self._failures = 0
        self._unlisted: frozenset[str] = frozenset()

    # --- what counts ------------------------------------------------------------------------

    @abstractmethod
    def _enters(self, relative: str) -> bool:
        """Tell whether a folder below the root is looked into."""

    @abstractmethod
    def _takes(self, relative: str) -> bool:
        """Tell whether a file below the root counts, with all folders above it."""

    def folder_role(self, path: str) -> str:
        """Return what the mail folder of a path is: inbox, sent, drafts …, or ''."""
        return ""

    def key(self, path: str) -> str:
        """Return what names the thing at a path, whatever its path also says of it (flags)."""
        return path

    def wanted(self, path: str) -> bool:
        """Tell whether a path belongs to this source and is not excluded, without opening it."""
        return path.startswith(self._prefix) and self._takes(path[len(self._prefix) :])

    def _enter(self, path: str) -> bool:
        if path == self.root:
            return True
        relative = path[len(self._prefix) :] if path.startswith(self._prefix) else ""
        return bool(relative) and relative.count("/") < DEEPEST and self._enters(relative)

    # --- looking ----------------------------------------------------------------------------

    def scan(self) -> Iterator[tuple[str, Stat]]:
        """Walk everything that is there and not excluded; symbolic links are never followed."""
        unlisted: set[str] = set()
        yield from self._walk(self.root, unlisted)
        self._unlisted = frozenset(unlisted)

    def unlisted(self) -> frozenset[str]:
        """Return the folders that the last scan could not list: nothing is known of them."""
        return self._unlisted

    def _walk(self, folder: str, unlisted: set[str]) -> Iterator[tuple[str, Stat]]:
        waiting = [folder]
        while waiting:
            folder = waiting.pop()
            if not self._enter(folder):
                continue
            try:
                with os.scandir(folder) as entries:
                    listed = list(entries)
            except OSError as problem:
                gone = problem.errno in (errno.ENOENT, errno.ENOTDIR) and folder != self.root
                if not gone:
                    unlisted.add(folder)
                continue
            for entry in listed:
                try:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif entry.is_file(follow_symlinks=False) and self.wanted(entry.path):
                        found = entry.stat(follow_symlinks=False)
                        yield entry.path, Stat(found.st_size, found.st_mtime_ns, found.st_ino)
                except OSError as problem:
                    if problem.errno != errno.ENOENT:
                        # Its name is known but nothing else: it is not gone.
                        unlisted.add(folder)

    def state(self) -> SourceState:
        """Return how it is now."""
        word, reason, remedy = self._mode
        if word in ("stopped", "watching", "polling"):
            absent = self._absent()
            if absent is not None:
                word, reason, remedy = absent
            elif self._unlisted:
                names = ", ".join(sorted(self._unlisted)[:3])
                more = f" and {len(self._unlisted) - 3} more" if len(self._unlisted) > 3 else ""
                unread = f"cannot be read: {names}{more}"
                reason = f"{reason}; {unread}" if reason else unread
                remedy = remedy or "Give yourself the right to read them, or exclude them."
        return SourceState(self.name, self.kind, self.root, word, _shown(reason), _shown(remedy))

    def _absent(self) -> tuple[str, str, str] | None:
        try:
            with os.scandir(self.root):
                return None
        except PermissionError:
            return "unreadable", "the folder may not be read", f"chmod u+rx '{self.root}'"
        except NotADirectoryError:
            return "missing", "this is not a folder", "samantha config path"
        except FileNotFoundError:
            return "missing", "the folder is not there", f"mkdir -p '{self.root}'"
        except OSError as problem:
            return "unreadable", problem.strerror or "it cannot be read", ""

    # --- life -------------------------------------------------------------------------------

    def start(self, on_change: Callable[[Change], None], on_overflow: Callable[[], None]) -> None:
        """Begin to watch; what changes after this call is told, or a rescan is asked for."""
        if self._thread is not None:
            return
        self._on_change, self._on_overflow = on_change, on_overflow
        self._stop.clear()
        self._ready.clear()
        self._identity, self._failures = None, 0
        self._thread = threading.Thread(target=self._care, name=f"watch-{self.name}", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_S):
            self._rescan.set()

    def healthy(self) -> bool:
        """Tell whether changes still arrive, or their absence is being mended."""
        if self._thread is None or self._stop.is_set():
            return True
        return self._thread.is_alive() and self._failures < 5

    def stop(self) -> None:
        """Stop watching."""
        self._stop.set()
        self._wake.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join(STOP_S)

    def _care(self) -> None:
        try:
            while not self._stop.is_set():
                self._look_after()
                self._ready.set()
                if self._rescan.is_set() and not self._stop.is_set():
                    self._rescan.clear()
                    self._on_overflow()
                self._wake.wait(self._upkeep.check_s)
                self._wake.clear()
        finally:
            self._close()
            self._mode = ("stopped", "", "")

    # --- looking after the watch ------------------------------------------------------------

    def _look_after(self) -> None:
        identity = self._root_identity()
        if identity != self._identity or self._mode[0] in ("stopped", "missing", "unreadable"):
            self._begin(identity)
        elif self._watch is not None and self._limited.is_set():
            self._close()
            self._poll_because("the limit of watched folders is reached", _WATCHES)
        elif self._watch is not None and not self._watch.healthy():
            # A reader that raised takes watchdog's thread with it. Nothing is lost: begin anew.
            self._failures += 1
            self._begin(identity)
        elif self._watch is not None:
            self._failures = 0
        elif self._mode[0] == "polling":
            self._poll(identity)

    def _root_identity(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.root)  # noqa: PTH116 (the root itself may be a link)
        except OSError:
            return None
        return (found.st_dev, found.st_ino) if modes.S_ISDIR(found.st_mode) else None

    def _begin(self, identity: tuple[int, int] | None) -> None:
        before, first = self._mode[0], not self._ready.is_set()
        self._close()
        self._identity = identity
        absent = self._absent()
        if absent is not None:
            self._mode = absent
            return
        silent = silent_file_system(os.path.realpath(self.root), self._upkeep.mountinfo)
        if silent:
            reason = f"{silent} does not tell about changes; it is looked at every so often"
            self._poll_because(reason, "")
        else:
            self._open()
        if not first or before != "stopped":
            self._rescan.set()

    def _open(self) -> None:
        if not sys.platform.startswith("linux"):
            self._poll_because("this system is not watched yet, but looked at every so often", "")
            return
        from samantha.adapters.watching import TreeWatch

        self._limited.clear()
        try:
            self._watch = TreeWatch(self.root, self._hooks())
        except OSError as problem:
            instances = problem.errno == errno.EMFILE
            what = "watching programs" if instances else "watched folders"
            if problem.errno in (errno.ENOSPC, errno.EMFILE):
                reason = f"the limit of {what} is reached"
                self._poll_because(reason, _INSTANCES if instances else _WATCHES)
            else:
                self._mode = self._absent() or ("missing", problem.strerror or "", "")
            return
        below = silent_below(self.root, self._upkeep.mountinfo)
        reason = f"only looked at now and then: {', '.join(below[:3])}" if below else ""
        self._mode = ("watching", reason, "")
        if self._limited.is_set():
            self._close()
            self._poll_because("the limit of watched folders is reached", _WATCHES)

    def _close(self) -> None:
        watch, self._watch = self._watch, None
        self._snapshot = None
        if watch is not None:
            watch.stop()

    # --- polling ----------------------------------------------------------------------------

    def _poll_because(self, reason: str, remedy: str) -> None:
        """Give back all watches, so that other programs have them, and look by ourselves."""
        if self._snapshot is None:
            self._snapshot = self._picture(set())
            self._rescan.set()
        self._mode = ("polling", reason, remedy)
        self._next_poll = time.monotonic() + self._upkeep.poll_s
        self._next_try = time.monotonic() + self._upkeep.retry_s

    def _poll(self, identity: tuple[int, int] | None) -> None:
        now = time.monotonic()
        if now >= self._next_try:
            self._begin(identity)
            return
        if now < self._next_poll or self._snapshot is None:
            return
        unlisted: set[str] = set()
        before, after = self._snapshot, self._picture(unlisted)
        self._next_poll = time.monotonic() + max(
            self._upkeep.poll_s, POLL_SHARE * (time.monotonic() - now)
        )
        if self.root in unlisted:
            return
        for path, mark in after.items():
            if before.get(path) != mark:
                self._tell(path, "present")
        for path, mark in before.items():
            if path in after:
                continue
            if any(path.startswith(folder + "/") for folder in unlisted):
                after[path] = mark
            else:
                self._tell(path, "gone")
        self._snapshot = after

    def _picture(self, unlisted: set[str]) -> dict[str, int]:
        found = self._walk(self.root, unlisted)
        return {path: hash((s.size, s.mtime_ns, s.inode)) for path, s in found}

    # --- what the watch tells ---------------------------------------------------------------

    def _hooks(self) -> Hooks:
        from samantha.adapters.watching import Hooks

        return Hooks(
            enter=self._enter,
            present=self._present,
            gone=self._gone,
            folder_came=self._folder_came,
            folder_left=self._folder_left,
            folder_moved=self._folder_moved,
            root_left=self._wake.set,
            overflow=self._missed,
            limit=self._limit,
            queue_limit=self._upkeep.queue_limit,
        )

    def _tell(self, path: str, kind: Literal["present", "gone"]) -> None:
        if not self._stop.is_set():
            self._on_change(Change(self.name, path, kind))

    def _present(self, path: str) -> None:
        if not self.wanted(path):
            return
        try:
            mode = os.lstat(path).st_mode
        except OSError:
            return  # its removal is told as well
        self._tell(path, "present" if modes.S_ISREG(mode) else "gone")

    def _gone(self, path: str) -> None:
        if self.wanted(path):
            self._tell(path, "gone")

    def _folder_came(self, path: str) -> None:
        for found, _ in self._walk(path, set()):
            self._tell(found, "present")

    def _folder_left(self, path: str) -> None:
        if self._enter(path):
            self._missed()

    def _folder_moved(self, old: str, new: str) -> None:
        if not self._enter(new):
            self._folder_left(old)
            return
        for path, _ in self._walk(new, set()):
            before = old + path[len(new) :]
            if self.wanted(before):
                self._tell(before, "gone")
            self._tell(path, "present")

    def _missed(self) -> None:
        self._rescan.set()
        self._wake.set()

    def _limit(self) -> None:
        self._limited.set()
        self._wake.set()


def _shown(words: str) -> str:
    """Return text that can be printed: names that are not UTF-8 are shown with escapes."""
    return words.encode("utf-8", "backslashreplace").decode("utf-8")
