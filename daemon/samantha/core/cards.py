"""What an offer looks like on a notification."""

from __future__ import annotations

from samantha.core.ports import Card, Offer
from samantha.core.text import inert


def card_key(offer_id: int) -> str:
    """Return the notification's name for an offer."""
    return f"offer-{offer_id}"


def card(offer: Offer) -> Card:
    """Return the notification of an offer: class A can be accepted at once, others are reviewed."""
    if offer.approval_class == "A":
        buttons = (("accept", _accept_label(offer)), ("snooze", "Later"), ("dismiss", "Not now"))
    else:
        buttons = (("review", "Review"), ("accept", _accept_label(offer)), ("dismiss", "Not now"))
    quote = inert(offer.evidence[0].quote, 160) if offer.evidence else ""
    body = inert(offer.why, 240) + (f"\n“{quote}”" if quote else "")
    return Card(card_key(offer.id), offer.title, body, buttons, offer.urgent)


def _accept_label(offer: Offer) -> str:
    if offer.action.get("sends_through"):
        return "Send it"
    labels = {
        "remind": "Remind me",
        "move_file": "Move it",
        "draft_mail": "Draft it",
        "calendar_entry": "Add to calendar",
        "prepare_trip": "Add to calendar",
        "write_document": "Write it",
    }
    return labels.get(str(offer.action.get("type")), "Prepare to send")
