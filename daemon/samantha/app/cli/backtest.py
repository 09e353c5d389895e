"""`samantha backtest`: replay the past and print what would have been suggested."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from samantha.api.errors import UserError
from samantha.app.cli.deciding import Json
from samantha.app.cli.output import columns, heading, json_line, line

if TYPE_CHECKING:
    from samantha.app.backtest import Result
    from samantha.app.backtest_report import Row

_EXAMPLE = "samantha backtest --source PATH --from 2026-01-01 --to 2026-06-30"
_QUOTES = 3
Show = Callable[[str, int, int], None]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(backtest)


def backtest(
    source: Annotated[
        list[Path] | None,
        typer.Option(
            help="A folder, Maildir, mbox or folder of mails; may be given again. "
            "Without it: the configured sources.",
            metavar="PATH",
        ),
    ] = None,
    git: Annotated[
        list[Path] | None,
        typer.Option(help="A working folder whose git history is replayed.", metavar="PATH"),
    ] = None,
    identity: Annotated[
        list[str] | None,
        typer.Option(help="Who you are in it; may be given again.", metavar='"NAME <ADDRESS>"'),
    ] = None,
    since: Annotated[
        str, typer.Option("--from", help="First day; what came earlier is there.", metavar="DAY")
    ] = "",
    until: Annotated[str, typer.Option("--to", help="Last day.", metavar="DAY")] = "",
    days: Annotated[int, typer.Option(help="Only so many days up to the end.", min=0)] = 0,
    now: Annotated[
        str, typer.Option(help="Nothing after this moment exists.", metavar="TIME")
    ] = "",
    plugin: Annotated[
        list[str] | None, typer.Option(help="Only this plugin; may be given again.", metavar="NAME")
    ] = None,
    budget: Annotated[int | None, typer.Option(help="Suggestions a day.", min=0, max=50)] = None,
    zone: Annotated[str, typer.Option(help="Your time zone.", metavar="ZONE")] = "",
    model: Annotated[bool, typer.Option(help="Use the embedded model.")] = True,
    as_json: Json = False,
) -> None:
    """Replay your past: what would have been suggested when, and what you then did.

    Needs neither configuration nor daemon, and leaves nothing behind. Mails come at their date,
    files at their time of modification, and the days pass.
    """
    from samantha.app.backtest import Options
    from samantha.app.backtest import backtest as replay

    options = Options(
        sources=tuple(source or ()),
        git=tuple(git or ()),
        identities=tuple(identity or ()),
        start=_moment(since, "--from"),
        end=_moment(until, "--to", time(23, 59, 59)),
        days=days,
        now=_moment(now, "--now"),
        plugins=tuple(plugin or ()),
        budget=budget,
        zone=zone,
        model=model,
    )
    with progress_bar() as show, until_told_to_end(show) as step:
        result = replay(options, step)
    _print(result, as_json)


def _moment(words: str, option: str, end: time = time(0)) -> datetime | None:
    """Return the moment that an option names; a mere day is its beginning, or its end."""
    if not words:
        return None
    try:
        moment = datetime.fromisoformat(words)
    except ValueError as problem:
        raise UserError(f"{option}: '{words}' is not a day or time.", "", _EXAMPLE) from problem
    return datetime.combine(moment.date(), end) if len(words) <= 10 else moment


@contextmanager
def until_told_to_end(show: Show) -> Iterator[Show]:
    """Make Ctrl-C and SIGTERM end the steps that are shown, in order, whatever runs just then.

    What was read of mails lies in a folder that goes with the run. An exception that a signal
    raises is lost where Python calls back from C (sqlite3's functions, finalizers): then the next
    step ends it.
    """
    told: list[BaseException] = []

    def end(number: int, frame: object) -> None:
        term = number == signal.SIGTERM
        told.append(SystemExit(128 + number) if term else KeyboardInterrupt())
        raise told[-1]

    def step(what: str, done: int, total: int) -> None:
        if told:
            raise told[-1]
        show(what, done, total)

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield step
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if told:
        raise told[-1]


@contextmanager
def progress_bar() -> Iterator[Show]:
    """Show on a terminal what is being done and how far it is."""
    if not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    parts = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*parts, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Looking", total=None)

        def show(what: str, done: int, total: int) -> None:
            nonlocal task
            if not total:
                # A task whose total is known never forgets it: what has no end is another one.
                bar.remove_task(task)
                task = bar.add_task(what, total=None)
                return
            bar.update(task, description=what, completed=done, total=total)

        yield show


def _print(result: Result, as_json: bool) -> None:
    from samantha.app.backtest_report import by_kind, row_record, summary

    zone = result.config.zone()
    for note in result.notes:
        sys.stderr.write(f"samantha: {note}\n")
    if as_json:
        for row in result.rows:
            json_line(row_record(row, zone, result.folders))
        return
    for row in result.rows:
        _print_row(row, result)
    if result.rows:
        line()
        head = ("kind", "suggested", "shown", "then done by you", "or written to them")
        numbers = [(c.suggested, c.shown, c.done, c.written) for c in by_kind(result.rows)]
        kinds = [c.kind for c in by_kind(result.rows)]
        table = [(kind, *map(str, row)) for kind, row in zip(kinds, numbers, strict=True)]
        columns([head, *table])
        line()
    for words in summary(result.rows, result.counts, zone):
        line(words)


def _print_row(row: Row, result: Result) -> None:
    from samantha.app.backtest_report import row_record

    record = row_record(row, result.config.zone(), result.folders)
    time_told = record["time"][:16].replace("T", " ")
    heading(f"{time_told}  {record['plugin']}: {record['title']}")
    percent = round(100 * record["confidence"])
    line(f"  {record['verdict']}: {record['reason']} ({percent} % sure). {record['why']}")
    for evidence in record["evidence"][:_QUOTES]:
        line(f"  “{' '.join(evidence['quote'].split())[:150]}”  — {evidence['document']}")
    if row.later is not None:
        line(f"  Later you {row.later.what}: {row.later.at:%Y-%m-%d}, {row.later.document}")
