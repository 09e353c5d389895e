"""What simulated years are worth, in figures and a plot of text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from benchmarks.attention.world import BASE, TEMPERS
from benchmarks.attention.year import STANDARD, Shown, Year

MONTHS = 12
MARKS = {"learning": "L", "fixed threshold": "f", "always": "a", "oracle": "o"}
ROWS = 16
BANDS = 5
PARTS = ("first quarter", "second", "third", "fourth")

Years = Mapping[str, Sequence[Year]]
"""By policy; the same users with the same seeds stand at the same places."""


def report(years: Years, days: int, worlds: Mapping[str, Years] | None = None) -> str:
    """Return RESULTS.md."""
    some = next(iter(years.values()))
    seeds = len({year.seed for year in some})
    parts = [
        "# A simulated year",
        "",
        f"{len({y.temper for y in some})} users of different temper, {seeds} seeds each, {days} "
        f"days, about {BASE.a_day:g} things a day that could be suggested. Real engine, attention "
        "and learning under a clock that is set; plugins, desktop and user are simulated "
        "(`world.py`, which says where its rates come from; its tastes were written before any "
        "policy was tried in it), state and index lie in memory and answer as the real ones do "
        "(`tests/benchmarks`). Written by `python -m benchmarks.attention --seeds "
        f"{seeds}{' --worlds' if worlds else ''} --write`.",
        "",
        "± is the 95 % interval of the mean over users and seeds.",
        "",
        "## Accepted of what was shown",
        "",
        *_quarters(years),
        "",
        *_differences(years),
        "",
        "```",
        *_plot({name: _monthly(rows) for name, rows in years.items()}),
        "```",
        "",
        *_monthly_table(years),
        "",
        "## What it costs",
        "",
        *_regret(years),
        "",
        f"*Worth*: a yes counts one, each thing that is shown costs {STANDARD.cost:g}, as in "
        "`attention.cost`. *Missed*: what the oracle got accepted and this policy did not, of what "
        "was shown; *bad*: what was shown and not accepted beyond the oracle's. The oracle knows "
        "the hidden probability of every yes and is bound by the same budget and checks; what is "
        "shown and left alone counts as not accepted for it too.",
        "",
        "## Foreseen and come",
        "",
        *_calibration(years),
        "",
        "## For each user",
        "",
        *_tempers_table(years),
        "",
    ]
    if worlds:
        parts += ["## Other worlds", "", *_worlds_table(worlds), ""]
    return "\n".join(parts)


def mean(values: Sequence[float]) -> float:
    """Return the mean, 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean and half of its 95 % interval."""
    if len(values) < 2:
        return mean(values), 0.0
    middle = mean(values)
    variance = sum((value - middle) ** 2 for value in values) / (len(values) - 1)
    return middle, 1.96 * (variance / len(values)) ** 0.5


def _told(values: Sequence[float], form: str = ".2f") -> str:
    middle, half = interval(values)
    return f"{middle:{form}} ± {half:{form}}"


def _signed(values: Sequence[float]) -> str:
    middle, half = interval(values)
    return f"{middle:+.3f} ± {half:.3f}"


def _quarter(year: Year, quarter: int) -> float | None:
    return year.precision(quarter / 4, (quarter + 1) / 4)


def _known(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _quarters(years: Years) -> list[str]:
    rows = ["| | shown a day | the year | " + " | ".join(PARTS) + " |", "| --- |" + " --- |" * 6]
    for name, some in years.items():
        cells = [f"{mean([len(y.shown) / y.days for y in some]):.1f}"]
        cells.append(_told(_known([y.precision() for y in some])))
        cells += [_told(_known([_quarter(y, q) for y in some])) for q in range(4)]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return rows


def _pairs(
    one: Sequence[Year], other: Sequence[Year], rate: Callable[[Year], float | None]
) -> list[float]:
    """Return by how much the same user's rates differ between two policies."""
    both = [(rate(a), rate(b)) for a, b in zip(one, other, strict=True)]
    return [a - b for a, b in both if a is not None and b is not None]


def _risen(year: Year) -> float | None:
    first, last = _quarter(year, 0), _quarter(year, 3)
    return None if first is None or last is None else last - first


def rise(some: Sequence[Year]) -> list[float]:
    """Return by how much each year's last quarter lies above its first."""
    return _known([_risen(year) for year in some])


def _differences(years: Years) -> list[str]:
    ours = years["learning"]
    rows = ["| the same user, by pairs | " + " | ".join(PARTS) + " |", "| --- |" + " --- |" * 4]
    for name, some in years.items():
        if name == "learning":
            continue
        cells = [_signed(_pairs(ours, some, lambda y, q=q: _quarter(y, q))) for q in range(4)]
        rows.append(f"| learning − {name} | " + " | ".join(cells) + " |")
    told = [f"{name} {_signed(rise(some))}" for name, some in years.items()]
    months = [(y.precision(0, 1 / MONTHS), _quarter(y, 3)) for y in ours]
    first = [b - a for a, b in months if a is not None and b is not None]
    beyond = [
        f"{name} {_signed(_pairs(ours, some, _risen))}"
        for name, some in years.items()
        if name != "learning"
    ]
    return [
        *rows,
        "",
        f"Last quarter less the first: {', '.join(told)}. Learning's last quarter less its first "
        f"month: {_signed(first)}. The users change in the course of the year, and what they want "
        "with them: by so much more than others learning rises from the first quarter to the last "
        f"in the same year of the same user: {', '.join(beyond)}.",
    ]


