"""What a simulated year is worth, in figures and a plot of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.attention.year import STANDARD, Year

MONTHS = 12
MARKS = {"learning": "L", "fixed threshold": "f", "always": "a", "oracle": "o"}
ROWS = 14

Years = Mapping[str, Sequence[Year]]


def report(years: Years, days: int, a_day: float) -> str:
    """Return RESULTS.md."""
    users = len(next(iter(years.values())))
    parts = [
        "# A simulated year",
        "",
        f"{users} users (seeds 1 to {users}), {days} days, about {a_day:g} things a day that could "
        "be suggested. Real engine, state, index and learning under a clock that is set; the "
        "plugins, the desktop and the user are simulated (`world.py`). In the middle of the year "
        "each user changes their mind about a third of the kinds. Written by "
        "`python -m benchmarks.attention --write`.",
        "",
        *_table(years),
        "",
        f"*Worth*: a yes counts one, each thing that is shown costs {STANDARD.cost:g}, as in "
        "`attention.cost`. *Regret*: what the oracle's year was worth more; the oracle knows the "
        "hidden probability of every yes and is bound by the same budget and checks. *Brier*: "
        "mean squared error of the chance foreseen for what was shown and answered. What the user "
        f"leaves unanswered counts as shown, so that even the oracle stays below {1 - 0.15:.0%}.",
        "",
        "## Accepted of what was shown, by month",
        "",
        "```",
        *_plot({name: _monthly(rows) for name, rows in years.items()}),
        "```",
        "",
        *_monthly_table(years),
        "",
        "## For each user",
        "",
        *_users_table(years),
        "",
    ]
    return "\n".join(parts)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _table(years: Years) -> list[str]:
    head = "| | shown a day | accepted/shown | first quarter | second | third | fourth | worth | regret | Brier |"  # noqa: E501
    rows = [head, "| --- |" + " --- |" * 9]
    best = _mean([y.value() for y in years["oracle"]])
    for name, some in years.items():
        quarters = [_mean([y.precision(q / 4, (q + 1) / 4) for y in some]) for q in range(4)]
        shown = _mean([len(y.shown) / y.days for y in some])
        worth = _mean([y.value() for y in some])
        cells = [f"{shown:.1f}", f"{_mean([y.precision() for y in some]):.2f}"]
        cells += [f"{one:.2f}" for one in quarters]
        cells += [f"{worth:.0f}", f"{best - worth:.0f}", f"{_mean([_brier(y) for y in some]):.3f}"]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return rows


def _brier(year: Year) -> float:
    answered = [one for one in year.shown if not one.ignored]
    return _mean([(one.foreseen - one.accepted) ** 2 for one in answered])


def _monthly(years: Sequence[Year]) -> list[float]:
    """Return accepted by shown of all users together, for each month."""
    rates = []
    for month in range(MONTHS):
        part = [s for y in years for s in y.between(month / MONTHS, (month + 1) / MONTHS)]
        rates.append(_mean([float(one.accepted) for one in part]))
    return rates


def _monthly_table(years: Years) -> list[str]:
    rows = ["| month | " + " | ".join(map(str, range(1, MONTHS + 1))) + " |"]
    rows.append("| --- |" + " --- |" * MONTHS)
    for name, some in years.items():
        rows.append(f"| {name} | " + " | ".join(f"{r:.2f}" for r in _monthly(some)) + " |")
    return rows


def _users_table(years: Years) -> list[str]:
    names = list(years)
    rows = ["| user | " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names)]
    for at, _ in enumerate(years[names[0]], 1):
        cells = [
            f"{years[name][at - 1].precision():.2f} ({years[name][at - 1].value():.0f})"
            for name in names
        ]
        rows.append(f"| {at} | " + " | ".join(cells) + " |")
    return [*rows, "", "Accepted/shown, and in parentheses what the year was worth."]


def _plot(curves: Mapping[str, Sequence[float]]) -> list[str]:
    """Draw curves of rates with one letter each; where two meet stands the first."""
    low = min(min(curve) for curve in curves.values())
    high = max(max(curve) for curve in curves.values())
    span = max(high - low, 0.01)
    rows = [[" "] * (MONTHS * 4) for _ in range(ROWS)]
    for name in reversed(list(curves)):
        for month, rate in enumerate(curves[name]):
            row = round((high - rate) / span * (ROWS - 1))
            rows[row][month * 4 + 1] = MARKS[name]
    drawn = []
    for at, row in enumerate(rows):
        rate = high - span * at / (ROWS - 1)
        drawn.append(f"{rate:5.2f} |{''.join(row).rstrip()}")
    drawn.append("      +" + "-" * (MONTHS * 4))
    drawn.append("       " + "".join(f"{m:>2}  " for m in range(1, MONTHS + 1)).rstrip())
    drawn.append("       " + "   ".join(f"{mark} {name}" for name, mark in MARKS.items()))
    return drawn
