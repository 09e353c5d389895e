"""What the buttons of a notification do: decide, look at the whole, take back."""

from __future__ import annotations

from samantha.api.errors import UserError
from samantha.app.assembly import Assembly
from samantha.app.digest_page import open_digest
from samantha.core.attention import snooze_until
from samantha.core.cards import card
from samantha.core.digest import CARD_KEY
from samantha.core.outbox import undo
from samantha.core.ports import Card, OfferState


def press(a: Assembly, key: str, button: str) -> None:
    """Do what a button of a card means; what stands against it is told by a card."""
    if key == CARD_KEY:
        open_digest(a)
        return
    kind, _, number = key.partition("-")
    if not number.isdigit():
        return
    try:
        _button(a, kind, int(number), button)
    except UserError as problem:
        # Whoever presses a button looks at the screen, not at the journal.
        told = f"{problem.means}\n{problem.type_this}".strip()
        a.notifier.post(Card(f"told-{number}", problem.what[:80], told))


def _button(a: Assembly, kind: str, offer_id: int, button: str) -> None:
    if kind in ("done", "held") and button == "undo":
        _undo(a, offer_id)
    elif kind == "offer" and button == "dismiss":
        a.decisions.dismiss(offer_id, via="notification")
    elif kind == "offer" and button == "snooze":
        until = snooze_until(a.clock.now(), a.config.zone())
        a.decisions.snooze(offer_id, until, via="notification")
    elif kind == "offer" and button == "accept":
        _accept(a, offer_id)
    elif kind == "offer" and button == "review":
        _review(a, offer_id)


def _undo(a: Assembly, offer_id: int) -> None:
    problem = undo(a.state, a.executor, offer_id, a.clock)
    if problem:
        raise UserError(
            f"Offer {offer_id} could not be taken back: {problem}.",
            "What could not be undone was left as it is.",
            f"samantha why {offer_id}",
        )
    a.notifier.post(Card(f"done-{offer_id}", "Taken back.", ""))


def _accept(a: Assembly, offer_id: int) -> None:
    decisions = a.decisions
    offer = decisions.find(offer_id)
    seen = offer.reviewed_at is not None and not decisions.unconfirmed(offer_id)
    if offer.approval_class == "A" or seen:
        decisions.accept(offer_id, via="notification", seen_hash=offer.payload_hash)
    else:
        # A yes to somebody new needs the whole view and single confirmations first.
        _review(a, offer_id)


def _review(a: Assembly, offer_id: int) -> None:
    from samantha.app.review import open_review

    open_review(a, offer_id)
    # A pressed card is gone from the screen; the decision is still to come.
    offer = a.decisions.find(offer_id)
    if offer.state is OfferState.OPEN:
        a.notifier.post(card(offer))
