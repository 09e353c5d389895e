"""Keeping one account's copy up to date: a session that works, and one a watched folder that waits.

Each waiting session is in IDLE when its folder is looked at, so no mail can arrive unnoticed
between the look and the wait.
"""

from __future__ import annotations

import contextlib
import imaplib
import random
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samantha.adapters.imap_account import Account, MailTrouble
from samantha.adapters.imap_fetch import bring_parts
from samantha.adapters.imap_folders import (
    Folder,
    chosen,
    folders,
    keeps_archive_in_all,
    watched,
)
from samantha.adapters.imap_mirror import Mirror, place_of, where_of
from samantha.adapters.imap_session import Meter, Secret, session
from samantha.adapters.imap_sync import sync_folder
from samantha.adapters.imap_wanted import trying, wanted
from samantha.workers.mail_status import Status

if TYPE_CHECKING:
    from imapclient import IMAPClient


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait for what, in seconds."""

    idle_s: float = 9 * 60.0
    """How long one IDLE lasts: routers forget a connection after ten minutes or more."""
    poll_s: float = 10 * 60.0
    """How often the folders that are not watched are looked at."""
    no_idle_s: float = 60.0
    """How often a watched folder is looked at where the server has no IDLE."""
    first_retry_s: float = 2.0
    last_retry_s: float = 300.0
    lasting_retry_s: float = 900.0
    """After what only the user can mend: a refused password tried often locks the account."""

    def rest_s(self, failures: int, *, lasting: bool = False) -> float:
        """Return how long to wait after so many failures in a row: twice as long each time."""
        if lasting:
            return self.lasting_retry_s
        # Weeks without a network are thousands of failures: the exponent stays small.
        return min(self.last_retry_s, self.first_retry_s * 2.0 ** min(failures - 1, 20))


class Keeper:
    """One account. ``once`` looks at all folders; ``keep`` goes on until the process ends."""

    def __init__(self, account: Account, root: Path, secret: Secret, pace: Pace | None = None):
        self._account = account
        self._secret = secret
        self._pace = pace or Pace()
        self._mirror = Mirror(root)
        self._meter = Meter()
        self._status = Status(root, self._meter)
        self._wake = threading.Event()
        self._wanted: set[str] = set()
        self._watching: dict[str, threading.Thread] = {}
        self._live: set[IMAPClient] = set()
        self._lock = threading.Lock()
        self._synced = self._working = False
        self._unopened: dict[str, str] = {}

    # --- from outside -----------------------------------------------------------------------

    def once(self) -> None:
        """Bring all folders up to date; what goes wrong is the account's status."""
        try:
            with self._session() as client:
                self._all(client)
                self._well()
        except MailTrouble as problem:
            self._status.trouble(problem)

    def parts(self) -> None:
        """Fetch the attachments that are asked for, and nothing else."""
        try:
            with self._session() as client:
                mine = self._chosen(client)
                self._bring_wanted(client, {place_of(f.role, f.name): f for f in mine})
        except MailTrouble as problem:
            self._status.trouble(problem)

    def want_parts(self) -> None:
        """Look soon whether attachments are asked for."""
        # Not while it rests: a server that refused a password is not to be asked again sooner.
        if self._working:
            self._wake.set()

    def keep(self) -> None:
        """Keep all folders up to date, for as long as the process lives."""
        failures = 0
        while True:
            self._synced = False
            try:
                with self._session() as client:
                    self._work(client)
            except MailTrouble as problem:
                self._working = False
                failures = 1 if self._synced else failures + 1
                self._status.trouble(problem)
                self._rest(problem, failures)

    def reconnect(self) -> None:
        """Drop all connections: after the computer slept they are dead and do not know it."""
        with self._lock:
            live = list(self._live)
        for client in live:
            imap: Any = client._imap
            with contextlib.suppress(OSError):
                imap.sock.shutdown(socket.SHUT_RDWR)
        self._wake.set()

    # --- the session that works -------------------------------------------------------------

    @contextlib.contextmanager
    def _session(self) -> Iterator[IMAPClient]:
        with session(self._account, self._secret, self._meter) as client:
            with self._lock:
                self._live.add(client)
            try:
                yield client
            finally:
                with self._lock:
                    self._live.discard(client)

    def _rest(self, problem: MailTrouble, failures: int) -> None:
        wait = self._pace.rest_s(failures, lasting=problem.lasting)
        # Not all at the same moment, after a server was away.
        self._wake.wait(wait * random.uniform(0.8, 1.2))  # noqa: S311
        self._wake.clear()

    def _work(self, client: IMAPClient) -> None:
        by_name = self._all(client)
        self._well()
        next_poll = time.monotonic() + self._pace.poll_s
        self._working = True
        self._wake.set()  # for what was asked for meanwhile
        while True:
            for folder in watched(self._account, list(by_name.values())):
                self._watch(folder)
            self._wake.wait(max(0.0, next_poll - time.monotonic()))
            self._wake.clear()
            with self._lock:
                news, self._wanted = self._wanted, set()
            if time.monotonic() >= next_poll:
                by_name = self._all(client)
                next_poll = time.monotonic() + self._pace.poll_s
            for name in sorted(news & set(by_name)):
                self._sync(client, by_name[name])
            self._bring_wanted(client, {place_of(f.role, f.name): f for f in by_name.values()})
            self._well()

    def _all(self, client: IMAPClient) -> dict[str, Folder]:
        """Look at every folder; a folder that went meanwhile is dropped."""
        mine = self._chosen(client)
        self._mirror.keep_only(place_of(f.role, f.name) for f in mine)
        self._unopened.clear()
        by_place = {place_of(f.role, f.name): f for f in mine}
        for folder in mine:
            self._sync(client, folder)
            self._bring_wanted(client, by_place)
        return {f.name: f for f in mine}

    def _chosen(self, client: IMAPClient) -> list[Folder]:
        found = folders(client)
        # Every account has an inbox: a list without one would empty the copy for nothing.
        if not any(folder.role == "inbox" for folder in found):
            raise MailTrouble("broken", "the server lists no inbox")
        return chosen(self._account, found, archive=keeps_archive_in_all(client))

    def _bring_wanted(self, client: IMAPClient, by_place: Mapping[str, Folder]) -> None:
        """Fetch the attachments that are asked for; a wish is over when the server answered."""
        for known, place, name in list(wanted(self._mirror.root)):
            wish = trying(known)
            if wish is None:
                continue
            folder, ids = by_place.get(place), where_of(name)
            if folder is not None and ids is not None:
                copy = self._mirror.folder(folder.role, folder.name)
                try:
                    came = bring_parts(client, folder.name, copy, ids[0])
                except imaplib.IMAP4.abort:
                    raise
                except (imaplib.IMAP4.error, FileNotFoundError):
                    came = 0
                path = copy.path_of(ids[0])
                if came and path is not None:
                    self._mirror.relink(ids[1], path)
            wish.unlink(missing_ok=True)

    def _sync(self, client: IMAPClient, folder: Folder) -> None:
        copy = self._mirror.folder(folder.role, folder.name)

        def tell(done: int, total: int) -> None:
            self._status.progress(folder.name, done, total)

        try:
            sync_folder(client, folder.name, copy, self._account.days, tell)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            # It was deleted or renamed a moment ago, or may not be opened: the others go on.
            self._unopened[folder.name] = "cannot be opened"

    def _well(self) -> None:
        self._synced = True
        reason = "; ".join(f"folder {name} {why}" for name, why in sorted(self._unopened.items()))
        self._status.well(reason)

    # --- the sessions that wait -------------------------------------------------------------

    def _watch(self, folder: Folder) -> None:
        thread = self._watching.get(folder.name)
        if thread is None or not thread.is_alive():
            thread = threading.Thread(target=self._wait_on, args=(folder,), daemon=True)
            self._watching[folder.name] = thread
            thread.start()

    def _want(self, name: str) -> None:
        with self._lock:
            self._wanted.add(name)
        self._wake.set()

    def _wait_on(self, folder: Folder) -> None:
        """Tell of news in one folder; ends when the folder cannot be waited on."""
        failures = 0
        while True:
            begun = time.monotonic()
            try:
                with self._session() as client:
                    if not client.has_capability("IDLE"):
                        break
                    client.select_folder(folder.name, readonly=True)
                    self._idle(client, folder.name)
            except MailTrouble as problem:
                if problem.state == "broken":
                    return  # the folder went; a poll starts this anew if it comes back
                if not problem.lasting:
                    # The session that works may be as dead: it finds out by looking.
                    self._want(folder.name)
                failures = 1 if time.monotonic() - begun > 60 else failures + 1
                time.sleep(self._pace.rest_s(failures, lasting=problem.lasting))
        while True:
            time.sleep(self._pace.no_idle_s)
            self._want(folder.name)

    def _idle(self, client: IMAPClient, name: str) -> None:
        while True:
            client.idle()
            self._want(name)
            ends = time.monotonic() + self._pace.idle_s
            while (left := ends - time.monotonic()) > 0:
                said = client.idle_check(timeout=left)
                if (not said and time.monotonic() < ends - 0.5) or any(_bye(s) for s in said):
                    # A closed connection looks like a wait that ended early.
                    raise client.AbortError("the server closed the connection")
                if any(_news(one) for one in said):
                    self._want(name)
            client.idle_done()


def _bye(said: Any) -> bool:
    return bool(said) and said[0] == b"BYE"


def _news(said: Any) -> bool:
    words = (b"EXISTS", b"EXPUNGE", b"FETCH", b"VANISHED")
    return any(word in words for word in said[:2] if isinstance(word, bytes))
