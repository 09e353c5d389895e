"""state.db as a file: private, migrated behind a snapshot, mended, and honest when it cannot be."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from samantha.adapters.sqlite import (
    Database,
    DatabaseDamaged,
    FileLock,
    NewerSchema,
    Schema,
    StorageFull,
)
from samantha.adapters.sqlite_repair import KEPT, newest_snapshot, snapshots
from samantha.adapters.store import Store
from samantha.adapters.store_schema import STATE
from samantha.api.errors import UserError
from samantha.api.types import Decision, Verdict
from samantha.core.payload import Payload
from samantha.core.ports import Offer, OfferState, OutboxState

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OLD = Schema("state", ("CREATE TABLE a (x TEXT); INSERT INTO a VALUES ('kept');",), durable=True)
NEW = Schema("state", (*OLD.migrations, "ALTER TABLE a ADD COLUMN y TEXT DEFAULT 'new';"), True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "state.db"


@pytest.fixture
def opened() -> Iterator[list[Store]]:
    stores: list[Store] = []
    yield stores
    for store in stores:
        store.close()


def modes(directory: Path) -> set[int]:
    return {p.lstat().st_mode & 0o077 for p in [directory, *directory.rglob("*")]}


def approved(store: Store, thing: str) -> Offer:
    payload = Payload({"type": "remind"}, "A", (), sources={f"/secret/{thing}": "00"})
    offer = store.add_offer(
        Offer(
            id=0, trace="t", plugin="bills", kind="remind", thing=thing, title="t", why="w",
            evidence=(), action=payload.action, approval_class="A", payload_hash=payload.hash,
            confidence=1.0, urgent=False, created=NOW, expires=None, state=OfferState.OPEN,
            verdict=Verdict.SHOW, reason="",
        ),
        payload,
    )  # fmt: skip
    fields = {"at": NOW, "via": "cli", "payload_hash": payload.hash}
    assert store.decide(offer.id, Decision.ACCEPTED, **fields)
    return offer


def damage(path: Path, seed: int = 1) -> None:
    """Write random bytes over the whole file."""
    path.write_bytes(random.Random(seed).randbytes(path.stat().st_size))


def test_everything_is_private(path: Path) -> None:
    """No file or folder of the state can be opened by others, whatever the umask."""
    before = os.umask(0)
    try:
        store = Store(path)
        approved(store, "a")
        store.snapshot(NOW)
        assert modes(path.parent) == {0}
        store.close()
    finally:
        os.umask(before)


@pytest.mark.parametrize("which", ["file", "folder"])
def test_open_to_others_is_refused(path: Path, which: str) -> None:
    """A state that others could read is not opened; the error says what to type."""
    Store(path).close()
    target = path if which == "file" else path.parent
    target.chmod(target.stat().st_mode | 0o040)
    with pytest.raises(UserError) as caught:
        Store(path)
    assert caught.value.type_this.startswith("chmod ")
    os.chmod(target, 0o700 if which == "folder" else 0o600)
    Store(path).close()


def test_link_is_refused(path: Path, tmp_path: Path) -> None:
    """A link in place of the database is not followed."""
    Store(path).close()
    elsewhere = tmp_path / "elsewhere.db"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    with pytest.raises(UserError, match="not a file of yours"):
        Store(path)


def test_settings_of_the_connection(path: Path) -> None:
    """The log is ahead of the writes, every commit is synced, deleted bytes are overwritten."""
    store = Store(path)
    with store._database.read() as connection:
        values = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        ]
    store.close()
    assert values == ["wal", 2, 1, 1]


def test_migration_takes_a_snapshot_first(path: Path) -> None:
    """A database of version 1 becomes version 2, and its version 1 lies in the snapshots."""
    Database(path, OLD).close()
    upgraded = Database(path, NEW, now=lambda: NOW)
    with upgraded.read() as connection:
        assert connection.execute("SELECT x, y FROM a").fetchall() == [("kept", "new")]
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    upgraded.close()
    (snapshot,) = snapshots(path, NEW)
    assert snapshot.name == "state-1-20260301T120000000000Z.db"
    with sqlite3.connect(snapshot) as old:
        assert old.execute("SELECT * FROM a").fetchall() == [("kept",)]
    old.close()


def test_failed_migration_leaves_the_old_database(path: Path) -> None:
    """A step that fails half-way leaves the version and the data before it."""
    Database(path, OLD).close()
    broken = Schema("state", (*OLD.migrations, "DELETE FROM a; SELECT nonsense;"), durable=True)
    with pytest.raises(sqlite3.OperationalError):
        Database(path, broken)
    again = Database(path, OLD)
    with again.read() as connection:
        assert connection.execute("SELECT x FROM a").fetchall() == [("kept",)]
    again.close()


def test_newer_schema_is_refused(path: Path) -> None:
    """A database of a later version is not touched, and the text says what to do."""
    Store(path).close()
    with sqlite3.connect(path) as other:
        other.execute(f"PRAGMA user_version = {STATE.version + 1}")
    other.close()
    before = path.read_bytes()
    with pytest.raises(NewerSchema) as caught:
        Store(path)
    assert "newer samantha" in caught.value.what
    assert caught.value.type_this
    assert path.read_bytes() == before


def test_five_snapshots_are_kept(path: Path) -> None:
    """Only the newest snapshots stay, and each is a whole database."""
    store = Store(path)
    for day in range(8):
        store.set_setting("day", str(day))
        store.snapshot(NOW + timedelta(days=day))
    store.close()
    kept = snapshots(path, STATE)
    assert len(kept) == KEPT
    assert kept[0].name.startswith(f"state-{STATE.version}-20260308")
    assert newest_snapshot(path, STATE) == kept[0]
    damage(kept[0])
    assert newest_snapshot(path, STATE) == kept[1]


@pytest.mark.parametrize("seed", range(5))
def test_damaged_state_comes_back_from_the_snapshot(path: Path, seed: int) -> None:
    """Random bytes over state.db: the newest snapshot is restored, the damaged file is kept,
    the user is told, and nothing that may have been done since is done again.
    """
    store = Store(path)
    done, waiting = approved(store, "done"), approved(store, "waiting")
    entry = store.outbox_for(done.id)
    assert store.claim(entry.id, "x")
    store.progress(entry.id, OutboxState.COMMITTING)
    store.progress(entry.id, OutboxState.DONE)
    store.audit("t", "done", NOW)
    store.snapshot(NOW)
    later = approved(store, "later")
    store.close()
    damage(path, seed)
    mended = Store(path)
    assert "snapshot" in mended.notice
    assert mended.setting("notice.restored") == mended.notice
    assert len(list(path.parent.glob("state.db.damaged-*"))) >= 1
    assert mended.offer(later.id) is None
    assert mended.outbox_for(done.id).state is OutboxState.DONE
    assert mended.outbox_for(waiting.id).state is OutboxState.UNKNOWN
    assert not mended.claim(mended.outbox_for(waiting.id).id, "x")
    assert mended.audit_verify() == (True, "")
    assert modes(path.parent) == {0}
    mended.close()
    again = Store(path)
    assert again.notice == ""
    again.close()


@pytest.mark.parametrize("size", [0, 1, 100, 5000])
def test_cut_short_state_comes_back(path: Path, size: int) -> None:
    """A state.db that was cut short is found and restored."""
    store = Store(path)
    store.set_setting("a", "b")
    store.snapshot(NOW)
    store.close()
    with path.open("r+b") as file:
        file.truncate(size)
    mended = Store(path)
    assert "snapshot" in mended.notice
    assert mended.setting("a") == "b"
    mended.close()


def test_damage_inside_pages_is_found(path: Path) -> None:
    """Random bytes over any single page but the free ones are found before anything is read."""
    store = Store(path)
    for number in range(300):
        store.set_setting(f"key-{number}", "v" * 100)
    store.snapshot(NOW)
    store.close()
    sound = path.read_bytes()
    rng = random.Random(7)
    for page in range(0, len(sound) // 4096, 5):
        path.write_bytes(sound[: page * 4096] + rng.randbytes(4096) + sound[page * 4096 + 4096 :])
        mended = Store(path)
        assert "snapshot" in mended.notice, page
        assert mended.setting("key-299") == "v" * 100
        mended.close()


def test_damage_without_a_snapshot_begins_anew(path: Path) -> None:
    """Where there is no good snapshot the state begins empty and says so."""
    store = Store(path)
    store.set_setting("a", "b")
    store.close()
    damage(path)
    mended = Store(path)
    assert "no good snapshot" in mended.notice
    assert mended.setting("a") == ""
    mended.close()


def test_mending_waits_for_nobody_elses_writes(path: Path, opened: list[Store]) -> None:
    """While another samantha has the file open it is not replaced under its feet."""
    store = Store(path)
    opened.append(store)
    store.set_setting("a", "b")
    store.snapshot(NOW)
    with store._database.read() as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damage(path)
    with pytest.raises(UserError, match="another samantha"):
        Store(path, wait_s=0.1)
    assert list(path.parent.glob("*.damaged-*")) == []


def test_damage_while_in_use_is_said(path: Path, opened: list[Store]) -> None:
    """Damage that shows up while the file is in use is an error a person can act upon."""
    store = Store(path)
    opened.append(store)
    for number in range(200):
        store.set_setting(f"{number}", "v" * 300)
    with store._database.read() as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA shrink_memory")
    damage(path)
    with pytest.raises(DatabaseDamaged):
        for number in range(200):
            store.setting(f"{number}")
            store.set_setting(f"new {number}", "v")


def test_full_disk_loses_nothing(path: Path, opened: list[Store]) -> None:
    """When the disk is full a write fails whole, with its own error, and works when there is
    room again.
    """
    store = Store(path)
    opened.append(store)
    offer = approved(store, "before")
    with store._database.read() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFull) as caught:
        for number in range(1000):
            approved(store, f"thing-{number}")
    assert caught.value.type_this
    accepted = [o for o in store.offers() if o.state is OfferState.DECIDED]
    assert len(accepted) == len(store.outbox()) == len(store.decisions())
    assert store.outbox_for(offer.id) is not None
    with store._database.read() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert approved(store, "after").id


def test_lock_is_shared_until_somebody_needs_it_alone(tmp_path: Path) -> None:
    """Two may use a database; to mend it one must be alone."""
    first, second = FileLock(tmp_path / "x.lock"), FileLock(tmp_path / "x.lock")
    first.share(0)
    second.share(0)
    with pytest.raises(UserError):
        second.alone(0)
    first.close()
    second.alone(0)
    second.close()


def test_forgotten_documents_leave_no_byte(path: Path, opened: list[Store]) -> None:
    """Offers that rest on forgotten documents go, from the file, its log and the snapshots; what
    is under way stays and is named.
    """
    canary = "canaryword"
    store = Store(path)
    opened.append(store)
    kept, done, waiting = (approved(store, t) for t in ("kept", f"{canary}1", f"{canary}2"))
    entry = store.outbox_for(done.id)
    assert store.claim(entry.id, "x")
    store.progress(entry.id, OutboxState.COMMITTING)
    store.progress(entry.id, OutboxState.DONE)
    store.snapshot(NOW)
    sources = [f"/secret/{canary}1", f"/secret/{canary}2"]
    assert store.forget_documents(sources, NOW + timedelta(days=1)) == (waiting.id,)
    assert {o.id for o in store.offers()} == {kept.id, waiting.id}
    store.progress(store.outbox_for(waiting.id).id, OutboxState.REFUSED)
    assert store.forget_documents(sources, NOW + timedelta(days=2)) == ()
    for file in path.parent.rglob("*"):
        assert file.is_dir() or canary.encode() not in file.read_bytes(), file.name
    assert store.payload(kept.payload_hash) is not None
    assert len(snapshots(path, STATE)) == 1
