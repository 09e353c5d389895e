"""`samantha model`: bench, test."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from samantha.api.errors import UserError
from samantha.app.cli.deciding import Json
from samantha.app.cli.output import columns, json_line, line

if TYPE_CHECKING:
    from samantha.adapters.file_mark import Pin
    from samantha.app.models import Models

Name = Annotated[str, typer.Argument(metavar="[NAME]", help="If left out, the one in use.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(bench)
    app.command("test")(try_out)


def bench(name: Name = "", as_json: Json = False) -> None:
    """Measure a model here: speed and memory, beside plain llama.cpp."""
    from samantha.app.model_bench import bench as measured
    from samantha.app.models import models_of_user

    with models_of_user() as models:
        path, pin = _checked(models, name)
    if not as_json:
        line("This takes some minutes with a model of some gigabytes.")
        line(f"{'':44}{'samantha':>12}{'plain':>12}")
    for row in measured(path, pin=pin):
        if as_json:
            json_line(dataclasses.asdict(row))
            continue
        peer = "" if row.peer is None else f"{row.peer:.2f}"
        ours = "" if math.isnan(row.ours) else f"{row.ours:.2f}"
        line(f"{row.what:44}{ours:>12}{peer:>12} {row.unit:9} {row.note}".rstrip())


def try_out(name: Name = "", as_json: Json = False) -> None:
    """Ask a model questions whose answers are known."""
    from samantha.adapters.chat import LlamaChat
    from samantha.app.asking import Asker
    from samantha.app.model_trial import trial
    from samantha.app.models import models_of_user
    from samantha.app.places import Places

    with models_of_user() as models:
        path, pin = _checked(models, name)
    chat = LlamaChat(path, cache=Places.of_user().cache, idle_s=60, pin=pin)
    right = asked = 0
    try:
        for result in trial(Asker(chat, urgent=True).ask):
            asked, right = asked + 1, right + result.right
            if as_json:
                json_line(dataclasses.asdict(result))
            else:
                columns([("right" if result.right else "WRONG", result.question, result.answer)])
        state, reason = chat.state()
    finally:
        chat.close()
    if state == "unavailable":
        raise UserError(f"The model does not run: {reason}.", "", "samantha model list")
    if not as_json:
        line(f"{right} of {asked} right.")
    if right < asked - 1:
        raise UserError(
            f"Only {right} of {asked} answers were right.",
            "Rules and templates do better than such a model.",
            "samantha model use none",
        )


def _checked(models: Models, name: str) -> tuple[Path, Pin]:
    """Return the file of a model, whose bytes are the pinned ones, and its pin."""
    import os

    wanted = name or models.chosen
    if not wanted:
        raise UserError(
            "No model is in use.",
            "Rules and the embedded sentence model go on without one.",
            "samantha model list",
        )
    if models.files.find(wanted) is None and wanted not in models.names():
        raise models.unknown(wanted)
    checked = models.files.open_checked(wanted)
    os.close(checked.fd)
    return Path(checked.model.path), checked.model.pin
