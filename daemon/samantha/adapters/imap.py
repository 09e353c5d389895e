"""A mail account as a source: the mail worker keeps a copy of it here, and the copy is watched.

The daemon itself opens no connection. What it sees of an account are files that appear, move and
go; how the account is stands beside them.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samantha.adapters.imap_account import Account
from samantha.adapters.imap_mirror import ROLES, STATUS
from samantha.adapters.imap_wanted import want, wanted
from samantha.adapters.maildir import MaildirSource
from samantha.adapters.secrets import session_environment
from samantha.adapters.tree import Upkeep
from samantha.core.ports import Change, SourceKind, SourceState
from samantha.workers.frames import FrameError
from samantha.workers.process import Worker

ONCE_S = 3_600.0
_RETRY_S = 5.0
_LEFT = ("syncing", "stopped")
"""A worker that was ended in the middle of its work."""


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """How an account is, as the worker wrote it down."""

    state: str = "stopped"
    reason: str = ""
    type_this: str = ""
    fetched: int = 0
    """Bytes fetched since ``since``."""
    fetched_now: int = 0
    """Bytes fetched since the worker was started."""
    since: str = ""
    synced: str = ""
    """When all was here; ISO 8601, or ''."""


def account_status(root: Path) -> AccountStatus:
    """Return how the account with its copy in ``root`` is."""
    try:
        value = json.loads((root / STATUS).read_text(encoding="utf-8"))
        return AccountStatus(
            state=str(value["state"]),
            reason=str(value["reason"]),
            type_this=str(value["type"]),
            fetched=int(value["fetched"]),
            fetched_now=int(value["fetched_now"]),
            since=str(value["since"]),
            synced=str(value["synced"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return AccountStatus()


class MailLink:
    """The mail worker of all accounts: started with the first source, anew when it died."""

    def __init__(self, accounts: Sequence[Account], root: Path, pace: dict[str, float]) -> None:
        self._accounts = tuple(accounts)
        self._root = root
        self._pace = pace
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._worker: Worker | None = None
        self._asked: set[str] = set()

    @property
    def pid(self) -> int | None:
        """The worker's process id, if one is running."""
        worker = self._worker
        return worker.pid if worker is not None and worker.alive else None

    def start(self) -> None:
        """Keep all accounts up to date from now on; returns at once."""
        with self._lock:
            if self._thread is None:
                self._stop.clear()
                self._thread = threading.Thread(target=self._care, name="mail", daemon=True)
                self._thread.start()

    def restart(self) -> None:
        """Begin anew: credentials may have changed."""
        worker = self._worker
        if worker is not None:
            worker.kill()

    def once(self, accounts: Sequence[str] = (), operation: str = "once") -> None:
        """Bring accounts up to date, side by side, and return; all, if none is named."""
        if not self._accounts:
            return
        worker = self._start()
        try:
            worker.request(self._request(operation, accounts), timeout_s=ONCE_S)
        except FrameError:
            return  # how far it came stands in the status
        finally:
            worker.close()

    def bring(self, account: str, paths: Sequence[str]) -> None:
        """Have what was left out of these mails of an account fetched; returns at once.

        The mails then change where they lie. Without a running worker they wait for the next.
        """
        # Each mail once in a life of this process: what did not come then will not come now.
        new = [p for p in paths if p.partition(":")[0] not in self._asked]
        self._asked.update(p.partition(":")[0] for p in new)
        noted = [want(self._root / account, path) for path in new]
        if any(noted):
            self.look()

    def look(self) -> None:
        """Have the running worker look at what is asked for."""
        worker = self._worker
        if worker is not None:
            worker.tell({"op": "look"})

    def bring_now(self) -> bool:
        """Fetch what was asked for, with a worker of its own; False when nothing was."""
        asked = [a.name for a in self._accounts if any(wanted(self._root / a.name))]
        if asked:
            self.once(asked, "parts")
        return bool(asked)

    def stop(self) -> None:
        """End the worker; what was half fetched is fetched anew later."""
        self._stop.set()
        with self._lock:
            thread, self._thread = self._thread, None
            self.restart()
        if thread is not None:
            thread.join(5.0)

    def _care(self) -> None:
        while not self._stop.is_set():
            worker = self._worker = self._start()
            if self._stop.is_set():
                worker.kill()
            try:
                worker.request(self._request("keep", ()))
            except FrameError:
                pass  # it was ended, or died
            finally:
                worker.close()
            self._stop.wait(_RETRY_S)
        self._worker = None

    def _start(self) -> Worker:
        return Worker("samantha.workers.mail", env=session_environment())

    def _request(self, operation: str, names: Sequence[str]) -> dict[str, Any]:
        wanted = [a for a in self._accounts if not names or a.name in names]
        return {
            "op": operation,
            "root": str(self._root),
            "accounts": [a.plain() for a in wanted],
            "pace": self._pace,
        }


class ImapSource(MaildirSource):
    """One account's copy, watched like a Maildir; its folders are named by their roles."""

    kind: SourceKind = "imap"

    def __init__(
        self, account: Account, link: MailLink, root: Path, upkeep: Upkeep | None = None
    ) -> None:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        super().__init__(account.name, str(root), None, upkeep)
        self._account = account
        self._link = link

    def start(self, on_change: Callable[[Change], None], on_overflow: Callable[[], None]) -> None:
        """Begin to watch the copy, and have it kept up to date."""
        super().start(on_change, on_overflow)
        self._link.start()

    def stop(self) -> None:
        """Stop watching; the worker ends with the first source that stops."""
        self._link.stop()
        super().stop()

    def fetch(self) -> None:
        """Bring the copy up to date once, without watching."""
        self._link.once([self.name])

    def status(self) -> AccountStatus:
        """Return how the account is."""
        return account_status(Path(self.root))

    def folder_role(self, path: str) -> str:
        """Return what the folder of a mail is, as the server said or its name told."""
        role = path[len(self._prefix) :].partition("/")[0] if path.startswith(self._prefix) else ""
        if role == "all":
            # What lies there and nowhere else is archived; the index takes the better of two.
            return "archive"
        return role if role in ROLES and role != "other" else ""

    def state(self) -> SourceState:
        """Return how the account is; before all else, whether its copy can be watched."""
        mine = super().state()
        now = self.status()
        if mine.state in ("missing", "unreadable"):
            return mine
        if now.state in ("watching", "stopped") or (now.state, mine.state) == _LEFT:
            return SourceState(mine.name, mine.kind, mine.path, mine.state, now.reason)
        return SourceState(mine.name, mine.kind, mine.path, now.state, now.reason, now.type_this)

    def _enters(self, relative: str) -> bool:
        parts = relative.split("/")
        if parts[0] not in ROLES or len(parts) > 3:
            return False
        return len(parts) < 3 or parts[2] == "cur"
