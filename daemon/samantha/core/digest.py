"""The digest: once a day, at the user's hour, what was held back; on a day without, nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import time, tzinfo

from samantha.core.ports import Card, Clock, Offer, OfferState, State

DAY_KEY = "digest/day"
"""The setting that holds the user's day of the last digest."""
TOLD_KEY = "digest/told"
"""The setting that holds which things have stood in a digest and are still held."""
CARD_KEY = "digest"
LINES = 5
"""Titles on the notification; the page has all."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What is held back, the new first."""

    fresh: tuple[Offer, ...]
    """Held since the last digest."""
    older: tuple[Offer, ...] = ()
    """In a digest before, and still held."""

    @property
    def offers(self) -> tuple[Offer, ...]:
        """Return all of it."""
        return (*self.fresh, *self.older)

    def card(self) -> Card:
        """Return its one notification."""
        count = len(self.fresh)
        title = "One thing was held back today" if count == 1 else f"{count} things were held back"
        lines = [offer.title for offer in self.fresh[:LINES]]
        if count > LINES:
            lines.append(f"and {count - LINES} more")
        told = "\n".join([*lines, "To read them, type: samantha digest"])
        return Card(CARD_KEY, title, told, (("read", "Read"),), stays=True)


class Digests:
    """Says when a digest is due, and what stands in it."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        zone: tzinfo,
        hour: time | None,
        disturbed: Callable[[], str],
    ) -> None:
        self._state = state
        self._clock = clock
        self._zone = zone
        self._hour = hour
        self._disturbed = disturbed

    def held(self) -> Digest:
        """Return what is held now, whatever the hour."""
        told = {tuple(one) for one in json.loads(self._state.setting(TOLD_KEY) or "[]")}
        now = self._clock.now()
        held = [
            offer
            for offer in self._state.offers([OfferState.HELD])
            if (offer.expires is None or offer.expires > now)
            and (offer.snoozed_until is None or offer.snoozed_until <= now)
        ]
        return Digest(
            tuple(o for o in held if (o.plugin, o.thing) not in told),
            tuple(o for o in held if (o.plugin, o.thing) in told),
        )

    def due(self) -> Digest | None:
        """Return today's digest if its hour has come and it was not shown; None if not.

        One that falls into a pause or a meeting waits for its end, and for no longer than the day.
        A day on which nothing new was held has none.
        """
        local = self._clock.now().astimezone(self._zone)
        day = local.date().isoformat()
        if self._hour is None or local.time() < self._hour or self._last() >= day:
            return None
        digest = self.held()
        if not digest.fresh:
            self._state.set_setting(DAY_KEY, day)
            return None
        return None if self._disturbed() else digest

    def shown(self, digest: Digest) -> None:
        """Note that a digest was shown: none comes before tomorrow."""
        day = self._clock.now().astimezone(self._zone).date().isoformat()
        self._state.set_setting(DAY_KEY, day)
        self._state.set_setting(TOLD_KEY, json.dumps(_things(digest.offers)))

    def _last(self) -> str:
        return self._state.setting(DAY_KEY)


def _things(offers: Sequence[Offer]) -> list[tuple[str, str]]:
    return [(offer.plugin, offer.thing) for offer in offers]
