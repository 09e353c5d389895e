"""The model files of this machine: which there are, what each must be, and where it lies.

``<data>/models/models.json`` pins every file to a sha256: the one of the catalogue, the one that
the hub said before the download, or the one a file had when the user added it by hand. A file is
used only while it has that sha256. Hashing some gigabytes at every start would take seconds, so the
marks of the verified file (size, times, inode) are kept, and it is hashed again when any differs.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from samantha.adapters.catalogue import CatalogueModel, catalogue
from samantha.adapters.file_mark import Mark, OnBytes, Pin, hashed, open_regular, pinned
from samantha.api.errors import UserError

Origin = Literal["catalogue", "hub", "by hand"]

_RECORD = "models.json"
_PARTS = "parts"


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model file of this machine and the sha256 that it must have."""

    name: str
    path: str
    sha256: str
    size_bytes: int
    origin: Origin
    added: datetime
    repo: str = ""
    file: str = ""
    revision: str = ""
    licence: str = ""
    mark: Mark | None = None
    """Of the file as it was when it last had the pinned sha256."""

    @property
    def pin(self) -> Pin:
        """What its file must be."""
        return Pin(self.sha256, self.mark)


@dataclass(frozen=True, slots=True)
class CheckedModel:
    """An open model file whose bytes are the pinned ones; the caller closes ``fd``."""

    fd: int
    model: InstalledModel

    def openable(self) -> str:
        """Return a path that leads to the very bytes that were checked, where there is one."""
        held = Path(f"/proc/self/fd/{self.fd}")
        return str(held if held.exists() else self.model.path)


def folder_in(data: Path) -> Path:
    """Return the folder in which pulled models lie."""
    return data / "models"


class ModelFiles:
    """The models of one folder. Several processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def parts(self) -> Path:
        """The folder of downloads that are not complete."""
        return self._folder / _PARTS

    def installed(self) -> tuple[InstalledModel, ...]:
        """Return all models, by name."""
        try:
            text = (self._folder / _RECORD).read_text("utf-8")
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError) as problem:
            raise self._damaged() from problem
        try:
            rows = json.loads(text)["models"]
            found = tuple(_model(name, row) for name, row in rows.items())
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise self._damaged() from problem
        return tuple(sorted(found, key=lambda one: one.name))

    def find(self, name: str) -> InstalledModel | None:
        """Return the model of that name."""
        return next((one for one in self.installed() if one.name == name), None)

    def target(self, name: str) -> Path:
        """Return where the file of a pulled model is put."""
        return self._folder / f"{name}.gguf"

    def name_for(self, file: str, sha256: str) -> str:
        """Return the name under which a file of the hub is recorded."""
        models = {one.name: one for one in self.installed()}
        return _name(models, file, sha256)

    def part(self, sha256: str) -> Path:
        """Return where a download is kept until it is complete; it can go on from there."""
        return self.parts / f"{sha256}.part"

    def add(self, model: InstalledModel) -> None:
        """Record a model, in place of one of the same name; its file is checked when used."""
        with self._changing() as models:
            models[model.name] = model

    def add_by_hand(
        self, path: Path, now: datetime, on_bytes: OnBytes | None = None
    ) -> InstalledModel:
        """Record a file where it lies, pinned to the sha256 that it has."""
        real = path.resolve()
        fd = open_regular(str(real))
        try:
            mark, digest = hashed(fd, on_bytes)
        finally:
            os.close(fd)
        with self._changing() as models:
            model = _by_hand(models, str(real), digest, mark, now)
            models[model.name] = model
        return model

    def open_checked(
        self, name: str, *, anew: bool = False, on_bytes: OnBytes | None = None
    ) -> CheckedModel:
        """Open a model, its bytes being the pinned ones; or raise ``UserError``.

        ``anew`` hashes it whatever its marks say. ``on_bytes`` is told how much was hashed.
        """
        model = self.find(name)
        if model is None:
            raise UserError(
                f"There is no model '{name}' on this machine.", "", "samantha model list"
            )
        fd = open_regular(model.path)
        with contextlib.ExitStack() as undo:
            undo.callback(os.close, fd)
            mark = pinned(fd, Pin(model.sha256) if anew else model.pin, on_bytes)
            if mark is None:
                raise changed(model)
            if mark != model.mark:
                model = replace(model, mark=mark)
                self._keep_mark(model)
            undo.pop_all()
        return CheckedModel(fd, model)

    def remove(self, name: str) -> bool:
        """Forget a model and delete its file if it was pulled; tell whether a file was deleted."""
        with self._changing() as models:
            model = models.pop(name, None)
        if model is None or model.origin == "by hand":
            return False
        path = Path(model.path)
        if path.parent != self._folder:
            return False
        path.unlink(missing_ok=True)
        return True

    def remove_part(self, sha256: str) -> bool:
        """Delete what was fetched of a file that is not complete; tell whether there was any."""
        try:
            self.part(sha256).unlink()
        except FileNotFoundError:
            return False
        return True

    def _keep_mark(self, model: InstalledModel) -> None:
        # A jailed or read-only caller cannot write; it only costs hashing once more.
        with contextlib.suppress(OSError, UserError), self._changing() as models:
            kept = models.get(model.name)
            if kept is not None and kept.sha256 == model.sha256:
                models[model.name] = replace(kept, mark=model.mark)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[dict[str, InstalledModel]]:
        """Yield the models by name, and write them when the block ends well."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        with _alone(self._folder / "lock"):
            before = {one.name: one for one in self.installed()}
            models = dict(before)
            yield models
            if models != before:
                self._write(models)

    def _write(self, models: dict[str, InstalledModel]) -> None:
        rows = {name: _row(model) for name, model in sorted(models.items())}
        text = json.dumps({"version": 1, "models": rows}, indent=1)
        path = self._folder / _RECORD
        part = path.with_suffix(".part")
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(fd)
        part.replace(path)

    def _damaged(self) -> UserError:
        return UserError(
            "The record of models cannot be read.",
            "Without it no file is known to be the right one, so none is used. Models that are "
            "pulled again are checked and taken over where they lie, not fetched again.",
            f"rm {self._folder / _RECORD}",
        )


