"""Putting a plugin into the user's plugin folder, taking it out, exchanging it for a newer one.

What is installed is read, never run; it does nothing until the user agrees to it by
`samantha plugins enable`, which pins every file. The lockfile holds the hashes from the start.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from samantha.adapters.exchange import exchanged, on_disk
from samantha.adapters.store import Store
from samantha.api.errors import UserError
from samantha.app.places import Places
from samantha.app.plugin_files import Snapshot, Unfit, snapshot
from samantha.app.plugin_lock import Lock
from samantha.app.plugin_package import Package
from samantha.app.plugins import Listed, Manifest, read_manifest

if TYPE_CHECKING:
    from samantha.app.assembly import Assembly

_ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an installed plugin is from, as it is kept in the state."""

    origin: str
    """In words, with the sha256 or the commit."""
    where: str
    """What an update looks at again."""
    distribution: str = ""


def origin_of(state: Store, name: str) -> Origin | None:
    """Return where a plugin was installed from; None where the user wrote it there."""
    kept = state.setting(_key(name))
    return Origin(**json.loads(kept)) if kept else None


def remember(a: Assembly, manifest: Manifest, package: Package) -> None:
    """Keep where a plugin is from, and in the lockfile the hash of every file of it."""
    origin = Origin(package.origin, package.where, package.distribution)
    a.state.set_setting(_key(manifest.name), json.dumps(asdict(origin), ensure_ascii=False))
    files = Snapshot(package.files)
    Lock(a.places.plugin_lock).installed(manifest, files, package.origin, a.clock.now())


def only_copy(a: Assembly, name: str, folder: Path) -> bool:
    """Tell whether a plugin's folder holds what cannot be installed again: work of the user's."""
    origin = origin_of(a.state, name)
    if origin is None:
        return True
    is_path = "/" in origin.where and ":" not in origin.where
    if is_path and not Path(origin.where).exists():
        return True
    try:
        put_there = Lock(a.places.plugin_lock).read_installed().get(name)
        return put_there is None or snapshot(folder).digests() != put_there.files
    except Unfit:
        return True


def forget(state: Store, name: str) -> None:
    """Keep nothing of a plugin's origin and of what the user switched."""
    state.set_setting(_key(name), "")
    state.set_setting(f"plugin/{name}/switched", "")


@contextmanager
def laid_out(package: Package, places: Places) -> Iterator[Manifest]:
    """Write a plugin's files to a place beside the plugin folder; it goes if nobody takes it.

    The manifest that is yielded is checked: a plugin for another api, or with permissions that
    there are not, ends here.
    """
    with workplace(places) as place:
        parent = place.parent
        try:
            folder = written(package, place)
        except OSError as problem:
            raise UserError(
                f"The plugin cannot be written to {parent}: {problem.strerror}.",
                "Nothing was installed.",
                f"df -h {parent}",
            ) from problem
        manifest = read_manifest(folder, builtin=False)
        if isinstance(manifest, Listed):
            raise UserError(
                f"This plugin cannot be used: {manifest.reason}.",
                "Nothing was installed.",
                "samantha plugins list",
            )
        yield manifest


def put(manifest: Manifest, places: Places, *, instead: bool = False) -> Path:
    """Move a plugin that is laid out into the plugin folder; ``instead`` of the one there."""
    target = places.plugins / manifest.name
    places.plugins.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not instead:
        if target.exists():
            raise UserError(
                f"{target} is there already.",
                "It was left as it is.",
                f"samantha plugins update {manifest.name}",
            )
        manifest.folder.rename(target)
    elif not exchanged(manifest.folder, target):
        # Killed between the two, the old one is brought back by whoever looks next.
        aside = places.incoming / _ASIDE
        aside.mkdir(exist_ok=True, mode=0o700)
        target.rename(aside / manifest.name)
        manifest.folder.rename(target)
        shutil.rmtree(aside / manifest.name)
    on_disk(places.plugins)
    return target


@contextmanager
def workplace(places: Places) -> Iterator[Path]:
    """Yield a private folder beside the plugin folder, one user of it at a time.

    What somebody left there who was killed is put in order first.
    """
    places.incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
    fd = os.open(places.incoming, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise UserError(
                "Another plugin is being installed at this moment.",
                "Perhaps in another terminal, where a question waits for an answer.",
                "samantha plugins list",
            ) from problem
        _tidy(places)
        with tempfile.TemporaryDirectory(dir=places.incoming) as place:
            yield Path(place)
    finally:
        os.close(fd)


def recover(places: Places) -> None:
    """Put in order what an installation left that was killed, if there is any; never waits."""
    if not places.incoming.is_dir() or not any(places.incoming.iterdir()):
        return
    fd = os.open(places.incoming, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _tidy(places)
    except BlockingIOError:
        # Somebody is at it now, and alive.
        return
    finally:
        os.close(fd)


def _tidy(places: Places) -> None:
    aside = places.incoming / _ASIDE
    for old in aside.iterdir() if aside.is_dir() else ():
        if not os.path.lexists(places.plugins / old.name):
            old.rename(places.plugins / old.name)
    for left in places.incoming.iterdir():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            # Perhaps a file manager's.
            left.unlink()


def take_out(name: str, places: Places) -> None:
    """Delete a plugin's folder."""
    folder = places.plugins / name
    if folder.is_symlink():
        folder.unlink()
        return
    # Out of sight at once, so that nothing finds half of it.
    with workplace(places) as place:
        folder.rename(place / name)


def _name_in(package: Package) -> str:
    """Return the name that a manifest says, if it could be one; its other words are read later."""
    import tomllib

    from samantha.app.plugin_template import NAME

    try:
        name = tomllib.loads(package.files["plugin.toml"].decode()).get("name")
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        name = None
    return name if isinstance(name, str) and NAME.fullmatch(name) else "plugin"


def written(package: Package, place: Path) -> Path:
    """Write a plugin's files into a new folder of its name, and return that."""
    folder = place / _name_in(package)
    folder.mkdir(mode=0o700)
    for name, data in package.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(fd, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(fd)
    return folder


def _key(name: str) -> str:
    return f"plugin/{name}/installed"
