"""`samantha show`: an offer whole, with its quotes, its pieces and the exact payload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from samantha.app.cli.deciding import Id, Json, until_told
from samantha.app.cli.output import (
    blob_told,
    effect_told,
    heading,
    json_line,
    line,
    place_told,
    size,
)

if TYPE_CHECKING:
    from samantha.app.assembly import Assembly
    from samantha.core.payload import Payload
    from samantha.core.ports import Offer

QUOTES = 16
"""How many quotes are printed unasked."""


def show(
    offer_id: Id,
    as_json: Json = False,
    everything: Annotated[bool, typer.Option("--all", help="Print every quote.")] = False,
) -> None:
    """Show an offer whole: quotes, places, exact payload."""
    from samantha.app.session import joined

    with joined() as a:
        if as_json:
            _print_json(a, *a.decisions.review(offer_id))
        else:
            print_offer(a, offer_id, everything=everything)


def print_offer(a: Assembly, offer_id: int, *, everything: bool = False) -> None:
    """Print an offer whole, from its stored bytes; from then on it counts as reviewed."""
    offer, payload = a.decisions.review(offer_id)
    heading(f"{offer.id}  {offer.title}")
    line(offer.why)
    _print_quotes(a, offer, len(offer.evidence) if everything else QUOTES)
    _print_pieces(a, payload)
    _print_effects(a, payload)
    _print_contents(offer, payload)
    line()
    until = until_told(offer, a.clock.now(), a.config.zone())
    told = ", ".join(filter(None, (str(offer.state), until)))
    line(f"{told}; class {offer.approval_class}; {offer.reason}")
    words = ("accept", "edit", "dismiss", "snooze", "why")
    line("samantha " + " | ".join(f"{word} {offer.id}" for word in words))


def _print_json(a: Assembly, offer: Offer, payload: Payload) -> None:
    from dataclasses import asdict

    from samantha.app.records import offer_record

    record = offer_record(offer, a.config.zone())
    record["payload_hash"] = offer.payload_hash
    record["effects"] = [asdict(e) for e in payload.effects]
    json_line(record)


def _print_quotes(a: Assembly, offer: Offer, limit: int) -> None:
    line()
    for evidence in offer.evidence[:limit]:
        document = a.index.document(evidence.document)
        name = place_told(evidence.document, document)
        row = document.text.count("\n", 0, evidence.start) + 1 if document else 0
        line(f"  “{' '.join(evidence.quote.split())}”")
        line(f"    {name}, line {row}")
    left = len(offer.evidence) - limit
    if left > 0:
        line(f"  … and {left} quotes more: samantha show {offer.id} --all")


def _print_pieces(a: Assembly, payload: Payload) -> None:
    """Print what a manuscript is made of, each piece by its title, in order."""
    from samantha.api.types import DocumentId

    pieces, titles = payload.action.get("pieces", ()), payload.action.get("piece_titles", ())
    if not pieces:
        return
    line()
    line(f"The manuscript, {len(pieces)} {'piece' if len(pieces) == 1 else 'pieces'}:")
    for number, (name, title) in enumerate(zip(pieces, titles, strict=True), 1):
        document = a.index.document(DocumentId(name))
        words = f", {document.words} words" if document else ""
        line(f"  {number}. {title}{words}")
        line(f"     {place_told(name, document)}")


def _print_effects(a: Assembly, payload: Payload) -> None:
    line()
    line("A yes does exactly this:")
    for effect in payload.effects:
        line(f"  {effect_told(effect, a.clock.now(), a.config.zone())}")
        for text in effect.copy_text.splitlines():
            line(f"    | {text}")
    for blob in payload.blobs:
        line(f"  {blob.role}: {blob.name}, {size(len(blob.data))}, sha256 {blob.sha256[:16]}…")
    if payload.envelope:
        line(f"  to: {', '.join(payload.envelope)}")


def _print_contents(offer: Offer, payload: Payload) -> None:
    from samantha.app.drafts import NOTE, drafted_lines

    for blob in payload.blobs:
        if told_lines := blob_told(blob):
            line()
            marks = drafted_lines(offer, told_lines)
            for told_line, drafted in zip(told_lines, marks, strict=True):
                line(f"{'~' if drafted else '|'} {told_line}")
            if any(marks):
                line(NOTE)