def plain_name(file: str) -> str:
    """Return a short name of a file: of its last part, without ending, in plain characters."""
    stem = re.sub(r"\.gguf$", "", file.rpartition("/")[2], flags=re.IGNORECASE).lower()
    return re.sub(r"[^a-z0-9._-]+", "-", stem).strip(".-_")[:80] or "model"


def catalogue_record(model: CatalogueModel, path: Path, now: datetime) -> InstalledModel:
    """Return the record of a model of the catalogue, pinned to the catalogue's sha256."""
    return InstalledModel(
        model.name,
        str(path),
        model.sha256,
        model.size_bytes,
        "catalogue",
        now,
        model.repo,
        model.file,
        model.revision,
        model.licence,
    )


def changed(model: InstalledModel) -> UserError:
    """Return the error for a file that no longer is what was pinned."""
    what = f"The file of {model.name} does not have its sha256 any more."
    if model.origin == "by hand":
        means = "It was changed since you added it, so it is not used. To add it as it is now:"
        return UserError(what, means, f"samantha model use {shlex.quote(model.path)}")
    again = model.name if model.origin == "catalogue" else f"{model.repo}/{model.file}"
    return UserError(
        what,
        "It was damaged or exchanged since it was fetched, so it is not used.",
        f"samantha model remove {model.name} && samantha model pull {shlex.quote(again)}",
    )


def _by_hand(
    models: dict[str, InstalledModel], path: str, digest: str, mark: Mark, now: datetime
) -> InstalledModel:
    """Return the record of a file that was added by hand, under the name of the same bytes."""
    for model in models.values():
        if model.sha256 == digest:
            # One that was pulled stays where it is, as long as it is there.
            if model.origin != "by hand" and Path(model.path).exists():
                return model
            return replace(model, path=path, mark=mark, origin="by hand")
    known = next((one for one in catalogue() if one.sha256 == digest), None)
    if known is not None:
        record = catalogue_record(known, Path(path), now)
        return replace(record, origin="by hand", mark=mark)
    name = next(
        (one.name for one in models.values() if (one.origin, one.path) == ("by hand", path)),
        _name(models, path, digest),
    )
    return InstalledModel(name, path, digest, mark.size, "by hand", now, mark=mark)


def _name(models: dict[str, InstalledModel], file: str, digest: str) -> str:
    """Return the name of the model with these bytes, else one that nothing else has."""
    for name, model in models.items():
        if model.sha256 == digest:
            return name
    name = plain_name(file)
    if name in models or any(one.name == name for one in catalogue()):
        return f"{name}-{digest[:8]}"
    return name


def _row(model: InstalledModel) -> dict[str, Any]:
    row = asdict(model)
    del row["name"]
    return {**row, "added": model.added.isoformat()}


def _model(name: str, row: dict[str, Any]) -> InstalledModel:
    mark = Mark(**row.pop("mark")) if row.get("mark") else None
    row["mark"] = mark
    added = datetime.fromisoformat(row.pop("added"))
    model = InstalledModel(name=name, added=added, **row)
    if not re.fullmatch(r"[0-9a-f]{64}", model.sha256):
        raise ValueError("no sha256")
    return model


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock, which the kernel drops when its holder dies."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with contextlib.suppress(ImportError):
            import fcntl

            fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)
