"""`samantha config`: path, show, check, init."""

from __future__ import annotations

import typer

from samantha.api.errors import UserError
from samantha.app.cli.output import line

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
    from samantha.app.config_check import findings
    from samantha.app.session import places_and_config

    places, config = places_and_config()
    if not places.config_file.exists():
        raise UserError(
            f"There is no {places.config_file}.",
            "Without one nothing is watched.",
            "samantha config init",
        )
    found = findings(places, config)
    if found:
        raise UserError(
            "\n".join(one.told for one in found),
            "All else is in force; what is named here is left out until it is mended.",
            found[0].type_this,
        )
    line(f"{places.config_file} is in order: {len(config.sources)} sources.")


@app.command()
def init() -> None:
    """Write a commented config.toml to begin with; never overwrites one."""
    from samantha.app.first_config import write_first_config
    from samantha.app.places import Places

    places = Places.of_user().make()
    write_first_config(places.config_file)
    line(f"Wrote {places.config_file}. Name yourself and your folders in it, then: samantha run")
