"""Running: run, stop, demo, and the service."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from samantha.api.errors import UserError
from samantha.app.cli.deciding import Json
from samantha.app.cli.output import columns, json_line, line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samantha.core.intake import Taken

service = typer.Typer(help="Start with your session (systemd user unit).", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(run)
    app.command()(stop)
    app.command()(demo)


def run(
    once: Annotated[bool, typer.Option(help="Read what is new, suggest, and end.")] = False,
    foreground: Annotated[bool, typer.Option(help="Log to the terminal.")] = False,
    as_json: Json = False,
) -> None:
    """Watch the sources and suggest, until stopped."""
    from samantha.app.session import places_and_config

    places, config = places_and_config()
    if not config.sources:
        raise UserError(
            "No source is configured, so there is nothing to read.",
            "Name at least one folder or Maildir.",
            "samantha config init",
        )
    if once:
        _once(as_json)
        return
    from samantha.adapters.clock import SystemClock
    from samantha.adapters.notifications import make_notifier
    from samantha.app.assembly import assemble
    from samantha.app.daemon import Daemon
    from samantha.app.logs import start_logging
    from samantha.app.once import instance

    start_logging(verbose=foreground)
    if sys.stderr.isatty():
        names = ", ".join(s.name for s in config.sources)
        sys.stderr.write(
            f"Watching {names}. Ctrl-C ends it; samantha service install starts it with you.\n"
        )
    notifier = make_notifier(stream=sys.stderr if foreground else None)
    # The lock first: a second daemon must not so much as open the databases of the first.
    with instance(places.make()):
        Daemon(assemble(config, places, SystemClock(), notifier)).run()


def _once(as_json: bool) -> None:
    from samantha.app.once import catch_up
    from samantha.app.records import offer_record
    from samantha.app.session import joined

    with joined() as a:
        for state in (s.state() for s in a.sources):
            if state.state in ("missing", "unreadable"):
                sys.stderr.write(
                    f"samantha: source {state.name}: {state.path}: {state.reason}."
                    f" Type: {state.remedy}\n"
                )
        made = catch_up(a, no_progress if as_json else progress)
        for offer in made:
            if as_json:
                json_line(offer_record(offer, a.config.zone()))
        if not as_json:
            columns((str(o.id), str(o.state), o.title, o.reason) for o in made)
            if not made:
                line("Nothing to suggest.")


def progress(batches: Iterator[Taken], total: int) -> Iterator[Taken]:
    """Show on a terminal how far reading is."""
    if not sys.stderr.isatty() or total == 0:
        yield from batches
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("Reading"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Reading", total=total)
        for taken in batches:
            bar.advance(task, len(taken.documents) + len(taken.gone) + taken.unreadable)
            yield taken


def no_progress(batches: Iterator[Taken], total: int) -> Iterator[Taken]:
    """Show nothing."""
    return batches


def stop() -> None:
    """End the running daemon."""
    from samantha.app.places import Places
    from samantha.app.session import poke

    answer = poke(Places.of_user(), "stop")
    if answer is None:
        raise UserError("No daemon is running.", "", "samantha status")
    if not answer.get("ok"):
        raise UserError(
            f"The daemon could not be told to stop: {answer.get('error')}.",
            "It may hang; a service manager would end it.",
            "pkill -f 'samantha run'",
        )
    line("Stopping.")


def demo(
    keep: Annotated[
        Path | None, typer.Option(help="Keep the demo's home in this (new) folder.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Try the real pipeline on a small writer's home."""
    from samantha.app.demo import run_demo

    run_demo(keep, as_json)


@service.command()
def install() -> None:
    """Install the user unit and start it."""
    from samantha.adapters import systemd
    from samantha.app.session import places_and_config

    if not places_and_config()[1].sources:
        raise UserError(
            "No source is configured, so the service would end at once.",
            "Name at least one folder or Maildir first.",
            "samantha config init",
        )
    path = systemd.install([sys.executable, "-m", "samantha", "run"])
    line(f"Installed {path}.")
    line(str(systemd.status()))


@service.command()
def uninstall() -> None:
    """Stop and remove the user unit."""
    from samantha.adapters import systemd

    systemd.uninstall()
    line("Removed.")


@service.command("status")
def service_status() -> None:
    """Say how the unit is."""
    from samantha.adapters import systemd

    line(str(systemd.status()))
