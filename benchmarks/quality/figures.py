"""One row of the table, and how rows are made and printed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.quality.scoring import Judged, bootstrap_f1, count, poisson, wilson

Unit = Literal["F1", "share", "per 1,000", "count", ""]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure. ``value`` None: there is nothing to measure yet, and ``note`` says why.

    Floors are what one would get by always saying yes, never, or by one plain regular expression.
    """

    set: str
    what: str
    unit: Unit = ""
    count: int = 0
    """Items that were scored."""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    always: float | None = None
    never: float | None = None
    regex: float | None = None
    target: str = ""
    note: str = ""


def f1(
    name: str,
    what: str,
    items: Sequence[Judged],
    regex: Sequence[Judged] = (),
    *,
    target: str = "",
    note: str = "",
) -> Figure:
    """Return F1 with its interval by group, and precision and recall in the note."""
    ours = count(items)
    every = count(Judged(i.group, i.truth, True) for i in items)
    floors = (every.f1, 0.0, count(regex).f1 if regex else None)
    if not any(i.said for i in items):
        nothing = "not built: no such signal was printed for any item"
        return Figure(name, what, "F1", len(items), None, None, None, *floors, target, nothing)
    told = f"P {ours.precision:.2f} R {ours.recall:.2f}, {ours.tp + ours.fn} positive"
    low, high = bootstrap_f1(items)
    told = f"{told}; {note}" if note else told
    return Figure(name, what, "F1", len(items), ours.f1, low, high, *floors, target, told)


def share(
    name: str, what: str, right: int, total: int, *, target: str = "", note: str = ""
) -> Figure:
    """Return a share with its Wilson interval."""
    if total == 0:
        return Figure(name, what, "share", 0, None, target=target, note=note or "no such item")
    low, high = wilson(right, total)
    return Figure(name, what, "share", total, right / total, low, high, target=target, note=note)


def found_share(
    name: str, what: str, right: int, found: int, total: int, *, target: str = "", note: str = ""
) -> Figure:
    """Return a share of values that are right, or that nothing was found at all."""
    if total and not found:
        told = "not built: no such signal was printed for any item"
        return Figure(name, what, "share", total, None, target=target, note=told)
    told = f"found {found}" + (f"; {note}" if note else "")
    return share(name, what, right, total, target=target, note=told)


def rate(
    name: str, what: str, events: int, items: int, *, target: str = "", note: str = ""
) -> Figure:
    """Return a rate for 1,000 items with its Poisson interval; always and never are the floors."""
    if items == 0:
        return Figure(name, what, "per 1,000", 0, None, target=target, note=note or "no mails")
    low, high = (1000 * bound / items for bound in poisson(events))
    value = 1000 * events / items
    return Figure(
        name, what, "per 1,000", items, value, low, high, 1000.0, 0.0, target=target, note=note
    )


def record(figure: Figure) -> dict[str, object]:
    """Return what ``--json`` prints."""
    values = dataclasses.asdict(figure)
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in values.items()}


def cells(figure: Figure) -> tuple[str, ...]:
    """Return the cells of a printed row."""
    interval = ""
    if figure.value is not None and figure.low is not None and figure.high is not None:
        interval = f"{_told(figure.low, figure.unit)} to {_told(figure.high, figure.unit)}"
    ours = "not built" if figure.note.startswith("not built") else "-"
    if figure.value is not None:
        ours = _told(figure.value, figure.unit)
    floors = " / ".join(
        "-" if one is None else _told(one, figure.unit)
        for one in (figure.always, figure.never, figure.regex)
    )
    if floors == "- / - / -":
        floors = ""
    return (
        figure.set,
        figure.what,
        str(figure.count),
        ours,
        interval,
        floors,
        figure.target,
        figure.note,
    )


def _told(value: float, unit: Unit) -> str:
    if unit == "F1":
        return f"{value:.2f}"
    if unit == "share":
        return f"{100 * value:.1f} %"
    return f"{value:.1f}" if unit == "per 1,000" else f"{value:g}"


HEAD = ("set", "what", "n", "ours", "95 %", "always / never / regex", "target", "note")


def table(figures: Sequence[Figure]) -> str:
    """Return the table as text, columns aligned."""
    rows = [HEAD, *(cells(f) for f in figures)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD) - 1)]
    return "\n".join(
        "  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in rows
    )


def markdown(figures: Sequence[Figure]) -> str:
    """Return the table in Markdown."""
    rows = ["| " + " | ".join(HEAD) + " |", "| " + " | ".join("---" for _ in HEAD) + " |"]
    rows += ["| " + " | ".join(c.replace("|", "\\|") for c in cells(f)) + " |" for f in figures]
    return "\n".join(rows)
