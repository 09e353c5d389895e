"""The second half: a decision of the user, taken once, bound to the bytes that were shown."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from samantha.api.errors import UserError
from samantha.api.types import Decision, Verdict
from samantha.core.cards import card_key
from samantha.core.consent import YES
from samantha.core.offering import DRAFTED_KEY
from samantha.core.payload import FILES, Payload
from samantha.core.ports import Clock, Notifier, Offer, OfferState, OutboxState, State
from samantha.core.rewriting import EDITED_KEY
from samantha.core.showing import Showing

Items = Callable[[Payload], Collection[str]]


class Decisions:
    """Takes decisions and answers with the offer they were about."""

    def __init__(
        self, state: State, showing: Showing, notifier: Notifier, clock: Clock, items: Items
    ) -> None:
        self._state = state
        self._showing = showing
        self._notifier = notifier
        self._clock = clock
        self._items = items

    def find(self, offer_id: int) -> Offer:
        """Return an offer or say that there is none."""
        offer = self._state.offer(offer_id)
        if offer is None:
            raise UserError(
                f"There is no offer {offer_id}.",
                "It may be a number from another machine, or a typing slip.",
                "samantha offers",
            )
        return offer

    def review(self, offer_id: int) -> tuple[Offer, Payload]:
        """Return the offer with its exact payload and remember that the user saw it whole."""
        offer = self.find(offer_id)
        payload = self._payload(offer)
        if offer.reviewed_at is None:
            now = self._clock.now()
            self._state.update_offer(offer_id, reviewed_at=now)
            self._state.audit(offer.trace, "reviewed", now, offer=offer_id)
        return offer, payload

    def editable(self, offer_id: int) -> tuple[Offer, Payload]:
        """Return an offer that is still open, with its payload, to be changed."""
        offer = self._decidable(offer_id)
        return offer, self._payload(offer)

    def _payload(self, offer: Offer) -> Payload:
        payload = self._state.payload(offer.payload_hash)
        if payload is None:
            raise UserError(
                f"The stored bytes of offer {offer.id} are damaged.",
                "A yes to them would not be a yes to what was shown, so it cannot be accepted.",
                "samantha run --once",
            )
        return payload

    def unconfirmed(self, offer_id: int, confirmed: Collection[str] = ()) -> list[str]:
        """Return what must still be confirmed one by one before a yes (class C)."""
        offer = self.find(offer_id)
        payload = self._state.payload(offer.payload_hash)
        if payload is None or offer.approval_class != "C":
            return []
        return [item for item in self._items(payload) if item not in set(confirmed)]

    def accept(
        self, offer_id: int, *, via: str, seen_hash: str = "", confirmed: Collection[str] = ()
    ) -> Offer:
        """Take a yes to exactly these bytes; the outbox carries it out."""
        offer = self._decidable(offer_id)
        if seen_hash and seen_hash != offer.payload_hash:
            raise UserError(
                f"Offer {offer_id} has changed since you saw it.",
                "A yes is to the version that was shown.",
                f"samantha show {offer_id}",
            )
        if offer.approval_class != "A" and offer.reviewed_at is None:
            raise UserError(
                f"Offer {offer_id} goes to somebody else: look at it whole first.",
                "Nothing was sent or written.",
                f"samantha show {offer_id}",
            )
        missing = self.unconfirmed(offer_id, confirmed)
        if missing:
            flags = " ".join(f"--confirm {shlex.quote(item)}" for item in missing)
            raise UserError(
                f"Offer {offer_id} needs {len(missing)} confirmations, one by one.",
                "Recipients and attachments of new correspondents are confirmed singly.",
                f"samantha accept {offer_id} {flags}",
            )
        changed = self._showing.stale(offer)
        if changed:
            self._showing.void(offer, changed)
            raise UserError(
                f"Offer {offer_id} is void: {changed}.",
                "Nothing was done. It is suggested again if it still holds.",
                "samantha offers",
            )
        edited = bool(offer.action.get(EDITED_KEY))
        self._take(offer, Decision.EDITED if edited else Decision.ACCEPTED, via, offer.payload_hash)
        return self.find(offer_id)

    def dismiss(self, offer_id: int, *, via: str) -> Offer:
        """Take a no to this thing, for good."""
        return self._take(self._decidable(offer_id), Decision.DISMISSED, via)

    def never(self, offer_id: int, *, via: str) -> Offer:
        """Take a no to this kind of suggestion, for good."""
        return self._take(self._decidable(offer_id), Decision.NEVER, via)

    def snooze(self, offer_id: int, until: datetime, *, via: str) -> Offer:
        """Put an offer off."""
        offer = self._decidable(offer_id)
        return self._take(offer, Decision.SNOOZED, via, until=until)

    def edit(self, offer_id: int, payload: Payload, *, via: str) -> Offer:
        """Put an offer in the user's words into the place of one; return it, not yet reviewed.

        What was seen and confirmed of the old one counts for nothing: its bytes are others.
        """
        offer, now = self._decidable(offer_id), self._clock.now()
        changed = self._showing.stale(offer)
        if changed:
            self._showing.void(offer, changed)
            raise UserError(
                f"Offer {offer_id} is void: {changed}.", "Nothing was changed.", "samantha offers"
            )
        made = self._state.replace_offer(
            offer_id,
            replace(
                offer,
                id=0,
                action={**payload.action, **_still_drafted(offer)},
                approval_class=payload.approval_class,
                payload_hash=payload.hash,
                state=OfferState.OPEN,
                verdict=Verdict.SHOW,
                reason=f"you edited offer {offer_id}",
                shown_at=offer.shown_at or now,
                reviewed_at=None,
                snoozed_until=None,
                files=tuple(e.target for e in payload.effects if e.type in FILES),
            ),
            payload,
            "you edited it",
        )
        if made is None:
            raise UserError(
                f"Offer {offer_id} was decided elsewhere a moment ago.",
                "A decision is taken once.",
                f"samantha why {offer_id}",
            )
        self._state.audit(
            offer.trace,
            "edited",
            now,
            offer=offer_id,
            became=made.id,
            payload=payload.hash,
            via=via,
        )
        self._notifier.withdraw(card_key(offer_id))
        return made

    def _decidable(self, offer_id: int) -> Offer:
        offer = self.find(offer_id)
        if offer.state in (OfferState.OPEN, OfferState.HELD):
            return offer
        raise UserError(
            f"Offer {offer_id} is no longer open: {_ended(self._state, offer)}.",
            "A decision is taken once.",
            f"samantha why {offer_id}",
        )

    def _take(
        self,
        offer: Offer,
        decision: Decision,
        via: str,
        seen_hash: str = "",
        until: datetime | None = None,
    ) -> Offer:
        now = self._clock.now()
        if not self._state.decide(
            offer.id, decision, at=now, via=via, payload_hash=seen_hash, snoozed_until=until
        ):
            raise UserError(
                f"Offer {offer.id} was decided elsewhere a moment ago, or its time has passed.",
                "A decision is taken once.",
                f"samantha why {offer.id}",
            )
        # The rewriting has its own line in the trace: this one is the yes.
        arrow = "accepted" if decision in YES else str(decision)
        self._state.audit(offer.trace, arrow, now, offer=offer.id, via=via)
        self._notifier.withdraw(card_key(offer.id))
        return self.find(offer.id)


def _still_drafted(offer: Offer) -> dict[str, object]:
    """Return the local model's texts: where they still stand after an edit they are marked."""
    return {DRAFTED_KEY: offer.action[DRAFTED_KEY]} if DRAFTED_KEY in offer.action else {}


def _ended(state: State, offer: Offer) -> str:
    entry = state.outbox_for(offer.id)
    if entry is not None and entry.state is not OutboxState.APPROVED:
        return str(entry.state)
    return offer.reason if offer.state is OfferState.VOID else str(offer.state)
