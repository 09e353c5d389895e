"""One watched tree on Linux: watchdog, with the three things that it does not say by itself.

It does not say that the kernel dropped events, that the watch limit was reached, and that a folder
left the tree; and it would enter folders that are excluded. The hooks are on parts of watchdog
that are not its public API, hence the bound on its version.
"""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.api import BaseObserver, EventQueue, ObservedWatch
from watchdog.observers.inotify import InotifyEmitter, InotifyObserver, InotifyWatchGroup
from watchdog.observers.inotify_c import InotifyEvent, InotifyFD, Mask, WatchDescriptor
from watchdog.observers.inotify_move_event_grouper import (
    GroupedInotifyEvent,
    InotifyMoveEventGrouper,
    PathedInotifyEvent,
)

EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileMovedEvent,
    FileClosedEvent,
    FileDeletedEvent,
    DirCreatedEvent,
    DirMovedEvent,
    DirDeletedEvent,
]
"""Never the default: it holds "opened", so that walking a large tree overflows for ever."""
PAIR_S = 0.1
"""How long one half of a rename waits for the other; all later events wait with it."""
LIMITS = (errno.ENOSPC, errno.EMFILE)


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a tree's owner decides and is told. Called from watchdog's threads."""

    enter: Callable[[str], bool]
    """Whether a folder is watched at all."""
    present: Callable[[str], None]
    gone: Callable[[str], None]
    folder_came: Callable[[str], None]
    """A folder appeared: what is in it was not told."""
    folder_left: Callable[[str], None]
    """A folder left the tree: what was in it was not told."""
    folder_moved: Callable[[str, str], None]
    root_left: Callable[[], None]
    overflow: Callable[[], None]
    limit: Callable[[], None]
    queue_limit: int


class _Grouper(InotifyMoveEventGrouper):
    delay = PAIR_S


class _WatchGroup(InotifyWatchGroup):
    """Watches the folders that may be entered, and says when it cannot."""

    def __init__(self, fd: InotifyFD, path: bytes, mask: Mask, hooks: Hooks) -> None:
        self._hooks = hooks
        self._limited = False
        super().__init__(fd, path, event_mask=mask, is_recursive=True)

    def __post_init__(self) -> None:
        self._move_event_grouper = _Grouper()
        super().__post_init__()

    def on_queue_overflow(self) -> None:
        super().on_queue_overflow()
        # Only now: whoever looks after this call misses nothing that the watches do not tell.
        self._hooks.overflow()

    def _recursive_simulate(self, src_path: bytes) -> list[InotifyEvent]:
        return []  # the owner scans a new folder itself, within its exclusions

    def _add_all_callbacks(self, path: bytes) -> None:
        """Watch a folder and all below that may be entered; watch first, list afterwards."""
        waiting = [path]
        while waiting and not self._limited:
            folder = waiting.pop()
            if folder != self.path and not self._hooks.enter(os.fsdecode(folder)):
                continue
            self._add_callback(folder)
            with suppress(OSError), os.scandir(folder) as entries:
                waiting.extend(e.path for e in entries if e.is_dir(follow_symlinks=False))

    def _add_callback(self, path: bytes) -> None:
        if not os.access(path, os.R_OK):
            if path == self.path:
                raise PermissionError(errno.EACCES, "unreadable")
            return
        # The root itself may be a symbolic link; the mask would watch the link and not the folder.
        place = path + b"/." if path == self.path else path
        try:
            wd = self._inotify_fd.add_callback(place, self.event_mask, self._callback, self._id)
        except OSError as problem:
            if path == self.path:
                raise
            if problem.errno in LIMITS:
                self._limited = True
                self._hooks.limit()
            return
        old = self._active_callbacks_by_path.get(path)
        if old is not None and old != wd:
            self._active_callbacks_by_watch.pop(old, None)
        self._active_callbacks_by_path[path] = wd
        self._active_callbacks_by_watch[wd] = path

    def _remove_watch_internally(self, wd: WatchDescriptor) -> None:
        path = self._active_callbacks_by_watch.pop(wd, None)
        if path is not None and self._active_callbacks_by_path.get(path) == wd:
            del self._active_callbacks_by_path[path]

    def drop_below(self, path: bytes) -> None:
        """Forget a folder that left the tree; it would go on telling under its old name."""
        prefix = path + b"/"
        with self._lock:
            if os.path.lexists(path):
                return
            watches = self._active_callbacks_by_path.items()
            self._remove_callbacks([wd for p, wd in watches if p == path or p.startswith(prefix)])


class _Emitter(InotifyEmitter):
    """Queues what happened, bounded, and tells a folder's removal from its departure."""

    def __init__(
        self,
        event_queue: EventQueue,
        watch: ObservedWatch,
        *,
        timeout: float,
        event_filter: list[type[FileSystemEvent]] | None = None,
        inotify_fd: InotifyFD,
        hooks: Hooks,
    ) -> None:
        super().__init__(
            event_queue, watch, timeout=timeout, event_filter=event_filter, inotify_fd=inotify_fd
        )
        self._hooks = hooks

    def on_thread_start(self) -> None:
        path = os.fsencode(self.watch.path)
        mask = self.get_event_mask_from_filter()
        self._inotify = _WatchGroup(self._inotify_fd, path, mask, self._hooks)

    def queue_event(self, event: FileSystemEvent) -> None:
        if self._event_queue.qsize() >= self._hooks.queue_limit:
            self._hooks.overflow()
        else:
            super().queue_event(event)

    def build_and_queue_event(
        self, event: GroupedInotifyEvent, *, full_events: bool = False
    ) -> None:
        if not isinstance(event, PathedInotifyEvent):
            old, new = event
            if old.ev.is_directory:
                self.queue_event(DirMovedEvent(os.fsdecode(old.path), os.fsdecode(new.path)))
                return
        elif event.ev.is_directory and event.ev.is_moved_to:
            self.queue_event(DirCreatedEvent(os.fsdecode(event.path)))
            return
        elif event.ev.is_directory and event.ev.is_moved_from:
            if isinstance(self._inotify, _WatchGroup):
                self._inotify.drop_below(event.path)
            self.queue_event(DirMovedEvent(os.fsdecode(event.path), ""))
            return
        super().build_and_queue_event(event, full_events=full_events)


