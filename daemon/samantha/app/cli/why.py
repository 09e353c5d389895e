"""`samantha why`: an offer from the change that began it to what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samantha.app.cli.deciding import Id, Json
from samantha.app.cli.output import columns, heading, json_line, line, place_told, when

if TYPE_CHECKING:
    from samantha.app.assembly import Assembly
    from samantha.core.ports import Offer

QUOTES = 3
"""How many quotes are printed; `show` has them all."""


def why(offer_id: Id, as_json: Json = False) -> None:
    """Tell the whole trace of an offer, from the change to the outcome."""
    from samantha.app.records import stamp
    from samantha.app.session import joined
    from samantha.app.story import sentence, trace_of

    with joined() as a:
        offer = a.decisions.find(offer_id)
        zone, now = a.config.zone(), a.clock.now()
        lines = trace_of(a.state, offer)
        if as_json:
            for row in lines:
                json_line(
                    {
                        "time": stamp(row.at, zone),
                        "arrow": row.arrow,
                        "told": sentence(row),
                        "detail": dict(row.detail),
                    }
                )
            return
        heading(f"{offer.id}  {offer.title}")
        line(offer.why)
        _print_grounds(a, offer)
        line()
        columns((when(row.at, now, zone), sentence(row)) for row in lines)
        line()
        _print_now(a, offer)


def _print_grounds(a: Assembly, offer: Offer) -> None:
    for evidence in offer.evidence[:QUOTES]:
        document = a.index.document(evidence.document)
        line(f"  “{' '.join(evidence.quote.split())[:150]}”")
        came = f", {when(document.when, a.clock.now(), a.config.zone())}" if document else ", gone"
        line(f"    {place_told(evidence.document, document)}{came}")
    if len(offer.evidence) > QUOTES:
        line(f"  All {len(offer.evidence)} quotes: samantha show {offer.id} --all")


def _print_now(a: Assembly, offer: Offer) -> None:
    """Say how it stands, why, and what can be typed now."""
    from samantha.app.learning import about
    from samantha.core.ports import OfferState, OutboxState
    from samantha.core.silences import remedy
    from samantha.core.text import percent

    entry = a.state.outbox_for(offer.id)
    line(f"Now: {entry.state if entry is not None else offer.state}. {_reason(offer)}".rstrip())
    learned = a.experience.learned().estimate(about(offer, a.index), offer.confidence)
    if learned.reason:
        chance = f"{percent(learned.chance)} that you want one"
        line(f"Learned of such offers: {learned.reason}; {chance}.")
    if offer.state in (OfferState.OPEN, OfferState.HELD):
        words = ("show", "accept", "edit", "dismiss", "snooze", "never")
        line("Type: samantha " + " | ".join(f"{word} {offer.id}" for word in words))
    elif entry is not None and entry.state is OutboxState.DONE and entry.undo:
        line(f"To take it back: samantha undo {offer.id}")
    elif entry is not None and entry.state in (OutboxState.REFUSED, OutboxState.UNDONE):
        line(f"To let it be suggested again: samantha lift {offer.id}")
    elif a.state.suppressed(offer.plugin, offer.thing, offer.kind):
        line(f"To let it come again: samantha lift {offer.id}")
    elif lifts := remedy(offer):
        line(f"To lift it: {lifts}")


def _reason(offer: Offer) -> str:
    return f"{offer.reason[:1].upper()}{offer.reason[1:]}." if offer.reason else ""
