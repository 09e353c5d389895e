"""SQLite files that are private, durable and found out when they are damaged.

What both databases share: who may read them, how they are opened, migrated and mended, and what
SQLite's errors mean to a person.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from samantha.api.errors import UserError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOCK_WAIT_S = 10.0


class StorageFull(UserError):
    """The disk is full: nothing was half written, and the same call works once there is room."""


class DatabaseDamaged(UserError):
    """A database was found damaged while in use; opening it again mends it."""


class NewerSchema(UserError):
    """A database was written by a later version of samantha."""


@dataclass(frozen=True, slots=True)
class Schema:
    """What a database holds: its name, its numbered migrations and how precious it is."""

    name: str
    migrations: tuple[str, ...]
    """Script n brings version n-1 to n."""
    durable: bool
    """True: every commit reaches the disk, and snapshots are kept. False: rebuildable."""
    on_restore: Callable[[sqlite3.Connection, str], None] | None = None
    """Runs inside the restored copy, before it takes the place of the damaged file."""

    @property
    def version(self) -> int:
        """Return the version that this code writes."""
        return len(self.migrations)


def stamp(moment: datetime) -> int:
    """Return microseconds since 1970 of an aware time."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment_of(value: int) -> datetime:
    """Return the aware UTC time of a stamp."""
    return EPOCH + timedelta(microseconds=value)


def bind(text: str) -> str | bytes:
    """Return a text as SQLite can hold it: lone surrogates (odd file names) go in as bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def unbind(value: str | bytes) -> str:
    """Return the text that ``bind`` was given."""
    return value if isinstance(value, str) else value.decode("utf-8", "surrogatepass")


# --- privacy -------------------------------------------------------------------------------


def private_directory(directory: Path) -> None:
    """Make a directory that only its owner can enter, or refuse one that others can."""
    if not directory.exists():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = directory.stat()
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode):
        raise UserError(
            f"{directory} is not a directory of yours.",
            "samantha keeps what it read where only you can open it, and did not start.",
            f"ls -ld '{directory}'",
        )
    if found.st_mode & 0o077:
        raise UserError(
            f"Others can enter {directory}.",
            "What samantha read would be open to them, so it did not start.",
            f"chmod 700 '{directory}'",
        )


def private_file(path: Path) -> None:
    """Make an empty file that only its owner can read, or refuse one that others can."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    found = path.lstat()
    if found.st_uid != os.getuid() or not stat.S_ISREG(found.st_mode):
        raise UserError(
            f"{path} is not a file of yours.",
            "A link or a file of somebody else stands where samantha keeps its own; "
            "it did not start.",
            f"ls -l '{path}'",
        )
    if found.st_mode & 0o077:
        raise UserError(
            f"Others can read {path}.",
            "What samantha read would be open to them, so it did not start.",
            f"chmod 600 '{path}'",
        )


class FileLock:
    """A lock between processes: shared while a database is used, alone while it is mended."""

    def __init__(self, path: Path) -> None:
        private_file(path)
        self.path = path
        self._fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)

    def share(self, wait_s: float = LOCK_WAIT_S) -> None:
        """Hold the lock together with others that use the database."""
        self._take(fcntl.LOCK_SH, wait_s)

    def alone(self, wait_s: float = LOCK_WAIT_S) -> None:
        """Hold the lock alone; refuse with a clear text when others keep on using it."""
        # A shared lock that waits to become an exclusive one would wait for its like for ever.
        fcntl.flock(self._fd, fcntl.LOCK_UN)
        self._take(fcntl.LOCK_EX, wait_s)

    def _take(self, how: int, wait_s: float) -> None:
        deadline = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(self._fd, how | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise self._busy() from None
                time.sleep(0.02)
            else:
                return

    def _busy(self) -> UserError:
        name = self.path.name.removesuffix(".lock")
        return UserError(
            f"{name} has to be upgraded or mended, but another samantha is using it.",
            "It would lose what it writes meanwhile, so nothing was changed.",
            "samantha stop   # then try again",
        )

    def close(self) -> None:
        """Let go."""
        os.close(self._fd)


# --- errors --------------------------------------------------------------------------------

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether an error means that the file's bytes are wrong."""
    code = getattr(error, "sqlite_errorcode", None)
    return (code is not None and code & 0xFF in _DAMAGED) or "decode to UTF-8" in str(error)


def _is_full(error: sqlite3.Error, path: Path) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return True
    if code not in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
        return False
    # The shared memory of the write-ahead log cannot grow either, and that is called I/O error.
    room = os.statvfs(path.parent)
    return room.f_bavail * room.f_frsize < 1 << 20


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's full and damaged errors into what a person can act upon."""
    try:
        yield
    except sqlite3.Error as error:
        if _is_full(error, path):
            raise StorageFull(
                f"The disk is full: {path.name} could not be written.",
                "Nothing was half written; samantha goes on when there is room.",
                f"df -h '{path.parent}'",
            ) from error
        if is_damage(error):
            raise DatabaseDamaged(
                f"{path.name} is damaged.",
                "It is mended at the next start: from a snapshot, or anew from your files.",
                "samantha run",
            ) from error
        raise


# --- the database --------------------------------------------------------------------------


def connect(path: Path, *, durable: bool) -> sqlite3.Connection:
    """Open a connection with the settings that every use needs."""
    connection = sqlite3.connect(
        path, timeout=10.0, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA cache_size = {-4_000 if durable else -32_000}")
        connection.execute("PRAGMA journal_size_limit = 16777216")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def version_of(connection: sqlite3.Connection) -> int:
    """Return the schema version of an open database."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, schema: Schema) -> None:
    """Bring a database to the version of the code, each step whole or not at all."""
    for number in range(version_of(connection) + 1, schema.version + 1):
        script = schema.migrations[number - 1]
        try:
            connection.executescript(
                f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;"
            )
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


class Database:
    """One open database file: a connection behind a lock, safe for threads and processes."""

    def __init__(
        self,
        path: Path,
        schema: Schema,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        wait_s: float = LOCK_WAIT_S,
    ) -> None:
        from samantha.adapters.sqlite_repair import open_sound

        self.path = path
        self.schema = schema
        self._turn = threading.RLock()
        private_directory(path.parent)
        self._lock = FileLock(path.with_name(path.name + ".lock"))
        with ExitStack() as undo:
            undo.callback(self._lock.close)
            with translated(path):
                self._connection, self.notice = open_sound(path, schema, self._lock, now(), wait_s)
            undo.pop_all()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Hold the only write transaction; leave it whole or not at all."""
        with self._turn, translated(self.path):
            connection = self._connection
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                # Committed, or rolled back by SQLite itself (on a full disk, say), it is over.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection to read."""
        with self._turn, translated(self.path):
            yield self._connection

    def data_version(self) -> int:
        """Return a number that changes when another connection has written."""
        with self.read() as connection:
            return int(connection.execute("PRAGMA data_version").fetchone()[0])

    def snapshot(self, now: datetime) -> Path:
        """Write a verified copy beside the database and return where it lies."""
        from samantha.adapters.sqlite_repair import take_snapshot

        with self.read() as connection:
            return take_snapshot(connection, self.path, self.schema, now)

    def scour(self) -> None:
        """Give freed pages back to the disk, so that no deleted byte stays in the file."""
        with self.read() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the file and let go of the lock."""
        with self._turn:
            self._connection.close()
            self._lock.close()
