"""Running: run, stop, demo, and the service."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from samantha.api.errors import UserError
from samantha.app.cli.deciding import Json
from samantha.app.cli.output import columns, json_line, line
from samantha.app.editing import first_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samantha.adapters.locked_process import LockedProcess
    from samantha.app.assembly import Assembly
    from samantha.core.intake import Taken

_PATIENCE_S = 5.0
service = typer.Typer(help="Start with your session (systemd user unit).", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(run)
    app.command()(stop)
    app.command()(demo)


def run(
    once: Annotated[
        bool, typer.Option("--once", help="Read what is new, suggest, and end.")
    ] = False,
    foreground: Annotated[bool, typer.Option("--foreground", help="Log to the terminal.")] = False,
    as_json: Json = False,
) -> None:
    """Watch the sources and suggest, until stopped."""
    from samantha.app.session import places_and_config

    places, config = places_and_config()
    if not config.sources and not config.accounts:
        raise UserError(
            "No source is configured, so there is nothing to read.",
            "Name at least one folder, Maildir or mail account.",
            first_source(places),
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
        names = ", ".join([*(s.name for s in config.sources), *(a.name for a in config.accounts)])
        sys.stderr.write(
            f"Watching {names}. Ctrl-C ends it; samantha service install starts it with you.\n"
        )
    notifier = make_notifier(stream=sys.stderr if foreground else None)
    # The lock first: a second daemon must not so much as open the databases of the first.
    with instance(places.make()):
        assembly = assemble(config, places, SystemClock(), notifier)
        _tell_plugins(assembly)
        Daemon(assembly).run()


def _once(as_json: bool) -> None:
    from samantha.app.mail import mail_troubles
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
        if a.config.accounts and sys.stderr.isatty():
            sys.stderr.write("Fetching mail …\n")
        made = catch_up(a, no_progress if as_json else progress)
        for told in mail_troubles(a.config, a.places):
            sys.stderr.write(f"samantha: {told}\n")
        _tell_plugins(a)
        for offer in made:
            if as_json:
                json_line(offer_record(offer, a.config.zone()))
        if not as_json:
            columns((str(o.id), str(o.state), o.title, o.reason) for o in made)
            if not made:
                line("Nothing to suggest.")


def _tell_plugins(a: Assembly) -> None:
    from samantha.app.running import troubled

    for name, why in troubled(a.listed, a.running):
        sys.stderr.write(
            f"samantha: plugin {name} does not work: {why}. Type: samantha plugins info {name}\n"
        )


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


def stop(
    force: Annotated[
        bool, typer.Option("--force", help="End its process, also when it does not answer.")
    ] = False,
) -> None:
    """End the running daemon."""
    from samantha.adapters.locked_process import LockedProcess
    from samantha.app.once import lock_of
    from samantha.app.places import Places
    from samantha.app.session import poke

    places = Places.of_user()
    with ExitStack() as opened:
        process = LockedProcess.of(lock_of(places))
        if process is not None:
            opened.enter_context(process)
        if force and process is not None:
            _end(process)
            return
        answer = poke(places, "stop")
        if answer is not None and answer.get("ok"):
            line("Stopping.")
            return
        if answer is None and process is None:
            raise UserError("No daemon is running.", "", "samantha status")
        which = f" (process {process.pid})" if process is not None else ""
        reason = "it does not listen" if answer is None else str(answer.get("error"))
        raise UserError(
            f"samantha{which} could not be told to stop: {reason}.",
            "It may hang, or be at work for `samantha run --once`.",
            "samantha stop --force",
        )


def _end(process: LockedProcess) -> None:
    from samantha.adapters import systemd

    ending = process.end(_PATIENCE_S)
    if ending == "stays":
        raise UserError(
            f"Process {process.pid} cannot be ended, not even killed.",
            "The system waits for something on its behalf, a disk for instance.",
            f"ps -o pid,stat,wchan:20,cmd -p {process.pid}",
        )
    how = "is ended" if ending == "ended" else "did not listen and was killed; nothing is lost"
    line(f"Process {process.pid} {how}.")
    if ending == "killed" and systemd.status().enabled:
        line(f"The service starts it again. To prevent that: systemctl --user stop {systemd.UNIT}")


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

    places, config = places_and_config()
    if not config.sources and not config.accounts:
        raise UserError(
            "No source is configured, so the service would end at once.",
            "Name at least one folder, Maildir or mail account first.",
            first_source(places),
        )
    network = bool(config.accounts or config.model.endpoint)
    path = systemd.install([sys.executable, "-m", "samantha", "run"], network=network)
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
