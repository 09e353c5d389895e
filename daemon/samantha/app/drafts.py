"""Which lines of what an offer would send are the local model's draft, for whoever shows them."""

from __future__ import annotations

from samantha.core.offering import DRAFTED_KEY
from samantha.core.ports import Offer

NOTE = "Lines marked ~ were drafted by the local model: read them before you say yes."


def drafted_lines(offer: Offer, lines: list[str]) -> list[bool]:
    """Tell for each line whether words of the model stand in it."""
    texts = [str(one) for one in offer.action.get(DRAFTED_KEY, ())]
    return [_drafted(" ".join(line.split()), texts) for line in lines]


def _drafted(line: str, texts: list[str]) -> bool:
    # A long text may be broken over lines: then each is a part of it.
    return any(text in line or (len(line) >= 20 and line in text) for text in texts)
