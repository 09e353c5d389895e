"""`samantha learn`: what was learned from your answers, your rules, and how to begin anew."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from samantha.api.errors import UserError
from samantha.app.cli.deciding import Json
from samantha.app.cli.output import columns, heading, json_line, line, when

if TYPE_CHECKING:
    from samantha.app.assembly import Assembly
    from samantha.core.levels import Level
    from samantha.core.marks import Start

app = typer.Typer(help="What was learned from your answers.", no_args_is_help=True)

_TITLES = {
    "of all": "Everything",
    "of this kind": "Kinds",
    "from them": "People",
    "of this kind from them": "Kinds and people",
    "in this folder": "Folders",
    "of this kind in this folder": "Kinds and folders",
}
"""What the levels of learning are called above their rows."""
MOST = 15
"""How many rows of a level are printed."""


@app.command()
def show(as_json: Json = False) -> None:
    """Say what was learned of each kind, person and folder, and which rules you gave."""
    from samantha.app.session import joined
    from samantha.core.learning import KIND, LEVELS

    with joined() as a:
        learned = a.experience.learned()
        levels = learned.levels
        titles = [_TITLES[level] for level in LEVELS]
        if as_json:
            for title, rows in zip(titles, levels, strict=True):
                for about, level in sorted(rows.items()):
                    json_line({"level": title.lower(), "about": about, **_record(level)})
            _print_thresholds(a, as_json=True)
            _print_rules(a, as_json=True)
            return
        if not levels[0]:
            line("Nothing was learned yet: each plugin's own confidence counts.")
            line("Answer what is offered, or type: samantha setup")
        for title, rows in zip(titles, levels, strict=True):
            _print_level(title, dict(rows))
        if levels[0]:
            line(
                "Foreseen: what the plugins and the tables above made of these. Counts: how many of"
            )
            line("your answers still do, by their age and by what you have said since.")
        for kind in sorted(learned.trials):
            if _record(levels[KIND][kind])["chance"] < a.config.attention.cost:
                line(f"You were not asked about {kind} for long: it may be tried once.")
        _print_thresholds(a, as_json=False)
        _print_rules(a, as_json=False)


def _record(level: Level) -> dict[str, float]:
    expected = level.foreseen / level.weight
    return {
        "seen": level.seen,
        "wanted": level.wanted,
        "weight": round(level.weight, 2),
        "expected": round(expected, 3),
        "chance": round(level.corrected(expected), 3),
    }


def _print_level(title: str, rows: dict[str, Level]) -> None:
    from samantha.core.text import percent

    if not rows:
        return
    heading(title)
    best = sorted(rows.items(), key=lambda row: -row[1].weight)
    told = [(about, _record(level)) for about, level in best[:MOST]]
    columns(
        (
            about,
            f"you wanted {row['wanted']} of {row['seen']}",
            f"counts as {row['weight']:.1f}",
            f"foreseen {percent(row['expected'])}, now {percent(row['chance'])}",
        )
        for about, row in told
    )
    if len(rows) > MOST:
        line(f"  … and {len(rows) - MOST} more: samantha learn show --json")


def _print_thresholds(a: Assembly, *, as_json: bool) -> None:
    """Say where thresholds start after the setup, or that the configuration has the last word."""
    starts = a.marks.starts()
    if starts and a.config.sets_threshold():
        if not as_json:
            line(
                "attention.threshold is set in config.toml: your marks in the setup do not move it."
            )
        return
    for kind, start in sorted(starts.items()):
        if as_json:
            json_line(
                {
                    "threshold": start.threshold,
                    "kind": kind,
                    "wanted": start.wanted,
                    "marked": start.marked,
                }
            )
        else:
            line(threshold_told(kind, start, a.config.attention.threshold))


def threshold_told(kind: str, start: Start, default: float) -> str:
    """Return where the threshold of a kind starts and why, as a line."""
    from samantha.core.text import percent

    moved = f"{kind} needs {percent(start.threshold)} instead of {percent(default)}"
    return f"{moved}: in the setup you wanted {start.wanted} of {start.marked}."


def _print_rules(a: Assembly, *, as_json: bool) -> None:
    from samantha.app.learning import always_asked, resets

    zone = a.config.zone()
    for kind in sorted(always_asked(a.state)):
        if as_json:
            json_line({"rule": "always", "kind": kind})
        else:
            line(f"You always want to be asked about {kind}: samantha learn always {kind} --off")
    for kind, at in sorted(resets(a.state).items()):
        if as_json:
            json_line({"reset": kind, "time": at.astimezone(zone).isoformat(timespec="seconds")})
        else:
            since = when(at, a.clock.now(), zone)
            line(f"{kind or 'Everything'} is learned anew since {since}.")
    if not as_json:
        line("What you never want is listed by: samantha silence")


@app.command()
def reset(
    kind: Annotated[
        str, typer.Argument(metavar="[KIND]", help="As `learn show` names it; without: all.")
    ] = "",
) -> None:
    """Learn anew from here on; your decisions and your rules stay as they are."""
    from samantha.app.learning import reset as begin_anew
    from samantha.app.session import joined, poke

    with joined() as a:
        now = a.clock.now()
        if kind:
            _known(a, kind)
        begin_anew(a.state, kind, now)
        a.state.audit("settings", "learning_reset", now, kind=kind)
        poke(a.places)
        line(f"{kind or 'Everything'} is learned anew from now on. Your rules stay in force.")


@app.command()
def always(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="Plugin and kind: bills/bill.")],
    off: Annotated[bool, typer.Option("--off", help="No longer.")] = False,
) -> None:
    """Always ask about a kind, whatever was learned; budget and quiet hours hold all the same."""
    from samantha.app.learning import set_always
    from samantha.app.session import joined, poke

    with joined() as a:
        _known(a, kind)
        set_always(a.state, kind, not off)
        a.state.audit("settings", "always_ask", a.clock.now(), kind=kind, on=not off)
        poke(a.places)
        line(f"{kind} is asked about as what was learned says." if off else f"Always: {kind}.")


def _known(a: Assembly, kind: str) -> None:
    """Refuse what is no kind of a plugin that is here, lest a slip be a rule without effect."""
    plugin = kind.partition("/")[0]
    if not re.fullmatch(r"[^/\s]+/\S+", kind) or plugin not in {row.name for row in a.listed}:
        raise UserError(
            f"'{kind}' is no kind: a plugin, a slash, a kind.",
            "Nothing was changed.",
            "samantha learn show",
        )
