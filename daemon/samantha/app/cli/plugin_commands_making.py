"""`samantha plugins` for whoever writes one: new, check, test, backtest, run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from samantha.app.cli.deciding import Json
from samantha.app.cli.output import columns, json_line, line

Plugin = Annotated[
    str,
    typer.Argument(metavar="NAME", help="Or the plugin's folder.", autocompletion=lambda: _names()),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(new)
    app.command()(check)
    app.command()(test)
    app.command()(backtest)
    app.command()(run)


def _names() -> list[str]:
    from samantha.app.cli.plugin_commands import plugin_names

    return plugin_names()


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Lower-case letters, digits, _.")],
    place: Annotated[
        Path | None,
        typer.Option(
            "--in", metavar="FOLDER", help="Where to make it; else among your own plugins."
        ),
    ] = None,
) -> None:
    """Make a plugin that does something and passes its own tests, to begin with."""
    from samantha.app.places import Places
    from samantha.app.plugin_template import write_plugin

    places = Places.of_user()
    if place is None:
        places.make()
    parent = place.expanduser().absolute() if place is not None else places.plugins
    folder = write_plugin(name, parent, frozenset(_names()))
    line(f"Made {folder}")
    line("What it does stands in __init__.py. It sees nothing until you enable it.")
    line(f"Type: samantha plugins test {name if place is None else folder}")


def check(plugin: Plugin, as_json: Json = False) -> None:
    """Start a plugin in its host, ask it about made-up documents, and look at its permissions."""
    from samantha.app.plugin_check import Checked, check_in_host
    from samantha.app.plugin_trying import tried

    manifest, files, hosted = tried(plugin, watched=True)
    try:
        told = f"{manifest.name} {manifest.version}: {manifest.summary}".rstrip(": ")
        found = [Checked("manifest", True, told)]
        found += check_in_host(hosted, manifest, files.files)
    finally:
        hosted.close()
    for one in found:
        if as_json:
            json_line({"check": one.what, "fine": one.fine, "told": one.told, "detail": one.detail})
    if not as_json:
        columns(("ok" if one.fine else "wrong", one.what, one.told) for one in found)
        for one in found:
            for row in one.detail.splitlines():
                line(f"  {row}")
    if not all(one.fine for one in found):
        raise typer.Exit(1)


def test(
    plugin: Plugin,
    trust: Annotated[
        bool, typer.Option("--trust", help="Also run the tests of a plugin that is not yours.")
    ] = False,
) -> None:
    """Run a plugin's own tests with pytest."""
    from samantha.app.plugin_trying import run_tests

    raise typer.Exit(run_tests(plugin, trust=trust))


def backtest(
    plugin: Plugin,
    days: Annotated[int, typer.Option(help="Only so many days up to the end.", min=0)] = 90,
    source: Annotated[
        list[Path] | None,
        typer.Option(
            help="A folder, Maildir, mbox or folder of mails; else the configured sources.",
            metavar="PATH",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Try a plugin on your own past, without enabling it: what it would have suggested when."""
    from samantha.app.cli.backtest import backtest as replay
    from samantha.app.plugin_trying import installed_name

    replay(source=source, days=days, plugin=[installed_name(plugin)], as_json=as_json)


def run(
    plugin: Plugin,
    on: Annotated[Path, typer.Option("--on", metavar="PATH", help="A file or a mail.")],
    now: Annotated[str, typer.Option(help="As if it were this time.", metavar="TIME")] = "",
    as_json: Json = False,
) -> None:
    """Ask a plugin about one document, and say why it answers as it does. Nothing is stored."""
    from samantha.app.inspection import inspect_path, print_inspection
    from samantha.app.plugin_trying import tried

    manifest, _, hosted = tried(plugin)
    try:
        record = inspect_path(on, now, only=[hosted])
    finally:
        hosted.close()
    if as_json:
        json_line(record)
    else:
        print_inspection(record)
    if hosted.last_failure and not as_json:
        sys.stderr.write(f"samantha: {manifest.name} failed: {hosted.last_failure}\n")
        for row in hosted.detail.splitlines():
            line(f"  {row}")
        raise typer.Exit(1)
