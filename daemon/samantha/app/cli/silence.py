"""`samantha silence`: what was held, dropped or left unsaid, why, and what to type to lift it."""

from __future__ import annotations

import re
import shlex
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Annotated

import typer

from samantha.api.errors import UserError
from samantha.app.cli.deciding import Json
from samantha.app.cli.output import columns, heading, json_line, line, when

if TYPE_CHECKING:
    from samantha.adapters.store import Suppression
    from samantha.app.assembly import Assembly
    from samantha.core.silences import Unspoken, Withheld

LINES = 12
"""How many groups of a kind are printed; the rest is counted."""
OFFERS = 3
"""How many offers of one group are printed."""


def silence(
    since: Annotated[
        str, typer.Option(help="Only what is newer: 2h, 3d, or a day such as 2026-05-01.")
    ] = "",
    as_json: Json = False,
) -> None:
    """List what was kept quiet and why, and what to type to lift it."""
    from samantha.app.session import joined
    from samantha.core.silences import unspoken, withheld

    with joined() as a:
        start = _start(since, a.clock.now(), a.config.zone())
        offers = withheld(a.state.offers(), start)
        kept = unspoken(a.index.unsaid(since=start))
        lifted = [s for s in a.state.suppressions() if start is None or s.at >= start]
        if as_json:
            _print_json(a, offers, kept, lifted)
            return
        if not (offers or kept or lifted):
            line("Nothing was held, dropped or left unsaid.")
        _print_offers(a, offers)
        _print_unspoken(a, kept)
        for row in lifted:
            line(f"{row.reason}. To lift it: samantha lift {shlex.quote(row.key)}")


def _start(words: str, now: datetime, zone: tzinfo) -> datetime | None:
    if not words:
        return None
    length = re.fullmatch(r"([0-9]{1,4})([hd])", words)
    if length:
        return now - timedelta(hours=int(length[1]) * (24 if length[2] == "d" else 1))
    try:
        moment = datetime.fromisoformat(words)
    except ValueError as problem:
        raise UserError(
            f"'{words}' is neither a length nor a day.", "", "samantha silence --since 3d"
        ) from problem
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _print_offers(a: Assembly, offers: list[Withheld]) -> None:
    if not offers:
        return
    heading("Held back or dropped")
    for group in offers[:LINES]:
        for offer in group.offers[:OFFERS]:
            line(f"  {offer.id}  {offer.title}")
        more = len(group.offers) - OFFERS
        told = f"    {group.state}, {group.reason}"
        line(f"{told}; and {more} more like it" if more > 0 else told)
        if group.type_this:
            line(f"    Type: {group.type_this}")
    _rest(len(offers))


def _print_unspoken(a: Assembly, kept: list[Unspoken]) -> None:
    if not kept:
        return
    now, zone = a.clock.now(), a.config.zone()
    heading("Left unsaid")
    columns(
        (one.plugin, str(one.documents), one.reason, _newest(one, now, zone))
        for one in kept[:LINES]
    )
    _rest(len(kept))
    line(f"For one of them: samantha inspect {shlex.quote(kept[0].path)}")


def _newest(one: Unspoken, now: datetime, zone: tzinfo) -> str:
    names = ", ".join(title[:40] for title in one.titles)
    return f"{when(one.newest, now, zone)}: {names}"


def _rest(count: int) -> None:
    if count > LINES:
        line(f"… and {count - LINES} more reasons: samantha silence --json")


def _print_json(
    a: Assembly, offers: list[Withheld], kept: list[Unspoken], lifted: list[Suppression]
) -> None:
    from samantha.app.records import offer_record, stamp

    zone = a.config.zone()
    for group in offers:
        for offer in group.offers:
            json_line({**offer_record(offer, zone), "type": group.type_this})
    for one in kept:
        json_line(
            {
                "unsaid": one.plugin,
                "reason": one.reason,
                "documents": one.documents,
                "time": stamp(one.newest, zone),
                "titles": list(one.titles),
                "path": one.path,
            }
        )
    for row in lifted:
        json_line({"suppressed": row.key, "reason": row.reason})
