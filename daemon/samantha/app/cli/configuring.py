"""`samantha config`: path, show, check, init."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import typer

from samantha.api.errors import UserError
from samantha.app.cli.output import line

if TYPE_CHECKING:
    from samantha.app.config import SourceSection

app = typer.Typer(help="The configuration file.", no_args_is_help=True)


@app.command()
def path() -> None:
    """Print where config.toml is."""
    from samantha.app.places import Places

    line(str(Places.of_user().config_file))


@app.command()
def show() -> None:
    """Print the configuration in force, defaults included."""
    import json

    from samantha.app.session import places_and_config

    _, config = places_and_config()
    line(json.dumps(config.model_dump(mode="json"), indent=2, ensure_ascii=False))


@app.command()
def check() -> None:
    """Tell every problem of config.toml at once."""
    from samantha.app.session import places_and_config

    places, config = places_and_config()
    if not places.config_file.exists():
        raise UserError(
            f"There is no {places.config_file}.",
            "Without one nothing is watched.",
            "samantha config init",
        )
    problems = [told for s in config.sources if (told := _source_problem(s))]
    problems += _plugin_problems()
    if problems:
        raise UserError(
            "\n".join(told for told, _ in problems),
            "All else is in force; what is named here is left out until it is mended.",
            problems[0][1],
        )
    line(f"{places.config_file} is in order: {len(config.sources)} sources.")


def _source_problem(source: SourceSection) -> tuple[str, str] | None:
    """Return what is wrong with the place of a source, and what to type."""
    path = shlex.quote(str(source.path))
    if source.path.exists() and not source.path.is_dir():
        return f"source '{source.name}': {source.path} is a file, not a folder", f"ls -ld {path}"
    if not source.path.is_dir():
        return f"source '{source.name}': {source.path} is not a folder", f"mkdir -p {path}"
    if source.kind == "maildir" and not (source.path / "cur").is_dir():
        told = f"source '{source.name}': {source.path} is no Maildir: it has no folder 'cur'"
        return told, f"ls -la {path}"
    return None


def _plugin_problems() -> list[tuple[str, str]]:
    """Return what is wrong with the [plugins.*] tables, and what to type."""
    import difflib

    from samantha.app.plugins import PluginState
    from samantha.app.session import joined

    with joined() as a:
        known = {row.name: row for row in a.listed}
        found = []
        for name in sorted(set(a.config.plugins) - set(known)):
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            found.append((f"[plugins.{name}]: no plugin is called that{hint}", _LIST))
        for muted in a.config.attention.muted:
            if muted.partition("/")[0] not in known:
                near = difflib.get_close_matches(muted, known, 1)
                hint = f"; did you mean '{near[0]}'?" if near else ""
                found.append((f"attention.muted: no plugin is called '{muted}'{hint}", _LIST))
        for row in a.listed:
            if row.state is PluginState.BAD_CONFIG:
                found.append((row.reason, f"samantha plugins info {row.name}"))
        return found


_LIST = "samantha plugins list"


@app.command()
def init() -> None:
    """Write a commented config.toml to begin with; never overwrites one."""
    from samantha.app.first_config import write_first_config
    from samantha.app.places import Places

    places = Places.of_user().make()
    write_first_config(places.config_file)
    line(f"Wrote {places.config_file}. Name yourself and your folders in it, then: samantha run")