def _monthly(years: Sequence[Year]) -> list[float]:
    """Return accepted by shown for each month, the mean of all users."""
    return [
        mean(_known([y.precision(m / MONTHS, (m + 1) / MONTHS) for y in years]))
        for m in range(MONTHS)
    ]


def _monthly_table(years: Years) -> list[str]:
    rows = ["| month | " + " | ".join(map(str, range(1, MONTHS + 1))) + " |"]
    rows.append("| --- |" + " --- |" * MONTHS)
    for name, some in years.items():
        cells = []
        for month in range(MONTHS):
            part = [y.precision(month / MONTHS, (month + 1) / MONTHS) for y in some]
            middle, half = interval(_known(part))
            cells.append(f"{middle:.2f}±{half:.2f}")
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return rows


def _regret(years: Years) -> list[str]:
    best = years["oracle"]
    rows = ["| | worth | regret | missed | bad | out of the digest |", "| --- |" + " --- |" * 5]
    for name, some in years.items():
        pairs = list(zip(some, best, strict=True))
        cells = [
            f"{mean([y.worth for y in some]):.0f}",
            _told([o.worth - y.worth for y, o in pairs], ".0f"),
            _told([float(o.accepted - y.accepted) for y, o in pairs], ".0f"),
            _told([float(_bad(y) - _bad(o)) for y, o in pairs], ".0f"),
            f"{mean([float(y.picked) for y in some]):.0f}",
        ]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return rows


def _bad(year: Year) -> int:
    return len(year.shown) - year.accepted


def _brier(shown: Sequence[Shown]) -> float | None:
    answered = [one for one in shown if not one.ignored]
    return mean([(one.foreseen - one.accepted) ** 2 for one in answered]) if answered else None


def _calibration(years: Years) -> list[str]:
    rows = ["| Brier score | " + " | ".join(PARTS) + " |", "| --- |" + " --- |" * 4]
    for name, some in years.items():
        parts = [[_brier(y.between(q / 4, (q + 1) / 4)) for y in some] for q in range(4)]
        rows.append(f"| {name} | " + " | ".join(_told(_known(p), ".3f") for p in parts) + " |")
    rows += [
        "",
        "Mean squared error of the chance that was foreseen when a thing was shown, of what was "
        "answered; 0 is best, 0.25 a coin's. Of the chances that learning foresaw:",
        "",
        "| foreseen | shown and answered | mean foreseen | accepted |",
        "| --- | --- | --- | --- |",
    ]
    answered = [one for y in years["learning"] for one in y.shown if not one.ignored]
    for band in range(BANDS):
        low, high = band / BANDS, (band + 1) / BANDS
        part = [o for o in answered if low <= o.foreseen < high]
        if part:
            foreseen = mean([one.foreseen for one in part])
            came = mean([float(one.accepted) for one in part])
            rows.append(f"| {low:.1f}–{high:.1f} | {len(part)} | {foreseen:.2f} | {came:.2f} |")
    return rows


def _tempers_table(years: Years) -> list[str]:
    names = list(years)
    rows = ["| user | " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names)]
    for temper in (t.name for t in TEMPERS):
        cells = []
        for name in names:
            some = [y for y in years[name] if y.temper == temper]
            parts = [mean(_known([_quarter(y, q) for y in some])) for q in range(4)]
            told = " ".join(f"{part:.2f}" for part in parts)
            cells.append(f"{told} ({mean([y.worth for y in some]):.0f})")
        if any(y.temper == temper for y in years[names[0]]):
            rows.append(f"| {temper} | " + " | ".join(cells) + " |")
    return [*rows, "", "Accepted/shown by quarter, and in parentheses what the year was worth."]


def _worlds_table(worlds: Mapping[str, Years]) -> list[str]:
    rows = [
        "| world | learning | fixed threshold | oracle | last quarter less the first | regret |"
    ]
    rows.append("| --- |" + " --- |" * 5)
    for name, years in worlds.items():
        cells = [
            _told(_known([y.precision() for y in years[policy]]))
            for policy in ("learning", "fixed threshold", "oracle")
        ]
        pairs = zip(years["learning"], years["oracle"], strict=True)
        cells += [
            _signed(rise(years["learning"])),
            _told([o.worth - y.worth for y, o in pairs], ".0f"),
        ]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return [
        *rows,
        "",
        "The same learner in worlds whose constants differ from the reported one (`world.OTHERS`), "
        "half a year of three users each, one seed: whether it holds, with wide intervals. No "
        "constant of the learner was set by them.",
    ]


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
