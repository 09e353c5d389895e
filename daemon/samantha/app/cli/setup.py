"""`samantha setup`: a minute's walk from nothing to suggestions that fit."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from samantha.api.errors import UserError
from samantha.app.cli.deciding import Json
from samantha.app.cli.output import columns, heading, json_line, line

if TYPE_CHECKING:
    from samantha.app.assembly import Assembly
    from samantha.app.backtest import Result
    from samantha.app.backtest_report import Row
    from samantha.app.places import Places
    from samantha.app.setup import Questions

SHOWN = 10
"""How many are listed where nobody can be asked."""
_KEYS = {"y": True, "n": False}


def setup(
    days: Annotated[int, typer.Option(min=1, max=3650, help="So many days back.")] = 90,
    model: Annotated[bool, typer.Option(help="Use the embedded model.")] = True,
    as_json: Json = False,
) -> None:
    """Begin: say who you are, see what your last months would have brought, mark what is wanted.

    Each answer is kept at once, so you may stop at any time and go on later.
    """
    from samantha.adapters.clock import SystemClock
    from samantha.app.backtest import Options, backtest
    from samantha.app.cli.backtest import progress_bar, until_told_to_end
    from samantha.app.places import Places

    places = Places.of_user()
    asks = sys.stdin.isatty() and sys.stdout.isatty() and not as_json
    if not places.config_file.exists():
        _configure(places, asks)
    options = Options(days=days, end=SystemClock().now(), model=model)
    with progress_bar() as show, until_told_to_end(show) as step:
        result = backtest(options, step)
    for note in result.notes:
        sys.stderr.write(f"samantha: {note}\n")
    _go_on(result, days, asks, as_json)


def _configure(places: Places, asks: bool) -> None:
    from samantha.app.setup import Newcomer, write_config

    if not asks:
        raise UserError(
            "There is no configuration yet, and nobody to ask.",
            "Name yourself and your folders in it, then call setup again.",
            "samantha config init",
        )
    line("There is no configuration yet. Four questions; Enter takes what is in brackets.")
    name = typer.prompt("Your name, as you sign", default="", show_default=False)
    mail = typer.prompt("Your mail addresses, with commas", default="", show_default=False)
    documents = typer.prompt("The folder with your documents", default="~/Documents")
    maildir = typer.prompt("Your Maildir; empty for none", default="", show_default=False)
    addresses = tuple(one.strip() for one in mail.split(",") if one.strip())
    places.make()
    write_config(places.config_file, Newcomer(name.strip(), addresses, documents, maildir.strip()))
    line(f"Wrote {places.config_file}. A mail account is added by: samantha mail add ADDRESS")


def _go_on(result: Result, days: int, asks: bool, as_json: bool) -> None:
    from samantha.app.session import joined
    from samantha.app.setup import Questions

    with joined() as a:
        questions = Questions.of(result.rows, a.state)
        if as_json:
            _print_json(result, questions)
            return
        shown = sum(row.offer.shown_at is not None for row in result.rows)
        count = len(result.rows)
        many = "1 suggestion" if count == 1 else f"{count} suggestions"
        line(f"In the last {days} days, {many}, {shown} of them shown.")
        if not questions.rows:
            line("There is nothing more to ask. To begin: samantha run")
        elif not asks:
            _list(questions)
        else:
            _ask(a, questions, result)


def _print_json(result: Result, questions: Questions) -> None:
    from samantha.app.backtest_report import row_record

    zone = result.config.zone()
    while (row := questions.next()) is not None:
        json_line(row_record(row, zone, result.folders))


def _list(questions: Questions) -> None:
    """Print what would be asked, where nobody can answer."""
    left = len(questions.rows)
    for _ in range(min(SHOWN, left)):
        row = questions.next()
        if row is not None:
            line(f"  {row.first.created:%Y-%m-%d}  {row.offer.plugin}: {row.offer.title}")
    if left > SHOWN:
        line(f"  … and {left - SHOWN} more")
    line("On a terminal, samantha setup asks which of these you want.")


def _ask(a: Assembly, questions: Questions, result: Result) -> None:
    from samantha.app.setup import QUESTIONS

    count = min(QUESTIONS, len(questions.rows))
    line(f"Which of these would you have wanted? {count} at most: y yes, n no, s skip, q enough.")
    said: Counter[tuple[str, bool]] = Counter()
    try:
        for number in range(1, count + 1):
            row = questions.next()
            if row is None:
                break
            _print_question(row, result, f"{number} of {count}")
            key = _key()
            if key == "q":
                break
            if key in _KEYS:
                questions.answer(a.state, row, _KEYS[key], a.clock.now())
                said[f"{row.offer.plugin}/{row.offer.kind}", _KEYS[key]] += 1
    except (KeyboardInterrupt, EOFError):
        line()
    _print_said(a, said)


def _print_question(row: Row, result: Result, place: str) -> None:
    local = row.first.created.astimezone(result.config.zone())
    line()
    heading(f"{place}  {row.offer.title}")
    line(f"  {local:%Y-%m-%d}, {row.offer.plugin}. {row.offer.why}")
    for evidence in row.offer.evidence[:1]:
        line(f"  “{' '.join(evidence.quote.split())[:150]}”")
    if row.later is not None:
        line(f"  Later you {row.later.what}: {row.later.at:%Y-%m-%d}")


def _key() -> str:
    """Return the key that was pressed, once it is one of the four."""
    import os
    import termios

    terminal = sys.stdin.fileno()
    before, mode = termios.tcgetattr(terminal), termios.tcgetattr(terminal)
    # Ctrl-C comes as a key: as a signal it could fall between the question and the wait for a key.
    mode[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG)
    mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
    try:
        # Before anything is asked, and without a flush: a key that is pressed early counts.
        termios.tcsetattr(terminal, termios.TCSADRAIN, mode)
        while True:
            sys.stdout.write("  Wanted? [y/n/s/q] ")
            sys.stdout.flush()
            key = os.read(terminal, 1).decode("ascii", "replace").lower()
            if key in ("", "\x04"):
                raise EOFError
            if key == "\x03":
                raise KeyboardInterrupt
            line(key if key.isprintable() else "")
            if key in ("y", "n", "s", "q"):
                return key
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _print_said(a: Assembly, said: Counter[tuple[str, bool]]) -> None:
    from samantha.app.cli.learning import threshold_told
    from samantha.app.setup import QUESTIONS

    total = sum(said.values())
    line()
    if not total:
        line("Nothing was marked. samantha setup asks again.")
        return
    line(f"Answers kept: {total}")
    kinds = sorted({kind for kind, _ in said})
    columns((kind, f"{said[kind, True]} wanted", f"{said[kind, False]} not") for kind in kinds)
    starts = {} if a.config.sets_threshold() else a.marks.starts()
    for kind in kinds:
        if start := starts.get(kind):
            line(threshold_told(kind, start, a.config.attention.threshold))
    more = "samantha setup asks for more. " if total < QUESTIONS else ""
    line(f"{more}What was learned: samantha learn show. To begin: samantha run")
