"""`samantha stats`: how good the suggestions were, by what you made of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from samantha.app.cli.deciding import Json
from samantha.app.cli.output import columns, heading, json_line, line

if TYPE_CHECKING:
    from datetime import date

    from samantha.app.assembly import Assembly
    from samantha.core.selfscore import Band, Score, Told

WEEKS = 12
WIDTH = 40


def stats(
    days: Annotated[int, typer.Option(min=1, max=3650, help="So many days back.")] = 90,
    as_json: Json = False,
) -> None:
    """Say how many suggestions were shown and wanted, and how well that was foreseen."""
    from samantha.app.session import joined
    from samantha.core.selfscore import score, scores, things_told

    with joined() as a:
        told = things_told(
            a.state.offers(),
            a.state.decisions(),
            a.state.audit_lines(),
            a.clock.now() - timedelta(days=days),
        )
        everything = score("all", told)
        if as_json:
            json_line({**_record(everything), **_more(a, told)})
            for one in scores(told):
                json_line(_record(one))
            return
        if not told:
            line(f"Nothing was shown in the last {days} days.")
            return
        heading(f"The last {days} days")
        _print_scores([*scores(told), everything])
        line()
        _print_more(_more(a, told))
        line()
        _print_weeks(a, told)


def _record(one: Score) -> dict[str, Any]:
    from samantha.core.selfscore import wilson

    low, high = wilson(one.accepted, one.ended)
    precision = one.precision
    return {
        "kind": one.kind,
        "shown": one.shown,
        "accepted": one.accepted,
        "edited": one.edited,
        "dismissed": one.dismissed,
        "expired": one.expired,
        "precision": None if precision is None else round(precision, 3),
        "interval": [round(low, 3), round(high, 3)],
    }


def _more(a: Assembly, told: Sequence[Told]) -> dict[str, Any]:
    from samantha.core.selfscore import brier, by_day, delays_min, reliability

    zone = a.config.zone()
    each = by_day(told, zone, a.clock.now().astimezone(zone).date())
    error, delays = brier(told), delays_min(told)
    return {
        "brier": None if error is None else round(error, 3),
        "reliability": [_band(band) for band in reliability(told)],
        "budget": a.config.attention.budget,
        "shown_a_day": round(sum(each.values()) / len(each), 2) if each else 0,
        "most_on_a_day": max(each.values(), default=0),
        "minutes_to_offer": None if delays is None else [round(d, 1) for d in delays],
    }


def _band(band: Band) -> dict[str, Any]:
    return {
        "from": band.low,
        "to": band.high,
        "count": band.count,
        "foreseen": round(band.foreseen, 3),
        "accepted": round(band.accepted, 3),
    }


def _print_scores(rows: Sequence[Score]) -> None:
    from samantha.core.text import percent

    head = ("", "shown", "accepted", "edited", "dismissed", "expired", "wanted (95 % interval)")
    table = []
    for one in rows:
        row = _record(one)
        low, high = row["interval"]
        rate = (
            "–"
            if row["precision"] is None
            else f"{percent(row['precision'])} ({percent(low)} – {percent(high)})"
        )
        counts = (one.shown, one.accepted, one.edited, one.dismissed, one.expired)
        table.append((one.kind, *map(str, counts), rate))
    columns([head, *table])


def _print_more(more: dict[str, Any]) -> None:
    from samantha.core.text import percent

    line(
        f"Budget: {more['shown_a_day']:g} a day of {more['budget']}, "
        f"at most {more['most_on_a_day']} on one day."
    )
    if more["minutes_to_offer"] is not None:
        median, most = map(_minutes, more["minutes_to_offer"])
        line(f"From the change to the offer: half within {median}, nine of ten within {most}.")
    if more["brier"] is not None:
        line(f"Foreseen against what came: Brier score {more['brier']:.2f} (0 best, 0.25 a coin).")
        columns(
            (
                f"foreseen {percent(band['foreseen'])}",
                f"came {percent(band['accepted'])}",
                f"of {band['count']}",
            )
            for band in more["reliability"]
        )


def _minutes(minutes: float) -> str:
    if minutes < 1:
        return "a minute"
    if minutes < 120:
        return f"{minutes:.0f} min"
    hours = minutes / 60
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"


def _print_weeks(a: Assembly, told: Sequence[Told]) -> None:
    from samantha.core.selfscore import by_week

    weeks = by_week(told, a.config.zone(), WEEKS)
    most = max(shown for _, shown, _ in weeks)
    line("Week of     # accepted  - other")
    for monday, shown, accepted in weeks:
        line(_bar(monday, shown, accepted, most))


def _bar(monday: date, shown: int, accepted: int, most: int) -> str:
    scale = min(1.0, WIDTH / most)
    hits = round(accepted * scale)
    rest = max(round(shown * scale), 1) - hits
    return f"{monday:%Y-%m-%d}  {'#' * hits}{'-' * rest} {accepted} of {shown}"