class _Observer(InotifyObserver):
    """An observer whose emitters carry the hooks."""

    def __init__(self, hooks: Hooks) -> None:
        self._inotify_fd = InotifyFD()
        self._inotify_fd.start()
        BaseObserver.__init__(self, _Emitter, inotify_fd=self._inotify_fd, hooks=hooks)

    def healthy(self) -> bool:
        threads = [self, self._inotify_fd, *self.emitters]
        return bool(self.emitters) and all(t.is_alive() for t in threads)


class _Handler(FileSystemEventHandler):
    def __init__(self, root: str, hooks: Hooks) -> None:
        self._root = root
        self._hooks = hooks

    def on_any_event(self, event: FileSystemEvent) -> None:
        hooks, path, new = self._hooks, os.fsdecode(event.src_path), os.fsdecode(event.dest_path)
        match event:
            case FileCreatedEvent() | FileClosedEvent():
                hooks.present(path)
            case FileDeletedEvent():
                hooks.gone(path)
            case FileMovedEvent():
                hooks.gone(path)
                hooks.present(new)
            case DirCreatedEvent():
                hooks.folder_came(path)
            case DirMovedEvent() if new:
                hooks.folder_moved(path, new)
            case DirMovedEvent():
                hooks.folder_left(path)
            case DirDeletedEvent() if path == self._root:
                hooks.root_left()
            case _:
                pass


class TreeWatch:
    """A watched tree. Raises ``OSError`` where it cannot be watched (limit, absent, unreadable)."""

    def __init__(self, root: str, hooks: Hooks) -> None:
        # Watching a path twice is meant: its folder may have been replaced in between.
        warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning)
        self._observer = _Observer(hooks)
        try:
            self._observer.schedule(
                _Handler(root, hooks), root, recursive=True, event_filter=EVENTS
            )
            self._observer.start()
        except OSError:
            self._observer.stop()
            raise

    def healthy(self) -> bool:
        """Tell whether all its threads are alive; one that raised ends silently."""
        return self._observer.healthy()

    def stop(self) -> None:
        """Stop watching; threads end soon after."""
        self._observer.stop()
