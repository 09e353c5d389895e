"""Opening a database that may be new, old or damaged: snapshots first, and nothing thrown away."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from samantha.adapters.sqlite import (
    FileLock,
    NewerSchema,
    Schema,
    connect,
    is_damage,
    migrate,
    private_directory,
    private_file,
    version_of,
)

KEPT = 5
SNAPSHOTS = "snapshots"


def open_sound(
    path: Path, schema: Schema, lock: FileLock, now: datetime, wait_s: float
) -> tuple[sqlite3.Connection, str]:
    """Open a database at the code's version; return it with a notice of what was mended."""
    private_file(path)
    lock.share(wait_s)
    connection = _sound(path, schema)
    if connection is not None and version_of(connection) == schema.version:
        return connection, ""
    if connection is not None:
        connection.close()
    # Another process may have mended it while this one waited: look again, alone.
    lock.alone(wait_s)
    notice = _mend(path, schema, now)
    lock.share(wait_s)
    return connect(path, durable=schema.durable), notice


def _sound(path: Path, schema: Schema) -> sqlite3.Connection | None:
    """Return a connection to a sound database of this or an earlier version, else None."""
    connection = None
    try:
        connection = connect(path, durable=schema.durable)
        if _check(connection, "quick_check") and not _lost(connection, path, schema):
            _refuse_newer(path, schema, version_of(connection))
            return connection
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        if not is_damage(error):
            raise
        return None
    except NewerSchema:
        if connection is not None:
            connection.close()
        raise
    connection.close()
    return None


def _check(connection: sqlite3.Connection, how: str) -> bool:
    return bool(connection.execute(f"PRAGMA {how}(1)").fetchone()[0] == "ok")


def _lost(connection: sqlite3.Connection, path: Path, schema: Schema) -> bool:
    """Tell whether an empty file stands where snapshots show that there was a database.

    SQLite takes a file that was cut down to nothing for a new one.
    """
    return schema.durable and version_of(connection) == 0 and bool(snapshots(path, schema))


def _refuse_newer(path: Path, schema: Schema, version: int) -> None:
    if version > schema.version:
        raise NewerSchema(
            f"{path.name} was written by a newer samantha (schema {version}, "
            f"this one knows {schema.version}).",
            "To open it here could lose what the newer one stored; nothing was changed.",
            "pip install --upgrade samantha",
        )


def _mend(path: Path, schema: Schema, now: datetime) -> str:
    connection = _sound(path, schema)
    if connection is None:
        return _replace(path, schema, now)
    try:
        if schema.durable and 0 < version_of(connection) < schema.version:
            take_snapshot(connection, path, schema, now)
        migrate(connection, schema)
    finally:
        connection.close()
    return ""


def _replace(path: Path, schema: Schema, now: datetime) -> str:
    """Put a sound database where a damaged one lies; the damaged one is kept aside."""
    aside = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%S%f}Z")
    good = newest_snapshot(path, schema) if schema.durable else None
    fresh = path.with_name(path.name + ".fresh")
    fresh.unlink(missing_ok=True)
    private_file(fresh)
    if good is not None:
        shutil.copyfile(good, fresh)
        notice = f"{path.name} was damaged and was restored from the snapshot {good.name}"
    elif schema.durable:
        notice = f"{path.name} was damaged and there was no good snapshot: it begins anew"
    else:
        notice = f"{path.name} was damaged and is built anew from your files and mail"
    notice += f"; the damaged file is kept as {aside.name}"
    _finish(fresh, schema, notice, restored=good is not None)
    if schema.durable:
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    else:
        # What can be rebuilt is not kept for ever in a second, damaged copy: only the last one.
        _set_aside_alone(path, aside)
    fresh.rename(path)
    _sync_directory(path.parent)
    return notice


def _set_aside_alone(path: Path, aside: Path) -> None:
    for old in path.parent.glob(f"{path.name}.damaged-*"):
        old.unlink()
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.rename(aside)


def _finish(fresh: Path, schema: Schema, notice: str, *, restored: bool) -> None:
    """Bring the copy up to date and mark it before it becomes the database."""
    connection = connect(fresh, durable=True)
    try:
        migrate(connection, schema)
        if schema.on_restore is not None:
            connection.execute("BEGIN IMMEDIATE")
            schema.on_restore(connection, notice if restored else f"{notice} (empty)")
            connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = DELETE")
    finally:
        connection.close()
    _sync(fresh)


# --- snapshots -----------------------------------------------------------------------------


def take_snapshot(
    connection: sqlite3.Connection, path: Path, schema: Schema, now: datetime
) -> Path:
    """Copy a live database, check the copy, keep the newest few."""
    directory = path.parent / SNAPSHOTS
    private_directory(directory)
    name = f"{schema.name}-{version_of(connection)}-{now:%Y%m%dT%H%M%S%f}Z.db"
    unfinished = directory / f".{name}.part"
    unfinished.unlink(missing_ok=True)
    private_file(unfinished)
    try:
        copy = sqlite3.connect(unfinished, isolation_level=None)
        try:
            connection.backup(copy)
            # A copy that needs no log beside it can be opened read-only.
            copy.execute("PRAGMA journal_mode = DELETE")
            if not _check(copy, "integrity_check"):
                raise sqlite3.DatabaseError(f"the snapshot of {path.name} is not sound")
        finally:
            copy.close()
        _sync(unfinished)
        unfinished.rename(directory / name)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync_directory(directory)
    for old in snapshots(path, schema)[KEPT:]:
        old.unlink(missing_ok=True)
    return directory / name


def snapshots(path: Path, schema: Schema) -> list[Path]:
    """Return the snapshots of a database, newest first."""
    found = (path.parent / SNAPSHOTS).glob(f"{schema.name}-*-*.db")
    return sorted(found, key=lambda p: p.stem.rsplit("-", 1)[-1], reverse=True)


def newest_snapshot(path: Path, schema: Schema) -> Path | None:
    """Return the newest snapshot that is sound and that this code can read."""
    for candidate in snapshots(path, schema):
        try:
            copy = sqlite3.connect(f"{candidate.as_uri()}?mode=ro", uri=True)
        except sqlite3.OperationalError:
            continue
        try:
            if _check(copy, "integrity_check") and version_of(copy) > 0:
                _refuse_newer(candidate, schema, version_of(copy))
                return candidate
        except sqlite3.DatabaseError:
            continue
        finally:
            copy.close()
    return None


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _sync_directory(directory: Path) -> None:
    _sync(directory)
