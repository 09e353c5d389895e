"""Pulling a model, as far as the command line shows it: what is fetched, from where, how far."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from samantha.adapters import hub, hub_download
from samantha.adapters.catalogue import CatalogueModel, find
from samantha.adapters.clock import SystemClock
from samantha.adapters.model_files import InstalledModel, catalogue_record
from samantha.api.errors import UserError
from samantha.app.cli.output import line, size
from samantha.app.models import LIST, facts_at

if TYPE_CHECKING:
    from samantha.app.models import Models

_PART = re.compile(r"-\d{5}-of-\d{5}\.gguf$")


def pull_model(models: Models, wanted: str) -> None:
    """Fetch a model by its name in the catalogue, or by ``owner/repository/file``."""
    known = find(wanted)
    if known is not None:
        if not _here(models, known):
            _fetch_known(models, known)
        return
    if "/" not in wanted:
        raise models.unknown(wanted)
    asked = hub.reference(wanted)
    if not asked.file:
        names = hub.gguf_files(asked.repo)
        then = f"samantha model pull {asked.repo}/{names[0]}" if names else LIST
        raise UserError(f"Which file of {asked.repo}?", hub.choice(names), then)
    if _PART.search(asked.file) or not asked.file.lower().endswith(".gguf"):
        raise UserError(
            f"{asked.file} is no model in one file.", "Only a whole GGUF file can be used.", LIST
        )
    remote = _asked(asked)
    name = models.files.name_for(remote.file, remote.sha256)
    same = models.files.find(name)
    if same is not None and _checked(models, same):
        return
    _fetch(models, remote, name, None, _licence(remote.repo))


def _licence(repo: str) -> str:
    try:
        return hub.licence(repo)
    except UserError:
        # A mirror may hold the files alone; that the licence is not stated is shown.
        return ""


def _fetch_known(models: Models, known: CatalogueModel) -> None:
    remote = _asked(hub.Reference(known.repo, known.file, known.revision))
    if (remote.sha256, remote.size_bytes) != (known.sha256, known.size_bytes):
        raise UserError(
            f"{hub.host()} has another file than the one of the catalogue.",
            "Its sha256 is not the pinned one, so nothing was fetched.",
            LIST,
        )
    _fetch(models, remote, known.name, known, known.licence)


def _asked(wanted: hub.Reference) -> hub.RemoteFile:
    line(f"Asking {hub.host()} for {wanted.repo}/{wanted.file}.")
    return hub.ask(wanted)


def _fetch(
    models: Models, remote: hub.RemoteFile, name: str, known: CatalogueModel | None, licence: str
) -> None:
    try:
        _say(remote, known, licence)
        address = known.name if known else shlex.quote(f"{remote.repo}/{remote.file}")
        with progress("Fetching", remote.size_bytes) as on_bytes:
            hub_download.pull(
                remote,
                models.files.part(remote.sha256),
                models.files.target(name),
                on_bytes,
                again=f"samantha model pull {address}",
            )
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. What is here is kept; the next pull goes on from there.\n")
        raise
    _record(models, remote, name, known, licence)


def _say(remote: hub.RemoteFile, known: CatalogueModel | None, licence: str) -> None:
    """Say what is fetched before it is: size, licence, sha256, from where."""
    line(f"  {size(remote.size_bytes)}, licence {licence or 'not stated'}")
    pinned = "pinned in the catalogue" if known else "as the hub says; pinned from now on"
    line(f"  sha256 {remote.sha256}, {pinned}")
    line(f"  It comes from {hub.host()} to this computer; nothing of yours is sent.")
    line("  It is the only time that the network is used for it.")


def _record(
    models: Models, remote: hub.RemoteFile, name: str, known: CatalogueModel | None, licence: str
) -> None:
    """Record a file that arrived, if it is a model that can be used; delete it if not."""
    target = models.files.target(name)
    try:
        facts_at(target)
    except UserError:
        target.unlink()
        raise
    model = InstalledModel(
        name=name,
        path=str(target),
        sha256=remote.sha256,
        size_bytes=remote.size_bytes,
        origin="catalogue" if known else "hub",
        added=SystemClock().now(),
        repo=remote.repo,
        file=remote.file,
        revision=remote.revision,
        licence=licence,
    )
    models.files.add(model)
    models.audit("model_pulled", model)
    line(f"{name} is here, with the right sha256. To use it, type: samantha model use {name}")


def _here(models: Models, known: CatalogueModel) -> bool:
    """Tell whether the file of a catalogue model is here; one without a record is taken over."""
    model, target = models.files.find(known.name), models.files.target(known.name)
    if model is None and target.exists():
        model = catalogue_record(known, target, SystemClock().now())
        models.files.add(model)
    return model is not None and _checked(models, model)


def _checked(models: Models, model: InstalledModel) -> bool:
    """Tell whether the file of a model is whole; forget the model if it is not."""
    try:
        with progress("Checking", model.size_bytes) as on_bytes:
            os.close(models.files.open_checked(model.name, anew=True, on_bytes=on_bytes).fd)
    except UserError as problem:
        line(f"{problem.what} It is fetched anew.")
        models.files.remove(model.name)
        return False
    line(f"{model.name} is here already, with the right sha256.")
    return True


@contextmanager
def progress(verb: str, whole_bytes: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on a terminal; yield what is told the bytes that are done."""
    if not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich import progress as bars
    from rich.console import Console

    shown = (
        bars.TextColumn(verb),
        bars.BarColumn(),
        bars.DownloadColumn(binary_units=True),
        bars.TransferSpeedColumn(),
        bars.TimeRemainingColumn(),
    )
    with bars.Progress(*shown, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(verb, total=whole_bytes)
        yield lambda count: bar.update(task, advance=count)
