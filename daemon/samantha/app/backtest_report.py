"""What a backtest prints: every suggestion once, and a table for each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from samantha.app.backtest_later import Later
from samantha.app.backtest_replay import Counts
from samantha.app.records import offer_record, stamp
from samantha.core.ports import AuditLine, Offer, OfferState

_BEST = {"show": 0, "hold": 1, "drop": 2}


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was suggested, in the version that got farthest."""

    offer: Offer
    first: Offer
    """The first version of it: its time is when the thing was first suggested."""
    versions: int
    reason: str
    """Why it had its verdict; what ended it since is told by its state."""
    later: Later | None = None


def verdict_reasons(lines: Iterable[AuditLine]) -> dict[int, str]:
    """Return why each offer had its first verdict, as the audit has it."""
    return {
        int(line.detail["offer"]): str(line.detail["reason"])
        for line in lines
        if line.arrow == "suggested"
    }


def things(offers: Iterable[Offer], reasons: Mapping[int, str]) -> list[Row]:
    """Return one row for each thing that a plugin suggested, in the order of the past.

    A thing may be offered anew when what it rests on has changed; that is one suggestion. What was
    shown goes before what was held, and that before what was dropped; then the newest.
    """
    groups: dict[tuple[str, str], list[Offer]] = {}
    for offer in sorted(offers, key=lambda o: o.id):
        groups.setdefault((offer.plugin, offer.thing), []).append(offer)
    rows = []
    for group in groups.values():
        best = _farthest(group)
        told = best.reason
        if best.state not in (OfferState.OPEN, OfferState.HELD, OfferState.DROPPED):
            told = reasons.get(best.id, told)
        rows.append(Row(best, group[0], len(group), told))
    return sorted(rows, key=lambda row: (row.first.created, row.first.id))


def _farthest(group: Sequence[Offer]) -> Offer:
    def far(offer: Offer) -> tuple[int, bool, int]:
        place = 0 if offer.shown_at is not None else max(1, _BEST[str(offer.verdict)])
        return place, offer.state is OfferState.VOID, -offer.id

    return min(group, key=far)


def row_record(row: Row, zone: tzinfo, folders: Mapping[str, str]) -> dict[str, Any]:
    """Return what ``--json`` prints of a row: an offer, with when it was shown and what came later.

    ``folders`` says where a folder of the replay really lies: a git history is laid out elsewhere.
    """
    later = row.later
    record = {
        **offer_record(row.offer, zone),
        "time": stamp(row.first.created, zone),
        "reason": row.reason,
        "shown": stamp(row.offer.shown_at, zone),
        "versions": row.versions,
        "later": {
            "what": later.what,
            "time": stamp(later.at, zone),
            "document": str(later.document),
        }
        if later
        else None,
    }
    if row.offer.shown_at is None and record["verdict"] == "show":
        # It was to be shown, but what it rests on changed before.
        record["verdict"] = "drop"
    return _placed(record, folders) if folders else record


def _placed(value: Any, folders: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for laid_out, real in folders.items():
            value = value.replace(laid_out, real)
        return value
    if isinstance(value, Mapping):
        return {key: _placed(one, folders) for key, one in value.items()}
    return [_placed(one, folders) for one in value] if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class KindCount:
    """How one kind of suggestion fared."""

    kind: str
    """``plugin/kind``."""
    suggested: int
    shown: int
    done: int
    """Of those shown: answered, paid or moved by the user within a month, without samantha."""
    written: int
    """Of the others: the same person was written to within a week, perhaps of something else."""


def by_kind(rows: Iterable[Row]) -> list[KindCount]:
    """Count the rows by plugin and kind, those shown most first."""
    suggested: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    done: Counter[str] = Counter()
    written: Counter[str] = Counter()
    for row in rows:
        name = f"{row.offer.plugin}/{row.offer.kind}"
        suggested[name] += 1
        if row.offer.shown_at is not None:
            shown[name] += 1
            done[name] += row.later is not None and row.later.what != "sent"
            written[name] += row.later is not None and row.later.what == "sent"
    counts = [
        KindCount(name, suggested[name], shown[name], done[name], written[name])
        for name in suggested
    ]
    return sorted(counts, key=lambda c: (-c.shown, -c.suggested, c.kind))


def shown_a_day(rows: Iterable[Row], days: int, zone: tzinfo) -> tuple[int, int]:
    """Return how many were shown on the day at the 95th percentile, and on the worst day."""
    moments = [row.offer.shown_at for row in rows if row.offer.shown_at is not None]
    each = Counter(moment.astimezone(zone).date() for moment in moments)
    if not each:
        return 0, 0
    counts = sorted([*each.values(), *[0] * max(0, days - len(each))])
    return counts[min(len(counts) - 1, int(0.95 * len(counts)))], counts[-1]


def summary(rows: Sequence[Row], counts: Counts, zone: tzinfo) -> list[str]:
    """Return the closing lines: what was gone through, and how much was said."""
    shown = [row for row in rows if row.offer.shown_at is not None]
    often, most = shown_a_day(rows, counts.days, zone)
    unreadable = f", {counts.unreadable} not readable" if counts.unreadable else ""
    lines = [f"{counts.mails} mails and {counts.files} files in {counts.days} days{unreadable}."]
    said = f"{len(rows)} suggested, {len(shown)} shown"
    if counts.mails:
        said += f" ({1000 * len(shown) / counts.mails:.1f} for 1,000 mails)"
    lines.append(f"{said}; {often} a day at the 95th percentile, {most} at most.")
    return lines
