"""`samantha digest`: the page of what was held back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from samantha.app.cli.deciding import Json
from samantha.app.cli.output import heading, json_line, line

if TYPE_CHECKING:
    from samantha.core.ports import Offer


def add_to(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(digest)


def digest(as_json: Json = False) -> None:
    """Print what was held back, the new first, and why."""
    from samantha.app.records import offer_record
    from samantha.app.session import joined

    with joined() as a:
        found = a.digests.held()
        if as_json:
            for offer in found.offers:
                record = offer_record(offer, a.config.zone())
                json_line({**record, "fresh": offer in found.fresh})
            return
        if not found.offers:
            line("Nothing is held back.")
            return
        _print("Held back", found.fresh)
        _print("Held for longer", found.older)
        line("To see one whole: samantha show ID. To decide: samantha accept ID, dismiss ID.")


def _print(title: str, offers: Sequence[Offer]) -> None:
    if offers:
        heading(title)
    for offer in offers:
        line(f"  {offer.id}  {offer.title}")
        line(f"    {offer.why}")
        line(f"    Held: {offer.reason}.")
