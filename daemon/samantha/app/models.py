"""What `samantha model` works with: the choice in state.db, the files, and what is said of them."""

from __future__ import annotations

import contextlib
import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samantha.adapters.catalogue import Advice, catalogue, find, memory_bytes, recommend
from samantha.adapters.clock import SystemClock
from samantha.adapters.gguf_header import GgufFacts, NotGguf, read_facts
from samantha.adapters.machine import this_machine
from samantha.adapters.model_files import InstalledModel, ModelFiles, folder_in
from samantha.adapters.store import Store
from samantha.api.errors import UserError
from samantha.app.chosen_model import CHOICE
from samantha.app.places import Places
from samantha.app.session import poke

LIST = "samantha model list"


@dataclass(frozen=True, slots=True)
class Models:
    """The models of one user. Neither the configuration nor the index is needed for them."""

    places: Places
    state: Store
    files: ModelFiles

    @property
    def chosen(self) -> str:
        """The name of the model in use, or ''."""
        return self.state.setting(CHOICE)

    def choose(self, model: InstalledModel | None, arrow: str = "model_chosen") -> None:
        """Store the choice, audit it without paths, and tell the daemon."""
        name = model.name if model is not None else ""
        self.state.set_setting(CHOICE, name)
        self.audit(arrow, model)
        poke(self.places)

    def audit(self, arrow: str, model: InstalledModel | None) -> None:
        """Append a line: the catalogue's name of the model, else how it came; and its sha256."""
        told, digest = "none", ""
        if model is not None:
            told = model.name if find(model.name) is not None else model.origin
            digest = model.sha256
        self.state.audit("settings", arrow, SystemClock().now(), model=told, sha256=digest)

    def names(self) -> list[str]:
        """Return the names of the catalogue, smallest first, then of what the user added."""
        known = [one.name for one in sorted(catalogue(), key=lambda one: one.size_bytes)]
        return known + [one.name for one in self.files.installed() if one.name not in known]

    def record(self, name: str, advice: Advice) -> dict[str, Any]:
        """Return what ``--json`` prints of a model, without opening its file."""
        known, here = find(name), self.files.find(name)
        source = here or known
        assert source is not None
        recommended = advice.model is not None and advice.model.name == name
        return {
            "name": name,
            "installed": here is not None,
            "present": here is not None and _present(here),
            "partly": known is not None and self.files.part(known.sha256).exists(),
            "in_use": here is not None and self.chosen == name,
            "recommended": recommended,
            "reason": advice.reason if recommended else "",
            "origin": here.origin if here else "catalogue",
            "title": known.title if known else "",
            "summary": known.summary if known else "",
            "repo": source.repo,
            "file": source.file,
            "revision": source.revision,
            "size_bytes": source.size_bytes,
            "memory_bytes": known.memory_bytes if known else 0,
            "sha256": source.sha256,
            "licence": source.licence,
            "languages": list(known.languages) if known else [],
            "context_tokens": known.context_tokens if known else 0,
            "shape": known.shape if known else "",
            "taken": known.taken.isoformat() if known else "",
            "not_confirmed": list(known.not_confirmed) if known else [],
        }

    def file_record(self, name: str) -> dict[str, Any]:
        """Return what the file itself says, if it is here and has the pinned sha256."""
        if self.files.find(name) is None:
            return {}
        checked = self.files.open_checked(name)
        here = checked.model
        try:
            facts = facts_of(checked.fd, here.path)
        finally:
            os.close(checked.fd)
        need = memory_bytes(here.size_bytes, facts.kv_bytes_per_token)
        return {
            "path": here.path,
            "added": here.added.isoformat(timespec="seconds"),
            "licence": here.licence or facts.untrusted_licence,
            "memory_bytes": need if facts.kv_bytes_per_token else 0,
            "architecture": facts.untrusted_architecture,
            "quantisation": facts.quantisation,
            "parameters": facts.parameters,
            "context_tokens": facts.context_tokens,
            "vocabulary": facts.vocabulary,
        }

    def unknown(self, name: str) -> UserError:
        """Return the error for a name that nothing has."""
        near = difflib.get_close_matches(name, self.names(), 1)
        if near:
            what = f"There is no model '{name}'. Did you mean '{near[0]}'?"
            return UserError(what, "", f"samantha model info {near[0]}")
        means = "Any other one is named as owner/repository/file.gguf, or by its path."
        return UserError(f"There is no model '{name}'.", means, LIST)


@contextlib.contextmanager
def models_of_user() -> Iterator[Models]:
    """Open the models of this user for one command."""
    places = Places.of_user().make()
    state = Store(places.state_db)
    try:
        yield Models(places, state, ModelFiles(folder_in(places.data)))
    finally:
        state.close()


def advice_here() -> Advice:
    """Return the model that suits this machine."""
    return recommend(catalogue(), this_machine())


def facts_at(path: Path) -> GgufFacts:
    """Return what the header of a file says; raises ``UserError`` where it is no usable model."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    except OSError as problem:
        raise UserError(f"{path} cannot be opened: {problem.strerror}.", "", LIST) from problem
    try:
        return facts_of(fd, str(path))
    finally:
        os.close(fd)


def facts_of(fd: int, path: str) -> GgufFacts:
    """Return what the header of an open file says; ``path`` is for the error."""
    name = Path(path).name
    try:
        return read_facts(fd)
    except NotGguf as problem:
        raise UserError(f"{name} cannot be used: {problem}.", "", LIST) from problem
    except OSError as problem:
        raise UserError(f"{name} cannot be read: {problem.strerror}.", "", LIST) from problem


def _present(model: InstalledModel) -> bool:
    try:
        return Path(model.path).stat().st_size == model.size_bytes
    except OSError:
        return False
