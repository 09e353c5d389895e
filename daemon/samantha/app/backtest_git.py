"""The history of a working folder: each commit's state of the files, at the commit's date.

The repository is only read, by git's plumbing, with nothing of its configuration that could start
a program. The files are laid out in a folder of the run.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath

from samantha.api.errors import UserError
from samantha.app.backtest_sources import free_name
from samantha.app.backtest_timeline import Arrival
from samantha.app.config import SourceSection
from samantha.app.file_stat import stat_of
from samantha.core.intake import Event

_FILES = ("100644", "100755")
_MAX_BYTES = 50 * 2**20


@dataclass(frozen=True, slots=True)
class _Change:
    """One file that a commit changed: '' as blob means that it went."""

    path: str
    blob: str
    moved_from: str = ""


def git_sections(paths: Sequence[Path], folder: Path) -> tuple[SourceSection, ...]:
    """Return a source for each history, laid out below a folder of the run."""
    sections: list[SourceSection] = []
    for given in paths:
        name = free_name(given.expanduser().absolute().name, [s.name for s in sections], "history-")
        sections.append(SourceSection(name=name, kind="files", path=folder / name))
    return tuple(sections)


class GitHistory:
    """One history that is laid out commit by commit."""

    def __init__(self, given: Path, section: SourceSection) -> None:
        self._repository = given.expanduser().absolute()
        self.name = section.name
        self.root = section.path
        self._wanted: Callable[[str], bool] = lambda path: True
        self._laid: set[str] = set()

    def arrivals(self, wanted: Callable[[str], bool]) -> list[Arrival]:
        """Return one arrival a commit, oldest first; ``wanted`` leaves out what is never read.

        A commit counts at its author's date, or the one before it where that is later.
        """
        self.root.mkdir(parents=True, mode=0o700, exist_ok=True)
        self._wanted = wanted
        found: list[Arrival] = []
        last = datetime.min.replace(tzinfo=UTC)
        log = self._git("log", "--first-parent", "--reverse", "--format=%H %at %P", "HEAD")
        for number, line in enumerate(log.decode("ascii").splitlines()):
            commit, written, *parents = line.split(" ")
            last = max(last, datetime.fromtimestamp(int(written), UTC))
            parent = parents[0] if parents and parents[0] else ""
            bring = partial(self._lay, commit, parent, last)
            found.append(Arrival(last, f"{number:09}", bring))
        return found

    def _lay(self, commit: str, parent: str, at: datetime) -> list[Event]:
        """Bring the folder to the state of a commit; return what changed in it."""
        events: list[Event] = []
        for change in self._changes(commit, parent):
            target = self._target(change.path)
            if target is None:
                continue
            if not change.blob:
                target.unlink(missing_ok=True)
                self._laid.discard(change.path)
                events.append(Event(self.name, str(target), "file", None))
                continue
            data = self._git("cat-file", "blob", change.blob)
            target.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
            if not target.parent.resolve().is_relative_to(self.root.resolve()):
                continue
            target.write_bytes(data[:_MAX_BYTES])
            os.utime(target, (at.timestamp(), at.timestamp()))
            before = self._target(change.moved_from) if change.moved_from else None
            if before is not None:
                before.unlink(missing_ok=True)
            events.append(
                Event(
                    self.name,
                    str(target),
                    "file",
                    stat_of(str(target)),
                    moved_from=str(before) if before is not None else "",
                )
            )
        return events

    def _changes(self, commit: str, parent: str) -> list[_Change]:
        """Return what a commit changed; a file that only moved counts as moved."""
        trees = [parent, commit] if parent else ["--root", commit]
        raw = self._git("diff-tree", "-r", "-z", "--no-commit-id", "-M100%", *trees)
        fields = raw.decode("utf-8", "surrogateescape").split("\0")
        changes: list[_Change] = []
        at = 0
        while at < len(fields) and fields[at].startswith(":"):
            _, mode, _, blob, status = fields[at].split(" ")
            if status.startswith("R"):
                old, new = fields[at + 1], fields[at + 2]
                at += 3
                if mode in _FILES:
                    changes.append(_Change(new, blob, old))
                continue
            path = fields[at + 1]
            at += 2
            if status == "D":
                changes.append(_Change(path, ""))
            elif mode in _FILES:
                changes.append(_Change(path, blob))
        return changes

    def _target(self, path: str) -> Path | None:
        """Return where a file is laid out; None for one that is not read, or leads elsewhere."""
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or any(p in ("..", ".git", "") for p in parts):
            return None
        target = self.root / path
        return target if self._wanted(str(target)) else None

    def _git(self, *words: str) -> bytes:
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": os.environ.get("HOME", ""),
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
        }
        guard = (
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "protocol.allow=never",
        )
        try:
            done = subprocess.run(
                ["git", *guard, "-C", str(self._repository), *words],
                env=environment,
                capture_output=True,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except FileNotFoundError as problem:
            raise UserError(
                "The program git is not installed.",
                "A history of a working folder can only be read with it.",
                "sudo apt install git",
            ) from problem
        if done.returncode != 0:
            told = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise UserError(
                f"The history of {self._repository} cannot be read: "
                f"{told[-1] if told else 'git failed'}.",
                "--git takes a folder with a git repository that has at least one commit.",
                f"git -C {self._repository} log",
            )
        return done.stdout
