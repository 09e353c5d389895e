"""`samantha model`: list, pull, use, info, remove; and the key of a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from samantha.api.errors import UserError
from samantha.app.cli import model_key
from samantha.app.cli.deciding import Json
from samantha.app.cli.output import columns, heading, json_line, line, size

if TYPE_CHECKING:
    from pathlib import Path

    from samantha.adapters.model_files import InstalledModel
    from samantha.app.models import Models

app = typer.Typer(help="The local model that judges and writes.", no_args_is_help=True)

_RULES = "Rules and the embedded sentence model go on; words come from templates."
_UNSHOWN = ("name", "installed", "present", "partly", "in_use", "recommended")


def _names() -> list[str]:
    from samantha.adapters.catalogue import catalogue

    return [one.name for one in catalogue()]


@app.command("list")
def list_models(as_json: Json = False) -> None:
    """List the models there are, which one is in use, and which suits this machine."""
    from samantha.app.models import advice_here, models_of_user

    with models_of_user() as models:
        advice = advice_here()
        rows = [models.record(name, advice) for name in models.names()]
        if as_json:
            for row in rows:
                json_line(row)
            return
        columns(
            (
                row["name"],
                _state(row),
                size(row["size_bytes"]),
                f"needs {size(row['memory_bytes'])}" if row["memory_bytes"] else "",
                row["licence"],
                row["summary"] or row["origin"],
            )
            for row in rows
        )
        line()
        line(f"This machine has {advice.reason}")
        if models.chosen and models.files.find(models.chosen) is None:
            line(f"{models.chosen} was in use, but is not on this machine any more. {_RULES}")
        elif models.chosen:
            return
        else:
            line(f"No model is in use. {_RULES}")
        if advice.model is not None:
            here = models.files.find(advice.model.name) is not None
            line(f"Type: samantha model {'use' if here else 'pull'} {advice.model.name}")


@app.command()
def info(
    name: Annotated[
        str,
        typer.Argument(
            metavar="[NAME]", help="If left out, the one in use.", autocompletion=_names
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Say all that is known of a model: where it is from, its licence, what it needs."""
    from samantha.app.models import LIST, advice_here, models_of_user

    with models_of_user() as models:
        wanted = name or models.chosen
        if not wanted:
            raise UserError("No model is in use.", _RULES, LIST)
        if wanted not in models.names():
            raise models.unknown(wanted)
        record = models.record(wanted, advice_here()) | models.file_record(wanted)
        if as_json:
            json_line(record)
            return
        state = _state(record)
        heading(f"{record['name']}  {'not on this machine' if state == '-' else state}")
        for key, value in record.items():
            text = _shown(key, value)
            if text and key not in _UNSHOWN:
                line(f"  {key.replace('_', ' ').removesuffix(' bytes')}: {text}")


@app.command()
def pull(
    model: Annotated[str, typer.Argument(metavar="NAME|REPO/FILE", autocompletion=_names)],
) -> None:
    """Fetch a model from the hub; the only time that the network is used for one."""
    from samantha.app.cli.model_pull import pull_model
    from samantha.app.models import models_of_user

    with models_of_user() as models:
        pull_model(models, model)


@app.command()
def use(
    model: Annotated[
        str, typer.Argument(metavar="NAME|PATH|none", autocompletion=lambda: [*_names(), "none"])
    ],
) -> None:
    """Use a model from now on: by name, or a GGUF file of your own; or none."""
    from pathlib import Path

    from samantha.app.models import models_of_user

    with models_of_user() as models:
        if model == "none":
            models.choose(None)
            line(f"No model is in use. {_RULES}")
            return
        if "/" in model or model.lower().endswith(".gguf"):
            here = _added(models, Path(model).expanduser())
        else:
            here = _usable(models, model)
        models.choose(here)
        line(f"{here.name} is in use from now on.")


@app.command()
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", autocompletion=_names)],
) -> None:
    """Delete a pulled model; a file of your own is only forgotten."""
    from samantha.adapters.catalogue import find
    from samantha.app.models import LIST, models_of_user

    with models_of_user() as models:
        known, here = find(name), models.files.find(name)
        if here is None and known is None:
            raise models.unknown(name)
        part = known is not None and models.files.remove_part(known.sha256)
        if here is None and not part:
            raise UserError(f"{name} is not on this machine.", "", LIST)
        deleted = models.files.remove(name)
        models.audit("model_removed", here)
        if here is None or deleted:
            line(f"{name} is deleted.")
        else:
            line(f"{name} is forgotten; its file stays where it is: {here.path}")
        if models.chosen == name:
            models.choose(None)
            line(f"It was in use; none is now. {_RULES}")


app.command()(model_key.key)


def _usable(models: Models, name: str) -> InstalledModel:
    """Return a model whose bytes were just checked and whose header makes sense."""
    import os

    from samantha.adapters.catalogue import find
    from samantha.app.cli.model_pull import progress
    from samantha.app.models import facts_of

    here = models.files.find(name)
    if here is None and find(name) is not None:
        raise UserError(f"{name} is not on this machine yet.", "", f"samantha model pull {name}")
    if here is None:
        raise models.unknown(name)
    with progress("Checking", here.size_bytes) as on_bytes:
        checked = models.files.open_checked(name, anew=True, on_bytes=on_bytes)
    try:
        facts_of(checked.fd, here.path)
    finally:
        os.close(checked.fd)
    return here


def _added(models: Models, path: Path) -> InstalledModel:
    """Record a file of the user's own where it lies, and say so."""
    from samantha.adapters.clock import SystemClock
    from samantha.app.cli.model_pull import progress
    from samantha.app.models import LIST, facts_at

    if not path.is_file():
        what = f"{path} is a folder." if path.is_dir() else f"There is no file {path}."
        raise UserError(what, "A model is one file that ends in .gguf.", LIST)
    facts = facts_at(path)
    with progress("Reading", path.stat().st_size) as on_bytes:
        here = models.files.add_by_hand(path, SystemClock().now(), on_bytes)
    line(f"{path.name}: {facts.quantisation}, {_count(facts.parameters)} parameters.")
    line(f"  sha256 {here.sha256}, pinned from now on: a changed file is not used.")
    line(f"  It stays where it is; here it is called {here.name}.")
    return here


def _state(row: dict[str, Any]) -> str:
    if row["installed"] and not row["present"]:
        return "file missing"
    if row["installed"]:
        return "in use" if row["in_use"] else "installed"
    return "partly fetched" if row["partly"] else "recommended" if row["recommended"] else "-"


def _shown(key: str, value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(value) if key == "not_confirmed" else ", ".join(value)
    if key.endswith("_bytes") and value:
        return size(value)
    if key == "parameters":
        return _count(value)
    return str(value) if value else ""


def _count(number: int) -> str:
    for unit, word in ((1e9, "billion"), (1e6, "million")):
        if number >= unit:
            return f"{number / unit:.1f} {word}"
    return str(number)
